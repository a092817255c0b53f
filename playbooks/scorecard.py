"""How useful the central team is, counted over all chapters together: what it is graded by.

What it gives out are sums, never a list of chapters. The central team's own questions, votes and uses are
left out, since it would grade itself. Months are those of the central team's clocks. The number of queries is
the same however much there is to count.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate, TruncMonth
from django.utils import timezone

from chapters.models import Chapter, Event
from playbooks import teaching
from playbooks.models import (
    Adoption,
    ChapterNote,
    Decision,
    Playbook,
    PlaybookVersion,
    Proposal,
    Question,
    TemplateUse,
    Vote,
)

MONTHS = 12
COMES_BACK = timedelta(days=30)
MOMENT = timedelta(microseconds=1)

CENTRAL = Chapter.Kind.CENTRAL
D, P = Decision.State, Proposal.State


@dataclass(frozen=True)
class Share:
    """`part` of `whole`."""

    part: int = 0
    whole: int = 0


@dataclass
class Tally:
    """What is counted for a month, or for several together.

    `first_answers` and `accepted` are how long those of the `asked` questions waited that got so far.
    `reviewed` is a state at the end of the time, the rest is what happened in it.
    """

    first_answers: list[timedelta] = field(default_factory=list)
    accepted: list[timedelta] = field(default_factory=list)
    asked: int = 0
    decisions: Counter[str] = field(default_factory=Counter)  # by Decision.State
    reasons: Counter[str] = field(default_factory=Counter)  # by Decision.Reason, of those declined
    votes: Counter[bool] = field(default_factory=Counter)  # by whether it helped
    edits: Counter[str] = field(default_factory=Counter)  # by Proposal.State, of those decided
    returned: Share = Share()
    reviewed: Share = Share()

    @property
    def helped(self) -> Share:
        return Share(self.votes[True], self.votes.total())

    @property
    def edits_taken(self) -> Share:
        return Share(self.edits[P.TAKEN] + self.edits[P.PARTLY], self.edits.total())

    def decided(self, *states: str) -> Share:
        """How many of the suggestions' decisions are one of `states`."""
        return Share(sum(self.decisions[state] for state in states), self.decisions.total())


def middle(lengths: Sequence[timedelta]) -> timedelta | None:
    """The median; None of nothing."""
    return timedelta(seconds=median(each.total_seconds() for each in lengths)) if lengths else None


def together(tallies: Iterable[Tally]) -> Tally:
    """Several months, in their order, as one."""
    whole = Tally()
    for each in tallies:
        whole.first_answers += each.first_answers
        whole.accepted += each.accepted
        whole.asked += each.asked
        whole.decisions += each.decisions
        whole.reasons += each.reasons
        whole.votes += each.votes
        whole.edits += each.edits
        whole.returned = Share(
            whole.returned.part + each.returned.part, whole.returned.whole + each.returned.whole
        )
        whole.reviewed = each.reviewed
    return whole


def by_month(now: datetime | None = None) -> dict[date, Tally]:
    """The last 12 months by their first day, this one last."""
    now = now or timezone.now()
    central = Chapter.objects.filter(kind=CENTRAL).first()
    return _Count(now, central.zone if central else ZoneInfo("UTC")).run()


class _Count:
    def __init__(self, now: datetime, zone: ZoneInfo) -> None:
        self.now, self.zone = now, zone
        today = now.astimezone(zone).date()
        self.months = list(_months_until(today))
        self.since = _begin(self.months[0], zone)
        self.tallies = {month: Tally() for month in self.months}

    def run(self) -> dict[date, Tally]:
        self._questions()
        self._suggestions()
        self._votes()
        self._edits()
        self._returned()
        self._reviewed()
        return self.tallies

    def _questions(self) -> None:
        """Time to first answer: from the asking to the first answer by anybody of another chapter. To the
        accepted answer: from the asking to the press that said which one helped. Both belong to the month of
        the asking; nights and weekends count."""
        rows = Question.objects.exclude(chapter__kind=CENTRAL).filter(
            created_at__gte=self.since, created_at__lte=self.now
        )
        times = rows.order_by().values_list("created_at", "first_answered_at", "accepted_at")
        for asked, answered, accepted in times.iterator():
            tally = self._at(asked)
            tally.asked += 1
            if answered:
                tally.first_answers.append(answered - asked)
            if accepted:
                tally.accepted.append(accepted - asked)

    def _suggestions(self) -> None:
        """What chapters last decided on each suggestion, in the month in which they did."""
        rows = Decision.objects.exclude(state=D.WITHDRAWN)
        for month, state, reason, count in self._counted(rows, "at", "state", "reason"):
            self.tallies[month].decisions[state] += count
            if state == D.DECLINED:
                self.tallies[month].reasons[reason] += count

    def _votes(self) -> None:
        """What each person last said of each version, in the month in which they did."""
        for month, helped, count in self._counted(Vote.objects, "said_at", "helped"):
            self.tallies[month].votes[helped] += count

    def _edits(self) -> None:
        """Edits to playbooks that chapters suggested, in the month in which they were answered."""
        rows = Proposal.objects.filter(subject_type="playbook", state__in=[P.TAKEN, P.PARTLY, P.LEFT])
        for month, state, count in self._counted(rows, "decided_at", "state", of="by_chapter"):
            self.tallies[month].edits[state] += count

    def _returned(self) -> None:
        """Of the chapters that asked, voted, noted or used something in a month, how many did so again on a
        later day, at most 30 days after the first day of that month on which they did.

        A chapter is counted once its 30 days are over, whether it came back early in them or not at all.
        """
        today = self.now.astimezone(self.zone).date()
        for days in self._active_days().values():
            for month, first in _first_of_months(days).items():
                until = first + COMES_BACK
                if month not in self.tallies or until >= today:
                    continue
                came_back = any(first < day <= until for day in days)
                old = self.tallies[month].returned
                self.tallies[month].returned = Share(old.part + came_back, old.whole + 1)

    def _active_days(self) -> dict[int, list[date]]:
        days: dict[int, set[date]] = defaultdict(set)
        sources = [
            (Question, "created_at"), (Vote, "said_at"), (ChapterNote, "created_at"),
            (TemplateUse, "at"), (Adoption, "at"),
        ]  # fmt: skip
        for model, when in sources:
            rows = self._of_chapters(model.objects, when).order_by()
            for chapter, day in rows.values_list("chapter", TruncDate(when, tzinfo=self.zone)).distinct():
                days[chapter].add(day)
        return {chapter: sorted(of_it) for chapter, of_it in days.items()}

    def _reviewed(self) -> None:
        """Of the playbooks that were offered at the end of a month (this month: now), how many were within
        their review date. Publishing a version or saying that it is still good is a look; the next is due 182
        days after it, or on the day named with it. Putting a date off without a look does not count."""
        ends = [_begin(month, self.zone) - MOMENT for month in self.months[1:]] + [self.now]
        for looks in _looks().values():
            for month, end in zip(self.months, ends, strict=True):
                due = _due_at(looks, end)
                if due is None:
                    continue
                is_fresh = end.astimezone(self.zone).date() <= due
                old = self.tallies[month].reviewed
                self.tallies[month].reviewed = Share(old.part + is_fresh, old.whole + 1)

    def _counted(
        self, rows: QuerySet, when: str, *what: str, of: str = "chapter"
    ) -> Iterator[tuple[date, ...]]:
        """(month, each of `what`, how many) for the rows of chapters, in one query."""
        grouped = (
            self._of_chapters(rows, when, of)
            .order_by()
            .annotate(month=TruncMonth(when, tzinfo=self.zone))
            .values_list("month", *what)
            .annotate(count=Count("pk"))
        )
        for month, *rest in grouped:
            yield month.date(), *rest

    def _of_chapters(self, rows: QuerySet, when: str, of: str = "chapter") -> QuerySet:
        within = {f"{when}__gte": self.since, f"{when}__lte": self.now}
        return rows.exclude(**{f"{of}__kind": CENTRAL}).filter(**within)

    def _at(self, moment: datetime) -> Tally:
        return self.tallies[moment.astimezone(self.zone).date().replace(day=1)]


Look = tuple[datetime, date | None]
"""When somebody looked, and until when that is good; None where it was taken out of what is offered."""


def _looks() -> dict[int, list[Look]]:
    """What was done to keep each playbook good, oldest first. Two queries."""
    found: dict[int, list[Look]] = defaultdict(list)
    for playbook, at in PlaybookVersion.objects.order_by().values_list("playbook", "published_at"):
        found[playbook].append((at, _good_until(at)))
    verbs = ["playbook_still_good", "playbook_archived", "playbook_restored"]
    events = Event.objects.filter(subject_type=Playbook._meta.model_name, verb__in=verbs).order_by("id")
    for key, verb, data, at in events.values_list("subject_uid", "verb", "data", "at"):
        if int(key) in found:
            found[int(key)].append((at, _kept_until(verb, data, at, found[int(key)])))
    return {key: sorted(looks, key=lambda look: look[0]) for key, looks in found.items()}


def _kept_until(verb: str, data: dict[str, str], at: datetime, looks: list[Look]) -> date | None:
    if verb == "playbook_archived":
        return None
    if verb == "playbook_restored":  # offered as it was: that alone is no look at it
        earlier = [good for when, good in looks if when < at and good is not None]
        return max(earlier, default=_good_until(at))
    return date.fromisoformat(data["until"]) if data.get("until") else _good_until(at)


def _good_until(at: datetime) -> date:
    return at.astimezone(UTC).date() + teaching.GOOD_FOR


def _due_at(looks: list[Look], moment: datetime) -> date | None:
    """Until when a playbook was good as things stood at `moment`; None where it was not offered then."""
    before = [good for at, good in looks if at <= moment]
    return before[-1] if before else None


def _months_until(today: date) -> Iterator[date]:
    for back in range(MONTHS - 1, -1, -1):
        years, month = divmod(today.year * 12 + today.month - 1 - back, 12)
        yield date(years, month + 1, 1)


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


def _first_of_months(days: Sequence[date]) -> dict[date, date]:
    """The first of `days`, which are in order, in each of their months."""
    return {day.replace(day=1): day for day in reversed(days)}
