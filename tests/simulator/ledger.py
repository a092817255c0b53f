"""What the engine's database code does, on the simulator's rows: ask the real decisions, write them down.

Each function is one transaction. `Lease`, `Call` and `Result` are what travels between them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from posts.platforms.base import Duplicate, Listing, Outcome, PlatformError, Published, ReadBack
from posts.publishing import decide, matching
from posts.publishing.decide import Access, Change, Facts, Kind
from tests.simulator.store import Attempt, Delivery, Lane, Store

if TYPE_CHECKING:
    from tests.simulator.world import World

LEASE = 60.0  # seconds
DEADLINE = 20.0  # seconds for one call
MARGIN = 2.0  # seconds between the end of a call and the end of its lease
START_WITHIN = 2.0  # seconds from the lease's renewal within which a call must start
BUDGET_EMPTY = 30.0  # seconds a retry waits where the server's budget is empty
TIMING = decide.Timing()

EXPECTED = {
    Kind.PUBLISH: {"sending"},
    Kind.STAGE: {"pending"},
    Kind.REFRESH: {"pending", "unconfirmed"},
    Kind.CHECK: {"unconfirmed"},
}


@dataclass
class Lease:
    lane: int
    fence: int
    taken: float  # boot clock, from before the claim
    inherited: bool  # an earlier holder did not give it back

    def left(self, boot: float) -> float:
        return self.taken + LEASE - boot


@dataclass(frozen=True)
class Call:
    lease: Lease
    kind: Kind
    delivery: int
    attempt: int  # of a look: the one in doubt
    text: str
    media: int
    key: str
    tokens: tuple[int, int]
    began: datetime  # when the delivery was tried first
    absences: int  # as known when the look began


@dataclass(frozen=True)
class Result:
    """What came of a call: `error`, or the one that fits its kind."""

    published: Published | None = None
    staged: dict[str, int] | None = None
    tokens: tuple[int, int] | None = None
    read: ReadBack | None = None
    error: PlatformError | None = None
    fault: bool = False
    begun: bool = True


# ---- lanes


def claimable(world: World) -> list[tuple[int, int]]:
    """Lanes that may be taken now, with their fence as seen: due and free ones, and those not given back."""
    now = world.clock.now
    return [(lane.id, lane.fence) for lane in world.store.lanes.values() if _may_be_taken(lane, now)]


def _may_be_taken(lane: Lane, now: datetime) -> bool:
    if lane.lease_until is not None:
        return lane.lease_until < now
    return lane.next_due_at is not None and lane.next_due_at <= now and not lane.is_hindered(now)


def claim(world: World, lane: int, fence: int, *, taken: float) -> Lease | None:
    """Compare and swap: take the lane if it is as it was seen. None where somebody was faster."""
    with world.database() as store:
        row = store.lanes[lane]
        if row.fence != fence or not _may_be_taken(row, world.clock.now):
            return None
        inherited = row.lease_until is not None
        row.fence += 1
        row.lease_until = world.clock.now + timedelta(seconds=LEASE)
        return Lease(lane, row.fence, taken, inherited)


def release(world: World, lease: Lease) -> None:
    """Give the lane back, if it is still ours, and say when it has its next job."""
    with world.database() as store:
        lane = store.lanes[lease.lane]
        if lane.fence == lease.fence:
            lane.lease_until = None
            store.retime(lane.account)


def settle_abandoned(world: World, lease: Lease) -> None:
    """Settle what an earlier holder of the lane left open."""
    with world.database() as store:
        lane = store.lanes[lease.lane]
        if lane.fence != lease.fence:
            return
        for attempt in [a for a in store.attempts.values() if a.is_open and a.fence < lease.fence]:
            delivery = store.deliveries[attempt.delivery]
            if delivery.account == lane.account:
                _abandon(world, store, delivery, attempt)


def _abandon(world: World, store: Store, delivery: Delivery, attempt: Attempt) -> None:
    in_doubt = attempt.phase == "publish"
    if delivery.status in EXPECTED[Kind(attempt.phase)] - {"unconfirmed"}:
        change = decide.after_abandon(
            facts_of(world, store, delivery), world.clock.now, TIMING,
            in_doubt=in_doubt, sent_by=attempt.send_deadline, message="A worker ended.",
        )  # fmt: skip
        store.apply(delivery, change, attempt)
    elif not in_doubt:
        attempt.outcome = "not_sent"


# ---- begin


def begin(world: World, lease: Lease) -> Call | None:
    """Commit what the lane's next job needs. None where nothing is due or the lane is not ours to use."""
    taken = world.clock.boot()
    with world.database() as store:
        now = world.clock.now
        lane = store.lanes[lease.lane]
        if not _is_held(lane, lease, now) or lane.is_hindered(now):
            return None
        while (job := decide.next_job(store.waiting(lane.account), now)) is not None:
            kind, delivery = job[0], store.deliveries[job[1]]
            if _is_stopped(world, store, kind, delivery):
                continue
            world.fail_if_told(delivery.id)
            lane.lease_until = now + timedelta(seconds=LEASE)
            lease.taken = taken
            return _begin(world, store, lease, kind, delivery)
        return None


def _is_held(lane: Lane, lease: Lease, now: datetime) -> bool:
    return lane.fence == lease.fence and lane.lease_until is not None and lane.lease_until > now


def _is_stopped(world: World, store: Store, kind: Kind, delivery: Delivery) -> bool:
    """Whether something keeps this from being done; what follows from it is written down."""
    facts = facts_of(world, store, delivery)
    if delivery.status == "unconfirmed":
        if facts.readable:
            return False
        store.apply(delivery, Change("unconfirmed", None, decide.no_doubt()), None)
        return True
    hold = decide.obstacle(facts, world.clock.now)
    if hold is None:
        return False
    if delivery.due_at > world.clock.now:
        delivery.stage_at = None
    else:
        store.apply(delivery, Change("held", None, decide.held(hold)), None)
    return True


def _begin(world: World, store: Store, lease: Lease, kind: Kind, delivery: Delivery) -> Call:
    if kind == Kind.PUBLISH and delivery.media and delivery.staged_at is None:
        kind = Kind.STAGE
    if kind == Kind.CHECK:
        attempt = store.open_publish_attempt(delivery.id)
    else:
        attempt = _new_attempt(world, store, lease, kind, delivery)
    if kind == Kind.PUBLISH:
        delivery.status = "sending"
        delivery.next_attempt_at = None
        post = store.posts[delivery.post]
        if post.status == "scheduled":
            post.status = "publishing"
        world.oracle.at_publish_begin(store, delivery, world.clock.now)
    return Call(
        lease, kind, delivery.id, attempt.id, delivery.text, delivery.media, delivery.key,
        store.accounts[delivery.account].tokens, store.first_begun(delivery.id), delivery.absences,
    )  # fmt: skip


def _new_attempt(world: World, store: Store, lease: Lease, kind: Kind, delivery: Delivery) -> Attempt:
    now, number = world.clock.now, store.new_id(store.attempts)
    sent_by = now + timedelta(seconds=START_WITHIN + DEADLINE)
    attempt = Attempt(number, delivery.id, kind.value, lease.fence, now, sent_by)
    store.attempts[number] = attempt
    return attempt


def take_back(world: World, lease: Lease) -> bool:
    """Undo what of this lease may be committed but was never sent. False where the lane is no longer ours."""
    with world.database() as store:
        lane = store.lanes[lease.lane]
        if not _is_held(lane, lease, world.clock.now):
            return False
        for attempt in store.attempts.values():
            delivery = store.deliveries[attempt.delivery]
            in_doubt = attempt.phase == "publish" and delivery.status != "sending"
            if attempt.is_open and attempt.fence == lease.fence and not in_doubt:
                attempt.outcome = "not_sent"
                if delivery.status == "sending":
                    store.apply(delivery, Change("pending", None), None)
        return True


def set_aside(world: World, delivery: int) -> None:
    """Our own code failed before anything was begun."""
    with world.database() as store:
        row = store.deliveries[delivery]
        if row.status == "pending":
            store.apply(row, decide.after_fault(facts_of(world, store, row), world.clock.now), None)
            store.retime(row.account)


# ---- finish


def finish(world: World, call: Call, result: Result) -> bool:
    """Write down what came of a call, or leave evidence alone. Whether the lane is still ours."""
    with world.database() as store:
        lane = store.lanes[call.lease.lane]
        delivery = store.deliveries[call.delivery]
        attempt = store.attempts[call.attempt]
        ours = lane.fence == call.lease.fence
        if result.tokens is not None:
            _save_tokens(store, lane, delivery.account, call, result)
        if ours and delivery.status in EXPECTED[call.kind] and attempt.is_open:
            world.oracle.at_finish(call.lease.fence, lane.fence)
            _write(world, store, lane, delivery, attempt, call, result)
        else:
            _leave_evidence(world, store, delivery, attempt, call, result)
        return ours


def prove(world: World, attempt: int, published: Published) -> None:
    """The platform said that it published what this attempt sent: proof, whoever brings it."""
    with world.database() as store:
        row = store.attempts[attempt]
        _prove(world, store, store.deliveries[row.delivery], row, published)


def _save_tokens(store: Store, lane: Lane, account: int, call: Call, result: Result) -> None:
    """Renewed tokens replace those they were made from, whoever holds the lane now: the old are used up."""
    row = store.accounts[account]
    if row.tokens == call.tokens:
        row.tokens = result.tokens
        lane.refresh_at = None


def _leave_evidence(
    world: World, store: Store, delivery: Delivery, attempt: Attempt, call: Call, result: Result
) -> None:
    if call.kind == Kind.PUBLISH and result.published is not None:
        _prove(world, store, delivery, attempt, result.published)
    elif call.kind in {Kind.STAGE, Kind.REFRESH} and attempt.is_open:
        attempt.outcome = "not_sent"


def _prove(world: World, store: Store, delivery: Delivery, attempt: Attempt, published: Published) -> None:
    if attempt.is_open and delivery.status in {"sending", "unconfirmed"}:
        facts = facts_of(world, store, delivery)
        change = decide.after_publish(
            facts, world.clock.now, external_id=published.external_id, permalink=published.permalink
        )
        store.apply(delivery, change, attempt)
        store.retime(delivery.account)


def _write(
    world: World,
    store: Store,
    lane: Lane,
    delivery: Delivery,
    attempt: Attempt,
    call: Call,
    result: Result,
) -> None:
    if result.error is not None and call.kind != Kind.CHECK:
        attempt.evidence["error"] = type(result.error).__name__
    change = _meaning(world, store, delivery, attempt, call, result)
    if change.retries:
        change = _paid(world, store, change)
    store.apply(delivery, change, attempt)
    if change.lane_not_before is not None:
        lane.not_before = change.lane_not_before
    if store.accounts[delivery.account].tokens == call.tokens:  # else they were replaced meanwhile
        _note_access(world, lane, change)
    _count_for_server(world, store, call, result)
    store.retime(lane.account)


def _note_access(world: World, lane: Lane, change: Change) -> None:
    if change.access == Access.RENEW:
        lane.refresh_at = world.clock.now
    elif change.access == Access.BROKEN:
        lane.paused = "broken"


def _meaning(
    world: World, store: Store, delivery: Delivery, attempt: Attempt, call: Call, result: Result
) -> Change:
    now = world.clock.now
    facts = facts_of(world, store, delivery, before=attempt)
    if call.kind == Kind.CHECK:
        # a look that is written down twice, as the answer to its commit was lost, still counts once
        return _meaning_of_look(world, store, call, replace(facts, absences=call.absences), attempt, result)
    if result.error is not None:
        return decide.after_error(
            facts, call.kind, _outcome(store, call, result.error), now, TIMING,
            message=result.error.message, sent_by=attempt.send_deadline, retry_after=result.error.retry_after,
            refreshable=world.platform.tier.refreshable, fault=result.fault, begun=result.begun,
            chance=world.chance(),
        )  # fmt: skip
    if call.kind == Kind.REFRESH:
        return decide.after_refresh(facts)
    if call.kind == Kind.STAGE:
        return decide.after_stage(facts, now, staged=result.staged)
    return decide.after_publish(
        facts, now, external_id=result.published.external_id, permalink=result.published.permalink
    )


def _outcome(store: Store, call: Call, error: PlatformError) -> Outcome:
    """A duplicate can be ours only where an earlier call may have come through after all."""
    believed_absent = any(a.outcome == "not_published" for a in store.attempts_of(call.delivery))
    if isinstance(error, Duplicate) and not believed_absent:
        return Outcome.PERMANENT
    return error.outcome


def _meaning_of_look(
    world: World, store: Store, call: Call, facts: Facts, doubt: Attempt, result: Result
) -> Change:
    delivery = store.deliveries[call.delivery]
    if result.error is not None:
        return decide.after_failed_look(
            facts, result.error.outcome, world.clock.now, TIMING, refreshable=world.platform.tier.refreshable
        )
    wanted = matching.Wanted(
        key=delivery.key,
        text=delivery.text,
        media=delivery.media,
        begun=call.began,
        latest=doubt.send_deadline + timedelta(seconds=TIMING.quarantine),
    )
    bound = {
        d.external_id
        for d in store.deliveries.values()
        if d.account == delivery.account and d.id != delivery.id
    }
    found = matching.find(wanted, result.read.posts, bound=bound - {""})
    facts = replace(facts, refused=doubt.evidence.get("error") == Duplicate.__name__)
    return decide.after_look(facts, world.clock.now, TIMING, found=found, complete=result.read.complete)


def _paid(world: World, store: Store, change: Change) -> Change:
    store.health, paid = decide.pay_for_retry(store.health, world.clock.now)
    if paid:
        return change
    at = world.clock.now + timedelta(seconds=BUDGET_EMPTY)
    return replace(change, delivery={**change.delivery, "next_attempt_at": at})


def _count_for_server(world: World, store: Store, call: Call, result: Result) -> None:
    if result.error is None:
        store.health = decide.after_good_answer(store.health)
    elif result.begun and result.error.outcome in {Outcome.NOT_SENT, Outcome.UNKNOWN}:
        store.health = decide.after_trouble(store.health, world.clock.now)
    for lane in store.lanes.values():
        lane.breaker_until = store.health.open_until


# ---- facts


def facts_of(world: World, store: Store, delivery: Delivery, *, before: Attempt | None = None) -> Facts:
    """What is known of the delivery. `before` is the attempt in hand, for what the one before it was."""
    account = store.accounts[delivery.account]
    listing = world.platform.tier.listing
    earlier = [a for a in store.attempts_of(delivery.id) if before is not None and a.id < before.id]
    return Facts(
        status=delivery.status,
        late_after=delivery.late_after,
        tries=delivery.tries,
        faults=delivery.faults,
        crashes=delivery.crashes,
        absences=delivery.absences,
        checking_until=delivery.checking_until,
        connected=account.connected,
        approved=store.posts[delivery.post].approved,
        readable=listing != Listing.NONE,
        complete=listing == Listing.COMPLETE,
        resend=account.resend,
        just_refreshed=bool(earlier) and earlier[-1].phase == "refresh" and earlier[-1].outcome == "ok",
    )
