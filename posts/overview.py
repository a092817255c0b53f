"""What the central team's home shows beside posts: open invitations and the chapters by region.

Names and regions, no figures of any chapter: nothing here ranks chapters or tells who is silent.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce

from chapters.models import Chapter, Invitation, Membership
from chapters.permissions import Action, Role, can

INVITATIONS_SHOWN = 5
CHAPTERS_SHOWN = 40


@dataclass(frozen=True)
class RegionOfChapters:
    """A region's chapters by name; `name` is empty for those in no region."""

    name: str
    chapters: list[Chapter]


@dataclass(frozen=True)
class Regions:
    """The federation, or as much of it as a home has room for."""

    regions: list[RegionOfChapters]
    is_cut: bool


def open_invitations(membership: Membership) -> QuerySet[Invitation]:
    """What the central team offered and nobody took up yet: leads it invited, and people of its own."""
    waiting = Invitation.objects.filter(accepted_at=None, revoked_at=None)
    shown = Q(pk=None)
    if can(membership, Action.FOUND):
        of_chapters = Q(role=Role.LEAD, invited_by__memberships__chapter=membership.chapter_id)
        shown |= of_chapters & ~Q(chapter__state=Chapter.State.LEFT)
    if can(membership, Action.MANAGE_PEOPLE):
        shown |= Q(chapter=membership.chapter_id)
    return waiting.filter(shown).select_related("chapter").order_by("expires_at", "id")[:INVITATIONS_SHOWN]


def regions() -> Regions:
    """Chapters by region and name. One query."""
    rows = list(
        Chapter.objects.filter(kind=Chapter.Kind.CHAPTER)
        .exclude(state=Chapter.State.LEFT)
        .annotate(region_name=Coalesce("region__name", Value("")))
        .order_by("region_name", "name", "id")[: CHAPTERS_SHOWN + 1]
    )
    found: dict[str, list[Chapter]] = {}
    for chapter in rows[:CHAPTERS_SHOWN]:
        found.setdefault(chapter.region_name, []).append(chapter)
    return Regions([RegionOfChapters(*pair) for pair in found.items()], len(rows) > CHAPTERS_SHOWN)
