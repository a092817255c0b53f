"""What an answer of the platform means for the delivery and its lane. Pure: no clock, no database."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from posts.platforms.base import Outcome

RETRY_BASE = 2.0  # seconds
RETRY_CAP = 30.0  # seconds
LIMIT_FLOOR = 5.0  # seconds
LIMIT_CAP = 3600.0  # seconds
LONGEST_EXPONENT = 10


class Next(enum.StrEnum):
    """Where the delivery goes."""

    PUBLISHED = "published"
    PENDING = "pending"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to write after a call. `attempt` is the outcome that closes the attempt; None leaves it open."""

    next: Next
    attempt: str | None
    next_attempt_at: datetime | None = None
    lane_not_before: datetime | None = None
    account_broken: bool = False
    counts_as_try: bool = False


def backoff(tries: int, *, chance: float) -> float:
    """Seconds until the next try after `tries` tries: full jitter, `chance` in [0, 1)."""
    return chance * min(RETRY_CAP, RETRY_BASE * 2 ** min(tries, LONGEST_EXPONENT))


def limit_wait(retry_after: float | None, *, chance: float) -> float:
    """Seconds a limited lane rests: what the platform said, within bounds, spread so that lanes part."""
    asked = LIMIT_FLOOR if retry_after is None else retry_after
    return min(LIMIT_CAP, max(LIMIT_FLOOR, asked)) * (1 + 0.1 * chance)


def after_error(
    outcome: Outcome,
    *,
    publishing: bool,
    tries: int,
    now: datetime,
    late_after: datetime,
    retry_after: float | None,
    chance: float,
) -> Decision:
    """What an error means. `publishing` tells the final call from the repeatable ones before it.

    Before the final call nothing public can have happened, so doubt there is as good as not sent.
    """
    if outcome == Outcome.UNKNOWN and publishing:
        return Decision(Next.UNCONFIRMED, attempt=None)
    if outcome == Outcome.PERMANENT:
        return Decision(Next.FAILED, attempt="rejected")
    if outcome == Outcome.AUTH:
        return Decision(Next.PENDING, attempt="rejected", account_broken=True)
    if outcome == Outcome.LIMITED:
        wait = timedelta(seconds=limit_wait(retry_after, chance=chance))
        return Decision(Next.PENDING, attempt="limited", lane_not_before=now + wait)
    at = now + timedelta(seconds=max(backoff(tries, chance=chance), min(retry_after or 0.0, LIMIT_CAP)))
    if at > late_after:
        return Decision(Next.HELD, attempt="not_sent", counts_as_try=True)
    return Decision(Next.PENDING, attempt="not_sent", next_attempt_at=at, counts_as_try=True)
