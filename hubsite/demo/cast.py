"""Who and when: what the loaders of the demo's talk have in common."""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any

from chapters.events import Actor
from chapters.models import Chapter, Membership, User
from hubsite.demo import content
from hubsite.demo.story import NAMESPACE
from playbooks.models import Playbook, PlaybookVersion
from posts.models import Post

FIRST_HOUR, HOURS = 8, 14  # people write from eight in the morning until ten at night


class Cast:
    """The people, chapters, playbooks and posts of the content files, as seen from `now`."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.chapters = {chapter.slug: chapter for chapter in Chapter.objects.select_related("region")}
        self.people = {user.email: user for user in User.objects.all()}
        self.playbooks = {playbook.slug: playbook for playbook in Playbook.objects.all()}

    @cached_property
    def central(self) -> Chapter:
        return next(chapter for chapter in self.chapters.values() if chapter.is_central)

    @cached_property
    def _memberships(self) -> dict[tuple[str, str], Membership]:
        rows = Membership.objects.select_related("chapter", "user")
        return {(row.user.email, row.chapter.slug): row for row in rows}

    def actor(self, local_part: str) -> Actor:
        return Actor.person(self.user(local_part))

    @staticmethod
    def author(post: Post) -> Actor:
        return Actor.person(post.author)

    def user(self, local_part: str) -> User:
        return self.people[content.address(local_part)]

    def membership(self, local_part: str, chapter: str) -> Membership:
        return self._memberships[content.address(local_part), chapter]

    def moment(self, days_ago: float, chapter: str, number: int) -> datetime:
        """When somebody of `chapter` did something: at a waking hour of theirs, another for each `number`,
        for whole days; a part of a day is counted exactly."""
        if isinstance(days_ago, float):
            return self.now - timedelta(days=days_ago)
        zone = self.chapters[chapter].zone
        day = self.now.astimezone(zone).date() - timedelta(days=days_ago)
        minutes = number * 167 % (HOURS * 60)
        return datetime.combine(day, time(FIRST_HOUR), tzinfo=zone) + timedelta(minutes=minutes)

    def version(self, slug: str, at: datetime) -> PlaybookVersion:
        """What was published of a playbook at that time."""
        upto = PlaybookVersion.objects.filter(playbook=self.playbooks[slug], published_at__lte=at)
        return upto.select_related("playbook").order_by("-number").first()

    def post(self, chapter: str, begins: str) -> Post:
        """The chapter's post with these first words."""
        posts = Post.objects.select_related("chapter", "author").filter(chapter__slug=chapter)
        return posts.get(text__startswith=begins)


def entry_of(post: Post) -> tuple[int, dict[str, Any]]:
    """Where a post stands in the content file, and what is said of it there."""
    entries = enumerate(content.posts()["posts"])
    return next(found for found in entries if key("post", found[0]) == post.form_key)


def key(kind: str, number: int | str) -> uuid.UUID:
    """The form key of something in a content file: the same on every load."""
    return uuid.uuid5(NAMESPACE, f"{kind} {number}")
