from django.http import HttpResponse

from chapters.access import central_view, chapter_view
from chapters.permissions import Action


@chapter_view(Action.WRITE)
def post_submit(request, uid):
    return HttpResponse(status=501)


@chapter_view(Action.WRITE)
def post_withdraw(request, uid):
    return HttpResponse(status=501)


@chapter_view(Action.WRITE)
def post_schedule(request, uid):
    return HttpResponse(status=501)


@chapter_view(Action.WRITE)
def post_publish_now(request, uid):
    return HttpResponse(status=501)


@chapter_view(Action.WRITE)
def post_unschedule(request, uid):
    return HttpResponse(status=501)


@chapter_view(Action.WRITE)
def post_reopen(request, uid):
    return HttpResponse(status=501)


@chapter_view(Action.WRITE)
def post_duplicate(request, uid):
    return HttpResponse(status=501)


@chapter_view(Action.WRITE)
def post_reuse(request, uid):
    return HttpResponse(status=501)


@chapter_view(Action.WRITE)
def post_delete(request, uid):
    return HttpResponse(status=501)


@chapter_view(Action.WRITE)
def post_comment(request, uid):
    return HttpResponse(status=501)


@chapter_view(Action.WRITE)
def post_ask_help(request, uid):
    return HttpResponse(status=501)


@chapter_view(Action.WRITE)
def post_close_help(request, uid):
    return HttpResponse(status=501)


@chapter_view(Action.SETTLE)
def delivery_retry(request, uid, delivery):
    return HttpResponse(status=501)


@chapter_view(Action.SETTLE)
def delivery_confirm(request, uid, delivery):
    return HttpResponse(status=501)


@chapter_view(Action.SETTLE)
def delivery_deny(request, uid, delivery):
    return HttpResponse(status=501)


@chapter_view(Action.SETTLE)
def delivery_skip(request, uid, delivery):
    return HttpResponse(status=501)
