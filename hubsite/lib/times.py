"""Instants and the wall clocks of chapters: what people read, and what they choose.

An hour that a zone skips in spring does not exist there, and one that it repeats in autumn exists twice. Both
are people's to settle, so both are found out here and never guessed.
"""

from __future__ import annotations

import hashlib
import re
import zoneinfo
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module, resources
from pathlib import Path
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
    return _said(local, local.strftime("%H:%M"), zone)


def between(begins: datetime, ends: datetime, zone: ZoneInfo) -> str:
    """“Tue 24 Nov, 18:30–19:00 Lisbon”; with both days where it goes past midnight."""
    first, last = begins.astimezone(zone), ends.astimezone(zone)
    if first.date() != last.date():
        return _("%(begins)s to %(ends)s") % {"begins": when(begins, zone), "ends": when(ends, zone)}
    return _said(first, f"{first:%H:%M}–{last:%H:%M}", zone)


def _said(local: datetime, clock: str, zone: ZoneInfo) -> str:
    this_year = timezone.now().astimezone(zone).year
    day = date_format(local, "D j M" if local.year == this_year else "D j M Y")
    return _("%(day)s, %(time)s %(zone)s") % {"day": day, "time": clock, "zone": zone_label(zone)}


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


def instant(wall: datetime, zone: ZoneInfo, *, fold: int = 0) -> datetime:
    """The one instant, in UTC, that `wall` means in `zone`.

    Where clocks show it twice, `fold` tells the second (1) from the first; where they skip it, the next wall
    time that they do show is meant.
    """
    possible = instants(next_existing(wall, zone), zone)
    return possible[min(fold, len(possible) - 1)]


@cache
def data_version(zone: str) -> str:
    """The release of the time-zone data from which this process reads `zone`, such as “2026f”.

    Looked up as `zoneinfo` does: the first folder of its TZPATH that has the zone, else the package tzdata.
    Data that do not tell their release get a fingerprint of the zone's file. Raises ZoneInfoNotFoundError.
    """
    ZoneInfo(zone)  # refuses what is no zone, and names that would leave the folder
    for folder in map(Path, zoneinfo.TZPATH):
        if (folder / zone).is_file():
            return (_release_in(folder) or _fingerprint((folder / zone).read_bytes()))[:16]
    tzdata = import_module("tzdata")
    file = resources.files("tzdata").joinpath("zoneinfo", *zone.split("/"))
    return (getattr(tzdata, "IANA_VERSION", "") or _fingerprint(file.read_bytes()))[:16]


def _release_in(folder: Path) -> str:
    """What a system's folder says of itself: the head of tzdata.zi, or the file +VERSION (BSD, macOS)."""
    if (source := folder / "tzdata.zi").is_file():
        with source.open(encoding="ascii", errors="replace") as stream:
            if found := re.match(r"#\s*version\s+(\S+)", stream.readline()):
                return found[1]
    if (version := folder / "+VERSION").is_file():
        return version.read_text(encoding="ascii", errors="replace").strip()
    return ""


def _fingerprint(data: bytes) -> str:
    return f"x{hashlib.sha256(data).hexdigest()[:12]}"
