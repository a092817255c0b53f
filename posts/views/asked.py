"""A post that a chapter asked somebody outside it to look at: to advise on, to propose a wording for and,
where the chapter wants, to approve.

Each page is there twice: for the central team at its own address, and for members of a chapter at theirs.
What they see is the same: the posts of open requests to them, and nothing else of the chapter that asks.
"""

from __future__ import annotations

import functools
import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chapters.access import View, central_view, chapter_view
from chapters.permissions import Action
from hubsite.lib import drafts, times
from hubsite.lib.first_error import focused
from posts import helping, pages, proposing, workflow
from posts.allows import Allows
from posts.forms import CommentForm, ReviewForm
from posts.help_forms import WordingForm
from posts.models import HelpRequest, Media, Post
from posts.problems import Refused, Stale
from posts.views.post_page import looks, standing
from posts.views.review import decide, since_last_look


def both(view: View, action: Action, *methods: str) -> tuple[View, View]:
    """`view` as a page of the central team and as a page of a chapter."""
    marks = require_http_methods(methods)
    named = functools.wraps(view)
    return (
        marks(central_view(action)(named(lambda request, *args, **found: view(request, *args, **found)))),
        marks(chapter_view(action)(named(lambda request, *args, **found: view(request, *args, **found)))),
    )


def address(request: HttpRequest, part: str, *args: object) -> str:
    """The address of a part of these pages for this reader: "post", "comment", "wording", ..."""
    if request.chapter.is_central:
        return reverse(f"asked_{part}", args=args)
    return reverse(f"chapter_asked_{part}", args=[request.chapter.slug, *args])


def list_address(request: HttpRequest) -> str:
    """The list that the post stands in."""
    if request.chapter.is_central:
        return reverse("asking")
    return reverse("asked_of_us", args=[request.chapter.slug])


class Over(Http404):
    """This member was asked about the post, and the request has ended."""

    def __init__(self, asked: HelpRequest) -> None:
        super().__init__()
        self.asked = asked


def open_request(request: HttpRequest, uid: str) -> HelpRequest:
    """The open request to this member about the post with that uid. Raises Over, or another Http404."""
    asked = (
        helping.visible_requests(request.membership)
        .filter(post__uid=uid)
        .select_related("post__chapter", "post__author", "asked_by", "of_chapter", "taken_by")
        .order_by("-may_approve", "pk")
        .first()
    )
    if asked is None:
        raise _over(request, uid)
    if not pages.may_see(request.membership, asked):
        raise Http404
    return asked


def _over(request: HttpRequest, uid: str) -> Http404:
    ended = helping.ended_requests(request.membership).filter(post__uid=uid)
    asked = ended.select_related("post__chapter").order_by("-closed_at", "-pk").first()
    if asked is None or not pages.may_see(request.membership, asked):
        return Http404()
    return Over(asked)


def telling_when_over(view: View) -> View:
    """Where the request ended meanwhile, `view` answers with how, and with what was typed."""

    @functools.wraps(view)
    def told(request: HttpRequest, **found: Any) -> HttpResponse:
        try:
            return view(request, **found)
        except Over as over:
            return _over_page(request, over.asked)

    return told


def _over_page(request: HttpRequest, asked: HelpRequest) -> HttpResponse:
    """How a request ended. Nothing of the post, which the reader may not see any more."""
    typed = [request.POST.get(name, "").strip() for name in ("text", "note")]
    context = {
        "how": _how_it_ended(asked, request),
        "typed": [words for words in typed if words],
        "list_url": list_address(request),
    }
    return render(request, "posts/asked_over.html", context, status=409)


def _how_it_ended(asked: HelpRequest, request: HttpRequest) -> str:
    chapter, approval = asked.post.chapter, helping.approval_of(asked)
    facts = {"chapter": chapter.name, "when": times.when(asked.closed_at, chapter.zone)}
    if approval is not None and approval.reviewer_id == request.user.pk:
        return _("You approved it on %(when)s. %(chapter)s decides when it goes out.") % facts
    if approval is not None:
        facts["name"] = approval.reviewer.display_name
        return _("%(name)s approved it on %(when)s. %(chapter)s decides when it goes out.") % facts
    if helping.was_ended_by_chapter(asked):
        return _("%(chapter)s ended the request on %(when)s.") % facts
    return _("The post went out, and the request ended on %(when)s.") % facts


@telling_when_over
def _show(request: HttpRequest, uid: str) -> HttpResponse:
    """The post, what the chapter wants to know, and what was said since."""
    return _page(request, open_request(request, uid))


@telling_when_over
def _comment(request: HttpRequest, uid: str) -> HttpResponse:
    """Advise."""
    asked = open_request(request, uid)
    if request.method == "GET":
        return redirect(address(request, "post", uid))
    form = CommentForm(request.POST, auto_id="comment_%s")
    if not form.is_valid():
        return _page(request, asked, comment=form, status=422)
    Allows(asked.post, request.membership).comment.require()
    workflow.comment(post=asked.post, membership=request.membership, text=form.cleaned_data["text"])
    messages.success(
        request, _("%(chapter)s can read your advice now.") % {"chapter": asked.post.chapter.name}
    )
    return redirect(f"{address(request, 'post', uid)}?forget=say")


@telling_when_over
def _wording(request: HttpRequest, uid: str) -> HttpResponse:
    """Propose a wording, starting from the one there is."""
    asked = open_request(request, uid)
    return propose(
        request, asked.post, asked=asked, here=address(request, "wording", uid),
        back=address(request, "post", uid),
    )  # fmt: skip


@telling_when_over
def _withdraw_wording(request: HttpRequest, uid: str, proposal: uuid.UUID) -> HttpResponse:
    """Take one's own wording back."""
    asked = open_request(request, uid)
    if request.method == "GET":
        return redirect(address(request, "post", uid))
    return take_back_wording(request, asked.post, proposal, back=address(request, "post", uid))


def take_back_wording(request: HttpRequest, post: Post, proposal: uuid.UUID, *, back: str) -> HttpResponse:
    """Take back what this member proposed. Raises Http404 for what is no wording of theirs."""
    if not proposing.offered_by(post, request.membership).filter(uid=proposal).exists():
        raise Http404
    try:
        proposing.withdraw(post=post, uid=proposal, membership=request.membership)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Your wording is taken back. The author no longer sees it."))
    return redirect(back)


def propose(
    request: HttpRequest, post: Any, *, here: str, back: str, asked: HelpRequest | None = None
) -> HttpResponse:
    """The editor in which somebody words the post anew for its author to take from."""
    status = 200
    form = WordingForm(initial={"text": post.text, "revision": post.revision})
    try:
        Allows(post, request.membership).propose.require()
        if request.method == "POST":
            form, status = WordingForm(request.POST), 422
            if form.is_valid():
                proposing.offer(post=post, membership=request.membership, asked=asked, **form.cleaned_data)
                messages.success(request, _("Your wording is offered. The author takes what helps."))
                return redirect(f"{back}?forget=wording")
    except Stale as stale:
        form.data = {**form.data.dict(), "revision": str(post.revision)}
        form.add_error(None, stale.message)
        status = 409
    except Refused as refusal:
        if request.method == "GET" or not form.is_valid():
            messages.error(request, refusal.message)
            return redirect(back)
        form.add_error(None, refusal.message)
    context = {
        "post": post, "chapter": request.chapter, "form": form, "here": here, "back": back,
        "guard": f"{request.user.uid}-wording-{post.uid}",
    }  # fmt: skip
    return render(request, "posts/wording.html", context, status=status)


@telling_when_over
def _approve(request: HttpRequest, uid: str) -> HttpResponse:
    """Approve, where the chapter said that this approval counts."""
    return _decide(request, uid, "approve")


@telling_when_over
def _request_changes(request: HttpRequest, uid: str) -> HttpResponse:
    """Send the post back, where the chapter said that this word counts."""
    return _decide(request, uid, "request_changes")


def _decide(request: HttpRequest, uid: str, verb: str) -> HttpResponse:
    asked = open_request(request, uid)
    if request.method == "GET":
        return redirect(address(request, "post", uid))
    form = ReviewForm(request.POST)
    try:
        getattr(Allows(asked.post, request.membership), verb).require()
        decided = form.is_valid() and decide(request, asked.post, form, verb)
    except Stale as stale:
        form.data = {**form.data.dict(), "revision": str(stale.current.revision)}
        form.add_error(None, stale.message)
        return _page(request, open_request(request, uid), review=form, status=409)
    except Refused as refusal:
        asked = open_request(request, uid)
        form.is_valid()
        form.add_error(None, refusal.message)
        decided = False
    if not decided:
        return _page(request, asked, review=form, status=422)
    done = _("You approved it. %(chapter)s decides when it goes out.")
    back = _("It is back with %(chapter)s, with your words.")
    said = (done if verb == "approve" else back) % {"chapter": asked.post.chapter.name}
    drafts.stored(request, said, guard=f"{request.user.uid}-say-{asked.post.uid}")
    return redirect(list_address(request))


@telling_when_over
def _hand_back(request: HttpRequest, uid: str) -> HttpResponse:
    """Somebody who took the request cannot look after all."""
    asked = open_request(request, uid)
    if not asked.is_call:
        raise Http404
    if request.method == "GET":
        return redirect(address(request, "post", uid))
    try:
        helping.hand_back(request=asked, membership=request.membership)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect(address(request, "post", uid))
    messages.success(request, _("Handed back. Another volunteer can take it now."))
    return redirect(list_address(request))


def _page(request: HttpRequest, asked: HelpRequest, *, status: int = 200, **bound: Any) -> HttpResponse:
    post = asked.post
    allows = Allows(post, request.membership)
    sentence, _steps = standing(post, allows, request.user)

    def url_of(media: Media) -> str:
        return address(request, "media", post.uid, media.uid)

    reviews = post.reviews.filter(created_at__gte=asked.created_at)
    forget = request.GET.get("forget", "")
    context = {
        "asked": asked,
        "post": post,
        "chapter": post.chapter,
        "zone": post.chapter.zone,
        "allows": allows,
        "sentence": sentence,
        "since": since_last_look(post, request.user.pk, or_sent_back=False),
        "wordings": looks(post, allows, url_of),
        "reviews": list(reviews.select_related("reviewer", "reviewer_chapter").order_by("id")),
        "offers": [
            (offer, address(request, "withdraw_wording", post.uid, offer.proposal.uid))
            for offer in proposing.offers_by(post, request.membership)
        ],
        **_words(post, bound.get("comment"), bound.get("review")),
        "comment_url": address(request, "comment", post.uid),
        "wording_url": address(request, "wording", post.uid),
        "approve_url": address(request, "approve", post.uid),
        "changes_url": address(request, "request_changes", post.uid),
        "list_url": list_address(request),
        "hand_back_url": "" if not asked.is_call else address(request, "hand_back", post.uid),
        "guard": f"{request.user.uid}-say-{post.uid}",
        "forget": f"{request.user.uid}-{forget}-{post.uid}" if forget in {"say", "wording"} else "",
    }
    return render(request, "posts/asked_post.html", context, status=status)


def _words(post: Post, comment: CommentForm | None, review: ReviewForm | None) -> dict[str, Any]:
    """The form of advice and that of a verdict. The page shows one of them, and what was sent with the other
    stands in it all the same, with what is wrong with it."""
    if comment is not None:
        review = ReviewForm({"text": comment.data.get("text", ""), "revision": post.revision})
        for refusal in comment.errors.get("text", []):
            review.add_error("text", refusal)
    elif review is not None:
        comment = CommentForm(initial={"text": review.data.get("text", "")}, auto_id="comment_%s")
    return {
        "comment_form": focused(comment or CommentForm(auto_id="comment_%s")),
        "form": focused(review or ReviewForm(initial={"revision": post.revision})),
    }


asked_post, chapter_asked_post = both(_show, Action.HELP, "GET")
asked_comment, chapter_asked_comment = both(_comment, Action.HELP, "GET", "POST")
asked_wording, chapter_asked_wording = both(_wording, Action.HELP, "GET", "POST")
asked_withdraw_wording, chapter_asked_withdraw_wording = both(_withdraw_wording, Action.HELP, "GET", "POST")
asked_approve, chapter_asked_approve = both(_approve, Action.REVIEW, "GET", "POST")
asked_request_changes, chapter_asked_request_changes = both(_request_changes, Action.REVIEW, "GET", "POST")
chapter_asked_hand_back = both(_hand_back, Action.HELP, "GET", "POST")[1]
