"""The clocks that publishing goes by: the database's for what is due, the boot clock for how long.

Due times, leases and pauses are compared with the database's clock, which all workers share. A worker's own
clock still counts: it dates attempts and bounds retries. So a worker whose clock is far off does not begin.
On SQLite the database's clock is this machine's own, and the two always agree.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from django.db import connection
from django.utils.translation import gettext as _

SKEW_MAX = 2.0  # seconds


class ClockSkew(Exception):
    """This machine's clock and the database's are too far apart. The message is for the operator."""


def database_now() -> datetime:
    """The database's time, in UTC: inside a transaction too the time of this call. One statement."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")
            return datetime.fromisoformat(cursor.fetchone()[0]).replace(tzinfo=UTC)
        cursor.execute("SELECT statement_timestamp()")
        return cursor.fetchone()[0].astimezone(UTC)


def boot_clock() -> float:
    """Seconds that also pass while the machine sleeps, where the system has such a clock."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def skew() -> float:
    """Seconds by which this machine's clock is ahead of the database's; negative where it is behind."""
    return _measure()[0]


def agrees() -> bool:
    """Whether the clocks are close enough to go on claiming. One trivial statement; database errors pass."""
    return _within_bounds(*_measure())


def require_agreement() -> None:
    """Raises ClockSkew, with a sentence for the operator, where the clocks are too far apart."""
    seconds, doubt = _measure()
    if _within_bounds(seconds, doubt):
        return
    sentence = (
        _("This machine's clock is %(seconds).1f s ahead of the database's, so nothing is sent from here.")
        if seconds > 0
        else _("This machine's clock is %(seconds).1f s behind the database's, so nothing is sent from here.")
    )
    advice = _("Let both machines set their clocks by NTP (timedatectl set-ntp true), then start this again.")
    raise ClockSkew(f"{sentence % {'seconds': abs(seconds)}} {advice}")


def _within_bounds(seconds: float, doubt: float) -> bool:
    """A slow answer is no proof of a wrong clock: only what is certain counts."""
    return abs(seconds) - doubt <= SKEW_MAX


def _measure() -> tuple[float, float]:
    """The skew, and how far that may be off: half the round trip."""
    connection.ensure_connection()  # connecting is no part of the round trip
    asked, began = time.time(), time.monotonic()
    answer = database_now()
    half = (time.monotonic() - began) / 2
    return asked + half - answer.timestamp(), half
