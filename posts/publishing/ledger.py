"""One attempt, in committed steps: begin (before the call leaves) and finish (after it came back).

`begin` re-checks everything that may have changed since the post was scheduled and commits an attempt row
before anything is sent. `finish` writes only while the lane is still ours; a worker that lost its lane leaves
evidence and nothing else. Lock order: post, delivery, lane.
"""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hubsite.lib.crypto import DecryptionError
from posts import approval, credentials, telling, workflow
from posts.media_store import image_of
from posts.models import Attempt, Credential, Delivery, Lane, Media, Post, SocialAccount
from posts.platforms import registry
from posts.platforms.base import Adapter, Content, Credentials, Image, PlatformError, Published
from posts.publishing import queue
from posts.publishing.claim import Lease, renew, renew_to_send
from posts.publishing.decide import Decision, Next, after_error, backoff

log = logging.getLogger(__name__)

PROTOCOL = 1
POISON_TRIES = 3

Status = Delivery.Status
Phase = Attempt.Phase


class LeaseLost(Exception):
    """The lane is no longer ours to send in: another worker has it, or it was paused or limited."""


@dataclass(slots=True)
class Call:
    """All that the sending thread needs, and all that `finish` needs afterwards. No database in it."""

    lease: Lease
    delivery_id: int
    attempt_id: int
    phase: str
    adapter: Adapter
    content: Content
    credentials: Credentials
    staged: dict[str, Any]
    key: str
    deadline: float  # seconds for the whole call


@dataclass(slots=True)
class Result:
    """What came of a call: exactly one of the first three is set."""

    published: Published | None = None
    staged: dict[str, Any] | None = None
    error: PlatformError | None = None
    partly_staged: dict[str, Any] | None = None  # beside an error: what of the uploads is still good


def begin(lease: Lease) -> Call | None:
    """Commit the attempt for the lane's next due delivery. None where nothing is left to do.

    Raises LeaseLost.
    """
    abandon_older(lease)
    while (delivery_id := _first_due(lease.account_id)) is not None:
        try:
            call = _begin(lease, delivery_id)
        except LeaseLost:
            raise
        except Delivery.DoesNotExist:  # somebody took the post off the schedule a moment ago
            continue
        except (PlatformError, DecryptionError, Credential.DoesNotExist) as error:
            log.error(
                "account cannot be used", extra={"delivery": delivery_id, "error": type(error).__name__}
            )
            hold_unusable(delivery_id)
            continue
        except Exception:  # one broken row must not stop its lane: it is set aside, then held
            log.exception("delivery could not be begun", extra={"delivery": delivery_id})
            set_aside(delivery_id)
            return None
        if call is not None:
            return call
    return None


def _first_due(account_id: int) -> int | None:
    """The account's first pending delivery, if it is due; one that waits keeps the later ones waiting."""
    row = (
        Delivery.objects.filter(account_id=account_id, status=Status.PENDING)
        .order_by("due_at", "id")
        .annotate(is_due=Q(due_at__lte=Now()) & (Q(next_attempt_at=None) | Q(next_attempt_at__lte=Now())))
        .values_list("id", "is_due")
        .first()
    )
    return row[0] if row and row[1] else None


@transaction.atomic
def _begin(lease: Lease, delivery_id: int) -> Call | None:
    post, delivery = lock(delivery_id)
    if delivery.status != Status.PENDING or not post.chapter.is_active:
        if not post.chapter.is_active:
            raise LeaseLost
        return None
    if not renew_to_send(lease):
        raise LeaseLost
    reason = _reason_to_hold(post, delivery)
    if reason is not None:
        _hold(post, delivery, reason)
        return None
    adapter = registry.get(delivery.account.platform)
    content = _content(delivery)
    phase = Phase.MEDIA if content.images and delivery.staged_at is None else Phase.PUBLISH
    deadline = settings.HUB_SEND_DEADLINE_SECONDS
    now = timezone.now()
    attempt = Attempt.objects.create(
        delivery=delivery,
        phase=phase,
        number=delivery.attempts.filter(phase=phase).count() + 1,
        fence=lease.fence,
        protocol=PROTOCOL,
        key=delivery.uid.hex,
        started_at=now,
        send_deadline=now + timedelta(seconds=deadline),
    )
    tokens = credentials.load(delivery.account)
    delivery.status = Status.SENDING
    delivery.next_attempt_at = None
    delivery.message = ""
    delivery.save(update_fields=["status", "next_attempt_at", "message", "updated_at"])
    if post.status == Post.Status.SCHEDULED:
        workflow.start_due(post=post)
    return Call(
        lease=lease,
        delivery_id=delivery.pk,
        attempt_id=attempt.pk,
        phase=phase,
        adapter=adapter,
        content=content,
        credentials=tokens,
        staged=dict(delivery.staged),
        key=delivery.uid.hex,
        deadline=deadline,
    )


def lock(delivery_id: int) -> tuple[Post, Delivery]:
    post_id = Delivery.objects.values_list("post_id", flat=True).get(pk=delivery_id)
    post = Post.objects.select_for_update(of=("self",)).select_related("chapter").get(pk=post_id)
    delivery = Delivery.objects.select_for_update(of=("self",)).select_related("account").get(pk=delivery_id)
    return post, delivery


def _reason_to_hold(post: Post, delivery: Delivery) -> Delivery.HeldReason | None:
    if timezone.now() > delivery.late_after:
        return Delivery.HeldReason.LATE
    if not delivery.account.is_connected or delivery.account.chapter_id != post.chapter_id:
        return Delivery.HeldReason.DISCONNECTED
    if delivery.revision != post.revision or not approval.may_go_out(post):
        return Delivery.HeldReason.UNAPPROVED
    return None


HELD_MESSAGES = {
    Delivery.HeldReason.LATE: _("It could not go out in time. Send it now, or skip this account."),
    Delivery.HeldReason.DISCONNECTED: _(
        "The account is no longer connected. Use the post again for one that is, or skip this account."
    ),
    Delivery.HeldReason.UNAPPROVED: _("The approval no longer fits the wording. Have it reviewed again."),
    Delivery.HeldReason.POISON: _("The hub stumbled over this post several times. Ask an administrator."),
}


def _hold(post: Post, delivery: Delivery, reason: Delivery.HeldReason, message: str = "") -> None:
    delivery.status = Status.HELD
    delivery.held_reason = reason
    delivery.next_attempt_at = None
    delivery.message = str(message or HELD_MESSAGES.get(reason, ""))[:500]
    delivery.save(update_fields=["status", "held_reason", "next_attempt_at", "message", "updated_at"])
    workflow.settle(post=post)
    queue.retime([delivery.account_id])


@transaction.atomic
def hold_if_late(delivery_id: int) -> bool:
    """Hold a pending delivery whose grace is over, whoever might have been about to send it."""
    post, delivery = lock(delivery_id)
    if delivery.status != Status.PENDING or timezone.now() <= delivery.late_after:
        return False
    message = delivery.message and _("It could not go out in time. The last answer was: %(answer)s") % {
        "answer": delivery.message
    }
    _hold(post, delivery, Delivery.HeldReason.LATE, message)
    return True


@transaction.atomic
def hold_unusable(delivery_id: int) -> None:
    """The account has no tokens the hub can use: hold its delivery until somebody connects it again."""
    post, delivery = lock(delivery_id)
    if delivery.status == Status.PENDING:
        message = _("The hub has no working access to the account. Connect it again, then send this.")
        _hold(post, delivery, Delivery.HeldReason.DISCONNECTED, message)


@transaction.atomic
def set_aside(delivery_id: int) -> None:
    """Our own code failed on this delivery: try it later, and after the third time hold it for a person."""
    post, delivery = lock(delivery_id)
    if delivery.status != Status.PENDING:
        return
    delivery.tries += 1
    if delivery.tries >= POISON_TRIES:
        delivery.save(update_fields=["tries"])
        _hold(post, delivery, Delivery.HeldReason.POISON)
        return
    delivery.next_attempt_at = timezone.now() + timedelta(seconds=backoff(delivery.tries, chance=1.0))
    delivery.save(update_fields=["tries", "next_attempt_at", "updated_at"])
    queue.retime([delivery.account_id])


def _content(delivery: Delivery) -> Content:
    payload = delivery.payload
    rows = {str(m.uid): m for m in Media.objects.filter(uid__in=[item["uid"] for item in payload["media"]])}
    images: tuple[Image, ...] = tuple(
        image_of(rows[item["uid"]], alt=item["alt"]) for item in payload["media"]
    )
    return Content(
        text=payload["text"],
        link=payload["link"],
        images=images,
        language=payload["language"],
        options=payload["options"],
    )


def finish(call: Call, result: Result) -> None:
    """Write what came of a call: attempt, delivery, lane and post together, or evidence alone.

    Raises nothing of the platform's; database errors pass through, and the caller tries again.
    """
    with transaction.atomic():
        post, delivery = lock(call.delivery_id)
        ours = Lane.objects.filter(pk=call.lease.lane_id, fence=call.lease.fence).update(fence=F("fence"))
        if not ours or delivery.status != Status.SENDING:
            _leave_evidence(call, result)
            return
        if result.error is None:
            _accepted(post, delivery, call, result)
        else:
            _failed(post, delivery, call, result)
        queue.retime([delivery.account_id])


def _accepted(post: Post, delivery: Delivery, call: Call, result: Result) -> None:
    _close(call, Attempt.Outcome.OK, _evidence(result))
    if result.published is None:
        delivery.status = Status.PENDING
        delivery.staged = result.staged or {}
        delivery.staged_at = timezone.now()
        delivery.save(update_fields=["status", "staged", "staged_at", "updated_at"])
        return
    delivery.status = Status.PUBLISHED
    delivery.external_id = result.published.external_id
    delivery.permalink = result.published.permalink
    delivery.published_at = timezone.now()
    delivery.save(update_fields=["status", "external_id", "permalink", "published_at", "updated_at"])
    Lane.objects.filter(pk=call.lease.lane_id).exclude(breaker_failures=0).update(breaker_failures=0)
    workflow.settle(post=post)


def _failed(post: Post, delivery: Delivery, call: Call, result: Result) -> None:
    error = result.error
    decision = after_error(
        error.outcome,
        publishing=call.phase == Phase.PUBLISH,
        tries=delivery.tries,
        now=timezone.now(),
        late_after=delivery.late_after,
        retry_after=error.retry_after,
        chance=random.random(),  # noqa: S311
    )
    log.warning(
        "delivery not accepted",
        extra={
            "delivery": str(delivery.uid),
            "phase": call.phase,
            "outcome": error.outcome.value,
            "error": type(error).__name__,
            "detail": error.detail,
        },
    )
    if decision.attempt is None:
        Attempt.objects.filter(pk=call.attempt_id).update(evidence=_evidence(result))
    else:
        _close(call, decision.attempt, _evidence(result))
    _apply(post, delivery, call, decision, result)


def _apply(post: Post, delivery: Delivery, call: Call, decision: Decision, result: Result) -> None:
    error = result.error
    delivery.message = error.message[:500]
    delivery.tries += int(decision.counts_as_try)
    delivery.next_attempt_at = decision.next_attempt_at
    if result.partly_staged is not None:
        delivery.staged, delivery.staged_at = result.partly_staged, None
    if decision.account_broken:
        _break_account(delivery.account, error.message)
    if decision.lane_not_before is not None:
        Lane.objects.filter(pk=call.lease.lane_id).update(not_before=decision.lane_not_before)
    if decision.next == Next.HELD:
        delivery.save()
        _hold(post, delivery, Delivery.HeldReason.LATE, error.message)
        return
    delivery.status = Status(decision.next)
    delivery.save()
    if decision.next != Next.PENDING:
        workflow.settle(post=post)


def _break_account(account: SocialAccount, message: str) -> None:
    """The account's access does not work: its lane waits until somebody reconnects it."""
    SocialAccount.objects.filter(pk=account.pk, broken_at=None).update(
        broken_at=Now(), broken_message=message[:300]
    )
    Lane.objects.filter(account=account, paused_at=None).update(paused_at=Now(), paused_reason=message[:300])
    telling.account_broken(account, message)


def _close(call: Call, outcome: str, evidence: dict[str, Any]) -> None:
    Attempt.objects.filter(pk=call.attempt_id, outcome=None).update(
        outcome=outcome, finished_at=timezone.now(), evidence=evidence
    )


def _leave_evidence(call: Call, result: Result) -> None:
    log.warning("answer came after the lane was lost", extra={"attempt": call.attempt_id})
    Attempt.objects.filter(pk=call.attempt_id).update(evidence={**_evidence(result), "fenced": True})


def _evidence(result: Result) -> dict[str, Any]:
    if result.error is not None:
        return {
            "error": type(result.error).__name__,
            "message": result.error.message,
            "detail": result.error.detail,
        }
    if result.published is not None:
        return {"external_id": result.published.external_id, "permalink": result.published.permalink}
    return {"staged": True}


def abandon_older(lease: Lease) -> None:
    """Settle what an earlier holder of this lane left in the middle of sending.

    Without an open publish attempt nothing can have become public: it waits again. With one, nobody knows.
    """
    left = Delivery.objects.filter(account_id=lease.account_id, status=Status.SENDING)
    for delivery_id in left.values_list("id", flat=True):
        _abandon(lease, delivery_id)


@transaction.atomic
def _abandon(lease: Lease, delivery_id: int) -> None:
    post, delivery = lock(delivery_id)
    if delivery.status != Status.SENDING:
        return
    if not renew(lease):
        raise LeaseLost
    open_attempts = delivery.attempts.filter(outcome=None, fence__lt=lease.fence)
    in_doubt = open_attempts.filter(phase=Phase.PUBLISH).exists()
    open_attempts.exclude(phase=Phase.PUBLISH).update(
        outcome=Attempt.Outcome.NOT_SENT, finished_at=timezone.now(), evidence={"abandoned": True}
    )
    if in_doubt:
        delivery.status = Status.UNCONFIRMED
        delivery.message = _(
            "The hub was interrupted while it was sending this, so it may or may not be out."
        )
    else:
        delivery.status = Status.PENDING
        delivery.next_attempt_at = None
    delivery.save(update_fields=["status", "message", "next_attempt_at", "updated_at"])
    queue.retime([delivery.account_id])
    if in_doubt:
        workflow.settle(post=post)
