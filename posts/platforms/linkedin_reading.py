"""What LinkedIn shows of an organization: its posts, to find one whose answer was lost, and counts.

Sources: learn.microsoft.com (LinkedIn Marketing: Posts API, find posts by authors; Organization share
statistics; Organization followers, network sizes). A member's posts cannot be read: LinkedIn gives that
permission to nobody new. Statistics leave out posts that nothing happened to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from .answers import text_of, unusable, whole
from .base import Count, Counts, ReadBack, Seen
from .linkedin_api import Api, urn_in_path
from .linkedin_errors import WHO
from .linkedin_text import plain
from .readback import LIST_BYTES_MAX, Page, gather, page_of, whole_second

PAGE = 50
IDS_MAX = 20  # in one address
MILLISECONDS_MAX = 1 << 45

# Where a post of ours can be that LinkedIn was asked to publish.
_OUT = ("PUBLISHED", "PUBLISH_REQUESTED")
_KINDS = (("share", "shares", "urn:li:share:"), ("ugcPost", "ugcPosts", "urn:li:ugcPost:"))
_COUNTS = (
    (Count.VIEWS, "impressionCount"),
    (Count.REACH, "uniqueImpressionsCount"),
    (Count.LIKES, "likeCount"),
    (Count.REPLIES, "commentCount"),
    (Count.SHARES, "shareCount"),
    (Count.CLICKS, "clickCount"),
)


def permalink(urn: str) -> str:
    """Where people see a post."""
    return f"https://www.linkedin.com/feed/update/{urn}"


class Reading:
    """Looks at one organization, whose URN is `author`."""

    def __init__(self, api: Api, author: str) -> None:
        self._api = api
        self._author = author

    def posts_since(self, since: datetime) -> ReadBack:
        """The organization's posts since `since`. The list goes by the last change, never an earlier time."""
        begin, earliest = 0, int(whole_second(since).timestamp() * 1000)

        def fetch(cursor: str) -> Page:
            nonlocal begin
            query = urlencode({"count": PAGE, "start": begin, "sortBy": "LAST_MODIFIED"})
            answer = self._api.get(
                f"/posts?q=author&author={urn_in_path(self._author)}&{query}", body_max=LIST_BYTES_MAX
            )
            entries = answer.object().get("elements")
            if not isinstance(entries, list):
                raise unusable(answer, who=WHO, missing="list")
            begin += PAGE
            out = [entry for entry in entries if not _is_hidden(entry)]
            posts, all_read = page_of(out, _seen)
            oldest = min(map(_changed, entries), default=0)
            return Page(posts, all_read, more=len(entries) >= PAGE and oldest >= earliest)

        return gather(fetch, since=since, by=self._api.by)

    def post_counts(self, urns: Sequence[str]) -> dict[str, Counts]:
        found: dict[str, Counts] = {}
        for field, parameter, prefix in _KINDS:
            asked = [urn for urn in urns if urn.startswith(prefix)]
            for begin in range(0, len(asked), IDS_MAX):
                listed = ",".join(map(urn_in_path, asked[begin : begin + IDS_MAX]))
                answer = self._api.get(
                    "/organizationalEntityShareStatistics?q=organizationalEntity"
                    f"&organizationalEntity={urn_in_path(self._author)}&{parameter}=List({listed})",
                    body_max=LIST_BYTES_MAX,
                )
                found.update(_statistics(answer.object(), field))
        return found

    def account_counts(self) -> Counts:
        path = f"/networkSizes/{urn_in_path(self._author)}?edgeType=COMPANY_FOLLOWED_BY_MEMBER"
        size = whole(self._api.get(path).object(), "firstDegreeSize", -1)
        return {Count.FOLLOWERS: size} if size >= 0 else {}


def _statistics(data: Mapping[str, Any], field: str) -> Iterator[tuple[str, Counts]]:
    entries = data.get("elements")
    for entry in entries if isinstance(entries, list) else []:
        told = entry.get("totalShareStatistics") if isinstance(entry, dict) else None
        if isinstance(told, dict) and (urn := text_of(entry, field, 200)):
            # A reaction taken back may count as less than nothing.
            counts = {count: whole(told, name, 0) for count, name in _COUNTS if name in told}
            yield urn, counts


def _is_hidden(entry: object) -> bool:
    """Whether it is a draft or another post that never went out."""
    state = text_of(entry, "lifecycleState", 50) if isinstance(entry, dict) else ""
    return bool(state) and state not in _OUT


def _changed(entry: object) -> int:
    """When it changed last, in milliseconds of Unix time; 0 where that is not told."""
    if not isinstance(entry, dict):
        return 0
    return whole(entry, "lastModifiedAt", 0, high=MILLISECONDS_MAX) or whole(
        entry, "createdAt", 0, high=MILLISECONDS_MAX
    )


def _seen(post: Mapping[str, Any]) -> Seen | None:
    urn, text = text_of(post, "id", 200), post.get("commentary", "")
    created = whole(post, "createdAt", 0, high=MILLISECONDS_MAX)
    if not urn.startswith("urn:li:") or not created or not isinstance(text, str):
        return None
    return Seen(
        external_id=urn,
        permalink=permalink(urn),
        created_at=datetime.fromtimestamp(created / 1000, UTC),
        text=plain(text),
        media=_images(post.get("content")),
    )


def _images(content: object) -> int:
    """How many images a post has; the picture of a link's card is none."""
    if not isinstance(content, dict):
        return 0
    several, one = content.get("multiImage"), content.get("media")
    if isinstance(several, dict):
        images = several.get("images")
        return len(images) if isinstance(images, list) else 0
    return int(isinstance(one, dict) and text_of(one, "id", 200).startswith("urn:li:image:"))
