"""Where the central team writes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters.access import central_view
from chapters.events import Actor
from chapters.permissions import Action
from hubsite.lib import drafts, markdown
from playbooks import (
    autosaving,
    credits,
    helped,
    history,
    proposals,
    review_todos,
    template_changes,
    usage,
)
from playbooks import teaching as verbs
from playbooks.changes import changed_parts
from playbooks.errors import StaleDraft, TeachingError
from playbooks.forms import DraftNumberForm, PlaybookForm
from playbooks.forms_entries import ArchiveForm
from playbooks.models import Playbook, Template
from playbooks.outline import starting_text, written_only
from playbooks.paging import page
from playbooks.teaching import Draft
from playbooks.views import keeping

UNPROCESSABLE = 422
CONFLICT = 409
DUE = "due"
EDITS = 20  # suggested ones on a playbook's page; the others follow when these are settled


@require_GET
@central_view(Action.TEACH)
def teaching(request: HttpRequest) -> HttpResponse:
    """Every playbook with its state and its use."""
    status = request.GET.get("status", "")
    playbooks = Playbook.objects.select_related("current", "owner")
    if status in Playbook.Status.values:
        playbooks = playbooks.filter(status=status)
    elif status == DUE:
        playbooks = review_todos.due(None)
    listed = page(
        playbooks, by="title", before=request.GET.get("before", ""), after=request.GET.get("after", "")
    )
    uses = usage.of(listed.rows)
    waiting = verbs.waiting(listed.rows)
    rows = [
        (playbook, uses[playbook.pk], _waits(playbook, playbook.pk in waiting)) for playbook in listed.rows
    ]
    return render(
        request,
        "playbooks/teaching.html",
        {
            "rows": rows,
            "page": listed,
            "status": status,
            "statuses": [*Playbook.Status.choices, (DUE, _("Review due"))],
            "query_string": f"status={status}" if status in {*Playbook.Status.values, DUE} else "",
        },
    )


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def playbook_new(request: HttpRequest) -> HttpResponse:
    """Write a new playbook, beginning with the headings each one has."""
    if request.method == "GET":
        return _editor(request, _opened(request, PlaybookForm.empty(starting_text())))
    form = PlaybookForm(request.POST)
    if "preview" in request.POST or "to" in request.POST:
        return _editor(request, form.laid_out(request.POST.get("to", "")))
    if not form.is_valid():
        return _editor(request, form, status=UNPROCESSABLE)
    playbook = verbs.create(draft=form.draft(), by=Actor.person(request.user), key=form.cleaned_data["key"])
    autosaving.drop(person=request.user, place=autosaving.NEW)
    said = _("The draft is saved. Only the central team sees it until it is published.")
    drafts.stored(request, said, guard="playbook-new")
    return redirect("playbook_manage", playbook=playbook.slug)


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def playbook_edit(request: HttpRequest, playbook: str) -> HttpResponse:
    """Go on writing a draft."""
    found = _playbook(playbook)
    if request.method == "GET":
        stored = PlaybookForm.of(Draft.of(found), found.draft_number)
        return _editor(request, _opened(request, stored, found), found)
    form = PlaybookForm(request.POST, initial={"topics": found.topics})
    if "preview" in request.POST or "to" in request.POST:
        return _editor(request, form.laid_out(request.POST.get("to", "")), found)
    if not form.is_valid():
        return _editor(request, form, found, status=UNPROCESSABLE)
    try:
        verbs.save_draft(
            playbook=found,
            draft_number=form.cleaned_data["draft_number"] or 0,
            draft=form.draft(),
            by=Actor.person(request.user),
        )
    except StaleDraft as stale:
        return _editor(request, form.rebased(stale.playbook.draft_number), stale.playbook, stale=stale)
    autosaving.drop(person=request.user, place=found.slug)
    drafts.stored(request, _("The draft is saved."), guard=f"playbook-{found.pk}-{found.text_number}")
    return redirect("playbook_manage", playbook=found.slug)


@require_POST
@central_view(Action.TEACH)
def playbook_preview(request: HttpRequest) -> HttpResponse:
    """The page as chapters would see it, while somebody writes."""
    return render(request, "playbooks/_preview.html", {"preview": _preview(PlaybookForm(request.POST))})


@require_GET
@central_view(Action.TEACH)
def playbook_manage(request: HttpRequest, playbook: str) -> HttpResponse:
    """Where a playbook stands and what can be done with it."""
    found = _playbook(playbook)
    return render(
        request,
        "playbooks/playbook_manage.html",
        {
            "playbook": found,
            "waits": _waits(found, verbs.has_changes(found)),
            "use": usage.of([found])[found.pk],
            "helped": helped.of([found])[found.pk],
            "edits": proposals.open_for(found)[:EDITS],
            "owed": credits.owed(found),
            "templates": _templates(found),
            "versions": found.versions.select_related("published_by").defer("body"),
            "history": history.lines(found),
            **keeping.standing(found, request),
        },
    )


@require_POST
@central_view(Action.TEACH)
def playbook_archive(request: HttpRequest, playbook: str) -> HttpResponse:
    """Take a playbook out of what chapters find, and lead readers on where something replaces it."""
    form = ArchiveForm(request.POST, playbook=_playbook(playbook))
    if not form.is_valid():
        messages.error(request, _("Not archived: choose a published playbook that replaces it, or nothing."))
        return redirect("playbook_manage", playbook=playbook)
    verb = partial(verbs.archive, replaced_by=form.cleaned_data["replaced_by"])
    return _do(
        request, playbook, verb, _("Archived. Chapters no longer find it; whoever has a link still reads it.")
    )


@require_POST
@central_view(Action.TEACH)
def playbook_restore(request: HttpRequest, playbook: str) -> HttpResponse:
    """Offer an archived playbook again."""
    return _do(request, playbook, verbs.restore, _("Restored. Chapters find it again."))


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def playbook_revise(request: HttpRequest, playbook: str, number: int) -> HttpResponse:
    """Go back to the words of an earlier version, having seen what that changes."""
    found = _playbook(playbook)
    version = get_object_or_404(found.versions, number=number)
    if request.method == "POST":
        form = DraftNumberForm(request.POST)
        try:
            verbs.revise(
                playbook=found,
                version=version,
                draft_number=form.cleaned_data["draft_number"] if form.is_valid() else 0,
                by=Actor.person(request.user),
            )
        except StaleDraft:
            messages.warning(
                request, _("Somebody saved the draft after you opened this page. Look at it again.")
            )
            return redirect("playbook_revise", playbook=found.slug, number=number)
        messages.success(
            request, _("The draft now has the words of version %(number)s.") % {"number": number}
        )
        return redirect("playbook_edit", playbook=found.slug)
    return render(
        request,
        "playbooks/playbook_revise.html",
        {
            "playbook": found,
            "version": version,
            "parts": changed_parts(Draft.of(found), Draft.of(version)),
            "form": DraftNumberForm(initial={"draft_number": found.draft_number}),
        },
    )


def _editor(
    request: HttpRequest,
    form: PlaybookForm,
    playbook: Playbook | None = None,
    *,
    stale: StaleDraft | None = None,
    status: int = 200,
) -> HttpResponse:
    place = autosaving.place_of(playbook)
    original = keeping.original_of(playbook)
    form.original = original.body if original else ""
    context = {
        "original": original,
        "form": form,
        "playbook": playbook,
        "preview": _preview(form),
        "left": autosaving.found(request.user, place) if request.method == "GET" else None,
        "is_taken_up": "left" in request.GET,
        "autosave_url": reverse("playbook_autosave", args=[place])
        if playbook
        else reverse("playbook_autosave_new"),
    }
    if stale:
        theirs = Draft.of(stale.playbook)
        saved_by = history.lines(stale.playbook)
        context |= {
            "stale": stale,
            "theirs": theirs,
            "theirs_by": saved_by[0].event.actor if saved_by else None,
            "parts": changed_parts(theirs, form.draft()),
        }
        status = CONFLICT
    return render(request, "playbooks/playbook_form.html", context, status=status)


def _opened(request: HttpRequest, form: PlaybookForm, playbook: Playbook | None = None) -> PlaybookForm:
    """The form as stored, or with what the person left unsaved if they want to go on with that."""
    left = autosaving.found(request.user, autosaving.place_of(playbook)) if "left" in request.GET else None
    if left is None:
        return form
    number = {"draft_number": left.draft_number} if playbook else {}
    return PlaybookForm(initial={**form.initial, **left.words, **number})


def _preview(form: PlaybookForm) -> dict[str, object]:
    """What the preview shows of a form, valid or not."""
    words = {name: form[name].value() or "" for name in ("title", "summary", "time_needed", "people_needed")}
    return {**words, "html": markdown.render(written_only(str(form["body"].value() or "")))}


def _templates(playbook: Playbook) -> list[tuple[Template, str]]:
    """Each template as it is drafted, and what publishing would do to it."""
    states = {change.template.pk: change.state for change in template_changes.of(playbook)}
    return [(template, states.get(template.pk, "")) for template in playbook.templates.all()]


def _waits(playbook: Playbook, has_changes: bool) -> bool:
    """Whether the draft of something published waits to be published."""
    return playbook.current is not None and has_changes


def _do(request: HttpRequest, slug: str, verb: Callable[..., Playbook], said: str) -> HttpResponse:
    found = _playbook(slug)
    try:
        verb(playbook=found, by=Actor.person(request.user))
    except TeachingError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, said)
    return redirect("playbook_manage", playbook=found.slug)


def _playbook(slug: str) -> Playbook:
    return get_object_or_404(
        Playbook.objects.select_related(
            "current", "owner", "draft_by", "replaced_by", "translated_version__playbook__current"
        ),
        slug=slug,
    )
