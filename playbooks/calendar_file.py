"""An office hour as a file for calendars: the invitation, and the word that it was cancelled."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText

from chapters.attachments import Attachment
from chapters.models import Chapter, Notice, User
from playbooks.models import Booking

KINDS = ("office_hour_booked", "office_hour_changed", "office_hour_cancelled")
NAME = "office-hour.ics"


def of_notice(notice: Notice) -> Attachment | None:
    """The file for a notice about a booking, as the booking stands now."""
    _word, uid, *_rest = notice.cause.split(":")
    booking = bookings().filter(uid=uid).first()
    if booking is None:
        return None
    content = file_of(booking, reader=notice.chapter, person=notice.person)
    return Attachment(NAME, content, f"text/calendar; method={method(booking, person=notice.person)}")


def bookings() -> QuerySet[Booking]:
    """Bookings with what a calendar needs of them."""
    return Booking.objects.select_related("hour__host", "chapter", "booked_by")


def method(booking: Booking, *, person: User | None = None) -> str:
    """What the file is to a calendar: an invitation of somebody, the end of one, or just a date to keep."""
    if booking.is_cancelled:
        return "CANCEL"
    return "REQUEST" if person else "PUBLISH"


def file_of(booking: Booking, *, reader: Chapter | None, person: User | None = None) -> bytes:
    """The file, linking to the page of `reader`. `person` is invited; nobody else's address is in it."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.HUB_NAME}//office hours//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method(booking, person=person))
    calendar.add_component(_event(booking, reader, person))
    return calendar.to_ical()


def page_of(booking: Booking, reader: Chapter | None) -> str:
    """Where `reader` finds the booking."""
    if reader is not None and reader.is_central:
        return reverse("office_hour_of_team", args=[booking.uid])
    return reverse("office_hour_booking", args=[booking.chapter.slug, booking.uid])


def _event(booking: Booking, reader: Chapter | None, person: User | None) -> Event:
    hour = booking.hour
    url = settings.HUB_URL + page_of(booking, reader)
    event = Event()
    event.add("uid", f"{booking.uid}@{urlsplit(settings.HUB_URL).hostname}")
    event.add("sequence", booking.sequence)
    event.add("dtstamp", timezone.now())
    event.add("dtstart", hour.starts_at)
    event.add("dtend", hour.ends_at)
    event.add("summary", _("Office hour: %(chapter)s with %(host)s")
              % {"chapter": booking.chapter.name, "host": hour.host.display_name})  # fmt: skip
    event.add("location", hour.place)
    event.add("description", "\n".join([*_agenda(booking), url]))
    event.add("url", url)
    event.add("status", "CANCELLED" if booking.is_cancelled else "CONFIRMED")
    event.add("organizer", _organizer())
    if person is not None:
        event.add("attendee", _invited(person))
    return event


def _agenda(booking: Booking) -> list[str]:
    points = [point["words"] for point in booking.agenda]
    return [f"- {words}" for words in [*filter(None, [booking.wishes]), *points]]


def _organizer() -> vCalAddress:
    """The hub itself: nobody's own address goes to another chapter."""
    organizer = vCalAddress(f"mailto:{settings.DEFAULT_FROM_EMAIL.rpartition('<')[2].rstrip('>')}")
    organizer.params["cn"] = vText(settings.HUB_NAME)
    return organizer


def _invited(person: User) -> vCalAddress:
    """Somebody who agreed to the time already, so that calendars ask for no answer."""
    attendee = vCalAddress(f"mailto:{person.email}")
    attendee.params["cn"] = vText(person.display_name)
    attendee.params["partstat"] = vText("ACCEPTED")
    attendee.params["rsvp"] = vText("FALSE")
    return attendee
