"""When a chapter usually posts, and how several drafts are spread over the coming days. Pure functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median_low

USUAL = time(18, 0)
PER_WEEKDAY = 20  # published posts that tell a weekday's usual hour
WEEK = 7
FURTHEST = 28  # days ahead that drafts are spread over before a day gets two
BETWEEN = timedelta(hours=2)  # two on one day


@dataclass(frozen=True)
class Wish:
    """What a suggestion says of the time of one post: a date, a day of its kit counted from 1, an hour."""

    on: date | None = None
    day: int | None = None
    at: time | None = None


def usual_hours(published: Iterable[datetime]) -> dict[int, time]:
    """The usual time of day by weekday (Monday is 0), from local times of published posts, newest first.

    It is the median of the last PER_WEEKDAY on that weekday; a weekday without any is not there.
    """
    found: dict[int, list[time]] = defaultdict(list)
    for at in published:
        if len(found[at.weekday()]) < PER_WEEKDAY:
            found[at.weekday()].append(at.time().replace(second=0, microsecond=0, tzinfo=None))
    return {weekday: median_low(sorted(times)) for weekday, times in found.items()}


def spread(
    wishes: Sequence[Wish], *, begin: date, hours: Mapping[int, time], taken: Collection[date] = ()
) -> list[datetime]:
    """A local day and time for each of `wishes`, in their order, none before `begin`.

    A kit's own dates and days are kept; a date that has passed counts as none. The others are spread evenly
    over a week, or longer where that is too short, on days that have nothing yet: `taken` are days on which
    the chapter has plans already. No day gets two unless there are more posts than days.
    """
    days = [_own_day(wish, begin) for wish in wishes]
    loose = [at for at, day in enumerate(days) if day is None]
    fixed = {day for day in days if day is not None}
    for at, day in zip(loose, _free_days(len(loose), begin, {*fixed, *taken}), strict=True):
        days[at] = day
    return _timed([day or begin for day in days], wishes, hours)


def _own_day(wish: Wish, begin: date) -> date | None:
    if wish.on is not None:
        return wish.on if wish.on >= begin else None
    return begin + timedelta(days=wish.day - 1) if wish.day else None


def _free_days(count: int, begin: date, taken: Collection[date]) -> list[date]:
    """`count` days from `begin`, spread evenly over those that are free; once all are full, days repeat."""
    length = WEEK
    while True:
        free = [day for n in range(length) if (day := begin + timedelta(days=n)) not in taken]
        if len(free) >= count:
            return [free[n * len(free) // count] for n in range(count)]
        if length >= FURTHEST:
            break
        length += WEEK
    every = free or [begin + timedelta(days=n) for n in range(FURTHEST)]
    return sorted(every[n % len(every)] for n in range(count))


def _timed(days: Sequence[date], wishes: Sequence[Wish], hours: Mapping[int, time]) -> list[datetime]:
    """Each day with its wished or usual hour, two hours apart where a day has several."""
    used: dict[date, list[datetime]] = defaultdict(list)
    found = []
    for day, wish in zip(days, wishes, strict=True):
        at = datetime.combine(day, wish.at or hours.get(day.weekday(), USUAL))
        while wish.at is None and at in used[day] and (at + BETWEEN).date() == day:
            at += BETWEEN
        used[day].append(at)
        found.append(at)
    return found
