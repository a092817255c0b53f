"""How long a platform asks us to wait, from the headers in which platforms say it."""

from __future__ import annotations

import datetime as dt
import email.utils
import math
import re
import time
from collections.abc import Mapping

CAP_SECONDS = 3600.0
_SECONDS = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,9})?", re.ASCII)
_EPOCH_FROM = (
    1_000_000_000  # a number this large is a moment, a smaller one a span (both are seen in the wild)
)


def retry_after(value: str, *, now: float) -> float | None:
    """Seconds from `now` (Unix time) of a Retry-After value: a number or an HTTP date (RFC 9110, 10.2.3)."""
    value = value.strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return _until(moment, now)


def reset_at(value: str, *, now: float) -> float | None:
    """Seconds from `now` of an X-RateLimit-Reset value: ISO 8601 (Mastodon), Unix time, or a span."""
    value = value.strip()
    if _SECONDS.fullmatch(value):
        number = float(value)
        return max(0.0, number - now) if number >= _EPOCH_FROM else number
    try:
        return _until(dt.datetime.fromisoformat(value), now)
    except (ValueError, OverflowError):
        return None


def _until(moment: dt.datetime, now: float) -> float | None:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    try:
        return max(0.0, moment.timestamp() - now)
    except (OverflowError, ValueError):
        return None


def wait_of(
    headers: Mapping[str, str], *, floor: float = 1.0, cap: float = CAP_SECONDS, now: float | None = None
) -> float | None:
    """Seconds to wait as `headers` ask, at least `floor` and at most `cap`; None where they name no time.

    The cap keeps a wrong clock or a hostile server from stopping an account for days; whoever still is
    limited after it is told so again.
    """
    now = time.time() if now is None else now
    hints = [
        hint
        for name, parse in (
            ("Retry-After", retry_after),
            ("X-RateLimit-Reset", reset_at),
            ("RateLimit-Reset", reset_at),
        )
        if (text := headers.get(name)) and (hint := parse(text, now=now)) is not None and math.isfinite(hint)
    ]
    return min(cap, max(floor, hints[0])) if hints else None
