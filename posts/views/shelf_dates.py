"""Several suggestions into drafts: first the days they get and the local values they lack, then the press."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chapters import rules
from chapters.access import chapter_view
from chapters.events import Actor
from chapters.models import Chapter
from chapters.permissions import Action, can
from playbooks import suggested
from playbooks.models import Adoption, Suggestion, SuggestionItem
from posts import adopting, pages, shelf_rows, standings, tray
from posts.checking import Choice, offer
from posts.forms import new_form_key
from posts.models import Post, SocialAccount
from posts.problems import Refused
from posts.shelf_forms import ValuesForm
from posts.shelf_rows import Place, Row

SUGGESTIONS_MAX = 12
MADE_MAX = 60  # drafts of one press that are shown together


@dataclass(frozen=True)
class Sheet:
    """What the page is about: the posts that could become drafts, and those that did already."""

    uids: list[str]
    items: list[SuggestionItem]
    made: dict[int, Post]  # by the key of the item
    choices: list[Choice]


@require_http_methods(["GET", "POST"])
@chapter_view(Action.WRITE)
def shelf_dates(request: HttpRequest) -> HttpResponse:
    """The days and accounts first, then the drafts."""
    chapter, sent = request.chapter, request.POST if request.method == "POST" else request.GET
    sheet = _sheet(chapter, sent.getlist("suggestion"))
    if request.method == "POST" and (again := _pressed_twice(request, sheet)):
        return _to_made(request, again)
    if not sheet.items:
        return _nothing(request, bool(sheet.made), ticked=bool(sheet.uids))
    if request.method == "GET":
        return _page(request, sheet)
    if set(request.POST.getlist("item")) != {str(item.pk) for item in sheet.items}:
        messages.warning(request, _("Something changed while you looked. Look at the drafts once more."))
        return _page(request, sheet, status=409)
    rows = shelf_rows.typed(chapter, sheet.items, sheet.choices, request.POST)
    wanted = [row for row in rows if row.is_wanted]
    values = _values(request, sheet, [row.item for row in wanted])
    if not wanted:
        messages.error(request, _("Tick at least one of the drafts, then make them."))
    wrong = [form for form in (values, *(row.form for row in wanted)) if not form.is_valid()]
    if wrong or not wanted:
        return _page(request, sheet, rows, values, status=422)
    try:
        posts = _make(request, wanted, shelf_rows.sent_places(sheet.choices, request.POST), values)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return _page(request, sheet, rows, values, status=422)
    return _to_made(request, posts)


@require_GET
@chapter_view(Action.SEE)
def shelf_made(request: HttpRequest) -> HttpResponse:
    """The drafts that one press made, each with its day."""
    chapter = request.chapter
    uids = [uid for uid in request.GET.getlist("post") if tray.is_uid(uid)][:MADE_MAX]
    found = pages.shown(Post.objects.filter(chapter=chapter, uid__in=uids))
    posts = list(found.order_by(F("planned_at").asc(nulls_last=True), "id"))
    if not posts:
        return redirect("post_list", chapter.slug)
    first = posts[0].planned_at
    month = first.astimezone(chapter.zone).strftime("%Y-%m") if first else ""
    context = {"chapter": chapter, "posts": posts, "month": month}
    return render(request, "posts/shelf/made.html", context)


def items_of(chapter: Chapter, uids: list[str]) -> list[SuggestionItem]:
    """The posts of those suggestions that are offered to the chapter now, in the order asked. The audience
    is asked here as well as by the verb, so that an id alone shows nothing."""
    standing = standings.standing_of(chapter)
    found = {
        str(suggestion.uid): suggestion
        for suggestion in suggested.with_words(Suggestion.objects.filter(uid__in=uids))
        if suggested.may_take(suggestion, standing).fits
    }
    items = []
    for uid in dict.fromkeys(str(uuid.UUID(uid)) for uid in uids):
        if uid in found:
            for item in found[uid].current.items.all():
                item.version = found[uid].current
                item.version.suggestion = found[uid]
                items.append(item)
    return items


def _sheet(chapter: Chapter, suggestions: list[str]) -> Sheet:
    uids = [uid for uid in suggestions if tray.is_uid(uid)][:SUGGESTIONS_MAX]
    offered = items_of(chapter, uids)
    made = _made_already(chapter, offered)
    connected = SocialAccount.objects.filter(chapter=chapter, disconnected_at=None).order_by("id")
    return Sheet(uids, [item for item in offered if item.pk not in made], made, offer(connected))


def _made_already(chapter: Chapter, items: list[SuggestionItem]) -> dict[int, Post]:
    adoptions = Adoption.objects.filter(
        chapter=chapter, suggestion__in={item.version.suggestion_id for item in items}
    )
    copies = {(each.suggestion_id, each.item_key): each.post_uid for each in adoptions}
    there = {post.uid: post for post in Post.objects.filter(chapter=chapter, uid__in=copies.values())}
    found = {item.pk: there.get(copies.get((item.version.suggestion_id, item.key))) for item in items}
    return {pk: post for pk, post in found.items() if post is not None}


def _pressed_twice(request: HttpRequest, sheet: Sheet) -> list[Post]:
    """The drafts of everything that was ticked, where all of them are there already."""
    made = {str(pk): post for pk, post in sheet.made.items()}
    ticked = request.POST.getlist("make")
    return [made[pk] for pk in ticked] if all(pk in made for pk in ticked) else []


def _values(request: HttpRequest, sheet: Sheet, wanted: list[SuggestionItem]) -> ValuesForm:
    chapter = request.chapter
    return ValuesForm(
        request.POST if request.method == "POST" else None,
        chapter=chapter,
        missing=adopting.missing(chapter, sheet.items),
        may_keep=can(request.membership, Action.MANAGE_SETTINGS),
        needed={field.attribute for field in adopting.missing(chapter, wanted)},
    )


@transaction.atomic
def _make(request: HttpRequest, rows: list[Row], where: list[Place], values: ValuesForm) -> list[Post]:
    by, chapter, key = Actor.person(request.user), request.chapter, request.POST.get("form_key", "")
    given = values.given
    if values.keeps:
        request.chapter = chapter = rules.change_settings(chapter=chapter, by=by, **given)
    return adopting.use(
        chapter=chapter,
        planned=[row.planned(where) for row in rows],
        by=by,
        form_key=uuid.UUID(key) if tray.is_uid(key) else new_form_key(),
        given=given,
    )


def _to_made(request: HttpRequest, posts: list[Post]) -> HttpResponse:
    chapter = request.chapter
    if len(posts) == 1:
        messages.success(request, _("The draft is made. Nothing goes out until one of you says so."))
        return redirect("post_detail", chapter.slug, posts[0].uid)
    query = urlencode([("post", str(post.uid)) for post in posts[:MADE_MAX]])
    return redirect(f"{reverse('shelf_made', args=[chapter.slug])}?{query}")


def _nothing(request: HttpRequest, is_made: bool, *, ticked: bool) -> HttpResponse:
    if is_made:
        messages.info(request, _("Your chapter has drafts from all of these already."))
    elif ticked:
        messages.error(request, _("None of these is offered to your chapter any more."))
    else:
        messages.info(request, _("Tick the suggestions you want first, then press the button again."))
    return redirect("shelf", request.chapter.slug)


def _page(
    request: HttpRequest,
    sheet: Sheet,
    rows: list[Row] | None = None,
    values: ValuesForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The drafts as they were sent, or as they are proposed where `rows` are not given."""
    chapter, key = request.chapter, request.POST.get("form_key", "") or request.GET.get("form", "")
    context = {
        "chapter": chapter,
        "zone": chapter.zone,
        "rows": rows or shelf_rows.proposed(chapter, sheet.items, sheet.choices),
        "where": shelf_rows.sent_places(sheet.choices, request.POST)
        if rows
        else shelf_rows.usual_places(chapter, sheet.choices),
        "values": values or _values(request, sheet, sheet.items),
        "uids": sheet.uids,
        "made": len(sheet.made),
        "form_key": key if tray.is_uid(key) else new_form_key(),
    }
    return render(request, "posts/shelf/dates.html", context, status=status)
