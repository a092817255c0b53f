"""What X shows of an account: its posts, to find one whose answer was lost, and counts.

Sources: docs.x.com (Users, get posts; Posts, get posts by ids; Users, get me; Data dictionary; Metrics). An
account's own list is complete. Texts come with `&`, `<` and `>` escaped and with every address replaced by a
short one, the address of the media added; `entities` tells what stood there. X bills each post that is read.
Its documentation says `tweet.fields` and `retweet_count`, its API description `post.fields` and
`repost_count`: the first is asked for, either is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from .answers import text_of, texts, unusable
from .base import Count, Counts, Credentials, ReadBack, Seen
from .deadline import Deadline
from .http import Answer, Http
from .readback import LIST_BYTES_MAX, Page, gather, moment_of, page_of, whole_second
from .x_errors import WHO, refused
from .x_signin import API

PAGE = 100  # the most that X gives
IDS_MAX = 100

_COUNTS: tuple[tuple[Count, tuple[str, ...]], ...] = (
    (Count.VIEWS, ("impression_count",)),
    (Count.LIKES, ("like_count",)),
    (Count.REPLIES, ("reply_count",)),
    (Count.SHARES, ("retweet_count", "repost_count")),
    (Count.QUOTES, ("quote_count",)),
    (Count.SAVES, ("bookmark_count",)),
    (Count.CLICKS, ("url_link_clicks",)),
)
_ACCOUNT_COUNTS: tuple[tuple[Count, tuple[str, ...]], ...] = (
    (Count.FOLLOWERS, ("followers_count",)),
    (Count.POSTS, ("tweet_count", "post_count")),
)
_PHOTO = "3_"  # how the media keys of photos begin


def permalink(external_id: str, capabilities: Mapping[str, Any]) -> str:
    """Where people see a post."""
    username = text_of(capabilities, "username", 100)
    place = username if username.isascii() and username.replace("_", "").isalnum() else "i/web"
    return f"https://x.com/{place}/status/{external_id}"


class Reading:
    """Looks at one account."""

    def __init__(self, http: Http, credentials: Credentials, by: Deadline) -> None:
        self._http = http
        self._credentials = credentials
        self._by = by

    def posts_since(self, since: datetime, wanted: str) -> ReadBack:
        """The account's posts since `since`, with addresses spelled as in `wanted` where they stand there."""
        following: list[str] = []  # X names the next page by a token of its own
        query = {
            "start_time": whole_second(since).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "max_results": str(PAGE),
            "exclude": "retweets",
            "tweet.fields": "created_at,entities,attachments",
        }

        def fetch(cursor: str) -> Page:
            asked = {**query, "pagination_token": following[-1]} if cursor else query
            answer = self._get(f"/users/{quote(self._credentials.external_id)}/tweets?{urlencode(asked)}")
            data = answer.object()
            entries, meta = data.get("data", []), data.get("meta")
            if not isinstance(entries, list) or not isinstance(meta, dict):
                raise unusable(answer, who=WHO, missing="list")
            following.append(text_of(meta, "next_token", 500))
            posts, all_read = page_of(entries, lambda entry: self._seen(entry, wanted))
            # What X could not show of the list it names beside it.
            return Page(posts, all_read and not data.get("errors"), more=bool(following[-1]))

        return gather(fetch, since=since, by=self._by)

    def post_counts(self, external_ids: Sequence[str]) -> dict[str, Counts]:
        found: dict[str, Counts] = {}
        fields = "public_metrics,non_public_metrics,organic_metrics"
        for begin in range(0, len(external_ids), IDS_MAX):
            ids = ",".join(external_ids[begin : begin + IDS_MAX])
            answer = self._get(f"/tweets?{urlencode({'ids': ids, 'tweet.fields': fields})}")
            entries = answer.object().get("data", [])
            for entry in entries if isinstance(entries, list) else []:
                if isinstance(entry, dict) and text_of(entry, "id", 64):
                    found[text_of(entry, "id", 64)] = _counts(entry, _COUNTS)
        return found

    def account_counts(self) -> Counts:
        answer = self._get("/users/me?user.fields=public_metrics")
        data = answer.object().get("data")
        return _counts(data, _ACCOUNT_COUNTS) if isinstance(data, dict) else {}

    def _seen(self, post: Mapping[str, Any], wanted: str) -> Seen | None:
        external_id, created_at = text_of(post, "id", 64), moment_of(post.get("created_at"))
        text = post.get("text")
        if not external_id or created_at is None or not isinstance(text, str):
            return None
        attachments = post.get("attachments")
        keys = texts(attachments, "media_keys") if isinstance(attachments, dict) else ()
        return Seen(
            external_id=external_id,
            permalink=permalink(external_id, self._credentials.capabilities),
            created_at=created_at,
            text=_typed(text, list(_addresses(post)), wanted),
            media=sum(key.startswith(_PHOTO) for key in keys),
        )

    def _get(self, path: str) -> Answer:
        token = self._credentials.tokens.get("access_token", "")
        answer = self._http.request(
            "GET", API + path, deadline=self._by, token=token, who=WHO, body_max=LIST_BYTES_MAX
        )
        if answer.status != 200:
            raise refused(answer, sends=False, secrets=self._credentials.tokens.values())
        return answer


def _addresses(post: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    entities = post.get("entities")
    listed = entities.get("urls") if isinstance(entities, dict) else []
    yield from (item for item in listed if isinstance(item, dict)) if isinstance(listed, list) else ()


def _typed(text: str, addresses: list[Mapping[str, Any]], wanted: str) -> str:
    """`text` with the short addresses put back to what they stand for, and those of media left out."""
    for address in addresses:
        short = text_of(address, "url", 200)
        if not short:
            continue
        full = "" if _is_of_media(address) else _spelled(address, wanted)
        text = re.sub(re.escape(short) + r"(?![A-Za-z0-9])", lambda _, full=full: full, text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def _is_of_media(address: Mapping[str, Any]) -> bool:
    shown = text_of(address, "display_url")
    return bool(address.get("media_key")) or shown.startswith(("pic.twitter.com/", "pic.x.com/"))


def _spelled(address: Mapping[str, Any], wanted: str) -> str:
    """The address as `wanted` has it, else in full; escaped as the text around it is."""
    full = text_of(address, "expanded_url", 5000) or text_of(address, "url", 200)
    bare = full.partition("://")[2]
    forms = [full, full.removesuffix("/"), bare, bare.removesuffix("/"), text_of(address, "display_url")]
    for form in forms:
        place = wanted.lower().find(form.lower()) if form else -1
        if place >= 0:
            full = wanted[place : place + len(form)]
            break
    return full.replace("&", "&amp;")


def _counts(entry: Mapping[str, Any], wanted: tuple[tuple[Count, tuple[str, ...]], ...]) -> Counts:
    kinds = ("organic_metrics", "non_public_metrics", "public_metrics")
    told: dict[str, Any] = {}
    for kind in kinds:  # the public ones last: they count what was paid for as well
        metrics = entry.get(kind)
        told.update(metrics if isinstance(metrics, dict) else {})
    found = {count: next((told[name] for name in names if name in told), None) for count, names in wanted}
    return {
        count: value
        for count, value in found.items()
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0
    }
