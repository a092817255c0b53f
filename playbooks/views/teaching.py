"""Where the central team writes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters.access import central_view
from chapters.permissions import Action


@require_GET
@central_view(Action.TEACH)
def teaching(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def playbook_new(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@require_POST
@central_view(Action.TEACH)
def playbook_preview(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@require_GET
@central_view(Action.TEACH)
def playbook_manage(request: HttpRequest, playbook: str) -> HttpResponse:
    return HttpResponse()


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def playbook_edit(request: HttpRequest, playbook: str) -> HttpResponse:
    return HttpResponse()


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def playbook_publish(request: HttpRequest, playbook: str) -> HttpResponse:
    return HttpResponse()


@require_POST
@central_view(Action.TEACH)
def playbook_archive(request: HttpRequest, playbook: str) -> HttpResponse:
    return HttpResponse()


@require_POST
@central_view(Action.TEACH)
def playbook_restore(request: HttpRequest, playbook: str) -> HttpResponse:
    return HttpResponse()


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def playbook_revise(request: HttpRequest, playbook: str, number: int) -> HttpResponse:
    return HttpResponse()
