"""Whether publishing works: for those who look after the hub. No chapter, account or post is named here."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chapters.access import hub_view
from chapters.permissions import Action
from posts.publishing import health


@require_GET
@hub_view(Action.WATCH)
def publishing(request: HttpRequest) -> HttpResponse:
    """The status page; htmx gets the part of it that refreshes itself."""
    zone = _zone(request)
    condition = health.condition()
    context = {
        "condition": condition,
        "verdict": condition.verdict(zone),
        "zone": zone,
        "admin_links": _admin_links() if request.user.is_staff else [],
    }
    return render(request, "posts/_publishing.html" if request.htmx else "posts/publishing.html", context)


def _zone(request: HttpRequest) -> ZoneInfo:
    """The zone of the team the page is read in; administrators outside it have their own, or UTC."""
    chapter = getattr(request, "chapter", None)
    return chapter.zone if chapter else ZoneInfo(request.user.time_zone or "UTC")


def _admin_links() -> list[dict[str, Any]]:
    """Where administrators find the rows behind the numbers."""
    links = [
        (_("Deliveries that wait for a person"), "delivery", "?status__exact=unconfirmed"),
        (_("Deliveries held"), "delivery", "?status__exact=held"),
        (_("Deliveries being sent"), "delivery", "?status__exact=sending"),
        (_("Paused lanes"), "lane", "?paused_at__isempty=0"),
        (_("Broken accounts"), "socialaccount", "?broken_at__isempty=0"),
        (_("Breakers"), "breaker", ""),
        (_("Attempts"), "attempt", ""),
        (_("Heartbeats"), "heartbeat", ""),
    ]
    return [
        {"label": label, "url": reverse(f"admin:posts_{model}_changelist") + query}
        for label, model, query in links
    ]
