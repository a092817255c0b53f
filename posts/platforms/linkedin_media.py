"""Uploading images and videos to LinkedIn.

Sources: learn.microsoft.com (LinkedIn Marketing: Images API; Videos API). LinkedIn names where the bytes go.
An image is put there in one piece with the account's token, a video in parts of 4 MiB without it, and the
ETag of each part proves that it arrived. Progress is kept as `{"media": {uid: {"id", "ready", ...}}}`, of a
video with the parts that are done and those to come.
"""

from __future__ import annotations

import time
from typing import Any

from .answers import text_of, unusable, whole
from .base import (
    Image,
    InvalidContent,
    MediaMissing,
    MediaProcessing,
    Transient,
    Video,
)
from .http import Answer
from .linkedin_api import Api, urn_in_path
from .linkedin_errors import WHO, refused
from .text import urlsplit_host

POLL_SECONDS = 1.0
POLL_SECONDS_MAX = 5.0
PARTS_MAX = 1000

_STALE = "LinkedIn no longer takes this upload. The hub begins it again."

Media = dict[str, dict[str, Any]]


class Uploads:
    """Media on their way to one account, whose URN is `owner`."""

    def __init__(self, api: Api, owner: str, *, poll_seconds: float) -> None:
        self._api = api
        self._owner = owner
        self._poll_seconds = poll_seconds

    def image(self, image: Image, media: Media) -> None:
        """Upload `image` if `media` does not have it, and wait until LinkedIn has worked on it."""
        if image.uid not in media:
            self.picture(image.uid, image.read(), image.mime, media)
        self.wait("images", image.uid, media)

    def picture(self, uid: str, data: bytes, mime: str, media: Media) -> None:
        """Upload one picture and note it in `media`."""
        told, answer = self._initialize("images", {"owner": self._owner})
        urn, url = text_of(told, "image", 200), text_of(told, "uploadUrl", 4000)
        if not urn.startswith("urn:li:image:") or not url:
            raise unusable(answer, who=WHO, missing="image")
        self._put(url, data, mime, token=self._api.token)
        media[uid] = {"id": urn}

    def video(self, video: Video, media: Media) -> None:
        if video.uid not in media:
            media[video.uid] = self._begin(video)
        entry = media[video.uid]
        if "parts" in entry:
            self._send_parts(video, media)
            self._finalize(video.uid, media)
        self.wait("videos", video.uid, media)

    def _begin(self, video: Video) -> dict[str, Any]:
        asked = {
            "owner": self._owner,
            "fileSizeBytes": video.size,
            "uploadCaptions": False,
            "uploadThumbnail": False,
        }
        told, answer = self._initialize("videos", asked)
        urn, listed = text_of(told, "video", 200), told.get("uploadInstructions")
        parts = [_part(item) for item in listed] if isinstance(listed, list) else []
        whole_file = parts and sum(last - first + 1 for _, first, last in parts) == video.size
        if not urn.startswith("urn:li:video:") or not whole_file or len(parts) > PARTS_MAX:
            raise unusable(answer, who=WHO, missing="video")
        token = told.get("uploadToken")
        return {"id": urn, "parts": parts, "etags": [], "token": token if isinstance(token, str) else ""}

    def _send_parts(self, video: Video, media: Media) -> None:
        entry = media[video.uid]
        resumed = bool(entry["etags"])
        with video.open() as file:
            for url, first, last in entry["parts"][len(entry["etags"]) :]:
                file.seek(first)
                try:
                    answer = self._put(url, file.read(last - first + 1), "application/octet-stream")
                except (InvalidContent, MediaMissing) as error:
                    del media[video.uid]
                    if not resumed and isinstance(error, InvalidContent):
                        raise
                    # The addresses to upload to, named in an earlier try, may have run out.
                    raise MediaMissing(_STALE, detail=error.detail) from None
                entry["etags"].append(_etag(answer))

    def _finalize(self, uid: str, media: Media) -> None:
        entry = media[uid]
        repeated, entry["finalized"] = entry.get("finalized"), True
        asked = {"video": entry["id"], "uploadToken": entry["token"], "uploadedPartIds": entry["etags"]}
        answer = self._api.call(
            "POST", "/videos?action=finalizeUpload", json={"finalizeUploadRequest": asked}
        )
        if answer.status in (400, 404, 409, 422) and repeated:
            # An earlier try asked for it, and the answer was lost.
            del media[uid]
            raise MediaMissing(_STALE, detail=f"{answer.where}: status {answer.status}")
        if answer.status not in (200, 204):
            raise refused(answer, sends=True, secrets=(self._api.token,))
        media[uid] = {"id": entry["id"]}

    def _initialize(self, kind: str, asked: dict[str, Any]) -> tuple[dict[str, Any], Answer]:
        answer = self._api.call(
            "POST", f"/{kind}?action=initializeUpload", json={"initializeUploadRequest": asked}
        )
        if answer.status not in (200, 201):
            raise refused(answer, sends=True, secrets=(self._api.token,))
        value = answer.object().get("value")
        return value if isinstance(value, dict) else {}, answer

    def _put(self, url: str, data: bytes, mime: str, *, token: str = "") -> Answer:
        answer = self._api.http.request(
            "PUT",
            self._checked(url),
            deadline=self._api.by,
            token=token,
            headers={"Content-Type": mime},
            data=data,
            who=WHO,
        )
        if answer.status in (401, 403, 404, 410) and not token:
            raise MediaMissing(_STALE, detail=f"{answer.where}: status {answer.status}")
        if not 200 <= answer.status < 300:
            raise refused(answer, sends=True, secrets=(self._api.token,))
        return answer

    def _checked(self, url: str) -> str:
        """`url` if it is LinkedIn's own: the bytes, and of images the token, go there."""
        stand_ins = self._api.http.address("https://")
        real = f"https://{url.removeprefix(stand_ins)}" if url.startswith(stand_ins) else url
        if not is_linkedin(real):
            raise Transient(
                "LinkedIn sent the hub elsewhere to upload. The hub will try again.",
                detail=f"upload to {urlsplit_host(url)!r}",
            )
        return url

    def wait(self, kind: str, uid: str, media: Media) -> None:
        """Wait until LinkedIn has worked on the media, for as long as the call may take.

        `kind` is "images" or "videos". What LinkedIn could not use, or has no more, is taken out of `media`.
        """
        entry, pause = media[uid], self._poll_seconds
        while not entry.get("ready"):
            answer = self._api.call("GET", f"/{kind}/{urn_in_path(entry['id'])}")
            if answer.status == 403:
                # Members may not look at their media: give LinkedIn a moment, then go on.
                time.sleep(max(0.0, min(2 * self._poll_seconds, self._api.by.remaining() - 1)))
                state = "AVAILABLE"
            else:
                state = self._state(kind, uid, media, answer)
            if state == "AVAILABLE":
                entry["ready"] = True
                return
            if self._api.by.remaining() < 2 * pause + 1:
                raise MediaProcessing(
                    "LinkedIn is still preparing the media of this post. The hub looks again soon.",
                    detail=f"{answer.where}: {state}",
                    retry_after=max(1.0, self._poll_seconds),
                )
            time.sleep(pause)
            pause = min(2 * pause, POLL_SECONDS_MAX)

    def _state(self, kind: str, uid: str, media: Media, answer: Answer) -> str:
        if answer.status == 404:
            del media[uid]
            raise MediaMissing(
                "LinkedIn no longer has an image or the video of this post. The hub uploads it again.",
                detail=f"{answer.where}: status 404",
            )
        if answer.status != 200:
            raise refused(answer, sends=False, secrets=(self._api.token,))
        state = text_of(answer.object(), "status", 50)
        if state == "PROCESSING_FAILED":
            del media[uid]
            raise InvalidContent(
                "LinkedIn could not use an image or the video of this post. Change it and send it again.",
                detail=f"{answer.where}: {state}",
            )
        return state


def is_linkedin(url: str) -> bool:
    """Whether `url` is on one of LinkedIn's own hosts."""
    return url.startswith("https://") and f".{urlsplit_host(url)}".endswith(".linkedin.com")


def _part(item: object) -> tuple[str, int, int]:
    """Where one part goes, its first and its last byte; no bytes where LinkedIn does not tell."""
    entry = item if isinstance(item, dict) else {}
    last = whole(entry, "lastByte", -1)
    return text_of(entry, "uploadUrl", 4000), whole(entry, "firstByte", 0), last


def _etag(answer: Answer) -> str:
    """The proof that a part arrived, as LinkedIn spells it."""
    etag = answer.headers.get("ETag", "").strip()
    if not etag:
        raise unusable(answer, who=WHO, missing="ETag")
    return etag
