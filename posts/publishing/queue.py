"""What is to be sent and when: deliveries come and go here, lanes learn their next due time."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from chapters import events
from chapters.events import Actor
from hubsite.lib import broker, times
from posts import media_store, threads
from posts.models import Delivery, Lane, MediaUse, Post, SocialAccount, Target
from posts.platforms import registry
from posts.platforms.base import Connection, Limits
from posts.publishing.waiting import retime

__all__ = [
    "enqueue", "freeze", "make_lane", "pause_lane", "renewal", "renewal_of", "resume_lane",
    "retime", "stop_renewing", "wake", "wake_after_commit", "withdraw",
]  # fmt: skip

Status = Delivery.Status

REFRESH_EARLY = 600.0  # seconds before its end that access is renewed, or half its life


def enqueue(post: Post, *, due_at: datetime) -> list[Delivery]:
    """Freeze the post into one pending delivery for each target, due at `due_at`."""
    chapter = post.chapter
    local = due_at.astimezone(chapter.zone)
    has_media = post.media_uses.exists()
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
            zone_data=times.data_version(chapter.time_zone),
            late_after=due_at + post.grace,
            stage_at=_stage_at(target.account, due_at, has_media=has_media),
        )
        for target in post.targets.select_related("account")
    )
    retime([delivery.account_id for delivery in deliveries])
    wake_after_commit()
    return deliveries


def _stage_at(account: SocialAccount, due_at: datetime, *, has_media: bool) -> datetime | None:
    """From when a post may be prepared on the platform; None where there is nothing to prepare."""
    adapter = registry.get(account.platform)
    if not (has_media or adapter.stages_always):
        return None
    return due_at - timedelta(seconds=adapter.stage_ahead)


def freeze(post: Post, target: Target) -> dict[str, object]:
    """The content as it will be sent, whatever is edited later: a text, and of a thread the later parts."""
    account = target.account
    limits = registry.get(account.platform).limits(account.capabilities)
    text = target.text if target.text is not None else post.text
    first, *thread = threads.parts(text, most=limits.thread_max)
    return {
        "text": first,
        "thread": thread,
        "link": post.link,
        "language": post.chapter.language,
        "options": target.options,
        "media": [_frozen(use, limits) for use in post.media_uses.select_related("media").order_by("order")],
    }


def _frozen(use: MediaUse, limits: Limits) -> dict[str, str]:
    """A picture or the video of a post, with the rendition that the platform gets where it needs one."""
    frozen = {"uid": str(use.media.uid), "alt": use.alt}
    rendition = media_store.fitted(use.media, limits)
    return frozen | ({"rendition": str(rendition.uid)} if rendition else {})


def withdraw(post: Post) -> bool:
    """Take everything that was not sent off the queue. False, and nothing changed, where sending has begun.

    Deliveries that were never tried leave no trace; tried ones stay as skipped.
    """
    open_ones = post.deliveries.filter(status__in=[Status.PENDING, Status.FAILED, Status.HELD])
    begun = Q(status__in=[Status.SENDING, Status.PUBLISHED, Status.UNCONFIRMED]) | ~Q(parts=[])
    if post.deliveries.filter(begun).exists():
        return False
    accounts = list(open_ones.values_list("account_id", flat=True))
    open_ones.filter(attempts__isnull=True).delete()
    # what was prepared for it on the platform is void with it
    open_ones.update(
        status=Status.SKIPPED, next_attempt_at=None, stage_at=None, staged_at=None, staged={},
        updated_at=timezone.now(),
    )  # fmt: skip
    retime(accounts)
    return True


def make_lane(account: SocialAccount, connection: Connection | None = None) -> Lane:
    """The lane of an account that was connected, which knows when its access is to be renewed."""
    refresh_at = renewal_of(connection, timezone.now()) if connection is not None else None
    return Lane.objects.update_or_create(account=account, defaults={"refresh_at": refresh_at})[0]


def stop_renewing(account: SocialAccount) -> None:
    """The account's access is over: there is nothing to renew."""
    Lane.objects.filter(account=account).update(refresh_at=None)


def renewal_of(connection: Connection, now: datetime) -> datetime | None:
    """When the access of `connection` is to be renewed; None where the hub can't or need not."""
    return renewal(connection.expires_in, now, renew_from=connection.renew_from, ends_in=connection.ends_in)


def renewal(
    expires_in: float | None,
    now: datetime,
    *,
    renew_from: float | None = None,
    ends_in: float | None = None,
) -> datetime | None:
    """When tokens that are good for `expires_in` seconds are to be renewed; None where they are not.

    That is from `renew_from` on where the platform says so, else shortly before their end. Tokens that are
    good for as long as the access itself have nothing to be renewed with.
    """
    if renew_from is not None:
        return now + timedelta(seconds=renew_from)
    if not expires_in or (ends_in is not None and ends_in <= expires_in):
        return None
    return now + timedelta(seconds=max(expires_in - REFRESH_EARLY, expires_in / 2))


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
