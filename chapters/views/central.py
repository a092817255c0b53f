from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from chapters.access import central_view
from chapters.permissions import Action


@central_view(Action.SEE)
def chapter_list(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)


@central_view(Action.FOUND)
def chapter_create(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)


@central_view(Action.FOUND)
def chapter_invite_lead(request: HttpRequest, chapter: str) -> HttpResponse:
    return HttpResponse(status=501)


@central_view(Action.FOUND)
def chapter_lead_resend(request: HttpRequest, chapter: str, pk: int) -> HttpResponse:
    return HttpResponse(status=501)


@central_view(Action.FOUND)
def chapter_lead_revoke(request: HttpRequest, chapter: str, pk: int) -> HttpResponse:
    return HttpResponse(status=501)
