"""Where the central team writes templates."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from chapters.access import central_view
from chapters.permissions import Action


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def template_new(request: HttpRequest, playbook: str) -> HttpResponse:
    return HttpResponse()


@require_POST
@central_view(Action.TEACH)
def template_preview(request: HttpRequest, playbook: str) -> HttpResponse:
    return HttpResponse()


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def template_edit(request: HttpRequest, playbook: str, template: int) -> HttpResponse:
    return HttpResponse()


@require_POST
@central_view(Action.TEACH)
def template_withdraw(request: HttpRequest, playbook: str, template: int) -> HttpResponse:
    return HttpResponse()


@require_POST
@central_view(Action.TEACH)
def template_offer(request: HttpRequest, playbook: str, template: int) -> HttpResponse:
    return HttpResponse()
