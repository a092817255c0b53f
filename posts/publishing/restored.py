"""After a backup was restored: what may have gone out since it was taken is looked for before it is sent.

The restored database believes that those posts still wait. Each becomes unconfirmed, with an open publish
attempt from before the backup until now, so that nothing sends it again until a look or a person settled it.
Lock order: post, delivery, lane.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from chapters import events
from chapters.events import SYSTEM
from chapters.models import Chapter, Event
from posts import workflow
from posts.doubts import listing_of
from posts.models import Attempt, Delivery, Lane, Post
from posts.platforms.base import Listing
from posts.publishing import queue
from posts.publishing.clock import database_now
from posts.publishing.ledger import PROTOCOL

log = logging.getLogger(__name__)

BATCH = 200
FENCE_LEAP = 1_000_000  # more claims than a lane can have had since the backup
CHECKING = timedelta(minutes=15)  # how long an account is read before a person is asked
MARK = "restored_from"  # in an attempt's evidence: the moment of the backup it was put in doubt for

Status = Delivery.Status


@dataclass(frozen=True, slots=True)
class Doubted:
    """One delivery that may be out: its status before, and whether the hub looks for it or asks a person."""

    delivery: Delivery
    was: str
    looked_for: bool


@dataclass(slots=True)
class Restore:
    """One run: its bounds, and what it did, in deliveries."""

    backup_taken: datetime
    since: datetime
    now: datetime
    tell: Callable[[Doubted], None] | None = None
    looked_for: int = 0
    asked: int = 0
    failed: int = 0
    done_before: bool = False

    @property
    def mark(self) -> str:
        return self.backup_taken.isoformat()

    def note(self, doubted: Doubted) -> None:
        self.looked_for += doubted.looked_for
        self.asked += not doubted.looked_for
        if self.tell is not None:
            self.tell(doubted)


def after_restore(
    *,
    backup_taken: datetime,
    margin: timedelta = timedelta(minutes=10),
    dry_run: bool = False,
    tell: Callable[[Doubted], None] | None = None,
) -> Restore:
    """Put whatever may have gone out since `backup_taken` less `margin` into doubt, and fence old workers.

    Call it before any worker runs on the restored database. `tell` hears of each delivery, once that is
    committed. With `dry_run` nothing is written. A second run for the same backup changes nothing; after one
    that was interrupted it does the rest. Raises ValueError for a moment that is still to come.
    """
    now = database_now()
    if backup_taken > now:
        raise ValueError(_("That moment is still to come. Give the time at which the backup was begun."))
    restore = Restore(backup_taken, backup_taken - margin, now, tell)
    restore.done_before = _finished().filter(data__backup_taken=restore.mark).exists()
    if restore.done_before:
        return restore
    if not dry_run:
        Lane.objects.update(fence=F("fence") + FENCE_LEAP, lease_until=None, lease_owner="")
    for post_id in _posts_in_doubt(restore):
        _doubt(post_id, restore, dry_run=dry_run)
    if not dry_run and not restore.failed:
        _note_finished(restore)
    return restore


def may_be_out(now: datetime) -> QuerySet[Delivery]:
    """Deliveries that a later state of this database may have sent: being sent, in doubt already, or due.

    Due ones count however long they have waited: what held them back then may have ended since.
    """
    return Delivery.objects.filter(
        Q(status__in=[Status.SENDING, Status.UNCONFIRMED]) | Q(status=Status.PENDING, due_at__lte=now)
    )


def _posts_in_doubt(restore: Restore) -> Iterator[int]:
    """Ids of posts, a batch at a time."""
    last = 0
    posts = may_be_out(restore.now).order_by("post_id").values_list("post_id", flat=True).distinct()
    while batch := list(posts.filter(post_id__gt=last)[:BATCH]):
        yield from batch
        last = batch[-1]


def _doubt(post_id: int, restore: Restore, *, dry_run: bool) -> None:
    try:
        with transaction.atomic():
            doubted = _doubt_deliveries(post_id, restore, dry_run=dry_run)
    except Exception:  # one bad post must not leave the others to be sent again
        log.exception("post could not be put in doubt", extra={"post": post_id})
        restore.failed += 1
        return
    for each in doubted:
        restore.note(each)


def _doubt_deliveries(post_id: int, restore: Restore, *, dry_run: bool) -> list[Doubted]:
    post = Post.objects.select_for_update(of=("self",)).select_related("chapter").get(pk=post_id)
    deliveries = (
        may_be_out(restore.now)
        .filter(post=post)
        .exclude(pk__in=_marked(post, restore))
        .select_for_update(of=("self",))
        .select_related("account", "post")
        .order_by("pk")
    )
    doubted = [
        Doubted(delivery, delivery.status, listing_of(delivery.account) != Listing.NONE)
        for delivery in deliveries
    ]
    if dry_run or not doubted:
        return doubted
    for each in doubted:
        _put_in_doubt(post, each, restore)
    queue.retime([each.delivery.account_id for each in doubted])
    workflow.settle(post=post)
    return doubted


def _marked(post: Post, restore: Restore) -> QuerySet:
    """What an earlier run for this backup has put in doubt, whatever became of it."""
    return Attempt.objects.filter(delivery__post=post, **{f"evidence__{MARK}": restore.mark}).values(
        "delivery_id"
    )


def _put_in_doubt(post: Post, doubted: Doubted, restore: Restore) -> None:
    delivery = doubted.delivery
    _open_attempt(delivery, restore)
    delivery.status = Status.UNCONFIRMED
    delivery.message = _("A backup from before its time was restored, so it may or may not be out.")
    delivery.next_attempt_at = None
    delivery.absences = 0
    delivery.check_at = restore.now if doubted.looked_for else None
    delivery.checking_until = restore.now + CHECKING if doubted.looked_for else None
    delivery.save()
    events.record(
        "restored", delivery, chapter=post.chapter, by=SYSTEM, post=str(post.uid),
        backup_taken=restore.mark, was=doubted.was,
    )  # fmt: skip


def _open_attempt(delivery: Delivery, restore: Restore) -> None:
    """The attempt that may have made it public, in the time that this database knows nothing of.

    One that is open already stays, and now reaches until now: after the backup it may have been repeated.
    """
    evidence = {"restored": True, MARK: restore.mark}
    delivery.attempts.filter(outcome=None).exclude(phase=Attempt.Phase.PUBLISH).update(
        outcome=Attempt.Outcome.NOT_SENT, finished_at=restore.now, evidence={"abandoned": True}
    )
    publish = delivery.attempts.filter(phase=Attempt.Phase.PUBLISH)
    if (attempt := publish.filter(outcome=None).first()) is not None:
        attempt.evidence = {**attempt.evidence, **evidence}
        attempt.send_deadline = max(attempt.send_deadline, restore.now)
        attempt.save(update_fields=["evidence", "send_deadline"])
        return
    Attempt.objects.create(
        delivery=delivery,
        phase=Attempt.Phase.PUBLISH,
        number=publish.count() + 1,
        fence=Lane.objects.values_list("fence", flat=True).get(account_id=delivery.account_id),
        protocol=PROTOCOL,
        key=delivery.uid.hex,
        started_at=restore.since,
        send_deadline=restore.now,
        evidence=evidence,
    )


def _finished() -> QuerySet[Event]:
    return Event.objects.filter(verb="backup_restored", subject_type="chapter")


def _note_finished(restore: Restore) -> None:
    """Leave a line in the central team's history, by which a second run knows."""
    central = Chapter.objects.filter(kind=Chapter.Kind.CENTRAL).first()
    if central is not None:
        events.record(
            "backup_restored", central, chapter=central, by=SYSTEM, backup_taken=restore.mark,
            looked_for=restore.looked_for, asked=restore.asked,
        )  # fmt: skip
