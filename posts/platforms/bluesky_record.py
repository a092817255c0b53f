"""Records of app.bsky.feed.post: their keys, their parts, and what they look like when read back.

Sources: atproto.com/specs/tid, atproto.com/specs/record-key, atproto.com/specs/at-uri-scheme, the lexicons
app.bsky.feed.post, app.bsky.embed.images, app.bsky.embed.video and app.bsky.embed.external.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from .answers import text_of
from .base import Content, Image, Published, ReplyTo, Seen, Video
from .bluesky_text import ascii_link, render, short_link, typed
from .cards import Card
from .readback import moment_of

POSTS = "app.bsky.feed.post"
FRESH = timedelta(minutes=10)

_TID_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_TID = re.compile(r"[234567a-j][234567a-z]{12}")
_URI = re.compile(
    r"at://(did:[a-z]+:[A-Za-z0-9._:%-]{1,200})/([A-Za-z0-9.-]{1,300})/([A-Za-z0-9._:~-]{1,512})"
)
_CID = re.compile(r"[A-Za-z0-9+/=_-]{8,200}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def stamp(moment: datetime) -> str:
    """`moment` as records have it: UTC, to the millisecond."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def record_key(created: datetime, key: str) -> str:
    """The record key of the delivery `key` whose preparation began at `created`: always the same one.

    A TID: 53 bits of microseconds and 10 bits to keep makers apart. What is below a millisecond is taken
    from `key` too, so that two deliveries do not meet.
    """
    salt = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big")
    milliseconds = (created - _EPOCH) // timedelta(milliseconds=1)
    number = (milliseconds * 1000 + salt % 1000) << 10 | (salt // 1000) % 1024
    return "".join(_TID_DIGITS[number >> shift & 31] for shift in range(60, -1, -5))


def moment_of_key(key: str) -> datetime | None:
    """When a TID was made, as it says; None for any other key."""
    if not _TID.fullmatch(key):
        return None
    number = 0
    for digit in key:
        number = number << 5 | _TID_DIGITS.index(digit)
    try:
        return _EPOCH + timedelta(microseconds=number >> 10)
    except OverflowError:
        return None


def split_uri(uri: str) -> tuple[str, str, str] | None:
    """DID, collection and record key of an at:// address; None for anything else."""
    match = _URI.fullmatch(uri)
    return match.groups() if match else None


def created_at(created: datetime, now: datetime) -> datetime:
    """What a post says of its time: when it was prepared, so that every try sends the same record.

    A post that then had to wait for long says the present instead: feeds are sorted by it.
    """
    return created if now - created <= FRESH else now


def compose(
    content: Content, text: str, staged: Mapping[str, Any], reply: Mapping[str, Any] | None, created: datetime
) -> dict[str, Any]:
    """The record of a post whose uploads are in `staged`. `text` is as typed."""
    shown, facets = render(text, _dict(staged, "mentions"))
    record: dict[str, Any] = {"$type": POSTS, "text": shown, "createdAt": stamp(created)}
    if facets:
        record["facets"] = facets
    if _LANGUAGE.fullmatch(content.language):
        record["langs"] = [content.language]
    if reply:
        record["reply"] = dict(reply)
    if embed := _embed(content, staged):
        record["embed"] = embed
    return record


def same_post(record: Mapping[str, Any], other: object) -> bool:
    """Whether two records are one post, whatever they say of their time."""
    if not isinstance(other, dict):
        return False
    return {**record, "createdAt": ""} == {**other, "createdAt": ""}


def card_entry(link: str, card: Card | None, thumb: Mapping[str, Any] | None) -> dict[str, Any]:
    """The link card as it is kept between tries. Without `card` it says the address alone."""
    entry: dict[str, Any] = {
        "uri": ascii_link(link),
        "title": (card.title if card else "") or short_link(link),
        "description": card.description if card else "",
    }
    return {**entry, "thumb": dict(thumb)} if thumb else entry


def strong_ref(published: Published) -> dict[str, str] | None:
    """The reference to a post by address and content; None where it was not told."""
    uri, cid = published.reference.get("uri", ""), published.reference.get("cid", "")
    return {"uri": uri, "cid": cid} if split_uri(uri) and _CID.fullmatch(cid) else None


def reply_of(reply_to: ReplyTo, staged: Mapping[str, Any]) -> dict[str, Any] | None:
    """The reply part of a record, None where a reference is still to be looked up."""
    known = _dict(staged, "replies")
    refs = {}
    for name, published in (("root", reply_to.root), ("parent", reply_to.parent)):
        ref = strong_ref(published) or known.get(published.external_id)
        if not ref:
            return None
        refs[name] = dict(ref)
    return refs


def blob_of(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """The reference that `uploadBlob` answered; None where it is unusable."""
    blob = _dict(data, "blob")
    cid = text_of(_dict(blob, "ref"), "$link", 200)
    mime, size = text_of(blob, "mimeType", 100), blob.get("size")
    if not _CID.fullmatch(cid) or "/" not in mime or type(size) is not int or size < 0:
        return None
    return {"$type": "blob", "ref": {"$link": cid}, "mimeType": mime, "size": size}


def reference_of(data: Mapping[str, Any]) -> dict[str, str] | None:
    """Address and content id of a record as the server tells them; None where they are unusable."""
    uri, cid = text_of(data, "uri"), text_of(data, "cid", 200)
    return {"uri": uri, "cid": cid} if split_uri(uri) and _CID.fullmatch(cid) else None


def seen_of(entry: Mapping[str, Any], *, permalink: str, key: str = "") -> Seen | None:
    """A record as `getRecord` and `listRecords` give it; None where it cannot be read."""
    value = _dict(entry, "value")
    text, created = value.get("text"), moment_of(value.get("createdAt"))
    uri = text_of(entry, "uri")
    if not split_uri(uri) or created is None or not isinstance(text, str):
        return None
    return Seen(uri, permalink, created, typed(text, value.get("facets")), _media_of(value), key)


def _media_of(value: Mapping[str, Any]) -> int:
    images = _dict(value, "embed").get("images")
    if isinstance(images, list):
        return len(images)
    return int("video" in _dict(value, "embed"))


def _embed(content: Content, staged: Mapping[str, Any]) -> dict[str, Any] | None:
    """A post carries one thing beside its text: its images, its video or its link card."""
    media = _dict(staged, "media")
    if content.images:
        images = [
            {"image": media[image.uid]["blob"], "alt": image.alt, **_ratio(image)} for image in content.images
        ]
        return {"$type": "app.bsky.embed.images", "images": images}
    if content.video:
        video = content.video
        alt = {"alt": video.alt} if video.alt else {}
        return {"$type": "app.bsky.embed.video", "video": media[video.uid]["blob"], **alt, **_ratio(video)}
    if card := _dict(staged, "card"):
        return {"$type": "app.bsky.embed.external", "external": card}
    return None


def _ratio(media: Image | Video) -> dict[str, Any]:
    if media.width < 1 or media.height < 1:
        return {}
    return {"aspectRatio": {"width": media.width, "height": media.height}}


def _dict(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}
