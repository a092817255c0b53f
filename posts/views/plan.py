from django.http import HttpRequest, HttpResponse

from chapters.access import chapter_view
from chapters.permissions import Action


@chapter_view(Action.SEE)
def plan(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)


@chapter_view(Action.SEE)
def plan_day(request: HttpRequest, day) -> HttpResponse:
    return HttpResponse(status=501)
