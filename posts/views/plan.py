"""What goes out when: a month, as a grid or as a list, and one day."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from chapters.access import chapter_view
from chapters.permissions import Action, can
from posts import calendar, pages

VIEWS = ("month", "list")


@require_GET
@chapter_view(Action.SEE)
def plan(request: HttpRequest) -> HttpResponse:
    """A month of the chapter. Nobody chose: a grid for wide screens, a list for narrow ones."""
    chapter, today = request.chapter, _today(request)
    first = calendar.month_named(request.GET.get("month", ""), today)
    days = calendar.days_of(first)
    posts = pages.planned_between(chapter, *calendar.bounds(days[0], days[-1], chapter.zone))
    view = request.GET.get("view", "")
    return render(
        request,
        "posts/plan.html",
        {
            "month": calendar.month_of(first, posts, today=today, zone=chapter.zone),
            "today": today,
            "is_cut": len(posts) == pages.PLAN_MAX,
            "view": view if view in VIEWS else "",
            "without_time": pages.without_time(chapter),
            "may_write": can(request.membership, Action.WRITE),
        },
    )


@require_GET
@chapter_view(Action.SEE)
def plan_day(request: HttpRequest, day: date) -> HttpResponse:
    """One day with all its posts, and room for another."""
    chapter, today = request.chapter, _today(request)
    return render(
        request,
        "posts/plan_day.html",
        {
            "day": day,
            "is_today": day == today,
            "is_past": day < today,
            "before": day - timedelta(days=1),
            "after": day + timedelta(days=1),
            "posts": pages.planned_between(chapter, *calendar.bounds(day, day, chapter.zone)),
            "may_write": can(request.membership, Action.WRITE),
        },
    )


def _today(request: HttpRequest) -> date:
    return timezone.now().astimezone(request.chapter.zone).date()
