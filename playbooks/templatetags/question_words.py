"""How long a question waits, in words."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hubsite.lib import times
from playbooks import asking
from playbooks.models import Question

register = template.Library()


@register.simple_tag
def ageing(question: Question, now: datetime, zone: ZoneInfo) -> str:
    """“Waits for 3 days; promised by Thu 18:00”, “late by 5 hours”, or how quickly it was answered."""
    if question.first_answered_at is not None and not question.is_owed:
        took = times.span(question.first_answered_at - question.created_at)
        return _("First answered after %(span)s.") % {"span": took}
    since = question.waiting_since if question.first_answered_at else question.created_at
    waits = times.span(now - since) if since else ""
    named = {"waits": waits, "when": times.when(question.promised_at, zone)}
    if question.state == Question.State.SOLVED:
        return _("Answered within the chapter.")
    if question.state == Question.State.CLOSED:
        return _("Ended without an answer of others.")
    if now > question.promised_at:
        named["late"] = times.span(now - question.promised_at)
        return _("Waits for %(waits)s. An answer was promised by %(when)s: %(late)s late.") % named
    return _("Waits for %(waits)s. An answer is promised by %(when)s.") % named


@register.filter
def private_to(question: Question) -> str:
    """Who reads a question that is not for all."""
    return asking.readers_of_private(question.chapter)


@register.simple_tag
def late_by(question: Question) -> str:
    """“Late by 1 day”, in the largest unit; nothing for a question that is in time, or owed no answer."""
    now = timezone.now()
    if not question.is_owed or now <= question.promised_at:
        return ""
    hours = int((now - question.promised_at).total_seconds()) // 3600
    if hours >= 24:
        return ngettext("Late by %(n)d day", "Late by %(n)d days", hours // 24) % {"n": hours // 24}
    if hours:
        return ngettext("Late by %(n)d hour", "Late by %(n)d hours", hours) % {"n": hours}
    return _("Late")


@register.simple_tag
def promised_days() -> str:
    """“within 2 working days”: what the central team promises whoever asks now."""
    days = asking.working_days()
    return ngettext("within %(n)d working day", "within %(n)d working days", days) % {"n": days}
