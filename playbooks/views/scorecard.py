"""The scorecard of the central team, for everybody in every chapter."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from chapters.access import chapter_view
from chapters.models import Chapter
from chapters.permissions import Action
from playbooks import scorecard as measures


@require_GET
@chapter_view(Action.SEE)
def scorecard(request: HttpRequest) -> HttpResponse:
    """How quick and useful the central team was in the last twelve months."""
    central = Chapter.objects.filter(kind=Chapter.Kind.CENTRAL).first()
    zone = central.zone if central else request.chapter.zone
    context = {"measures": measures.of(timezone.now(), zone), "central": central}
    return render(request, "playbooks/scorecard.html", context)
