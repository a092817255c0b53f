"""Finishing: write what came of calls, attempt, delivery, lane and post together.

A worker whose lane is no longer its own leaves evidence and nothing else, with one exception: the platform's
own word that it published what this attempt sent is proof, whoever brings it.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q

from hubsite.lib.crypto import DecryptionError
from posts import credentials, workflow
from posts.models import Attempt, Credential, Delivery, Lane, SocialAccount
from posts.platforms.base import Connection, Duplicate, NotBegun, Outcome, PlatformError, Published
from posts.publishing import breaker, decide, matching, queue, rows, waiting
from posts.publishing.calls import Call, Result
from posts.publishing.claim import Lease, renew
from posts.publishing.clock import database_now
from posts.publishing.decide import Access, Change, Facts, Kind
from posts.publishing.ledger import EXPECTED, PROTOCOL
from posts.publishing.rows import Locked

log = logging.getLogger(__name__)

Status = Delivery.Status
Landed = tuple[Call, Result]

IN_FLIGHT = {**EXPECTED, Kind.PUBLISH: {Status.SENDING}}
CHECKS_KEPT = 20


class NewerProtocol(Exception):
    """What a worker of a later version began is for workers of that version to settle."""


def finish(landed: Sequence[Landed]) -> dict[int, bool]:
    """Write down what came back, in one transaction. Whether each lane is still ours, by lane.

    Database errors pass through, and the caller tries again. Where something else goes wrong the results are
    written one by one; one that cannot be written at all is left to the end of its lease, as a doubt.
    """
    if not landed:
        return {}
    try:
        return _finish_together(landed)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        if len(landed) > 1:
            return {lane: ours for one in landed for lane, ours in finish([one]).items()}
        ((call, _result),) = landed
        log.exception("result could not be written", extra={"attempt": call.attempt_id})
        return {call.lease.lane_id: False}


@transaction.atomic
def _finish_together(landed: Sequence[Landed]) -> dict[int, bool]:
    calls = [call for call, _result in landed]
    locked = rows.lock_all({call.delivery_id for call in calls}, {call.post_id for call in calls})
    ours = _still_ours([call.lease for call in calls])
    now = database_now()
    changed: list[Delivery] = []
    for call, result in landed:
        delivery = locked.deliveries.get(call.delivery_id)
        expected = delivery is not None and delivery.status in IN_FLIGHT[call.kind]
        if call.lease.lane_id in ours and expected:
            changed.append(_apply(locked, delivery, call, result, now))
        else:
            _overtaken(locked, delivery, call, result, now)
    workflow.settle_all([locked.post_of(delivery) for delivery in changed])
    return {call.lease.lane_id: call.lease.lane_id in ours for call, _result in landed}


def _still_ours(leases: Sequence[Lease]) -> set[int]:
    """The lanes that carry our fences, locked."""
    fences = {lease.lane_id: lease.fence for lease in leases}
    lanes = Lane.objects.select_for_update().filter(pk__in=fences).order_by("pk")
    return {lane for lane, fence in lanes.values_list("pk", "fence") if fences[lane] == fence}


def _apply(locked: Locked, delivery: Delivery, call: Call, result: Result, now: datetime) -> Delivery:
    post = locked.post_of(delivery)
    if call.kind == Kind.CHECK:
        change = _after_look(delivery, rows.facts(delivery, post), call, result, now)
    elif result.error is not None:
        change = _after_error(delivery, post, call, result, now)
    else:
        change = _after_success(rows.facts(delivery, post), call, result, now)
    if change.access != Access.SAME and _still_in_use(call):  # else somebody connected it anew meanwhile
        if change.access == Access.RENEWED:
            keep_access(delivery.account, result.connection, now)
        message = result.error.message if result.error is not None else ""
        rows.note_access(delivery.account, change.access, message, now)
    if change.lane_not_before is not None:
        Lane.objects.filter(pk=call.lease.lane_id).update(not_before=change.lane_not_before)
    change = breaker.answered(delivery.account, result.error, change, now)
    if call.kind != Kind.CHECK:
        _note_attempt(call, change.attempt, evidence(result), now)
    rows.write(delivery, change, now)
    return delivery


def _after_success(facts: Facts, call: Call, result: Result, now: datetime) -> Change:
    if call.kind == Kind.PUBLISH:
        published = result.published
        return decide.after_publish(
            facts,
            now,
            external_id=published.external_id,
            permalink=published.permalink,
            reference=published.reference,
        )
    if call.kind == Kind.STAGE:
        return decide.after_stage(facts, now, staged=result.staged or {})
    return decide.after_refresh(facts)


def _after_error(delivery: Delivery, post: Any, call: Call, result: Result, now: datetime) -> Change:
    error = result.error
    log.warning(
        "delivery not accepted",
        extra={
            "delivery": str(delivery.uid),
            "job": call.kind.value,
            "outcome": error.outcome.value,
            "error": type(error).__name__,
            "detail": error.detail,
        },
    )
    change = decide.after_error(
        rows.facts(delivery, post, just_refreshed=_just_refreshed(delivery, call)),
        call.kind,
        _outcome(error, delivery, call),
        now,
        rows.timing(),
        message=error.message,
        sent_by=call.sent_by,
        retry_after=error.retry_after,
        refreshable=bool(call.credentials.tokens.get("refresh_token")),
        fault=result.fault,
        begun=not isinstance(error, NotBegun),
        chance=random.random(),  # noqa: S311
    )
    if error.staged is None:
        return change
    kept = {"staged": error.staged, "staged_at": None}
    return replace(change, delivery={**change.delivery, **kept})


def _outcome(error: PlatformError, delivery: Delivery, call: Call) -> Outcome:
    """What the error means for this delivery. What is called a duplicate of something can be ours only where
    an earlier call may have come through after all."""
    if not isinstance(error, Duplicate):
        return error.outcome
    believed_absent = delivery.attempts.filter(key=call.key, outcome=Attempt.Outcome.NOT_PUBLISHED)
    return error.outcome if believed_absent.exists() else Outcome.PERMANENT


def _just_refreshed(delivery: Delivery, call: Call) -> bool:
    """Whether the access was renewed a moment ago: then another renewal would change nothing."""
    since = call.began - timedelta(seconds=60)
    return Attempt.objects.filter(
        delivery__account_id=delivery.account_id,
        phase=Attempt.Phase.REFRESH,
        outcome=Attempt.Outcome.OK,
        finished_at__gt=since,
    ).exists()


def _still_in_use(call: Call) -> bool:
    """Whether the account's tokens are those that the call was made with; nobody changes them meanwhile."""
    kept = Credential.objects.select_for_update(of=("self",)).select_related("account")
    credential = kept.filter(account_id=call.lease.account_id).first()
    if credential is None:
        return False
    try:
        return credentials.opened(credential.account, credential.sealed).tokens == call.credentials.tokens
    except DecryptionError:
        return False


def keep_access(account: SocialAccount, connection: Connection, now: datetime) -> None:
    """Keep renewed tokens, before anything is done with them, and note when they are renewed next."""
    credentials.save(account, connection.tokens)
    SocialAccount.objects.filter(pk=account.pk).update(**terms(connection, now))
    Lane.objects.filter(account=account).update(refresh_at=queue.renewal_of(connection, now))


def terms(connection: Connection, now: datetime) -> dict[str, datetime | None]:
    """The columns that say how long access lasts. An end that a renewal does not speak of stays."""
    seconds, ends_in = connection.expires_in, connection.ends_in
    known = {"expires_at": now + timedelta(seconds=seconds) if seconds else None}
    return known | ({"ends_at": now + timedelta(seconds=ends_in)} if ends_in is not None else {})


# ---- looks


def _after_look(delivery: Delivery, facts: Facts, call: Call, result: Result, now: datetime) -> Change:
    attempt = Attempt.objects.filter(pk=call.attempt_id, outcome=None).first()
    if attempt is None:  # settled meanwhile, and in doubt anew
        return Change(Status.UNCONFIRMED, None)
    if result.error is not None:
        detail = {"delivery": str(delivery.uid), "detail": result.error.detail}
        log.warning("account could not be read", extra=detail)
        facts = replace(facts, just_refreshed=_just_refreshed(delivery, call))
        refreshable = bool(call.credentials.tokens.get("refresh_token"))
        change = decide.after_failed_look(
            facts, result.error.outcome, now, rows.timing(), refreshable=refreshable
        )
        found = None
    else:
        facts = replace(
            facts,
            absences=call.absences,  # a look that is written down twice counts once
            refused=attempt.evidence.get("error") == Duplicate.__name__,
        )
        found = matching.find(_wanted(delivery, call), result.seen.posts, bound=_bound(delivery, result))
        change = decide.after_look(facts, now, rows.timing(), found=found, complete=result.seen.complete)
    _note_look(attempt, call, change, found, result, now)
    return change


def _wanted(delivery: Delivery, call: Call) -> matching.Wanted:
    return matching.Wanted(
        key=call.key,
        text=call.adapter.compose_text(call.content),
        media=len(call.content.images) + (call.content.video is not None),
        begun=call.began,
        latest=call.sent_by + timedelta(seconds=settings.HUB_QUARANTINE_SECONDS),
    )


def _bound(delivery: Delivery, result: Result) -> set[str]:
    """The ids and links of listed posts that belong to other deliveries."""
    own = {part["external_id"] for part in delivery.parts}
    ids = [post.external_id for post in result.seen.posts if post.external_id]
    links = [post.permalink for post in result.seen.posts if post.permalink]
    others = Delivery.objects.filter(account_id=delivery.account_id).exclude(pk=delivery.pk)
    known = others.filter(Q(external_id__in=ids) | Q(permalink__in=links))
    return own | {value for row in known.values_list("external_id", "permalink") for value in row if value}


def _note_look(
    attempt: Attempt,
    call: Call,
    change: Change,
    found: matching.Found | None,
    result: Result,
    now: datetime,
) -> None:
    """Keep what the look showed beside the attempt, for the people who may have to decide."""
    look: dict[str, Any] = {"at": now.isoformat()}
    if found is None:
        look["error"] = result.error.message
    else:
        alike = (*found.sure, *found.similar)
        look |= {"found": len(alike), "complete": result.seen.complete}
        attempt.evidence["candidates"] = [post.permalink or post.external_id for post in alike]
        if change.status == Status.PUBLISHED:
            attempt.evidence |= {"external_id": found.sure[0].external_id, "found_by": "look"}
    attempt.evidence["checks"] = [*attempt.evidence.get("checks", []), look][-CHECKS_KEPT:]
    _note_attempt(call, change.attempt, attempt.evidence, now)


# ---- the attempt


def _note_attempt(call: Call, outcome: str | None, seen: dict[str, Any], now: datetime) -> None:
    """Keep the evidence, and close the attempt if there is an outcome."""
    closing = {"outcome": outcome, "finished_at": now} if outcome else {}
    Attempt.objects.filter(pk=call.attempt_id, outcome=None).update(evidence=seen, **closing)


def evidence(result: Result) -> dict[str, Any]:
    """What came back, without secrets."""
    if result.error is not None:
        return {
            "error": type(result.error).__name__,
            "message": result.error.message,
            "detail": result.error.detail,
        }
    if result.published is not None:
        return {"external_id": result.published.external_id, "permalink": result.published.permalink}
    return {}


def _overtaken(locked: Locked, delivery: Delivery | None, call: Call, result: Result, now: datetime) -> None:
    """The answer came after the lane was lost, or the delivery is no longer what it was."""
    log.warning("answer came after the lane was lost", extra={"attempt": call.attempt_id})
    if result.connection is not None and _still_in_use(call):  # the tokens it was made from are used up
        keep_access(SocialAccount.objects.get(pk=call.lease.account_id), result.connection, now)
    if call.kind == Kind.CHECK or delivery is None:
        return
    if call.kind == Kind.PUBLISH and result.published is not None:
        _prove(locked, delivery, call.attempt_id, result.published, now)
        return
    closing = {"outcome": Attempt.Outcome.NOT_SENT, "finished_at": now}
    Attempt.objects.filter(pk=call.attempt_id, outcome=None).update(
        evidence={**evidence(result), "fenced": True}, **(closing if call.kind != Kind.PUBLISH else {})
    )


@transaction.atomic
def prove(*, key: str, attempt_id: int, published: Published) -> bool:
    """The platform said that it published what this attempt sent. Whether that settled the delivery.

    `key` is the attempt's, which begins with the delivery's: numbers alone could be another's in a restored
    database.
    """
    locked = rows.lock_all(Delivery.objects.filter(uid=key.partition("-")[0]).values_list("pk", flat=True))
    delivery = next(iter(locked.deliveries.values()), None)
    if delivery is None or not _prove(locked, delivery, attempt_id, published, database_now()):
        return False
    waiting.retime([delivery.account_id])
    return True


def _prove(locked: Locked, delivery: Delivery, attempt_id: int, published: Published, now: datetime) -> bool:
    proof = {"external_id": published.external_id, "permalink": published.permalink, "fenced": True}
    attempt = Attempt.objects.filter(pk=attempt_id, delivery=delivery)
    still_open = attempt.filter(outcome=None).exists()
    if not still_open or delivery.status not in {Status.SENDING, Status.UNCONFIRMED}:
        attempt.update(evidence=proof)
        return False
    attempt.update(evidence=proof, outcome=Attempt.Outcome.OK, finished_at=now)
    post = locked.post_of(delivery)
    change = decide.after_publish(
        rows.facts(delivery, post),
        now,
        external_id=published.external_id,
        permalink=published.permalink,
        reference=published.reference,
    )
    rows.write(delivery, change, now)
    workflow.settle(post=post)
    return True


@transaction.atomic
def take_back(lease: Lease) -> bool:
    """Undo attempts of this lease that may be committed but were never sent: the commit's answer was lost.

    False where the lane is no longer ours; then the lease's end settles them as if they had been sent.
    """
    in_doubt = Q(phase=Attempt.Phase.PUBLISH) & ~Q(delivery__status=Status.SENDING)
    begun = Attempt.objects.filter(
        delivery__account_id=lease.account_id, fence=lease.fence, outcome=None
    ).exclude(in_doubt)
    locked = rows.lock_all(list(begun.values_list("delivery_id", flat=True)))
    if not renew([lease]):
        return False
    now = database_now()
    for delivery in locked.deliveries.values():
        delivery.attempts.filter(fence=lease.fence, outcome=None).update(
            outcome=Attempt.Outcome.NOT_SENT, finished_at=now, evidence={"never_sent": True}
        )
        if delivery.status == Status.SENDING:
            rows.write(delivery, Change(Status.PENDING, None), now)
    workflow.settle_all(locked.posts.values())
    return True


# ---- what dead workers left


def settle_left(lease: Lease) -> bool:
    """Settle what an earlier holder of this lane left in the middle of a call. False where the lane is lost.

    Raises NewerProtocol where a worker of a later version began it.
    """
    return all(_abandon(lease, delivery_id) for delivery_id in _left_in(lease))


def _left_in(lease: Lease) -> Iterable[int]:
    mine = Delivery.objects.filter(account_id=lease.account_id)
    sending = mine.filter(status=Status.SENDING).values_list("pk", flat=True)
    began = Attempt.objects.filter(delivery__account_id=lease.account_id, outcome=None).exclude(
        phase=Attempt.Phase.PUBLISH
    )
    return {*sending, *began.values_list("delivery_id", flat=True)}


@transaction.atomic
def _abandon(lease: Lease, delivery_id: int) -> bool:
    post, delivery = rows.lock(delivery_id)
    if not renew([lease]):
        return False
    now = database_now()
    left = list(delivery.attempts.filter(outcome=None, fence__lt=lease.fence))
    if any(attempt.protocol > PROTOCOL for attempt in left):
        raise NewerProtocol
    publishing = [attempt for attempt in left if attempt.phase == Attempt.Phase.PUBLISH]
    delivery.attempts.filter(pk__in=[attempt.pk for attempt in left if attempt not in publishing]).update(
        outcome=Attempt.Outcome.NOT_SENT, finished_at=now, evidence={"abandoned": True}
    )
    sending = delivery.status == Status.SENDING
    if not left or delivery.status not in {Status.SENDING, Status.PENDING}:
        return True
    change = decide.after_abandon(
        rows.facts(delivery, post),
        now,
        rows.timing(),
        in_doubt=bool(publishing) and sending,
        sent_by=publishing[0].send_deadline if publishing else now,
        message=rows.interrupted_message(),
    )
    rows.write(delivery, change, now)
    workflow.settle(post=post)
    return True
