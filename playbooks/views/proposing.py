"""Where chapters suggest other words, and playbooks that are not there yet."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters.access import chapter_view
from chapters.events import Actor
from chapters.models import Chapter
from chapters.paging import page_of
from chapters.permissions import Action
from playbooks import edits, entry_proposals, proposals, sections
from playbooks.errors import TeachingError
from playbooks.forms_backtalk import EntryForm, SuggestForm
from playbooks.models import EntryProposal, Playbook
from playbooks.views.backtalk import UNPROCESSABLE, back, of_chapter, readable


@require_http_methods(["GET", "POST"])
@chapter_view(Action.SPEAK)
def edit_suggest(request: HttpRequest, playbook: str) -> HttpResponse:
    """Write a playbook's words as the chapter would say them; whoever keeps it takes what helps."""
    found = of_chapter(request, playbook)
    parts = sections.of(found.current.body)
    form = SuggestForm.of(found.current, _number(request.GET.get("section", ""), len(parts)))
    if request.method == "POST":
        form = SuggestForm(request.POST)
        if form.is_valid() and _suggested(request, found, form):
            messages.success(request, _("Thank you. You hear what comes of your suggestion."))
            return back(request, found, "edits")
    number = _number(str(form["section"].value()), len(parts))
    context = {"playbook": found, "form": form, "sections": parts, "number": number}
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "playbooks/backtalk_suggest.html", context, status=status)


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


def _suggested(request: HttpRequest, playbook: Playbook, form: SuggestForm) -> bool:
    """Whether what a valid form has could be offered; if not, the form says why."""
    # the words were changed from the version they were read in, whatever was published since
    version = get_object_or_404(playbook.versions, number=form.cleaned_data["version"])
    if not form.is_about(version):
        raise Http404
    try:
        edits.suggest(
            version=version,
            wording=form.wording(version),
            note=form.cleaned_data["note"],
            by=Actor.person(request.user),
            by_chapter=request.chapter,
            central=Chapter.objects.get(kind=Chapter.Kind.CENTRAL),
        )
    except TeachingError as refused:
        form.add_error(None, refused.message)
        return False
    return True


def _number(text: str, count: int) -> int | None:
    """The number of a section, of `count`; None for anything else."""
    is_number = text.isascii() and text.isdecimal() and len(text) < 6
    return int(text) if is_number and int(text) < count else None
