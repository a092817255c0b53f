"""What to do next and what an answer means. Pure: no clock, no database, no network.

The loop runs these with what it read from the database, the simulator of the tests with what it made up; both
write down exactly what a `Change` says.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from posts.platforms.base import Outcome
from posts.publishing.matching import Found

RETRY_BASE = 2.0  # seconds
RETRY_CAP = 30.0  # seconds
LIMIT_FLOOR = 5.0  # seconds
LIMIT_CAP = 3600.0  # seconds
LONGEST_EXPONENT = 10
FAULTS_MAX = 3  # times our own code may fail on one delivery
CRASHES_MAX = 2  # workers that may end with one delivery in hand
ABSENCES = 2  # looks in a row that must not find it
LOOKS_LONG = 10  # looks' time, after the first, for which failing looks are repeated


class Kind(enum.StrEnum):
    """The jobs of a lane, in the order in which they come first."""

    CHECK = "check"
    REFRESH = "refresh"
    PUBLISH = "publish"
    STAGE = "media"


class Hold(enum.StrEnum):
    """Why a delivery waits for a person."""

    LATE = "late"
    POISON = "poison"
    DISCONNECTED = "disconnected"
    UNAPPROVED = "unapproved"


class Access(enum.StrEnum):
    """What an answer says about the account's access."""

    SAME = "same"
    RENEW = "renew"  # try to refresh it before the next call
    RENEWED = "renewed"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Timing:
    """How patient the engine is. Seconds."""

    quarantine: float = 120.0  # from the last moment a call could be sent to the first look
    recheck: float = 60.0  # between two looks


@dataclass(frozen=True, slots=True)
class Waiting:
    """What of an account's deliveries may come next: ids, and the moments from which they may."""

    checking: tuple[int, datetime] | None = None  # the first one in doubt that is being looked for
    first: tuple[int, datetime] | None = None  # the first pending one, in the order of due times
    ahead: tuple[int, datetime] | None = None  # the first pending one that can be prepared ahead
    refresh_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one delivery when something is decided about it."""

    status: str
    late_after: datetime
    tries: int = 0
    faults: int = 0
    crashes: int = 0
    absences: int = 0
    checking_until: datetime | None = None
    parts: tuple[Mapping[str, Any], ...] = ()  # of a thread, those that are out
    parts_left: int = 0  # after the one that is next
    connected: bool = True
    approved: bool = True
    readable: bool = False  # the platform lets the account be read back
    complete: bool = False  # and what it does not show is not there
    resend: bool = True  # the account's switch
    once: bool = False  # what was prepared can be published once only, so it is kept for the next try
    refused: bool = False  # the platform said that it has the like already, and did not take it
    just_refreshed: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What to write after an answer. `attempt` is the outcome that closes the attempt; None leaves it open.

    `retries` says that it waits to be tried again, which the server's budget pays for.
    """

    status: str
    attempt: str | None = None
    delivery: Mapping[str, Any] = field(default_factory=dict)  # other columns
    access: Access = Access.SAME
    lane_not_before: datetime | None = None
    retries: bool = False


# ---- which job is next


def next_job(waiting: Waiting, now: datetime) -> tuple[Kind, int] | None:
    """The job to do now and the delivery it is for; None where nothing is due.

    A delivery that is being looked for keeps everything else of its account waiting, and the first delivery
    in order keeps the later ones waiting: order holds.
    """
    candidates = [(Kind.PUBLISH, waiting.first), (Kind.STAGE, waiting.ahead)]
    if waiting.checking is not None:
        candidates = [(Kind.CHECK, waiting.checking)]
    for kind, one in candidates:
        if one is not None and one[1] <= now:
            stale = waiting.refresh_at is not None and waiting.refresh_at <= now
            return (Kind.REFRESH if stale else kind), one[0]
    return None


def next_time(waiting: Waiting) -> datetime | None:
    """When the lane has its next job; None where nothing waits."""
    if waiting.checking is not None:
        return waiting.checking[1]
    return min((one[1] for one in (waiting.first, waiting.ahead) if one is not None), default=None)


def obstacle(facts: Facts, now: datetime) -> Hold | None:
    """Why a pending delivery must not be sent now but be held."""
    if now > facts.late_after:
        return Hold.LATE
    if not facts.connected:
        return Hold.DISCONNECTED
    if not facts.approved:
        return Hold.UNAPPROVED
    return None


# ---- what an answer means


def backoff(tries: int, *, chance: float) -> float:
    """Seconds until the next try after `tries` tries: full jitter, `chance` in [0, 1)."""
    return chance * min(RETRY_CAP, RETRY_BASE * 2 ** min(tries, LONGEST_EXPONENT))


def limit_wait(retry_after: float | None, *, chance: float) -> float:
    """Seconds a limited lane rests: what the platform said, within bounds, spread so that lanes part."""
    asked = LIMIT_FLOOR if retry_after is None else retry_after
    return min(LIMIT_CAP, max(LIMIT_FLOOR, asked)) * (1 + 0.1 * chance)


def after_publish(
    facts: Facts,
    now: datetime,
    *,
    external_id: str,
    permalink: str,
    reference: Mapping[str, str] | None = None,
) -> Change:
    """The platform has it. Of a thread the next part goes at once; the first one is the post's address."""
    found: dict[str, Any] = {"message": ""} | no_doubt()
    if not facts.parts:
        found |= {"external_id": external_id, "permalink": permalink, "published_at": now}
    if facts.parts or facts.parts_left > 0:
        part = {"external_id": external_id, "permalink": permalink, "reference": dict(reference or {})}
        found["parts"] = [*facts.parts, part]
    if facts.parts_left <= 0:
        return Change("published", "ok", found)
    fresh = {"staged": {}, "staged_at": None, "stage_at": None, "tries": 0, "next_attempt_at": now}
    return Change("pending", "ok", found | fresh)


def after_stage(facts: Facts, now: datetime, *, staged: Mapping[str, Any]) -> Change:
    """Everything for the final call is on the platform."""
    kept = {"staged": dict(staged), "staged_at": now, "stage_at": None, "next_attempt_at": None}
    return Change("pending", "ok", kept)


def after_refresh(facts: Facts) -> Change:
    """The account's access was renewed."""
    return Change(facts.status, "ok", {"next_attempt_at": None}, access=Access.RENEWED)


def after_error(
    facts: Facts,
    kind: Kind,
    outcome: Outcome,
    now: datetime,
    timing: Timing,
    *,
    message: str,
    sent_by: datetime,
    retry_after: float | None = None,
    refreshable: bool = False,
    fault: bool = False,
    begun: bool = True,
    chance: float,
) -> Change:
    """What an error of a call means.

    Before the final call nothing public can have happened, so doubt there is as good as not sent. `sent_by`
    is the last moment at which the call may have been sent; `fault` says that our own code failed; `begun`
    is False where the call was not even tried, which costs no try.
    """
    said: dict[str, Any] = {"message": message, "faults": facts.faults + fault}
    facts = replace(facts, faults=facts.faults + fault)
    if facts.status == "unconfirmed":
        return _no_look(facts, outcome, now, timing)
    if outcome == Outcome.UNKNOWN and kind == Kind.PUBLISH:
        return Change("unconfirmed", None, said | looking(facts, now, timing, sent_by=sent_by))
    if outcome == Outcome.PERMANENT and kind != Kind.REFRESH:
        return Change("failed", "rejected", said)
    if outcome in (Outcome.AUTH, Outcome.PERMANENT):
        renew = refreshable and kind != Kind.REFRESH and not facts.just_refreshed
        return Change("pending", "rejected", said, access=Access.RENEW if renew else Access.BROKEN)
    if outcome == Outcome.LIMITED:
        wait = timedelta(seconds=limit_wait(retry_after, chance=chance))
        return Change("pending", "limited", said, lane_not_before=now + wait)
    if _is_poison(facts):
        return Change("held", "not_sent", held(Hold.POISON))
    tries = facts.tries + begun
    wait = max(backoff(facts.tries, chance=chance), min(retry_after or 0.0, LIMIT_CAP))
    at = now + timedelta(seconds=wait)
    if at > facts.late_after:
        return Change("held", "not_sent", said | {"tries": tries, "held_reason": str(Hold.LATE)})
    return Change("pending", "not_sent", said | {"tries": tries, "next_attempt_at": at}, retries=begun)


def _no_look(facts: Facts, outcome: Outcome, now: datetime, timing: Timing) -> Change:
    """The access was not renewed, so the account could not be read for a delivery in doubt."""
    broken = outcome in (Outcome.AUTH, Outcome.PERMANENT)
    return replace(
        _look_again(facts, now, timing),
        attempt="rejected" if broken else "not_sent",
        access=Access.BROKEN if broken else Access.SAME,
    )


def after_fault(facts: Facts, now: datetime) -> Change:
    """Our own code failed before anything was begun: try later, and the third time ask a person."""
    facts = replace(facts, faults=facts.faults + 1)
    if _is_poison(facts):
        return Change("held", None, held(Hold.POISON) | {"faults": facts.faults})
    at = now + timedelta(seconds=backoff(facts.faults, chance=1.0))
    return Change("pending", None, {"faults": facts.faults, "next_attempt_at": at})


def after_abandon(
    facts: Facts, now: datetime, timing: Timing, *, in_doubt: bool, sent_by: datetime, message: str
) -> Change:
    """A worker ended in the middle of a call. `in_doubt` where it was the final one."""
    facts = replace(facts, crashes=facts.crashes + 1)
    counted = {"crashes": facts.crashes, "next_attempt_at": None}
    if in_doubt:
        look = looking(facts, now, timing, sent_by=sent_by)
        return Change("unconfirmed", None, counted | {"message": message} | look)
    if _is_poison(facts):
        return Change("held", "not_sent", counted | held(Hold.POISON))
    return Change("pending", "not_sent", counted)


# ---- in doubt


def looking(facts: Facts, now: datetime, timing: Timing, *, sent_by: datetime) -> dict[str, Any]:
    """The columns of a delivery that is now in doubt: when it is looked for, if it can be."""
    if not facts.readable:
        return no_doubt()
    first = max(now, sent_by + timedelta(seconds=timing.quarantine))
    until = first + timedelta(seconds=timing.recheck * LOOKS_LONG)
    return {"check_at": first, "checking_until": until, "absences": 0}


def denial_counts_from(sent_by: datetime, timing: Timing) -> datetime:
    """From when a person's word that it is not there settles a doubt: before, it may still become public."""
    return sent_by + timedelta(seconds=timing.quarantine)


def no_doubt() -> dict[str, Any]:
    """The columns of a delivery that is not being looked for."""
    return {"check_at": None, "checking_until": None, "absences": 0}


def after_look(
    facts: Facts,
    now: datetime,
    timing: Timing,
    *,
    found: Found,
    complete: bool,
) -> Change:
    """What one look at the account means. `complete` says that this look could see everything."""
    if len(found.sure) == 1:
        (post,) = found.sure
        return after_publish(facts, now, external_id=post.external_id, permalink=post.permalink)
    if found.sure or found.similar:
        return Change("unconfirmed", None, no_doubt())
    if not facts.complete:
        return _look_again(replace(facts, absences=facts.absences + 1), now, timing)
    if not complete:
        return _look_again(facts, now, timing)
    absences = facts.absences + 1
    if absences < ABSENCES:
        return _absent(facts, absences, now, timing)
    return _not_published(facts, now)


def _absent(facts: Facts, absences: int, now: datetime, timing: Timing) -> Change:
    """Not there, but not often enough to believe it: the next look is had, however late this one came."""
    at = now + timedelta(seconds=timing.recheck)
    until = max(at + timedelta(seconds=timing.recheck), facts.checking_until or at)
    return Change("unconfirmed", None, {"check_at": at, "absences": absences, "checking_until": until})


def after_failed_look(
    facts: Facts, outcome: Outcome, now: datetime, timing: Timing, *, refreshable: bool = False
) -> Change:
    """The account could not be read: look again, until the end of the check."""
    renew = outcome == Outcome.AUTH and refreshable and not facts.just_refreshed
    return replace(_look_again(facts, now, timing), access=Access.RENEW if renew else Access.SAME)


def _look_again(facts: Facts, now: datetime, timing: Timing) -> Change:
    at = now + timedelta(seconds=timing.recheck)
    seen_enough = facts.absences >= ABSENCES  # on a list that proves nothing
    if seen_enough or facts.checking_until is None or at > facts.checking_until:
        return Change("unconfirmed", None, no_doubt())
    return Change("unconfirmed", None, {"check_at": at, "absences": facts.absences})


def _not_published(facts: Facts, now: datetime) -> Change:
    """It is not there: close the attempt, and send it again if nothing speaks against it.

    One that the platform refused as something it has already keeps what was said of it.
    """
    settled = no_doubt() | {"message": ""} | ({} if facts.once else {"staged_at": None, "staged": {}})
    if _is_poison(facts):
        return Change("held", "not_published", settled | held(Hold.POISON))
    if not facts.resend:
        return Change("unconfirmed", None, no_doubt())
    if facts.refused:  # and would be again: what it is like is not ours
        return Change("failed", "rejected", no_doubt())
    if now > facts.late_after:
        return Change("held", "not_published", settled | {"held_reason": str(Hold.LATE)})
    again = {"tries": facts.tries + 1, "next_attempt_at": now}
    return Change("pending", "not_published", settled | again)


def held(reason: Hold) -> dict[str, Any]:
    """The columns of a delivery that is held for `reason`."""
    return {"held_reason": str(reason), "next_attempt_at": None}


def _is_poison(facts: Facts) -> bool:
    return facts.faults >= FAULTS_MAX or facts.crashes >= CRASHES_MAX


# ---- servers in trouble

FAILURES_TO_OPEN = 5
OPEN_SECONDS, OPEN_SECONDS_MAX = 30.0, 600.0
RETRIES_MAX = 20.0  # what a server's budget holds
RETRIES_PER_SECOND = 0.5
LANES_BACK_PER_SECOND = 5.0


@dataclass(frozen=True, slots=True)
class Health:
    """How one server is doing."""

    failures: int = 0
    openings: int = 0
    open_until: datetime | None = None
    retries: float = RETRIES_MAX
    retries_at: datetime | None = None


def after_trouble(health: Health, now: datetime) -> Health:
    """One more failure in a row. Opens the breaker at the fifth, for longer each time in a row."""
    health = replace(health, failures=health.failures + 1)
    if health.failures < FAILURES_TO_OPEN or (health.open_until is not None and health.open_until > now):
        return health
    seconds = min(OPEN_SECONDS_MAX, OPEN_SECONDS * 2 ** min(health.openings, LONGEST_EXPONENT))
    return replace(health, openings=health.openings + 1, open_until=now + timedelta(seconds=seconds))


def after_good_answer(health: Health) -> Health:
    """The server works: nothing holds its lanes back any more."""
    return replace(health, failures=0, openings=0, open_until=None)


def pay_for_retry(health: Health, now: datetime) -> tuple[Health, bool]:
    """Take one retry from the budget. False, and nothing taken, where it is empty."""
    passed = (now - health.retries_at).total_seconds() if health.retries_at else 0.0
    left = min(RETRIES_MAX, health.retries + max(0.0, passed) * RETRIES_PER_SECOND)
    if left < 1.0:
        return replace(health, retries=left, retries_at=now), False
    return replace(health, retries=left - 1.0, retries_at=now), True
