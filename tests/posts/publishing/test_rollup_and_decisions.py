"""The pure parts: what deliveries add up to, and what an answer means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posts.models import Delivery, Post
from posts.platforms.base import Outcome, Seen
from posts.publishing import decide
from posts.publishing.decide import (
    LIMIT_CAP,
    LIMIT_FLOOR,
    OPEN_SECONDS_MAX,
    RETRIES_MAX,
    RETRY_CAP,
    Access,
    Facts,
    Health,
    Hold,
    Kind,
    Timing,
    Waiting,
    backoff,
    limit_wait,
)
from posts.publishing.matching import Found
from posts.publishing.rollup import rollup

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], "draft"),
        (["skipped"], "draft"),
        (["published"], "published"),
        (["published", "skipped"], "published"),
        (["failed"], "failed"),
        (["failed", "failed", "skipped"], "failed"),
        (["published", "failed"], "needs_attention"),
        (["unconfirmed"], "needs_attention"),
        (["held"], "needs_attention"),
        (["held", "pending"], "needs_attention"),
        (["unconfirmed", "sending"], "needs_attention"),
        (["pending"], "publishing"),
        (["sending", "published"], "publishing"),
        (["pending", "failed"], "publishing"),
        (["published", "published"], "published"),
    ],
)
def test_rollup(statuses, expected):
    assert rollup(statuses) == expected


@given(st.lists(st.sampled_from(Delivery.Status.values)))
def test_rollup_is_a_post_status_whatever_the_order_and_ignores_skipped(statuses):
    assert rollup(statuses) in Post.Status.values
    assert rollup(statuses) == rollup(sorted(statuses)) == rollup([*statuses, "skipped"])


TIMING = Timing()
HOUR = timedelta(hours=1)


def facts(**known):
    return Facts(
        **{"status": "sending", "late_after": NOW + HOUR, "readable": True, "complete": True, **known}
    )


def after(outcome, kind=Kind.PUBLISH, *, retry_after=None, chance=0.5, refreshable=False, **known):
    return decide.after_error(
        facts(**known), kind, outcome, NOW, TIMING, message="It said no.", sent_by=NOW,
        retry_after=retry_after, refreshable=refreshable, chance=chance,
    )  # fmt: skip


# ---- which job is next


@pytest.mark.parametrize(
    ("waiting", "job"),
    [
        (Waiting(), None),
        (Waiting(first=(1, NOW)), (Kind.PUBLISH, 1)),
        (Waiting(first=(1, NOW + HOUR)), None),
        (Waiting(first=(1, NOW + HOUR), ahead=(2, NOW)), (Kind.STAGE, 2)),
        (Waiting(first=(1, NOW), ahead=(2, NOW)), (Kind.PUBLISH, 1)),
        (Waiting(checking=(3, NOW), first=(1, NOW)), (Kind.CHECK, 3)),
        (Waiting(checking=(3, NOW + HOUR), first=(1, NOW), ahead=(2, NOW)), None),
        (Waiting(first=(1, NOW), refresh_at=NOW), (Kind.REFRESH, 1)),
        (Waiting(first=(1, NOW), refresh_at=NOW + HOUR), (Kind.PUBLISH, 1)),
        (Waiting(refresh_at=NOW), None),
    ],
)
def test_next_job(waiting, job):
    assert decide.next_job(waiting, NOW) == job


@given(
    st.builds(
        Waiting,
        *[st.none() | st.tuples(st.integers(1, 9), st.integers(-9, 9).map(lambda s: NOW + s * HOUR))] * 3,
    )
)
def test_lane_is_woken_exactly_when_it_has_a_job(waiting):
    at = decide.next_time(waiting)

    assert (at is not None and at <= NOW) == (decide.next_job(waiting, NOW) is not None)


# ---- what an answer means


@pytest.mark.parametrize("kind", list(Kind)[1:])
@pytest.mark.parametrize(
    ("outcome", "status", "attempt"),
    [
        (Outcome.NOT_SENT, "pending", "not_sent"),
        (Outcome.LIMITED, "pending", "limited"),
        (Outcome.UNKNOWN, "pending", "not_sent"),
        (Outcome.AUTH, "pending", "rejected"),
        (Outcome.PERMANENT, "failed", "rejected"),
    ],
)
def test_outcome_by_kind_of_call(kind, outcome, status, attempt):
    change = after(outcome, kind)

    if kind == Kind.PUBLISH and outcome == Outcome.UNKNOWN:
        status, attempt = "unconfirmed", None
    if kind == Kind.REFRESH and outcome == Outcome.PERMANENT:
        status = "pending"
        assert change.access == Access.BROKEN
    assert (change.status, change.attempt) == (status, attempt)


def test_first_look_comes_after_the_quarantine():
    change = after(Outcome.UNKNOWN)

    assert change.delivery["check_at"] == NOW + timedelta(seconds=TIMING.quarantine)
    assert change.delivery["checking_until"] > change.delivery["check_at"]


def test_account_that_cannot_be_read_asks_a_person_at_once():
    assert after(Outcome.UNKNOWN, readable=False).delivery["check_at"] is None


def test_access_is_renewed_once_and_then_a_person_is_asked():
    assert after(Outcome.AUTH, refreshable=True).access == Access.RENEW
    assert after(Outcome.AUTH, refreshable=True, just_refreshed=True).access == Access.BROKEN
    assert after(Outcome.AUTH, Kind.REFRESH, refreshable=True).access == Access.BROKEN
    assert after(Outcome.AUTH).access == Access.BROKEN


@given(
    outcome=st.sampled_from(list(Outcome)),
    kind=st.sampled_from(list(Kind)[1:]),
    tries=st.integers(0, 10_000),
    retry_after=st.none() | st.floats(-1e9, 1e9),
    late_in=st.integers(-86_400, 86_400),
    chance=st.floats(0, 0.999),
)
def test_only_what_was_provably_not_accepted_is_tried_again(
    outcome, kind, tries, retry_after, late_in, chance
):
    change = after(
        outcome, kind, retry_after=retry_after, chance=chance, tries=tries,
        late_after=NOW + timedelta(seconds=late_in),
    )  # fmt: skip

    if change.status == "pending":
        assert change.attempt is not None
        assert outcome != Outcome.UNKNOWN or kind != Kind.PUBLISH
    again = change.delivery.get("next_attempt_at")
    if again is not None:
        assert NOW <= again <= NOW + timedelta(seconds=max(late_in, 0))
    if change.lane_not_before is not None:
        assert change.lane_not_before <= NOW + timedelta(seconds=LIMIT_CAP * 1.1)


# ---- poison


def test_third_fault_of_our_own_holds_it():
    assert decide.after_fault(facts(faults=1), NOW).status == "pending"
    assert decide.after_fault(facts(faults=2), NOW).delivery["held_reason"] == Hold.POISON


def test_second_worker_that_ends_holds_what_was_not_in_doubt():
    def ended(crashes, in_doubt):
        return decide.after_abandon(
            facts(crashes=crashes), NOW, TIMING, in_doubt=in_doubt, sent_by=NOW, message="Interrupted."
        )

    assert ended(0, in_doubt=False).status == "pending"
    assert ended(1, in_doubt=False).delivery["held_reason"] == Hold.POISON
    assert ended(1, in_doubt=True).status == "unconfirmed"  # first it is found out whether it is there


def test_doubt_that_a_long_outage_left_is_still_looked_for():
    long_ago = NOW - timedelta(hours=1)
    change = decide.after_abandon(
        facts(), NOW, TIMING, in_doubt=True, sent_by=long_ago, message="Interrupted."
    )

    assert change.delivery["check_at"] == NOW
    assert change.delivery["checking_until"] > NOW + timedelta(seconds=2 * TIMING.recheck)


# ---- looks

POST = Seen("p1", "https://x.example/p1", NOW, "Hello")
SECOND = Seen("p2", "https://x.example/p2", NOW, "Hello")


def look(found=None, *, complete_look=True, **known):
    known = {"checking_until": NOW + HOUR, **known}
    return decide.after_look(
        facts(status="unconfirmed", **known), NOW, TIMING, found=found or Found(), complete=complete_look
    )


def test_one_match_binds():
    change = look(Found((POST,)))

    assert (change.status, change.attempt) == ("published", "ok")
    assert change.delivery["external_id"] == "p1"


@pytest.mark.parametrize("found", [Found((POST, SECOND)), Found((), (POST,)), Found((), (POST, SECOND))])
def test_anything_but_one_sure_match_asks_a_person(found):
    change = look(found)

    assert (change.status, change.attempt) == ("unconfirmed", None)
    assert change.delivery["checking_until"] is None


def test_absent_once_is_looked_for_again_and_twice_is_sent_again():
    first = look()
    second = look(absences=1)

    assert (first.status, first.delivery["absences"]) == ("unconfirmed", 1)
    assert first.delivery["check_at"] == NOW + timedelta(seconds=TIMING.recheck)
    assert (second.status, second.attempt) == ("pending", "not_published")


@pytest.mark.parametrize(
    ("known", "status", "attempt"),
    [
        ({"resend": False}, "unconfirmed", None),
        ({"complete": False}, "unconfirmed", None),
        ({"late_after": NOW - HOUR}, "held", "not_published"),
        ({"crashes": 2}, "held", "not_published"),
        ({"faults": 3}, "held", "not_published"),
    ],
)
def test_absent_twice_is_not_always_sent_again(known, status, attempt):
    change = look(absences=1, **known)

    assert (change.status, change.attempt) == (status, attempt)


def test_look_that_saw_only_a_part_counts_for_nothing():
    change = look(absences=1, complete_look=False)

    assert (change.status, change.delivery["absences"]) == ("unconfirmed", 1)


def test_second_look_is_had_though_the_first_came_late():
    change = look(checking_until=NOW - HOUR)

    assert change.delivery["check_at"] == NOW + timedelta(seconds=TIMING.recheck)
    assert change.delivery["checking_until"] > change.delivery["check_at"]


def test_word_that_it_is_not_there_counts_once_it_can_no_longer_become_public():
    assert decide.denial_counts_from(NOW, TIMING) == NOW + timedelta(seconds=TIMING.quarantine)


def test_looks_end_with_a_person():
    change = decide.after_failed_look(
        facts(checking_until=NOW + timedelta(seconds=5)), Outcome.NOT_SENT, NOW, TIMING
    )

    assert change.delivery["checking_until"] is None


# ---- servers


def test_breaker_opens_at_the_fifth_failure_for_longer_each_time():
    health, waits = Health(), []
    now = NOW
    for _ in range(40):
        health = decide.after_trouble(health, now)
        if health.open_until is not None and health.open_until > now:
            waits.append((health.open_until - now).total_seconds())
            now = health.open_until

    assert waits[:3] == [30, 60, 120]
    assert max(waits) == OPEN_SECONDS_MAX
    assert decide.after_good_answer(health) == Health(retries=health.retries)


def test_four_failures_open_nothing():
    health = Health()
    for _ in range(4):
        health = decide.after_trouble(health, NOW)

    assert health.open_until is None


def test_retry_budget_is_spent_and_refills_with_time():
    health, paid = Health(retries_at=NOW), True
    for _ in range(int(RETRIES_MAX)):
        health, paid = decide.pay_for_retry(health, NOW)
        assert paid
    health, paid = decide.pay_for_retry(health, NOW)
    assert not paid
    health, paid = decide.pay_for_retry(health, NOW + timedelta(seconds=2))
    assert paid


@given(st.integers(0, 10_000), st.floats(0, 0.999))
def test_backoff_is_bounded(tries, chance):
    assert 0 <= backoff(tries, chance=chance) < RETRY_CAP


@given(st.none() | st.floats(-1e12, 1e12), st.floats(0, 0.999))
def test_limit_wait_is_bounded(retry_after, chance):
    assert LIMIT_FLOOR <= limit_wait(retry_after, chance=chance) <= LIMIT_CAP * 1.1
