"""The demo on a later day: what was not sent moves into the future, and one fresh post is about to go out."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.utils import timezone

from chapters.events import SYSTEM, Actor
from chapters.models import Chapter, Membership, User
from hubsite.demo import content
from hubsite.demo.people import account
from hubsite.demo.story import NAMESPACE
from posts import composing, workflow
from posts.models import Post

FRESH_IN = timedelta(seconds=58)  # so that it is never more than a minute after the hub is ready
DAY = timedelta(days=1)
LATER = timedelta(hours=20)  # since the last fresh post, to count as another day


def first_post() -> None:
    """Schedule the post that a newcomer sees going out in the first minute."""
    number, entry = next(
        (number, entry)
        for number, entry in enumerate(content.posts()["posts"])
        if entry.get("goes_out_first")
    )
    post = Post.objects.get(form_key=uuid.uuid5(NAMESPACE, f"post {number}"))
    author = User.objects.get(email=content.address(entry["author"]))
    workflow.schedule(post=post, at=timezone.now() + FRESH_IN, by=Actor.person(author))


def next_out() -> datetime | None:
    """When the post goes out that a newcomer can watch; None where none is about to."""
    now = timezone.now()
    coming = Post.objects.filter(
        is_demo=True, status=Post.Status.SCHEDULED, planned_at__gt=now, planned_at__lte=now + FRESH_IN
    )
    return coming.order_by("planned_at").values_list("planned_at", flat=True).first()


def refresh() -> bool:
    """Move unsent demo posts on and schedule a fresh one, once a day. Returns whether anything was done."""
    now = timezone.now()
    move_unsent(now)
    newest = Post.objects.filter(is_demo=True).order_by("-created_at").values_list("created_at", flat=True)
    if newest.first() is None or now - newest.first() < LATER:
        return False
    return fresh_post()


def move_unsent(now: datetime) -> None:
    """Give every demo post whose time passed unsent the same wall time on a coming day."""
    waiting = {Post.Status.DRAFT, Post.Status.IN_REVIEW, Post.Status.APPROVED, Post.Status.SCHEDULED}
    overdue = Post.objects.filter(is_demo=True, status__in=waiting, planned_at__lt=now)
    for post in overdue.select_related("chapter"):
        at = _same_time_later(post.planned_at, post.chapter, now)
        if post.status == Post.Status.SCHEDULED:
            workflow.unschedule(post=post, by=SYSTEM)
            workflow.schedule(post=post, at=at, by=SYSTEM, grace_minutes=post.grace_minutes)
        else:
            Post.objects.filter(pk=post.pk).update(planned_at=at)


def _same_time_later(planned: datetime, chapter: Chapter, now: datetime) -> datetime:
    wall = planned.astimezone(chapter.zone)
    days = (now.astimezone(chapter.zone).date() - wall.date()).days + 1 + wall.toordinal() % 9
    moved = wall.replace(tzinfo=None) + days * DAY
    return moved.replace(tzinfo=chapter.zone)


def fresh_post() -> bool:
    """Write, approve and schedule the next of the fresh posts; False when all were used."""
    for number, entry in enumerate(content.posts()["fresh"]):
        key = uuid.uuid5(NAMESPACE, f"fresh {number}")
        if not Post.objects.filter(form_key=key).exists():
            _publish_soon(entry, key)
            return True
    return False


def _publish_soon(entry: dict, key: uuid.UUID) -> None:
    chapter = Chapter.objects.get(slug=entry["chapter"])
    author = Actor.person(User.objects.get(email=content.address(entry["author"])))
    reviewer = Membership.objects.select_related("chapter", "user").get(
        chapter=chapter, user__email=content.address(entry["approved_by"])
    )
    draft = composing.Draft(entry["text"], targets={account(handle).pk: None for handle in entry["targets"]})
    post = composing.create(chapter=chapter, by=author, draft=draft, form_key=key)
    Post.objects.filter(pk=post.pk).update(is_demo=True)
    workflow.submit(post=post, by=author)
    workflow.approve(post=post, membership=reviewer, revision=post.revision)
    workflow.schedule(post=post, at=timezone.now() + FRESH_IN, by=author)
