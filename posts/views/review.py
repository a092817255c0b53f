from django.http import HttpResponse

from chapters.access import central_view, chapter_view
from chapters.permissions import Action


@chapter_view(Action.REVIEW)
def review_list(request):
    return HttpResponse(status=501)


@chapter_view(Action.REVIEW)
def post_review(request, uid):
    return HttpResponse(status=501)


@chapter_view(Action.REVIEW)
def post_approve(request, uid):
    return HttpResponse(status=501)


@chapter_view(Action.REVIEW)
def post_request_changes(request, uid):
    return HttpResponse(status=501)


@central_view(Action.HELP)
def asked_post(request, uid):
    return HttpResponse(status=501)


@central_view(Action.HELP)
def asked_comment(request, uid):
    return HttpResponse(status=501)


@central_view(Action.HELP)
def asked_approve(request, uid):
    return HttpResponse(status=501)


@central_view(Action.HELP)
def asked_request_changes(request, uid):
    return HttpResponse(status=501)
