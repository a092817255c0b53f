"""Beginning: commit what a call needs, for several lanes in one transaction, before anything is sent.

Everything that may have changed since the post was scheduled is checked again here. What the call would
change on the platform is written down first, as an attempt; the database allows one open publish attempt.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from hubsite.lib.crypto import DecryptionError
from posts import credentials, workflow
from posts.models import Attempt, Credential, Delivery, Post
from posts.platforms import registry
from posts.platforms.base import Adapter, Content, PlatformError, Published, ReplyTo
from posts.publishing import decide, frozen_media, rows, waiting
from posts.publishing.calls import Call
from posts.publishing.claim import Lease, renew_to_send
from posts.publishing.clock import database_now
from posts.publishing.decide import Kind
from posts.publishing.frozen_media import Kept
from posts.publishing.send import START_WITHIN

log = logging.getLogger(__name__)

PROTOCOL = 2  # the version of this protocol; attempts of a newer one are left to newer workers

Status = Delivery.Status
Job = tuple[Lease, Kind, int]  # a lane, what to do there, and the delivery it is for

EXPECTED = {
    Kind.PUBLISH: {Status.PENDING},
    Kind.STAGE: {Status.PENDING},
    Kind.REFRESH: {Status.PENDING, Status.UNCONFIRMED},
    Kind.CHECK: {Status.UNCONFIRMED},
}
_AGAIN = object()  # the delivery was set aside or settled: see what is next in the lane


def begin(leases: Sequence[Lease]) -> dict[int, Call | None]:
    """The call that each lane is to make now, by lane; None where nothing is due or the lane is not ours.

    Each attempt is committed when this returns.
    """
    calls: dict[int, Call | None] = {}
    left = list(leases)
    while left:
        now = database_now()
        found, posts = waiting.of_lanes([lease.lane_id for lease in left])
        jobs: list[Job] = []
        for lease in left:
            job = decide.next_job(found[lease.lane_id], now) if lease.lane_id in found else None
            if job is None:
                calls[lease.lane_id] = None
            else:
                jobs.append((lease, *job))
        begun = _begin_all(jobs, posts)
        left = [lease for lease, _kind, _id in jobs if begun[lease.lane_id] is _AGAIN]
        calls.update({lane: call for lane, call in begun.items() if call is not _AGAIN})
    return calls


def _begin_all(jobs: list[Job], posts: dict[int, int]) -> dict[int, Any]:
    """Begin these together; where that fails, one by one, so that a broken row stops only its own lane."""
    if not jobs:
        return {}
    try:
        return _begin_together(jobs, posts)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        if len(jobs) > 1:
            return {lane: call for job in jobs for lane, call in _begin_all([job], posts).items()}
        ((lease, kind, delivery_id),) = jobs
        log.exception("job could not be begun", extra={"delivery": delivery_id, "job": kind})
        set_aside(delivery_id)
        return {lease.lane_id: None}


@transaction.atomic
def _begin_together(jobs: list[Job], posts: dict[int, int]) -> dict[int, Any]:
    ids = {delivery_id for _lease, _kind, delivery_id in jobs}
    locked = rows.lock_all(ids, {posts[delivery_id] for delivery_id in ids})
    ours = {lease.lane_id for lease in renew_to_send([lease for lease, _kind, _id in jobs])}
    now = database_now()
    begun: dict[int, Any] = {}
    ready: list[tuple[Lease, Kind, Delivery, Post]] = []
    for lease, kind, delivery_id in jobs:
        delivery = locked.deliveries.get(delivery_id)
        if lease.lane_id not in ours:
            begun[lease.lane_id] = None
        elif delivery is None or delivery.status not in EXPECTED[kind]:
            begun[lease.lane_id] = _AGAIN  # somebody took it off the schedule or settled it a moment ago
        elif not (post := locked.post_of(delivery)).chapter.is_active:
            begun[lease.lane_id] = None
        elif _stopped(kind, delivery, post, now):
            begun[lease.lane_id] = _AGAIN
        else:
            ready.append((lease, kind, delivery, post))
    begun.update(_calls(ready, now))
    return begun


def _stopped(kind: Kind, delivery: Delivery, post: Post, now: datetime) -> bool:
    """Whether something keeps this from being done; what follows from it is written down."""
    in_doubt = delivery.status == Status.UNCONFIRMED
    known = rows.facts(delivery, post, checked=not in_doubt)
    if in_doubt:
        if known.readable and doubtful(delivery) is not None:
            return False
        Delivery.objects.filter(pk=delivery.pk).update(**decide.no_doubt())
        workflow.settle(post=post)
        return True
    reason = decide.obstacle(known, now)
    if reason is None:
        return False
    if delivery.due_at > now:  # ahead of its time: whether it may go out is decided when it is due
        Delivery.objects.filter(pk=delivery.pk).update(stage_at=None)
    else:
        rows.hold(post, delivery, reason, now)
    return True


def _calls(ready: list[tuple[Lease, Kind, Delivery, Post]], now: datetime) -> dict[int, Any]:
    calls: dict[int, Any] = {}
    pictures = frozen_media.of([delivery for _lease, _kind, delivery, _post in ready])
    for lease, kind, delivery, post in ready:
        try:
            calls[lease.lane_id] = _call(lease, kind, delivery, post, now, pictures)
        except (PlatformError, DecryptionError, Credential.DoesNotExist) as error:
            log.error(
                "account cannot be used", extra={"delivery": delivery.pk, "error": type(error).__name__}
            )
            rows.hold_unusable(post, delivery, now)
            calls[lease.lane_id] = _AGAIN
    made = [call for call in calls.values() if call is not _AGAIN]
    _write_attempts([call for call in made if call.kind != Kind.CHECK], now)
    _mark_sending([call for call in made if call.kind == Kind.PUBLISH], ready, now)
    return calls


def _call(lease: Lease, kind: Kind, delivery: Delivery, post: Post, now: datetime, pictures: Kept) -> Call:
    account = delivery.account
    adapter = registry.get(account.platform)
    content = _content(delivery, pictures, adapter, now)
    has_media = bool(content.images or content.video)
    if kind == Kind.PUBLISH and delivery.staged_at is None and (has_media or adapter.stages_always):
        kind = Kind.STAGE
    deadline = settings.HUB_SEND_DEADLINE_SECONDS
    call = Call(
        lease=lease,
        kind=kind,
        delivery_id=delivery.pk,
        post_id=post.pk,
        attempt_id=0,
        began=now,
        sent_by=now + timedelta(seconds=START_WITHIN + deadline),
        adapter=adapter,
        content=content,
        credentials=credentials.opened(account, account.credential.sealed),
        key=part_key(delivery),
        deadline=deadline,
        staged=dict(delivery.staged),
        part=len(delivery.parts),
        again=delivery.was_tried,
    )
    if kind == Kind.REFRESH:
        call.app = credentials.known_app(account.platform, account.host)
    if kind == Kind.CHECK:
        attempt = doubtful(delivery)
        tries = delivery.attempts.filter(phase=Attempt.Phase.PUBLISH, key=call.key)
        first = tries.order_by("started_at").first() or attempt
        call.attempt_id, call.sent_by = attempt.pk, attempt.send_deadline
        call.absences = delivery.absences
        call.began = first.started_at  # an earlier try may have come through after all
    return call


def doubtful(delivery: Delivery) -> Attempt | None:
    """The publish attempt whose outcome is not known, if there is one."""
    return delivery.attempts.filter(phase=Attempt.Phase.PUBLISH, outcome=None).first()


def part_key(delivery: Delivery) -> str:
    """What names the next part to every try for it: the delivery, and its place in the thread."""
    return f"{delivery.uid.hex}-{len(delivery.parts)}" if delivery.parts else delivery.uid.hex


def _content(delivery: Delivery, pictures: Kept, adapter: Adapter, now: datetime) -> Content:
    """What is sent next: the post, or the next part of its thread."""
    payload = delivery.payload
    if delivery.parts:
        first, last = _published(delivery.parts[0]), _published(delivery.parts[-1])
        return Content(
            text=payload["thread"][len(delivery.parts) - 1],
            language=payload["language"],
            options=payload["options"],
            reply_to=ReplyTo(first, last),
        )
    images, video = frozen_media.content_of(delivery, pictures, now, by_url=adapter.fetches_media)
    return Content(
        text=payload["text"],
        link=payload["link"],
        images=images,
        video=video,
        language=payload["language"],
        options=payload["options"],
    )


def _published(part: dict[str, Any]) -> Published:
    return Published(part["external_id"], part["permalink"], part["reference"])


def _write_attempts(calls: list[Call], now: datetime) -> None:
    if not calls:
        return
    tried = [call.delivery_id for call in calls if call.again]
    earlier = Counter(
        Attempt.objects.filter(delivery_id__in=tried).values_list("delivery_id", "phase") if tried else ()
    )
    attempts = Attempt.objects.bulk_create(
        Attempt(
            delivery_id=call.delivery_id,
            phase=call.kind.value,
            part=call.part,
            number=earlier[call.delivery_id, call.kind.value] + 1,
            fence=call.lease.fence,
            protocol=PROTOCOL,
            key=call.key,
            started_at=now,
            send_deadline=call.sent_by,
        )
        for call in calls
    )
    for call, attempt in zip(calls, attempts, strict=True):
        call.attempt_id = attempt.pk


def _mark_sending(calls: list[Call], ready: list[tuple[Lease, Kind, Delivery, Post]], now: datetime) -> None:
    if not calls:
        return
    Delivery.objects.filter(pk__in=[call.delivery_id for call in calls]).update(
        status=Status.SENDING, next_attempt_at=None, message="", updated_at=now
    )
    posts = {post.pk: post for _lease, _kind, _delivery, post in ready}
    going = [posts[post_id] for post_id in {call.post_id for call in calls}]
    workflow.start_due_all([post for post in going if post.status == Post.Status.SCHEDULED])


@transaction.atomic
def set_aside(delivery_id: int) -> None:
    """Our own code failed on this delivery: try it later, and after the third time hold it for a person."""
    post, delivery = rows.lock(delivery_id)
    if delivery.status != Status.PENDING:
        return
    now = database_now()
    rows.write(delivery, decide.after_fault(rows.facts(delivery, post), now), now)
    workflow.settle(post=post)
    waiting.retime([delivery.account_id])


@transaction.atomic
def hold_if_late(delivery_id: int) -> bool:
    """Hold a pending delivery whose grace is over, whoever might have been about to send it."""
    post, delivery = rows.lock(delivery_id)
    now = database_now()
    if delivery.status != Status.PENDING or now <= delivery.late_after:
        return False
    rows.hold(post, delivery, decide.Hold.LATE, now)
    waiting.retime([delivery.account_id])
    return True


@transaction.atomic
def stop_looking(delivery_id: int) -> bool:
    """Ask a person about a delivery whose check should have ended: its account cannot be read."""
    post, delivery = rows.lock(delivery_id)
    if (
        delivery.status != Status.UNCONFIRMED
        or delivery.checking_until is None
        or delivery.checking_until > database_now()
    ):
        return False
    Delivery.objects.filter(pk=delivery.pk).update(**decide.no_doubt())
    workflow.settle(post=post)
    waiting.retime([delivery.account_id])
    return True
