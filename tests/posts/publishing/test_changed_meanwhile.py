"""What changed while a call was under way, or while nobody could look."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from posts import credentials, workflow
from posts.models import Attempt, Delivery, Lane, SocialAccount
from posts.platforms import registry
from posts.platforms.base import Content
from posts.publishing import claim, finish, ledger, queue, repair, send, sweep
from posts.publishing.drain import Drain
from tests.posts.publishing.conftest import end_quarantine

pytestmark = pytest.mark.django_db(transaction=True)

D = Delivery.Status


@pytest.fixture
def renewable(cast, practice):
    return practice.connect(cast.porto, renewable=True)


def begun(account: SocialAccount):
    """A worker's call for the account's next job, not yet made."""
    queue.retime([account.pk])
    (lease,) = claim.take(claim.due(1), owner="slow")
    return ledger.begin([lease])[lease.lane_id]


def tokens(account: SocialAccount) -> dict:
    return dict(credentials.load(account).tokens)


def connect_anew(account: SocialAccount, **known: str) -> None:
    credentials.save(account, {**tokens(account), **known})


def test_renewed_access_is_kept_though_the_post_was_taken_off_meanwhile(renewable, cast, write):
    post = write(renewable)
    workflow.schedule(post=post, at=timezone.now() + timedelta(seconds=1), by=cast.actor(cast.alba))
    Delivery.objects.update(due_at=timezone.now())
    Lane.objects.update(refresh_at=timezone.now())
    call = begun(renewable)
    result = send.perform(call)
    assert result.connection is not None
    workflow.unschedule(post=post, by=cast.actor(cast.alba))

    finish.finish([(call, result)])

    assert tokens(renewable)["refresh_token"] == result.connection.tokens["refresh_token"]
    assert tokens(renewable)["refresh_token"] != call.credentials.tokens["refresh_token"]


def test_renewal_does_not_replace_a_connection_made_meanwhile(renewable, cast, write):
    workflow.schedule(post=write(renewable), at=timezone.now(), by=cast.actor(cast.alba))
    Lane.objects.update(refresh_at=timezone.now())
    call = begun(renewable)
    result = send.perform(call)
    connect_anew(renewable, access_token="from the new connection")

    finish.finish([(call, result)])

    assert tokens(renewable)["access_token"] == "from the new connection"


def test_refusal_of_old_access_does_not_break_a_connection_made_meanwhile(practice, account, cast, write):
    workflow.schedule(post=write(account), at=timezone.now(), by=cast.actor(cast.alba))
    call = begun(account)
    works = tokens(account)
    practice.revoke_tokens(account)
    result = send.perform(call)
    connect_anew(account, access_token=works["access_token"] + "-new")

    finish.finish([(call, result)])

    account.refresh_from_db()
    assert account.broken_at is None
    assert Lane.objects.get().paused_at is None


def test_expired_access_is_renewed_before_the_account_is_read(practice, renewable, write, send_now, look):
    practice.misbehave(renewable, "accept_then_drop")
    delivery = send_now(write(renewable))
    practice.revoke_tokens(renewable)
    Lane.objects.update(refresh_at=timezone.now() - timedelta(hours=1))

    delivery = look(delivery)

    assert delivery.status == D.PUBLISHED
    assert len(practice.received(renewable)) == 1
    assert list(Attempt.objects.values_list("phase", "outcome")) == [("publish", "ok"), ("refresh", "ok")]


def test_refused_look_has_the_access_renewed_and_looks_again(practice, renewable, write, send_now, look):
    practice.misbehave(renewable, "accept_then_drop")
    delivery = send_now(write(renewable))
    practice.revoke_tokens(renewable)
    Attempt.objects.update(started_at=timezone.now())

    delivery = look(delivery)
    assert delivery.status == D.UNCONFIRMED
    delivery = look(delivery)

    assert delivery.status == D.PUBLISHED
    assert len(practice.received(renewable)) == 1


def test_access_that_cannot_be_renewed_leaves_the_doubt_and_asks_for_a_connection(
    practice, renewable, write, send_now, look
):
    practice.misbehave(renewable, "accept_then_drop")
    delivery = send_now(write(renewable))
    practice.revoke_tokens(renewable)
    connect_anew(renewable, refresh_token="spent long ago")
    Lane.objects.update(refresh_at=timezone.now() - timedelta(hours=1))

    delivery = look(delivery)

    renewable.refresh_from_db()
    assert delivery.status == D.UNCONFIRMED
    assert delivery.checking_until is not None
    assert renewable.broken_at is not None
    assert Attempt.objects.get(phase="publish").outcome is None


def test_look_that_is_long_overdue_is_still_had(practice, account, write, send_now):
    """After the whole hub was away for a day."""
    practice.misbehave(account, "accept_then_drop")
    delivery = send_now(write(account))
    a_day_ago = timezone.now() - timedelta(days=1)
    Delivery.objects.update(check_at=a_day_ago, checking_until=a_day_ago + timedelta(minutes=10))
    queue.retime([account.pk])

    sweep.run(owner="first to be back")
    Drain().run_due()

    delivery.refresh_from_db()
    assert delivery.status == D.PUBLISHED


def test_paused_account_is_asked_about_when_the_check_should_have_ended(
    practice, account, write, send_now, cast
):
    practice.misbehave(account, "accept_then_drop")
    delivery = send_now(write(account))
    queue.pause_lane(account, reason="Looking into it", by=cast.actor(cast.alba))
    Delivery.objects.update(checking_until=timezone.now() - timedelta(seconds=1))

    sweep.run(owner="x")

    delivery.refresh_from_db()
    assert (delivery.status, delivery.checking_until) == (D.UNCONFIRMED, None)


def test_words_that_somebody_posted_by_hand_are_refused_once(practice, account, write, send_now, look):
    practice.trait(account, keys="ignored", show_keys=False, duplicates_refused_for=3600)
    registry.get("sandbox").publish(
        Content("Repair café on Saturday"), credentials.load(account), staged={}, key="by hand", deadline=5
    )

    delivery = send_now(write(account))

    assert delivery.status == D.FAILED
    assert "was sent before" in delivery.message
    assert Attempt.objects.get().outcome == Attempt.Outcome.REJECTED


def test_post_confirmed_by_its_link_is_never_taken_for_another(
    practice, account, write, send_now, look, cast
):
    practice.trait(account, keys="ignored", show_keys=False)
    practice.misbehave(account, "accept_then_drop")
    first = send_now(write(account))
    (there,) = practice.received(account)
    end_quarantine(first)
    link = f"{practice.url}/@{account.handle}/{there['id']}"
    repair.confirm(delivery=first, permalink=link, by=cast.actor(cast.alba))
    practice.misbehave(account, "drop_before")

    second = look(send_now(write(account)))

    assert second.status == D.UNCONFIRMED
    assert second.absences == 1
