"""What an account on a Mastodon-compatible server shows of itself, to find a post whose answer was lost.

Sources: docs.joinmastodon.org (methods accounts: verify_credentials, statuses; methods statuses: source;
entities Status, StatusSource). An account sees all of its own statuses, private ones included, newest first;
a stranger sees the public ones, and an unknown token may be taken for a stranger. The API does not tell the
Idempotency-Key, so a post is known by its text.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from .answers import refusal, text_of, unusable
from .base import Credentials, PlatformError, ReadBack, Seen
from .deadline import Deadline
from .egress import same_origin
from .http import Answer
from .plain import plain_text
from .readback import READ, Page, gather, moment_of, page_of, whole_second

PAGE = 40  # the most that Mastodon gives
SOURCES_MAX = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """The post that is looked for. `text` is as composed, `warning` the content warning."""

    text: str
    warning: str
    images: int


class Look:
    """One look at one account. `get` asks the server, `base` is the server's own address."""

    def __init__(
        self, get: Callable[[str], Answer], credentials: Credentials, *, base: str, wanted: Wanted
    ) -> None:
        self._get = get
        self._credentials = credentials
        self._host = credentials.host
        self._base = base
        self._wanted = wanted

    def since(self, since: datetime, by: Deadline) -> ReadBack:
        """The account's statuses since `since`, each with the text its author typed as far as it is told."""
        self._make_sure_it_is_own()
        shown = gather(lambda cursor: self._page(cursor, whole_second(since)), since=since, by=by)
        return ReadBack(self._typed(shown.posts), shown.complete)

    def _make_sure_it_is_own(self) -> None:
        """Raises where the server no longer knows the token: it would show the list as to a stranger."""
        answer = self._get("/api/v1/accounts/verify_credentials")
        if answer.status != 200:
            raise self._refusal(answer)

    def _page(self, cursor: str, since: datetime) -> Page:
        query = {"limit": str(PAGE), "exclude_reblogs": "true"}
        if cursor:
            query["max_id"] = cursor
        account = segment(self._credentials.external_id)
        answer = self._get(f"/api/v1/accounts/{account}/statuses?{urlencode(query)}")
        if answer.status != 200:
            raise self._refusal(answer)
        entries = answer.json()
        if not isinstance(entries, list):
            raise unusable(answer, who=self._host, missing="list")
        posts, whole = page_of(entries, self._seen)
        # A page may hold fewer than asked for though more follow, so only an empty or an old one is the last.
        return Page(posts, whole, more=bool(entries) and not (posts and posts[-1].created_at < since))

    def _seen(self, status: Mapping[str, Any]) -> Seen | None:
        external_id, created_at = text_of(status, "id", 200), moment_of(status.get("created_at"))
        content = status.get("content")
        if not external_id or created_at is None or not isinstance(content, str):
            return None
        url, media = text_of(status, "url"), status.get("media_attachments")
        return Seen(
            external_id=external_id,
            permalink=url if same_origin(url, self._base) else "",
            created_at=created_at,
            text=self._without_warning(plain_text(content, mention=self._mentions(status)), status),
            media=len(media) if isinstance(media, list) else None,
        )

    def _without_warning(self, text: str, status: Mapping[str, Any]) -> str:
        """`text`, or "" where the server made the warning of a post without text into its text (Mastodon)."""
        moved = self._wanted.warning and not self._wanted.text.strip() and not status.get("spoiler_text")
        return "" if moved and _squeezed(text) == _squeezed(self._wanted.warning) else text

    def _mentions(self, status: Mapping[str, Any]) -> Callable[[str, str], str]:
        """Names in full: a status shows `@anna` for what may have been typed as `@anna@her.server`."""
        told = status.get("mentions")
        entries = [entry for entry in told if isinstance(entry, dict)] if isinstance(told, list) else []
        names = {text_of(entry, "url"): text_of(entry, "acct", 300) for entry in entries}

        def spelled(href: str, shown: str) -> str:
            name = names.get(href)
            if not name:
                return shown
            full = name if "@" in name else f"{name}@{self._host}"
            for form in (full, name):
                as_typed = re.search(rf"(?<!\w)@{re.escape(form)}(?![\w@])", self._wanted.text, re.IGNORECASE)
                if as_typed:
                    return as_typed.group()
            return f"@{name}"

        return spelled

    def _typed(self, posts: tuple[Seen, ...]) -> tuple[Seen, ...]:
        """`posts`, with the source where the shown text is not the wanted one, though it may be it.

        Some servers turn a part of what was typed into other markup, Markdown for example. Taking such a
        post for another one would mean to publish it again.
        """
        wanted = _squeezed(self._wanted.text)
        if any(_squeezed(post.text) == wanted for post in posts):
            return posts
        words = _words(wanted)
        maybe = [post for post in posts if post.media in (None, self._wanted.images)]
        maybe.sort(key=lambda post: len(words & _words(post.text)), reverse=True)
        typed = {}
        for post in maybe[:SOURCES_MAX]:
            source = self._source(post)
            if source is None:
                break
            typed[post.external_id] = dataclasses.replace(post, text=source)
        return tuple(typed.get(post.external_id, post) for post in posts)

    def _source(self, post: Seen) -> str | None:
        """What was typed; None where the server does not tell (before Mastodon 3.5, and others)."""
        answer = self._get(f"/api/v1/statuses/{segment(post.external_id)}/source")
        if answer.status in READ or answer.status >= 500:
            raise self._refusal(answer)
        data = answer.object() if answer.status == 200 else {}
        text = data.get("text")
        return self._without_warning(text, data) if isinstance(text, str) else None

    def _refusal(self, answer: Answer) -> PlatformError:
        return refusal(answer, READ, who=self._host, secrets=self._credentials.tokens.values())


def segment(text: str) -> str:
    """A server's id as a part of a path; ids are digits, or letters, digits and hyphens elsewhere."""
    return "".join(char for char in text if char.isascii() and (char.isalnum() or char in "-_"))


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))
