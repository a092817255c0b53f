"""How useful the central team is, month by month: the scorecard that chapters read of it.

It grades the central team and nobody else: chapters are counted, never named or ordered. What the central
team asks, votes or takes itself does not count. A fixed number of queries, whatever there is to count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from django.db.models import Model
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from chapters.models import Chapter
from hubsite.lib import times
from hubsite.lib.trend import Point, Trend
from playbooks.models import Decision, Playbook, Proposal, Question, TemplateUse, Vote

MONTHS = 12
ENOUGH = 10  # below this a share is said in numbers alone: a percentage of three would be an opinion
BACK_WITHIN = timedelta(days=30)
REVIEW_EVERY = timedelta(days=183)  # a playbook that nobody looked at for longer is overdue
HOUR = 3600

P = Proposal.State


@dataclass(frozen=True)
class Measure:
    """One thing that is measured: what it came to lately, how it is worked out, and its past."""

    headline: str
    meaning: str
    trend: Trend | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Calendar:
    """The first days of the months that are shown, the present one last, by clocks in `zone`."""

    months: tuple[date, ...]
    zone: ZoneInfo

    @classmethod
    def until(cls, now: datetime, zone: ZoneInfo) -> Calendar:
        months = [now.astimezone(zone).date().replace(day=1)]
        while len(months) < MONTHS:
            months.append((months[-1] - timedelta(days=1)).replace(day=1))
        return cls(tuple(reversed(months)), zone)

    @property
    def since(self) -> datetime:
        return datetime.combine(self.months[0], time(), tzinfo=self.zone)

    def month_of(self, at: datetime) -> date:
        return at.astimezone(self.zone).date().replace(day=1)


def of(now: datetime, zone: ZoneInfo) -> list[Measure]:
    """Every measure as of `now`, months by clocks in `zone`."""
    calendar = Calendar.until(now, zone)
    since = calendar.since
    asked = _rows(Question, "created_at", since, "created_at", "first_answered_at", "accepted_at")
    return [
        _waiting(asked, 1, calendar, "first-answer", _("Time to a first answer")),
        _waiting(asked, 2, calendar, "accepted-answer", _("Time to the answer that helped")),
        _suggestions(since, calendar),
        _helped(since, calendar),
        _came_back(since, now, calendar),
        _edits(since, calendar),
        _reviewed(now),
    ]


def share(part: int, whole: int) -> str:
    """“7 of 9”, and from ENOUGH on “45 of 60 (75 %)”."""
    if whole < ENOUGH:
        return _("%(part)d of %(whole)d") % {"part": part, "whole": whole}
    percent = round(100 * part / whole)
    return _("%(part)d of %(whole)d (%(percent)d %%)") % {"part": part, "whole": whole, "percent": percent}


# ---- the measures


def _waiting(asked: list[tuple], column: int, calendar: Calendar, name: str, title: str) -> Measure:
    """The median wait of the questions asked in a month, of those that have their answer by now."""

    def point(rows: list[tuple]) -> tuple[float | None, str]:
        waits = [row[column] - row[0] for row in rows if row[column]]
        if not waits:
            return None, _("nothing answered") if rows else _("nothing asked")
        middle = median(waits)
        words = _("%(span)s; %(share)s answered") % {
            "span": times.span(middle),
            "share": share(len(waits), len(rows)),
        }
        return middle.total_seconds() / HOUR, words

    points = _points(asked, calendar, point)
    value, words = point(asked)
    headline = _("Half of them had it within %(span)s.") % {
        "span": times.span(timedelta(hours=value)) if value is not None else ""
    }
    if value is None:
        headline = _("No question was answered yet in these months.")
    meaning = _(
        "From asking to the answer: the middle one of the questions asked in a month. Answers by the asker's "
        "own chapter do not count; those of other chapters do."
    )
    return Measure(headline, meaning, Trend(name, title, words, points, _("Middle wait")))


def _suggestions(since: datetime, calendar: Calendar) -> Measure:
    """Of what chapters decided about suggestions in a month: how many they used or adapted."""
    rows = _rows(Decision, "at", since, "at", "state", "reason")
    rows = [row for row in rows if row[1] != Decision.State.WITHDRAWN]
    taken = {Decision.State.USED, Decision.State.ADAPTED}

    def point(found: list[tuple]) -> tuple[float | None, str]:
        if not found:
            return None, _("nothing decided")
        count = defaultdict(int)
        for row in found:
            count[row[1]] += 1
        words = _("%(used)d used, %(adapted)d adapted, %(declined)d declined") % {
            "used": count[Decision.State.USED],
            "adapted": count[Decision.State.ADAPTED],
            "declined": count[Decision.State.DECLINED],
        }
        return sum(count[state] for state in taken) / len(found), words

    points = _points(rows, calendar, point)
    used = sum(row[1] in taken for row in rows)
    reasons: dict[str, int] = defaultdict(int)
    for row in rows:
        if row[1] == Decision.State.DECLINED and row[2]:
            reasons[row[2]] += 1
    why = [
        f"{Decision.Reason(reason).label}: {count}"
        for reason, count in sorted(reasons.items(), key=lambda pair: -pair[1])
    ]
    headline = (
        _("Chapters used or adapted %(share)s suggestions they decided about.")
        % {"share": share(used, len(rows))}
        if rows
        else _("No chapter has decided about a suggestion yet.")
    )
    meaning = _("Each chapter decides for itself about each suggestion: used, adapted, or not for us.")
    trend = Trend("suggestions", _("Suggestions taken"), point(rows)[1], points, _("Decisions"))
    return Measure(headline, meaning, trend, tuple(why))


def _helped(since: datetime, calendar: Calendar) -> Measure:
    """Of the votes on playbooks in a month: how many said that it helped."""
    rows = _rows(Vote, "said_at", since, "said_at", "helped")
    point = _share_of(lambda row: row[1], _("nobody voted"))
    headline = (
        _("Playbooks helped in %(share)s votes.") % {"share": share(sum(row[1] for row in rows), len(rows))}
        if rows
        else _("Nobody has voted on a playbook yet.")
    )
    meaning = _("“This helped” of all votes that people of chapters gave in a month.")
    points = _points(rows, calendar, point)
    return Measure(
        headline, meaning, Trend("helped", _("Votes that it helped"), point(rows)[1], points, _("Votes"))
    )


def _came_back(since: datetime, now: datetime, calendar: Calendar) -> Measure:
    """Of the chapters that took something up in a month: how many did so again within BACK_WITHIN.

    Taking up is asking, voting, deciding about a suggestion, or beginning a post from a template. A month
    counts only chapters whose thirty days are over.
    """
    acts: dict[int, list[datetime]] = defaultdict(list)
    for model, column in ((Question, "created_at"), (Vote, "said_at"), (Decision, "at"), (TemplateUse, "at")):
        for at, chapter in _rows(model, column, since, column, "chapter_id"):
            acts[chapter].append(at)
    rows = []
    for moments in acts.values():
        moments.sort()
        seen: set[date] = set()
        for at, later in zip(moments, [*moments[1:], None], strict=True):
            month = calendar.month_of(at)
            if month in seen or at + BACK_WITHIN > now:
                continue
            seen.add(month)
            rows.append((at, later is not None and later <= at + BACK_WITHIN))
    point = _share_of(lambda row: row[1], _("nobody yet"))
    headline = (
        _("%(share)s times a chapter came back within 30 days.")
        % {"share": share(sum(row[1] for row in rows), len(rows))}
        if rows
        else _("No chapter had thirty days to come back yet.")
    )
    meaning = _(
        "A chapter that asked, voted, took a suggestion or began from a template in a month, and did one of "
        "these again within 30 days. Chapters are counted, never listed."
    )
    points = _points(rows, calendar, point)
    return Measure(
        headline, meaning, Trend("back", _("Chapters that came back"), point(rows)[1], points, _("Chapters"))
    )


def _edits(since: datetime, calendar: Calendar) -> Measure:
    """Of the edits to playbooks that chapters suggested and the team answered: how many were taken."""
    rows = [
        (at, state in {P.TAKEN, P.PARTLY})
        for at, state, kind in _rows(
            Proposal, "decided_at", since, "decided_at", "state", "subject_type", chapter="by_chapter"
        )
        if kind == "playbook" and state in {P.TAKEN, P.PARTLY, P.LEFT}
    ]
    point = _share_of(lambda row: row[1], _("none answered"))
    headline = (
        _("%(share)s edits that chapters suggested were taken, whole or in part.")
        % {"share": share(sum(row[1] for row in rows), len(rows))}
        if rows
        else _("No suggested edit was answered yet.")
    )
    meaning = _("Of the suggested edits answered in a month, those of which at least one piece was taken.")
    points = _points(rows, calendar, point)
    return Measure(
        headline, meaning, Trend("edits", _("Suggested edits taken"), point(rows)[1], points, _("Edits"))
    )


def _reviewed(now: datetime) -> Measure:
    """Of the published playbooks: how many somebody looked at within REVIEW_EVERY."""
    reviewed = list(
        Playbook.objects.filter(status=Playbook.Status.PUBLISHED).values_list("last_reviewed", flat=True)
    )
    fresh = sum(day is not None and day >= (now - REVIEW_EVERY).date() for day in reviewed)
    headline = _("%(share)s playbooks were looked at in the last six months.") % {
        "share": share(fresh, len(reviewed))
    }
    return Measure(headline, _("A playbook is to be looked at every six months, as things change."))


# ---- how they are worked out


def _rows(
    model: type[Model], column: str, since: datetime, *columns: str, chapter: str = "chapter"
) -> list[tuple]:
    """The columns of every row since then that is not the central team's own. One query."""
    rows = model._default_manager.filter(**{f"{column}__gte": since})
    return list(
        rows.exclude(**{f"{chapter}__kind": Chapter.Kind.CENTRAL}).order_by(column).values_list(*columns)
    )


def _share_of(is_counted: Callable[[tuple], bool], nothing: str) -> Callable[[list[tuple]], tuple]:
    def point(rows: list[tuple]) -> tuple[float | None, str]:
        if not rows:
            return None, nothing
        part = sum(bool(is_counted(row)) for row in rows)
        return part / len(rows), share(part, len(rows))

    return point


def _points(
    rows: Iterable[tuple], calendar: Calendar, point: Callable[[list[tuple]], tuple[float | None, str]]
) -> list[Point]:
    by_month: dict[date, list[tuple]] = defaultdict(list)
    for row in rows:
        by_month[calendar.month_of(row[0])].append(row)
    return [Point(date_format(month, "M"), *point(by_month[month])) for month in calendar.months]
