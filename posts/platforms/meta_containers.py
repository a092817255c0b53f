"""Posts that are prepared in a container and made public by its id: Instagram and Threads.

Sources: Instagram Platform "Content publishing" and "IG Container"; Threads API "Posts" and
"Troubleshooting". A container is made, the platform loads what is in it, and one call publishes it. Its
status tells whether that happened, for a day: `IN_PROGRESS`, `FINISHED` (may be published), `PUBLISHED`,
`ERROR`, `EXPIRED`. What is kept of it is in `meta_staged`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .answers import text_of, unusable
from .base import (
    Credentials,
    Duplicate,
    Image,
    InvalidContent,
    MediaFetchFailed,
    MediaMissing,
    MediaProcessing,
    NotFound,
    Outcome,
    PlatformError,
    Published,
    UnknownOutcome,
    Video,
)
from .deadline import Deadline
from .http import Answer
from .meta import Graph, segment
from .meta_errors import Kind, kind_of_number, sentence_of
from .meta_staged import FAILURES_MAX, age_of, begun, drop_container, forget_old, given_up

LAG_SECONDS = 120.0  # for which a new container may not be found yet
PROCESSING_SECONDS = 900.0  # images that take longer are given up and tried anew
VIDEO_PROCESSING_SECONDS = 3600.0
LOOK_SECONDS = 12.0  # of waiting within one call
SOON_SECONDS, LATER_SECONDS = 15.0, 60.0  # until the next call looks; the platforms ask for one look a minute
PERMALINK_SECONDS = 5.0

_REFUSALS = (InvalidContent, NotFound, MediaMissing, MediaProcessing, MediaFetchFailed)
# What Threads names as the reason of an ERROR ("Troubleshooting"), as far as another file is the cure.
_BAD_VIDEO = {
    "INVALID_ASPEC_RATIO": "Its shape is too narrow or too wide.",  # spelled so there
    "INVALID_ASPECT_RATIO": "Its shape is too narrow or too wide.",
    "INVALID_BIT_RATE": "Its bit rate is too high.",
    "INVALID_DURATION": "It is too short or too long.",
    "INVALID_FRAME_RATE": "It has too few or too many pictures a second.",
    "INVALID_AUDIO_CHANNELS": "Its sound has more than two channels.",
    "INVALID_AUDIO_CHANNEL_LAYOUT": "Its sound has more than two channels.",
}
_SUBCODE = re.compile(r"\b(2207[0-9]{3})\b")


@dataclass(frozen=True, slots=True)
class Plan:
    """The containers of one post: `items` are the parts of a carousel by uid, `form` the one to publish."""

    form: Mapping[str, str]
    items: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    reply_to: str = ""
    video: bool = False


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the two platforms call the same things."""

    make: str  # the edge that makes a container
    publish: str
    fields: str  # of a container
    status: str
    reason: str


def address_of(media: Image | Video, who: str) -> str:
    """Where the platform loads `media`. Raises where the hub gave no address that it can load."""
    if media.url and media.url.isascii() and media.url.isprintable() and " " not in media.url:
        return media.url
    raise MediaFetchFailed(
        f"{who} loads images and videos from the hub, and this hub has no address for them. Ask the hub's "
        "administrator.",
        detail=f"no usable address for media {media.uid}",
    )


class Containers:
    """Making, awaiting and publishing containers on one platform. Holds configuration only."""

    def __init__(self, graph: Graph, dialect: Dialect, *, poll_seconds: float) -> None:
        self._graph = graph
        self._dialect = dialect
        self._poll_seconds = poll_seconds
        self._who = graph.who

    def stage(
        self, plan: Plan, credentials: Credentials, *, staged: Mapping[str, Any], by: Deadline
    ) -> dict[str, Any]:
        """Make what is missing and wait until it can be published. Errors carry how far it got."""
        kept = begun(staged)
        if kept.get("reply_to", "") != plan.reply_to:
            drop_container(kept)
        kept["reply_to"] = plan.reply_to
        forget_old(kept, plan.items)
        try:
            self._parts(plan, credentials, kept, by)
            if not kept.get("container"):
                kept.update(container=self._whole(plan, credentials, kept, by), at=time.time())
            self._await(kept, kept["container"], plan, credentials, by, drop=lambda: drop_container(kept))
        except PlatformError as error:
            error = given_up(error, kept, self._who)
            error.staged = kept
            raise error from None
        return kept

    def publish(
        self,
        credentials: Credentials,
        *,
        staged: Mapping[str, Any],
        reply_to: str,
        permalink: Callable[[str], str],
        deadline: float,
    ) -> Published:
        """Publish the container that `stage` made, by its id alone; `permalink` checks an address."""
        by = Deadline(deadline)
        kept = begun(staged)
        container = kept.get("container", "")
        if not container or not kept.get("ready") or kept.get("reply_to", "") != reply_to:
            raise MediaMissing(
                f"This post is not prepared at {self._who} yet. The hub prepares it first.", staged=kept
            )
        try:
            answer = self._call(
                "POST", self._dialect.publish, credentials, by, form={"creation_id": container}, final=True
            )
        except PlatformError as error:
            detail = self._refused(error, kept, container, credentials, by)
            if detail is None:
                raise
        else:
            external_id = text_of(answer.object(), "id", 200)
            if not external_id:
                raise unusable(answer, who=self._who, missing="id", final=True)
            return Published(external_id, permalink(self._permalink(external_id, credentials, by)))
        raise Duplicate(
            f"{self._who} says that this post is out already. The hub looks for it at the account.",
            detail=detail,
        )

    def status(self, container: str, credentials: Credentials, by: Deadline) -> tuple[str, Answer]:
        """The container's status in its own words. Raises `NotFound` where there is none."""
        token = credentials.tokens.get("access_token", "")
        try:
            answer = self._graph.call(
                "GET", segment(container), by=by, token=token, query={"fields": self._dialect.fields}
            )
        except (MediaMissing, MediaProcessing) as error:
            raise NotFound(error.message, detail=error.detail) from None
        status = text_of(answer.object(), self._dialect.status, 100).upper()
        if not status:
            raise unusable(answer, who=self._who, missing="status")
        return status, answer

    # ---- making

    def _parts(self, plan: Plan, credentials: Credentials, kept: dict[str, Any], by: Deadline) -> None:
        media = kept["media"]
        for uid, form in plan.items.items():
            if uid not in media:
                drop_container(kept)
                media[uid] = {"id": self._made(form, credentials, by), "at": time.time()}
        for uid in plan.items:
            entry = media[uid]
            self._await(entry, entry["id"], plan, credentials, by, drop=lambda uid=uid: media.pop(uid))

    def _whole(self, plan: Plan, credentials: Credentials, kept: dict[str, Any], by: Deadline) -> str:
        """The container to publish, with the parts of a carousel in it."""
        form = dict(plan.form)
        if plan.items:
            form["children"] = ",".join(kept["media"][uid]["id"] for uid in plan.items)
        try:
            return self._made(form, credentials, by)
        except MediaMissing:
            kept["media"] = {}
            raise

    def _made(self, form: Mapping[str, str], credentials: Credentials, by: Deadline) -> str:
        answer = self._call("POST", self._dialect.make, credentials, by, form=form)
        container = text_of(answer.object(), "id", 200)
        if not container:
            raise unusable(answer, who=self._who, missing="id")
        return container

    # ---- waiting

    def _await(
        self,
        entry: dict[str, Any],
        container: str,
        plan: Plan,
        credentials: Credentials,
        by: Deadline,
        *,
        drop: Callable[[], object],
    ) -> None:
        """Wait until `container` is ready, and note that in `entry`. `drop` forgets one that never is."""
        pause, waited = self._poll_seconds, 0.0
        while not entry.get("ready"):
            try:
                status, answer = self.status(container, credentials, by)
            except NotFound as error:
                if age_of(entry) > LAG_SECONDS:
                    drop()
                    raise MediaMissing(
                        f"{self._who} no longer has what the hub prepared. The hub prepares it again.",
                        detail=error.detail,
                    ) from None
                raise self._still_working(entry, error.detail, plan, drop) from None
            if status in ("FINISHED", "PUBLISHED"):  # the latter: publishing it again tells that it is out
                entry["ready"] = True
                return
            if status != "IN_PROGRESS":
                drop()
                raise self._failed(status, answer)
            if waited + pause > LOOK_SECONDS or by.remaining() < 2 * pause:
                raise self._still_working(entry, f"{answer.where}: {status}", plan, drop)
            time.sleep(pause)
            waited += pause
            pause *= 2

    def _still_working(
        self, entry: Mapping[str, Any], detail: str, plan: Plan, drop: Callable[[], object]
    ) -> PlatformError:
        age = age_of(entry)
        if age > (VIDEO_PROCESSING_SECONDS if plan.video else PROCESSING_SECONDS):
            drop()
            return MediaFetchFailed(
                f"{self._who} did not get this post ready. The hub prepares it anew.", detail=detail
            )
        return MediaProcessing(
            f"{self._who} is still preparing this post. The hub looks again soon.",
            detail=detail,
            retry_after=SOON_SECONDS if age < LATER_SECONDS else LATER_SECONDS,
        )

    def _failed(self, status: str, answer: Answer) -> PlatformError:
        """What a container that will never be ready means."""
        data = answer.object()
        reason = " ".join(text_of(data, self._dialect.reason, 500).split())
        detail = f"{answer.where}: {status} {reason}".rstrip()
        if status != "ERROR":
            return MediaMissing(
                f"{self._who} no longer has what the hub prepared. The hub prepares it again.", detail=detail
            )
        if reason in _BAD_VIDEO:
            return InvalidContent(
                f"{self._who} does not take this video. {_BAD_VIDEO[reason]} Use another file and send it "
                "again.",
                detail=detail,
            )
        found = _SUBCODE.search(reason)
        number = int(found.group()) if found else 0
        kind: Kind = kind_of_number(number) or MediaFetchFailed
        if kind.outcome is Outcome.NOT_SENT:
            return MediaFetchFailed(
                f"{self._who} could not prepare this post. The hub tries again.", detail=detail
            )
        sentence = sentence_of(kind, (number,)) or (
            "{who} does not take an image or video of this post. Use another one and send it again."
        )
        return kind(sentence.format(who=self._who), detail=detail)

    # ---- after a refused publish call

    def _refused(
        self,
        error: PlatformError,
        kept: dict[str, Any],
        container: str,
        credentials: Credentials,
        by: Deadline,
    ) -> str | None:
        """The detail of a `Duplicate` where the refusal comes of the container being published already.

        What a second publish call answers is not documented, so its status is asked before a refusal is taken
        for proof that nothing is out.
        """
        if isinstance(error, _REFUSALS):
            try:
                status, answer = self.status(container, credentials, by)
            except NotFound:
                status = ""
            except PlatformError as blind:
                raise UnknownOutcome(
                    f"{self._who} refused, and did not tell whether the post is out. The hub looks again.",
                    detail=f"{error.detail}; then {blind.detail}",
                ) from None
            if status == "PUBLISHED":
                return f"{error.detail}; then {answer.where}: {status}"
        if isinstance(error, MediaProcessing):
            kept["ready"] = False
            kept["lost"] = kept.get("lost", 0) + 1
            if kept["lost"] >= FAILURES_MAX:
                drop_container(kept)
            error.retry_after = error.retry_after or SOON_SECONDS
            error.staged = kept
        elif isinstance(error, MediaMissing | MediaFetchFailed | NotFound):
            drop_container(kept)
            error.staged = kept
            if isinstance(error, NotFound):
                raise MediaMissing(
                    f"{self._who} no longer has what the hub prepared. The hub prepares it again.",
                    detail=error.detail,
                    staged=kept,
                ) from None
        return None

    # ---- calls

    def _permalink(self, external_id: str, credentials: Credentials, by: Deadline) -> str:
        """The post's address; empty where it is not told, which changes nothing about its being out."""
        token = credentials.tokens.get("access_token", "")
        soon = Deadline(min(PERMALINK_SECONDS, by.remaining()))
        try:
            answer = self._graph.call(
                "GET", segment(external_id), by=soon, token=token, query={"fields": "permalink"}
            )
        except PlatformError:
            return ""
        return text_of(answer.object(), "permalink")

    def _call(self, method: str, edge: str, credentials: Credentials, by: Deadline, **sent: Any) -> Answer:
        token = credentials.tokens.get("access_token", "")
        path = f"{segment(credentials.external_id)}/{edge}"
        return self._graph.call(method, path, by=by, token=token, **sent)
