"""Servers in trouble, and a database that is away at the wrong moment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from posts import workflow
from posts.models import Attempt, Breaker, Delivery, Lane
from posts.platforms.base import Published
from posts.publishing import breaker, claim, drain, finish, journal, ledger, queue, send, sweep
from posts.publishing.drain import Drain
from posts.publishing.journal import Journal
from tests.posts.publishing.conftest import pass_time

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _knows_nothing_of_servers(monkeypatch):
    monkeypatch.setattr(breaker, "_known", (float("-inf"), frozenset()))


def again() -> None:
    """Let everything that waits for a retry be tried now."""
    for delivery in Delivery.objects.filter(status="pending", next_attempt_at__isnull=False):
        pass_time(delivery, 31)


def test_five_failures_in_a_row_open_the_server_and_one_lane_probes(cast, practice, write):
    accounts = [practice.connect(cast.porto) for _ in range(6)]
    practice.misbehave(None, "error_before", status=503, call="upload", times=None)
    for account in accounts:
        practice.misbehave(account, "refuse", status=502, times=None)
    post = write(*accounts)
    workflow.schedule(post=post, at=timezone.now(), by=cast.actor(cast.alba))

    Drain(senders=1).run_due()

    row = Breaker.objects.get()
    assert row.failures == 5
    assert row.open_until > timezone.now()
    held = Lane.objects.filter(breaker_until__gt=timezone.now()).count()
    assert held == Lane.objects.filter(account__in=accounts).count()
    assert claim.take(claim.due(10), owner="test") == []
    first, *others = Lane.objects.filter(account__in=accounts).order_by("breaker_until")
    assert all(lane.breaker_until > first.breaker_until for lane in others)


def test_first_success_closes_it_and_lanes_come_back_a_few_a_second(cast, practice, account, write, send_now):
    others = [practice.connect(cast.porto) for _ in range(11)]
    now = timezone.now()
    Breaker.objects.create(
        platform="sandbox", host="", failures=7, openings=2, open_until=now, retries=1, retries_at=now
    )
    Lane.objects.filter(account__in=others).update(breaker_until=now + timedelta(minutes=9))

    send_now(write(account))

    row = Breaker.objects.get()
    assert (row.failures, row.openings, row.open_until) == (0, 0, None)
    back = sorted(Lane.objects.filter(account__in=others).values_list("breaker_until", flat=True))
    assert back[-1] < timezone.now() + timedelta(seconds=5)
    assert back[-1] - back[0] >= timedelta(seconds=2)


def test_spent_retry_budget_makes_retries_wait_the_longest(cast, practice, account, write, send_now):
    now = timezone.now()
    Breaker.objects.create(platform="sandbox", host="", retries=0, retries_at=now + timedelta(hours=1))
    practice.misbehave(account, "refuse", status=503, call="upload", times=None)

    from posts.platforms import registry

    registry.load({"allow_loopback": True, "sandbox_url": "http://127.0.0.1:9"})
    delivery = send_now(write(account))

    assert delivery.next_attempt_at >= now + timedelta(seconds=29)


# ---- the database away


def lost_commit(monkeypatch, module, name):
    """The next call of `name` commits, and its answer is lost."""
    original = getattr(module, name)

    def once(*args, **kwargs):
        monkeypatch.setattr(module, name, original)
        original(*args, **kwargs)
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(module, name, once)


@pytest.mark.parametrize(
    ("module", "name"), [(claim, "take"), (ledger, "begin"), (finish, "finish"), (claim, "release")]
)
def test_commit_whose_answer_is_lost_changes_nothing(
    cast, practice, account, write, monkeypatch, module, name
):
    monkeypatch.setattr(drain.time, "sleep", lambda seconds: None)
    lost_commit(monkeypatch, module, name)
    for number in range(3):
        workflow.schedule(
            post=write(account, text=f"Post {number}"), at=timezone.now(), by=cast.actor(cast.alba)
        )

    Drain().run_due()

    assert [post["text"] for post in practice.received(account)] == ["Post 0", "Post 1", "Post 2"]
    assert set(Delivery.objects.values_list("status", flat=True)) == {"published"}
    assert not Attempt.objects.filter(outcome=None).exists()
    assert not Lane.objects.filter(lease_until__isnull=False).exists()


def test_answer_survives_a_worker_that_dies_while_the_database_is_away(
    cast, practice, account, write, settings
):
    settings.HUB_SEND_DEADLINE_SECONDS = 5
    post = write(account)
    workflow.schedule(post=post, at=timezone.now(), by=cast.actor(cast.alba))
    (lease,) = claim.take(claim.due(1), owner="dying")
    call = ledger.begin([lease])[lease.lane_id]
    published = send.perform(call).published
    kept = Journal("dying")
    kept.keep(key=call.key, attempt_id=call.attempt_id, published=published)
    assert journal.replay(finish.prove) == 0  # its process lives
    kept._file = drain.os.close(kept._file)  # the process dies

    sweep.run(owner="test")

    delivery = post.deliveries.get()
    assert (delivery.status, delivery.external_id) == ("published", published.external_id)
    assert list(journal.folder().glob("*")) == []
    Drain().run_due()
    assert len(practice.received(account)) == 1


def test_journal_of_another_delivery_proves_nothing(cast, practice, account, write, send_now):
    practice.misbehave(account, "accept_then_drop")
    delivery = send_now(write(account))
    attempt = Attempt.objects.get()

    assert not finish.prove(key="0" * 32, attempt_id=attempt.pk, published=Published("x"))

    delivery.refresh_from_db()
    assert delivery.status == "unconfirmed"


def test_line_cut_short_is_passed_over(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    journal.folder().mkdir()
    (journal.folder() / "dead.jsonl").write_bytes(b'{"key": "a", "attempt": 1')

    assert journal.replay(lambda **line: pytest.fail("half a line was believed")) == 0


def test_lane_of_a_newer_worker_is_left_alone(cast, practice, account, write):
    post = write(account)
    workflow.schedule(post=post, at=timezone.now(), by=cast.actor(cast.alba))
    (lease,) = claim.take(claim.due(1), owner="newer")
    ledger.begin([lease])
    Attempt.objects.update(protocol=ledger.PROTOCOL + 1)
    Lane.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    sweep.run(owner="older")
    Drain().run_due()

    assert post.deliveries.get().status == "sending"
    assert practice.received(account) == []
    queue.retime([account.pk])
