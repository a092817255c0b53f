"""Who is told of what about office hours. The mail of a booking brings its calendar file."""

from __future__ import annotations

from django.utils.translation import gettext as _

from chapters.models import Chapter, Membership, User
from chapters.notices import notify, quietly
from hubsite.lib import times
from playbooks.calendar_file import page_of
from playbooks.models import Agreed, Booking


@quietly
def booked(booking: Booking, team: Chapter) -> None:
    """Tell both sides, with the calendar file."""
    words = {"chapter": booking.chapter.name, "host": booking.hour.host.display_name}
    _tell(booking, team, "booked", _("%(chapter)s comes to your office hour") % words)
    _tell(booking, booking.chapter, "booked", _("You have an office hour with %(host)s") % words)


@quietly
def cancelled(booking: Booking, team: Chapter) -> None:
    """Tell both sides, with the file that takes it out of their calendars."""
    words = {"chapter": booking.chapter.name, "host": booking.hour.host.display_name}
    _tell(booking, team, "cancelled", _("Cancelled: the office hour with %(chapter)s") % words)
    _tell(booking, booking.chapter, "cancelled", _("Cancelled: the office hour with %(host)s") % words)


@quietly
def agenda_changed(booking: Booking, team: Chapter) -> None:
    """Tell the host, once: the page has the newest."""
    words = {"chapter": booking.chapter.name}
    _tell(booking, team, "changed", _("%(chapter)s changed what to talk about in your office hour") % words)


@quietly
def noted(agreed: Agreed) -> None:
    """Tell whoever booked that there is something for the chapter to do, once a day."""
    booking = agreed.booking
    notify(
        _member(booking.booked_by, booking.chapter, but=agreed.by),
        chapter=booking.chapter,
        cause=f"office-hour:{booking.uid}:noted:{agreed.at:%Y%m%d}",
        kind="office_hour_noted",
        title=_("%(name)s noted what your chapter wanted to do") % {"name": agreed.by.display_name},
        body=agreed.words,
        path=page_of(booking, booking.chapter),
    )


def _tell(booking: Booking, reader: Chapter, what: str, title: str) -> None:
    person = booking.hour.host if reader.is_central else booking.booked_by
    at = times.between(booking.hour.starts_at, booking.hour.ends_at, reader.zone)
    lines = [_("%(time)s, %(place)s") % {"time": at, "place": booking.hour.place}, booking.cancelled_why]
    notify(
        _member(person, reader),
        chapter=reader,
        cause=f"office-hour:{booking.uid}:{what}:{'team' if reader.is_central else 'chapter'}",
        kind=f"office_hour_{what}",
        title=title,
        body="\n".join(filter(None, lines)),
        path=page_of(booking, reader),
    )


def _member(person: User, chapter: Chapter, *, but: User | None = None) -> list[User]:
    if but is not None and but.pk == person.pk:
        return []
    found = Membership.objects.filter(chapter=chapter, user=person, user__is_active=True)
    return [membership.user for membership in found.select_related("user")]
