from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from chapters.access import signed_in


@signed_in
def person_settings(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)
