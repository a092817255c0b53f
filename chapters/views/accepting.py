from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from chapters.access import public


@public
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    return HttpResponse(status=501)


@public
def invitation_accept(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)
