"""Which of the posts an account shows is the one in doubt. Pure.

Rather none than the wrong one: a post that is bound already never counts, and what the platform says of key,
text, pictures and time all have to agree.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from posts.platforms.base import Seen

SKEW = timedelta(seconds=30)  # how far a platform's clock may differ from ours

_URL = re.compile(r"https?://\S+")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the post in doubt must look like."""

    key: str
    text: str
    media: int  # pictures, and the video
    begun: datetime  # the attempt's begin
    latest: datetime  # the last moment at which it may have become public


@dataclass(frozen=True, slots=True)
class Found:
    """`sure` posts can only be the one in doubt; `similar` ones differ from it in their links alone, or came
    later than it should have."""

    sure: tuple[Seen, ...] = ()
    similar: tuple[Seen, ...] = ()


def find(wanted: Wanted, posts: Iterable[Seen], *, bound: Collection[str]) -> Found:
    """The posts that may be the one in doubt: those under its key, else those that agree in everything.

    `bound` are the ids and links of this account's posts that belong to other deliveries.
    """
    free = [post for post in posts if post.external_id and not _is_bound(post, bound)]
    by_key = tuple(post for post in free if post.key and post.key == wanted.key)
    if by_key:
        return Found(by_key)
    agreeing = [post for post in free if not post.key and _agrees(wanted, post)]
    sure = [post for post in agreeing if _is_the_same(wanted, post)]
    return Found(tuple(sure), tuple(post for post in agreeing if post not in sure))


def _is_bound(post: Seen, bound: Collection[str]) -> bool:
    return post.external_id in bound or (bool(post.permalink) and post.permalink in bound)


def _agrees(wanted: Wanted, post: Seen) -> bool:
    if post.media is not None and post.media != wanted.media:
        return False
    if post.created_at is None or post.created_at < listed_since(wanted.begun):
        return False
    return _without_links(post.text) == _without_links(wanted.text)


def _is_the_same(wanted: Wanted, post: Seen) -> bool:
    return post.created_at <= wanted.latest + SKEW and normal(post.text) == normal(wanted.text)


def listed_since(begun: datetime) -> datetime:
    """From when on, by the platform's clock, an account is to be listed to find what was begun at `begun`."""
    return begun - SKEW


def normal(text: str) -> str:
    """`text` without what platforms change: the composition of characters and white space."""
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text)).strip()


def _without_links(text: str) -> str:
    """`text` with each link, which platforms shorten, as one sign."""
    return normal(_URL.sub("\N{LINK SYMBOL}", text))
