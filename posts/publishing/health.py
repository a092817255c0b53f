"""Whether due work is being claimed, and what holds back the rest. Reads only; the database's clock counts.

A post to three accounts is three deliveries, and here each counts. What people paused, what a platform
limited and what waits for a server is not late: it has its reason, and is counted by it. Late is what a
worker could take and none does.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.cache import caches
from django.db.models import Case, Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Greatest, Now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chapters.models import Chapter
from hubsite.lib import times
from posts.models import Attempt, Breaker, Delivery, Heartbeat, Lane

Status = Delivery.Status

DEAD_AFTER = timedelta(seconds=30)  # without a heartbeat
LATE_AFTER = timedelta(seconds=60)  # due and free to go
NOTICED_AFTER = timedelta(minutes=2)  # late enough to tell chapters
SOON = timedelta(hours=1)
REMEMBERED = timedelta(days=1)  # since a worker was seen last
PROCESSES_SHOWN = 20
KINDS = ("worker", "beat", "wake")
GROUPS_SHOWN = 50
NOTICE_SECONDS = 15  # that the answer for chapters is kept


class Why(enum.StrEnum):
    """Why a due delivery is not on its way yet; FREE: for no reason but that no worker took it."""

    SOON = "soon"
    CHAPTER = "chapter"
    BROKEN = "broken"
    PAUSED = "paused"
    LIMITED = "limited"
    SERVER = "server"
    DOUBT = "doubt"
    AGAIN = "again"
    IN_HAND = "in_hand"
    FREE = "free"

    @property
    def words(self) -> str:
        """The reason as people read it."""
        return {
            Why.SOON: _("Due within the hour"),
            Why.CHAPTER: _("The chapter paused its publishing"),
            Why.BROKEN: _("The account has to be connected again"),
            Why.PAUSED: _("The account is paused"),
            Why.LIMITED: _("The platform asked the hub to wait"),
            Why.SERVER: _("The server does not answer"),
            Why.DOUBT: _("An earlier post of the account is being looked for"),
            Why.AGAIN: _("Waits for its next try, or for the post before it"),
            Why.IN_HAND: _("A worker has the account in hand"),
            Why.FREE: _("Waits for a worker"),
        }[self]


@dataclass(frozen=True)
class Process:
    """A process that tells when it was at work."""

    name: str
    at: datetime
    is_alive: bool


@dataclass(frozen=True)
class Waiting:
    """Deliveries of one reason: how many, how many of them for over a minute, since when the first."""

    why: Why
    count: int
    late: int
    oldest: datetime


@dataclass(frozen=True)
class HeldBack:
    """Accounts of one server that are held back for one reason. `since` or `until`, whichever is known."""

    platform: str
    host: str
    why: Why
    count: int
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True)
class Verdict:
    """How publishing is, in one sentence; `kind` is success, attention or failure."""

    kind: str
    sentence: str


@dataclass(frozen=True)
class Condition:
    """How publishing is at `now`."""

    now: datetime
    sending: int
    checking: int
    asking: int
    held: int
    waiting: dict[Why, Waiting] = field(default_factory=dict)
    held_back: list[HeldBack] = field(default_factory=list)
    breakers: list[Breaker] = field(default_factory=list)
    workers: list[Process] = field(default_factory=list)
    beat: Process | None = None
    woken_at: datetime | None = None
    claimed_at: datetime | None = None

    @property
    def soon(self) -> int:
        """Due within the hour, and not yet."""
        return self._count(Why.SOON)

    @property
    def due(self) -> int:
        """Everything whose time has come and that is not being sent, for whatever reason."""
        return sum(each.count for why, each in self.waiting.items() if why != Why.SOON)

    @property
    def late(self) -> int:
        """What a worker could have taken for over a minute."""
        return self.waiting[Why.FREE].late if Why.FREE in self.waiting else 0

    @property
    def oldest(self) -> timedelta | None:
        """For how long the first delivery that a worker could take has been due; None where there is none."""
        return self.now - self.waiting[Why.FREE].oldest if Why.FREE in self.waiting else None

    @property
    def is_stuck(self) -> bool:
        """Whether due work is not being claimed."""
        return self.late > 0

    @property
    def reasons(self) -> list[Waiting]:
        """What is due and waits for something else than a worker, most first."""
        apart = (Why.SOON, Why.FREE)
        return sorted(
            (each for why, each in self.waiting.items() if why not in apart), key=lambda each: -each.count
        )

    @property
    def works(self) -> bool:
        """Whether some worker is alive."""
        return any(worker.is_alive for worker in self.workers)

    def verdict(self, zone: ZoneInfo) -> Verdict:
        """The one sentence, with times as clocks in `zone` show them."""
        if self.is_stuck:
            return self._late(zone)
        if not self.works:
            return self._nobody_works(zone)
        if self.beat is not None and not self.beat.is_alive:
            seen = {"time": times.to_the_second(self.beat.at, zone)}
            return Verdict(
                "attention",
                _("Posts go out, but the scheduler was last seen at %(time)s. Mail and wake-ups may be slow.")
                % seen,
            )
        if self.sending or self._count(Why.FREE) or self._count(Why.IN_HAND):
            number = self.sending + self._count(Why.FREE) + self._count(Why.IN_HAND)
            going = ngettext(
                "Publishing works: %(n)d post is going out.",
                "Publishing works: %(n)d posts are going out.",
                number,
            )
            return Verdict("success", going % {"n": number})
        if self.due:
            waits = ngettext(
                "Publishing works: %(n)d due post waits for a reason named below.",
                "Publishing works: %(n)d due posts wait for a reason named below.",
                self.due,
            )
            return Verdict("success", waits % {"n": self.due})
        if self.asking + self.held:
            people = ngettext(
                "Publishing works: %(n)d post waits for a person, and nothing else.",
                "Publishing works: %(n)d posts wait for a person, and nothing else.",
                self.asking + self.held,
            )
            return Verdict("success", people % {"n": self.asking + self.held})
        return Verdict("success", _("Publishing works: nothing is waiting."))

    def _late(self, zone: ZoneInfo) -> Verdict:
        late = ngettext(
            "%(n)d post is late by %(age)s", "%(n)d posts are late, the oldest by %(age)s", self.late
        ) % {"n": self.late, "age": times.span(self.oldest)}
        if self.claimed_at is None:
            return Verdict("failure", _("%(late)s; no worker has taken anything yet.") % {"late": late})
        if self.now - self.claimed_at > LATE_AFTER:
            since = {"late": late, "time": times.to_the_second(self.claimed_at, zone)}
            return Verdict("failure", _("%(late)s; no worker has taken anything since %(time)s.") % since)
        return Verdict("attention", _("%(late)s; workers are busy catching up.") % {"late": late})

    def _nobody_works(self, zone: ZoneInfo) -> Verdict:
        if not self.workers:
            return Verdict("attention", _("Nothing is late, but no worker has been seen since yesterday."))
        seen = {"time": times.to_the_second(max(worker.at for worker in self.workers), zone)}
        return Verdict(
            "attention", _("Nothing is late yet, but no worker has been seen since %(time)s.") % seen
        )

    def _count(self, why: Why) -> int:
        return self.waiting[why].count if why in self.waiting else 0


def condition() -> Condition:
    """How publishing is now. Seven queries, whatever there is."""
    counts = _unsettled()
    now = counts.pop("now")
    processes = list(Heartbeat.objects.filter(kind__in=KINDS, at__gte=now - REMEMBERED).order_by("-at"))
    last = Attempt.objects.order_by("-id").values_list("started_at", flat=True).first()
    beats = _processes(processes, "beat", now)
    wakes = _processes(processes, "wake", now)
    return Condition(
        now=now,
        **counts,
        waiting={each.why: each for each in _waiting(now)},
        held_back=_held_back(now),
        breakers=list(Breaker.objects.filter(open_until__gt=now).order_by("platform", "host")[:GROUPS_SHOWN]),
        workers=_processes(processes, "worker", now)[:PROCESSES_SHOWN],
        beat=beats[0] if beats else None,
        woken_at=wakes[0].at if wakes else None,
        claimed_at=last,
    )


def is_noticeably_late() -> bool:
    """Whether chapters should be told that posts go out late. A process looks once in fifteen seconds."""
    return caches["process"].get_or_set("publishing-is-late", _look_for_late, NOTICE_SECONDS)


def _look_for_late() -> bool:
    return _free(Now()).filter(at__lt=Now() - NOTICED_AFTER).exists()


# ---- what waits, and why


def _unsettled() -> dict[str, Any]:
    """What is neither waiting for its time nor settled, and the time by the database's clock. One query."""
    looked_for = Q(checking_until__isnull=False)
    found = Delivery.objects.filter(status__in=[Status.SENDING, Status.UNCONFIRMED, Status.HELD])
    return found.aggregate(
        sending=Count("pk", filter=Q(status=Status.SENDING)),
        checking=Count("pk", filter=Q(status=Status.UNCONFIRMED) & looked_for),
        asking=Count("pk", filter=Q(status=Status.UNCONFIRMED) & ~looked_for),
        held=Count("pk", filter=Q(status=Status.HELD)),
        now=Coalesce(Max(Now()), Now()),
    )


def _due(now: Any) -> QuerySet[Delivery]:
    """Pending deliveries; `at` is when each may be tried."""
    return Delivery.objects.filter(status=Status.PENDING, due_at__lte=now).annotate(
        at=Greatest("due_at", Coalesce("next_attempt_at", "due_at"))
    )


def _hindrances(now: Any) -> list[tuple[Why, Q | Exists]]:
    """What keeps a due delivery from being claimed at `now`; of several the first is told."""
    same_account = Delivery.objects.filter(account=OuterRef("account_id"))
    before = Q(due_at__lt=OuterRef("due_at")) | Q(due_at=OuterRef("due_at"), id__lt=OuterRef("id"))
    in_doubt = same_account.filter(status=Status.UNCONFIRMED, checking_until__isnull=False)
    waits_before = same_account.filter(before, status=Status.PENDING, next_attempt_at__gt=now)
    return [
        (Why.CHAPTER, ~Q(account__chapter__state=Chapter.State.ACTIVE)),
        (Why.BROKEN, Q(account__broken_at__isnull=False)),
        (Why.PAUSED, Q(account__lane__paused_at__isnull=False)),
        (Why.LIMITED, Q(account__lane__not_before__gt=now)),
        (Why.SERVER, Q(account__lane__breaker_until__gt=now)),
        (Why.DOUBT, Exists(in_doubt)),
        (Why.AGAIN, Q(next_attempt_at__gt=now) | Exists(waits_before)),
        (Why.IN_HAND, Q(account__lane__lease_until__gt=now)),
    ]


def _reason(cases: Iterable[tuple[Why, Q | Exists]]) -> Case:
    return Case(*(When(holds, then=Value(why.value)) for why, holds in cases), default=Value(Why.FREE.value))


def _free(now: Any) -> QuerySet[Delivery]:
    """The due deliveries that a worker could take at `now`."""
    return _due(now).annotate(why=_reason(_hindrances(now))).filter(why=Why.FREE.value)


def _waiting(now: datetime) -> list[Waiting]:
    """What is due within the hour or already, by reason. One query."""
    cases = [(Why.SOON, Q(due_at__gt=now)), *_hindrances(now)]
    rows = (
        _due(now + SOON)
        .annotate(why=_reason(cases))
        .order_by()
        .values("why")
        .annotate(count=Count("pk"), late=Count("pk", filter=Q(at__lt=now - LATE_AFTER)), oldest=Min("at"))
    )
    return [Waiting(Why(row["why"]), row["count"], row["late"], row["oldest"]) for row in rows]


def _held_back(now: datetime) -> list[HeldBack]:
    """The accounts that nothing can go out through now, by server and reason, never by name. One query."""
    cases = [
        (Why.BROKEN, Q(account__broken_at__isnull=False)),
        (Why.PAUSED, Q(paused_at__isnull=False)),
        (Why.LIMITED, Q(not_before__gt=now)),
        (Why.SERVER, Q(breaker_until__gt=now)),
    ]
    rows = (
        Lane.objects.filter(account__disconnected_at=None)
        .annotate(why=_reason(cases), platform=F("account__platform"), host=F("account__host"))
        .exclude(why=Why.FREE.value)
        .order_by()
        .values("platform", "host", "why")
        .annotate(
            count=Count("pk"),
            since=Min(Coalesce("account__broken_at", "paused_at")),
            limited=Max("not_before"),
            tried=Max("breaker_until"),
        )
        .order_by("-count", "platform", "host", "why")[:GROUPS_SHOWN]
    )
    return [_group(row) for row in rows]


def _group(row: dict[str, Any]) -> HeldBack:
    why = Why(row["why"])
    until = {Why.LIMITED: row["limited"], Why.SERVER: row["tried"]}.get(why)
    since = row["since"] if why in {Why.BROKEN, Why.PAUSED} else None
    return HeldBack(row["platform"], row["host"], why, row["count"], since, until)


def _processes(found: Iterable[Heartbeat], kind: str, now: datetime) -> list[Process]:
    return [Process(each.name, each.at, now - each.at < DEAD_AFTER) for each in found if each.kind == kind]
