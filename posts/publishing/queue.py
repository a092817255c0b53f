"""What is to be sent and when: deliveries come and go here, lanes learn their next due time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from chapters import events
from chapters.events import Actor
from hubsite.lib import broker
from posts.models import Delivery, Lane, Post, SocialAccount, Target

Status = Delivery.Status


def enqueue(post: Post, *, due_at: datetime) -> list[Delivery]:
    """Freeze the post into one pending delivery for each target, due at `due_at`."""
    chapter = post.chapter
    local = due_at.astimezone(chapter.zone)
    deliveries = Delivery.objects.bulk_create(
        Delivery(
            chapter=chapter,
            post=post,
            account=target.account,
            revision=post.revision,
            payload=freeze(post, target),
            due_at=due_at,
            wall_time=local.strftime("%Y-%m-%dT%H:%M"),
            zone=chapter.time_zone,
            fold=local.fold,
            late_after=due_at + post.grace,
        )
        for target in post.targets.select_related("account")
    )
    retime([delivery.account_id for delivery in deliveries])
    wake_after_commit()
    return deliveries


def freeze(post: Post, target: Target) -> dict[str, object]:
    """The content as it will be sent, whatever is edited later."""
    return {
        "text": target.text if target.text is not None else post.text,
        "link": post.link,
        "language": post.chapter.language,
        "options": target.options,
        "media": [
            {"uid": str(use.media.uid), "alt": use.alt}
            for use in post.media_uses.select_related("media").order_by("order")
        ],
    }


def withdraw(post: Post) -> bool:
    """Take everything that was not sent off the queue. False, and nothing changed, where sending has begun.

    Deliveries that were never tried leave no trace; tried ones stay as skipped.
    """
    open_ones = post.deliveries.filter(status__in=[Status.PENDING, Status.FAILED, Status.HELD])
    if post.deliveries.filter(status__in=[Status.SENDING, Status.PUBLISHED, Status.UNCONFIRMED]).exists():
        return False
    accounts = list(open_ones.values_list("account_id", flat=True))
    open_ones.filter(attempts__isnull=True).delete()
    open_ones.update(status=Status.SKIPPED, next_attempt_at=None, updated_at=timezone.now())
    retime(accounts)
    return True


def retime(account_ids: Iterable[int]) -> None:
    """Let each account's lane know when its first pending delivery is due."""
    first = (
        Delivery.objects.filter(account_id=OuterRef("account_id"), status=Status.PENDING)
        .order_by("due_at", "id")
        .annotate(at=Coalesce("next_attempt_at", "due_at"))
        .values("at")[:1]
    )
    Lane.objects.filter(account_id__in=set(account_ids)).update(next_due_at=Subquery(first))


def make_lane(account: SocialAccount) -> Lane:
    """The lane of a newly connected account."""
    return Lane.objects.get_or_create(account=account)[0]


@transaction.atomic
def pause_lane(account: SocialAccount, *, reason: str, by: Actor) -> None:
    """Hold back everything of one account until `resume_lane`."""
    if Lane.objects.filter(account=account, paused_at=None).update(
        paused_at=Now(), paused_reason=reason[:300]
    ):
        events.record("paused_account", account, chapter=account.chapter, by=by, reason=reason)


@transaction.atomic
def resume_lane(account: SocialAccount, *, by: Actor) -> None:
    """Let an account's deliveries go again."""
    resumed = Lane.objects.filter(account=account, paused_at__isnull=False).update(
        paused_at=None, paused_reason="", not_before=None, breaker_failures=0, breaker_until=None
    )
    if resumed:
        events.record("resumed_account", account, chapter=account.chapter, by=by)
        wake_after_commit()


def wake_after_commit() -> None:
    """Shorten the workers' sleep once this transaction is committed."""
    transaction.on_commit(wake)


def wake() -> None:
    """Ask for a drain now. Losing the message costs seconds, never a post."""
    broker.wake("posts.drain", queue="publish")
