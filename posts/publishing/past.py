"""Deliveries that ended before this hub knew of them: history brought in from elsewhere."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from posts import workflow
from posts.models import Attempt, Delivery, Post
from posts.platforms.base import Published
from posts.publishing import queue
from posts.publishing.ledger import PROTOCOL

Status = Delivery.Status


@transaction.atomic
def record(
    *,
    delivery: Delivery,
    status: Delivery.Status,
    at: datetime,
    published: Published | None = None,
    message: str = "",
    detail: str = "",
    held_reason: str = "",
) -> None:
    """Note how a pending delivery of a scheduled post ended at `at`, with the attempt that goes with it."""
    post = Post.objects.select_for_update(of=("self",)).select_related("chapter").get(pk=delivery.post_id)
    if post.status == Post.Status.SCHEDULED and status != Status.HELD:
        workflow.start_due(post=post)
    if status != Status.HELD:
        _attempt(delivery, status, at, detail)
    delivery.status = status
    delivery.held_reason = held_reason
    delivery.message = message[:500]
    delivery.tries = int(status == Status.FAILED)
    if published is not None:
        delivery.external_id, delivery.permalink = published.external_id, published.permalink
        delivery.published_at = at
    delivery.save()
    queue.retime([delivery.account_id])
    workflow.settle(post=post)


def _attempt(delivery: Delivery, status: Delivery.Status, at: datetime, detail: str) -> None:
    outcome = {Status.PUBLISHED: Attempt.Outcome.OK, Status.FAILED: Attempt.Outcome.REJECTED}.get(status)
    Attempt.objects.create(
        delivery=delivery,
        phase=Attempt.Phase.PUBLISH,
        number=1,
        fence=0,
        protocol=PROTOCOL,
        key=delivery.uid.hex,
        started_at=at,
        send_deadline=at + timedelta(seconds=30),
        finished_at=at if outcome else None,
        outcome=outcome,
        evidence={"detail": detail} if detail else {},
    )
