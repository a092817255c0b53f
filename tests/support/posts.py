"""Accounts and posts in every state, made by the real verbs."""

from __future__ import annotations

import io
import uuid
from datetime import datetime, timedelta
from itertools import count

from django.core.files.base import ContentFile
from django.db.models import F
from django.utils import timezone
from PIL import Image

from chapters.events import Actor
from chapters.models import Chapter, Membership, User
from posts import composing, media_store, workflow
from posts.models import Attempt, Delivery, Lane, Media, Post, SocialAccount

_numbers = count(1)


def account(chapter: Chapter, handle: str = "", **details: object) -> SocialAccount:
    """A practice account of `chapter`, connected, with its lane."""
    number = next(_numbers)
    made = SocialAccount.objects.create(
        chapter=chapter,
        platform="sandbox",
        external_id=f"ext-{number}",
        handle=handle or f"@{chapter.slug}{number}",
        display_name=details.pop("display_name", chapter.name),
        **details,
    )
    Lane.objects.create(account=made)
    return made


def picture(chapter: Chapter, by: User, *, colour: str = "teal", size: tuple[int, int] = (60, 40)) -> Media:
    """A stored picture of one colour."""
    file = image_file(colour=colour, size=size)
    return media_store.store(file, size=len(file.getvalue()), chapter=chapter, by=by)


def film(chapter: Chapter, by: User, *, seconds: float = 42.0) -> Media:
    """A stored video that nobody can play: its row, some bytes and a still picture."""
    number = next(_numbers)
    made = Media(
        chapter=chapter, kind=Media.Kind.VIDEO, checksum=f"film-{number}", mime="video/mp4", width=640,
        height=360, seconds=seconds, size=24 + 8 * 100, created_by=by,
    )  # fmt: skip
    box = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41"
    made.file.save("film", ContentFile(box + b"no film." * 100), save=False)
    still = image_file(colour="maroon", size=(64, 36), kind="JPEG")
    made.poster.save("still", ContentFile(still.getvalue()), save=False)
    made.save()
    return made


def image_file(*, colour: str = "teal", size: tuple[int, int] = (60, 40), kind: str = "PNG") -> io.BytesIO:
    """A picture as a browser would send it."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    file.seek(0)
    file.name = f"{colour}.{kind.lower()}"
    return file


def draft(
    chapter: Chapter,
    author: User,
    *accounts: SocialAccount,
    text: str = "",
    link: str = "",
    planned_at: datetime | None = None,
    pictures: tuple[composing.Picture, ...] = (),
) -> Post:
    """A draft to `accounts`, or to a new one."""
    targets = accounts or (account(chapter),)
    return composing.create(
        chapter=chapter,
        by=Actor.person(author),
        form_key=uuid.uuid4(),
        draft=composing.Draft(
            text=text or f"Market day needs six hands, number {next(_numbers)}",
            link=link,
            targets={target.pk: None for target in targets},
            pictures=pictures,
            planned_at=planned_at,
        ),
    )


def in_review(chapter: Chapter, author: User, *accounts: SocialAccount, **details: object) -> Post:
    """A post that waits for review."""
    return workflow.submit(post=draft(chapter, author, *accounts, **details), by=Actor.person(author))


def approved(
    chapter: Chapter, author: User, reviewer: User, *accounts: SocialAccount, **details: object
) -> Post:
    """A post that `reviewer` approved."""
    post = in_review(chapter, author, *accounts, **details)
    membership = Membership.objects.select_related("chapter", "user").get(user=reviewer, chapter=chapter)
    return workflow.approve(post=post, membership=membership, revision=post.revision)


def scheduled(
    chapter: Chapter,
    author: User,
    *accounts: SocialAccount,
    reviewer: User | None = None,
    at: datetime | None = None,
    **details: object,
) -> Post:
    """A post on the schedule, by way of `reviewer` where the chapter wants one."""
    if reviewer is not None:
        post = approved(chapter, author, reviewer, *accounts, **details)
    else:
        post = draft(chapter, author, *accounts, **details)
    at = at or timezone.now() + timedelta(days=2)
    return workflow.schedule(post=post, at=at, by=Actor.person(author))


def begun(post: Post) -> Post:
    """`post`, scheduled, with its first delivery begun: every delivery is being sent."""
    post.deliveries.update(status=Delivery.Status.SENDING)
    for delivery in post.deliveries.all():
        _attempt(delivery)
    post = Post.objects.select_related("chapter").get(pk=post.pk)
    return workflow.start_due(post=post)


def settled(post: Post, *statuses: str) -> Post:
    """`post`, begun, with its deliveries in the given states, in order, and the post settled accordingly."""
    if post.status == Post.Status.SCHEDULED:
        post = begun(post)
    for delivery, status in zip(post.deliveries.order_by("id"), statuses, strict=True):
        _settle(delivery, status)
    post = Post.objects.select_related("chapter").get(pk=post.pk)
    return workflow.settle(post=post)


def _attempt(delivery: Delivery) -> None:
    now = timezone.now()
    Attempt.objects.create(
        delivery=delivery,
        phase=Attempt.Phase.PUBLISH,
        number=delivery.attempts.count() + 1,
        fence=1,
        protocol=1,
        key=delivery.uid.hex,
        started_at=now,
        send_deadline=now + timedelta(seconds=30),
    )


def _settle(delivery: Delivery, status: str) -> None:
    delivery.status = status
    outcome = {
        Delivery.Status.PUBLISHED: Attempt.Outcome.OK,
        Delivery.Status.FAILED: Attempt.Outcome.REJECTED,
        Delivery.Status.HELD: Attempt.Outcome.NOT_SENT,
        Delivery.Status.PENDING: Attempt.Outcome.NOT_SENT,
    }.get(status)
    if status == Delivery.Status.UNCONFIRMED:  # long enough for people to be believed that it is not there
        ago = timedelta(minutes=10)
        delivery.attempts.filter(outcome=None).update(
            started_at=F("started_at") - ago, send_deadline=F("send_deadline") - ago
        )
    if status == Delivery.Status.PUBLISHED:
        delivery.external_id = f"post-{delivery.pk}"
        delivery.permalink = f"https://practice.example.org/posts/{delivery.pk}"
        delivery.published_at = timezone.now()
    elif status == Delivery.Status.FAILED:
        delivery.message = "The practice network refused the post. Change it and send it again."
    elif status == Delivery.Status.HELD:
        delivery.held_reason = Delivery.HeldReason.LATE
        delivery.message = "It could not go out in time. Send it now, or skip this account."
    elif status == Delivery.Status.UNCONFIRMED:
        delivery.message = "The connection broke while the practice network was answering."
    delivery.save()
    if outcome is not None:
        delivery.attempts.filter(outcome=None).update(outcome=outcome, finished_at=timezone.now())
