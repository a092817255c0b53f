"""The central team's home, and the posts that chapters asked it to look at."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from chapters.access import central_view
from chapters.permissions import Action, can
from playbooks import taking, todos, usage
from playbooks.models import Question
from posts import greeting, overview, pages
from posts.views.asked_lists import asked_lists

SHOWN = 5
TODOS = 3


def home(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """What chapters ask, what helps them, who was invited, which chapters there are."""
    membership = request.membership
    asked = pages.asked_of(membership, pages.help_unanswered(membership).order_by("wanted", "pk"))
    count = pages.asking_count(membership)
    may_teach = can(membership, Action.TEACH)
    waiting = todos.count(request.user) if may_teach else 0
    owed = taking.left_for(request.user) if can(membership, Action.HELP) else Question.objects.none()
    owed_count = owed.count()
    everything = owed_count + count + waiting + context["needs"].count
    return render(
        request,
        "posts/central_home.html",
        {
            **context,
            "owed": list(taking.in_turn(owed)[:SHOWN]),
            "owed_count": owed_count,
            "now": timezone.now(),
            "zone": request.chapter.zone,
            "asked": [row for row in asked[:SHOWN] if pages.may_see(membership, row)],
            "asked_count": count,
            "advised_count": pages.help_answered(membership).count(),
            "summary": greeting.summary(everything, context["next_out"], request.chapter.zone),
            "todos": todos.waiting_for(request.user)[:TODOS] if may_teach else [],
            "uses": usage.summary()[:SHOWN],
            "invitations": overview.open_invitations(membership),
            "regions": overview.regions(),
            "may_found": can(membership, Action.FOUND),
            "may_teach": may_teach,
        },
    )


@require_GET
@central_view(Action.HELP)
def asking(request: HttpRequest) -> HttpResponse:
    """The posts that chapters asked help with and that are not out yet, the most urgent first."""
    return render(request, "posts/asking.html", asked_lists(request))
