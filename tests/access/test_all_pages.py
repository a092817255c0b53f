"""What holds for every page, the admin's too: its headers, nothing inline, no secret in it."""

from __future__ import annotations

import re

import pytest
from django.contrib import admin
from django.urls import reverse

from chapters.models import Invitation, User
from posts.models import ConnectionAttempt, ConnectionLink, Credential, PlatformApp
from tests.access import matrix
from tests.access.asking import NOBODY, Answer, tell
from tests.access.stage import SECRET_CANARY, TOKEN_CANARY, at_lisbon
from tests.access.table import GET, POST
from tests.access.urlconf import walk

pytestmark = pytest.mark.django_db

WHO = {"chapter": ("lucia", "vera", "otto", NOBODY), "central": ("cleo", "cora", "lucia", NOBODY),
       "hub": ("cleo", "ada", "lucia", NOBODY),
       "signed_in": ("lucia", "ada", NOBODY), "public": (NOBODY, "vera")}  # fmt: skip
# Pictures never change, so a browser may keep them; only that person's.
KEPT_BY_BROWSERS = {
    "media", "media_poster", "asked_media", "asked_media_poster", "chapter_asked_media",
    "chapter_asked_media_poster", "shelf_picture", "suggestion_picture", "playbook_picture",
}  # fmt: skip

ALLAUTH = sorted({a.path for a in walk() if a.path.startswith("account/") and "^" not in a.path})
NONCE_OR_INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>|<style\b|<[^>]+\sstyle=|<[^>]+\son[a-z]+=|javascript:",
    re.IGNORECASE,
)  # fmt: skip


@pytest.fixture(scope="module")
def secrets(stage) -> dict[str, str]:
    """Everything that no page may ever show."""
    stored = {f"credential {each.pk}": each.sealed for each in Credential.objects.all()}
    stored |= {f"registration {each.pk}": each.sealed_secret for each in PlatformApp.objects.all()}
    stored |= {f"password of {each.email}": each.password for each in User.objects.all()}
    stored |= {f"invitation {each.pk}": each.token_hash for each in Invitation.objects.all()}
    stored |= {f"connection link {each.pk}": each.token_hash for each in ConnectionLink.objects.all()}
    begun = ConnectionAttempt.objects.exclude(sealed_choices="")
    stored |= {f"connection begun {each.pk}": each.sealed_choices for each in begun}
    stored |= {f"session of {who}": key for who, key in stage.cookies.items()}
    assert len(stored) > 30
    return {**stored, "token": TOKEN_CANARY, "client secret": SECRET_CANARY}


def policy_of(answer: Answer) -> dict[str, list[str]]:
    directives = answer.headers.get("Content-Security-Policy", "").split(";")
    return {words[0]: words[1:] for words in map(str.split, directives) if words}


def faults(answer: Answer, who: str, *, may_keep: bool = False, inline: bool = False) -> list[str]:
    """What is wrong with an answer's headers and form."""
    headers, policy = answer.headers, policy_of(answer)
    sources = {source for words in policy.values() for source in words}
    is_framed = policy.get("frame-ancestors") == ["'none'"] or headers.get("X-Frame-Options") == "DENY"
    holds = {
        "has a policy that allows nothing by default": policy.get("default-src") == ["'none'"],
        "allows nothing inline": not sources & {"'unsafe-inline'", "'unsafe-eval'", "'unsafe-hashes'", "*"},
        "loads from here alone": sources <= {"'none'", "'self'", "blob:", "data:"},
        "runs scripts from here alone": policy.get("script-src", ["'self'"]) == ["'self'"],
        "sends forms here alone": policy.get("form-action", ["'self'"]) == ["'self'"],
        "has no other base": policy.get("base-uri", ["'none'"]) == ["'none'"],
        "is not framed": is_framed,
        "is not sniffed": headers.get("X-Content-Type-Options") == "nosniff",
        "tells other sites nothing": headers.get("Referrer-Policy") == "same-origin",
        "opens apart from others": headers.get("Cross-Origin-Opener-Policy") == "same-origin",
        "asks for no camera": "camera=()" in headers.get("Permissions-Policy", ""),
        "is named in the log": bool(headers.get("X-Request-ID")),
        "has nothing inline": inline or not NONCE_OR_INLINE.search(answer.text),
        "is whole": answer.status < 500,
    }
    if who and not may_keep:
        kept = headers.get("Cache-Control", "")
        holds["is kept by no cache"] = "no-store" in kept and "private" in kept
    if may_keep:
        holds["is kept by one browser alone"] = headers.get("Cache-Control", "").startswith("private")
    return [f"not so: it {what}" for what, is_so in holds.items() if not is_so]


def shown(answer: Answer, secrets: dict[str, str]) -> list[str]:
    everything = answer.text + repr(dict(answer.headers))
    return [f"it shows the {name}" for name, secret in secrets.items() if secret in everything]


@pytest.mark.parametrize("name", sorted(matrix.BY_NAME))
def test_every_answer_of_every_address(stage, asker, secrets, name):
    wrong = []
    for kind, row in matrix.BY_NAME[name]:
        for who in WHO[kind]:
            path = at_lisbon(stage, kind, row, who)
            answer = asker.ask(who, row.method, path, {} if row.method == POST else None)
            may_keep = name in KEPT_BY_BROWSERS and answer.status == 200
            found = faults(answer, who, may_keep=may_keep) + shown(answer, secrets)
            wrong += [f"{row.method} {path} as {who or 'nobody'} ({answer.status}): {each}" for each in found]
    tell(wrong)


@pytest.mark.parametrize("path", ALLAUTH)
def test_every_page_of_the_sign_in_library(asker, secrets, path):
    wrong = []
    for who in (NOBODY, "vera"):
        answer = asker.ask(who, GET, "/" + path.replace("<int:pk>", "1"))
        found = faults(answer, who) + shown(answer, secrets)
        wrong += [f"/{path} as {who or 'nobody'} ({answer.status}): {each}" for each in found]
    tell(wrong)


@pytest.mark.parametrize("path", ["/nowhere/", "/c/lisbon/posts/x/", "/central/nowhere/"])
def test_addresses_that_are_not_there(asker, secrets, path):
    for who in (NOBODY, "lucia"):
        answer = asker.ask(who, GET, path)
        assert faults(answer, who) + shown(answer, secrets) == []


MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_page_of_the_admin(asker, secrets, model):
    """Lists, searches, and each page of the first and the last row."""
    begin = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    paths = [reverse(f"{begin}_changelist"), reverse(f"{begin}_changelist") + "?q=a", reverse(f"{begin}_add")]
    keys = model._default_manager.order_by("pk").values_list("pk", flat=True)
    for pk in {keys.first(), keys.last()} - {None}:
        paths += [reverse(f"{begin}_{page}", args=[pk]) for page in ("change", "history", "delete")]
    wrong = []
    for path in paths:
        answer = asker.ask("ada", GET, path)
        found = faults(answer, "ada") + shown(answer, secrets)
        if answer.wrote:
            found.append(f"looking at it writes {sorted(answer.wrote)}")
        wrong += [f"{path} ({answer.status}): {each}" for each in found]
    tell(wrong)


def test_the_admin_leaves_no_table_out():
    from django.apps import apps

    ours = {m for m in apps.get_models() if m._meta.app_label in {"chapters", "playbooks", "posts"}}
    assert ours - set(MODELS) == set()


def test_the_pages_of_the_admin_show_that_tokens_are_there_and_no_more(asker):
    pk = Credential.objects.order_by("pk").first().pk
    page = asker.ask("ada", GET, reverse("admin:posts_credential_change", args=[pk]))
    assert page.status == 200
    assert "sealed" not in page.text
