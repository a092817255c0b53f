"""The page of one post, and the part of it that refreshes itself."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from chapters.access import chapter_view
from chapters.permissions import Action
from posts.allows import Allows
from posts.models import Post
from posts.views.post_page import live_context, post_context


@require_GET
@chapter_view(Action.SEE)
def post_detail(request: HttpRequest, uid: str) -> HttpResponse:
    """The post as it looks, where it stands and what to do next."""
    return render(request, "posts/post_detail.html", post_context(request, chapter_post(request, uid)))


@require_GET
@chapter_view(Action.SEE)
def post_now(request: HttpRequest, uid: str) -> HttpResponse:
    """Where the post stands now: the fragment that a page with unfinished deliveries asks for.

    `was` is the status the page shows; where the post has moved on, everything that speaks of it is new too.
    """
    post = chapter_post(request, uid)
    if not request.htmx:
        return redirect("post_detail", request.chapter.slug, post.uid)
    was = request.GET.get("was")
    if was is not None and was != post.status:
        return render(request, "posts/detail/_moved.html", post_context(request, post))
    context = live_context(request, post, Allows(post, request.membership))
    return render(request, "posts/detail/_live.html", context)


def chapter_post(request: HttpRequest, uid: str) -> Post:
    """The chapter's post with that uid. Raises Http404."""
    found = Post.objects.filter(chapter=request.chapter).select_related(
        "author", "submitted_by", "template_version__template__playbook", "reused_from"
    )
    post = get_object_or_404(found, uid=uid)
    post.chapter = request.chapter
    return post
