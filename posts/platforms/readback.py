"""Reading an account's own list of posts page by page, for platforms that list newest first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from .answers import Table
from .base import AuthExpired, PermissionMissing, RateLimited, ReadBack, Seen, Transient
from .deadline import Deadline

PAGES_MAX = 10
LIST_BYTES_MAX = 4 * 1024 * 1024

# What a refused look means. Whatever else a server answers says nothing of the post that is looked for.
READ: Table = {401: AuthExpired, 403: PermissionMissing, 429: RateLimited}


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries of a list. `posts` are those that could be read, in the order of the list."""

    posts: tuple[Seen, ...]
    whole: bool  # False where an entry could not be read
    more: bool  # whether the list may go on, with posts that are wanted, after this page


def page_of(entries: list[object], read: Callable[[dict], Seen | None]) -> tuple[tuple[Seen, ...], bool]:
    """The entries that `read` can make sense of, and whether these are all."""
    found = [read(entry) if isinstance(entry, dict) else None for entry in entries]
    posts = tuple(post for post in found if post is not None)
    return posts, len(posts) == len(entries)


def gather(fetch: Callable[[str], Page], *, since: datetime, by: Deadline) -> ReadBack:
    """Every post since `since`, from at most `PAGES_MAX` pages.

    `fetch` gets the id of the post after which the page begins, "" for the first page. No allowance for
    clocks is made but that `since` counts from its whole second, as some servers tell no finer time. Not
    complete where an entry could not be read, or where time, pages or the list ended too early; any error
    of the server is raised.
    """
    since = whole_second(since)
    seen: dict[str, Seen] = {}
    whole, cursor = True, ""
    for _ in range(PAGES_MAX):
        try:
            page = fetch(cursor)
        except Transient:
            if not cursor or by.remaining() > 0:
                raise
            break
        fresh = {post.external_id: post for post in page.posts if post.external_id not in seen}
        seen.update(fresh)
        whole = whole and page.whole
        if not page.more:
            return ReadBack(_since(seen, since), whole)
        if not fresh:  # the list does not go on, though it should
            break
        # Whatever the order within the page, no post is left out behind the oldest one.
        cursor = min(reversed(page.posts), key=lambda post: post.created_at).external_id
    return ReadBack(_since(seen, since), False)


def whole_second(moment: datetime) -> datetime:
    """The second in which `moment` lies."""
    return moment.replace(microsecond=0)


def moment_of(text: object) -> datetime | None:
    """The moment that an ISO 8601 text names, UTC where it names no zone; None for anything else."""
    if not isinstance(text, str) or len(text) > 40:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _since(seen: dict[str, Seen], since: datetime) -> tuple[Seen, ...]:
    return tuple(post for post in seen.values() if post.created_at >= since)
