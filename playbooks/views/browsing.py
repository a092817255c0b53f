"""The list of playbooks: what is picked for the chapter, search and filters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from chapters.access import chapter_view
from chapters.permissions import Action, can
from playbooks import durations, for_you, library, reading_list
from playbooks.library import Wanted
from playbooks.models import Playbook
from playbooks.paging import Page, page
from playbooks.search import bodies
from playbooks.search.snippets import Stretch, marked, snippet
from playbooks.search.words import split

TITLE_MAX = 160  # of a question: what was looked for in vain may become one
FILTERS = ("q", "topic", "platform", "language", "minutes")


@dataclass(frozen=True)
class Row:
    """One playbook of the list, with the words that were searched for marked."""

    playbook: Playbook
    title: list[Stretch]
    summary: list[Stretch]
    passage: list[Stretch]
    kept: str


@require_GET
@chapter_view(Action.SEE)
def playbook_list(request: HttpRequest) -> HttpResponse:
    """Browse and search what the central team teaches."""
    asked = {name: request.GET.get(name, "").replace("\0", "").strip() for name in FILTERS}
    filters = {name: value for name, value in asked.items() if value}
    wanted = Wanted(asked["topic"], asked["platform"], asked["language"], _minutes(asked["minutes"]))
    words: list[str] = []
    context = {
        "asked": asked,
        "is_filtered": bool(filters),
        "choices": library.choices(),
        "ask_url": _ask_url(request, asked["q"]),
        "may_propose": not request.chapter.is_central and can(request.membership, Action.SPEAK),
        "query_string": urlencode(filters),
        "may_write": can(request.membership, Action.WRITE),
    }
    if asked["q"]:
        result = library.look_up(asked["q"], wanted, language=request.user.language)
        listed = Page(result.playbooks)
        words = [*split(asked["q"]), *result.meant.values()]
        context["meant"] = result.meant
    else:
        listed = _page(request, wanted)
    context |= {"page": listed, "rows": _rows(request, listed.rows, words)}
    if not filters and not listed.has_earlier and not request.chapter.is_central:
        context["picks"] = for_you.of(request.chapter, language=request.user.language, reader=request.user)
    return render(request, "playbooks/playbook_list.html", context)


def _ask_url(request: HttpRequest, words: str) -> str:
    """Where what was looked for in vain is asked as a question."""
    page = reverse("question_ask", args=[request.chapter.slug])
    return f"{page}?{urlencode({'title': words[:TITLE_MAX]})}" if words else page


def _page(request: HttpRequest, wanted: Wanted) -> Page:
    found = library.find(
        topic=wanted.topic, platform=wanted.platform, language=wanted.language, minutes=wanted.minutes
    )
    if not wanted.language:
        found = library.once_each(found, request.user.language)
    return page(
        found.defer("body", "current__body"),
        by="current__title",
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )


def _rows(request: HttpRequest, playbooks: Iterable[Playbook], words: list[str]) -> list[Row]:
    playbooks = list(playbooks)
    kept = reading_list.states(request.user, playbooks)
    texts = bodies([playbook.pk for playbook in playbooks]) if words else {}
    return [_row(playbook, words, texts.get(playbook.pk, ""), kept) for playbook in playbooks]


def _row(playbook: Playbook, words: list[str], body: str, kept: dict[int, str]) -> Row:
    version = playbook.current
    return Row(
        playbook,
        marked(version.title, words),
        marked(version.summary, words),
        snippet(body, words),
        kept.get(playbook.pk, ""),
    )


def _minutes(text: str) -> int:
    return int(text) if text in {str(step) for step in durations.STEPS} else 0
