"""The judge. It looks at the rows and at the platform's own list, and knows nothing of how they came about.

O2 to O6 of the promise hold after every step; O1 and O9 once everything is quiet. What the promise leaves
open (docs/publishing.md) is named here in one place: `is_beyond_promise`.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from posts.platforms.base import Listing
from posts.publishing import decide
from posts.publishing.rollup import rollup
from tests.simulator.platform import KEY_REMEMBERED, Platform, Public, Request
from tests.simulator.store import Delivery, Store

if TYPE_CHECKING:
    from tests.simulator.world import World

QUARANTINE = timedelta(seconds=120)  # as documented, not as set
FINAL = {"published", "failed", "skipped"}


class Broken(AssertionError):
    """The promise is broken. The message says which part, and for which delivery."""


class Oracle:
    def __init__(self) -> None:
        self.writes = 0

    # ---- while things happen

    def at_publish_begin(self, store: Store, delivery: Delivery, now: datetime) -> None:
        """O5: nothing of the account is in flight or looked for, nothing earlier waits. O7: never early."""
        if now < delivery.due_at:
            raise Broken(f"O7: {delivery.id} begins before its time")
        for other in store.of_account(delivery.account, "sending", "pending", "unconfirmed"):
            if other.id == delivery.id:
                continue
            if other.status == "sending" or other.is_checking:
                raise Broken(f"O5: {delivery.id} begins while {other.id} is {other.status}")
            if other.status == "pending" and (other.due_at, other.id) < (delivery.due_at, delivery.id):
                raise Broken(f"O5: {delivery.id} overtakes {other.id}")

    def at_write(self, store: Store, request: Request) -> None:
        """O3: the attempt of a final call is committed before the call leaves."""
        self.writes += 1
        attempt = store.attempts.get(request.attempt)
        if attempt is None or attempt.phase != "publish" or attempt.delivery != request.delivery:
            raise Broken(f"O3: {request.delivery} is sent without an attempt")

    def at_finish(self, fence: int, lane_fence: int) -> None:
        """O6: only who holds the lane writes down what came of a call."""
        if fence != lane_fence:
            raise Broken(f"O6: fence {fence} wrote while {lane_fence} holds the lane")

    # ---- after every step

    def after_step(self, world: World) -> None:
        """O2 and O4, and that a row never says what its attempts contradict."""
        store, platform = world.store, world.platform
        out = posts_of(platform)
        for delivery in store.deliveries.values():
            self._one_open_attempt(store, delivery)
            self._at_most_once(world, delivery, out.get(delivery.id, []))
            self._as_it_says(world, delivery, out.get(delivery.id, []))

    def _one_open_attempt(self, store: Store, delivery: Delivery) -> None:
        open_ones = [a for a in store.attempts_of(delivery.id) if a.is_open and a.phase == "publish"]
        if len(open_ones) > 1:
            raise Broken(f"O4: {delivery.id} has {len(open_ones)} open attempts")
        if (
            bool(open_ones) != (delivery.status in {"sending", "unconfirmed"})
            and delivery.status != "skipped"
        ):
            raise Broken(f"O4: {delivery.id} is {delivery.status} with {len(open_ones)} open attempts")

    def _at_most_once(self, world: World, delivery: Delivery, posts: list[Public]) -> None:
        if len(posts) > 1 and not any(is_beyond_promise(world, post) for post in posts):
            raise Broken(f"O2: {delivery.id} is out {len(posts)} times")

    def _as_it_says(self, world: World, delivery: Delivery, posts: list[Public]) -> None:
        if delivery.status == "published":
            if not posts:
                raise Broken(f"O2: {delivery.id} is said to be published and is not there")
            if delivery.external_id and delivery.external_id not in {post.id for post in posts}:
                raise Broken(f"O2: {delivery.id} is bound to another post, {delivery.external_id}")
        elif delivery.status in {"pending", "held", "failed"}:
            for post in posts:
                if not is_beyond_promise(world, post):
                    raise Broken(f"O2: {delivery.id} is {delivery.status} and is out")

    # ---- once it is quiet

    def at_rest(self, world: World) -> None:
        """O1: everything is out or in a named state with a reason. O9: and nothing is uncounted."""
        store = world.store
        for delivery in store.deliveries.values():
            if delivery.status in FINAL:
                continue
            if delivery.status == "held" and delivery.held_reason:
                continue
            if delivery.status == "unconfirmed" and delivery.check_at is None:
                continue
            raise Broken(f"O1: {delivery.id} is stuck: {delivery}")
        for post in store.posts.values():
            if post.status != rollup(d.status for d in store.of_post(post.id)):
                raise Broken(f"O1: post {post.id} says {post.status}")
        counted = Counter(d.status for d in store.deliveries.values())
        if sum(counted.values()) != world.scheduled:
            raise Broken(f"O9: {world.scheduled} scheduled, {counted} there")


def posts_of(platform: Platform) -> dict[int, list[Public]]:
    """What is out for each delivery."""
    found: dict[int, list[Public]] = {}
    for post in platform.posts:
        if post.request is not None:
            found.setdefault(post.request.delivery, []).append(post)
    return found


def is_beyond_promise(world: World, post: Public) -> bool:
    """Whether the promise leaves open what happens with this post.

    It does where a platform without a key made the post public later than the quarantine after the attempt's
    last moment to send, be it that the platform dallied or that the worker was frozen before its send; and
    where the platform's list hid it from both looks. Where the platform keeps keys, it never does.
    """
    tier = world.platform.tier
    attempt = world.store.attempts[post.request.attempt]
    late = post.at > attempt.send_deadline + QUARANTINE
    if tier.key == "honoured":
        return _is_out_of_order(world, post, late)
    if tier.key == "forgotten" and post.at - attempt.started_at <= KEY_REMEMBERED:
        return _is_out_of_order(world, post, late)
    hidden = tier.listing == Listing.COMPLETE and post.hidden >= decide.ABSENCES
    return late or hidden


def _is_out_of_order(world: World, post: Public, late: bool) -> bool:
    """With a key a second post cannot be; that one came after it was given up still can."""
    hidden = post.hidden >= decide.ABSENCES
    return (late or hidden) and len(posts_of(world.platform)[post.request.delivery]) == 1
