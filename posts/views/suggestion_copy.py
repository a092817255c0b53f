"""A post and the suggestion it came from: a later version is a difference to take from; and a published post
becomes a suggestion to others."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chapters.access import chapter_view
from chapters.events import Actor
from chapters.permissions import Action
from playbooks import suggesting
from playbooks.errors import TeachingError
from playbooks.models import Suggestion
from playbooks.suggesting import Sent, Upload
from posts import adopting
from posts.allows import Allows
from posts.models import Media, MediaUse, Post
from posts.problems import Refused
from posts.shelf_forms import SendInForm
from posts.views.post import chapter_post
from posts.views.sheet import media_url


@require_http_methods(["GET", "POST"])
@chapter_view(Action.WRITE)
def post_suggestion(request: HttpRequest, uid: str) -> HttpResponse:
    """What the suggestion says differently now: taken piece by piece, or left."""
    post = chapter_post(request, uid)
    allows = Allows(post, request.membership)
    found = adopting.difference(post)
    if found is None:
        if request.method == "POST":
            messages.info(request, _("There is nothing to answer any more. Your post is as it is."))
        return redirect("post_detail", request.chapter.slug, post.uid)
    if request.method == "GET":
        return _page(request, post, allows, found)
    try:
        allows.edit.require()
        said = _answer(request, post)
    except Refused as refusal:
        messages.error(request, refusal.message)
        found = adopting.difference(Post.objects.select_related("chapter").get(pk=post.pk))
        if found is None:
            return redirect("post_detail", request.chapter.slug, post.uid)
        return _page(request, post, allows, found, status=409)
    messages.success(request, said)
    return redirect("post_detail", request.chapter.slug, post.uid)


def _answer(request: HttpRequest, post: Post) -> str:
    by, raw = Actor.person(request.user), request.POST.get("version", "")
    version = int(raw) if raw.isdecimal() and len(raw) < 9 else 0
    taken = {int(each) for each in request.POST.getlist("piece") if each.isdecimal() and len(each) < 9}
    takes_link = "link" in request.POST
    if request.POST.get("do") != "take" or not (taken or takes_link):
        adopting.keep_own(post=post, version=version, by=by)
        return _("Your post stays as it is.")
    joined = adopting.take_difference(post=post, taken=taken, version=version, by=by, takes_link=takes_link)
    if joined.unfitting:
        words = ", ".join(f"“{piece.added.strip() or piece.removed.strip()}”" for piece in joined.unfitting)
        return _("Taken. You had rewritten the place of %(words)s, so that stays yours.") % {"words": words}
    return _("Your post has the new words now. Look at it once more.")


def _page(
    request: HttpRequest, post: Post, allows: Allows, found: adopting.Difference, *, status: int = 200
) -> HttpResponse:
    context = {
        "chapter": request.chapter,
        "zone": request.chapter.zone,
        "post": post,
        "found": found,
        "may_answer": bool(allows.edit),
        "reason": allows.edit.reason,
        "comes_off": not allows.edits_directly,
        "own_texts": post.targets.exclude(text=None).select_related("account"),
    }
    return render(request, "posts/shelf/difference.html", context, status=status)


@require_http_methods(["GET", "POST"])
@chapter_view(Action.WRITE)
def post_offer(request: HttpRequest, uid: str) -> HttpResponse:
    """Offer one of the chapter's published posts to other chapters; the central team looks at it first."""
    chapter, post = request.chapter, chapter_post(request, uid)
    if post.status != Post.Status.PUBLISHED or chapter.is_central:
        messages.error(request, _("Only a published post can be offered to other chapters."))
        return redirect("post_detail", chapter.slug, post.uid)
    if Suggestion.objects.filter(source_post_uid=post.uid).exists():
        return redirect(f"{reverse('shelf', args=[chapter.slug])}?show=ours")
    form = SendInForm(request.POST or None)
    pictures = [use for use in post.media_uses.select_related("media") if use.media.kind == Media.Kind.IMAGE]
    if request.method == "POST" and form.is_valid():
        try:
            _send_in(
                request,
                post,
                form,
                [_upload(use) for use in pictures],
            )
        except TeachingError as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(
                request,
                _("Sent to the central team. You hear what comes of it, and here how many chapters use it."),
            )
            return redirect(f"{reverse('shelf', args=[chapter.slug])}?show=ours")
    images = [{"url": media_url(chapter, use.media), "alt": use.alt} for use in pictures]
    context = {"chapter": chapter, "post": post, "form": form, "images": images}
    return render(request, "posts/shelf/offer.html", context, status=422 if form.errors else 200)


def _upload(use: MediaUse) -> Upload:
    return Upload(use.media.file.open("rb"), use.media.size, use.alt)


def _send_in(request: HttpRequest, post: Post, form: SendInForm, pictures: list[Upload]) -> None:
    platforms = post.targets.values_list("account__platform", flat=True)
    sent = Sent(
        post_uid=post.uid,
        text=post.text,
        link=post.link,
        platforms=tuple(dict.fromkeys(platforms)),
        pictures=tuple(pictures),
        **form.cleaned_data,
    )
    suggesting.send_in(chapter=request.chapter, sent=sent, by=Actor.person(request.user))
