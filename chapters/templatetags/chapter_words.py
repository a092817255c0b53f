"""How pages about people and chapters say times and names."""

from __future__ import annotations

import ipaddress
import zoneinfo
from datetime import datetime
from typing import Any

from django import template
from django.http.request import split_domain_port
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from chapters import access
from chapters.models import Chapter, User

register = template.Library()

# the first that fits: nearly all of them also say that they are Chrome, Safari or Linux
BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("Chrome", "Chrome"), ("CriOS", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
LONG_NAME = 4  # words
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"),
    ("Windows", "Windows"), ("Mac OS", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


@register.simple_tag(takes_context=True)
def moment(context: dict[str, Any], at: datetime, chapter: Chapter | None = None) -> SafeString:
    """A time with its zone, "Tue 24 Nov 2026, 18:30 Lisbon": the reader's zone, or else that of `chapter`, by
    default the chapter of the page."""
    zone = zone_of(context["request"], chapter)
    words = date_format(timezone.localtime(at, zone), "D j M Y, H:i", use_l10n=False)
    return format_html('<time datetime="{}">{} {}</time>', at.isoformat(), words, place_of(zone.key))


@register.filter
def place_of(zone: str) -> str:
    """A time zone in one word: "Europe/Lisbon" reads "Lisbon"."""
    return zone.rpartition("/")[2].replace("_", " ")


@register.filter
def initials(person: User) -> str:
    """Up to two letters that stand for a person beside their name."""
    words = person.display_name.split()
    return "".join(word[0] for word in [*words[:1], *words[1:][-1:]]).upper()


@register.filter
def chapter_letters(name: str) -> str:
    """A letter or two to know a chapter by, also beside its sisters: “OL” of “Open Bench Leeds”.

    Of a longer name the last two words tell more than the first: “CT” of “Open Bench Central Team”.
    """
    words = [word for word in name.split() if word[0].isalnum()]
    chosen = words[-2:] if len(words) >= LONG_NAME else [*words[:1], *words[1:][-1:]]
    return "".join(word[0] for word in chosen).upper() or "·"


@register.simple_tag(takes_context=True)
def passkeys_work(context: dict[str, Any]) -> bool:
    """Whether browsers take passkeys at this address: for a name they do, for numbers (127.0.0.1) never."""
    host, _port = split_domain_port(context["request"].get_host())
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return True
    return False


def zone_of(request: Any, chapter: Chapter | None = None) -> zoneinfo.ZoneInfo:
    """The reader's time zone, or else that of `chapter`, of the page's chapter, or of the reader's own."""
    if name := getattr(request.user, "time_zone", ""):
        return zoneinfo.ZoneInfo(name)
    chapter = chapter or getattr(request, "chapter", None) or access.last_chapter(request)
    return zoneinfo.ZoneInfo(chapter.time_zone if chapter else "UTC")


@register.filter
def browser_words(agent: str) -> str:
    """What a browser calls itself, as people would: “Firefox on Windows”; as it came where it is unknown."""
    browser = next((name for sign, name in BROWSERS if sign in agent), "")
    system = next((name for sign, name in SYSTEMS if sign in agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or agent[:60]
