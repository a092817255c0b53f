from django.http import HttpResponse

from chapters.access import central_view, chapter_view
from chapters.permissions import Action


@chapter_view(Action.SEE)
def post_detail(request, uid):
    return HttpResponse(status=501)


@chapter_view(Action.SEE)
def post_now(request, uid):
    return HttpResponse(status=501)
