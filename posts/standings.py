"""What a chapter is, as the audiences of suggestions ask of it, and what waits on its shelf therefore."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.db.models import Count

from chapters.models import Chapter, Membership, Region
from playbooks import suggested
from playbooks.audience import Standing
from playbooks.suggested import Shown
from posts.models import SocialAccount


def standing_of(chapter: Chapter) -> Standing:
    """The chapter as audiences ask of it. Three queries."""
    return standings_of([chapter])[chapter.pk]


def standings_of(chapters: Sequence[Chapter]) -> dict[int, Standing]:
    """Each of `chapters`, by its key, as audiences ask of it. Three queries for any number."""
    accounts: dict[int, list[str]] = defaultdict(list)
    connected = SocialAccount.objects.filter(chapter__in=chapters, disconnected_at=None)
    for chapter_id, platform in connected.values_list("chapter", "platform"):
        accounts[chapter_id].append(platform)
    members = dict(
        Membership.objects.filter(chapter__in=chapters, user__is_active=True)
        .order_by()
        .values_list("chapter")
        .annotate(n=Count("pk"))
    )
    parents = dict(Region.objects.values_list("pk", "parent"))
    return {
        chapter.pk: Standing(
            name=chapter.name,
            regions=_with_parents(chapter.region_id, parents),
            platforms=frozenset(accounts[chapter.pk]),
            members=members.get(chapter.pk, 0),
            accounts=len(accounts[chapter.pk]),
            language=chapter.language,
        )
        for chapter in chapters
    }


def _with_parents(region: int | None, parents: Mapping[int, int | None]) -> frozenset[int]:
    found: set[int] = set()
    while region is not None and region not in found:
        found.add(region)
        region = parents.get(region)
    return frozenset(found)


def new_for(chapter: Chapter) -> list[Shown]:
    """The suggestions that fit the chapter and wait for its answer, the newest first."""
    return suggested.new_for(chapter, lambda: standing_of(chapter))
