"""From the link in an invitation to the membership."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from chapters import invitations
from chapters.access import public
from chapters.auth import SESSION_KEY
from chapters.models import Invitation
from chapters.problems import Refused

FORBIDDEN = 403
NOT_FOUND = 404
GONE = 410


@require_GET
@never_cache
@public
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the mail. It only remembers what was opened, so that a mail scanner uses up nothing, and
    leaves the address with the token in it."""
    digest = invitations.digest_of(token)
    if invitations.find(digest) is None:
        return _unknown(request)
    request.session[SESSION_KEY] = digest
    return redirect("invitation_accept")


@require_http_methods(["GET", "POST"])
@never_cache
@public
def invitation_accept(request: HttpRequest) -> HttpResponse:
    """What is offered, and the button that takes it."""
    found = invitations.find(request.session.get(SESSION_KEY, ""))
    if found is None:
        return _unknown(request)
    if request.method == "POST" and request.user.is_authenticated:
        return _accept(request, found)
    return _offer(request, found)


def _accept(request: HttpRequest, found: Invitation) -> HttpResponse:
    try:
        membership = invitations.accept(digest=found.token_hash, user=request.user)
    except Refused:
        return _offer(request, found)
    del request.session[SESSION_KEY]
    messages.success(request, invitations.welcome(membership))
    return redirect("chapter_home", slug=membership.chapter.slug)


def _offer(request: HttpRequest, found: Invitation) -> HttpResponse:
    """The page for whoever opened the link: the right person, the wrong one, or too late."""
    is_signed_in = request.user.is_authenticated
    if found.accepted_at and is_signed_in and found.accepted_by_id == request.user.pk:
        return redirect("chapter_home", slug=found.chapter.slug)
    context = {"invitation": found, "obstacle": invitations.obstacle(found)}
    if context["obstacle"]:
        return render(request, "chapters/invitation.html", context, status=GONE)
    if is_signed_in and not invitations.is_for(found, request.user):
        return render(request, "chapters/invitation_other.html", context, status=FORBIDDEN)
    context["has_account"] = invitations.has_account(found)
    return render(request, "chapters/invitation.html", context)


def _unknown(request: HttpRequest) -> HttpResponse:
    return render(request, "chapters/invitation_unknown.html", status=NOT_FOUND)
