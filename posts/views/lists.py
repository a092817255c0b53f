from django.http import HttpRequest, HttpResponse

from chapters.access import chapter_view
from chapters.permissions import Action


@chapter_view(Action.SEE)
def post_list(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)
