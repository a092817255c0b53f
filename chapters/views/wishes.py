"""How a person wants to be told, and the way out of a mail."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from chapters import wishes
from chapters.access import public, signed_in
from chapters.forms import WishesForm
from chapters.notice_kinds import GROUPS
from chapters.problems import Refused

UNPROCESSABLE = 422


@require_http_methods(["GET", "POST"])
@signed_in
def notice_wishes(request: HttpRequest) -> HttpResponse:
    """At once, weekly or not by mail at all: for each group of things."""
    form = WishesForm(request.POST or None, person=request.user, chosen=wishes.of(request.user))
    if request.method == "POST" and form.is_valid():
        wishes.choose(person=request.user, **form.choice())
        messages.success(request, _("Saved. It holds from now on."))
        return redirect("notice_wishes")
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "chapters/notice_wishes.html", {"form": form, "cap": wishes.CAP}, status=status)


@csrf_exempt  # mail programs send it without a page of ours before; the token says who and what
@require_http_methods(["GET", "POST"])
@public
def notice_stop(request: HttpRequest, token: str) -> HttpResponse:
    """End a group's mail without signing in. Looking at the page changes nothing."""
    try:
        person, group = wishes.read_stop(token)
    except Refused as refused:
        return render(request, "chapters/notice_stop.html", {"refused": refused}, status=400)
    if request.method == "POST":
        wishes.stop(person=person, group=group)
    label = GROUPS[group].label if group in GROUPS else _("The weekly mail")
    context = {"label": label, "is_stopped": request.method == "POST"}
    return render(request, "chapters/notice_stop.html", context)
