"""Practices: read by chapters, named by the central team."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters.access import central_view, chapter_view
from chapters.events import Actor
from chapters.permissions import Action, can
from playbooks import practising
from playbooks.errors import TeachingError
from playbooks.forms_entries import PracticeForm
from playbooks.models import Practice

UNPROCESSABLE = 422


@require_GET
@chapter_view(Action.SEE)
def practice_list(request: HttpRequest) -> HttpResponse:
    """Every practice on offer, with what teaches it."""
    context = {"practices": practising.offered(), "may_write": can(request.membership, Action.WRITE)}
    return render(request, "playbooks/practice_list.html", context)


@require_GET
@chapter_view(Action.SEE)
def practice_detail(request: HttpRequest, practice: str) -> HttpResponse:
    """A practice: what it is, how it is measured, where to learn it, and a post to try it with."""
    found = get_object_or_404(practising.offered(), slug=practice)
    context = {
        "practice": found,
        "may_write": can(request.membership, Action.WRITE),
        "may_teach": can(request.membership, Action.TEACH),
    }
    return render(request, "playbooks/practice_detail.html", context)


@require_GET
@central_view(Action.TEACH)
def practices_teach(request: HttpRequest) -> HttpResponse:
    """All practices, to keep."""
    rows = Practice.objects.prefetch_related("playbooks")
    return render(request, "playbooks/practices_teach.html", {"practices": rows})


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def practice_new(request: HttpRequest) -> HttpResponse:
    """Name a practice."""
    form = PracticeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        practising.name(
            words=form.words(),
            playbooks=list(form.cleaned_data["playbooks"]),
            by=Actor.person(request.user),
        )
        messages.success(request, _("Chapters can read it and mark their posts with it."))
        return redirect("practices_teach")
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "playbooks/practice_form.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def practice_edit(request: HttpRequest, practice: str) -> HttpResponse:
    """Say a practice differently."""
    found = get_object_or_404(Practice, slug=practice)
    form = PracticeForm(request.POST) if request.method == "POST" else PracticeForm.of(found)
    if form.is_valid():
        try:
            practising.reword(
                practice=found,
                seen=form.cleaned_data["seen"] or 0,
                words=form.words(),
                playbooks=list(form.cleaned_data["playbooks"]),
                by=Actor.person(request.user),
            )
        except TeachingError as refused:
            form.add_error(None, refused.message)
            found.refresh_from_db()
            form.data = form.data.copy()
            form.data["seen"] = str(found.change_number)
        else:
            messages.success(request, _("Saved."))
            return redirect("practices_teach")
    status = UNPROCESSABLE if form.is_bound else 200
    context = {"form": form, "practice": found}
    return render(request, "playbooks/practice_form.html", context, status=status)


@require_POST
@central_view(Action.TEACH)
def practice_withdraw(request: HttpRequest, practice: str) -> HttpResponse:
    """No longer offer it."""
    found = get_object_or_404(Practice, slug=practice)
    practising.withdraw(practice=found, by=Actor.person(request.user))
    messages.success(request, _("Withdrawn. Posts that use it keep their mark."))
    return redirect("practices_teach")


@require_POST
@central_view(Action.TEACH)
def practice_offer(request: HttpRequest, practice: str) -> HttpResponse:
    """Offer it again."""
    found = get_object_or_404(Practice, slug=practice)
    practising.offer_again(practice=found, by=Actor.person(request.user))
    messages.success(request, _("Offered again."))
    return redirect("practices_teach")
