"""The pure parts: what deliveries add up to, and what an answer means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posts.models import Delivery, Post
from posts.platforms.base import Outcome
from posts.publishing.decide import LIMIT_CAP, LIMIT_FLOOR, RETRY_CAP, Next, after_error, backoff, limit_wait
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


def decide(outcome, *, publishing=True, tries=0, retry_after=None, late_in=3600, chance=0.5):
    return after_error(
        outcome, publishing=publishing, tries=tries, now=NOW, late_after=NOW + timedelta(seconds=late_in),
        retry_after=retry_after, chance=chance,
    )  # fmt: skip


def test_doubt_on_the_final_call_leaves_the_attempt_open():
    decision = decide(Outcome.UNKNOWN)

    assert (decision.next, decision.attempt) == (Next.UNCONFIRMED, None)


def test_doubt_before_the_final_call_is_as_good_as_not_sent():
    decision = decide(Outcome.UNKNOWN, publishing=False)

    assert (decision.next, decision.attempt) == (Next.PENDING, "not_sent")


@given(
    outcome=st.sampled_from(list(Outcome)),
    publishing=st.booleans(),
    tries=st.integers(0, 10_000),
    retry_after=st.none() | st.floats(-1e9, 1e9),
    late_in=st.integers(-86_400, 86_400),
    chance=st.floats(0, 0.999),
)
def test_only_what_was_provably_not_accepted_is_tried_again(
    outcome, publishing, tries, retry_after, late_in, chance
):
    decision = decide(
        outcome, publishing=publishing, tries=tries, retry_after=retry_after, late_in=late_in, chance=chance
    )

    if decision.next == Next.PENDING:
        assert decision.attempt is not None
        assert outcome != Outcome.UNKNOWN or not publishing
    if decision.next_attempt_at is not None:
        assert NOW <= decision.next_attempt_at <= NOW + timedelta(seconds=max(late_in, 0))
    if decision.lane_not_before is not None:
        assert decision.lane_not_before <= NOW + timedelta(seconds=LIMIT_CAP * 1.1)


@given(st.integers(0, 10_000), st.floats(0, 0.999))
def test_backoff_is_bounded(tries, chance):
    assert 0 <= backoff(tries, chance=chance) < RETRY_CAP


@given(st.none() | st.floats(-1e12, 1e12), st.floats(0, 0.999))
def test_limit_wait_is_bounded(retry_after, chance):
    assert LIMIT_FLOOR <= limit_wait(retry_after, chance=chance) <= LIMIT_CAP * 1.1
