"""How a connected account is, in a sentence, and what to do about it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from hubsite.lib import times
from posts.models import Lane, SocialAccount
from posts.platforms import registry
from posts.platforms.base import Mark, PlatformError

WARN_BEFORE = timedelta(days=14)  # the access ends


class Step(enum.StrEnum):
    """What a person can do about it."""

    RECONNECT = "reconnect"
    RESUME = "resume"
    NOTHING = ""


@dataclass(frozen=True)
class Health:
    """`kind` is success, attention or failure; `word` names the state, `sentence` explains it."""

    kind: str
    word: str
    sentence: str
    step: Step = Step.NOTHING


def of(account: SocialAccount, *, now: datetime, zone: ZoneInfo) -> Health:
    """How the account is at `now`. Reads the account and its lane, nothing else."""
    lane = _lane(account)
    platform = platform_name(account.platform)
    if account.is_broken:
        since = _("Nothing can go out since %(time)s.") % {"time": times.when(account.broken_at, zone)}
        return Health(
            "failure", _("Connect again"), f"{account.broken_message} {since}".strip(), Step.RECONNECT
        )
    if lane is not None and lane.paused_at is not None:
        sentence = _("Paused since %(time)s: %(reason)s") % {
            "time": times.when(lane.paused_at, zone),
            "reason": lane.paused_reason or _("no reason given"),
        }
        return Health("attention", _("Paused"), sentence, Step.RESUME)
    if lane is not None and lane.not_before is not None and lane.not_before > now:
        sentence = _("%(platform)s asked the hub to wait. Posts go on at %(time)s, by themselves.") % {
            "platform": platform,
            "time": times.when(lane.not_before, zone),
        }
        return Health("attention", _("Waiting"), sentence)
    if lane is not None and lane.breaker_until is not None and lane.breaker_until > now:
        sentence = _("%(platform)s does not answer. The hub tries again at %(time)s, by itself.") % {
            "platform": platform,
            "time": times.when(lane.breaker_until, zone),
        }
        return Health("attention", _("No answer"), sentence)
    ends = ends_at(account)
    if ends is not None and ends - now < WARN_BEFORE:
        return _ending(ends, now, zone)
    return Health("success", _("Works"), _("Posts go out."))


def _ending(ends: datetime, now: datetime, zone: ZoneInfo) -> Health:
    at = {"time": times.when(ends, zone)}
    if ends <= now:
        sentence = _("The access ended %(time)s. Connect it again, so that posts go out.") % at
        return Health("failure", _("Connect again"), sentence, Step.RECONNECT)
    sentence = _("The access ends %(time)s. Connect it again before then, so that nothing waits.") % at
    return Health("attention", _("Ends soon"), sentence, Step.RECONNECT)


def ends_at(account: SocialAccount) -> datetime | None:
    """When only a person can give new access; None where the hub renews it or it does not end."""
    lane = _lane(account)
    renewed = lane is not None and lane.refresh_at is not None
    return account.ends_at or (None if renewed else account.expires_at)


def access_words(account: SocialAccount, zone: ZoneInfo) -> str:
    """How long the access lasts and who renews it."""
    lane, ends = _lane(account), ends_at(account)
    renewed = lane is not None and lane.refresh_at is not None
    if ends is None:
        return _("renewed by the hub") if renewed else _("until somebody ends it")
    at = {"time": times.when(ends, zone)}
    return _("renewed by the hub until %(time)s") % at if renewed else _("until %(time)s") % at


def platform_name(key: str) -> str:
    """The platform as people call it, also where this hub no longer offers it."""
    try:
        return registry.get(key).label
    except PlatformError:
        return key.capitalize()


def platform_mark(key: str) -> Mark:
    """How the platform is recognised, also where this hub no longer offers it."""
    try:
        return registry.get(key).mark
    except PlatformError:
        return Mark(key[:1].upper(), f"mark-{key}")


def _lane(account: SocialAccount) -> Lane | None:
    return getattr(account, "lane", None)
