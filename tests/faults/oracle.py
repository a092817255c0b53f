"""What must hold after every fault, once all is quiet. Judged by the database and the platform's own log.

O1  every scheduled delivery is published, or in a named human state that says why
O2  the platform has exactly one post for each published delivery, and none for the others
O3  every publish call had its attempt committed before it arrived
O4  no two publish attempts of a delivery were open at once
O5  the posts of one account appeared in their order
O6  nothing was written with a fence that was no longer the lane's
O8  no token in any log, message or dump
O9  what was scheduled is what there is
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from posts.models import Attempt, Delivery, SocialAccount
from tests.faults import witness

Status = Delivery.Status

TRUNCATED = timedelta(milliseconds=2)  # the platform's times have milliseconds
MAY_BE_OUT = {Status.UNCONFIRMED, Status.SKIPPED}  # a person decided, or has to


@dataclass
class Verdict:
    """What a run came to. `problems` names everything that does not hold."""

    lost: int = 0
    duplicated: int = 0
    stuck: int = 0
    problems: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def bad(self, problem: str) -> None:
        self.problems.append(problem)


@dataclass
class Facts:
    """Everything the oracle looks at, read once."""

    deliveries: list[Delivery]
    attempts: dict[int, list[Attempt]]  # by delivery, publish attempts only
    posts: list[dict]
    requests: list[dict]
    handles: dict[int, str]  # of accounts
    scheduled: set[str]  # uids of deliveries, as the row remembers them
    foreign: set[str]  # ids of posts that others published

    @classmethod
    def read(cls, world) -> Facts:
        attempts: dict[int, list[Attempt]] = defaultdict(list)
        for attempt in Attempt.objects.filter(phase=Attempt.Phase.PUBLISH).order_by("id"):
            attempts[attempt.delivery_id].append(attempt)
        events = world.network.events()
        return cls(
            deliveries=list(Delivery.objects.order_by("account_id", "due_at", "id")),
            attempts=attempts,
            posts=[e for e in events if e["event"] == "post" and not e.get("imported")],
            requests=[e for e in events if e["event"] == "request"],
            handles=dict(SocialAccount.objects.values_list("id", "handle")),
            scheduled=world.scheduled,
            foreign=world.foreign,
        )

    def ours(self) -> dict[str, list[dict]]:
        """The platform's posts by the key they came with."""
        found: dict[str, list[dict]] = defaultdict(list)
        for post in self.posts:
            if post["id"] not in self.foreign:
                found[post["idempotency_key"] or ""].append(post)
        return found


def judge(world, *, ordered: bool = True, committed_before: bool = True) -> Verdict:
    """Ask everything. `ordered` and `committed_before` are off where a row says why."""
    facts, verdict = Facts.read(world), Verdict()
    every_delivery_has_an_end(facts, verdict)
    one_post_each(facts, verdict)
    attempts_come_first(facts, verdict, exactly=committed_before)
    one_open_attempt(facts, verdict)
    if ordered:
        accounts_keep_order(facts, verdict)
    fences_only_grow(facts, verdict)
    counts_add_up(facts, verdict)
    no_token_told(world.tokens, world.places_to_search(), verdict)
    return verdict


def every_delivery_has_an_end(facts: Facts, verdict: Verdict) -> None:
    """O1"""
    for delivery in facts.deliveries:
        if reason := _unended(delivery):
            verdict.stuck += 1
            verdict.bad(f"O1 delivery {delivery.pk} {reason}")


def _unended(delivery: Delivery) -> str:
    if delivery.status in {Status.PENDING, Status.SENDING}:
        return f"is still {delivery.status}: {delivery.message}"
    if delivery.status == Status.UNCONFIRMED and delivery.checking_until is not None:
        return f"is being looked for until {delivery.checking_until}"
    if delivery.status == Status.HELD and not delivery.held_reason:
        return "is held without a reason"
    if delivery.status in {Status.HELD, Status.FAILED, Status.UNCONFIRMED} and not delivery.message:
        return f"is {delivery.status} and does not say why"
    return ""


def one_post_each(facts: Facts, verdict: Verdict) -> None:
    """O2"""
    by_key = facts.ours()
    for delivery in facts.deliveries:
        found = by_key.pop(delivery.uid.hex, [])
        verdict.duplicated += max(0, len(found) - 1)
        if len(found) > 1:
            verdict.bad(f"O2 delivery {delivery.pk} is on the platform {len(found)} times")
        if delivery.status == Status.PUBLISHED:
            _published_one(delivery, found, verdict)
        elif found and delivery.status not in MAY_BE_OUT:
            verdict.bad(f"O2 delivery {delivery.pk} is {delivery.status} and yet on the platform")
    for key, found in by_key.items():
        verdict.duplicated += len(found)
        verdict.bad(f"O2 {len(found)} post(s) on the platform that no delivery knows (key {key or 'none'})")


def _published_one(delivery: Delivery, found: list[dict], verdict: Verdict) -> None:
    if not found:
        verdict.lost += 1
        verdict.bad(f"O2 delivery {delivery.pk} says published and is not on the platform")
    elif delivery.external_id and delivery.external_id not in {post["id"] for post in found}:
        verdict.bad(f"O2 delivery {delivery.pk} is bound to a post that is not its own")


def attempts_come_first(facts: Facts, verdict: Verdict, *, exactly: bool) -> None:
    """O3: the n-th call under a key arrived after n attempts were committed.

    Exact on PostgreSQL, which remembers when a row was committed; on SQLite the time it was written counts.
    """
    committed = {row[0]: row[4] or row[3] for row in witness.begun()} if exactly else {}
    begun: dict[str, list[datetime]] = defaultdict(list)
    for attempts in facts.attempts.values():
        for attempt in attempts:
            begun[attempt.key].append(committed.get(attempt.pk) or attempt.started_at)
    calls: Counter[str] = Counter()
    for call in facts.requests:
        key = call.get("idempotency_key") or ""
        if key not in begun:
            if not call.get("post_id") or call["post_id"] not in facts.foreign:
                verdict.bad(f"O3 a publish call without an attempt (key {key or 'none'})")
            continue
        calls[key] += 1
        arrived = datetime.fromisoformat(call["received_at"]).astimezone(UTC) + TRUNCATED
        if sum(moment <= arrived for moment in begun[key]) < calls[key]:
            verdict.bad(f"O3 call {calls[key]} under {key} came before its attempt was committed")


def one_open_attempt(facts: Facts, verdict: Verdict) -> None:
    """O4: each publish attempt was closed before the next one began."""
    begun = {attempt_id: noted for attempt_id, _, _, noted, _ in witness.begun()}
    for delivery_id, attempts in facts.attempts.items():
        for earlier, later in pairwise(attempts):
            if earlier.outcome is None or earlier.finished_at is None:
                verdict.bad(f"O4 delivery {delivery_id} has a later attempt while {earlier.pk} is open")
            elif earlier.finished_at > begun[later.pk] + TRUNCATED:
                verdict.bad(f"O4 attempts {earlier.pk} and {later.pk} of delivery {delivery_id} overlap")


def accounts_keep_order(facts: Facts, verdict: Verdict) -> None:
    """O5"""
    wanted: dict[int, list[str]] = defaultdict(list)
    for delivery in facts.deliveries:
        wanted[delivery.account_id].append(delivery.uid.hex)
    for account_id, keys in wanted.items():
        handle = facts.handles[account_id]
        place = {key: number for number, key in enumerate(keys)}
        seen = [
            place[p["idempotency_key"]] for p in facts.posts
            if p["account"] == handle and p["idempotency_key"] in place
        ]  # fmt: skip
        if seen != sorted(seen):
            verdict.bad(f"O5 the posts of {handle} are out of order")


def fences_only_grow(facts: Facts, verdict: Verdict) -> None:
    """O6: every attempt began under the lane's fence, and what a call came to was written under it.

    Only the platform's own word may come late: that it published what a still open attempt sent. Then the
    attempt says so, and `one_post_each` has seen that the post is there.
    """
    for attempt_id, fence, lane_fence, *_ in witness.begun():
        if fence != lane_fence:
            verdict.bad(f"O6 attempt {attempt_id} began with fence {fence}, the lane had {lane_fence}")
    for delivery_id, came_from, went_to, lane_fence, attempt_fence in witness.moved():
        if (came_from, went_to) != (Status.SENDING, Status.PUBLISHED) or lane_fence == attempt_fence:
            continue
        if not _is_proved(facts, delivery_id):
            verdict.bad(f"O6 delivery {delivery_id} published under fence {attempt_fence} of {lane_fence}")


def _is_proved(facts: Facts, delivery_id: int) -> bool:
    said = [a.evidence for a in facts.attempts[delivery_id] if a.outcome == Attempt.Outcome.OK]
    bound = {d.external_id for d in facts.deliveries if d.pk == delivery_id}
    return any(told.get("fenced") is True and told.get("external_id") in bound - {""} for told in said)


def counts_add_up(facts: Facts, verdict: Verdict) -> None:
    """O9"""
    there = {delivery.uid.hex for delivery in facts.deliveries}
    if missing := facts.scheduled - there:
        verdict.lost += len(missing)
        verdict.bad(f"O9 {len(missing)} scheduled deliveries are gone")
    if more := there - facts.scheduled:
        verdict.bad(f"O9 {len(more)} deliveries that nobody scheduled")
    verdict.counts = Counter(delivery.status for delivery in facts.deliveries)


def no_token_told(tokens: Iterable[str], places: Iterable[Path], verdict: Verdict) -> None:
    """O8"""
    secrets = [token.encode() for token in tokens if token]
    for place in places:
        told = place.read_bytes()
        if any(secret in told for secret in secrets):
            verdict.bad(f"O8 a token stands in {place.name}")
