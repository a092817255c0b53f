"""What people do with deliveries that wait for them: send again, settle a doubt, let one go."""

from __future__ import annotations

import math
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chapters import events
from chapters.events import Actor
from posts import doubts, permalinks, workflow
from posts.models import Attempt, Delivery, Post
from posts.problems import Refused
from posts.publishing import queue
from posts.publishing.decide import denial_counts_from, no_doubt
from posts.publishing.rows import lock, timing

Status = Delivery.Status


@transaction.atomic
def retry(*, delivery: Delivery, by: Actor) -> Delivery:
    """Send a failed or held delivery again, as it was approved. Never one that may be out."""
    post, delivery = _require(delivery, {Status.FAILED, Status.HELD})
    if doubts.may_be_out(delivery):
        raise Refused(_("This may be out already. On the post’s page, say first whether it is there."))
    _require_live(delivery)
    _send_again(post, delivery, by)
    events.record("retried", delivery, chapter=post.chapter, by=by, post=str(post.uid))
    return delivery


@transaction.atomic
def confirm(*, delivery: Delivery, by: Actor, permalink: str) -> Delivery:
    """A person looked and it is there: settle the doubt with the link they found.

    It is out since the call whose answer was lost, as far as that is known. Raises Refused for a link that is
    not on the account's own server.
    """
    post, delivery = _require_doubt(delivery)
    permalink = permalink.strip()
    permalinks.require_own(delivery.account, permalink)
    sent_at = _sent_at(delivery)
    _close_doubt(delivery, Attempt.Outcome.OK, by)
    _end_check(delivery)
    delivery.status = Status.PUBLISHED
    delivery.permalink = delivery.permalink or permalink[:500]
    delivery.published_at = delivery.published_at or sent_at
    delivery.message = _missing_parts(delivery, known=len(delivery.parts) + 1)
    delivery.held_reason = ""
    delivery.save()
    events.record("confirmed", delivery, chapter=post.chapter, by=by, post=str(post.uid), permalink=permalink)
    workflow.settle(post=post, by=by)
    queue.retime([delivery.account_id])
    return delivery


@transaction.atomic
def correct(*, delivery: Delivery, by: Actor, permalink: str) -> Delivery:
    """Another link in place of the one a person gave. What a platform itself told is never changed."""
    post, delivery = _require(delivery, {Status.PUBLISHED})
    permalink = permalink.strip()
    permalinks.require_own(delivery.account, permalink)
    if not permalinks.is_by_hand(delivery):
        raise Refused(_("The platform gave this link itself, so it stays."))
    if permalink != delivery.permalink:
        delivery.permalink = permalink[:500]
        delivery.save()
        events.record(
            "link_corrected", delivery, chapter=post.chapter, by=by, post=str(post.uid), permalink=permalink
        )
    return delivery


@transaction.atomic
def deny(*, delivery: Delivery, by: Actor) -> Delivery:
    """A person looked and it is not there: settle the doubt and send it again.

    Raises Refused while the platform may still be about to make it public.
    """
    post, delivery = _require_doubt(delivery)
    _require_live(delivery)
    _require_quarantine_over(delivery)
    _close_doubt(delivery, Attempt.Outcome.NOT_PUBLISHED, by)
    _send_again(post, delivery, by)
    events.record("denied", delivery, chapter=post.chapter, by=by, post=str(post.uid))
    return delivery


@transaction.atomic
def skip(*, delivery: Delivery, by: Actor) -> Delivery:
    """Let this account go: the post no longer waits for it. What is out of a thread stays."""
    post, delivery = _require(delivery, {Status.FAILED, Status.HELD, Status.UNCONFIRMED})
    _end_check(delivery)
    delivery.status = Status.PUBLISHED if delivery.parts else Status.SKIPPED
    if delivery.parts:
        delivery.message = _missing_parts(delivery, known=len(delivery.parts))
    delivery.next_attempt_at = None
    delivery.save()
    events.record("skipped", delivery, chapter=post.chapter, by=by, post=str(post.uid))
    workflow.settle(post=post, by=by)
    queue.retime([delivery.account_id])
    return delivery


def _require(delivery: Delivery, statuses: set[Delivery.Status]) -> tuple[Post, Delivery]:
    post, locked = lock(delivery.pk)
    if locked.status not in statuses:
        raise Refused(
            _("This is now “%(status)s”, so nothing was changed. Look at it again.")
            % {"status": locked.get_status_display()}
        )
    return post, locked


def _require_doubt(delivery: Delivery) -> tuple[Post, Delivery]:
    post, locked = _require(delivery, {Status.UNCONFIRMED, Status.HELD})
    if not doubts.may_be_out(locked):
        raise Refused(_("This is known not to be out. Send it again, or skip this account."))
    return post, locked


def _missing_parts(delivery: Delivery, *, known: int) -> str:
    """What is missing of a thread whose first `known` parts are out; empty where nothing is."""
    parts = 1 + len(delivery.payload.get("thread", ()))
    if known >= parts:
        return ""
    words = _("%(known)d of %(parts)d parts of the thread are out. Add the others by hand, if you want them.")
    return words % {"known": known, "parts": parts}


def _require_live(delivery: Delivery) -> None:
    if not delivery.account.is_connected:
        raise Refused(_("Connect %(account)s again first.") % {"account": delivery.account.handle})


def _require_quarantine_over(delivery: Delivery) -> None:
    last = delivery.attempts.filter(outcome=None, phase=Attempt.Phase.PUBLISH).last()
    if last is None:
        return
    wait = (denial_counts_from(last.send_deadline, timing()) - timezone.now()).total_seconds()
    if wait > 0:
        minutes = math.ceil(wait / 60)
        raise Refused(
            ngettext(
                "It may still appear. Look again in %(minutes)d minute; if it is not there then, say so.",
                "It may still appear. Look again in %(minutes)d minutes; if it is not there then, say so.",
                minutes,
            )
            % {"minutes": minutes}
        )


def _send_again(post: Post, delivery: Delivery, by: Actor) -> None:
    now = timezone.now()
    _end_check(delivery)
    delivery.status = Status.PENDING
    delivery.held_reason = ""
    delivery.message = ""
    delivery.tries = delivery.faults = delivery.crashes = 0
    delivery.next_attempt_at = now if delivery.due_at <= now else None
    delivery.late_after = max(delivery.late_after, now + post.grace)
    delivery.save()
    queue.retime([delivery.account_id])
    workflow.retried(post=post, by=by)
    queue.wake_after_commit()


def _end_check(delivery: Delivery) -> None:
    for column, value in no_doubt().items():
        setattr(delivery, column, value)


def _sent_at(delivery: Delivery) -> datetime:
    """When the call began whose answer is missing; now, where a restored backup knows of none."""
    last = delivery.attempts.filter(outcome=None, phase=Attempt.Phase.PUBLISH).last()
    return last.started_at if last is not None and not last.evidence.get("restored") else timezone.now()


def _close_doubt(delivery: Delivery, outcome: Attempt.Outcome, by: Actor) -> None:
    for attempt in delivery.attempts.filter(outcome=None):
        attempt.outcome = outcome
        attempt.finished_at = timezone.now()
        attempt.evidence = {**attempt.evidence, "settled_by": str(by.user.uid) if by.user else by.label}
        attempt.save(update_fields=["outcome", "finished_at", "evidence"])
