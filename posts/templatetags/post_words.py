"""How pages show posts and accounts: marks, times with their state, first pictures."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from hubsite.lib import times
from posts import health
from posts.models import MediaUse, Post, SocialAccount
from posts.platforms import registry

register = template.Library()

S = Post.Status


@register.filter
def platform_name(account: SocialAccount) -> str:
    """The account's platform as people call it."""
    return health.platform_name(account.platform)


@register.filter
def platform_label(key: str) -> str:
    """A platform by its key, as people call it."""
    return health.platform_name(key)


@register.filter
def reached(url: str) -> str:
    """Where a browser opens an address of a platform: there, or at its stand-in where the hub practises."""
    return registry.reached(url)


@register.filter
def mark_letter(account: SocialAccount) -> str:
    """The letter by which the account's platform is recognised."""
    return health.platform_mark(account.platform).letter


@register.filter
def marks(post: Post) -> list[dict[str, str]]:
    """The accounts of a post as small marks; its targets have to be fetched already."""
    accounts = [target.account for target in post.targets.all()]
    return [
        {
            "platform": account.platform,
            "letter": mark_letter(account),
            "name": f"{platform_name(account)}: {account.handle}",
            "handle": account.handle,
        }
        for account in accounts
    ]


@register.filter
def first_picture(post: Post) -> MediaUse | None:
    """The picture that stands for the post in a list."""
    uses = list(post.media_uses.all())
    return uses[0] if uses else None


@register.filter
def time_words(post: Post, zone: ZoneInfo) -> str:
    """When the post went out, goes out or is wanted, with the zone; or that it has no time."""
    if post.status == S.PUBLISHED and post.published_at:
        return _("Out since %(time)s") % {"time": times.when(post.published_at, zone)}
    if post.planned_at is None:
        return _("No time yet")
    at = times.when(post.planned_at, zone)
    if post.status == S.SCHEDULED:
        return _("Goes out %(time)s") % {"time": at}
    if post.status == S.PUBLISHING:
        return _("On its way since %(time)s") % {"time": at}
    if post.status in {S.FAILED, S.NEEDS_ATTENTION}:
        return _("Was due %(time)s") % {"time": at}
    return _("Planned for %(time)s") % {"time": at}


@register.filter
def what_waits(post: Post) -> str:
    """Why a scheduled post would not go out at its time; targets with accounts and lanes are fetched."""
    for target in post.targets.all():
        account = target.account
        lane = getattr(account, "lane", None)
        if not account.is_connected:
            return _("%(handle)s is no longer connected.") % {"handle": account.handle}
        if account.is_broken:
            return _("%(handle)s has to be connected again first.") % {"handle": account.handle}
        if lane is not None and lane.paused_at is not None:
            return _("%(handle)s is paused.") % {"handle": account.handle}
    return ""


@register.filter
def day_and_zone(at: datetime, zone: ZoneInfo) -> str:
    """“Tue 24 Nov, Lisbon”, for where the time of day stands beside it; “Today” and “Tomorrow” by name."""
    day = at.astimezone(zone).date()
    today = timezone.now().astimezone(zone).date()
    near = {today: _("Today"), today + timedelta(days=1): _("Tomorrow")}
    words = near.get(day) or date_format(day, "D j M" if day.year == today.year else "D j M Y")
    return f"{words}, {times.zone_label(zone)}"


@register.filter
def ago(at: datetime) -> str:
    """“a moment ago”, “5 minutes ago”."""
    passed = timezone.now() - at
    if passed < times.MINUTE:
        return _("a moment ago")
    return _("%(span)s ago") % {"span": times.span(timedelta(minutes=passed // times.MINUTE))}


@register.filter
def zone_name(zone: ZoneInfo) -> str:
    """The zone as people say it."""
    return times.zone_label(zone)
