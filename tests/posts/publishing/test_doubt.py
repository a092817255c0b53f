"""A lost answer: the hub looks, and never sends by guess. Against a real practice network."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from chapters.events import Actor
from chapters.models import Notice
from posts import workflow
from posts.models import Attempt, Delivery, Lane, Post, SocialAccount
from posts.problems import Refused
from posts.publishing import claim, finish, ledger, queue, repair, send, sweep
from posts.publishing.drain import Drain
from tests.posts.publishing.conftest import end_quarantine, pass_time

pytestmark = pytest.mark.django_db(transaction=True)

D = Delivery.Status


def told(kind: str = "needs_attention") -> int:
    return Notice.objects.filter(kind=kind).count()


def test_lost_answer_is_looked_for_before_anybody_is_asked(practice, account, write, send_now):
    practice.misbehave(account, "accept_then_drop")

    delivery = send_now(write(account))

    assert delivery.status == D.UNCONFIRMED
    assert delivery.check_at == Attempt.objects.get().send_deadline + timedelta(seconds=120)
    assert delivery.checking_until > delivery.check_at
    assert Lane.objects.get(account=account).next_due_at == delivery.check_at
    assert told() == 0


@pytest.mark.parametrize("keys", ["honoured", "ignored"])
def test_post_that_is_there_is_bound_and_not_sent_again(practice, account, write, send_now, look, keys):
    practice.trait(account, keys=keys, show_keys=keys == "honoured")
    practice.misbehave(account, "accept_then_drop")
    delivery = send_now(write(account))

    delivery = look(delivery)

    (there,) = practice.received(account)
    assert delivery.status == D.PUBLISHED
    assert delivery.external_id == there["id"]
    assert delivery.permalink.startswith(practice.url)
    assert delivery.check_at is None
    assert delivery.checking_until is None
    assert Attempt.objects.get().outcome == Attempt.Outcome.OK
    assert delivery.post.status == Post.Status.PUBLISHED
    assert told() == 0


def test_absent_twice_is_sent_again_once(practice, account, write, send_now, look):
    practice.misbehave(account, "drop_before")
    delivery = send_now(write(account))
    assert delivery.status == D.UNCONFIRMED

    delivery = look(delivery)
    assert (delivery.status, delivery.absences) == (D.UNCONFIRMED, 1)
    assert practice.received(account) == []
    delivery = look(delivery)

    assert delivery.status == D.PUBLISHED
    assert len(practice.received(account)) == 1
    assert list(Attempt.objects.values_list("outcome", flat=True)) == ["not_published", "ok"]


def test_account_whose_switch_forbids_it_asks_a_person_instead(practice, account, write, send_now, look):
    SocialAccount.objects.filter(pk=account.pk).update(resend_absent=False)
    practice.misbehave(account, "drop_before")
    delivery = send_now(write(account))

    for _ in range(3):
        delivery = look(delivery)

    assert (delivery.status, delivery.checking_until) == (D.UNCONFIRMED, None)
    assert practice.received(account) == []
    assert told() > 0
    assert len(Attempt.objects.get().evidence["checks"]) == 2


def test_list_that_may_miss_posts_proves_presence_but_not_absence(cast, practice, write, send_now, look):
    account = practice.connect(cast.porto, listing="partial")
    practice.misbehave(account, "drop_before")
    delivery = send_now(write(account))

    for _ in range(3):
        delivery = look(delivery)

    assert (delivery.status, delivery.checking_until) == (D.UNCONFIRMED, None)
    assert practice.received(account) == []
    assert Attempt.objects.get().outcome is None


def test_account_that_cannot_be_read_asks_a_person_at_once(cast, practice, write, send_now):
    account = practice.connect(cast.porto, listing="none")
    practice.misbehave(account, "accept_then_drop")

    delivery = send_now(write(account))

    assert (delivery.status, delivery.check_at) == (D.UNCONFIRMED, None)
    assert told() > 0
    assert "read" not in practice.calls(account)


def test_late_commit_within_the_quarantine_is_found(practice, account, write, send_now, look):
    practice.trait(account, keys="ignored", show_keys=False)
    practice.misbehave(account, "drop_then_commit", seconds=1)
    delivery = send_now(write(account))
    practice.wait_for_commits(account, 1)

    delivery = look(delivery)

    assert delivery.status == D.PUBLISHED
    assert len(practice.received(account)) == 1


def test_post_is_found_by_the_clock_of_a_platform_that_is_behind(practice, account, write, send_now, look):
    practice.trait(account, keys="ignored", show_keys=False)
    practice.misbehave(account, "accept_then_drop")
    delivery = send_now(write(account))
    Attempt.objects.update(started_at=F("started_at") + timedelta(seconds=25))

    delivery = look(delivery)

    assert delivery.status == D.PUBLISHED


def test_look_that_is_written_down_twice_counts_once(practice, account, write, send_now):
    """As it is after the answer to the first commit was lost."""
    practice.misbehave(account, "drop_before")
    delivery = send_now(write(account))
    Delivery.objects.update(check_at=timezone.now() - timedelta(seconds=1))
    queue.retime([account.pk])
    (lease,) = claim.take(claim.due(1), owner="x")
    call = ledger.begin([lease])[lease.lane_id]
    result = send.perform(call)

    finish.finish([(call, result)])
    finish.finish([(call, result)])

    delivery.refresh_from_db()
    assert (delivery.status, delivery.absences) == (D.UNCONFIRMED, 1)


def test_doubt_is_no_attempt_that_was_never_sent(practice, account, write, cast):
    """The lane's next begin may be lost in a commit; what it sent before stays in doubt."""
    practice.misbehave(account, "accept_then_drop")
    workflow.schedule(post=write(account), at=timezone.now(), by=cast.actor(cast.alba))
    (lease,) = claim.take(claim.due(1), owner="x")
    call = ledger.begin([lease])[lease.lane_id]
    finish.finish([(call, send.perform(call))])

    assert finish.take_back(lease)

    assert Attempt.objects.get().outcome is None


def test_nobody_is_believed_that_it_is_not_there_while_it_may_still_appear(
    practice, account, write, send_now
):
    practice.misbehave(account, "drop_then_commit", seconds=1)
    delivery = send_now(write(account))

    with pytest.raises(Refused, match="Look again in 3 minutes"):
        repair.deny(delivery=delivery, by=_alba(delivery))

    end_quarantine(delivery)
    repair.deny(delivery=delivery, by=_alba(delivery))
    delivery.refresh_from_db()
    assert delivery.status == D.PENDING


def test_sending_again_ahead_of_its_time_waits_for_it(cast, practice, account, write):
    post = write(account)
    at = timezone.now() + timedelta(minutes=5)
    workflow.schedule(post=post, at=at, by=cast.actor(cast.alba))
    post.deliveries.update(status=D.HELD, held_reason="disconnected")
    Post.objects.update(status=Post.Status.NEEDS_ATTENTION)

    repair.retry(delivery=post.deliveries.get(), by=cast.actor(cast.alba))
    Drain().run_due()

    assert post.deliveries.get().status == D.PENDING
    assert practice.received(account) == []


def test_same_words_published_by_another_delivery_are_never_taken_for_it(
    practice, account, write, send_now, look
):
    practice.trait(account, keys="ignored", show_keys=False)
    first = send_now(write(account, text="Every Saturday at ten"))
    practice.misbehave(account, "drop_before")
    second = send_now(write(account, text="Every Saturday at ten"))

    second = look(look(second))

    first.refresh_from_db()
    assert {first.external_id, second.external_id} == {p["id"] for p in practice.received(account)}
    assert first.external_id != second.external_id
    assert len(practice.received(account)) == 2


def test_several_alike_ask_a_person_and_are_shown(practice, account, write, send_now, look):
    practice.trait(account, keys="ignored", show_keys=False)
    practice.misbehave(account, "accept_then_drop")
    delivery = send_now(write(account, text="Come on Saturday"))
    practice.misbehave(account, "accept_then_drop")
    end_quarantine(delivery)
    repair.deny(delivery=delivery, by=_alba(delivery))
    Drain().run_due()

    delivery.refresh_from_db()
    delivery = look(delivery)

    assert (delivery.status, delivery.checking_until) == (D.UNCONFIRMED, None)
    assert len(practice.received(account)) == 2
    assert len(Attempt.objects.get(outcome=None).evidence["candidates"]) == 2
    assert told() > 0


def _alba(delivery: Delivery):
    return Actor.person(delivery.post.author)


def test_nothing_else_leaves_the_account_while_it_is_looked_for(practice, account, write, send_now, look):
    practice.misbehave(account, "drop_before")
    doubtful = send_now(write(account, text="First"))
    waiting = send_now(write(account, text="Second"))
    assert waiting.status == D.PENDING

    look(look(doubtful))

    assert [post["text"] for post in practice.received(account)] == ["First", "Second"]


def test_failing_looks_end_with_a_person(practice, account, write, send_now, look):
    practice.misbehave(account, "accept_then_drop")
    delivery = send_now(write(account))
    practice.misbehave(account, "refuse", status=503, call="read", times=None)
    delivery = look(delivery)
    assert delivery.check_at > timezone.now()
    assert delivery.absences == 0

    pass_time(delivery, 10_000)
    Drain().run_due()

    delivery.refresh_from_db()
    assert (delivery.status, delivery.checking_until) == (D.UNCONFIRMED, None)
    assert told() > 0
    assert len(practice.received(account)) == 1


def test_person_who_confirms_ends_the_look(practice, account, write, send_now, look):
    practice.misbehave(account, "accept_then_drop")
    delivery = send_now(write(account))

    repair.confirm(delivery=delivery, by=_alba(delivery), permalink=f"{practice.url}/@x/1")
    delivery = look(delivery)

    assert delivery.status == D.PUBLISHED
    assert delivery.check_at is None
    assert Lane.objects.get(account=account).next_due_at is None


def test_absent_post_whose_grace_is_over_is_held_instead_of_sent(practice, account, write, send_now, look):
    practice.misbehave(account, "drop_before")
    delivery = send_now(write(account))
    Delivery.objects.update(late_after=timezone.now() - timedelta(seconds=1))

    delivery = look(look(delivery))

    assert (delivery.status, delivery.held_reason) == (D.HELD, "late")
    assert practice.received(account) == []


def test_refusal_as_a_duplicate_is_a_doubt_that_a_look_settles(practice, account, write, send_now, look):
    practice.trait(account, keys="ignored", show_keys=False, duplicates_refused_for=60)
    practice.misbehave(account, "accept_then_drop")
    delivery = send_now(write(account))
    end_quarantine(delivery)
    repair.deny(delivery=delivery, by=_alba(delivery))
    Drain().run_due()
    delivery.refresh_from_db()
    assert delivery.status == D.UNCONFIRMED

    delivery = look(delivery)

    (first_try,) = practice.received(account)
    assert (delivery.status, delivery.external_id) == (D.PUBLISHED, first_try["id"])


# ---- poison


def test_post_that_ended_two_workers_is_held(practice, account, write, cast):
    post = write(account)
    workflow.schedule(post=post, at=timezone.now(), by=cast.actor(cast.alba))
    delivery = post.deliveries.get()
    for _ in range(2):
        (lease,) = claim.take(claim.due(1), owner="dies")
        assert ledger.begin([lease])[lease.lane_id] is not None
        Lane.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        sweep.run(owner="test")
        delivery.refresh_from_db()
        assert delivery.status == D.UNCONFIRMED
        for _look in range(2):
            a_moment_ago = timezone.now() - timedelta(seconds=1)  # SQLite tells the time in milliseconds
            Delivery.objects.filter(status=D.UNCONFIRMED).update(check_at=a_moment_ago)
            queue.retime([account.pk])
            (lease,) = claim.take(claim.due(1), owner="looks")
            call = ledger.begin([lease])[lease.lane_id]
            finish.finish([(call, send.perform(call))])
            claim.release([lease])
        delivery.refresh_from_db()

    assert (delivery.status, delivery.held_reason) == (D.HELD, "poison")
    assert practice.received(account) == []
