"""Several suggestions into drafts: first the days they get and the local values they lack, then the press."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from chapters import rules
from chapters.access import chapter_view
from chapters.events import Actor
from chapters.models import Chapter
from chapters.permissions import Action, can
from playbooks import filling, suggested
from playbooks.models import Adoption, Suggestion, SuggestionItem
from posts import adopting, spreading, standings, tray
from posts.forms import new_form_key
from posts.models import Post
from posts.problems import Refused
from posts.shelf_forms import DateForm, ValuesForm
from posts.spreading import Planned

SUGGESTIONS_MAX = 12


@dataclass(frozen=True)
class Row:
    """One draft to be: what it is made from, how it reads here, and its day."""

    item: SuggestionItem
    filled: filling.Filled
    form: DateForm


@require_http_methods(["GET", "POST"])
@chapter_view(Action.WRITE)
def shelf_dates(request: HttpRequest) -> HttpResponse:
    """The days first, then the drafts."""
    chapter = request.chapter
    sent = request.POST if request.method == "POST" else request.GET
    uids = [uid for uid in sent.getlist("suggestion") if tray.is_uid(uid)][:SUGGESTIONS_MAX]
    offered = items_of(chapter, uids)
    made = _made_already(chapter, offered)
    items = [item for item in offered if (item.version.suggestion_id, item.key) not in made]
    if not items:
        return _nothing(request, bool(made), ticked=bool(uids))
    missing = adopting.missing(chapter, items)
    values = ValuesForm(
        request.POST if request.method == "POST" else None,
        chapter=chapter, missing=missing, may_keep=can(request.membership, Action.MANAGE_SETTINGS),
    )  # fmt: skip
    if request.method == "GET":
        return _page(request, _proposed(chapter, items), values, uids, len(made))
    rows = [_row(item, chapter, request.POST) for item in items]
    seen = set(request.POST.getlist("item"))
    if seen != {str(item.pk) for item in items}:
        messages.warning(request, _("Something changed while you looked. Look at the drafts once more."))
        return _page(request, _proposed(chapter, items), values, uids, len(made), status=409)
    wrong = [form for form in (values, *(row.form for row in rows)) if not form.is_valid()]
    if wrong:
        return _page(request, rows, values, uids, len(made), status=422)
    try:
        posts = _make(request, rows, values)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return _page(request, rows, values, uids, len(made), status=422)
    messages.success(request, _said(len(posts)))
    if len(posts) == 1:
        return redirect("post_detail", chapter.slug, posts[0].uid)
    return redirect("plan", chapter.slug)


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


def _made_already(chapter: Chapter, items: list[SuggestionItem]) -> set[tuple[int, uuid.UUID]]:
    adoptions = Adoption.objects.filter(
        chapter=chapter, suggestion__in={item.version.suggestion_id for item in items}
    )
    there = set(
        Post.objects.filter(chapter=chapter, uid__in=adoptions.values("post_uid")).values_list(
            "uid", flat=True
        )
    )
    return {(each.suggestion_id, each.item_key) for each in adoptions if each.post_uid in there}


def _proposed(chapter: Chapter, items: list[SuggestionItem]) -> list[Row]:
    return [
        Row(
            planned.item,
            filling.fill(planned.item.text, chapter),
            DateForm(
                chapter=chapter, prefix=f"item{planned.item.pk}",
                initial=DateForm.initial_for(planned.at, chapter),
            ),
        )
        for planned in spreading.dates_for(chapter, items)
    ]  # fmt: skip


def _row(item: SuggestionItem, chapter: Chapter, data: Any) -> Row:
    form = DateForm(data, chapter=chapter, prefix=f"item{item.pk}")
    return Row(item, filling.fill(item.text, chapter), form)


@transaction.atomic
def _make(request: HttpRequest, rows: list[Row], values: ValuesForm) -> list[Post]:
    by, chapter, key = Actor.person(request.user), request.chapter, request.POST.get("form_key", "")
    given = values.given
    if values.keeps:
        request.chapter = chapter = rules.change_settings(chapter=chapter, by=by, **given)
    return adopting.use(
        chapter=chapter,
        planned=[Planned(row.item, row.form.at) for row in rows],
        by=by,
        form_key=uuid.UUID(key) if tray.is_uid(key) else new_form_key(),
        given=given,
    )


def _nothing(request: HttpRequest, is_made: bool, *, ticked: bool) -> HttpResponse:
    if is_made:
        messages.info(request, _("Your chapter has drafts from all of these already."))
    elif ticked:
        messages.error(request, _("None of these is offered to your chapter any more."))
    else:
        messages.info(request, _("Tick the suggestions you want first, then press the button again."))
    return redirect("shelf", request.chapter.slug)


def _page(
    request: HttpRequest, rows: list[Row], values: ValuesForm, uids: list[str], made: int, status: int = 200
) -> HttpResponse:
    key = request.POST.get("form_key", "") or request.GET.get("form", "")
    context = {
        "chapter": request.chapter,
        "zone": request.chapter.zone,
        "rows": rows,
        "values": values,
        "uids": uids,
        "made": made,
        "form_key": key if tray.is_uid(key) else new_form_key(),
        "button": _button(len(rows)),
    }
    return render(request, "posts/shelf/dates.html", context, status=status)


def _button(count: int) -> str:
    return ngettext("Make the draft", "Make %(n)d drafts", count) % {"n": count}


def _said(count: int) -> str:
    return ngettext(
        "%(n)d draft is made. Nothing goes out until one of you says so.",
        "%(n)d drafts are made. Nothing goes out until one of you says so.",
        count,
    ) % {"n": count}
