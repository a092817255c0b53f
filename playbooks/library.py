"""What chapters may read and take: published versions, never a draft."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from playbooks import search
from playbooks.models import Playbook, Template, TemplateVersion
from playbooks.platforms import ANY, name


@dataclass(frozen=True)
class Choices:
    """What the filters of the list offer, in the order they are shown."""

    topics: list[str]
    platforms: list[str]


def published() -> QuerySet[Playbook]:
    """Everything a chapter finds, each with its current version, by title."""
    return (
        Playbook.objects.filter(status=Playbook.Status.PUBLISHED)
        .select_related("current")
        .defer("body")
        .order_by("current__title", "pk")
    )


def find(*, topic: str = "", platform: str = "") -> QuerySet[Playbook]:
    """The published playbooks on that topic and platform."""
    found = published().annotate(
        topics_text=Cast("current__topics", TextField()),
        platforms_text=Cast("current__platforms", TextField()),
    )
    if topic:
        found = found.filter(topics_text__contains=_stored(topic))
    if platform:
        about_all = Q(platforms_text="[]") | Q(platforms_text__contains=_stored(ANY))
        found = found.filter(about_all | Q(platforms_text__contains=_stored(platform)))
    return found


@dataclass(frozen=True)
class Result:
    """What a search found, best first, and for misspelt words what was looked for besides."""

    playbooks: list[Playbook]
    meant: dict[str, str]


def look_up(
    query: str, *, topic: str = "", platform: str = "", language: str = "", limit: int = 30
) -> Result:
    """The published playbooks that suit `query`, misspelt or not, best first."""
    found = search.find(
        query, kinds=[search.PLAYBOOK], topic=topic, platform=platform, language=language, limit=limit
    )
    return Result(in_order(found.of(search.PLAYBOOK)), found.meant)


def in_order(keys: list[int]) -> list[Playbook]:
    """The published playbooks of these keys, in their order. One query."""
    rows = published().filter(pk__in=keys).defer("body", "current__body")
    by_key = {playbook.pk: playbook for playbook in rows}
    return [by_key[key] for key in keys if key in by_key]


def choices() -> Choices:
    """The topics and platforms of what is published. One query."""
    rows = published().order_by().values_list("current__topics", "current__platforms")
    topics = {topic for row in rows for topic in row[0]}
    platforms = {platform for row in rows for platform in row[1] if platform != ANY}
    return Choices(sorted(topics, key=str.casefold), sorted(platforms, key=lambda key: name(key).casefold()))


def readable(slug: str) -> Playbook | None:
    """The playbook at `slug` if chapters ever got it; an archived one stays readable."""
    return (
        Playbook.objects.filter(slug=slug, current__isnull=False)
        .exclude(status=Playbook.Status.DRAFT)
        .select_related("current", "current__published_by", "owner")
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
