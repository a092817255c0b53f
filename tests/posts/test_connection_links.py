"""Connection links: whoever owns an account connects it to a chapter, without an account on the hub."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chapters.models import Chapter, Event, Membership, Notice, User
from chapters.permissions import Role
from posts import connection_links
from posts.models import ConnectionAttempt, ConnectionLink, SocialAccount
from tests.support import posts
from tests.support.fake_platforms import page

pytestmark = pytest.mark.django_db

NEW = "/c/lisbon/accounts/links/new/"


@pytest.fixture
def link(cast, pages):
    """A link for the Pages, and its path."""
    made, address = connection_links.make(
        chapter=cast.lisbon, by=cast.actor(cast.lucia), platform="fakepages"
    )
    made.path = address.removeprefix(settings.HUB_URL)
    return made


@pytest.fixture
def owner():
    """The browser of somebody without an account here."""
    return Client()


def go(client, address="/connect/to/fakepages/", **typed):
    """Press the button; the state with which the platform sends the person back."""
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', client.post(address, typed).text)
    return parse_qs(urlsplit(unescape(found[1])).query)["state"][0]


def back(client, state, **answer):
    return client.get("/connected/", {"state": state, "code": "c", **answer}, follow=True)


def connect(client, link):
    client.get(link.path)
    return back(client, go(client))


# ---- making it


def test_lead_makes_a_link_that_is_shown_once_and_kept_nowhere(cast):
    client = cast.client(cast.lucia)
    seen = client.post(NEW, {"platform": ""})
    address = unescape(re.search(r'id="link-once">([^<]+)<', seen.text)[1])
    assert address.startswith(f"{settings.HUB_URL}/connect/")
    assert "no-store" in seen["Cache-Control"]
    token = address.rstrip("/").rpartition("/")[2]

    link = ConnectionLink.objects.get()

    assert token not in repr(ConnectionLink.objects.values().get())
    assert link.token_hash == connection_links.digest_of(token)
    assert timedelta(days=6, hours=23) < link.expires_at - timezone.now() <= timedelta(days=7)
    assert token not in client.get("/c/lisbon/accounts/").text
    assert Event.objects.filter(verb="connection_link_made", actor=cast.lucia).exists()


def test_editors_make_links_only_where_the_chapter_says_so(cast):
    client = cast.client(cast.rui)
    assert client.post(NEW, {"platform": ""}).status_code == 403
    Chapter.objects.filter(pk=cast.lisbon.pk).update(accounts_by=Chapter.AccountsBy.EDITORS)
    assert client.post(NEW, {"platform": ""}).status_code == 200


def test_link_for_a_platform_that_is_not_offered_is_not_made(cast):
    assert cast.client(cast.lucia).post(NEW, {"platform": "orkut"}).status_code == 422
    assert not ConnectionLink.objects.exists()


def test_account_of_another_chapter_cannot_be_named(cast):
    cast.client(cast.lucia).post(NEW, {"platform": "", "account": posts.account(cast.porto).uid})
    assert ConnectionLink.objects.get().account is None


# ---- using it


def test_owner_connects_the_account_without_signing_in_here(cast, link, owner):
    opened = owner.get(link.path, follow=True)
    assert opened.redirect_chain == [("/connect/", 302)]
    assert "Lisbon asks you to connect an account" in opened.text
    assert "Lucia sent you this link." in opened.text

    done = back(owner, go(owner))

    assert "Thank you, it is connected" in done.text
    account = cast.lisbon.social_accounts.get()
    assert (account.handle, account.connected_by) == ("@page1", None)
    link.refresh_from_db()
    assert link.used_at is not None


def test_chapter_is_told_once_and_the_history_names_the_link(cast, link, owner):
    connect(owner, link)
    notice = Notice.objects.get(person=cast.lucia)
    assert notice.title == "@page1 was connected by your link"
    event = Event.objects.get(verb="connected")
    assert (event.actor, event.actor_kind) == (None, Event.ActorKind.LINK)
    page_of_account = cast.client(cast.lucia).get(notice.path).text
    assert "Somebody with a connection link connected it" in page_of_account


def test_link_works_once(link, owner, pages):
    connect(owner, link)
    pages.found = (page(2),)

    second = Client()
    assert second.get(link.path, follow=True).status_code == 410
    assert "This link has been used" in second.get("/connect/").text
    assert second.post("/connect/to/fakepages/").status_code == 410
    assert SocialAccount.objects.count() == 1


def test_two_who_open_it_at_once_connect_one_account(link, owner, pages):
    second = Client()
    for client in (owner, second):
        client.get(link.path)
    first_state, second_state = go(owner), go(second)
    back(owner, first_state)
    pages.found = (page(2),)

    late = back(second, second_state)

    assert late.status_code == 410
    assert SocialAccount.objects.count() == 1


def test_opening_it_uses_up_nothing(link, owner):
    for _ in range(3):
        assert owner.get(link.path, follow=True).status_code == 200
    link.refresh_from_db()
    assert link.used_at is None


def test_wrong_try_leaves_the_link_to_try_again(link, owner):
    owner.get(link.path)
    seen = owner.get("/connected/", {"state": go(owner), "error": "access_denied"}, follow=True)
    assert "You did not let the hub post there" in seen.text
    assert "Thank you, it is connected" in back(owner, go(owner)).text


def test_owner_chooses_among_several(link, owner, pages, cast):
    pages.found = (page(1), page(2))
    owner.get(link.path)
    seen = back(owner, go(owner))
    attempt = ConnectionAttempt.objects.get()
    address = reverse("connection_choose", args=[attempt.uid])
    assert seen.redirect_chain == [(address, 302)]
    assert Client().get(address).status_code == 404

    done = owner.post(address, {"number": "1"}, follow=True)

    assert "Thank you, it is connected" in done.text
    assert cast.lisbon.social_accounts.get().external_id == "page-2"


def test_app_password_connects_by_link_too(cast, words, owner):
    _link, address = connection_links.make(chapter=cast.lisbon, by=cast.actor(cast.lucia))
    owner.get(address.removeprefix(settings.HUB_URL))
    signing_in = {"identifier": "lisbon.example", "password": "right-one"}
    done = owner.post("/connect/to/fakewords/", signing_in, follow=True)
    assert "Thank you, it is connected" in done.text


def test_link_for_one_platform_offers_no_other(link, words, owner):
    owner.get(link.path)
    assert "fakewords" not in owner.get("/connect/").text
    assert owner.get("/connect/to/fakewords/").status_code == 302


def test_link_for_one_account_connects_that_account_alone(cast, pages, owner):
    account = posts.account(cast.lisbon)
    SocialAccount.objects.filter(pk=account.pk).update(platform="fakepages", external_id="page-2")
    _link, address = connection_links.make(
        chapter=cast.lisbon, by=cast.actor(cast.lucia), account=cast.lisbon.social_accounts.get()
    )
    owner.get(address.removeprefix(settings.HUB_URL))
    assert "but this is" in unescape(back(owner, go(owner)).text)
    pages.found = (page(2),)
    assert "Thank you, it is connected" in back(owner, go(owner)).text


def test_account_that_another_chapter_has_is_not_named_to_a_stranger(cast, link, owner):
    taken = posts.account(cast.porto)
    SocialAccount.objects.filter(pk=taken.pk).update(platform="fakepages", external_id="page-1")
    seen = connect(owner, link)
    assert "is connected to another chapter already" in seen.text
    assert "Porto" not in seen.text
    link.refresh_from_db()
    assert link.used_at is None


def test_member_who_is_signed_in_uses_it_like_anybody(cast, link):
    client = cast.client(cast.otto)
    assert "Thank you, it is connected" in connect(client, link).text
    assert cast.lisbon.social_accounts.get().connected_by is None


def test_owner_connects_an_account_of_the_practice_network(cast, practice, owner):
    opened = practice.open_account()
    _link, address = connection_links.make(chapter=cast.lisbon, by=cast.actor(cast.lucia), platform="sandbox")
    owner.get(address.removeprefix(settings.HUB_URL))
    page_of_ours = owner.post("/connect/to/sandbox/").text
    to = unescape(re.search(r'content="0;url=([^"]+)"', page_of_ours)[1])
    there = requests.get(to, timeout=10)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', there.text))
    chosen = {name: unescape(value) for name, value in hidden.items()} | {"choose": opened["handle"]}
    answer = requests.post(
        f"{practice.url}/connect", data=chosen,
        headers={"Origin": practice.url}, cookies=there.cookies, allow_redirects=False, timeout=10,
    )  # fmt: skip
    done = owner.get(answer.headers["Location"].removeprefix(settings.HUB_URL), follow=True)
    assert "Thank you, it is connected" in done.text
    assert cast.lisbon.social_accounts.get().handle == opened["handle"]


# ---- not using it


def test_withdrawn_link_is_dead_also_for_whoever_is_on_the_way(cast, link, owner):
    owner.get(link.path)
    state = go(owner)
    cast.client(cast.lucia).post(reverse("connection_link_revoke", args=["lisbon", link.uid]))

    seen = back(owner, state)

    assert "This link was withdrawn." in seen.text
    assert not SocialAccount.objects.exists()
    assert Event.objects.filter(verb="connection_link_revoked", actor=cast.lucia).exists()


def dead(owner, link):
    seen = owner.get(link.path, follow=True)
    assert seen.status_code == 410
    return unescape(seen.text)


def test_link_runs_out_after_a_week(link, owner):
    ConnectionLink.objects.update(expires_at=timezone.now())
    assert "This link has run out. Ask Lucia" in dead(owner, link)


def test_link_ends_with_the_right_of_whoever_made_it(cast, link, owner):
    Membership.objects.filter(user=cast.lucia).update(role=Role.AUTHOR)
    assert "may no longer do so" in dead(owner, link)


def test_link_of_somebody_who_left_the_hub_is_dead(cast, link, owner):
    User.objects.filter(pk=cast.lucia.pk).update(is_active=False)
    assert "may no longer do so" in dead(owner, link)


def test_link_of_a_chapter_that_left_is_dead(cast, link, owner):
    Chapter.objects.filter(pk=cast.lisbon.pk).update(state=Chapter.State.LEFT)
    assert "was withdrawn" in dead(owner, link)


def test_state_of_a_link_works_in_the_browser_that_opened_it_alone(cast, link, owner):
    owner.get(link.path)
    state = go(owner)
    assert back(Client(), state).status_code == 404
    assert back(cast.client(cast.lucia), state).status_code == 404
    assert not SocialAccount.objects.exists()


def test_unknown_link_says_what_to_do_and_forgets_an_earlier_one(link, owner):
    owner.get(link.path)
    seen = owner.get("/connect/not-a-token/", follow=True)
    assert (seen.status_code, "This link does not work" in seen.text) == (404, True)


def test_lead_of_another_chapter_cannot_withdraw_it(cast, link):
    client = cast.client(cast.paulo)
    assert client.post(reverse("connection_link_revoke", args=["lisbon", link.uid])).status_code == 404
    assert client.post(reverse("connection_link_revoke", args=["porto", link.uid])).status_code == 404


# ---- guarding it


def test_token_is_in_no_log_and_in_no_later_address(link, owner, caplog):
    caplog.set_level(logging.DEBUG)
    token = link.path.rstrip("/").rpartition("/")[2]
    connect(owner, link)
    owner.get(link.path, follow=True)
    ConnectionLink.objects.update(used_at=None, expires_at=timezone.now())
    dead(owner, link)
    assert token not in caplog.text
    assert token not in repr(list(Event.objects.values()))


def test_pages_of_a_link_are_rate_limited_without_naming_it(link, owner, settings, caplog):
    settings.ACCOUNT_RATE_LIMITS = {"connection_link": "5/m/ip"}
    answers = [owner.get("/connect/").status_code for _ in range(7)]
    assert answers == [404] * 5 + [429] * 2
    assert owner.get(link.path).status_code == 302
    assert link.path not in caplog.text


def test_pages_of_a_link_are_kept_by_no_cache(link, owner):
    assert "no-store" in owner.get(link.path)["Cache-Control"]
    assert "no-store" in owner.get("/connect/")["Cache-Control"]
