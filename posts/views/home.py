from django.http import HttpRequest, HttpResponse

from chapters.access import chapter_view
from chapters.permissions import Action


@chapter_view(Action.SEE)
def chapter_home(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)
