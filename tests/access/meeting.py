"""Office hours for the access matrix: one that each chapter booked, and one that is free."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

from chapters.events import Actor
from chapters.models import Chapter, User
from playbooks import office_hours
from playbooks.models import Agreed, Booking, OfficeHour
from tests.support.cast import Cast


def hour(cast: Cast, days: int) -> OfficeHour:
    """An hour of the central team, some days from now."""
    at = timezone.now() + timedelta(days=days)
    return OfficeHour.objects.create(
        host=cast.cato, starts_at=at, ends_at=at + timedelta(minutes=30), place="A call"
    )


def book(chapter: Chapter, person: User, cast: Cast, days: int) -> Booking:
    """A booking of `chapter` with one thing for each side to do."""
    booking = office_hours.book(
        hour=hour(cast, days),
        chapter=chapter,
        team=cast.central,
        by=Actor.person(person),
        wishes="Between us",
    )
    for whose in Agreed.Whose.values:
        office_hours.note(
            booking=booking, words=f"For {whose}", whose=whose, by=Actor.person(cast.cato), key=uuid.uuid4()
        )
    return booking


def things_of(chapter: Chapter, person: User, cast: Cast) -> dict[str, Any]:
    """What a chapter booked, with what was agreed."""
    booking = book(chapter, person, cast, 10 + chapter.pk)
    return {
        "booking": booking,
        "chapters_to_do": booking.agreed.get(whose=Agreed.Whose.CHAPTER),
        "teams_to_do": booking.agreed.get(whose=Agreed.Whose.TEAM),
    }


def shared(cast: Cast) -> dict[str, Any]:
    """What is free, and what the central team finds booked."""
    booking = book(cast.braga, cast.otto, cast, 5)
    return {
        "free_hour": hour(cast, 3),
        "asked_booking": booking,
        "promised": booking.agreed.get(whose=Agreed.Whose.TEAM),
        "not_ours": booking.agreed.get(whose=Agreed.Whose.CHAPTER),
    }
