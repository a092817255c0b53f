"""Every address of the hub is known to whoever guards it: by a policy mark, and by a row of the matrix."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.urls import include, path
from django.views.decorators.http import require_GET

from chapters.access import Policy, public
from tests.access import matrix
from tests.access.table import GET, POST
from tests.access.urlconf import Address, ours, unmarked, walk

# Whoever is not signed in gets in here. Anything else is behind the sign-in.
PUBLIC = {
    "healthz", "robots", "granted_media", "notice_stop", "invitation", "invitation_accept", "connected",
    "connection_link", "connection_offer", "connection_begin", "connection_choose", "public_playbook",
    "playbook_picture",
}  # fmt: skip
PUBLIC_OF_ALLAUTH = {
    "account_login", "account_logout", "account_inactive", "account_signup",
    "account_email_verification_sent", "account_reset_password", "account_confirm_login_code",
    "account_reset_password_from_key_done", "account_reset_password_from_key", "account_reset_password_done",
    "mfa_authenticate", "mfa_login_webauthn",
}  # fmt: skip
PUBLIC_OF_ADMIN = {"login"}  # sends on to our own sign-in


def triples(addresses):
    return [(address.name, address.path, address.module) for address in addresses]


# ---- marks


def test_every_view_carries_a_policy_mark():
    assert not unmarked(walk()), "\n".join(unmarked(walk()))


@pytest.mark.parametrize("address", ours(), ids=lambda address: address.name)
def test_the_mark_fits_the_address(address):
    begins = {"c/<slug:slug>/": "chapter", "central/": "central"}
    kinds = {kind for start, kind in begins.items() if address.path.startswith(start)}
    assert address.policy.kind in (kinds or {"hub", "signed_in", "public"})
    assert (address.policy.action is not None) == (address.policy.kind in {"chapter", "central", "hub"})


def test_every_address_has_a_name_of_its_own():
    names = [address.name for address in ours()]
    assert all(names)
    assert len(names) == len(set(names))


def test_only_these_pages_are_open_to_everybody():
    assert {address.name for address in ours() if address.policy.kind == "public"} == PUBLIC
    open_pages = {address.name for address in walk() if not getattr(address.view, "login_required", True)}
    assert open_pages == PUBLIC | PUBLIC_OF_ALLAUTH | PUBLIC_OF_ADMIN


def test_only_the_way_out_of_a_mail_is_excused_from_the_csrf_check():
    """Mail programs press it without a page of ours before: its signed token stands for the form's proof."""
    excused = [address.name for address in walk() if getattr(address.view, "csrf_exempt", False)]
    assert excused == ["notice_stop"]


# ---- rows


def test_every_address_is_in_the_matrix():
    lacking = matrix.missing(triples(ours()))
    assert not lacking, "\n".join(lacking)


def test_every_row_is_of_an_address():
    assert matrix.stale(triples(ours())) == []


@pytest.mark.parametrize("address", ours(), ids=lambda address: address.name)
def test_the_rows_of_an_address_are_of_its_kind(address):
    assert {kind for kind, _row in matrix.BY_NAME[address.name]} == {address.policy.kind}


# ---- the guards see what they are for


def some_view(request):
    return HttpResponse()


def test_a_view_without_a_mark_is_found():
    patterns = [path("deep/", include([path("forgotten/", require_GET(some_view), name="forgotten")]))]
    (sentence,) = unmarked(walk(patterns))
    assert sentence.startswith("/deep/forgotten/ (some_view) carries no policy mark: put one of")


def test_a_mark_survives_the_decorators_above_it():
    assert unmarked([Address("x/", "x", require_GET(public(some_view)))]) == []
    assert require_GET(public(some_view)).policy == Policy("public")


def test_an_address_without_a_row_is_told_where_it_goes():
    (sentence,) = matrix.missing([("post_burn", "c/<slug:slug>/burn/", "posts.views.actions")])
    assert "post_burn (/c/<slug:slug>/burn/) has no row for GET and POST" in sentence
    assert "tests/access/rows_posts.py" in sentence


def test_an_address_with_half_its_rows_is_not_done(monkeypatch):
    rows = [pair for pair in matrix.ROWS if (pair[1].name, pair[1].method) != ("plan", POST)]
    monkeypatch.setattr(matrix, "ROWS", rows)
    (sentence,) = matrix.missing([("plan", "c/<slug:slug>/plan/", "posts.views.plan")])
    assert f"no row for {POST}:" in sentence
    assert GET not in sentence.partition(":")[0]
