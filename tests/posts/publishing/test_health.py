"""What the status page and monitoring are told of publishing: what is late, and what waits for a reason."""

from __future__ import annotations

import io
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chapters.models import Chapter
from posts.models import Breaker, Delivery, Heartbeat, Lane, SocialAccount
from posts.publishing import health, heartbeat, queue
from posts.publishing.drain import Drain
from posts.publishing.health import Why
from tests.support import posts

pytestmark = pytest.mark.django_db

UTC = ZoneInfo("UTC")


def ago(**length):
    return timezone.now() - timedelta(**length)


def due(cast, account=None, *, minutes=5):
    """A delivery of Porto's that has been due for that long."""
    post = posts.scheduled(cast.porto, cast.alba, account or posts.account(cast.porto))
    Delivery.objects.filter(post=post).update(due_at=ago(minutes=minutes))
    queue.retime([delivery.account_id for delivery in post.deliveries.all()])
    return post.deliveries.get()


def lane(delivery, **columns):
    Lane.objects.filter(account=delivery.account).update(**columns)


def reasons():
    return {why: each.count for why, each in health.condition().waiting.items()}


@pytest.fixture
def worker(db):
    heartbeat.beat("worker", "machine:1")


# ---- the sentence


def test_nothing_waits(worker):
    assert health.condition().verdict(UTC).sentence == "Publishing works: nothing is waiting."


def test_what_waits_for_people_is_not_forgotten(cast, worker):
    posts.settled(posts.scheduled(cast.porto, cast.alba), "held")
    sentence = health.condition().verdict(UTC).sentence
    assert sentence == "Publishing works: 1 post waits for a person, and nothing else."


def test_late_says_how_many_how_long_and_since_when_nobody_works(cast, worker):
    for _each in range(2):
        due(cast)
    due(cast, minutes=7)
    verdict = health.condition().verdict(UTC)
    assert verdict.kind == "failure"
    assert verdict.sentence == (
        "3 posts are late, the oldest by 7 minutes; no worker has taken anything yet."
    )

    began = ago(minutes=4)
    sent = posts.begun(posts.scheduled(cast.porto, cast.alba)).deliveries.get()
    sent.attempts.update(started_at=began)
    assert f"{began:%H:%M:%S} UTC." in health.condition().verdict(UTC).sentence


def test_late_while_workers_catch_up_is_no_failure(cast, worker):
    due(cast)
    posts.begun(posts.scheduled(cast.porto, cast.alba))
    verdict = health.condition().verdict(UTC)
    assert verdict.kind == "attention"
    assert "workers are busy catching up" in verdict.sentence


def test_due_for_less_than_a_minute_is_not_late(cast, worker):
    Delivery.objects.filter(pk=due(cast).pk).update(due_at=ago(seconds=20))
    condition = health.condition()
    assert (condition.due, condition.late) == (1, 0)
    assert condition.verdict(UTC).sentence == "Publishing works: 1 post is going out."


def test_no_worker_is_said_before_anything_is_late(cast):
    assert "no worker has been seen" in health.condition().verdict(UTC).sentence
    Heartbeat.objects.create(kind="worker", name="gone", at=ago(minutes=3))
    assert "no worker has been seen since" in health.condition().verdict(UTC).sentence


def test_a_scheduler_that_went_away_is_named(worker):
    Heartbeat.objects.create(kind="beat", name="beat", at=ago(minutes=3))
    assert "the scheduler was last seen at" in health.condition().verdict(UTC).sentence


def test_a_process_is_dead_after_thirty_seconds_and_forgotten_after_a_day(worker):
    for name, at in (("slow", ago(seconds=25)), ("dead", ago(seconds=35)), ("old", ago(days=2))):
        Heartbeat.objects.create(kind="worker", name=name, at=at)
    alive = {each.name: each.is_alive for each in health.condition().workers}
    assert alive == {"machine:1": True, "slow": True, "dead": False}


# ---- late is only what a worker could take


def test_each_reason_is_counted_by_itself_and_is_not_late(cast, worker):
    hour = timezone.now() + timedelta(hours=1)
    due(cast)
    lane(due(cast), paused_at=timezone.now(), paused_reason="Holiday")
    lane(due(cast), not_before=hour)
    lane(due(cast), breaker_until=hour)
    lane(due(cast), lease_until=hour)
    broken = due(cast).account
    SocialAccount.objects.filter(pk=broken.pk).update(broken_at=timezone.now())
    Delivery.objects.filter(pk=due(cast).pk).update(next_attempt_at=hour)

    assert reasons() == dict.fromkeys(
        (Why.FREE, Why.PAUSED, Why.LIMITED, Why.SERVER, Why.IN_HAND, Why.BROKEN, Why.AGAIN), 1
    )
    condition = health.condition()
    assert (condition.due, condition.late) == (7, 1)
    assert Why.FREE not in [each.why for each in condition.reasons]


def test_limits_that_ended_and_leases_that_ran_out_excuse_nothing(cast, worker):
    for column in ("not_before", "breaker_until", "lease_until"):
        lane(due(cast), **{column: ago(seconds=1)})
    assert reasons() == {Why.FREE: 3}


def test_what_stands_behind_a_post_in_doubt_or_one_that_waits_is_not_late(cast, worker):
    account = posts.account(cast.porto)
    in_doubt = posts.settled(posts.scheduled(cast.porto, cast.alba, account), "unconfirmed").deliveries.get()
    due(cast, account)
    assert reasons() == {Why.FREE: 1}  # a person is asked, and the lane goes on
    Delivery.objects.filter(pk=in_doubt.pk).update(checking_until=timezone.now() + timedelta(minutes=2))
    assert reasons() == {Why.DOUBT: 1}

    other = posts.account(cast.porto)
    first = due(cast, other, minutes=6)
    due(cast, other, minutes=5)
    Delivery.objects.filter(pk=first.pk).update(next_attempt_at=timezone.now() + timedelta(seconds=20))
    assert reasons() == {Why.DOUBT: 1, Why.AGAIN: 2}


def test_a_paused_chapter_is_not_late(cast, worker):
    due(cast)
    Chapter.objects.filter(pk=cast.porto.pk).update(state="paused")
    assert reasons() == {Why.CHAPTER: 1}


def test_an_account_without_its_place_in_the_order_is_late_all_the_same(cast, worker):
    lane(due(cast), next_due_at=None)
    Lane.objects.filter(account=due(cast).account).delete()
    assert health.condition().late == 2


def test_the_lateness_of_a_retry_counts_from_its_own_time(cast, worker):
    Delivery.objects.filter(pk=due(cast, minutes=30).pk).update(next_attempt_at=ago(seconds=90))
    oldest = health.condition().oldest
    assert timedelta(seconds=85) < oldest < timedelta(seconds=110)


def test_every_state_is_counted(cast, worker):
    posts.scheduled(cast.porto, cast.alba, at=timezone.now() + timedelta(minutes=30))
    posts.scheduled(cast.porto, cast.alba, at=timezone.now() + timedelta(hours=2))
    posts.begun(posts.scheduled(cast.porto, cast.alba))
    posts.settled(posts.scheduled(cast.porto, cast.alba), "held")
    posts.settled(posts.scheduled(cast.porto, cast.alba), "unconfirmed")
    checked = posts.settled(posts.scheduled(cast.porto, cast.alba), "unconfirmed")
    checked.deliveries.update(checking_until=timezone.now() + timedelta(minutes=2))
    found = health.condition()
    assert (found.soon, found.sending, found.held, found.asking, found.checking) == (1, 1, 1, 1, 1)


# ---- accounts and servers


def test_held_back_accounts_are_counted_by_server_and_reason(cast, worker):
    hour = timezone.now() + timedelta(hours=1)
    for host, columns in (
        ("one.example", {"paused_at": ago(minutes=9), "paused_reason": "Holiday"}),
        ("one.example", {"paused_at": ago(minutes=3), "paused_reason": "Elections"}),
        ("one.example", {"not_before": hour}),
        ("two.example", {"breaker_until": hour}),
        ("two.example", {}),
    ):
        account = posts.account(cast.porto, host=host)
        Lane.objects.filter(account=account).update(**columns)
    gone = posts.account(cast.porto, disconnected_at=timezone.now())
    Lane.objects.filter(account=gone).update(paused_at=timezone.now())

    found = [(each.host, each.why, each.count) for each in health.condition().held_back]
    assert found == [
        ("one.example", Why.PAUSED, 2), ("one.example", Why.LIMITED, 1), ("two.example", Why.SERVER, 1),
    ]  # fmt: skip
    paused, limited, _server = health.condition().held_back
    assert paused.since < ago(minutes=8)
    assert limited.until == hour


def test_only_open_breakers_are_shown(cast, worker):
    for host, until in (("open.example", timezone.now() + timedelta(minutes=1)), ("shut.example", None)):
        Breaker.objects.create(
            platform="mastodon", host=host, failures=5, open_until=until, retries_at=timezone.now()
        )
    assert [each.host for each in health.condition().breakers] == ["open.example"]


# ---- the real worker


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_publishes_ends_the_lateness(cast, practice):
    account = practice.connect(cast.porto)
    due(cast, account)
    assert health.condition().is_stuck
    Drain().run_due()
    found = health.condition()
    assert (found.due, found.late) == (0, 0)
    assert found.claimed_at is not None
    assert practice.received(account)


# ---- monitoring, and the word for chapters


def ask_monitoring():
    said = io.StringIO()
    call_command("publishing_health", stdout=said)
    return said.getvalue().strip()


def test_monitoring_hears_of_due_work_that_nobody_claims(cast, worker, capsys):
    assert ask_monitoring() == "Publishing works: nothing is waiting."
    due(cast)
    with pytest.raises(SystemExit) as ended:
        ask_monitoring()
    assert ended.value.code == 1


def test_monitoring_is_quiet_about_what_people_paused(cast, worker):
    lane(due(cast), paused_at=timezone.now())
    assert ask_monitoring() == "Publishing works: 1 due post waits for a reason named below."


def test_chapters_are_told_after_two_minutes_and_the_answer_is_kept_for_seconds(cast):
    delivery = due(cast)
    Delivery.objects.filter(pk=delivery.pk).update(due_at=ago(seconds=100))
    assert not health.is_noticeably_late()
    Delivery.objects.filter(pk=delivery.pk).update(due_at=ago(minutes=3))
    with CaptureQueriesContext(connection) as asked:
        assert not health.is_noticeably_late()
    assert len(asked) == 0
    caches["process"].clear()
    with CaptureQueriesContext(connection) as asked:
        assert health.is_noticeably_late()
    assert len(asked) == 1
    lane(delivery, paused_at=timezone.now())
    caches["process"].clear()
    assert not health.is_noticeably_late()
