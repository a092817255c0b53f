from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from chapters.access import chapter_view
from chapters.permissions import Action


@chapter_view(Action.SEE)
def chapter_about(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)


@chapter_view(Action.MANAGE_SETTINGS)
def chapter_settings(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)


@chapter_view(Action.PAUSE)
def chapter_pause(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)


@chapter_view(Action.PAUSE)
def chapter_resume(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)
