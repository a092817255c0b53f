"""What a chapter published, for its notes on playbooks to point at; see playbooks/own_posts.py."""

from __future__ import annotations

from django.db.models import F, Prefetch

from chapters.models import Chapter
from playbooks.own_posts import SHOWN, OwnPost
from posts.models import Delivery, Post


def published_by(chapter: Chapter) -> list[OwnPost]:
    """The newest posts that are out, each with one public address of it where there is one. Two queries."""
    out = Delivery.objects.filter(status=Delivery.Status.PUBLISHED, removed_at=None).order_by("id")
    posts = (
        chapter.posts.filter(status=Post.Status.PUBLISHED)
        .prefetch_related(Prefetch("deliveries", out, to_attr="out"))
        .order_by(F("published_at").desc(nulls_last=True), "-id")[:SHOWN]
    )
    return [
        OwnPost(post.uid, post.first_words, _address(post.out), post.published_at or post.created_at)
        for post in posts
        if post.out
    ]


def _address(deliveries: list[Delivery]) -> str:
    """One that a page may link to."""
    addresses = (delivery.permalink for delivery in deliveries)
    return next((each for each in addresses if each.startswith(("https://", "http://"))), "")
