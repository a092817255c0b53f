"""Videos of Facebook Pages: uploaded in pieces, published with the last call.

Sources: Graph API "Page videos" (`upload_phase` start, transfer, finish) and "Video" (`status`). What is kept
between tries: `{"video": {"id", "session", "at", "end", "size", "again"}}`; `at` and `end` are the offsets in
bytes that Facebook asked for next, equal when it has everything; `again` says it is the second session.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .answers import text_of, unusable
from .base import (
    Credentials,
    InvalidContent,
    MediaMissing,
    MediaProcessing,
    NotFound,
    Outcome,
    PlatformError,
    Seen,
    Video,
)
from .deadline import Deadline
from .meta import Graph, segment
from .readback import moment_of

PIECE_MAX = 8 * 1024 * 1024
PIECE_SECONDS = 8.0  # what a piece is given; with less time left the next call goes on


class Upload:
    """The upload of one post's video to one Page."""

    def __init__(self, graph: Graph, credentials: Credentials) -> None:
        self._graph = graph
        self._token = credentials.tokens.get("access_token", "")
        self._path = f"{segment(credentials.external_id)}/videos"

    def go_on(self, video: Video, *, staged: Mapping[str, Any], by: Deadline) -> dict[str, Any]:
        """Upload what is missing. Raises `MediaProcessing` where the time ends before the video is there."""
        entry, again = _entry(staged, video), _is_second(staged)
        try:
            if not entry:
                entry = self._start(video, by, again=again)
            while entry["at"] < entry["end"]:
                if by.remaining() < PIECE_SECONDS:
                    raise MediaProcessing(
                        "The video is still on its way to Facebook. The hub goes on soon.",
                        detail=f"{entry['at']} of {video.size} bytes",
                        retry_after=1.0,
                    )
                entry = self._piece(video, entry, by)
        except (InvalidContent, NotFound) as error:
            if entry and not again:  # the session may have ended: a new one, once
                raise MediaMissing(
                    "Facebook no longer takes the rest of the video. The hub uploads it again.",
                    detail=error.detail,
                    staged={"video": {"again": True}},
                ) from None
            error.staged = {}
            raise
        except PlatformError as error:
            error.staged = {"video": entry} if entry else dict(staged)
            raise
        return {"video": entry}

    def publish(self, video: Video, text: str, *, staged: Mapping[str, Any], by: Deadline) -> str:
        """Make the video public with `text`. Returns its id."""
        entry = _entry(staged, video)
        if not entry or entry["at"] < entry["end"]:
            raise MediaMissing("The video of this post is not uploaded yet. The hub uploads it first.")
        form = {"upload_phase": "finish", "upload_session_id": entry["session"]}
        if text:
            form["description"] = text
        answer = self._graph.call("POST", self._path, by=by, token=self._token, form=form, final=True)
        if answer.object().get("success") is not True:
            raise unusable(answer, who=self._graph.who, missing="success", final=True)
        return entry["id"]

    def _start(self, video: Video, by: Deadline, *, again: bool) -> dict[str, Any]:
        form = {"upload_phase": "start", "file_size": str(video.size)}
        answer = self._graph.call("POST", self._path, by=by, token=self._token, form=form)
        data = answer.object()
        video_id, session = text_of(data, "video_id", 200), text_of(data, "upload_session_id", 200)
        at, end = _offsets(data)
        if not video_id or not session or end is None:
            raise unusable(answer, who=self._graph.who, missing="upload session")
        entry = {"id": video_id, "session": session, "at": at, "end": end, "size": video.size}
        return {**entry, "again": again}

    def _piece(self, video: Video, entry: Mapping[str, Any], by: Deadline) -> dict[str, Any]:
        with video.open() as stream:
            stream.seek(entry["at"])
            piece = stream.read(min(entry["end"] - entry["at"], PIECE_MAX))
        parts = [
            ("upload_phase", "transfer"),
            ("upload_session_id", entry["session"]),
            ("start_offset", str(entry["at"])),
            ("video_file_chunk", ("video.mp4", piece, "application/octet-stream")),
        ]
        answer = self._graph.call("POST", self._path, by=by, token=self._token, parts=parts)
        at, end = _offsets(answer.object())
        if at is None or end is None or at <= entry["at"]:
            raise unusable(answer, who=self._graph.who, missing="next offset")
        return {**entry, "at": at, "end": end}


def uploaded(staged: Mapping[str, Any]) -> str:
    """The id of the uploaded video; empty where there is none."""
    entry = staged.get("video")
    return text_of(entry, "id", 200) if isinstance(entry, Mapping) else ""


def video_seen(
    graph: Graph, video: str, *, text: str, key: str, token: str, by: Deadline
) -> tuple[Seen, ...]:
    """The video, if its own status says that it is published: the Page's list has no reels."""
    query = {"fields": "status,permalink_url,created_time"}
    try:
        data = graph.call("GET", segment(video), by=by, token=token, query=query).object()
    except PlatformError as error:
        if error.outcome is Outcome.AUTH:
            raise
        return ()
    status = data.get("status")
    phase = status.get("publishing_phase") if isinstance(status, dict) else None
    created_at = moment_of(data.get("created_time"))
    if not isinstance(phase, dict) or phase.get("publish_status") != "published" or created_at is None:
        return ()
    permalink = text_of(data, "permalink_url")
    if permalink.startswith("/"):
        permalink = f"https://www.facebook.com{permalink}"
    return (Seen(video, graph.shown(permalink, "facebook.com"), created_at, text, media=None, key=key),)


def _entry(staged: Mapping[str, Any], video: Video) -> dict[str, Any]:
    """What earlier tries uploaded of this very video."""
    entry = staged.get("video")
    good = isinstance(entry, Mapping) and entry.get("size") == video.size and entry.get("session")
    return dict(entry) if good else {}


def _is_second(staged: Mapping[str, Any]) -> bool:
    entry = staged.get("video")
    return isinstance(entry, Mapping) and entry.get("again") is True


def _offsets(data: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Start and end of what Facebook wants next; it writes numbers as texts."""
    found = [text_of(data, name, 20) for name in ("start_offset", "end_offset")]
    start, end = (int(text) if text.isascii() and text.isdecimal() else None for text in found)
    return (start, end) if start is not None and end is not None and start <= end else (None, None)
