from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from chapters.access import signed_in


@signed_in
def notice_list(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)


@signed_in
def notice_read_all(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)


@signed_in
def notice_open(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse(status=501)
