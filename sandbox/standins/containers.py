"""Containers of Instagram and Threads: made, processed, then published once or never.

What a container is worth depends on the clock: it is in progress for the trait `media_processing_for`, then
finished, and expired when the trait `container_lasts` is over (a day, as both platforms document).
"""

from datetime import timedelta
from itertools import takewhile

from .. import media, posts
from ..clock import now
from ..keys import ACCOUNT, NETWORK
from ..network import Network
from ..state import Account, Media, Post, Thing
from .common import DAY, find_thing, keep, new_number, publish
from .fetching import Fetched
from .graph import GraphRefusal

IN_PROGRESS, FINISHED, PUBLISHED, ERROR, EXPIRED = (
    "IN_PROGRESS",
    "FINISHED",
    "PUBLISHED",
    "ERROR",
    "EXPIRED",
)


async def store(network: Network, account: Account, fetched: Fetched, alt: str) -> Media:
    """Keep what was fetched among the account's media."""
    picture = media.Picture(fetched.data, fetched.mime, fetched.width, fetched.height)
    return await media.store(network, account, picture, alt)


def make(request, *, digits: int = 17, **data) -> Thing:
    """A new container of the account that calls. `media` are ids, `error` what went wrong, if it did."""
    network, account = request.app[NETWORK], request[ACCOUNT]
    return keep(network, new_number(digits), "container", account, **data)


def find(request, container_id) -> Thing | None:
    """The container with this id if it is the caller's own."""
    thing = find_thing(request.app[NETWORK], container_id, "container")
    return thing if thing and thing.account is request[ACCOUNT] else None


def is_anybodys(request, container_id) -> bool:
    return find_thing(request.app[NETWORK], container_id, "container") is not None


def status(network: Network, container: Thing) -> str:
    if container.id in network.state.by_container:
        return PUBLISHED
    age = (now() - container.created_at).total_seconds()
    if age >= network.state.trait(container.account, "container_lasts"):
        return EXPIRED
    if is_in_progress(network, container, age):
        return IN_PROGRESS
    return ERROR if error_of(network, container) else FINISHED


def is_in_progress(network, container, age: float) -> bool:
    """Text needs no time; a carousel is in progress until its last item is done."""
    needs_time = container.data.get("media") or container.data.get("error") or container.data.get("children")
    return bool(needs_time) and age < network.state.trait(container.account, "media_processing_for")


def error_of(network, container: Thing) -> dict | None:
    """What went wrong with it, or with one of its items: `{code, subcode, message}`."""
    if found := container.data.get("error"):
        return found
    for child in children_of(network, container):
        if found := child.data.get("error"):
            return found
    return None


def children_of(network, container: Thing) -> list[Thing]:
    return [network.state.things[child_id] for child_id in container.data.get("children", ())]


def media_of(network, container: Thing) -> tuple[Media, ...]:
    kept = [container, *children_of(network, container)]
    return tuple(network.state.media[media_id] for one in kept for media_id in one.data.get("media", ()))


def made_today(account: Account, kind: str = "container") -> int:
    """Things of this kind that the account made within a day."""
    since = now() - timedelta(seconds=DAY)
    recent = takewhile(lambda thing: thing.created_at > since, reversed(account.things))
    return sum(1 for thing in recent if thing.kind == kind)


def published_today(account: Account, *, replies: bool | None = None) -> int:
    """Posts of the account within a day, deleted ones too; only replies, or none of them, if that is said."""
    since = now() - timedelta(seconds=DAY)
    own = (post for post in reversed(account.posts) if not post.imported)
    recent = takewhile(lambda post: post.created_at > since, own)
    return sum(1 for post in recent if replies is None or bool(post.facts.get("reply_to")) == replies)


async def publish_container(request, container: Thing, **facts) -> Post:
    """Publish what the container holds. To be called once its status is FINISHED."""
    network = request.app[NETWORK]
    draft = posts.Draft(
        container.data.get("text", ""), container.data.get("link"), media_of(network, container)
    )
    post, _ = await publish(
        request,
        draft,
        post_id=new_number(17),
        container=container.id,
        **{name: container.data[name] for name in ("media_type", "reply_to") if container.data.get(name)},
        **facts,
    )
    return post


def refuse_unready(network, container: Thing) -> None:
    """Raises GraphRefusal unless the container can be published now (the tables of error codes)."""
    match status(network, container):
        case "IN_PROGRESS":
            raise GraphRefusal(
                9007,
                "The media is not ready for publishing, please wait for a moment.",
                subcode=2207027,
                told="The media is not ready to be published.",
            )
        case "EXPIRED":
            raise GraphRefusal(
                -2, "The media you are trying to access has expired. Upload it again.", subcode=2207020
            )
        case "PUBLISHED":
            raise GraphRefusal(100, "This container has been published already.")
        case "ERROR":
            found = error_of(network, container)
            raise GraphRefusal(found["code"], found["message"], subcode=found["subcode"])
