"""Reviewing: what waits, one post at a time, and the two verdicts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import DateTimeField, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chapters.access import chapter_view
from chapters.events import Actor
from chapters.paging import page_of
from chapters.permissions import Action
from hubsite.lib import times
from hubsite.lib.first_error import focused
from posts import checking, pages, wording, workflow
from posts.allows import Allows
from posts.forms import CommentForm, ReviewForm
from posts.models import Post, PostRevision, Review
from posts.problems import Refused, Stale
from posts.views.actions import page_again
from posts.views.post import chapter_post
from posts.views.post_page import standing, wordings

S = Post.Status


@require_GET
@chapter_view(Action.REVIEW)
def review_list(request: HttpRequest) -> HttpResponse:
    """What waits for this person, and what is in review but waits for somebody else."""
    waiting = pages.to_review(request.membership)
    wanted = Coalesce("planned_at", Value(pages.SOME_DAY), output_field=DateTimeField())
    page = page_of(request, pages.shown(waiting).annotate(wanted=wanted), "wanted")
    others = request.chapter.posts.filter(status=S.IN_REVIEW).exclude(pk__in=waiting.values("pk"))
    context = {
        "chapter": request.chapter,
        "zone": request.chapter.zone,
        "page": page,
        "others": list(pages.shown(others).order_by("planned_at", "id")[:20]),
    }
    return render(request, "posts/review_list.html", context)


@require_GET
@chapter_view(Action.REVIEW)
def post_review(request: HttpRequest, uid: str) -> HttpResponse:
    """One post in review: what is new since the last look, how it will look, and the verdict."""
    post = chapter_post(request, uid)
    if post.status != S.IN_REVIEW:
        return redirect("post_detail", request.chapter.slug, post.uid)
    return render(request, "posts/review.html", review_context(request, post))


@require_http_methods(["GET", "POST"])
@chapter_view(Action.REVIEW)
def post_approve(request: HttpRequest, uid: str) -> HttpResponse:
    """Approve the revision that was seen and, where asked, put it on the schedule in the same click."""
    if request.method == "GET":
        return redirect("post_review", request.chapter.slug, uid)
    return _decide(request, uid, "approve")


@require_http_methods(["GET", "POST"])
@chapter_view(Action.REVIEW)
def post_request_changes(request: HttpRequest, uid: str) -> HttpResponse:
    """Send the post back with what should change."""
    if request.method == "GET":
        return redirect("post_review", request.chapter.slug, uid)
    return _decide(request, uid, "request_changes")


def _decide(request: HttpRequest, uid: str, verb: str) -> HttpResponse:
    post = chapter_post(request, uid)
    form = ReviewForm(request.POST)
    try:
        getattr(Allows(post, request.membership), verb).require()
        decided = form.is_valid() and decide(request, post, form, verb)
    except Stale as stale:
        form.data = {**form.data.dict(), "revision": str(stale.current.revision)}
        context = review_context(request, chapter_post(request, uid), form=form, stale=stale.message)
        return render(request, "posts/review.html", context, status=409)
    except Refused as refusal:
        if chapter_post(request, uid).status != S.IN_REVIEW:
            kept = CommentForm({"text": request.POST.get("text", "")}, auto_id="comment_%s")
            return page_again(request, post, refused=refusal.message, comment=kept)
        form.is_valid()
        form.add_error(None, refusal.message)
        decided = False
    if not decided:
        return render(request, "posts/review.html", review_context(request, post, form=form), status=422)
    if verb == "approve":
        _schedule_too(request, post)
    else:
        messages.success(request, _("It is back with the author, with your words."))
    return redirect(f"{reverse('post_detail', args=[request.chapter.slug, post.uid])}?forget=say")


def decide(request: HttpRequest, post: Post, form: ReviewForm, verb: str) -> bool:
    """Carry out a verdict. False, with the sentence in the form, where words are missing."""
    text, revision = form.cleaned_data["text"], form.cleaned_data["revision"]
    if verb == "approve":
        workflow.approve(post=post, membership=request.membership, revision=revision, text=text)
        return True
    if not text.strip():
        form.add_error("text", _("Say what should change, so that the author knows what to do."))
        return False
    workflow.request_changes(post=post, membership=request.membership, revision=revision, text=text)
    return True


def _schedule_too(request: HttpRequest, post: Post) -> None:
    """The second half of “Approve and schedule”. The approval stands whatever becomes of it."""
    if request.POST.get("then") != "schedule" or post.planned_at is None:
        messages.success(request, _("Approved."))
        return
    checking.fit_ahead(post)
    try:
        workflow.schedule(
            post=post, at=post.planned_at, by=Actor.person(request.user), grace_minutes=post.grace_minutes
        )
    except Refused as refusal:
        messages.warning(request, _("Approved, but not scheduled. %(why)s") % {"why": refusal.message})
        return
    when = times.when(post.planned_at, request.chapter.zone)
    messages.success(request, _("Approved. It goes out on %(when)s.") % {"when": when})


def review_context(
    request: HttpRequest, post: Post, *, form: ReviewForm | None = None, stale: str = ""
) -> dict[str, Any]:
    """What templates/posts/review.html reads."""
    allows = Allows(post, request.membership)
    sentence, _steps = standing(post, allows, request.user)
    planned = post.planned_at if post.planned_at and post.planned_at > timezone.now() else None
    return {
        "chapter": request.chapter,
        "zone": request.chapter.zone,
        "post": post,
        "allows": allows,
        "sentence": sentence,
        "stale": stale,
        "since": since_last_look(post, request.user.pk),
        "wordings": wordings(request, post, allows),
        "reviews": list(post.reviews.select_related("reviewer", "reviewer_chapter").order_by("id")),
        "form": focused(form or ReviewForm(initial={"revision": post.revision})),
        "planned": planned,
        "planned_is_over": post.planned_at is not None and planned is None,
        "guard": f"{request.user.uid}-say-{post.uid}",
    }


def since_last_look(post: Post, reader_id: int, *, or_sent_back: bool = True) -> dict[str, Any] | None:
    """What changed since this person last said something of the post, or else since it was last sent back."""
    own = post.reviews.filter(reviewer=reader_id).order_by("-id").first()
    last = own
    if last is None and or_sent_back:
        last = post.reviews.filter(verdict=Review.Verdict.CHANGES).order_by("-id").first()
    if last is None or last.revision >= post.revision:
        return None
    rows = {
        row.number: row
        for row in PostRevision.objects.filter(post=post, number__in=[last.revision, post.revision])
    }
    if len(rows) < 2:
        return None
    return {
        "own": own is not None,
        "at": last.created_at,
        "changes": wording.changes(rows[last.revision].content, rows[post.revision].content),
    }
