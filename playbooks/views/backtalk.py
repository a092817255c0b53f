"""Where chapters say whether a playbook helped, what came of it, and what they think of it."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters.access import chapter_view, require
from chapters.events import Actor
from chapters.paging import page_of
from chapters.permissions import Action
from playbooks import feedback, library, talk, telling_back
from playbooks.errors import TeachingError
from playbooks.forms_backtalk import NoteForm, TalkForm, VoteForm
from playbooks.models import ChapterNote, Comment, Playbook

UNPROCESSABLE = 422


@require_http_methods(["GET", "POST"])
@chapter_view(Action.SAY_BACK)
def playbook_vote(request: HttpRequest, playbook: str) -> HttpResponse:
    """Say whether a version helped, or change that."""
    found = of_chapter(request, playbook)
    if request.method == "GET":
        return back(request, found)
    form = VoteForm(request.POST)
    if form.is_valid():
        version = get_object_or_404(found.versions, number=form.cleaned_data["version"])
        version.playbook = found
        try:
            feedback.vote(
                version=version,
                chapter=request.chapter,
                helped=form.cleaned_data["helped"],
                word=form.cleaned_data["word"],
                by=Actor.person(request.user),
            )
        except TeachingError as refused:
            form.add_error(None, refused.message)
        else:
            return back(request, found, "vote")  # where the panel itself says thank you
    context = {"playbook": found, "form": form}
    return render(request, "playbooks/backtalk_vote.html", context, status=UNPROCESSABLE)


@require_GET
@chapter_view(Action.SEE)
def playbook_notes(request: HttpRequest, playbook: str) -> HttpResponse:
    """Every note of chapters that tried it."""
    found = readable(playbook)
    page = page_of(request, talk.notes_of(request.membership, found), descending=True)
    context = {"playbook": found, "page": page, "talk": talk.of(request.membership, found, found.current)}
    return render(request, "playbooks/backtalk_notes.html", context)


@require_http_methods(["GET", "POST"])
@chapter_view(Action.SPEAK)
def note_new(request: HttpRequest, playbook: str) -> HttpResponse:
    """Tell all chapters what came of trying it."""
    found = of_chapter(request, playbook)
    form = NoteForm(request.POST if request.method == "POST" else None, chapter=request.chapter)
    if form.is_valid():
        try:
            feedback.add_note(
                version=found.current,
                chapter=request.chapter,
                text=form.cleaned_data["text"],
                post_uid=form.post_uid,
                key=form.cleaned_data["key"],
                by=Actor.person(request.user),
            )
        except TeachingError as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("Thank you. All chapters can read your note now."))
            return back(request, found, "notes")
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "playbooks/backtalk_note.html", {"playbook": found, "form": form}, status=status)


@require_POST
@chapter_view(Action.SPEAK)
def note_withdraw(request: HttpRequest, playbook: str, uid: str) -> HttpResponse:
    """Take one of the chapter's notes back."""
    found = readable(playbook)
    note = get_object_or_404(ChapterNote, playbook=found, uid=uid, chapter=request.chapter)
    feedback.take_back(row=note, by=Actor.person(request.user))
    messages.success(request, _("The note is taken back. Nobody reads it any more."))
    return back(request, found, "notes")


@require_http_methods(["GET", "POST"])
@chapter_view(Action.SEE)
def playbook_comments(request: HttpRequest, playbook: str) -> HttpResponse:
    """Read every comment, and say something."""
    found = readable(playbook)
    if request.method == "GET":
        return _comments(request, found, TalkForm(initial={"parent": request.GET.get("reply", "")}))
    require(request.membership, Action.SPEAK)
    form = TalkForm(request.POST)
    if form.is_valid():
        try:
            feedback.comment(
                playbook=found,
                chapter=request.chapter,
                text=form.cleaned_data["text"],
                key=form.cleaned_data["key"],
                parent=_comment(found, form.cleaned_data["parent"]),
                by=Actor.person(request.user),
            )
        except TeachingError as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("Your comment is there for all chapters to read."))
            return back(request, found, "comments")
    return _comments(request, found, form, status=UNPROCESSABLE)


@require_POST
@chapter_view(Action.SPEAK)
def comment_remove(request: HttpRequest, playbook: str, uid: str) -> HttpResponse:
    """Take one's own comment back."""
    found = readable(playbook)
    comment = get_object_or_404(Comment, playbook=found, uid=uid, chapter=request.chapter, by=request.user)
    feedback.take_back(row=comment, by=Actor.person(request.user))
    messages.success(request, _("Your comment is taken back."))
    return back(request, found, "comments")


def readable(slug: str) -> Playbook:
    """The playbook at `slug` as chapters read it. Raises Http404."""
    playbook = library.readable(slug)
    if playbook is None:
        raise Http404
    return playbook


def of_chapter(request: HttpRequest, slug: str) -> Playbook:
    """The same, for what is asked of chapters and not of the central team. Raises Http404."""
    if request.chapter.is_central:
        raise Http404
    return readable(slug)


def back(request: HttpRequest, playbook: Playbook, place: str = "back-talk") -> HttpResponse:
    """To the playbook's page, where what was said stands."""
    return redirect(telling_back.page_of(playbook, request.chapter, place, f"?said={place}"))


def _comment(playbook: Playbook, uid: object) -> Comment | None:
    if not uid:
        return None
    return get_object_or_404(Comment.objects.select_related("parent"), playbook=playbook, uid=uid)


def _comments(request: HttpRequest, playbook: Playbook, form: TalkForm, *, status: int = 200) -> HttpResponse:
    member = request.membership
    page = page_of(request, talk.comments(member, playbook), descending=True)
    context = {
        "playbook": playbook,
        "page": page,
        "threads": talk.threads(member, page.rows),
        "talk": talk.of(member, playbook, playbook.current),
        "form": form,
        "reply_to": _replied_to(playbook, form["parent"].value()),
    }
    return render(request, "playbooks/backtalk_comments.html", context, status=status)


def _replied_to(playbook: Playbook, uid: object) -> Comment | None:
    field = TalkForm.base_fields["parent"]
    try:
        uid = field.clean(uid)
    except ValidationError:
        return None
    return Comment.objects.filter(playbook=playbook, uid=uid).filter(talk.SHOWN).first() if uid else None
