"""The page that grades the central team. Every chapter reads the same one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from chapters.access import chapter_view
from chapters.permissions import Action
from playbooks import scorecard_words


@require_GET
@chapter_view(Action.SEE)
def scorecard(request: HttpRequest) -> HttpResponse:
    """How useful the central team was in the last 12 months."""
    return render(request, "playbooks/scorecard.html", {"measures": scorecard_words.measures()})
