"""What people read of a platform before they connect an account there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from posts.composing import IMAGES_MAX
from posts.platforms import registry
from posts.platforms.base import Adapter, Limits, Mark, SignIn

# What to have at hand, by platform. One that is not here has the general sentence alone.
BEFORE: Mapping[str, tuple[str, ...]] = {
    "mastodon": (
        gettext_noop("The name of your server: what comes after the second @ of your handle."),
        gettext_noop("The sign-in of the chapter’s account there."),
    ),
    "bluesky": (
        gettext_noop(
            "An app password. Make one on Bluesky under Settings, Privacy and security, App passwords."
        ),
        gettext_noop("Not the password you sign in with: an app password can be taken back by itself."),
    ),
    "facebook": (
        gettext_noop("A Facebook Page of the chapter. Facebook lets no tool post to personal profiles."),
        gettext_noop("Your own sign-in, as somebody who may post on that Page."),
    ),
    "instagram": (
        gettext_noop(
            "A professional account, business or creator. Switch to one in the app’s settings, for free."
        ),
        gettext_noop("The sign-in of the chapter’s account there. Every post needs a picture or a video."),
    ),
    "threads": (gettext_noop("The sign-in of the chapter’s Threads profile."),),
    "linkedin": (
        gettext_noop(
            "For the chapter’s Page: your own sign-in, as a super admin or content admin of the Page."
        ),
        gettext_noop("For a personal profile: the sign-in of its owner."),
    ),
    "x": (gettext_noop("The sign-in of the chapter’s account there."),),
    "sandbox": (
        gettext_noop("Nothing: it comes with the hub, to try everything without a real account."),
        gettext_noop("Nobody outside sees what is published there."),
    ),
}


# Where the practice network stands in for a platform of many servers.
PRACTICE_HOSTS: Mapping[str, str] = {"mastodon": "mastodon.practice"}
# Where it makes the app passwords of a platform that has them.
PRACTICE_PASSWORDS: Mapping[str, str] = {"bluesky": "/as/bsky.social/settings/app-passwords"}


@dataclass(frozen=True)
class Introduction:
    """One platform as a card: `does` is a line, `before` what to have at hand."""

    key: str
    label: str
    mark: Mark
    does: str
    before: list[str]
    with_password: bool
    is_practice: bool  # nothing reaches the real platform
    practice_url: str = ""  # where a practice account and its app password are made


def of(adapter: Adapter) -> Introduction:
    """The introduction of one platform."""
    general = (gettext_noop("The sign-in of the chapter’s account there."),)
    return Introduction(
        adapter.key,
        adapter.label,
        adapter.mark,
        does(adapter.limits({})),
        [_(sentence) for sentence in BEFORE.get(adapter.key, general)],
        adapter.sign_in == SignIn.PASSWORD,
        settings.HUB_PRACTICE and adapter.key != "sandbox",
        _practice_url(adapter.key) if settings.HUB_PRACTICE else "",
    )


def _practice_url(key: str) -> str:
    path = PRACTICE_PASSWORDS.get(key)
    return f"{settings.SANDBOX_URL}{path}" if path else ""


def proposed_host(adapter: Adapter) -> str:
    """The server to propose where somebody has to name one; "" where they know best."""
    return PRACTICE_HOSTS.get(adapter.key, "") if settings.HUB_PRACTICE else ""


def all_of(adapters: Iterable[Adapter] | None = None) -> list[Introduction]:
    """Those of every platform of this hub, or of the ones given."""
    return [of(adapter) for adapter in (registry.offered() if adapters is None else adapters)]


def does(limits: Limits) -> str:
    """What can be posted, in a line: “500 characters, up to 4 pictures or a video”."""
    parts = [_("%(n)s characters") % {"n": f"{limits.text_max:,}".replace(",", " ")}]
    media = []
    if most := min(limits.images_max, IMAGES_MAX):
        media.append(ngettext("a picture", "up to %(n)d pictures", most) % {"n": most})
    if limits.video is not None:
        media.append(_("a video"))
    if media:
        parts.append(_(" or ").join(media))
    if limits.thread_max > 1:
        parts.append(_("threads"))
    return capfirst(", ".join(parts))
