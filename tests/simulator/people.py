"""What people do while the engine works: the verbs of a post and of a delivery, on the simulator's rows.

A verb that does not apply does nothing and says so by False, as the screens refuse it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from posts.publishing import decide
from tests.simulator.ledger import TIMING
from tests.simulator.oracle import posts_of
from tests.simulator.store import Delivery, Post

if TYPE_CHECKING:
    from tests.simulator.world import World

STAGE_AHEAD = 600.0  # seconds


def schedule(
    world: World,
    *,
    accounts: tuple[int, ...],
    text: str,
    seconds: float = 0.0,
    media: int = 0,
    grace: float = 3600.0,
) -> Post:
    """Freeze a post into one delivery for each account, due in `seconds`."""
    with world.store.transaction() as store:
        post = Post(store.new_id(store.posts))
        store.posts[post.id] = post
        for account in accounts:
            _enqueue(world, post, account, text, media, seconds, grace)
    return post


def _enqueue(
    world: World, post: Post, account: int, text: str, media: int, seconds: float, grace: float
) -> Delivery:
    store = world.store
    due = world.clock.now + timedelta(seconds=seconds)
    delivery = Delivery(
        store.new_id(store.deliveries), post.id, account, text, media, due, due + timedelta(seconds=grace)
    )
    if media:
        delivery.stage_at = due - timedelta(seconds=STAGE_AHEAD)
    store.deliveries[delivery.id] = delivery
    store.retime(account)
    world.scheduled += 1
    return delivery


def unschedule(world: World, post: Post) -> bool:
    """Take the post off the queue; too late where sending has begun."""
    with world.store.transaction() as store:
        deliveries = [d for d in store.of_post(post.id) if d.status != "skipped"]
        if not deliveries or any(d.status in {"sending", "published", "unconfirmed"} for d in deliveries):
            return False
        for delivery in deliveries:
            delivery.status = "skipped"
            delivery.next_attempt_at = None
            store.retime(delivery.account)
        post.status = "draft"
        return True


def reschedule(world: World, post: Post, *, seconds: float, text: str) -> bool:
    """Edit and schedule again: what was staged or held of the old wording is void."""
    old = [d for d in world.store.of_post(post.id) if d.status != "skipped"]
    if not unschedule(world, post):
        return False
    with world.store.transaction():
        for delivery in old:
            _enqueue(world, post, delivery.account, text, delivery.media, seconds, 3600.0)
        post.status = "scheduled"
        post.approved = True
    return True


def approve(world: World, post: Post, *, approved: bool) -> None:
    """Give the approval, or take it back: which stops what has not begun."""
    with world.store.transaction():
        post.approved = approved


def skip(world: World, delivery: Delivery) -> bool:
    """Let it go."""
    if delivery.status not in {"failed", "held", "unconfirmed"}:
        return False
    with world.store.transaction() as store:
        delivery.status = "skipped"
        delivery.next_attempt_at = None
        delivery.__dict__.update(decide.no_doubt())
        store.settle(delivery.post)
        store.retime(delivery.account)
    return True


def retry(world: World, delivery: Delivery) -> bool:
    """Send a failed or held one again."""
    if delivery.status not in {"failed", "held"} or not world.store.accounts[delivery.account].connected:
        return False
    with world.store.transaction():
        _send_again(world, delivery)
    return True


def confirm(world: World, delivery: Delivery) -> bool:
    """Somebody looked, and it is there."""
    posts = posts_of(world.platform).get(delivery.id)
    if delivery.status != "unconfirmed" or not posts:
        return False
    with world.store.transaction() as store:
        store.open_publish_attempt(delivery.id).outcome = "ok"
        delivery.status = "published"
        delivery.permalink = f"https://platform.example/{posts[0].id}"
        delivery.__dict__.update(decide.no_doubt())
        store.settle(delivery.post)
        store.retime(delivery.account)
    return True


def deny(world: World, delivery: Delivery) -> bool:
    """Somebody looked, and it is not there: send it again."""
    if delivery.status != "unconfirmed" or posts_of(world.platform).get(delivery.id):
        return False
    attempt = world.store.open_publish_attempt(delivery.id)
    if world.clock.now < decide.denial_counts_from(attempt.send_deadline, TIMING):
        return False
    with world.store.transaction():
        attempt.outcome = "not_published"
        delivery.__dict__.update(decide.no_doubt())
        _send_again(world, delivery)
    return True


def settle_doubt(world: World, delivery: Delivery) -> bool:
    """Look at the account and say what is there."""
    return confirm(world, delivery) or deny(world, delivery)


def _send_again(world: World, delivery: Delivery) -> None:
    now = world.clock.now
    delivery.status = "pending"
    delivery.held_reason = ""
    delivery.tries = delivery.faults = delivery.crashes = 0
    delivery.next_attempt_at = now if delivery.due_at <= now else None
    delivery.late_after = max(delivery.late_after, now + timedelta(seconds=3600))
    world.store.settle(delivery.post)
    world.store.retime(delivery.account)


def reconnect(world: World, account: int) -> None:
    """Sign in at the platform again: new tokens, and the lane goes on."""
    with world.store.transaction() as store:
        store.accounts[account].tokens = world.platform.connect(account)
        store.accounts[account].connected = True
        lane = store.lanes[account]
        lane.paused, lane.refresh_at, lane.not_before = "", None, None
        store.retime(account)


def disconnect(world: World, account: int) -> None:
    with world.store.transaction() as store:
        store.accounts[account].connected = False


def pause(world: World, account: int) -> None:
    with world.store.transaction() as store:
        store.lanes[account].paused = store.lanes[account].paused or "by a person"


def resume(world: World, account: int) -> None:
    with world.store.transaction() as store:
        store.lanes[account].paused = ""
