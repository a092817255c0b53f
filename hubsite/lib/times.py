"""Instants and the wall clocks of chapters: what people read, and what they choose.

An hour that a zone skips in spring does not exist there, and one that it repeats in autumn exists twice. Both
are people's to settle, so both are found out here and never guessed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MINUTE = timedelta(minutes=1)


def zone_label(zone: ZoneInfo) -> str:
    """The zone as people say it: “Lisbon” for Europe/Lisbon."""
    return zone.key.rpartition("/")[2].replace("_", " ")


def when(at: datetime, zone: ZoneInfo) -> str:
    """“Tue 24 Nov, 18:30 Lisbon”, with the year where it is not this one."""
    local = at.astimezone(zone)
    this_year = timezone.now().astimezone(zone).year
    day = date_format(local, "D j M" if local.year == this_year else "D j M Y")
    return _("%(day)s, %(time)s %(zone)s") % {
        "day": day,
        "time": local.strftime("%H:%M"),
        "zone": zone_label(zone),
    }


def to_the_second(at: datetime, zone: ZoneInfo) -> str:
    """“14:00:02 Lisbon” for a moment of today there, with the day before it for any other."""
    local = at.astimezone(zone)
    clock = _("%(time)s %(zone)s") % {"time": local.strftime("%H:%M:%S"), "zone": zone_label(zone)}
    today = timezone.now().astimezone(zone)
    if local.date() == today.date():
        return clock
    day = date_format(local, "D j M" if local.year == today.year else "D j M Y")
    return _("%(day)s, %(clock)s") % {"day": day, "clock": clock}


def span(length: timedelta) -> str:
    """“45 seconds”, “7 minutes”, “3 hours 5 minutes”, “2 days”: the two largest units, rounded down."""
    seconds = max(0, int(length.total_seconds()))
    units = [
        (seconds // 86400, lambda n: ngettext("%(n)d day", "%(n)d days", n) % {"n": n}),
        (seconds // 3600 % 24, lambda n: ngettext("%(n)d hour", "%(n)d hours", n) % {"n": n}),
        (seconds // 60 % 60, lambda n: ngettext("%(n)d minute", "%(n)d minutes", n) % {"n": n}),
        (seconds % 60, lambda n: ngettext("%(n)d second", "%(n)d seconds", n) % {"n": n}),
    ]
    largest = next((place for place, (number, _words) in enumerate(units) if number), 3)
    last = 3 if largest == 3 else min(largest + 1, 2)  # seconds stand alone or not at all
    return " ".join(words(number) for number, words in units[largest : last + 1] if number or largest == 3)


def instants(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    """The instants at which clocks in `zone` show `wall`: none, one or two, in order, in UTC."""
    found = []
    for fold in (0, 1):
        at = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if at.astimezone(zone).replace(tzinfo=None) == wall and at not in found:
            found.append(at)
    return found


def next_existing(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first wall time from `wall` on that clocks in `zone` show."""
    while not instants(wall, zone):
        wall += MINUTE
    return wall
