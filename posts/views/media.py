from django.http import HttpResponse

from chapters.access import central_view, chapter_view
from chapters.permissions import Action


@chapter_view(Action.SEE)
def media(request, uid):
    return HttpResponse(status=501)


@central_view(Action.HELP)
def asked_media(request, uid, media):
    return HttpResponse(status=501)
