"""A post and the suggestion it came from: a later version is a difference to take from; and a published post
becomes a suggestion to others."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Ticks:
    """What somebody ticked of a difference."""

    pieces: frozenset[int]
    link: bool

    def __bool__(self) -> bool:
        return bool(self.pieces) or self.link


@require_http_methods(["GET", "POST"])
@chapter_view(Action.WRITE)
def post_suggestion(request: HttpRequest, uid: str) -> HttpResponse:
    """What the suggestion says differently now: taken piece by piece, or left; left words can be looked at
    again. “look” shows what the post would become and changes nothing."""
    post = chapter_post(request, uid)
    allows = Allows(post, request.membership)
    found = _found(post)
    if found is None:
        if request.method == "POST":
            messages.info(request, _("There is nothing to answer any more. Your post is as it is."))
        return redirect("post_detail", request.chapter.slug, post.uid)
    if request.method == "GET":
        return _page(request, post, allows, found)
    ticks, doing = _ticks(request), request.POST.get("do")
    if doing == "look":
        return _page(request, post, allows, found, ticks)
    try:
        allows.edit.require()
        if doing != "keep" and not ticks:
            messages.error(request, _nothing_ticked(found))
            return _page(request, post, allows, found, ticks, status=422)
        said = _answer(request, post, ticks if doing != "keep" else None)
    except Refused as refusal:
        messages.error(request, refusal.message)
        found = _found(Post.objects.select_related("chapter").get(pk=post.pk))
        if found is None:
            return redirect("post_detail", request.chapter.slug, post.uid)
        return _page(request, post, allows, found, status=409)
    messages.success(request, said)
    return redirect("post_detail", request.chapter.slug, post.uid)


def _found(post: Post) -> adopting.Difference | None:
    return adopting.difference(post) or adopting.kept_difference(post)


def _ticks(request: HttpRequest) -> Ticks:
    taken = (int(each) for each in request.POST.getlist("piece") if each.isdecimal() and len(each) < 9)
    return Ticks(frozenset(taken), "link" in request.POST)


def _nothing_ticked(found: adopting.Difference) -> str:
    if found.is_kept:
        return _("Tick what you want to take first.")
    return _("Tick what you want to take first. To leave all of it, press “Keep ours as it is”.")


def _answer(request: HttpRequest, post: Post, ticks: Ticks | None) -> str:
    by, raw = Actor.person(request.user), request.POST.get("version", "")
    version = int(raw) if raw.isdecimal() and len(raw) < 9 else 0
    if ticks is None:
        adopting.keep_own(post=post, version=version, by=by)
        return _("Your post stays as it is. You find the newer words again on its page.")
    joined = adopting.take_difference(
        post=post, taken=ticks.pieces, version=version, by=by, takes_link=ticks.link
    )
    if joined.unfitting:
        words = ", ".join(f"“{piece.added.strip() or piece.removed.strip()}”" for piece in joined.unfitting)
        return _("Taken. You had rewritten the place of %(words)s, so that stays yours.") % {"words": words}
    return _("Your post has the new words now. Look at it once more.")


def _page(
    request: HttpRequest,
    post: Post,
    allows: Allows,
    found: adopting.Difference,
    ticks: Ticks | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    if ticks is None:
        ticks = Ticks(frozenset(piece.number for piece in found.pieces), link=True)
    context = {
        "chapter": request.chapter,
        "zone": request.chapter.zone,
        "post": post,
        "found": found,
        "ticked": ticks.pieces,
        "takes_link": ticks.link,
        "ahead": found.taken_into(post.text, ticks.pieces).text,
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
