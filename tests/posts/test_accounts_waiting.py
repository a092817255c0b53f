"""An account works again: its held posts go out when somebody says so. And how it is let go."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from chapters.models import Event
from posts import accounts, connecting, health
from posts.connecting import Party
from posts.models import Credential, Delivery, Lane, SocialAccount
from posts.platforms.base import AuthExpired, Transient
from posts.publishing import ledger
from tests.support import posts
from tests.support.fake_platforms import page

pytestmark = pytest.mark.django_db

Status = Delivery.Status


def url(name, *args):
    return reverse(name, args=["lisbon", *args])


@pytest.fixture
def account(cast, pages):
    party = Party(cast.lisbon, person=cast.lucia)
    return connecting._keep(party, "fakepages", "", page(1))


def late(cast, account, *, days=0, text="Market day"):
    """A post whose time passed while the account could not be used: held by the engine itself."""
    post = posts.scheduled(cast.lisbon, cast.ana, account, reviewer=cast.rui, text=text)
    at = timezone.now() - timedelta(days=days, hours=3)
    post.deliveries.update(due_at=at, late_after=at + timedelta(minutes=30))
    delivery = post.deliveries.get()
    assert ledger.hold_if_late(delivery.pk)
    return delivery


def broken(account):
    SocialAccount.objects.filter(pk=account.pk).update(broken_at=timezone.now(), broken_message="Revoked.")
    Lane.objects.filter(account=account).update(paused_at=timezone.now(), paused_reason="Revoked.")


def test_posts_that_waited_are_offered_once_the_account_works_and_go_only_when_ticked(cast, account):
    broken(account)
    first, second = late(cast, account, text="First"), late(cast, account, text="Second")
    client = cast.client(cast.lucia)
    assert "waited for this account" not in client.get("/c/lisbon/accounts/").text
    connecting._keep(Party(cast.lisbon, person=cast.lucia), "fakepages", "", page(1))
    assert {first.status for first in Delivery.objects.all()} == {Status.HELD}
    assert "2 posts waited for this account" in client.get("/c/lisbon/accounts/").text
    assert "2 posts waited for" in client.get(url("account_waiting", account.uid)).text

    client.post(url("account_waiting", account.uid), {"delivery": [str(first.uid)]})

    assert Delivery.objects.get(pk=first.pk).status == Status.PENDING
    assert Delivery.objects.get(pk=second.pk).status == Status.HELD
    assert Event.objects.filter(verb="retried", actor=cast.lucia).count() == 1


def test_nothing_ticked_keeps_everything_held(cast, account):
    delivery = late(cast, account)
    seen = cast.client(cast.lucia).post(url("account_waiting", account.uid), follow=True)
    assert "The posts stay held." in seen.text
    delivery.refresh_from_db()
    assert delivery.status == Status.HELD


def test_what_was_planned_long_ago_is_not_proposed(cast, account):
    late(cast, account, text="Today"), late(cast, account, days=3, text="Days ago")
    rows = cast.client(cast.lucia).get(url("account_waiting", account.uid)).context["rows"]
    assert [(delivery.post.text, fresh) for delivery, fresh in rows] == [("Days ago", False), ("Today", True)]


def test_what_may_be_out_already_is_not_among_them(cast, account):
    delivery = late(cast, account)
    Delivery.objects.filter(pk=delivery.pk).update(held_reason=Delivery.HeldReason.RESTORED)
    client = cast.client(cast.lucia)
    client.post(url("account_waiting", account.uid), {"delivery": [str(delivery.uid)]})
    delivery.refresh_from_db()
    assert delivery.status == Status.HELD
    assert client.get(url("account_waiting", account.uid)).context["rows"] == []


def test_delivery_of_another_account_is_not_released_by_its_id(cast, account):
    other = late(cast, posts.account(cast.lisbon))
    cast.client(cast.lucia).post(url("account_waiting", account.uid), {"delivery": [str(other.uid)]})
    other.refresh_from_db()
    assert other.status == Status.HELD


def test_reconnecting_leads_to_the_posts_that_waited(cast, words):
    client = cast.client(cast.lucia)
    signing_in = {"identifier": "lisbon.example", "password": "right-one"}
    client.post("/c/lisbon/accounts/connect/fakewords/", signing_in)
    account = cast.lisbon.social_accounts.get()
    late(cast, account)
    client.post(url("account_disconnect", account.uid))

    seen = client.post("/c/lisbon/accounts/connect/fakewords/", signing_in, follow=True)

    assert seen.redirect_chain == [(url("account_waiting", account.uid), 302)]
    assert "1 post waited for @page1" in seen.text


# ---- letting go


def let_go(cast, account):
    return cast.client(cast.lucia).post(url("account_disconnect", account.uid), follow=True).text


def test_access_is_given_back_and_forgotten(cast, account, pages):
    text = let_go(cast, account)
    assert pages.asked == ["revoke"]
    assert "the hub has forgotten its access" in text
    assert "did not confirm" not in text
    assert not Credential.objects.filter(account=account).exists()
    assert Lane.objects.get(account=account).refresh_at is None


def test_platform_that_does_not_confirm_is_told_plainly_with_what_to_do_there(cast, account, pages):
    pages.error = Transient("No answer.")
    text = let_go(cast, account)
    assert "Fake Pages did not confirm that the access has ended." in text
    assert "sign in there as @page1" in text
    assert Event.objects.filter(verb="revoke_failed").exists()
    assert not Credential.objects.filter(account=account).exists()


def test_access_that_had_ended_already_needs_no_word(cast, account, pages):
    pages.error = AuthExpired("The access has ended.")
    assert "did not confirm" not in let_go(cast, account)


def test_app_password_has_to_be_deleted_there(cast, words):
    client = cast.client(cast.lucia)
    client.post(
        "/c/lisbon/accounts/connect/fakewords/", {"identifier": "lisbon.example", "password": "right-one"}
    )
    account = cast.lisbon.social_accounts.get()
    assert "Delete it in the settings of Fake Words." in let_go(cast, account)


# ---- how long the access lasts


def words_of(account):
    account = SocialAccount.objects.select_related("lane").get(pk=account.pk)
    zone = account.chapter.zone
    return health.of(account, now=timezone.now(), zone=zone).word, health.access_words(account, zone)


def connect(cast, **terms):
    party = Party(cast.lisbon, person=cast.lucia)
    return connecting._keep(party, "fakepages", "", page(1, **terms))


DAY = 86400.0


@pytest.mark.parametrize(
    ("terms", "word", "access"),
    [
        ({}, "Works", "until somebody ends it"),
        ({"expires_in": 7200.0}, "Works", "renewed by the hub"),
        ({"expires_in": 7200.0, "ends_in": 90 * DAY}, "Works", "renewed by the hub until "),
        ({"expires_in": 60 * DAY, "renew_from": 30 * DAY}, "Works", "renewed by the hub"),
        ({"expires_in": 60 * DAY, "ends_in": 60 * DAY}, "Works", "until "),
        ({"expires_in": 5 * DAY, "ends_in": 5 * DAY}, "Ends soon", "until "),
        ({"expires_in": 7200.0, "ends_in": 5 * DAY}, "Ends soon", "renewed by the hub until "),
    ],
)
def test_account_says_how_long_its_access_lasts_and_who_renews_it(cast, pages, terms, word, access):
    said, lasts = words_of(connect(cast, **terms))
    assert said == word
    assert lasts.startswith(access)


def test_access_that_has_ended_says_so(cast, pages):
    account = connect(cast, ends_in=DAY)
    SocialAccount.objects.update(ends_at=timezone.now() - timedelta(minutes=1))
    assert words_of(account)[0] == "Connect again"


def test_page_of_an_account_says_how_many_posts_come_after_its_end(cast, pages):
    account = connect(cast, ends_in=3 * DAY)
    for days in (1, 4, 5):
        at = timezone.now() + timedelta(days=days)
        posts.scheduled(cast.lisbon, cast.ana, account, reviewer=cast.rui, at=at)
    text = cast.client(cast.vera).get(url("account_detail", account.uid)).text
    assert "2 posts are planned for after the access ends." in text


def test_page_of_an_account_shows_state_rights_plans_and_history(cast, pages, account):
    posts.scheduled(cast.lisbon, cast.ana, account, reviewer=cast.rui, text="On the schedule")
    accounts.pause(account=account, reason="Summer", by=cast.actor(cast.lucia))
    text = cast.client(cast.vera).get(url("account_detail", account.uid)).text
    for words_there in ("Paused since", "On the schedule", "write", "Lucia", "paused it: Summer"):
        assert words_there in text, words_there
    assert "Disconnect it" not in text
