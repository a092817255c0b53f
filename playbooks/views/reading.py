"""What chapters read."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from chapters.access import chapter_view
from chapters.permissions import Action


@require_GET
@chapter_view(Action.SEE)
def playbook_list(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@require_GET
@chapter_view(Action.SEE)
def playbook_detail(request: HttpRequest, playbook: str) -> HttpResponse:
    return HttpResponse()


@require_GET
@chapter_view(Action.SEE)
def playbook_version(request: HttpRequest, playbook: str, number: int) -> HttpResponse:
    return HttpResponse()


@require_GET
@chapter_view(Action.SEE)
def playbook_changes(request: HttpRequest, playbook: str, number: int) -> HttpResponse:
    return HttpResponse()
