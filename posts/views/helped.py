"""Help with a post, from both sides: the chapter that asks, thanks and takes from proposed wordings, and the
list of those who are asked."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chapters.access import chapter_view
from chapters.events import Actor
from chapters.permissions import Action
from playbooks import proposals
from playbooks.models import Proposal
from posts import helping, pages, proposing
from posts.allows import Allows
from posts.help_forms import AnswerForm, AskHelpForm, ThanksForm
from posts.models import HelpRequest, Post
from posts.problems import Refused
from posts.views.actions import on_post, page_again, said_there, to_page
from posts.views.asked import propose, take_back_wording
from posts.views.asked_lists import asked_lists
from posts.views.post import chapter_post
from posts.views.post_page import post_context

CALLS_SHOWN = 20


# ---- the chapter that asks


@on_post(Action.ASK_HELP)
def post_ask_help(request: HttpRequest, post: Post, allows: Allows) -> HttpResponse:
    """Ask the central team, a chapter by name or any volunteer to look at the post."""
    allows.ask_help.require()
    form = AskHelpForm(request.POST, chapter=request.chapter, auto_id="help_%s")
    if not form.is_valid():
        return page_again(request, post, help=form)
    try:
        asked = helping.ask_help(
            post=post, of_chapter=form.of_chapter, by=Actor.person(request.user),
            note=form.cleaned_data["note"], may_approve=form.cleaned_data["may_approve"], wanted_by=form.at,
            language=form.cleaned_data["language"],
        )  # fmt: skip
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return page_again(request, post, help=form)
    said = _("%(chapter)s can see this post now and is told.") % {"chapter": asked.asked_of}
    if asked.is_call:
        said = ngettext(
            "%(n)d volunteer is told. Whoever takes it first sees this post, and you are told who.",
            "%(n)d volunteers are told. Whoever takes it first sees this post, and you are told who.",
            form.readers[asked.language],
        ) % {"n": form.readers[asked.language]}
    return said_there(request, post, said)


@on_post(Action.ASK_HELP)
def post_close_help(request: HttpRequest, post: Post, allows: Allows) -> HttpResponse:
    """End one request, or all where none is named."""
    allows.close_help.require()
    wanted = request.POST.get("request", "")
    ending = [asked for asked in allows.help_requests if wanted in {"", str(asked.pk)}]
    for asked in ending:
        helping.close_help(request=asked, by=Actor.person(request.user))
    if len(ending) < len(allows.help_requests):
        return to_page(post, _("That request is ended."), request)
    return to_page(post, _("The request is ended; only your chapter sees this post."), request)


@on_post(Action.ASK_HELP)
def post_thank(request: HttpRequest, post: Post, allows: Allows, pk: int) -> HttpResponse:
    """Thank for the help that a request brought."""
    allows.thank.require()
    asked = get_object_or_404(HelpRequest, post=post, pk=pk)
    form = ThanksForm(request.POST)
    text = form.cleaned_data["text"] if form.is_valid() else ""
    helping.thank(request=asked, membership=request.membership, text=text)
    return to_page(post, _("They read your thanks now; nobody else does."), request)


# ---- proposed wordings


@require_http_methods(["GET", "POST"])
@chapter_view(Action.REVIEW)
def post_wording(request: HttpRequest, uid: str) -> HttpResponse:
    """A reviewer of the chapter itself proposes a wording."""
    post = chapter_post(request, uid)
    here = reverse("post_wording", args=[request.chapter.slug, uid])
    return propose(request, post, here=here, back=reverse("post_detail", args=[request.chapter.slug, uid]))


@require_http_methods(["GET", "POST"])
@chapter_view(Action.REVIEW)
def post_withdraw_wording(request: HttpRequest, uid: str, proposal: uuid.UUID) -> HttpResponse:
    """A reviewer of the chapter itself takes a proposed wording back."""
    post = chapter_post(request, uid)
    back = reverse("post_detail", args=[request.chapter.slug, uid])
    return (
        redirect(back) if request.method == "GET" else take_back_wording(request, post, proposal, back=back)
    )


@on_post(Action.WRITE)
def post_answer_wording(
    request: HttpRequest, post: Post, allows: Allows, proposal: uuid.UUID
) -> HttpResponse:
    """Take the ticked pieces of a proposed wording, or leave the text as it was. “look” shows what the post
    would become and changes nothing."""
    allows.answer_proposal.require()
    found = proposals.of(post).filter(uid=proposal).first()
    if found is None:
        raise Http404
    form = AnswerForm(request.POST, pieces=len(proposals.pieces_of(found)))
    doing, sent = request.POST.get("do"), _sent(request, found)
    if doing == "look":
        context = post_context(request, chapter_post(request, post.uid), sent=sent)
        return render(request, "posts/post_detail.html", context)
    if not form.is_valid():
        return page_again(
            request, post, sent=sent, refused=_("Tick the pieces again; your words were too long.")
        )
    taken = form.cleaned_data["piece"] if doing == "take" else []
    if doing == "take" and not taken:
        nothing = _("Tick what you want to take first. To take none, press “Leave the text as it is”.")
        return page_again(request, post, sent=sent, refused=nothing)
    settled = proposing.settle(
        proposal=found, post=post, membership=request.membership, taken=taken,
        answer=form.cleaned_data["answer"],
    )  # fmt: skip
    for piece in settled.unfitting:
        messages.warning(
            request,
            _("No longer fits, so it was left: “%(words)s”") % {"words": piece.added or piece.removed},
        )
    said = _("The pieces are in your post.") if settled.proposal.taken else _("The text stays as it was.")
    return to_page(post, said, request)


def _sent(request: HttpRequest, proposal: Proposal) -> proposing.Sent:
    ticked = (int(each) for each in request.POST.getlist("piece") if each.isdecimal() and len(each) < 9)
    return proposing.Sent(proposal, frozenset(ticked), request.POST.get("answer", ""))


# ---- those who are asked


@require_GET
@chapter_view(Action.HELP)
def asked_of_us(request: HttpRequest) -> HttpResponse:
    """The posts others asked this member about, what any volunteer may take, and thanks for earlier help."""
    membership = request.membership
    calls = pages.by_time(helping.open_calls(membership)).select_related("post__chapter", "asked_by")
    context = {
        **asked_lists(request),
        "chapter": request.chapter,
        "calls": list(calls.order_by("wanted", "pk")[:CALLS_SHOWN]),
        "is_volunteer": hasattr(membership, "volunteer"),
    }
    return render(request, "posts/asked_of_us.html", context)


@require_POST
@chapter_view(Action.HELP)
def call_take(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a request that any volunteer may take."""
    call = get_object_or_404(helping.calls_for(request.membership), pk=pk)
    try:
        taken = helping.take(request=call, membership=request.membership)
    except Refused as refusal:
        messages.info(request, refusal.message)
        return redirect("asked_of_us", request.chapter.slug)
    return redirect("chapter_asked_post", request.chapter.slug, taken.post.uid)
