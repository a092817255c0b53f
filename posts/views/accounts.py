from django.http import HttpRequest, HttpResponse

from chapters.access import chapter_view, signed_in
from chapters.permissions import Action


@chapter_view(Action.SEE_ACCOUNTS)
def account_list(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)


@chapter_view(Action.MANAGE_ACCOUNTS)
def account_connect(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)


@chapter_view(Action.MANAGE_ACCOUNTS)
def account_reconnect(request: HttpRequest, uid) -> HttpResponse:
    return HttpResponse(status=501)


@chapter_view(Action.MANAGE_ACCOUNTS)
def account_pause(request: HttpRequest, uid) -> HttpResponse:
    return HttpResponse(status=501)


@chapter_view(Action.MANAGE_ACCOUNTS)
def account_resume(request: HttpRequest, uid) -> HttpResponse:
    return HttpResponse(status=501)


@chapter_view(Action.MANAGE_ACCOUNTS)
def account_disconnect(request: HttpRequest, uid) -> HttpResponse:
    return HttpResponse(status=501)


@signed_in
def connected(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)
