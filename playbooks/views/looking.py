"""A second look at a draft, and what is typed into the editor but not saved."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chapters.access import central_view
from chapters.events import Actor
from chapters.permissions import Action
from hubsite.lib import markdown
from hubsite.lib.first_error import focused
from playbooks import autosaving, outline, planned, reviewing
from playbooks.changes import changed_parts
from playbooks.errors import StaleDraft, TeachingError
from playbooks.forms import PlaybookForm
from playbooks.forms_entries import AskForm, VerdictForm
from playbooks.models import Playbook
from playbooks.teaching import Draft

UNPROCESSABLE = 422
CONFLICT = 409


@require_POST
@central_view(Action.TEACH)
def playbook_ask(request: HttpRequest, playbook: str) -> HttpResponse:
    """Ask the other editors for a second look."""
    found = _playbook(playbook)
    form = AskForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Nothing was asked. Look at the draft again, then ask."))
        return redirect("playbook_publish", playbook=found.slug)
    try:
        reviewing.ask(playbook=found, by=Actor.person(request.user), **form.cleaned_data)
    except StaleDraft:
        messages.warning(request, _("Somebody saved the draft meanwhile. Look at it again, then ask."))
        return redirect("playbook_publish", playbook=found.slug)
    except TeachingError as refused:
        messages.error(request, refused.message)
        return redirect("playbook_publish", playbook=found.slug)
    messages.success(request, _("Asked. You hear when somebody has looked."))
    return redirect("playbook_manage", playbook=found.slug)


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def playbook_review(request: HttpRequest, playbook: str) -> HttpResponse:
    """Look at what would change for chapters; approve it, or say what should change first."""
    found = _playbook(playbook)
    sent = request.POST if request.method == "POST" else None
    form = VerdictForm(sent, initial={"draft_number": found.draft_number})
    status = 200
    if form.is_bound:
        status = UNPROCESSABLE
        verb = reviewing.want_changes if "changes" in request.POST else reviewing.approve
        if form.is_valid():
            try:
                verb(playbook=found, by=Actor.person(request.user), **form.cleaned_data)
            except StaleDraft:
                messages.warning(request, _("The draft changed while you read. This is how it stands now."))
                kept = {**form.cleaned_data, "draft_number": _playbook(playbook).draft_number}
                found, form, status = _playbook(playbook), VerdictForm(initial=kept), CONFLICT
            except TeachingError as refused:
                form.add_error("comment", refused.message)
            else:
                messages.success(request, _("Said, and its writer hears of it."))
                where = "playbook_manage" if "changes" in request.POST else "playbook_publish"
                return redirect(where, playbook=found.slug)
    context = {
        "playbook": found,
        "form": focused(form),
        "review": reviewing.of(found),
        "is_own": found.draft_by_id == request.user.pk,
        "parts": changed_parts(Draft.of(found.current), Draft.of(found)) if found.current else None,
        "html": markdown.render(found.body),
        "lacks": outline.missing(found.body),
    }
    return render(request, "playbooks/playbook_review.html", context, status=status)


@require_POST
@central_view(Action.TEACH)
def playbook_unplan(request: HttpRequest, playbook: str) -> HttpResponse:
    """Do not publish it later after all."""
    found = planned.unplan(playbook=_playbook(playbook), by=Actor.person(request.user))
    messages.success(request, _("It is not published by itself any more."))
    return redirect("playbook_manage", playbook=found.slug)


@require_POST
@central_view(Action.TEACH)
def playbook_autosave(request: HttpRequest, playbook: str = "") -> HttpResponse:
    """Keep what somebody typed so far, for them alone; or drop it."""
    place = _playbook(playbook).slug if playbook else autosaving.NEW
    if "drop" in request.POST:
        autosaving.drop(person=request.user, place=place)
        return redirect("playbook_edit", playbook) if playbook else redirect("playbook_new")
    form = PlaybookForm(request.POST)
    number = str(request.POST.get("draft_number", ""))
    kept = autosaving.keep(
        person=request.user,
        place=place,
        words=form.words(),
        draft_number=int(number) if number.isdecimal() and len(number) < 9 else 0,
    )
    return render(request, "playbooks/_autosaved.html", {"kept": kept})


def _playbook(slug: str) -> Playbook:
    return get_object_or_404(Playbook.objects.select_related("current", "owner", "draft_by"), slug=slug)
