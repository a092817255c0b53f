from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from chapters.access import chapter_view
from chapters.permissions import Action


@chapter_view(Action.SEE_PEOPLE)
def member_list(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)


@chapter_view(Action.MANAGE_PEOPLE)
def member_invite(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)


@chapter_view(Action.MANAGE_PEOPLE)
def invitation_resend(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse(status=501)


@chapter_view(Action.MANAGE_PEOPLE)
def invitation_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse(status=501)


@chapter_view(Action.MANAGE_PEOPLE)
def member_role(request: HttpRequest, uid: str) -> HttpResponse:
    return HttpResponse(status=501)


@chapter_view(Action.MANAGE_PEOPLE)
def member_remove(request: HttpRequest, uid: str) -> HttpResponse:
    return HttpResponse(status=501)


@chapter_view(Action.SEE)
def member_leave(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)
