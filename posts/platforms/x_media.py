"""Uploading images and videos to X.

Sources: docs.x.com (Media upload: upload, initialize, append, finalize, get status; Create media metadata).
An image goes in one call, a video in numbered segments. What was uploaded stays for 24 hours. Progress is
kept as `{"media": {uid: {"id", "described", "segments", "finalized", "ready"}}}`.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from .answers import text_of, unusable, whole
from .base import (
    Content,
    Credentials,
    Image,
    InvalidContent,
    MediaMissing,
    MediaProcessing,
    NotFound,
    PlatformError,
    Video,
)
from .deadline import Deadline
from .http import Answer, Http
from .staging import begun, file_name
from .x_errors import WHO, refused

UPLOAD = "https://api.x.com/2/media/upload"
METADATA = "https://api.x.com/2/media/metadata"
SEGMENT_BYTES = 4 * 1024 * 1024  # X takes 5 MB at most
POLL_SECONDS = 1.0

_MISSING = "X no longer has an image or the video of this post. The hub uploads it again."

Media = dict[str, dict[str, Any]]


class Uploads:
    """The media of one post on their way to one account."""

    def __init__(self, http: Http, credentials: Credentials, by: Deadline, *, poll_seconds: float) -> None:
        self._http = http
        self._secrets = tuple(credentials.tokens.values())
        self._token = credentials.tokens.get("access_token", "")
        self._by = by
        self._poll_seconds = poll_seconds

    def stage(self, content: Content, staged: Mapping[str, Any]) -> dict[str, Any]:
        """Go on from `staged`. Raises an error with the progress so far."""
        media = begun(staged)
        try:
            for image in content.images:
                self._image(image, media)
            if content.video:
                self._video(content.video, media)
        except PlatformError as error:
            error.staged = {"media": media}
            raise
        return {"media": media}

    def _image(self, image: Image, media: Media) -> None:
        if image.uid not in media:
            parts = [
                ("media", (file_name(image), image.read(), image.mime)),
                ("media_category", "tweet_image"),
            ]
            data = self._told(self._call("POST", UPLOAD, parts=parts))
            media[image.uid] = {"id": data["id"], "ready": "processing_info" not in data}
        entry = media[image.uid]
        self._describe(image, entry)
        self._await(image.uid, media)

    def _video(self, video: Video, media: Media) -> None:
        if video.uid not in media:
            asked = {"media_type": video.mime, "total_bytes": video.size, "media_category": "tweet_video"}
            data = self._told(self._call("POST", f"{UPLOAD}/initialize", json=asked))
            media[video.uid] = {"id": data["id"], "segments": 0}
        entry = media[video.uid]
        resumed = bool(entry.get("segments"))
        try:
            self._append(video, entry)
            self._finalize(entry)
        except (InvalidContent, NotFound) as error:
            del media[video.uid]
            if not resumed:
                raise
            # An upload begun in an earlier try may have run out.
            raise MediaMissing(_MISSING, detail=error.detail) from None
        with contextlib.suppress(InvalidContent):  # not every kind of video can be described
            self._describe(video, entry)
        self._await(video.uid, media)

    def _append(self, video: Video, entry: dict[str, Any]) -> None:
        if entry.get("finalized"):
            return
        sent = whole(entry, "segments", 0)
        for number, data in _segments(video, first=sent):
            parts = [
                ("segment_index", str(number)),
                ("media", ("video.mp4", data, "application/octet-stream")),
            ]
            self._call("POST", f"{UPLOAD}/{entry['id']}/append", parts=parts)
            entry["segments"] = number + 1

    def _finalize(self, entry: dict[str, Any]) -> None:
        if entry.get("finalized"):
            return
        data = self._told(self._call("POST", f"{UPLOAD}/{entry['id']}/finalize"))
        entry["finalized"] = True
        entry["ready"] = "processing_info" not in data

    def _describe(self, item: Image | Video, entry: dict[str, Any]) -> None:
        if not item.alt or entry.get("described"):
            return
        self._call("POST", METADATA, json={"id": entry["id"], "metadata": {"alt_text": {"text": item.alt}}})
        entry["described"] = True

    def _await(self, uid: str, media: Media) -> None:
        """Wait until X has worked on the media, for as long as the call may take."""
        entry = media[uid]
        while not entry.get("ready"):
            query = urlencode({"command": "STATUS", "media_id": entry["id"]})
            answer = self._http.request(
                "GET", f"{UPLOAD}?{query}", deadline=self._by, token=self._token, who=WHO
            )
            if answer.status == 404:
                del media[uid]
                raise MediaMissing(_MISSING, detail=f"{answer.where}: status 404")
            if answer.status != 200:
                raise refused(answer, sends=False, secrets=self._secrets)
            self._look(self._told(answer), uid, media, answer)

    def _look(self, data: Mapping[str, Any], uid: str, media: Media, answer: Answer) -> None:
        info = data.get("processing_info")
        info = info if isinstance(info, dict) else {}
        state = text_of(info, "state", 50) or "succeeded"
        if state == "succeeded":
            media[uid]["ready"] = True
            return
        if state == "failed":
            del media[uid]
            raise _failed(info, answer)
        pause = max(self._poll_seconds, float(whole(info, "check_after_secs", 0, high=3600)))
        if self._by.remaining() < pause + 2:
            raise MediaProcessing(
                "X is still preparing the media of this post. The hub looks again soon.",
                detail=f"{answer.where}: {state}",
                retry_after=max(1.0, pause),
            )
        time.sleep(pause)

    def _told(self, answer: Answer) -> dict[str, Any]:
        """What an answer says of the media. Raises where it names none."""
        data = answer.object().get("data")
        data = data if isinstance(data, dict) else {}
        media_id = text_of(data, "id", 64)
        if not (media_id.isascii() and media_id.isalnum()):
            raise unusable(answer, who=WHO, missing="media id")
        return {**data, "id": media_id}

    def _call(self, method: str, url: str, **sent: Any) -> Answer:
        answer = self._http.request(method, url, deadline=self._by, token=self._token, who=WHO, **sent)
        if not 200 <= answer.status < 300:
            raise refused(answer, sends=True, secrets=self._secrets)
        return answer


def _segments(video: Video, *, first: int) -> Iterator[tuple[int, bytes]]:
    """The video in pieces with their numbers, from the piece `first` on."""
    with video.open() as file:
        file.seek(first * SEGMENT_BYTES)
        number = first
        while data := file.read(SEGMENT_BYTES):
            yield number, data
            number += 1


def _failed(info: Mapping[str, Any], answer: Answer) -> InvalidContent:
    told = info.get("error")
    told = told if isinstance(told, dict) else {}
    why = text_of(told, "message", 200) or text_of(told, "name", 200)
    return InvalidContent(
        f"X could not use the video or an image of this post{f': “{why}”' if why else ''}. Change it and "
        "send the post again.",
        detail=f"{answer.where}: processing failed, {why!r}",
    )
