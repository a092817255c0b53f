"""What chapters may read and take: published versions, never a draft."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from playbooks import durations, search
from playbooks.models import Playbook, Template, TemplateVersion
from playbooks.platforms import ANY, name

WIDER = 4  # times as many hits are looked at where some will not fit the filters


@dataclass(frozen=True)
class Choices:
    """What the filters of the list offer, in the order they are shown."""

    topics: list[str]
    platforms: list[str]
    languages: list[str] = field(default_factory=list)
    times: list[int] = field(default_factory=list)  # minutes: up to how long a playbook takes


def published() -> QuerySet[Playbook]:
    """Everything a chapter finds, each with its current version, by title."""
    return (
        Playbook.objects.filter(status=Playbook.Status.PUBLISHED)
        .select_related("current")
        .defer("body")
        .order_by("current__title", "pk")
    )


@dataclass(frozen=True)
class Wanted:
    """What somebody narrows the list to; anything empty does not count. `minutes` is at most how long."""

    topic: str = ""
    platform: str = ""
    language: str = ""
    minutes: int = 0


EVERYTHING = Wanted()


def find(*, topic: str = "", platform: str = "", language: str = "", minutes: int = 0) -> QuerySet[Playbook]:
    """The published playbooks that fit all of it."""
    return _narrowed(published(), Wanted(topic, platform, language, minutes))


def _narrowed(found: QuerySet[Playbook], wanted: Wanted) -> QuerySet[Playbook]:
    topic, platform = wanted.topic, wanted.platform
    found = found.annotate(
        topics_text=Cast("current__topics", TextField()),
        platforms_text=Cast("current__platforms", TextField()),
    )
    if wanted.language:
        found = found.filter(language=wanted.language)
    if wanted.minutes:
        found = found.filter(current__time_needed__in=_times_within(wanted.minutes))
    if topic:
        found = found.filter(topics_text__contains=_stored(topic))
    if platform:
        about_all = Q(platforms_text="[]") | Q(platforms_text__contains=_stored(ANY))
        found = found.filter(about_all | Q(platforms_text__contains=_stored(platform)))
    return found


def once_each(found: QuerySet[Playbook], language: str) -> QuerySet[Playbook]:
    """Of a playbook and its translations one: in `language` where there is one, else the original."""
    others = Playbook.objects.filter(
        status=Playbook.Status.PUBLISHED, translation_group=OuterRef("translation_group")
    ).exclude(pk=OuterRef("pk"))
    is_better = Exists(others.filter(language=language))
    is_original = Exists(others.filter(translated_version=None))
    return found.exclude(
        ~Q(language=language) & (is_better | Q(is_original, translated_version__isnull=False))
    )


def on(found: QuerySet[Playbook], topics: Iterable[str]) -> QuerySet[Playbook]:
    """Those of `found` that are on at least one of `topics`."""
    wanted = reduce(or_, (Q(topics_text__contains=_stored(topic)) for topic in sorted(topics)), Q(pk=None))
    return found.annotate(topics_text=Cast("current__topics", TextField())).filter(wanted)


@dataclass(frozen=True)
class Result:
    """What a search found, best first, and for misspelt words what was looked for besides."""

    playbooks: list[Playbook]
    meant: dict[str, str]


def look_up(query: str, wanted: Wanted = EVERYTHING, *, language: str = "", limit: int = 30) -> Result:
    """The published playbooks that suit `query`, misspelt or not, best first; in `language` before others."""
    found = search.find(
        query,
        kinds=[search.PLAYBOOK],
        topic=wanted.topic,
        platform=wanted.platform,
        language=language,
        limit=limit * WIDER if wanted.language or wanted.minutes else limit,
    )
    return Result(_once_each(in_order(found.of(search.PLAYBOOK), wanted), language)[:limit], found.meant)


def _once_each(playbooks: list[Playbook], language: str) -> list[Playbook]:
    """Of translations that were found together one, where the first of them stood."""
    shown: dict[uuid.UUID, Playbook] = {}
    for playbook in playbooks:
        first = shown.setdefault(playbook.translation_group, playbook)
        if playbook.language == language != first.language:
            shown[playbook.translation_group] = playbook
    return list(shown.values())


def in_order(keys: list[int], wanted: Wanted = EVERYTHING) -> list[Playbook]:
    """The published playbooks of these keys that fit, in their order. One query."""
    rows = _narrowed(published().filter(pk__in=keys), wanted).defer("body", "current__body")
    by_key = {playbook.pk: playbook for playbook in rows}
    return [by_key[key] for key in keys if key in by_key]


def choices() -> Choices:
    """What there is to narrow the list to. One query."""
    rows = list(
        published()
        .order_by()
        .values_list("current__topics", "current__platforms", "language", "current__time_needed")
    )
    topics = {topic for row in rows for topic in row[0]}
    platforms = {platform for row in rows for platform in row[1] if platform != ANY}
    times = {durations.minutes(said) for said in {row[3] for row in rows}} - {None}
    return Choices(
        sorted(topics, key=str.casefold),
        sorted(platforms, key=lambda key: name(key).casefold()),
        sorted({row[2] for row in rows}),
        [step for step in durations.STEPS if any(time <= step for time in times)],
    )


def _times_within(minutes: int) -> list[str]:
    """How published playbooks put a time of at most so many minutes. One query."""
    said = published().order_by().values_list("current__time_needed", flat=True).distinct()
    return [text for text in said if (durations.minutes(text) or minutes + 1) <= minutes]


def readable(slug: str) -> Playbook | None:
    """The playbook at `slug` if chapters ever got it; an archived one stays readable."""
    return (
        Playbook.objects.filter(slug=slug, current__isnull=False)
        .exclude(status=Playbook.Status.DRAFT)
        .select_related("current", "current__published_by", "owner", "replaced_by")
        .select_related("translated_version__playbook__current")
        .first()
    )


def templates_of(playbook: Playbook) -> QuerySet[Template]:
    """The templates a playbook offers, in their order."""
    return playbook.templates.filter(archived_at=None, current__isnull=False).select_related("current")


def template_to_use(pk: int) -> TemplateVersion | None:
    """The template version that a new post may begin from: of a published playbook, not withdrawn.

    An earlier version counts too, since the page with its button may have been open for a while.
    """
    return (
        TemplateVersion.objects.filter(
            pk=pk,
            template__archived_at=None,
            template__playbook__status=Playbook.Status.PUBLISHED,
        )
        .select_related("template__playbook")
        .first()
    )


def _stored(text: str) -> str:
    """How `text` stands inside a JSON column: PostgreSQL keeps its letters, SQLite has Django's escapes."""
    return json.dumps(text, ensure_ascii=connection.vendor == "sqlite")
