"""How much chapters use what the central team teaches: the figures that grade the central team.

Counted over all chapters together. The central team's own posts are left out.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from django.db.models import Count

from chapters.models import Chapter
from playbooks.models import ChapterNote, Playbook, TemplateUse, TemplateVersion


@dataclass(frozen=True)
class Use:
    """How many drafts chapters began from a playbook's templates, and how many chapters did; and how many
    chapters said that they tried it."""

    uses: int = 0
    chapters: int = 0
    tried: int = 0


@dataclass(frozen=True)
class PlaybookUse:
    """One line of the summary."""

    playbook: Playbook
    uses: int
    chapters: int
    tried: int = 0


def record_use(*, version: TemplateVersion, chapter: Chapter, post_uid: uuid.UUID) -> TemplateUse:
    """Note that the post `post_uid` of `chapter` began from `version`. Saying it again changes nothing."""
    use, _created = TemplateUse.objects.get_or_create(
        post_uid=post_uid, defaults={"version": version, "chapter": chapter}
    )
    return use


def of(playbooks: Iterable[Playbook]) -> dict[int, Use]:
    """The use of each of `playbooks` by its key, in two queries; unused ones are there with zeros."""
    keys = [playbook.pk for playbook in playbooks]
    rows = (
        TemplateUse.objects.filter(version__template__playbook__in=keys)
        .exclude(chapter__kind=Chapter.Kind.CENTRAL)
        .order_by()
        .values("version__template__playbook")
        .annotate(uses=Count("pk"), chapters=Count("chapter", distinct=True))
    )
    begun = {row["version__template__playbook"]: (row["uses"], row["chapters"]) for row in rows}
    tried = _tried(keys)
    return {key: Use(*begun.get(key, (0, 0)), tried=tried.get(key, 0)) for key in keys}


def _tried(keys: list[int]) -> dict[int, int]:
    """Of how many chapters all others read that they tried it."""
    notes = ChapterNote.objects.filter(playbook__in=keys, removed_at=None, hidden_at=None)
    rows = notes.exclude(chapter__kind=Chapter.Kind.CENTRAL).order_by().values("playbook")
    return {row["playbook"]: row["count"] for row in rows.annotate(count=Count("chapter", distinct=True))}


def summary() -> list[PlaybookUse]:
    """Every published playbook with its use, the most used first. Three queries."""
    playbooks = list(Playbook.objects.filter(status=Playbook.Status.PUBLISHED).defer("body"))
    uses = of(playbooks)
    lines = [PlaybookUse(p, **asdict(uses[p.pk])) for p in playbooks]
    return sorted(lines, key=lambda line: (-line.uses, line.playbook.title.casefold(), line.playbook.pk))
