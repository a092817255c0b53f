"""Office hours: times of the central team that chapters book. The only writer of hours, bookings and to-dos.

Each verb locks what it changes, refuses with a TeachingError that changes nothing, and leaves a line of
history: an hour's is the central team's, a booking's the chapter's.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters.events import Actor, record
from chapters.models import Chapter, User
from hubsite.lib import times
from playbooks import telling_office_hours as telling
from playbooks.agenda import Point, kept
from playbooks.errors import NotNow
from playbooks.models import Agreed, Booking, OfficeHour

AT_ONCE = 2  # bookings a chapter has ahead of it, so that every chapter gets a turn
MOST = 60  # hours in one offer


@dataclass(frozen=True)
class Offer:
    """Hours of one length in a row, on the same weekday for some weeks, on the central team's clocks."""

    begins: datetime  # wall time
    ends: datetime  # wall time, the same day
    minutes: int
    place: str
    note: str = ""
    weeks: int = 1

    def starts(self) -> list[datetime]:
        """The wall times at which its hours begin."""
        length, found = timedelta(minutes=self.minutes), []
        for week in range(self.weeks):
            at = self.begins + timedelta(weeks=week)
            while at + length <= self.ends + timedelta(weeks=week):
                found.append(at)
                at += length
        return found


# ---- what there is


def free(now: datetime | None = None) -> QuerySet[OfficeHour]:
    """The hours a chapter may book, soonest first."""
    booked = Booking.objects.filter(hour=OuterRef("pk"), cancelled_at=None)
    ahead = OfficeHour.objects.filter(withdrawn_at=None, starts_at__gt=now or timezone.now())
    return (
        ahead.filter(~Exists(booked), host__is_active=True).select_related("host").order_by("starts_at", "pk")
    )


def bookings_of(chapter: Chapter) -> QuerySet[Booking]:
    """The chapter's bookings, soonest first."""
    found = Booking.objects.filter(chapter=chapter).select_related("hour__host", "chapter", "booked_by")
    return found.order_by("hour__starts_at", "pk")


def all_bookings() -> QuerySet[Booking]:
    """Every chapter's bookings, as the central team reads them, soonest first."""
    found = Booking.objects.select_related("hour__host", "chapter", "booked_by", "cancelled_by")
    return found.order_by("hour__starts_at", "pk")


def coming(bookings: QuerySet[Booking]) -> QuerySet[Booking]:
    """Those still to be."""
    return bookings.filter(cancelled_at=None, hour__ends_at__gt=timezone.now())


def to_do(whose: str) -> QuerySet[Agreed]:
    """What was agreed and is not done yet, oldest first."""
    found = Agreed.objects.filter(whose=whose, done_at=None, booking__cancelled_at=None)
    return found.select_related("booking__chapter", "booking__hour__host").order_by("at", "pk")


# ---- the central team's verbs


@transaction.atomic
def offer(*, host: User, team: Chapter, offer: Offer, by: Actor) -> list[OfficeHour]:
    """Offer hours. Those that passed or meet others of the host are left out; NotNow where none is left."""
    length, now = timedelta(minutes=offer.minutes), timezone.now()
    Chapter.objects.select_for_update().get(pk=team.pk)  # a second click finds the first one's
    wanted = [times.instant(wall, team.zone) for wall in offer.starts()]
    wanted = [at for at in wanted if at > now and not _meets(host, at, at + length)]
    if len(wanted) > MOST:
        raise NotNow(
            _("That would be %(n)d hours at once. Offer at most %(max)d.") % {"n": len(wanted), "max": MOST},
            detail=f"host {host.pk} offers {len(wanted)}",
        )
    if not wanted:
        raise NotNow(
            _("Nothing new to offer: these times have passed, or you offered them already."),
            detail=f"host {host.pk}: no free time in the offer",
        )
    made = OfficeHour.objects.bulk_create(
        OfficeHour(host=host, starts_at=at, ends_at=at + length, place=offer.place, note=offer.note)
        for at in wanted
    )
    record("office_hours_offered", team, chapter=team, by=by, hours=[str(hour.uid) for hour in made])
    return made


@transaction.atomic
def withdraw(*, hour: OfficeHour, team: Chapter, by: Actor) -> OfficeHour:
    """Take back an hour that nobody booked."""
    locked = _locked_hour(hour)
    if locked.withdrawn_at is not None:
        return locked
    if locked.bookings.filter(cancelled_at=None).exists():
        raise NotNow(
            _("A chapter booked this hour. Cancel the booking with a reason instead."),
            detail=f"office hour {locked.pk} is booked",
        )
    locked.withdrawn_at = timezone.now()
    locked.save(update_fields=["withdrawn_at"])
    record("office_hour_withdrawn", locked, chapter=team, by=by)
    return locked


# ---- a chapter's verbs


@transaction.atomic
def book(
    *,
    hour: OfficeHour,
    chapter: Chapter,
    team: Chapter,
    by: Actor,
    wishes: str = "",
    agenda: Sequence[Point] = (),
) -> Booking:
    """Book `hour` for `chapter`, telling the central team what is on `agenda`. The same person's second
    click gives the same booking. Raises NotNow where the hour is gone or the chapter has enough ahead."""
    locked = _locked_hour(hour)
    existing = locked.bookings.filter(cancelled_at=None).first()
    if existing is not None and existing.chapter_id == chapter.pk and existing.booked_by_id == by.user.pk:
        return existing
    if existing is not None or locked.withdrawn_at is not None or locked.has_begun:
        raise NotNow(_("This hour is no longer free. Choose another one."), detail=f"hour {locked.pk}")
    Chapter.objects.select_for_update().get(pk=chapter.pk)  # its people book one after the other
    if coming(bookings_of(chapter)).count() >= AT_ONCE:
        raise NotNow(
            _("Your chapter has %(n)d office hours ahead already. Come to one of them first, or cancel it.")
            % {"n": AT_ONCE},
            detail=f"chapter {chapter.pk} has {AT_ONCE} ahead",
        )
    booking = Booking.objects.create(
        hour=locked,
        chapter=chapter,
        booked_by=by.user,
        wishes=wishes,
        agenda=kept(agenda),
    )
    record("office_hour_booked", booking, chapter=chapter, by=by, points=len(agenda))
    telling.booked(booking, team)
    return booking


@transaction.atomic
def change_agenda(
    *, booking: Booking, team: Chapter, by: Actor, wishes: str, agenda: Sequence[Point]
) -> Booking:
    """Say anew what to talk about. The host hears of the first change, and reads the newest on its page.
    Raises NotNow once the hour has begun or was cancelled."""
    hour = _locked_hour(booking.hour)
    locked = Booking.objects.select_related("chapter", "booked_by").get(pk=booking.pk)
    if locked.is_cancelled or hour.has_begun:
        raise NotNow(
            _("The agenda stays as it is now. Say the rest when you talk."), detail=f"booking {locked.pk}"
        )
    before = {"wishes": locked.wishes, "agenda": locked.agenda}
    after = {"wishes": wishes, "agenda": kept(agenda)}
    if before == after:
        return locked
    locked.hour, locked.wishes, locked.agenda = hour, wishes, after["agenda"]
    locked.sequence += 1
    locked.save(update_fields=["wishes", "agenda", "sequence"])
    record("office_hour_agenda_changed", locked, chapter=locked.chapter, by=by, before=before)
    telling.agenda_changed(locked, team)
    return locked


@transaction.atomic
def cancel(*, booking: Booking, team: Chapter, by: Actor, why: str = "", by_team: bool = False) -> Booking:
    """Call it off; the hour is free again for others, unless it is the central team that can't (`by_team`,
    which says why)."""
    hour = _locked_hour(booking.hour)
    locked = Booking.objects.select_related("chapter", "booked_by").get(pk=booking.pk)
    if locked.is_cancelled:
        return locked
    if hour.is_over:
        raise NotNow(
            _("It is over already, so there is nothing to cancel."), detail=f"hour {hour.pk} is over"
        )
    if by_team and not why.strip():
        raise NotNow(_("Say in a sentence why, so that the chapter can plan anew."), detail="no reason")
    locked.hour = hour
    locked.cancelled_at, locked.cancelled_by = timezone.now(), by.user
    locked.cancelled_why = why.strip()
    locked.sequence += 1
    locked.save(update_fields=["cancelled_at", "cancelled_by", "cancelled_why", "sequence"])
    if by_team:
        hour.withdrawn_at = timezone.now()
        hour.save(update_fields=["withdrawn_at"])
    record("office_hour_cancelled", locked, chapter=locked.chapter, by=by, by_team=by_team)
    telling.cancelled(locked, team)
    return locked


# ---- what came of it


@transaction.atomic
def note(*, booking: Booking, words: str, whose: str, by: Actor, key: uuid.UUID) -> Agreed:
    """Keep what was agreed as a to-do of the chapter or of the central team. The same form notes it once."""
    locked = Booking.objects.select_for_update(of=("self",)).select_related("chapter", "booked_by").get(
        pk=booking.pk
    )  # fmt: skip
    if twin := locked.agreed.filter(key=key).first():
        return twin
    if locked.is_cancelled:
        raise NotNow(_("This office hour was cancelled."), detail=f"booking {locked.pk} is cancelled")
    agreed = Agreed.objects.create(booking=locked, key=key, words=words, whose=whose, by=by.user)
    record("office_hour_noted", locked, chapter=locked.chapter, by=by, whose=whose)
    if whose == Agreed.Whose.CHAPTER:
        telling.noted(agreed)
    return agreed


@transaction.atomic
def settle(*, agreed: Agreed, by: Actor, is_done: bool = True) -> Agreed:
    """Tick a to-do, or take the tick back."""
    locked = (
        Agreed.objects.select_for_update(of=("self",)).select_related("booking__chapter").get(pk=agreed.pk)
    )
    if (locked.done_at is not None) == is_done:
        return locked
    locked.done_at, locked.done_by = (timezone.now(), by.user) if is_done else (None, None)
    locked.save(update_fields=["done_at", "done_by"])
    verb = "office_hour_to_do_done" if is_done else "office_hour_to_do_undone"
    record(verb, locked.booking, chapter=locked.booking.chapter, by=by)
    return locked


def chosen(points: Sequence[Point], keys: Collection[str]) -> list[Point]:
    """The points a chapter ticked; a key that is not among its own is nothing."""
    return [point for point in points if point.key in keys]


def _meets(host: User, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether the host has another hour in that time."""
    others = OfficeHour.objects.filter(host=host, withdrawn_at=None)
    return others.filter(starts_at__lt=ends_at, ends_at__gt=starts_at).exists()


def _locked_hour(hour: OfficeHour) -> OfficeHour:
    return OfficeHour.objects.select_for_update(of=("self",)).select_related("host").get(pk=hour.pk)
