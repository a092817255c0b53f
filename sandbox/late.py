"""Posts whose sender was hung up on, published only later.

What is still to come is in the log too, so that it comes even if the network is started anew meanwhile.
"""

import asyncio
import logging
import secrets
from datetime import timedelta

from aiohttp import web

from . import posts
from .clock import iso, now
from .errors import Refusal
from .keys import NETWORK
from .network import Network
from .posts import Draft
from .state import Account, Pending, posted_from

logger = logging.getLogger("sandbox.late")


def plan(
    network: Network, account: Account, draft: Draft, *, key, received_at: str, seconds: float, **more
) -> str:
    """Publish the draft in so many seconds; the id it has until then."""
    pending_id = "l" + secrets.token_hex(6)
    network.record(
        "pending",
        id=pending_id,
        account=account.handle,
        account_id=account.id,
        idempotency_key=key,
        text=draft.text,
        link=draft.link,
        media=[item.id for item in draft.media],
        received_at=received_at,
        due_at=iso(now() + timedelta(seconds=seconds)),
        **more,
    )
    _schedule(network, network.state.pending[pending_id])
    return pending_id


async def resume(app: web.Application) -> None:
    """Take up what an earlier process left to come."""
    network = app[NETWORK]
    for pending in network.state.pending.values():
        _schedule(network, pending)


def _schedule(network, pending):
    task = asyncio.get_running_loop().create_task(_commit(network, pending))
    network.tasks.add(task)
    task.add_done_callback(network.tasks.discard)


async def _commit(network: Network, pending: Pending):
    await asyncio.sleep(max(0.0, (pending.due_at - now()).total_seconds()))
    try:
        _publish(network, pending)
        await network.log.durable()
    except Refusal as refusal:
        logger.error("A late post could not be written: %s", refusal.message)


def _publish(network, pending):
    account, draft = pending.account, Draft(pending.text, pending.link, pending.media)
    # where keys race, this one was looked up when the request arrived, and not again
    racing = network.state.trait(account, "keys") == "racing"
    if not racing and (earlier := posts.repeat_of(network, account, pending.key)):
        _end(network, pending, "repeat", post_id=earlier.id)
        return
    for container in posted_from(pending.facts):
        if earlier := network.state.by_container.get(container):
            _end(network, pending, "repeat", post_id=earlier.id)
            return
    try:
        posts.refuse_duplicate(network, account, draft)
    except Refusal as refusal:
        _end(network, pending, "refused", reason=refusal.code)
        return
    posts.publish(
        network,
        account,
        draft,
        key=pending.key,
        received_at=pending.received_at,
        late=pending.id,
        **posts.of_standin(pending.post_id, pending.facts),
    )


def _end(network, pending, outcome, **more):
    account = pending.account
    network.record(
        "pending_ended",
        id=pending.id,
        outcome=outcome,
        account=account.handle,
        account_id=account.id,
        **more,
    )
