from django.http import HttpResponse

from chapters.access import central_view, chapter_view
from chapters.permissions import Action


@chapter_view(Action.WRITE)
def post_new(request):
    return HttpResponse(status=501)


@chapter_view(Action.WRITE)
def post_check(request):
    return HttpResponse(status=501)


@chapter_view(Action.WRITE)
def post_edit(request, uid):
    return HttpResponse(status=501)
