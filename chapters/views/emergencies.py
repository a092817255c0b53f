"""When the central team may write to everybody beyond its cap: declared by its leads, seen by everybody."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters import wishes
from chapters.access import central_view, signed_in
from chapters.events import Actor
from chapters.forms import EmergencyForm
from chapters.models import Chapter, Emergency, Membership
from chapters.permissions import Action, can
from chapters.problems import Refused

UNPROCESSABLE = 422
SHOWN = 50


@require_GET
@signed_in
def emergency_list(request: HttpRequest) -> HttpResponse:
    """Every emergency there was: by whom, why, and until when. Leads of the central team act from here."""
    central = Membership.objects.filter(user=request.user, chapter__kind=Chapter.Kind.CENTRAL)
    membership = central.select_related("chapter").first()
    context = {
        "rows": Emergency.objects.select_related("declared_by").order_by("-id")[:SHOWN],
        "now": wishes.emergency(),
        "is_central": membership is not None,
        "may_declare": membership is not None and can(membership, Action.ALERT),
    }
    return render(request, "chapters/emergency_list.html", context)


@require_http_methods(["GET", "POST"])
@central_view(Action.ALERT)
def emergency_declare(request: HttpRequest) -> HttpResponse:
    """Declare one."""
    form = EmergencyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            wishes.declare_emergency(
                reason=form.cleaned_data["reason"],
                lasts=timedelta(hours=form.cleaned_data["hours"]),
                by=Actor.person(request.user),
            )
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("Declared. Every chapter can read it now."))
            return redirect("emergency_list")
    status = UNPROCESSABLE if form.errors else 200
    context = {"form": form, "cap": wishes.CAP, "now": wishes.emergency()}
    return render(request, "chapters/emergency_declare.html", context, status=status)


@require_POST
@central_view(Action.ALERT)
def emergency_end(request: HttpRequest) -> HttpResponse:
    """End the one that is declared."""
    wishes.end_emergency(by=Actor.person(request.user))
    messages.success(request, _("The emergency is over."))
    return redirect("emergency_list")
