"""Finding out whether a container was published: Instagram and Threads.

Sources: Instagram Platform "IG Container" and "IG User Media"; Threads API "Troubleshooting", "Retrieve
posts" and "Retrieve replies". The status of the container is proof; the account's list then tells id and
address.
"""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from .answers import text_of
from .base import Credentials, NotFound, PermissionMissing, ReadBack, Seen, Transient
from .deadline import Deadline
from .meta import Graph, segment
from .meta_containers import Containers
from .meta_staged import begun
from .readback import moment_of

ONE = {"IMAGE": 1, "TEXT_POST": 0, "TEXT": 0}  # images by type; of a carousel and a video they are not told
_UNTOLD = "\N{REPLACEMENT CHARACTER}"  # the text of a post whose text the platform does not tell


@dataclasses.dataclass(frozen=True, slots=True)
class Shelf:
    """A list of an account's posts: its edge, what is asked of each, and what the text is called there."""

    edge: str
    fields: str
    text: str
    limit: int = 25
    takes_since: bool = False
    optional: bool = False  # needs a permission of its own, or is no part of every version


class ContainerLook:
    """One look at one account, for the post that `staged` was prepared for.

    `text` is as composed; `shown` keeps the addresses that may be shown as links.
    """

    def __init__(
        self,
        graph: Graph,
        containers: Containers,
        credentials: Credentials,
        *,
        shown: Callable[[str], str],
        text: str,
        key: str,
    ) -> None:
        self._graph = graph
        self._containers = containers
        self._credentials = credentials
        self._token = credentials.tokens.get("access_token", "")
        self._shown = shown
        self._text = text
        self._key = key

    def since(
        self, since: datetime, shelves: Iterable[Shelf], *, staged: Mapping[str, Any], by: Deadline
    ) -> ReadBack:
        """The account's posts since `since`, the one of the container under our key where that is certain.

        Complete where the container is known not to be published, or else where the lists are and tell every
        text. The list is read in either case: an earlier container of the same post may have come through.
        """
        status = self._status(staged, by)
        shown = [self._listed(shelf, since, by) for shelf in shelves]
        posts = tuple(post for one in shown for post in one.posts)
        if status == "PUBLISHED":
            return ReadBack(_told(self._ours(posts)), complete=False)  # it is out, shown yet or not
        whole = all(one.complete for one in shown)
        told = not self._text.strip() or not any(post.text == _UNTOLD for post in posts)
        proof = status == "FINISHED"
        return ReadBack(_told(posts), proof or (whole and told and status != "IN_PROGRESS"))

    def _status(self, staged: Mapping[str, Any], by: Deadline) -> str:
        """The status of the container; empty where there is none."""
        container = begun(staged).get("container", "")
        if not container:
            return ""
        try:
            status, _answer = self._containers.status(container, self._credentials, by)
        except NotFound:
            return ""
        return status

    def _listed(self, shelf: Shelf, since: datetime, by: Deadline) -> ReadBack:
        query = {"fields": shelf.fields, "limit": str(shelf.limit)}
        if shelf.takes_since:
            query["since"] = str(int(since.timestamp()))
        path = f"{segment(self._credentials.external_id)}/{shelf.edge}"
        try:
            return self._graph.listed(
                path, by=by, token=self._token, query=query, since=since, read=self._reader(shelf)
            )
        except (PermissionMissing, Transient):
            if not shelf.optional or by.remaining() <= 0:
                raise
            return ReadBack((), complete=False)

    def _reader(self, shelf: Shelf) -> Callable[[dict], Seen | None]:
        def seen(post: dict) -> Seen | None:
            external_id, created_at = text_of(post, "id", 200), moment_of(post.get("timestamp"))
            if not external_id or created_at is None:
                return None
            text = post.get(shelf.text)
            return Seen(
                external_id=external_id,
                permalink=self._shown(text_of(post, "permalink")),
                created_at=created_at,
                text=self._as_typed(text) if isinstance(text, str) else _UNTOLD,
                media=ONE.get(text_of(post, "media_type", 100).upper()),
            )

        return seen

    def _as_typed(self, text: str) -> str:
        """Ours where it differs in the `@` alone: Instagram leaves it out of captions ("IG Media")."""
        return self._text if _plain(text) == _plain(self._text) else text

    def _ours(self, posts: tuple[Seen, ...]) -> tuple[Seen, ...]:
        """The post of a published container, marked with our key: the one with its text, or the only one that
        has no text told. Several of the kind are left to the engine, which knows those of other posts."""
        for fits in (self._has_text, lambda post: post.text == _UNTOLD):
            fitting = [post for post in posts if fits(post)]
            if len(fitting) == 1:
                (ours,) = fitting
                marked = dataclasses.replace(ours, key=self._key)
                return tuple(marked if post is ours else post for post in posts)
            if fitting:
                break
        return posts

    def _has_text(self, post: Seen) -> bool:
        return post.text != _UNTOLD and _plain(post.text) == _plain(self._text)


def _told(posts: tuple[Seen, ...]) -> tuple[Seen, ...]:
    """`posts` with an empty text where none is told."""
    return tuple(dataclasses.replace(post, text="") if post.text == _UNTOLD else post for post in posts)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).replace("@", "").split())
