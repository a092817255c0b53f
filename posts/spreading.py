"""The days and hours that drafts of a chapter would get: `posts.rhythm`, asked with what the chapter has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from chapters.models import Chapter
from hubsite.lib import times
from playbooks.models import SuggestionItem
from posts import rhythm
from posts.models import Post

PUBLISHED_LOOKED_AT = 7 * rhythm.PER_WEEKDAY


@dataclass(frozen=True)
class Planned:
    """One post of a suggestion with the time its draft is planned for, in UTC, or none, and the accounts it
    is for: those that the chapter usually posts to, unless somebody chose."""

    item: SuggestionItem
    at: datetime | None = None
    accounts: tuple[int, ...] | None = None


def dates_for(
    chapter: Chapter, items: Sequence[SuggestionItem], now: datetime | None = None
) -> list[Planned]:
    """When drafts of `items` would be planned: the coming days, at the chapter's usual hour. Two queries."""
    now = now or timezone.now()
    begin = now.astimezone(chapter.zone).date() + timedelta(days=1)
    wishes = [rhythm.Wish(item.on, item.day, item.at) for item in items]
    walls = rhythm.spread(
        wishes, begin=begin, hours=usual_hours(chapter), taken=_planned_days(chapter, begin)
    )
    return [Planned(item, times.instant(wall, chapter.zone)) for item, wall in zip(items, walls, strict=True)]


def usual_hours(chapter: Chapter) -> Mapping[int, time]:
    """The chapter's usual time of day by weekday, from what it published last."""
    last = (
        Post.objects.filter(chapter=chapter, status=Post.Status.PUBLISHED, published_at__isnull=False)
        .order_by("-published_at", "-id")
        .values_list("published_at", flat=True)[:PUBLISHED_LOOKED_AT]
    )
    return rhythm.usual_hours(at.astimezone(chapter.zone) for at in last)


def _planned_days(chapter: Chapter, begin: date) -> set[date]:
    until = timezone.now() + timedelta(days=rhythm.FURTHEST + 1)
    planned = Post.objects.filter(chapter=chapter, planned_at__gt=timezone.now(), planned_at__lt=until)
    return {at.astimezone(chapter.zone).date() for at in planned.values_list("planned_at", flat=True)}
