"""A chapter's shelf of suggestions: look, use, adapt, say no. What is used becomes drafts."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from chapters.access import chapter_view
from chapters.events import Actor
from chapters.models import Chapter
from chapters.paging import page_of
from chapters.permissions import Action, can
from hubsite.lib import times
from playbooks import deciding, filling, suggested, suggesting
from playbooks.errors import TeachingError
from playbooks.models import Adoption, Decision, Suggestion, SuggestionImage, SuggestionItem
from playbooks.suggested import Shown
from playbooks.suggestion_pictures import send
from posts import adopting, spreading, standings, tray
from posts.forms import new_form_key
from posts.models import Post
from posts.problems import Refused
from posts.shelf_forms import DeclineForm
from posts.views.newest import new_on
from posts.views.shelf_dates import items_of

PER_PAGE = 20


@require_GET
@chapter_view(Action.SEE)
def shelf(request: HttpRequest) -> HttpResponse:
    """What fits the chapter and it has not answered; what it answered; what it sent in itself."""
    chapter, show = request.chapter, request.GET.get("show", "")
    new = new_on(request, chapter)
    context: dict[str, Any] = {
        "chapter": chapter,
        "show": show,
        "new_count": len(new),
        "may_write": can(request.membership, Action.WRITE),
        "may_teach": can(request.membership, Action.TEACH),
        "reasons": Decision.Reason.choices,
    }
    if show == "answered":
        page = page_of(request, suggested.answered_by(chapter), "at", descending=True, size=PER_PAGE)
        context |= {"page": page, "copies": _copies(chapter, [row.suggestion for row in page.rows])}
    elif show == "ours":
        page = page_of(request, suggested.sent_in_by(chapter), descending=True, size=PER_PAGE)
        context |= {"page": page, "rows": _with_tallies(page.rows)}
    else:
        context |= {
            "show": "",
            "rows": _with_use(suggested.with_items(new), chapter),
            "form_key": new_form_key(),
        }
    return render(request, "posts/shelf/shelf.html", context)


@require_GET
@chapter_view(Action.SEE)
def shelf_one(request: HttpRequest, uid: str) -> HttpResponse:
    """One suggestion whole, in the chapter's own words where it knows them."""
    chapter = request.chapter
    standing = standings.standing_of(chapter)
    suggestion = _readable(chapter, uid, standing)
    fit = suggested.may_take(suggestion, standing)
    items = list(suggestion.current.items.all()) if suggestion.current else []
    copies = _copies(chapter, [suggestion])
    context = {
        "chapter": chapter,
        "zone": chapter.zone,
        "suggestion": suggestion,
        "version": suggestion.current,
        "is_ours": suggestion.from_chapter_id == chapter.pk,
        "our_post": _our_post(suggestion, chapter),
        "why": fit.why,
        "may_take": (may_take := fit.fits and can(request.membership, Action.WRITE)),
        "may_use": may_take and any(item.key not in copies for item in items),
        "may_write": can(request.membership, Action.WRITE),
        "decision": suggestion.decisions.filter(chapter=chapter).select_related("by").first(),
        "items": [_item(item, chapter, copies) for item in items],
        "tally": deciding.tallies([suggestion])[suggestion.pk],
        "reasons": Decision.Reason.choices,
        "form_key": new_form_key(),
    }
    return render(request, "posts/shelf/one.html", context)


@require_http_methods(["GET", "POST"])
@chapter_view(Action.WRITE)
def shelf_use(request: HttpRequest) -> HttpResponse:
    """One press, one draft. Several posts, or missing local values, are looked at first."""
    if request.method == "GET":
        return redirect("shelf", request.chapter.slug)
    chapter = request.chapter
    uids = [uid for uid in request.POST.getlist("suggestion") if tray.is_uid(uid)]
    items = items_of(chapter, uids)
    if not items:
        messages.error(request, _("It is not offered to your chapter any more."))
        return redirect("shelf", chapter.slug)
    if len(items) > 1 or adopting.missing(chapter, items):
        key = request.POST.get("form_key", "")
        query = [*(("suggestion", uid) for uid in uids), *([("form", key)] if tray.is_uid(key) else [])]
        return redirect(f"{reverse('shelf_dates', args=[chapter.slug])}?{urlencode(query)}")
    try:
        (post,) = adopting.use(
            chapter=chapter,
            planned=spreading.dates_for(chapter, items),
            by=Actor.person(request.user),
            form_key=_key(request),
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("shelf", chapter.slug)
    messages.success(request, _made(chapter, post))
    return redirect("post_detail", chapter.slug, post.uid)


@require_http_methods(["GET", "POST"])
@chapter_view(Action.WRITE)
def shelf_adapt(request: HttpRequest, uid: str, item: int) -> HttpResponse:
    """To the composer with the suggestion's words, pictures and time on the sheet; nothing is made yet."""
    chapter = request.chapter
    found = next((each for each in items_of(chapter, [str(uid)]) if each.pk == item), None)
    if found is None:
        raise Http404
    if request.method == "GET":
        return redirect("shelf_one", chapter.slug, uid)
    adoption = Adoption.objects.filter(
        chapter=chapter, suggestion=found.version.suggestion_id, item_key=found.key
    ).first()
    copy = Post.objects.filter(chapter=chapter, uid=adoption.post_uid).first() if adoption else None
    if copy is not None:
        messages.info(request, _("Your chapter has a post from this already. Here it is."))
        return redirect("post_detail", chapter.slug, copy.uid)
    query = [("suggestion", str(found.pk))]
    for picture in adopting.copy_pictures(found, chapter=chapter, by=Actor.person(request.user)):
        query += [("picture", picture.media_uid), (f"alt_{picture.media_uid}", picture.alt)]
    return redirect(f"{reverse('post_new', args=[chapter.slug])}?{urlencode(query)}")


@require_http_methods(["GET", "POST"])
@chapter_view(Action.WRITE)
def shelf_decline(request: HttpRequest, uid: str) -> HttpResponse:
    """Not for us, with a reason. The central team hears it with the chapter's name, as the form says."""
    chapter = request.chapter
    suggestion = _readable(chapter, uid, standings.standing_of(chapter))
    if request.method == "GET":
        return redirect("shelf_one", chapter.slug, suggestion.uid)
    form = DeclineForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose one of the reasons; a word more fits into 400 characters."))
        return redirect("shelf_one", chapter.slug, suggestion.uid)
    try:
        deciding.decline(
            suggestion=suggestion, chapter=chapter, by=Actor.person(request.user), **form.cleaned_data
        )
    except TeachingError as refused:
        messages.error(request, refused.message)
        return redirect("shelf_one", chapter.slug, suggestion.uid)
    messages.success(
        request,
        _("“%(title)s” is off your shelf. You find it under “Answered” and can take that back.")
        % {"title": suggestion.current.title},
    )
    return redirect("shelf", chapter.slug)


@require_http_methods(["GET", "POST"])
@chapter_view(Action.WRITE)
def shelf_take_back(request: HttpRequest, uid: str) -> HttpResponse:
    """Undo a “not for us”."""
    chapter = request.chapter
    suggestion = _readable(chapter, uid, standings.standing_of(chapter))
    if request.method == "POST":
        deciding.take_back(suggestion=suggestion, chapter=chapter, by=Actor.person(request.user))
        messages.success(request, _("It is back on your shelf, as long as it is offered."))
    return redirect("shelf", chapter.slug)


@require_http_methods(["GET", "POST"])
@chapter_view(Action.WRITE)
def shelf_unsend(request: HttpRequest, uid: str) -> HttpResponse:
    """Take back what the chapter itself sent in, while the central team has not answered."""
    chapter = request.chapter
    suggestion = get_object_or_404(Suggestion, from_chapter=chapter, uid=uid)
    if request.method == "POST":
        try:
            suggesting.take_back(suggestion=suggestion, by=Actor.person(request.user))
        except TeachingError as refused:
            messages.error(request, refused.message)
        else:
            messages.success(request, _("Taken back. Nobody else sees it; your post stays as it is."))
    return redirect(f"{reverse('shelf', args=[chapter.slug])}?show=ours")


@require_safe
@chapter_view(Action.SEE)
def shelf_picture(request: HttpRequest, uid: str, media: str) -> HttpResponse:
    """A picture of a suggestion the chapter may look at."""
    suggestion = _readable(request.chapter, uid, standings.standing_of(request.chapter))
    return send(get_object_or_404(SuggestionImage, suggestion=suggestion, uid=media))


def _our_post(suggestion: Suggestion, chapter: Chapter) -> Post | None:
    """The post of this chapter that it sent in, while it is there."""
    if suggestion.from_chapter_id != chapter.pk or suggestion.source_post_uid is None:
        return None
    return Post.objects.filter(chapter=chapter, uid=suggestion.source_post_uid).first()


def _readable(chapter: Chapter, uid: str, standing: Any) -> Suggestion:
    suggestion = get_object_or_404(suggested.with_words(Suggestion.objects.all()), uid=uid)
    if not suggested.may_read(suggestion, chapter, standing):
        raise Http404
    return suggestion


def _with_use(rows: list[Shown], chapter: Chapter) -> list[tuple[Shown, deciding.Tally, str]]:
    """Each with how many took it, and how it, or the first post of a kit, begins in the chapter's words."""
    tallies = deciding.tallies([row.suggestion for row in rows])
    return [(row, tallies[row.suggestion.pk], filling.fill(row.items[0].text, chapter).text) for row in rows]


def _with_tallies(rows: list[Suggestion]) -> list[tuple[Suggestion, deciding.Tally]]:
    tallies = deciding.tallies(rows)
    return [(row, tallies[row.pk]) for row in rows]


def _copies(chapter: Chapter, suggestions: list[Suggestion]) -> dict[uuid.UUID, Post]:
    """The chapter's posts made from these suggestions, by the key of the item. Two queries."""
    adoptions = list(Adoption.objects.filter(chapter=chapter, suggestion__in=suggestions))
    posts = Post.objects.filter(chapter=chapter, uid__in=[each.post_uid for each in adoptions])
    by_uid = {post.uid: post for post in posts}
    return {each.item_key: by_uid[each.post_uid] for each in adoptions if each.post_uid in by_uid}


def _item(item: SuggestionItem, chapter: Chapter, copies: dict[uuid.UUID, Post]) -> dict[str, Any]:
    return {"item": item, "filled": filling.fill(item.text, chapter), "copy": copies.get(item.key)}


def _key(request: HttpRequest) -> uuid.UUID:
    key = request.POST.get("form_key", "")
    return uuid.UUID(key) if tray.is_uid(key) else new_form_key()


def _made(chapter: Chapter, post: Post) -> str:
    if post.planned_at is None:
        return _("It is a draft of your chapter now. Nothing goes out until one of you says so.")
    return _(
        "It is a draft of your chapter now, with %(when)s as its time. Nothing goes out until one of you "
        "says so."
    ) % {"when": times.when(post.planned_at, chapter.zone)}
