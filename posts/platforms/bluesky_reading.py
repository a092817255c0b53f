"""Reading an account: one post by its key, its newest posts, and counts.

Sources: the lexicons com.atproto.repo.getRecord and listRecords, app.bsky.feed.getPosts (25 at most) and
app.bsky.actor.getProfile, docs.bsky.app (API hosts: public reads). An account's repository lists every
record, in the order of their keys, so what it does not show is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from .answers import refusal, text_of, unusable, whole
from .base import Count, Counts, Credentials, ReadBack, Seen
from .bluesky_record import POSTS, moment_of_key, seen_of, split_uri
from .bluesky_xrpc import READ, WHO, Xrpc, is_absent, unreadable
from .deadline import Deadline
from .readback import LIST_BYTES_MAX, Page, gather, page_of, whole_second

PAGE = 100
BATCH = 25
PREPARED_BEFORE = timedelta(hours=1)  # how much older than its post a record key may be

_OF_A_POST = {
    Count.LIKES: "likeCount",
    Count.SHARES: "repostCount",
    Count.REPLIES: "replyCount",
    Count.QUOTES: "quoteCount",
    Count.SAVES: "bookmarkCount",
}
_OF_AN_ACCOUNT = {Count.FOLLOWERS: "followersCount", Count.POSTS: "postsCount"}


class Look:
    """One look at one account. `permalink` makes a post's web address of its at:// address."""

    def __init__(self, xrpc: Xrpc, credentials: Credentials, permalink: Callable[[str], str]) -> None:
        self._xrpc = xrpc
        self._credentials = credentials
        self._permalink = permalink

    def at(self, place: str, key: str, by: Deadline) -> ReadBack:
        """The post under the record key `place`, which belongs to the delivery `key`; or certainly none."""
        answer = self._xrpc.record(self._credentials, POSTS, place, by=by)
        if is_absent(answer):
            return ReadBack((), complete=True)
        if answer.status != 200:
            raise unreadable(answer, self._credentials)
        seen = self._seen(answer.object(), key)
        if seen is None or split_uri(seen.external_id) != (self._credentials.external_id, POSTS, place):
            raise unusable(answer, who=WHO, missing="record")
        return ReadBack((seen,), complete=True)

    def since(self, since: datetime, by: Deadline) -> ReadBack:
        """The account's posts since `since`."""
        begin, after = whole_second(since) - PREPARED_BEFORE, ""

        def fetch(_: str) -> Page:
            nonlocal after
            query = {"repo": self._credentials.external_id, "collection": POSTS, "limit": str(PAGE)}
            if after:
                query["cursor"] = after
            answer = self._xrpc.get(
                self._credentials.host,
                "com.atproto.repo.listRecords",
                query,
                by=by,
                body_max=LIST_BYTES_MAX,
            )
            if answer.status != 200:
                raise unreadable(answer, self._credentials)
            entries = answer.object().get("records")
            if not isinstance(entries, list):
                raise unusable(answer, who=WHO, missing="list")
            posts, all_read = page_of(entries, self._seen)
            after = text_of(answer.object(), "cursor", 600)
            return Page(posts, all_read, more=bool(entries and after) and not _ends(posts, begin))

        return gather(fetch, since=since, by=by)

    def _seen(self, entry: Mapping[str, Any], key: str = "") -> Seen | None:
        return seen_of(entry, permalink=self._permalink(text_of(entry, "uri")), key=key)


class Counting:
    """Counts from Bluesky's public API, which needs no access."""

    def __init__(self, xrpc: Xrpc, appview: str) -> None:
        self._xrpc = xrpc
        self._appview = appview

    def posts(self, external_ids: Sequence[str], by: Deadline) -> dict[str, Counts]:
        wanted = [uri for uri in dict.fromkeys(external_ids) if split_uri(uri)]
        found: dict[str, Counts] = {}
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            told = self._ask("app.bsky.feed.getPosts", [("uris", uri) for uri in batch], "posts", list, by)
            for post in told:
                uri = text_of(post, "uri") if isinstance(post, dict) else ""
                if uri in batch:
                    found[uri] = _counts(post, _OF_A_POST)
        return found

    def account(self, did: str, by: Deadline) -> Counts:
        query = [("actor", did)]
        return _counts(self._ask("app.bsky.actor.getProfile", query, "", dict, by), _OF_AN_ACCOUNT)

    def _ask(self, method: str, query: list[tuple[str, str]], name: str, kind: type, by: Deadline) -> Any:
        answer = self._xrpc.get(self._appview, method, query, by=by, body_max=LIST_BYTES_MAX)
        if answer.status != 200:
            raise refusal(answer, READ, who=WHO)
        data = answer.object()
        told = data.get(name) if name else data
        if not isinstance(told, kind) or not data:
            raise unusable(answer, who=WHO, missing=name or "profile")
        return told


def _ends(posts: tuple[Seen, ...], begin: datetime) -> bool:
    """Whether a page reaches back before `begin`, by its last record's key, which nobody backdates."""
    parts = split_uri(posts[-1].external_id) if posts else None
    moment = moment_of_key(parts[2]) if parts else None
    return moment is not None and moment < begin


def _counts(data: Mapping[str, Any], names: Mapping[Count, str]) -> Counts:
    told = {count: whole(data, name, -1) for count, name in names.items()}
    return {count: number for count, number in told.items() if number >= 0}
