"""Months, weeks and days of a chapter's plan, on the chapter's own clocks. Nothing is queried here."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from posts.models import Post

MONDAY = 0
SLIPS_SHOWN = 3  # in one day of a month
FIRST_YEAR, LAST_YEAR = 2000, 2099  # beyond these nobody plans, and dates begin to overflow

URGENT = frozenset({Post.Status.FAILED, Post.Status.NEEDS_ATTENTION})


@dataclass(frozen=True)
class Day:
    """One day of the plan and its posts in the order of their times."""

    date: date
    posts: list[Post] = field(default_factory=list)
    is_today: bool = False
    is_outside: bool = False  # of a neighbouring month, shown to fill the week

    @property
    def shown(self) -> list[Post]:
        """The posts that a month has room for: what needs somebody is never among those left out."""
        if len(self.posts) <= SLIPS_SHOWN:
            return self.posts
        urgent_first = sorted(self.posts, key=lambda post: post.status not in URGENT)
        kept = {post.pk for post in urgent_first[:SLIPS_SHOWN]}
        return [post for post in self.posts if post.pk in kept]

    @property
    def hidden(self) -> int:
        return max(0, len(self.posts) - SLIPS_SHOWN)


@dataclass(frozen=True)
class Month:
    """A month as weeks that begin on Monday."""

    first: date
    weeks: list[list[Day]]

    @property
    def before(self) -> date:
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def after(self) -> date:
        return (self.first + timedelta(days=31)).replace(day=1)

    @property
    def agenda(self) -> list[Day]:
        """The days that a list shows: those with posts, and today. In this month, from today on."""
        return [day for day in self._listed if day not in self.earlier]

    @property
    def earlier(self) -> list[Day]:
        """The days of this month that are over; of any other month, none."""
        today = next((day.date for day in self._listed if day.is_today), None)
        return [day for day in self._listed if today is not None and day.date < today]

    @property
    def _listed(self) -> list[Day]:
        days = (day for week in self.weeks for day in week if not day.is_outside)
        return [day for day in days if day.posts or day.is_today]


def month_named(text: str, today: date) -> date:
    """The first day of the month written as YYYY-MM; of this month where the text says none."""
    try:
        first = datetime.strptime(text, "%Y-%m").date()
    except ValueError:
        return today.replace(day=1)
    return first if FIRST_YEAR <= first.year <= LAST_YEAR else today.replace(day=1)


def days_of(first: date) -> list[date]:
    """Every day of the weeks that the month touches."""
    weeks = calendar.Calendar(MONDAY).monthdatescalendar(first.year, first.month)
    return [day for week in weeks for day in week]


def bounds(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants at which the first day begins and the day after the last one begins."""
    return _midnight(first, zone), _midnight(last + timedelta(days=1), zone)


def month_of(first: date, posts: Iterable[Post], *, today: date, zone: ZoneInfo) -> Month:
    """The month that begins on `first`, with `posts` on their days."""
    by_day = _by_day(posts, zone)
    days = [
        Day(day, by_day.get(day, []), is_today=day == today, is_outside=day.month != first.month)
        for day in days_of(first)
    ]
    return Month(first, [days[start : start + 7] for start in range(0, len(days), 7)])


def _by_day(posts: Iterable[Post], zone: ZoneInfo) -> dict[date, list[Post]]:
    found: dict[date, list[Post]] = {}
    for post in posts:
        found.setdefault(post.planned_at.astimezone(zone).date(), []).append(post)
    return found


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    # where a zone skips midnight this is the instant at which the clocks jump, which is where the day begins
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
