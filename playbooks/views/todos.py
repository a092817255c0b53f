"""“Waiting for you”: what chapters said and nobody of the central team settled yet."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters.access import central_view
from chapters.events import Actor
from chapters.models import Chapter
from chapters.permissions import Action
from hubsite.lib import drafts
from playbooks import edits, entry_proposals, feedback, proposals
from playbooks import todos as waiting
from playbooks.errors import TeachingError
from playbooks.forms_backtalk import AnswerForm, PiecesForm, ReasonForm
from playbooks.models import ChapterNote, Comment, EntryProposal, Proposal, Vote
from playbooks.models.feedback import Feedback, Said

UNPROCESSABLE = 422
CONFLICT = 409
STANDS = Q(removed_at=None)  # of notes and comments: not taken back


@require_GET
@central_view(Action.TEACH)
def todo_list(request: HttpRequest) -> HttpResponse:
    """Everything that waits: for this person, or for the whole team."""
    is_team = request.GET.get("tab") == "team"
    todos = waiting.waiting_for(None if is_team else request.user)
    mine, everything = waiting.count(request.user), waiting.count(None)
    shown = everything if is_team else mine
    return render(
        request,
        "playbooks/todo_list.html",
        {
            "todos": todos,
            "is_team": is_team,
            "mine": mine,
            "everything": everything,
            "more": max(shown - len(todos), 0),
        },
    )


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def todo_vote(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer somebody whom a playbook did not help."""
    votes = _with(Vote.objects.select_related("version"))
    vote = _answered(request, votes, ~Q(word=""), pk=pk)

    def answer(form: AnswerForm) -> None:
        feedback.answer_vote(
            vote=vote,
            times=form.cleaned_data["times"] or 0,
            answer=form.cleaned_data["answer"],
            by=Actor.person(request.user),
        )

    return _settle(request, vote, answer, said=vote.word, kind="vote", times=vote.times)


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def todo_note(request: HttpRequest, uid: str) -> HttpResponse:
    """Read a chapter's note, and thank for it where there is something to say."""
    note = _answered(request, _with(ChapterNote.objects), STANDS, uid=uid)

    def answer(form: AnswerForm) -> None:
        feedback.answer_note(note=note, answer=form.cleaned_data["answer"], by=Actor.person(request.user))

    return _settle(request, note, answer, said=note.text, kind="note")


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def todo_comment(request: HttpRequest, uid: str) -> HttpResponse:
    """Read a comment, and reply where there is something to say."""
    comment = _answered(request, _with(Comment.objects.select_related("parent__chapter")), STANDS, uid=uid)

    def answer(form: AnswerForm) -> None:
        feedback.answer_comment(
            comment=comment,
            answer=form.cleaned_data["answer"],
            central=request.chapter,
            by=Actor.person(request.user),
        )

    return _settle(request, comment, answer, said=comment.text, kind="comment")


@require_POST
@central_view(Action.TEACH)
def note_hide(request: HttpRequest, uid: str) -> HttpResponse:
    """Keep a note from being read."""
    return _hide(request, get_object_or_404(_with(ChapterNote.objects.filter(STANDS)), uid=uid))


@require_POST
@central_view(Action.TEACH)
def note_show(request: HttpRequest, uid: str) -> HttpResponse:
    """Let a hidden note be read again."""
    return _show(request, get_object_or_404(_with(ChapterNote.objects.filter(STANDS)), uid=uid))


@require_POST
@central_view(Action.TEACH)
def comment_hide(request: HttpRequest, uid: str) -> HttpResponse:
    """Keep a comment from being read."""
    return _hide(request, get_object_or_404(_with(_comments()), uid=uid))


@require_POST
@central_view(Action.TEACH)
def comment_show(request: HttpRequest, uid: str) -> HttpResponse:
    """Let a hidden comment be read again."""
    return _show(request, get_object_or_404(_with(_comments()), uid=uid))


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def todo_edit(request: HttpRequest, uid: str) -> HttpResponse:
    """Take pieces of a suggested edit into the draft, or leave it with a word why."""
    found = Proposal.objects.filter(subject_type="playbook", part__in=edits.PARTS)
    proposal = get_object_or_404(found.select_related("by", "by_chapter", "decided_by"), uid=uid)
    playbook = edits.subject_of(proposal)
    pieces = proposals.pieces_of(proposal)
    numbers = [piece.number for piece in pieces]
    leaves = "leave" in request.POST
    form = PiecesForm(request.POST if request.method == "POST" else None, numbers=numbers, leaves=leaves)
    guard = _guard(request, "edit", proposal.pk)
    if form.is_valid() and proposal.state == Proposal.State.OPEN:
        taken = [] if leaves else form.cleaned_data["piece"]
        try:
            settled = edits.settle(
                proposal=proposal, taken=taken, answer=form.cleaned_data["answer"],
                by=Actor.person(request.user),
            )  # fmt: skip
        except TeachingError as refused:
            form.add_error(None, refused.message)
            proposal.refresh_from_db()
        else:
            _say_settled(request, settled, guard)
            return (
                redirect("todo_list")
                if not settled.proposal.taken
                else redirect("playbook_manage", playbook=playbook.slug)
            )
    if form.is_bound and _is_twin(request, proposal.decided_by_id, proposal.answer):
        return redirect("todo_list")
    status = _refused(form, proposal.decided_at)
    ticked = form.data.getlist("piece") if form.is_bound else [str(number) for number in numbers]
    context = {
        "proposal": proposal, "playbook": playbook, "pieces": pieces, "form": form,
        "ticked": [int(number) for number in ticked if number.isdecimal()],
        "guard": guard, "unsent": _unsent(form, proposal.decided_at),
    }  # fmt: skip
    return render(request, "playbooks/todo_edit.html", context, status=status)


@require_http_methods(["GET", "POST"])
@central_view(Action.TEACH)
def todo_entry(request: HttpRequest, uid: str) -> HttpResponse:
    """Begin a proposed playbook, or say why not."""
    found = EntryProposal.objects.select_related("chapter", "by", "playbook", "decided_by")
    proposal = _answered(request, found, ~Q(state=EntryProposal.State.WITHDRAWN), uid=uid)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if proposal.state == EntryProposal.State.WITHDRAWN:
        return _gone(request, proposal.chapter, form)
    guard = _guard(request, "entry", proposal.pk)
    if form.is_valid() and proposal.state == EntryProposal.State.OPEN:
        by, words = Actor.person(request.user), form.cleaned_data["answer"]
        try:
            if "decline" in request.POST:
                entry_proposals.decline(proposal=proposal, reason=words, by=by)
                drafts.stored(request, _heard(proposal.chapter.name), guard=guard)
                return redirect("todo_list")
            playbook = entry_proposals.make_draft(proposal=proposal, answer=words, by=by)
        except TeachingError as refused:
            form.add_error("answer", refused.message)
            proposal.refresh_from_db()
        else:
            drafts.stored(
                request,
                _("The draft is begun with their words. %(chapter)s is thanked when it is published.")
                % {"chapter": proposal.chapter.name},
                guard=guard,
            )
            return redirect("playbook_edit", playbook=playbook.slug)
    if form.is_bound and _is_twin(request, proposal.decided_by_id, proposal.answer):
        return redirect("todo_list")
    context = {
        "proposal": proposal, "form": form, "guard": guard, "unsent": _unsent(form, proposal.decided_at)
    }  # fmt: skip
    return render(request, "playbooks/todo_entry.html", context, status=_refused(form, proposal.decided_at))


def _settle(
    request: HttpRequest, row: Feedback, answer: Callable[[AnswerForm], None], **shown: Any
) -> HttpResponse:
    form = AnswerForm(
        request.POST if request.method == "POST" else None, initial={"times": shown.get("times")}
    )
    if getattr(row, "removed_at", None) or not shown["said"]:
        return _gone(request, row.chapter, form)
    if form.is_valid() and "silent" not in request.POST and not form.cleaned_data["answer"]:
        form.add_error("answer", _("Write what they should hear."))
    if form.is_valid() and row.settled_at is None:
        try:
            answer(form)
        except TeachingError as refused:
            form.add_error("answer", refused.message)
            form.data = {**form.data.dict(), "times": shown.get("times")}
            row.refresh_from_db(fields=["settled_at", "settled_by", "answer"])
        else:
            settled = _heard(row.chapter.name) if form.cleaned_data["answer"] else _("Settled.")
            drafts.stored(request, settled, guard=_guard(request, shown["kind"], row.pk))
            return redirect("todo_list")
    if form.is_bound and _is_twin(request, row.settled_by_id, row.answer):
        return redirect("todo_list")
    return _page(request, row, form=form, status=_refused(form, row.settled_at), **shown)


def _page(request: HttpRequest, row: Feedback, *, status: int = 200, **shown: Any) -> HttpResponse:
    at = row.said_at if isinstance(row, Vote) else row.created_at
    context = {
        "row": row,
        "at": at,
        "playbook": row.playbook,
        "reason_form": ReasonForm(),
        "guard": _guard(request, shown["kind"], row.pk),
        "unsent": _unsent(shown["form"], row.settled_at),
        "further": row if isinstance(row, Comment) and row.is_shown else None,
        "key": uuid.uuid4(),
        **shown,
    }
    return render(request, "playbooks/todo_settle.html", context, status=status)


def _answered(request: HttpRequest, rows: QuerySet[Any], stands: Q, **at: Any) -> Any:
    """What somebody answers, or Http404. What does not stand any more is there for whoever sends an answer to
    it, who would lose their words otherwise."""
    return get_object_or_404(rows if request.method == "POST" else rows.filter(stands), **at)


def _gone(request: HttpRequest, chapter: Chapter, form: AnswerForm) -> HttpResponse:
    """It was taken back while somebody wrote the answer: here are their words."""
    context = {"chapter": chapter, "unsent": form["answer"].value()}
    return render(request, "playbooks/todo_gone.html", context, status=CONFLICT)


def _unsent(form: AnswerForm | PiecesForm, settled_at: datetime | None) -> str:
    """What was typed as an answer to something that was settled meanwhile, and has no field any more."""
    return form["answer"].value() or "" if form.is_bound and settled_at is not None else ""


def _refused(form: AnswerForm | PiecesForm, settled_at: datetime | None) -> int:
    """The status of a page that shows the form again."""
    if not form.is_bound:
        return 200
    return UNPROCESSABLE if settled_at is None else CONFLICT


def _is_twin(request: HttpRequest, settled_by: int | None, answer: str) -> bool:
    """Whether this is the second press of two: the same person settled it with the same words."""
    return settled_by == request.user.pk and answer.split() == request.POST.get("answer", "").split()


def _guard(request: HttpRequest, kind: str, pk: int) -> str:
    return f"{request.user.uid}-answer-{kind}-{pk}"


def _hide(request: HttpRequest, row: Said) -> HttpResponse:
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            feedback.hide(row=row, reason=form.cleaned_data["reason"], by=Actor.person(request.user))
        except TeachingError as refused:
            form.add_error("reason", refused.message)
        else:
            messages.success(request, _("It is hidden, and whoever wrote it hears why."))
            return redirect("playbook_detail", slug=request.chapter.slug, playbook=row.playbook.slug)
    kind = "note" if isinstance(row, ChapterNote) else "comment"
    return _page(
        request, row, form=AnswerForm(), reason_form=form, said=row.text, kind=kind, status=UNPROCESSABLE
    )


def _show(request: HttpRequest, row: Said) -> HttpResponse:
    feedback.show_again(row=row, by=Actor.person(request.user))
    messages.success(request, _("All chapters can read it again."))
    return redirect("playbook_detail", slug=request.chapter.slug, playbook=row.playbook.slug)


def _comments() -> QuerySet[Comment]:
    return Comment.objects.filter(STANDS)


def _with(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.select_related("playbook__current", "playbook__owner", "chapter", "by", "settled_by")


def _say_settled(request: HttpRequest, settled: proposals.Settled, guard: str) -> None:
    chapter = settled.proposal.by_chapter.name
    if not settled.proposal.taken:
        drafts.stored(request, _heard(chapter), guard=guard)
        return
    said = _("The words are in the draft. %(chapter)s is thanked when you publish it.")
    drafts.stored(request, said % {"chapter": chapter}, guard=guard)
    if settled.unfitting:
        messages.warning(
            request,
            _("The draft changed there since, so these pieces have no place in it: %(pieces)s. Write them in "
              "by hand if you want them.") % {"pieces": edits.named(settled)},
        )  # fmt: skip


def _heard(chapter: str) -> str:
    return _("%(chapter)s hears your answer.") % {"chapter": chapter}
