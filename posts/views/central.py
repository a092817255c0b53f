from django.http import HttpRequest, HttpResponse

from chapters.access import central_view
from chapters.permissions import Action


@central_view(Action.HELP)
def asking(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)
