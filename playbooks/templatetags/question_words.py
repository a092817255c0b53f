"""How long a question waits, in words."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils.translation import gettext as _

from hubsite.lib import times
from playbooks.models import Question

register = template.Library()


@register.simple_tag
def ageing(question: Question, now: datetime, zone: ZoneInfo) -> str:
    """“Waits for 3 days; promised by Thu 18:00”, “late by 5 hours”, or how quickly it was answered."""
    if question.first_answered_at is not None:
        took = times.span(question.first_answered_at - question.created_at)
        return _("First answered after %(span)s.") % {"span": took}
    waits = times.span(now - question.created_at)
    named = {"waits": waits, "when": times.when(question.promised_at, zone)}
    if question.state != Question.State.OPEN:
        return _("Ended without an answer of others.")
    if now > question.promised_at:
        named["late"] = times.span(now - question.promised_at)
        return _("Waits for %(waits)s. An answer was promised by %(when)s: %(late)s late.") % named
    return _("Waits for %(waits)s. An answer is promised by %(when)s.") % named
