"""Advisories: a chapter's answer to one, and the central team's page about its own."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters import advisories, rules
from chapters.access import central_view, chapter_view
from chapters.advisory_forms import AdvisoryForm, AdvisoryRuleForm
from chapters.events import Actor
from chapters.models import Advisory
from chapters.paging import page_of
from chapters.permissions import Action, can
from chapters.problems import Refused

UNPROCESSABLE = 422
PER_PAGE = 10  # each costs a few queries for its numbers


# ---- a chapter answers


@require_POST
@chapter_view(Action.PAUSE)
def advisory_pause(request: HttpRequest, uid: str) -> HttpResponse:
    """Pause the chapter because of the advisory."""
    said = _("Publishing is paused. Nothing goes out until somebody resumes it.")
    return _answer(request, uid, advisories.pause_for, said)


@require_POST
@chapter_view(Action.PAUSE)
def advisory_go_on(request: HttpRequest, uid: str) -> HttpResponse:
    """Say that the chapter goes on."""
    return _answer(request, uid, advisories.go_on, _("Noted: you go on. Posts go out at their times."))


def _answer(request: HttpRequest, uid: str, verb: Callable[..., object], said: str) -> HttpResponse:
    advisory = get_object_or_404(Advisory, uid=uid)
    try:
        verb(advisory=advisory, membership=request.membership)
        messages.success(request, said)
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("chapter_about", slug=request.chapter.slug)


@require_http_methods(["GET", "POST"])
@chapter_view(Action.MANAGE_SETTINGS)
def advisory_rule(request: HttpRequest) -> HttpResponse:
    """What the chapter does when the central team advises a pause."""
    chapter = request.chapter
    form = AdvisoryRuleForm(
        request.POST if request.method == "POST" else None, initial={"advisory_rule": chapter.advisory_rule}
    )
    status = 200
    if request.method == "POST":
        if form.is_valid():
            rules.change_settings(chapter=chapter, by=Actor.person(request.user), **form.cleaned_data)
            messages.success(request, _("The settings are saved."))
            return redirect("chapter_about", slug=chapter.slug)
        status = UNPROCESSABLE
    return render(request, "chapters/advisory_rule.html", {"chapter": chapter, "form": form}, status=status)


# ---- the central team


@require_GET
@central_view(Action.SEE)
def advisory_list(request: HttpRequest) -> HttpResponse:
    """What the team advised, and how many chapters answered what. No chapter is named."""
    found = Advisory.objects.select_related("issued_by").prefetch_related("regions")
    page = page_of(request, found, descending=True, size=PER_PAGE)
    on = set(advisories.current().values_list("pk", flat=True))
    rows = [(each, advisories.tally(each), each.pk in on) for each in page.rows]
    context = {
        "page": page, "rows": rows, "zone": request.chapter.zone,
        "may_advise": can(request.membership, Action.ADVISE),
        "may_declare": can(request.membership, Action.ALERT),
    }  # fmt: skip
    return render(request, "chapters/advisory_list.html", context)


@require_http_methods(["GET", "POST"])
@central_view(Action.ADVISE)
def advisory_new(request: HttpRequest) -> HttpResponse:
    """Ask chapters to consider pausing."""
    form = AdvisoryForm(request.POST if request.method == "POST" else None, zone=request.chapter.zone)
    if request.method == "GET":
        return render(request, "chapters/advisory_form.html", {"form": form})
    if form.is_valid():
        try:
            advisories.issue(
                reason=form.cleaned_data["reason"], ends_at=form.ends_at, membership=request.membership,
                regions=form.cleaned_data["regions"], form_key=form.cleaned_data["form_key"],
            )  # fmt: skip
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("Chapters are told. Each decides for itself."))
            return redirect("advisory_list")
    return render(request, "chapters/advisory_form.html", {"form": form}, status=UNPROCESSABLE)


@require_POST
@central_view(Action.ADVISE)
def advisory_withdraw(request: HttpRequest, uid: str) -> HttpResponse:
    """End an advisory before its time."""
    advisory = get_object_or_404(Advisory, uid=uid)
    try:
        advisories.withdraw(advisory=advisory, membership=request.membership)
        messages.success(request, _("It is over. Chapters that paused decide when they resume."))
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("advisory_list")
