"""Office hours for tests, made by the verbs that make real ones."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from chapters.events import Actor
from chapters.models import Chapter, User
from playbooks import office_hours
from playbooks.models import Booking, OfficeHour


def evening(*, days: int = 3, weeks: int = 1, minutes: int = 30, **words: Any) -> office_hours.Offer:
    """An hour from 18:00 some days from now, in two halves unless said otherwise."""
    day = timezone.localdate() + timedelta(days=days)
    return office_hours.Offer(
        begins=datetime.combine(day, time(18)),
        ends=datetime.combine(day, time(19)),
        minutes=minutes,
        weeks=weeks,
        **{"place": "https://meet.example.org/team", **words},
    )


def offered(team: Chapter, host: User, **words: Any) -> list[OfficeHour]:
    """Hours that chapters can book."""
    return office_hours.offer(host=host, team=team, offer=evening(**words), by=Actor.person(host))


def booked(hour: OfficeHour, chapter: Chapter, team: Chapter, by: User, **words: Any) -> Booking:
    """A booking of `chapter`."""
    return office_hours.book(hour=hour, chapter=chapter, team=team, by=Actor.person(by), **words)
