"""How playbook pages say topics, platforms and times."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from hubsite.lib import markdown, times
from playbooks import platforms

register = template.Library()


@register.filter
def topic_name(topic: str) -> str:
    """A topic as words: "getting-started" reads "getting started"."""
    return topic.replace("-", " ")


@register.filter
def linked(text: str) -> SafeString:
    """What somebody wrote, with its web addresses as links."""
    return markdown.linked(text)


@register.filter
def language_named(code: str) -> str:
    """A language as those who speak it call it."""
    try:
        return get_language_info(code)["name_local"]
    except KeyError:
        return code


@register.filter
def platform_name(key: str) -> str:
    """A platform as people know it."""
    return platforms.name(key)


@register.filter
def platform_names(keys: Iterable[str]) -> str:
    """The platforms of a playbook in one phrase."""
    return (
        str(_("Any platform")) if platforms.is_any(keys) else ", ".join(platforms.name(key) for key in keys)
    )


@register.simple_tag(takes_context=True)
def day(context: dict[str, Any], at: datetime) -> SafeString:
    """A date where the reader is, or else where the chapter is."""
    local = timezone.localtime(at, _zone(context))
    return format_html(
        '<time datetime="{}">{}</time>', at.isoformat(), date_format(local, "j F Y", use_l10n=False)
    )


@register.simple_tag(takes_context=True)
def moment(context: dict[str, Any], at: datetime) -> str:
    """A time with the zone of the reader, or else of the chapter."""
    return times.when(at, _zone(context))


def _zone(context: dict[str, Any]) -> zoneinfo.ZoneInfo:
    request = context["request"]
    return zoneinfo.ZoneInfo(request.user.time_zone or request.chapter.time_zone)
