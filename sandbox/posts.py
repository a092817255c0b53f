"""Accepting and removing posts, whatever API they come through."""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from .clock import iso, now
from .errors import Refusal, invalid
from .limits import IMAGES_MAX, KEY_MAX, check_link, check_text
from .network import Network
from .reading import is_ready
from .state import Account, Media, Post

# between looking a key up and publishing, where keys race
RACE_SECONDS = 0.05


@dataclass(slots=True)
class Draft:
    """A post as received and found within the limits, not yet accepted."""

    text: str
    link: str | None
    media: tuple[Media, ...]


def check_draft(network: Network, account: Account, *, text, link, media_ids) -> Draft:
    """Raises Refusal naming the field that is wrong."""
    text, link = check_text(text), check_link(link)
    if not isinstance(media_ids, list) or not all(isinstance(media_id, str) for media_id in media_ids):
        raise invalid("bad_media", "“media_ids” must be a list of ids.", "media_ids")
    if len(media_ids) > IMAGES_MAX:
        raise invalid("too_many_images", f"A post has at most {IMAGES_MAX} images.", "media_ids")
    if len(set(media_ids)) != len(media_ids):
        raise invalid("bad_media", "The same image is listed twice.", "media_ids")
    media = tuple(network.state.media.get(media_id) for media_id in media_ids)
    if any(item is None or item.account_id != account.id for item in media):
        raise invalid("unknown_media", "An image was not uploaded by this account.", "media_ids")
    if media and network.state.trait(account, "unready_media") == "refused":
        moment = now()
        if not all(is_ready(network.state, account, item, moment) for item in media):
            raise invalid("media_processing", "An image is still being processed.", "media_ids")
    if not text.strip() and not link and not media:
        raise invalid("empty", "A post needs text, a link or an image.", "text")
    return Draft(text, link, media)


def check_key(key: str | None) -> str | None:
    if key is None or key == "":
        return None
    if len(key) > KEY_MAX or not key.isascii() or not key.isprintable():
        raise invalid(
            "bad_key", f"Idempotency-Key is up to {KEY_MAX} printable ASCII characters.", "Idempotency-Key"
        )
    return key


async def accept(
    network: Network, account: Account, draft: Draft, *, key, received_at: str, still_allowed, **more
) -> tuple[Post, bool]:
    """Publish, or find the post this key already made; and whether it was such a repeat.

    `still_allowed` is called in the last moment and may raise Refusal. Raises Refusal for a duplicate.
    """
    if earlier := repeat_of(network, account, key):
        return earlier, True
    if key and network.state.trait(account, "keys") == "racing":
        await asyncio.sleep(RACE_SECONDS)
    still_allowed()
    refuse_duplicate(network, account, draft)
    return publish(network, account, draft, key=key, received_at=received_at, **more), False


def repeat_of(network: Network, account: Account, key: str | None) -> Post | None:
    """The post that this key made, if the platform still knows."""
    mode = network.state.trait(account, "keys")
    earlier = network.state.by_key.get((account.id, key)) if key and mode != "ignored" else None
    if earlier and mode == "forgotten":
        known_for = timedelta(seconds=network.state.trait(account, "keys_forgotten_after"))
        return earlier if now() - earlier.created_at < known_for else None
    return earlier


def refuse_duplicate(network: Network, account: Account, draft: Draft) -> None:
    """Raises Refusal if the account said the same a short while ago and the platform minds."""
    within = network.state.trait(account, "duplicates_refused_for")
    said = account.said.get(draft.text) if within and draft.text else None
    if said and now() - said < timedelta(seconds=within):
        raise Refusal(403, "duplicate", "This account said the same a short while ago.")


def publish(
    network: Network, account: Account, draft: Draft, *, key, received_at: str, post_id="", **more
) -> Post:
    """`post_id` is the id it shall have, if the platform has a way of its own to make them."""
    post_id = post_id or "p" + secrets.token_hex(6)
    _record(
        network,
        account,
        draft,
        post_id,
        key=key,
        created_at=now(),
        received_at=received_at,
        imported=False,
        **more,
    )
    return network.state.posts[post_id]


def of_standin(post_id: str, facts: dict) -> dict:
    """What a stand-in adds to a post, for `publish`; nothing for the network's own posts."""
    return {"post_id": post_id, "facts": facts} if post_id else {}


def accept_import(network: Network, account: Account, draft: Draft, *, created_at, external_key) -> Post:
    """A backdated post. Its id comes from the key, so a new import of the same demo has the same figures."""
    post_id = "i" + hashlib.sha256(external_key.encode()).hexdigest()[:12]
    _record(
        network,
        account,
        draft,
        post_id,
        key=None,
        created_at=created_at,
        received_at=iso(now()),
        imported=True,
        external_key=external_key,
    )
    return network.state.posts[post_id]


def differs(post: Post, draft: Draft) -> bool:
    """Whether a repeated key came with other content than the first time."""
    return (post.text, post.link, post.media) != (draft.text, draft.link, draft.media)


def delete(network: Network, post: Post) -> None:
    network.record("delete", id=post.id, account=post.account.handle, account_id=post.account.id)


def _record(network, account, draft, post_id, *, key, created_at, received_at, imported, **more):
    network.record(
        "post",
        id=post_id,
        account=account.handle,
        account_id=account.id,
        idempotency_key=key,
        text=draft.text,
        link=draft.link,
        media=[item.logged() for item in draft.media],
        created_at=iso(created_at),
        received_at=received_at,
        imported=imported,
        **more,
    )
