"""Reading the counts of posts and accounts of a server with the Mastodon client API.

Sources: docs.joinmastodon.org, entities Status and Account; methods statuses (several at once since 4.3) and
accounts. Counts are what the account's own server knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .answers import text_of, whole
from .base import Count, Counts
from .http import Answer
from .mastodon_readback import segment

AT_ONCE = 20

_OF_POST = {
    Count.REPLIES: "replies_count",
    Count.SHARES: "reblogs_count",
    Count.LIKES: "favourites_count",
    Count.QUOTES: "quotes_count",  # since 4.5
}
_OF_ACCOUNT = {Count.FOLLOWERS: "followers_count", Count.POSTS: "statuses_count"}


def of_posts(get: Callable[[str], Answer], ids: Sequence[str], *, together: bool) -> dict[str, Counts]:
    """The counts of these posts; those that are gone are left out. `get` raises for other refusals."""
    if not together:
        found = [get(f"/api/v1/statuses/{segment(post_id)}") for post_id in ids]
        return dict(_post(answer.object()) for answer in found if answer.status == 200 and answer.object())
    counts: dict[str, Counts] = {}
    for start in range(0, len(ids), AT_ONCE):
        query = "&".join(f"id[]={segment(post_id)}" for post_id in ids[start : start + AT_ONCE])
        entries = get(f"/api/v1/statuses?{query}").json()
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict):
                counts.update([_post(entry)])
    return counts


def of_account(account: Mapping[str, Any]) -> Counts:
    """The counts in an account as `verify_credentials` gives it."""
    return _counted(account, _OF_ACCOUNT)


def _post(status: Mapping[str, Any]) -> tuple[str, Counts]:
    return text_of(status, "id", 200), _counted(status, _OF_POST)


def _counted(data: Mapping[str, Any], names: Mapping[Count, str]) -> Counts:
    found = {count: whole(data, name, -1) for count, name in names.items()}
    return {count: number for count, number in found.items() if number >= 0}
