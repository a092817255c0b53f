"""{{ post.planned_at|when:chapter.zone }}: every time on a page is shown with its zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django import template

from hubsite.lib import times

register = template.Library()


@register.filter
def when(at: datetime | None, zone: ZoneInfo) -> str:
    """The time as clocks in `zone` show it, or nothing."""
    return times.when(at, zone) if at else ""


@register.simple_tag
def between(begins: datetime, ends: datetime, zone: ZoneInfo) -> str:
    """A stretch of time as clocks in `zone` show it."""
    return times.between(begins, ends, zone)


@register.filter
def to_the_second(at: datetime | None, zone: ZoneInfo) -> str:
    """The time with its seconds, and the day where it is not today; or nothing."""
    return times.to_the_second(at, zone) if at else ""


@register.filter
def span(length: timedelta | None) -> str:
    """How long something takes, in words; or nothing."""
    return times.span(length) if length is not None else ""


@register.filter
def clock(at: datetime | None, zone: ZoneInfo) -> str:
    """The time of day alone, for where the day and the zone stand beside it."""
    return at.astimezone(zone).strftime("%H:%M") if at else ""
