"""The scorecard of the central team in sentences, and as figures by month."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hubsite.lib import times
from hubsite.lib.trend import Point, Trend
from playbooks import scorecard, teaching
from playbooks.models import Decision
from playbooks.scorecard import D, P, Share, Tally, middle, together

FEW = 10  # below this no percentage: one more or less would move it too far
RECENT = 3  # months that are compared with the same number before them
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Measure:
    """One thing the central team is graded by: in a sentence, how it is counted, and month by month."""

    key: str
    title: str
    says: str
    how: str
    trend: Trend
    more: str = ""


@dataclass(frozen=True)
class _Kind:
    """How a tally is said, in words and as the height of a bar (None where there was nothing)."""

    key: str
    title: str
    column: str
    how: str
    words: Callable[[Tally], str]
    value: Callable[[Tally], float | None]
    figure: Callable[[float], str] = lambda value: f"{value:.0f}"
    low_is_good: bool = False
    is_state: bool = False  # what is so at one moment, and not what happened in a time
    more: Callable[[Tally], str] = lambda tally: ""


def measures(now: datetime | None = None) -> list[Measure]:
    """Everything on the page, in its order; empty where there is nothing to grade yet."""
    months = scorecard.by_month(now)
    whole = together(months.values())
    kinds = _kinds()
    if all(kind.value(whole) is None for kind in kinds):
        return []
    return [_measure(kind, months, whole) for kind in kinds]


def share(of: Share) -> str:
    """“3 of 4”, or “72 % (36 of 50)” from ten on. All and nothing are said of exactly all and nothing."""
    said = _("%(part)d of %(whole)d") % {"part": of.part, "whole": of.whole}
    if of.whole < FEW:
        return said
    percent = round(100 * of.part / of.whole)
    if 0 < of.part < of.whole:
        percent = min(max(percent, 1), 99)
    return _("%(percent)d %% (%(share)s)") % {"percent": percent, "share": said}


def _measure(kind: _Kind, months: dict[date, Tally], whole: Tally) -> Measure:
    tallies = list(months.values())
    points = [
        Point(date_format(month, "M Y"), kind.value(tally), kind.words(tally), _figure(kind, tally))
        for month, tally in months.items()
    ]
    note = _("Lower is better.") if kind.low_is_good else ""
    trend = Trend(f"trend-{kind.key}", kind.title, _movement(kind, tallies), points, kind.column, note)
    says = _("now %(words)s") % {"words": kind.words(whole)} if kind.is_state else kind.words(whole)
    return Measure(kind.key, kind.title, says, kind.how, trend, kind.more(whole))


def _figure(kind: _Kind, tally: Tally) -> str:
    value = kind.value(tally)
    return "" if value is None else kind.figure(value)


def _movement(kind: _Kind, tallies: Sequence[Tally]) -> str:
    """The last months beside as many before them."""
    lately, before = together(tallies[-RECENT:]), together(tallies[-2 * RECENT : -RECENT])
    if kind.is_state:
        return _("Now: %(now)s. Three months ago: %(then)s.") % {
            "now": kind.words(lately),
            "then": kind.words(before),
        }
    return _("The last three months: %(now)s. The three before: %(then)s.") % {
        "now": kind.words(lately),
        "then": kind.words(before),
    }


def _kinds() -> list[_Kind]:
    return [
        _Kind(
            "answers",
            _("Time to a first answer"),
            _("Half answered within"),
            _("From the moment a chapter asks to the first answer by the central team or another chapter, "
              "nights and weekends included. The time is the median: half of the answers came sooner. "
              "Questions without an answer count among those asked. A question belongs to the month it was "
              "asked in."),
            lambda tally: _waited(tally.first_answers, tally.asked, _("answered")),
            lambda tally: _hours(tally.first_answers),
            figure=_short,
            low_is_good=True,
        ),
        _Kind(
            "accepted",
            _("Time to the answer that helped"),
            _("Half helped within"),
            _("From the moment a chapter asks to the moment it says which answer helped. The time is the "
              "median of the questions that got that far. A question belongs to the month it was asked in."),
            lambda tally: _waited(tally.accepted, tally.asked, _("got an answer that helped")),
            lambda tally: _hours(tally.accepted),
            figure=_short,
            low_is_good=True,
        ),
        _Kind(
            "suggestions",
            _("Suggestions used, adapted, declined"),
            _("What chapters decided"),
            _("Each chapter's latest decision on each suggestion counts once, in the month it was made. A "
              "suggestion nobody answered counts as nothing: looking away is no answer. Bars show how many "
              "were used or adapted."),
            _decisions,
            lambda tally: _count(tally.decided(D.USED, D.ADAPTED)),
            more=_reasons,
        ),
        _Kind(
            "helped",
            _("Playbooks that helped"),
            _("Votes that said it helped"),
            _("Of the votes on playbooks, those that say it helped. One person has one vote on each version "
              "and may change it; the latest counts, in the month it was given. Bars show how many helped."),
            lambda tally: _said(tally.helped, _("%(share)s said it helped"), _("no votes")),
            lambda tally: _count(tally.helped),
        ),
        _Kind(
            "edits",
            _("Edits by chapters that were taken"),
            _("Taken, whole or in part"),
            _("Of the wordings for playbooks that chapters suggested and the central team answered, those of "
              "which it took all or some. They belong to the month of the answer; what was taken back by its "
              "chapter is left out. Bars show how many were taken."),
            _edits,
            lambda tally: _count(tally.edits_taken),
        ),
        _Kind(
            "reviewed",
            _("Playbooks reviewed on time"),
            _("Within their review date"),
            _("Of the playbooks on offer at the end of the month (for this month: now), those within their "
              "review date. A new version, or a look that finds it still good, is a review; the next is due "
              "%(days)d days later or on the day named then. Putting a date off without a look does not "
              "count.") % {"days": teaching.GOOD_FOR.days},
            lambda tally: _said(tally.reviewed, _("%(share)s within their date"), _("none on offer")),
            lambda tally: _count(tally.reviewed),
            is_state=True,
        ),
        _Kind(
            "returned",
            _("Chapters that came back within 30 days"),
            _("Came back"),
            _("Of the chapters that asked, voted, wrote a note, began from a template or used a suggestion "
              "in a month, those that did one of these again on a later day, within 30 days of their first "
              "that month. A chapter is counted when its 30 days are over, so the newest month fills last. "
              "Over several months, a chapter counts once for each of them."),
            lambda tally: _said(tally.returned, _("%(share)s came back"), _("nobody to count yet")),
            lambda tally: _count(tally.returned),
        ),
    ]  # fmt: skip


def _waited(lengths: list[timedelta], asked: int, done: str) -> str:
    if not asked:
        return _("no questions")
    some = {"share": share(Share(len(lengths), asked)), "done": done}
    if not lengths:
        return _("%(share)s %(done)s") % some
    some["time"] = times.span(middle(lengths))
    if len(lengths) == 1:
        return _("%(share)s %(done)s, after %(time)s") % some
    return _("%(share)s %(done)s, half of them within %(time)s") % some


def _hours(lengths: list[timedelta]) -> float | None:
    return middle(lengths) / HOUR if lengths else None


def _short(hours: float) -> str:
    """A length of time as it fits on a bar."""
    if hours < 1:
        return _("%(n)d min") % {"n": round(hours * 60)}
    if hours < 48:
        return _("%(n)d h") % {"n": round(hours)}
    return _("%(n)d days") % {"n": round(hours / 24)}


def _count(of: Share) -> float | None:
    return of.part if of.whole else None


def _said(of: Share, words: str, nothing: str) -> str:
    return words % {"share": share(of)} if of.whole else nothing


def _decisions(tally: Tally) -> str:
    if not tally.decisions.total():
        return _("no decisions")
    return _("%(used)s used, %(adapted)s adapted, %(declined)s declined") % {
        "used": share(tally.decided(D.USED)),
        "adapted": share(tally.decided(D.ADAPTED)),
        "declined": share(tally.decided(D.DECLINED)),
    }


def _reasons(tally: Tally) -> str:
    """Why chapters declined, the most frequent reason first."""
    if not tally.reasons:
        return ""
    listed = [
        _("%(reason)s (%(n)d)") % {"reason": Decision.Reason(reason).label, "n": count}
        for reason, count in sorted(tally.reasons.items(), key=lambda pair: (-pair[1], pair[0]))
        if reason
    ]
    return _("Why not: %(reasons)s.") % {"reasons": ", ".join(listed)} if listed else ""


def _edits(tally: Tally) -> str:
    if not tally.edits.total():
        return _("no edits answered")
    taken = _("%(share)s taken") % {"share": share(tally.edits_taken)}
    if not (partly := tally.edits[P.PARTLY]):
        return taken
    inside = ngettext("%(n)d of them in part", "%(n)d of them in part", partly) % {"n": partly}
    return _("%(taken)s, %(partly)s") % {"taken": taken, "partly": inside}
