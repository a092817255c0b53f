"""What an account's own list shows of its posts, as its traits have it."""

from bisect import bisect_left
from datetime import datetime, timedelta
from zlib import crc32

from .limits import URL
from .state import Account, Post, State

SHORT = "https://pn.example/"


def page(
    state: State,
    account: Account,
    *,
    since: datetime | None,
    before: Post | None,
    limit: int,
    moment: datetime,
) -> tuple[list[Post], bool]:
    """Up to `limit` posts made at `since` or later and before `before`, and whether there are more."""
    order = account.order
    end = bisect_left(order, before.place) if before else len(order)
    if invisible := state.trait(account, "invisible_for"):
        end = min(end, bisect_left(order, (moment - timedelta(seconds=invisible),)))
    skew = timedelta(seconds=state.trait(account, "clock_skew"))
    start = bisect_left(order, (since - skew,)) if since else 0
    share = state.trait(account, "hidden_share") if state.trait(account, "listing") == "partial" else 0
    found = []
    for place in range(end - 1, start - 1, -1):
        post_id = order[place][-1]
        if share and _draw(post_id) < share:
            continue
        if len(found) == limit:
            return _ordered(state, account, found), True
        found.append(state.posts[post_id])
    return _ordered(state, account, found), False


def is_visible(state: State, post: Post, moment: datetime) -> bool:
    """Whether the post can be asked for by its id yet."""
    return post.created_at + timedelta(seconds=state.trait(post.account, "invisible_for")) <= moment


def shown_time(state: State, post: Post) -> datetime:
    """When the post was made by the platform's own clock."""
    return post.created_at + timedelta(seconds=state.trait(post.account, "clock_skew"))


def shown_text(state: State, account: Account, text: str) -> str:
    """The text as the platform edits it: white space squeezed, addresses replaced by short ones, or both."""
    edits = state.trait(account, "edits")
    if edits in ("whitespace", "both"):
        text = " ".join(text.split())
    return URL.sub(_short, text) if edits in ("links", "both") else text


def shown_link(state: State, account: Account, link: str | None) -> str | None:
    if link and state.trait(account, "edits") in ("links", "both"):
        return URL.sub(_short, link)
    return link


def ready_media(state: State, post: Post, moment: datetime) -> list:
    """The post's images but for those that are still processed."""
    return [item for item in post.media if is_ready(state, post.account, item, moment)]


def is_ready(state: State, account: Account, media, moment: datetime) -> bool:
    return media.uploaded_at + timedelta(seconds=state.trait(account, "media_processing_for")) <= moment


def _ordered(state, account, found):
    if state.trait(account, "order") == "shuffled":
        return sorted(found, key=lambda post: crc32(f"order:{post.id}".encode()))
    return found


def _draw(post_id: str) -> float:
    """A number in [0, 1) that depends on the id alone."""
    return crc32(f"hidden:{post_id}".encode()) / 2**32


def _short(address) -> str:
    return f"{SHORT}{crc32(address[0].encode()):08x}"
