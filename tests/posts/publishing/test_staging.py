"""What is done ahead of time: pictures uploaded, access renewed. Only the last call is left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from posts import workflow
from posts.models import Attempt, Delivery, Lane, Post, SocialAccount
from posts.publishing import queue
from posts.publishing.drain import Drain
from tests.posts.publishing.conftest import pass_time

pytestmark = pytest.mark.django_db(transaction=True)

SOON, LATER = timedelta(seconds=40), timedelta(minutes=10)


@pytest.fixture
def plan(cast, write, picture, account):
    def planned(ahead: timedelta, **words) -> Delivery:
        post = write(account, pictures=(picture(),), **words)
        workflow.schedule(post=post, at=timezone.now() + ahead, by=cast.actor(cast.alba))
        return post.deliveries.get()

    return planned


def test_pictures_are_uploaded_ahead_and_the_post_stays_scheduled(practice, account, plan):
    delivery = plan(SOON)

    Drain().run_due()

    delivery.refresh_from_db()
    assert delivery.staged_at is not None
    assert delivery.status == Delivery.Status.PENDING
    assert delivery.post.status == Post.Status.SCHEDULED
    assert practice.received(account) == []
    assert Lane.objects.get(account=account).next_due_at == delivery.due_at


def test_nothing_is_prepared_long_before(practice, account, plan):
    delivery = plan(LATER)

    Drain().run_due()

    assert Attempt.objects.count() == 0
    lane = Lane.objects.get(account=account)
    assert lane.next_due_at == delivery.stage_at == delivery.due_at - timedelta(seconds=60)


def test_at_its_time_only_the_final_call_is_made(practice, account, plan):
    delivery = plan(SOON)
    Drain().run_due()
    pass_time(delivery, 60)

    Drain().run_due()

    assert list(Attempt.objects.values_list("phase", flat=True)) == ["media", "publish"]
    assert [m["alt"] for m in practice.received(account)[0]["media"]] == ["A teal square"]


def test_edit_voids_what_was_prepared(cast, practice, account, plan):
    delivery = plan(SOON)
    Drain().run_due()

    post = workflow.unschedule(post=delivery.post, by=cast.actor(cast.alba))
    workflow.schedule(post=post, at=timezone.now() + SOON, by=cast.actor(cast.alba))

    fresh = post.deliveries.get(status=Delivery.Status.PENDING)
    assert fresh.pk != delivery.pk
    assert (fresh.staged, fresh.staged_at) == ({}, None)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.staged) == (Delivery.Status.SKIPPED, {})


def test_post_taken_off_the_schedule_during_the_upload_stays_off(cast, practice, account, plan):
    from posts.publishing import claim, finish, ledger, send

    delivery = plan(SOON)
    (lease,) = claim.take(claim.due(1), owner="slow")
    call = ledger.begin([lease])[lease.lane_id]
    workflow.unschedule(post=delivery.post, by=cast.actor(cast.alba))

    finish.finish([(call, send.perform(call))])
    claim.release([lease])
    Drain().run_due()

    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.SKIPPED
    assert Attempt.objects.get().outcome is not None
    assert practice.received(account) == []


def test_failed_upload_is_tried_again_before_the_time(practice, account, plan):
    practice.misbehave(account, "refuse", status=503, call="upload")
    delivery = plan(SOON)
    Drain().run_due()
    delivery.refresh_from_db()
    assert (delivery.status, delivery.tries) == (Delivery.Status.PENDING, 1)

    pass_time(delivery, 31)
    Drain().run_due()

    delivery.refresh_from_db()
    assert delivery.staged_at is not None


def test_later_pictures_are_prepared_while_an_earlier_post_waits(practice, account, plan):
    first, second = plan(timedelta(seconds=20), text="First"), plan(SOON, text="Second")

    Drain().run_due()

    assert set(Delivery.objects.filter(staged_at__isnull=False)) == {first, second}


# ---- access


def test_refused_access_is_renewed_once_and_the_post_goes_out(cast, practice, write, send_now):
    account = practice.connect(cast.porto, renewable=True)
    practice.revoke_tokens(account)

    delivery = send_now(write(account))

    assert delivery.status == Delivery.Status.PUBLISHED
    assert list(Attempt.objects.values_list("phase", "outcome")) == [
        ("publish", "rejected"),
        ("refresh", "ok"),
        ("publish", "ok"),
    ]
    account.refresh_from_db()
    assert not account.is_broken


def test_access_that_cannot_be_renewed_pauses_and_asks(cast, practice, write, send_now):
    account = practice.connect(cast.porto, renewable=True)
    practice.revoke_tokens(account, refresh=True)

    delivery = send_now(write(account))

    account.refresh_from_db()
    assert account.is_broken
    assert delivery.status == Delivery.Status.PENDING
    assert Lane.objects.get(account=account).paused_at is not None


def test_server_in_trouble_during_renewal_loses_no_account(cast, practice, write, send_now):
    account = practice.connect(cast.porto, renewable=True)
    practice.revoke_tokens(account)
    practice.misbehave(None, "error_before", status=503, call="refresh")
    delivery = send_now(write(account))
    account.refresh_from_db()
    assert not account.is_broken

    pass_time(delivery, 31)
    Drain().run_due()

    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.PUBLISHED


def test_access_that_ends_soon_is_renewed_before_the_call(cast, practice, write, send_now):
    account = practice.connect(cast.porto, renewable=True)
    Lane.objects.filter(account=account).update(refresh_at=timezone.now())
    before = SocialAccount.objects.get(pk=account.pk).expires_at

    delivery = send_now(write(account))

    assert delivery.status == Delivery.Status.PUBLISHED
    assert list(Attempt.objects.values_list("phase", flat=True)) == ["refresh", "publish"]
    account.refresh_from_db()
    assert account.expires_at >= before
    assert Lane.objects.get(account=account).refresh_at > timezone.now()
    assert queue.renewal(None, timezone.now()) is None
