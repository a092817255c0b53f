"""A post that a chapter asked this team to look at: to advise on and, where the chapter wants, to approve."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chapters.access import central_view
from chapters.permissions import Action
from posts import pages, workflow
from posts.allows import Allows
from posts.forms import CommentForm, ReviewForm
from posts.models import HelpRequest, Media
from posts.problems import Refused, Stale
from posts.views.post_page import looks, standing
from posts.views.review import decide, since_last_look


def open_request(request: HttpRequest, uid: str) -> HelpRequest:
    """The open request to this team about the post with that uid. Raises Http404."""
    asked = (
        HelpRequest.objects.filter(of_chapter=request.chapter, closed_at=None, post__uid=uid)
        .select_related("post__chapter", "post__author", "asked_by", "of_chapter")
        .first()
    )
    if asked is None or not pages.may_see(request.membership, asked):
        raise Http404
    return asked


@require_GET
@central_view(Action.HELP)
def asked_post(request: HttpRequest, uid: str) -> HttpResponse:
    """The post, what the chapter wants to know, and what was said since."""
    return _page(request, open_request(request, uid))


@require_http_methods(["GET", "POST"])
@central_view(Action.HELP)
def asked_comment(request: HttpRequest, uid: str) -> HttpResponse:
    """Advise."""
    asked = open_request(request, uid)
    if request.method == "GET":
        return redirect("asked_post", uid)
    form = CommentForm(request.POST, auto_id="comment_%s")
    if not form.is_valid():
        return _page(request, asked, comment=form, status=422)
    Allows(asked.post, request.membership).comment.require()
    workflow.comment(post=asked.post, membership=request.membership, text=form.cleaned_data["text"])
    messages.success(
        request, _("%(chapter)s can read your advice now.") % {"chapter": asked.post.chapter.name}
    )
    return redirect(f"{reverse('asked_post', args=[uid])}?forget=say")


@require_http_methods(["GET", "POST"])
@central_view(Action.REVIEW)
def asked_approve(request: HttpRequest, uid: str) -> HttpResponse:
    """Approve, where the chapter said that this team's approval counts."""
    return _decide(request, uid, "approve")


@require_http_methods(["GET", "POST"])
@central_view(Action.REVIEW)
def asked_request_changes(request: HttpRequest, uid: str) -> HttpResponse:
    """Send the post back, where the chapter said that this team's word counts."""
    return _decide(request, uid, "request_changes")


def _decide(request: HttpRequest, uid: str, verb: str) -> HttpResponse:
    asked = open_request(request, uid)
    if request.method == "GET":
        return redirect("asked_post", uid)
    form = ReviewForm(request.POST)
    try:
        getattr(Allows(asked.post, request.membership), verb).require()
        decided = form.is_valid() and decide(request, asked.post, form, verb)
    except Stale as stale:
        form.data = {**form.data.dict(), "revision": str(stale.current.revision)}
        form.add_error(None, stale.message)
        return _page(request, open_request(request, uid), review=form, status=409)
    except Refused as refusal:
        form.is_valid()
        form.add_error(None, refusal.message)
        decided = False
    if not decided:
        return _page(request, asked, review=form, status=422)
    done = _("You approved it. %(chapter)s decides when it goes out.")
    back = _("It is back with %(chapter)s, with your words.")
    messages.success(request, (done if verb == "approve" else back) % {"chapter": asked.post.chapter.name})
    return redirect("asking")


def _page(request: HttpRequest, asked: HelpRequest, *, status: int = 200, **bound: Any) -> HttpResponse:
    post = asked.post
    allows = Allows(post, request.membership)
    sentence, _steps = standing(post, allows, request.user)

    def url_of(media: Media) -> str:
        return reverse("asked_media", args=[post.uid, media.uid])

    reviews = post.reviews.filter(created_at__gte=asked.created_at)
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
        "comment_form": bound.get("comment") or CommentForm(auto_id="comment_%s"),
        "comment_url": reverse("asked_comment", args=[post.uid]),
        "form": bound.get("review") or ReviewForm(initial={"revision": post.revision}),
        "guard": f"{request.user.uid}-say-{post.uid}",
        "forget": f"{request.user.uid}-say-{post.uid}" if request.GET.get("forget") == "say" else "",
    }
    return render(request, "posts/asked_post.html", context, status=status)
