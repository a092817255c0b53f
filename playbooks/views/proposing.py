"""Where chapters suggest other words, and playbooks that are not there yet."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters.access import chapter_view
from chapters.events import Actor
from chapters.models import Chapter
from chapters.paging import page_of
from chapters.permissions import Action
from playbooks import edits, entry_proposals, proposals, telling_back
from playbooks.errors import TeachingError
from playbooks.forms_backtalk import EntryForm, SuggestForm
from playbooks.models import EntryProposal, Playbook, PlaybookVersion, Proposal
from playbooks.views.backtalk import UNPROCESSABLE, back, of_chapter, readable


@require_http_methods(["GET", "POST"])
@chapter_view(Action.SPEAK)
def edit_suggest(request: HttpRequest, playbook: str) -> HttpResponse:
    """Write a playbook's words as the chapter would say them; whoever keeps it takes what helps. “go”
    leads to another section with what was typed so far."""
    found = of_chapter(request, playbook)
    if request.method == "GET":
        return _suggest_page(
            request, found, SuggestForm.of(found.current, _number(request.GET.get("section")))
        )
    form = SuggestForm(request.POST, there=_read_in(request, found))
    if form["section"].value() and form.number is None:
        raise Http404
    if form.is_valid() and "go" in request.POST:
        return _suggest_page(request, found, form.moved_to(_number(request.POST["go"])), left=form.number)
    offered = _suggested(request, form) if form.is_valid() else []
    if not offered:
        return _suggest_page(request, found, form, status=UNPROCESSABLE)
    messages.success(request, _("Thank you. You hear what comes of your suggestion."))
    said = _said(form.number)
    if len(offered) > 1:
        return redirect(telling_back.page_of(found, request.chapter, "edits", f"?said={said}"))
    sent = reverse("edit_detail", args=[request.chapter.slug, found.slug, offered[0].uid])
    return redirect(f"{sent}?said={said}")


def _suggest_page(
    request: HttpRequest, playbook: Playbook, form: SuggestForm, *, left: int | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "playbook": playbook,
        "form": form,
        "guard": _said(form.number),
        "left": _said(left) if form.is_changed else "",
    }
    return render(request, "playbooks/backtalk_suggest.html", context, status=status)


def _said(number: int | None) -> str:
    """What the page says was sent, so that the browser forgets its copy of that section."""
    return "edits" if number is None else f"edits{number}"


def _read_in(request: HttpRequest, playbook: Playbook) -> PlaybookVersion:
    """The version the words were changed from, whatever was published since."""
    number = _number(request.POST.get("version"))
    return playbook.current if number is None else get_object_or_404(playbook.versions, number=number)


@require_GET
@chapter_view(Action.SEE)
def edit_detail(request: HttpRequest, playbook: str, uid: str) -> HttpResponse:
    """What became of each piece of one of the chapter's suggested edits."""
    found = readable(playbook)
    edit = get_object_or_404(proposals.of(found), uid=uid, by_chapter=request.chapter)
    context = {"playbook": found, "edit": edit, "pieces": proposals.pieces_of(edit)}
    return render(request, "playbooks/backtalk_edit.html", context)


@require_POST
@chapter_view(Action.SPEAK)
def edit_withdraw(request: HttpRequest, playbook: str, uid: str) -> HttpResponse:
    """Take one of the chapter's suggested edits back."""
    found = readable(playbook)
    proposal = get_object_or_404(proposals.of(found), uid=uid, by_chapter=request.chapter)
    try:
        edits.withdraw(proposal=proposal, by=Actor.person(request.user))
    except TeachingError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("Your suggestion is taken back."))
    return back(request, found, "edits")


@require_http_methods(["GET", "POST"])
@chapter_view(Action.SPEAK)
def entry_propose(request: HttpRequest) -> HttpResponse:
    """Propose a playbook, and see what came of earlier proposals."""
    chapter = request.chapter
    form = EntryForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            entry_proposals.propose(chapter=chapter, by=Actor.person(request.user), **form.cleaned_data)
        except TeachingError as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(
                request, _("Thank you. Your chapter hears what comes of it, here and by notice.")
            )
            return redirect(f"{request.path}?said=entry#proposed")
    own = EntryProposal.objects.filter(chapter=chapter).select_related("playbook__current", "by")
    context = {"form": form, "page": page_of(request, own, descending=True)}
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "playbooks/backtalk_propose.html", context, status=status)


@require_POST
@chapter_view(Action.SPEAK)
def entry_withdraw(request: HttpRequest, uid: str) -> HttpResponse:
    """Take one of the chapter's proposals back."""
    proposal = get_object_or_404(EntryProposal, uid=uid, chapter=request.chapter)
    try:
        entry_proposals.withdraw(proposal=proposal, by=Actor.person(request.user))
    except TeachingError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("Your proposal is taken back."))
    return redirect("entry_propose", slug=request.chapter.slug)


def _suggested(request: HttpRequest, form: SuggestForm) -> list[Proposal]:
    """What a valid form has, offered; nothing where it could not be, and the form says why."""
    try:
        return edits.suggest(
            version=form.there,
            wording=form.wording(),
            note=form.cleaned_data["note"],
            by=Actor.person(request.user),
            by_chapter=request.chapter,
            central=Chapter.objects.get(kind=Chapter.Kind.CENTRAL),
        )
    except TeachingError as refused:
        form.add_error(None, refused.message)
        return []


def _number(text: str | None) -> int | None:
    """The number that somebody sent; None for anything else."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 6 else None
