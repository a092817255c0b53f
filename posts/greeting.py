"""How a home greets: by name and time of day, then with what matters."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hubsite.lib import times
from posts.models import Post

MORNING, AFTERNOON, EVENING = 4, 12, 18  # o'clock


def hello(name: str, zone: ZoneInfo) -> str:
    """“Good evening, Ana”, by the clocks of `zone`."""
    hour = timezone.now().astimezone(zone).hour
    if MORNING <= hour < AFTERNOON:
        return _("Good morning, %(name)s") % {"name": name}
    if AFTERNOON <= hour < EVENING:
        return _("Good afternoon, %(name)s") % {"name": name}
    return _("Good evening, %(name)s") % {"name": name}


def summary(waiting: int, coming: Iterable[Post], zone: ZoneInfo) -> str:
    """How much needs the person, and when the next of the posts to come goes out."""
    if waiting:
        first = ngettext("%(n)d thing needs you.", "%(n)d things need you.", waiting) % {"n": waiting}
    else:
        first = _("Nothing needs you now.")
    scheduled = next((post for post in coming if post.status == Post.Status.SCHEDULED), None)
    if scheduled is None:
        return first
    then = _("The next post goes out %(time)s.") % {"time": _spoken(scheduled.planned_at, zone)}
    return f"{first} {then}"


def _spoken(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    if local.date() != timezone.now().astimezone(zone).date():
        return times.when(at, zone)
    return _("today at %(time)s %(zone)s") % {
        "time": local.strftime("%H:%M"),
        "zone": times.zone_label(zone),
    }
