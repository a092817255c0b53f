"""What a chapter has lived through in the last month, for picking playbooks that may help it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone

from chapters.models import Chapter
from playbooks.picking import Facts
from posts.models import Delivery, Post, Review

MONTH = timedelta(days=31)
READ = 200  # messages and reviews of that month; more would say the same

# what a message or a reviewer's words are about, by the first that fits
ABOUT_REFUSALS = {
    "pictures": re.compile(r"picture|image|photo|video|alt text|description|megapixel", re.IGNORECASE),
    "length": re.compile(r"too long|characters|shorter", re.IGNORECASE),
    "access": re.compile(r"connect|sign in|permission|access|token", re.IGNORECASE),
}
ABOUT_CHANGES = {
    "consent": re.compile(r"consent|permission|agreed?\b|face|may we show", re.IGNORECASE),
    "pictures": re.compile(r"picture|image|photo|alt text|descri", re.IGNORECASE),
    "place": re.compile(r"\bwhere\b|\bwhen\b|place|address|\bdate\b|\btime\b|room", re.IGNORECASE),
    "credit": re.compile(r"sponsor|partner|donor|credit|thank|name the", re.IGNORECASE),
    "length": re.compile(r"shorter|too long|fewer words|\bcut\b", re.IGNORECASE),
}


def of(chapter: Chapter) -> Facts:
    """The facts of one chapter. Six queries."""
    since = timezone.now() - MONTH
    deliveries = Delivery.objects.filter(chapter=chapter, due_at__gte=since).order_by("-due_at")
    refused = deliveries.filter(status=Delivery.Status.FAILED).values_list("post_id", "message")[:READ]
    late = deliveries.filter(status=Delivery.Status.HELD, held_reason=Delivery.HeldReason.LATE)
    changes = (
        Review.objects.filter(post__chapter=chapter, created_at__gte=since, verdict=Review.Verdict.CHANGES)
        .order_by("-id")
        .values_list("post_id", "text")[:READ]
    )
    accounts = list(chapter.social_accounts.filter(disconnected_at=None).values_list("platform", "broken_at"))
    return Facts(
        platforms=frozenset(platform for platform, _broken in accounts),
        has_published=chapter.posts.filter(status=Post.Status.PUBLISHED).exists(),
        refused=_by_matter(refused, ABOUT_REFUSALS),
        changes=_by_matter(changes, ABOUT_CHANGES),
        broken_accounts=sum(broken is not None for _platform, broken in accounts),
        late=late.order_by().values("post").distinct().count(),
        planned=chapter.posts.filter(planned_at__gte=timezone.now())[:1].count(),
    )


def _by_matter(rows: Iterable[tuple[int, str]], matters: dict[str, re.Pattern[str]]) -> dict[str, int]:
    """How many posts each matter was said of; a post with three refused accounts counts once."""
    said = {(post, _matter(words, matters)) for post, words in rows}
    return dict(Counter(matter for _post, matter in said))


def _matter(words: str, matters: dict[str, re.Pattern[str]]) -> str:
    return next((matter for matter, pattern in matters.items() if pattern.search(words)), "other")
