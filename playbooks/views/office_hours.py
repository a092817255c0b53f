"""Office hours as a chapter sees them: free times, its bookings, and what came of them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters.access import chapter_view
from chapters.events import Actor
from chapters.models import Chapter
from chapters.permissions import Action, can
from playbooks import agenda, calendar_file
from playbooks import office_hours as hours
from playbooks.errors import TeachingError
from playbooks.forms_office_hours import BookForm, CancelForm
from playbooks.models import Agreed, Booking, OfficeHour

FREE = 40
PAST = 10
UNPROCESSABLE = 422


def central_team() -> Chapter:
    """The central team. Raises Http404 in a hub that has none yet."""
    return get_object_or_404(Chapter, kind=Chapter.Kind.CENTRAL)


@require_GET
@chapter_view(Action.SEE)
def office_hour_list(request: HttpRequest) -> HttpResponse:
    """What is free, what the chapter booked, and what it agreed to do."""
    booked = hours.bookings_of(request.chapter)
    coming = list(hours.coming(booked))
    past = booked.filter(cancelled_at=None).exclude(pk__in=[booking.pk for booking in coming])
    return render(
        request,
        "playbooks/office_hour_list.html",
        {
            "free": hours.free()[:FREE],
            "coming": coming,
            "past": past.order_by("-hour__starts_at", "-pk")[:PAST],
            "to_do": hours.to_do(Agreed.Whose.CHAPTER).filter(booking__chapter=request.chapter)[:FREE],
            "may_book": can(request.membership, Action.BOOK),
            "has_enough": len(coming) >= hours.AT_ONCE,
        },
    )


@require_http_methods(["GET", "POST"])
@chapter_view(Action.BOOK)
def office_hour_book(request: HttpRequest, hour: str) -> HttpResponse:
    """Choose what to talk about, and book."""
    found = get_object_or_404(OfficeHour.objects.select_related("host"), uid=hour, withdrawn_at=None)
    points = agenda.points(request.chapter)
    if request.method == "GET":
        own = [point.key for point in points if point.is_known and point.person == request.user.pk]
        return _book_page(request, found, BookForm(points=points, ticked=own), points)
    form = BookForm(request.POST, points=points)
    if not form.is_valid():
        return _book_page(request, found, form, points, status=UNPROCESSABLE)
    try:
        booking = hours.book(
            hour=found,
            chapter=request.chapter,
            team=central_team(),
            by=Actor.person(request.user),
            wishes=form.cleaned_data["wishes"],
            agenda=hours.chosen(points, form.cleaned_data.get("agenda", [])),
        )
    except TeachingError as refused:
        form.add_error(None, refused.message)
        return _book_page(request, found, form, points, status=UNPROCESSABLE)
    messages.success(request, _("Booked. The invitation for your calendar comes by mail."))
    return redirect("office_hour_booking", request.chapter.slug, booking.uid)


@require_GET
@chapter_view(Action.SEE)
def office_hour_booking(request: HttpRequest, booking: str) -> HttpResponse:
    """One booking: when and where, what about, what was agreed."""
    return _page(request, _booking(request, booking))


@require_http_methods(["GET", "POST"])
@chapter_view(Action.BOOK)
def office_hour_agenda(request: HttpRequest, booking: str) -> HttpResponse:
    """Say anew what to talk about, until it begins."""
    found = _booking(request, booking)
    on_it = agenda.of_booking(found.agenda)
    points = agenda.to_choose_from(on_it, agenda.points(request.chapter))
    form = BookForm(
        request.POST if request.method == "POST" else None,
        points=points,
        ticked=[point.key for point in on_it],
        initial={"wishes": found.wishes},
    )
    if form.is_valid():
        try:
            hours.change_agenda(
                booking=found,
                team=central_team(),
                by=Actor.person(request.user),
                wishes=form.cleaned_data["wishes"],
                agenda=hours.chosen(points, form.cleaned_data.get("agenda", [])),
            )
        except TeachingError as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("The agenda is changed, and stands so for whoever you meet."))
            return redirect("office_hour_booking", request.chapter.slug, found.uid)
    context = {"booking": found, "form": form, "has_points": bool(points), "zone": request.chapter.zone}
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "playbooks/office_hour_agenda.html", context, status=status)


@require_POST
@chapter_view(Action.BOOK)
def office_hour_cancel(request: HttpRequest, booking: str) -> HttpResponse:
    """Call it off, so that another chapter can come."""
    found = _booking(request, booking)
    form = CancelForm(request.POST)
    if not form.is_valid():
        return _page(request, found, cancel_form=form, status=UNPROCESSABLE)
    try:
        hours.cancel(
            booking=found, team=central_team(), by=Actor.person(request.user), why=form.cleaned_data["why"]
        )
    except TeachingError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("Cancelled. The central team knows, and another chapter can come."))
    return redirect("office_hour_list", request.chapter.slug)


@require_POST
@chapter_view(Action.BOOK)
def office_hour_done(request: HttpRequest, booking: str, agreed: int) -> HttpResponse:
    """Tick what the chapter agreed to do, or take the tick back."""
    found = _booking(request, booking)
    to_do = get_object_or_404(found.agreed, pk=agreed, whose=Agreed.Whose.CHAPTER)
    hours.settle(agreed=to_do, by=Actor.person(request.user), is_done="undo" not in request.POST)
    return redirect("office_hour_booking", request.chapter.slug, found.uid)


@require_GET
@chapter_view(Action.SEE)
def office_hour_calendar(request: HttpRequest, booking: str) -> HttpResponse:
    """The booking as a file for a calendar."""
    return as_file(_booking(request, booking), request.chapter)


def as_file(booking: Booking, reader: Chapter) -> HttpResponse:
    """The booking's calendar file, to download."""
    content = calendar_file.file_of(booking, reader=reader)
    kind = f"text/calendar; method={calendar_file.method(booking)}; charset=utf-8"
    headers = {"Content-Disposition": f'attachment; filename="{calendar_file.NAME}"'}
    return HttpResponse(content, content_type=kind, headers=headers)


def _booking(request: HttpRequest, uid: str) -> Booking:
    found = hours.bookings_of(request.chapter).filter(uid=uid).first()
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, booking: Booking, *, status: int = 200, **bound: Any) -> HttpResponse:
    context = {
        "booking": booking,
        "agreed": booking.agreed.select_related("done_by"),
        "zone": request.chapter.zone,
        "mine": Agreed.Whose.CHAPTER,
        "may_book": can(request.membership, Action.BOOK),
        "may_change": can(request.membership, Action.BOOK)
        and not (booking.is_cancelled or booking.hour.has_begun),
        "cancel_form": bound.get("cancel_form") or CancelForm(),
    }
    return render(request, "playbooks/office_hour_booking.html", context, status=status)


def _book_page(
    request: HttpRequest,
    hour: OfficeHour,
    form: BookForm,
    points: list[agenda.Point],
    *,
    status: int = 200,
) -> HttpResponse:
    context = {
        "hour": hour,
        "form": form,
        "is_free": hours.free().filter(pk=hour.pk).exists(),
        "has_points": bool(points),
    }
    return render(request, "playbooks/office_hour_book.html", context, status=status)
