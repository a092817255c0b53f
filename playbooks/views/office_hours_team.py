"""Office hours as the central team sees them: offering times, and being prepared."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters.access import central_view
from chapters.events import Actor
from chapters.permissions import Action
from playbooks import office_hours as hours
from playbooks.errors import TeachingError
from playbooks.forms_office_hours import CancelForm, NoteForm, OfferForm
from playbooks.models import Agreed, Booking, OfficeHour
from playbooks.views.office_hours import FREE, PAST, UNPROCESSABLE, as_file


@require_http_methods(["GET", "POST"])
@central_view(Action.HELP)
def office_hours_offered(request: HttpRequest) -> HttpResponse:
    """What is booked, what is free, and offering more."""
    if request.method == "GET":
        tomorrow = timezone.localdate(timezone=request.chapter.zone) + timedelta(days=1)
        return _offered(request, OfferForm(initial={"day": tomorrow}))
    form = OfferForm(request.POST)
    if not form.is_valid():
        return _offered(request, form, status=UNPROCESSABLE)
    try:
        made = hours.offer(
            host=request.user, team=request.chapter, offer=form.offer(), by=Actor.person(request.user)
        )
    except TeachingError as refused:
        form.add_error(None, refused.message)
        return _offered(request, form, status=UNPROCESSABLE)
    said = ngettext("%(n)d office hour is offered.", "%(n)d office hours are offered.", len(made))
    messages.success(request, said % {"n": len(made)})
    return redirect("office_hours_offered")


@require_POST
@central_view(Action.HELP)
def office_hour_withdraw(request: HttpRequest, hour: str) -> HttpResponse:
    """Take back an hour that nobody booked."""
    found = get_object_or_404(OfficeHour, uid=hour)
    try:
        hours.withdraw(hour=found, team=request.chapter, by=Actor.person(request.user))
    except TeachingError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("Withdrawn. Chapters no longer see it."))
    return redirect("office_hours_offered")


@require_GET
@central_view(Action.HELP)
def office_hour_of_team(request: HttpRequest, booking: str) -> HttpResponse:
    """One booking: the chapter, its agenda, what was agreed."""
    return _page(request, _booking(booking))


@require_http_methods(["GET", "POST"])
@central_view(Action.HELP)
def office_hour_note(request: HttpRequest, booking: str) -> HttpResponse:
    """Note what was agreed."""
    found = _booking(booking)
    if request.method == "GET":
        return redirect("office_hour_of_team", found.uid)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, found, note_form=form, status=UNPROCESSABLE)
    try:
        hours.note(booking=found, by=Actor.person(request.user), **form.cleaned_data)
    except TeachingError as refused:
        form.add_error(None, refused.message)
        return _page(request, found, note_form=form, status=UNPROCESSABLE)
    return redirect("office_hour_of_team", found.uid)


@require_POST
@central_view(Action.HELP)
def office_hour_team_done(request: HttpRequest, booking: str, agreed: int) -> HttpResponse:
    """Tick what the central team agreed to do, or take the tick back."""
    found = _booking(booking)
    to_do = get_object_or_404(found.agreed, pk=agreed, whose=Agreed.Whose.TEAM)
    hours.settle(agreed=to_do, by=Actor.person(request.user), is_done="undo" not in request.POST)
    return redirect("office_hour_of_team", found.uid)


@require_http_methods(["GET", "POST"])
@central_view(Action.HELP)
def office_hour_call_off(request: HttpRequest, booking: str) -> HttpResponse:
    """Call it off, with a reason for the chapter."""
    found = _booking(booking)
    if request.method == "GET":
        return redirect("office_hour_of_team", found.uid)
    form = CancelForm(request.POST, is_needed=True)
    if not form.is_valid():
        return _page(request, found, cancel_form=form, status=UNPROCESSABLE)
    try:
        hours.cancel(
            booking=found,
            team=request.chapter,
            by=Actor.person(request.user),
            why=form.cleaned_data["why"],
            by_team=True,
        )
    except TeachingError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(
            request, _("Cancelled. %(chapter)s gets your reason.") % {"chapter": found.chapter.name}
        )
    return redirect("office_hours_offered")


@require_GET
@central_view(Action.HELP)
def office_hour_team_calendar(request: HttpRequest, booking: str) -> HttpResponse:
    """The booking as a file for a calendar."""
    return as_file(_booking(booking), request.chapter)


def _booking(uid: str) -> Booking:
    return get_object_or_404(hours.all_bookings(), uid=uid)


def _offered(request: HttpRequest, form: OfferForm, *, status: int = 200) -> HttpResponse:
    booked = hours.all_bookings().filter(cancelled_at=None)
    context = {
        "form": form,
        "coming": hours.coming(booked)[:FREE],
        "past": booked.filter(hour__ends_at__lte=timezone.now()).order_by("-hour__starts_at", "-pk")[:PAST],
        "free": hours.free()[:FREE],
        "to_do": hours.to_do(Agreed.Whose.TEAM)[:FREE],
        "zone": request.chapter.zone,
    }
    return render(request, "playbooks/office_hours_offered.html", context, status=status)


def _page(request: HttpRequest, booking: Booking, *, status: int = 200, **bound: Any) -> HttpResponse:
    context = {
        "booking": booking,
        "agreed": booking.agreed.select_related("done_by"),
        "zone": request.chapter.zone,
        "mine": Agreed.Whose.TEAM,
        "note_form": bound.get("note_form") or NoteForm.empty(),
        "cancel_form": bound.get("cancel_form") or CancelForm(is_needed=True),
    }
    return render(request, "playbooks/office_hour_of_team.html", context, status=status)
