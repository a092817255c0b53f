"""Where the central team writes suggestions, offers and ends them, and hears what chapters made of them."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters.access import central_view
from chapters.events import Actor
from chapters.paging import page_of
from chapters.permissions import Action
from hubsite.lib import times
from playbooks import deciding, reach, suggested, suggesting, suggestion_checks, suggestion_pictures
from playbooks.errors import StaleSuggestion, TeachingError
from playbooks.filling import FIELDS, bare_chapter, fill, sample_chapter
from playbooks.models import Decision, Suggestion
from playbooks.suggestion_changes import ChangedItem, changed
from playbooks.suggestion_forms import Editor, NoteForm, TermsForm
from playbooks.suggestion_words import SuggestionWords

UNPROCESSABLE = 422
CONFLICT = 409
DECLINES_SHOWN = 50


@require_GET
@central_view(Action.TEACH)
def suggestion_list(request: HttpRequest) -> HttpResponse:
    """Everything that is offered, being written, sent in by chapters, or over."""
    status = request.GET.get("status", "")
    found = Suggestion.objects.select_related("current", "from_chapter", "owner")
    if status == "sent_in":
        found = found.filter(from_chapter__isnull=False, status=Suggestion.Status.DRAFT, current=None)
    elif status in Suggestion.Status.values:
        found = found.filter(status=status)
    page = page_of(request, found, descending=True)
    tallies = deciding.tallies(page.rows)
    context = {
        "page": page,
        "rows": [(row, tallies[row.pk]) for row in page.rows],
        "status": status,
        "statuses": Suggestion.Status.choices,
        "sent_in": suggesting.waiting().count(),
    }
    return render(request, "playbooks/suggestion_list.html", context)


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def suggestion_new(request: HttpRequest) -> HttpResponse:
    """Write a suggestion."""
    if request.method == "GET":
        return _editor(request, Editor(head={"key": uuid.uuid4()}))
    editor, by = Editor(request.POST, request.FILES), Actor.person(request.user)
    if _is_only_shown(request):
        _keep_quiet(request, editor)
        suggestion_pictures.ask_again(editor)
        return _editor(request, editor)
    if not editor.is_valid():
        suggestion_pictures.ask_again(editor)
        return _editor(request, editor, status=UNPROCESSABLE)
    try:
        suggestion = _begin(editor, by)
    except _PictureRefused:
        return _editor(request, _without_kept(request, editor), status=UNPROCESSABLE)
    except TeachingError as refused:
        editor.refused = refused.message
        suggestion_pictures.ask_again(editor)
        return _editor(request, editor, status=UNPROCESSABLE)
    messages.success(request, _("The draft is saved. Look at it, say for whom it is, then offer it."))
    return redirect("suggestion_manage", suggestion.uid)


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def suggestion_edit(request: HttpRequest, uid: str) -> HttpResponse:
    """Change the draft. Chapters see it once it is offered; their copies stay as they are."""
    suggestion = _suggestion(uid)
    if request.method == "GET":
        words = SuggestionWords.of_draft(suggestion)
        head = {"title": words.title, "why": words.why, "number": suggestion.draft_number}
        return _editor(request, Editor(words=words, head=head), suggestion)
    editor, by = Editor(request.POST, request.FILES), Actor.person(request.user)
    are_kept = suggestion_pictures.keep_uploads(editor, suggestion, by=by)
    if _is_only_shown(request):
        _keep_quiet(request, editor)
        return _editor(request, editor, suggestion)
    if not editor.is_valid() or not are_kept:
        return _editor(request, editor, suggestion, status=UNPROCESSABLE)
    try:
        suggesting.save_draft(
            suggestion=suggestion,
            draft_number=editor.head.cleaned_data["number"] or 0,
            words=editor.words(),
            by=by,
        )
    except StaleSuggestion as stale:
        editor.head.data = editor.head.data.copy()
        editor.head.data["number"] = str(stale.suggestion.draft_number)
        return _editor(request, editor, stale.suggestion, stale=stale, status=CONFLICT)
    except TeachingError as refused:
        editor.refused = refused.message
        return _editor(request, editor, suggestion, status=UNPROCESSABLE)
    messages.success(request, _("The draft is saved. Chapters see nothing of it until you offer it."))
    return redirect("suggestion_manage", suggestion.uid)


@require_POST
@central_view(Action.TEACH)
def suggestion_preview(request: HttpRequest) -> HttpResponse:
    """What chapters would get, while somebody writes."""
    context = {"previews": _previews(Editor(request.POST))}
    return render(request, "playbooks/_suggestion_preview.html", context)


@require_GET
@central_view(Action.TEACH)
def suggestion_manage(request: HttpRequest, uid: str) -> HttpResponse:
    """One suggestion: where it stands, what chapters made of it, what comes next."""
    return _manage(request, _suggestion(uid))


@require_POST
@central_view(Action.TEACH)
def suggestion_offer(request: HttpRequest, uid: str) -> HttpResponse:
    """Offer the draft as a new version."""
    suggestion, form = _suggestion(uid), NoteForm(request.POST)
    number = request.POST.get("number", "")
    try:
        if not form.is_valid():
            raise TeachingError(_("Say what changed in at most 240 characters."))
        version = suggesting.offer(
            suggestion=suggestion,
            draft_number=int(number) if number.isdecimal() and len(number) < 9 else 0,
            change_note=form.cleaned_data["note"],
            by=Actor.person(request.user),
        )
    except TeachingError as refused:
        return _manage(request, _suggestion(uid), refused=refused.message, status=UNPROCESSABLE)
    if version.number == 1:
        messages.success(request, _("It is offered. Chapters that it is for find it on their shelves."))
    else:
        messages.success(
            request, _("It is offered. Copies that chapters have stay as they are; they see what changed.")
        )
    return redirect("suggestion_manage", suggestion.uid)


@require_POST
@central_view(Action.TEACH)
def suggestion_end(request: HttpRequest, uid: str) -> HttpResponse:
    """Stop offering it, or answer a chapter's own with no and a word why."""
    suggestion, form = _suggestion(uid), NoteForm(request.POST)
    try:
        if not form.is_valid():
            raise TeachingError(_("Say why in at most 240 characters."))
        suggesting.end(suggestion=suggestion, note=form.cleaned_data["note"], by=Actor.person(request.user))
    except TeachingError as refused:
        return _manage(request, _suggestion(uid), refused=refused.message, status=UNPROCESSABLE)
    if suggestion.current_id:
        messages.success(request, _("It is off the shelves. Drafts that chapters made from it stay theirs."))
    elif suggestion.from_chapter_id:
        messages.success(request, _("Answered. The chapter that sent it in reads your words."))
    else:
        messages.success(request, _("It is put away. You find it among those that ended."))
    return redirect("suggestion_manage", suggestion.uid)


@require_POST
@central_view(Action.TEACH)
def suggestion_resume(request: HttpRequest, uid: str) -> HttpResponse:
    """Offer an ended suggestion again."""
    try:
        suggestion = suggesting.resume(suggestion=_suggestion(uid), by=Actor.person(request.user))
    except TeachingError as refused:
        return _manage(request, _suggestion(uid), refused=refused.message, status=UNPROCESSABLE)
    messages.success(
        request, _("It is offered again.") if suggestion.current_id else _("It is a draft again.")
    )
    return redirect("suggestion_manage", suggestion.uid)


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def suggestion_terms(request: HttpRequest, uid: str) -> HttpResponse:
    """For whom it is and when: this holds at once. `count` only says how many chapters it would reach."""
    suggestion, zone = _suggestion(uid), request.chapter.zone
    form, audience = TermsForm.of(suggestion, zone), suggested.audience_of(suggestion)
    if request.method == "POST":
        form = TermsForm(request.POST, zone=zone, language=suggestion.language)
        audience = form.audience() if form.is_valid() else None
    reached = reach.of(audience, sender=suggestion.from_chapter_id) if audience else None
    if audience and request.method == "POST" and "count" not in request.POST:
        suggesting.set_terms(suggestion=suggestion, terms=form.terms(), by=Actor.person(request.user))
        messages.success(request, _("Saved. It holds from now on."))
        return redirect("suggestion_manage", suggestion.uid)
    context = {"suggestion": suggestion, "form": form, "zone": times.zone_label(zone), "reach": reached}
    return render(
        request, "playbooks/suggestion_terms.html", context, status=UNPROCESSABLE if form.errors else 200
    )


@require_GET
@central_view(Action.TEACH)
def suggestion_changes(request: HttpRequest, uid: str, number: int) -> HttpResponse:
    """What one version says differently from the one before."""
    suggestion = _suggestion(uid)
    version = get_object_or_404(suggestion.versions, number=number)
    before = suggestion.versions.filter(number__lt=number).first()
    context = {
        "suggestion": suggestion,
        "version": version,
        "before": before,
        "changes": _changes(before, version) if before else [],
    }
    return render(request, "playbooks/suggestion_changes.html", context)


@require_POST
@central_view(Action.TEACH)
def suggestion_answer(request: HttpRequest, uid: str, decision: int) -> HttpResponse:
    """Somebody read why a chapter declined; the words, if any, go back to it."""
    suggestion, form = _suggestion(uid), NoteForm(request.POST)
    declined = get_object_or_404(Decision, suggestion=suggestion, pk=decision)
    typed = request.POST.get("note", "")
    if not form.is_valid():
        refused = _("Answer in at most 240 characters.")
        return _manage(request, suggestion, refused=refused, unsent=typed, status=UNPROCESSABLE)
    try:
        deciding.answer(decision=declined, words=form.cleaned_data["note"], by=Actor.person(request.user))
    except TeachingError as late:
        return _manage(request, suggestion, refused=late.message, unsent=typed, status=CONFLICT)
    messages.success(request, _("Settled. The chapter reads your answer on its shelf."))
    return redirect("suggestion_manage", suggestion.uid)


def _manage(
    request: HttpRequest, suggestion: Suggestion, *, refused: str = "", unsent: str = "", status: int = 200
) -> HttpResponse:
    draft = SuggestionWords.of_draft(suggestion)
    has_changes = suggestion_checks.has_changes(suggestion)
    shown = draft if has_changes else SuggestionWords.of_version(suggestion.current)
    declines = suggestion.decisions.filter(state=Decision.State.DECLINED).select_related(
        "chapter", "answered_by"
    )
    rows = list(declines.order_by("answered_at", "-at")[:DECLINES_SHOWN])
    audience = suggested.audience_of(suggestion)
    context: dict[str, Any] = {
        "suggestion": suggestion,
        "draft": draft,
        "has_changes": has_changes,
        "changes": changed(SuggestionWords.of_version(suggestion.current), draft)
        if has_changes and suggestion.current
        else [],
        "previews": [_preview(item.name, item.text) | {"item": item} for item in shown.items],
        "tally": deciding.tallies([suggestion])[suggestion.pk],
        "declines": rows,
        "reasons": _counted(rows),
        "versions": list(suggestion.versions.select_related("published_by")),
        "audience": suggested.audience_words(audience),
        "reach": reach.of(audience, sender=suggestion.from_chapter_id),
        "refused": refused,
        "unsent": unsent,
    }
    return render(request, "playbooks/suggestion_manage.html", context, status=status)


def _counted(rows: list[Decision]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.get_reason_display()] = counts.get(row.get_reason_display(), 0) + 1
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _changes(before: Any, after: Any) -> list[ChangedItem]:
    return changed(SuggestionWords.of_version(before), SuggestionWords.of_version(after))


def _is_only_shown(request: HttpRequest) -> bool:
    return bool({"preview", "add", "take_out"} & set(request.POST))


def _keep_quiet(request: HttpRequest, editor: Editor) -> None:
    """Who adds or takes out a post is not done writing; a preview says what is wrong."""
    if "preview" not in request.POST:
        editor.keep_quiet()


class _PictureRefused(Exception):
    """One of the pictures is unusable; the editor says which."""


@transaction.atomic
def _begin(editor: Editor, by: Actor) -> Suggestion:
    """A new suggestion with its pictures. Raises TeachingError or _PictureRefused, keeping nothing."""
    key = editor.head.cleaned_data["key"]
    suggestion = suggesting.create(words=editor.words(), kind=editor.kind, key=key, by=by)
    if not suggestion_pictures.keep_uploads(editor, suggestion, by=by):
        raise _PictureRefused
    return suggesting.save_draft(
        suggestion=suggestion, draft_number=suggestion.draft_number, words=editor.words(), by=by
    )


def _without_kept(request: HttpRequest, tried: Editor) -> Editor:
    """The form as it was sent: pictures that were kept are gone again with the suggestion."""
    editor = Editor(request.POST, request.FILES)
    suggestion_pictures.ask_again(editor)
    for form, old in zip(editor.items, tried.items, strict=True):
        form.picture_error = old.picture_error or form.picture_error
    return editor


def _editor(
    request: HttpRequest,
    editor: Editor,
    suggestion: Suggestion | None = None,
    *,
    stale: StaleSuggestion | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "editor": editor,
        "suggestion": suggestion,
        "may_add": not editor.is_full
        and (suggestion is None or suggestion.is_kit or suggestion.current is None),
        "previews": _previews(editor),
        "fields": FIELDS.values(),
        "stale": stale,
    }
    if stale:
        theirs = SuggestionWords.of_draft(stale.suggestion)
        context["changes"] = changed(theirs, editor.words())
    return render(request, "playbooks/suggestion_form.html", context, status=status)


def _previews(editor: Editor) -> list[dict[str, Any]]:
    """Each post as two invented chapters get it: nobody's settings are shown to the central team."""
    return [_preview(name, text) for name, text in editor.texts()]


def _preview(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "full": fill(text, sample_chapter()), "bare": fill(text, bare_chapter())}


def _suggestion(uid: str) -> Suggestion:
    return get_object_or_404(suggested.with_words(Suggestion.objects.all()), uid=uid)
