"""Adapter for Mastodon and servers that speak its client API.

Sources: docs.joinmastodon.org (methods apps, oauth, accounts, instance, media, statuses; entities; API rate
limits), nodeinfo.diaspora.software. Sign-in is in `mastodon_signin`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from . import mastodon_counts
from .answers import Table, error_of, refusal, said, text_of, texts, unusable, whole
from .base import (
    Adapter,
    AppKeys,
    AuthExpired,
    Connection,
    Content,
    Counts,
    Credentials,
    Duplicate,
    Idempotency,
    Image,
    InvalidContent,
    Limits,
    Listing,
    Mark,
    MediaMissing,
    MediaProcessing,
    NotFound,
    PermissionMissing,
    PlatformError,
    Problem,
    Published,
    RateLimited,
    ReadBack,
    UnsupportedServer,
    Video,
    VideoLimits,
)
from .deadline import Deadline
from .egress import same_origin
from .http import Answer, Http
from .mastodon_readback import Look, Wanted, segment
from .mastodon_signin import SignIn, clean_host
from .readback import LIST_BYTES_MAX, READ
from .staging import begun, bytes_of, file_name
from .text import count_text, graphemes, join_link, problems

THREAD_MAX = 25  # parts; Mastodon sets no limit, but 300 posts in three hours are one
VIDEO_BYTES_MAX = 100 * 1024 * 1024  # whatever a server would take, as one upload is held in memory
IMAGE_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif")
VISIBILITIES = ("public", "unlisted", "private")
SEVERAL_AT_ONCE_FROM = 3  # `api_versions.mastodon` of 4.3.1 (docs.joinmastodon.org, entities Instance)
POLL_SECONDS = 1.0
POLL_SECONDS_MAX = 5.0

_REFUSED: Table = {
    401: AuthExpired,
    403: PermissionMissing,
    410: NotFound,
    422: InvalidContent,
    429: RateLimited,
}
_UPLOAD: Table = {**_REFUSED, 400: InvalidContent, 404: NotFound, 413: InvalidContent, 415: InvalidContent}
_POLL: Table = {**_REFUSED, 404: MediaMissing, 410: MediaMissing}
# 400 is how GoToSocial and Takahē refuse; 404 means that something the post refers to is gone.
_STATUS: Table = {**_REFUSED, 400: InvalidContent, 404: InvalidContent, 413: InvalidContent}


class MastodonAdapter(Adapter):
    """Any server with the Mastodon client API; one host per connected account."""

    key = "mastodon"
    label = "Mastodon"
    mark = Mark("M", "platform-mastodon")
    idempotency = Idempotency.KEY
    needs_host = True
    stage_ahead = 600.0
    takes_down = True

    def __init__(
        self,
        http: Http,
        *,
        app_name: str = "Chapter Hub",
        app_website: str = "",
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._http = http
        self._poll_seconds = poll_seconds
        self._sign_in = SignIn(http, app_name=app_name, app_website=app_website)

    def limits(self, capabilities: Mapping[str, Any]) -> Limits:
        return Limits(
            text_max=whole(capabilities, "text_max", 500, low=1),
            url_length=whole(capabilities, "url_length", 23, low=1),
            images_max=whole(capabilities, "images_max", 4),
            image_bytes_max=whole(capabilities, "image_bytes_max", 16 * 1024 * 1024),
            image_pixels_max=whole(capabilities, "image_pixels_max", 33_177_600),
            image_types=_image_types(capabilities),
            alt_max=whole(capabilities, "alt_max", 1500),
            video=VideoLimits(min(whole(capabilities, "video_bytes_max", 99 << 20), VIDEO_BYTES_MAX), 3600.0),
            thread_max=THREAD_MAX,
        )

    def count(self, text: str, limits: Limits) -> int:
        return count_text(text, url_length=limits.url_length, short_mentions=True)

    def check(self, content: Content, limits: Limits) -> list[Problem]:
        length = self.count(self.compose_text(content), limits) + graphemes(_warning(content))
        return problems(content, limits, length=length, who=self.label)

    def compose_text(self, content: Content) -> str:
        return join_link(content.text, content.link)

    def clean_host(self, typed: str) -> str:
        return clean_host(typed, allow_loopback=self._http.egress.allow_loopback)

    def register_app(self, host: str, *, redirect_uri: str, deadline: float) -> AppKeys | None:
        return self._sign_in.register(host, redirect_uri=redirect_uri, by=Deadline(deadline))

    def authorize_url(
        self, host: str, app: AppKeys | None, *, redirect_uri: str, state: str, code_verifier: str
    ) -> str:
        return self._sign_in.authorize_url(
            host, app, redirect_uri=redirect_uri, state=state, code_verifier=code_verifier
        )

    def exchange(
        self,
        host: str,
        app: AppKeys | None,
        *,
        code: str,
        redirect_uri: str,
        code_verifier: str,
        deadline: float,
    ) -> tuple[Connection, ...]:
        by = Deadline(deadline)
        return (
            self._sign_in.exchange(
                host, app, code=code, redirect_uri=redirect_uri, code_verifier=code_verifier, by=by
            ),
        )

    def refresh(self, credentials: Credentials, app: AppKeys | None, *, deadline: float) -> Connection | None:
        return None  # tokens live until the person or the hub ends them

    def revoke(self, credentials: Credentials, app: AppKeys | None, *, deadline: float) -> None:
        self._sign_in.revoke(credentials, app, by=Deadline(deadline))

    def stage(
        self, content: Content, credentials: Credentials, *, staged: Mapping[str, Any], deadline: float
    ) -> dict[str, Any]:
        """Upload each image once, then wait until the server has processed all of them.

        Raises `MediaProcessing` when they are not ready in time; its `staged` keeps their ids, so that the
        next try asks for them instead of uploading again.
        """
        by = Deadline(deadline)
        media = begun(staged)
        try:
            for file in _files(content):
                if file.uid not in media:
                    media[file.uid] = self._upload(file, credentials, by)
            for file in _files(content):
                self._await(file, media, credentials, by)
        except PlatformError as error:
            error.staged = {"media": media}
            raise
        return {"media": media}

    def publish(
        self,
        content: Content,
        credentials: Credentials,
        *,
        staged: Mapping[str, Any],
        key: str,
        deadline: float,
    ) -> Published:
        media = begun(staged)
        entries = [media.get(file.uid, {}) for file in _files(content)]
        if not all(entry.get("ready") for entry in entries):
            raise MediaMissing("An image of this post is not uploaded yet. The hub uploads it first.")
        body: dict[str, Any] = {
            "status": self.compose_text(content),
            "media_ids": [entry["id"] for entry in entries],
            "visibility": _visibility(content),
        }
        if content.reply_to:
            body["in_reply_to_id"] = content.reply_to.parent.external_id
        if content.language:
            body["language"] = content.language
        if warning := _warning(content):
            body["spoiler_text"] = warning
        answer = self._call(
            "POST",
            "/api/v1/statuses",
            credentials,
            Deadline(deadline),
            json=body,
            headers={"Idempotency-Key": key},
            final=True,
        )
        if answer.status != 200:
            raise _refused_status(answer, credentials, media if entries else {})
        status = answer.object()
        external_id = text_of(status, "id", 200)
        if not external_id:
            raise unusable(answer, who=credentials.host, missing="id", final=True)
        url = text_of(status, "url")
        return Published(external_id, url if same_origin(url, self._sign_in.base(credentials.host)) else "")

    def listing(self, capabilities: Mapping[str, Any]) -> Listing:
        return Listing.COMPLETE

    def read_back(
        self,
        content: Content,
        credentials: Credentials,
        *,
        staged: Mapping[str, Any],
        key: str,
        since: datetime,
        deadline: float,
    ) -> ReadBack:
        by = Deadline(deadline)
        look = Look(
            lambda path: self._call("GET", path, credentials, by, body_max=LIST_BYTES_MAX),
            credentials,
            base=self._sign_in.base(credentials.host),
            wanted=Wanted(self.compose_text(content), _warning(content), len(_files(content))),
        )
        return look.since(since, by)

    def take_down(self, external_id: str, credentials: Credentials, *, deadline: float) -> None:
        by, path = Deadline(deadline), f"/api/v1/statuses/{segment(external_id)}"
        answer = self._call("DELETE", path, credentials, by)
        if answer.status not in (200, 404, 410):
            raise self._error(answer, _REFUSED, credentials)
        # servers without this call answer 404 as well, and so does one where the post is gone already
        if answer.status != 200 and self._call("GET", path, credentials, by).status == 200:
            raise UnsupportedServer(
                f"{credentials.host} does not let the hub remove posts. Remove it there yourself.",
                detail=f"{answer.where}: status {answer.status}, and it is still there",
            )

    def post_counts(
        self, external_ids: Sequence[str], credentials: Credentials, *, deadline: float
    ) -> dict[str, Counts]:
        by = Deadline(deadline)

        def get(path: str) -> Answer:
            answer = self._call("GET", path, credentials, by, body_max=LIST_BYTES_MAX)
            if answer.status not in (200, 404, 410):
                raise self._error(answer, READ, credentials)
            return answer

        together = whole(credentials.capabilities, "api_version", 0) >= SEVERAL_AT_ONCE_FROM
        return mastodon_counts.of_posts(get, external_ids, together=together)

    def account_counts(self, credentials: Credentials, *, deadline: float) -> Counts:
        answer = self._call("GET", "/api/v1/accounts/verify_credentials", credentials, Deadline(deadline))
        if answer.status != 200:
            raise self._error(answer, READ, credentials)
        return mastodon_counts.of_account(answer.object())

    def _upload(self, file: Image | Video, credentials: Credentials, by: Deadline) -> dict[str, Any]:
        parts: list[Any] = [("file", (file_name(file), bytes_of(file), file.mime))]
        if file.alt:
            parts.append(("description", file.alt))
        answer = self._call("POST", "/api/v2/media", credentials, by, parts=parts)
        if answer.status not in (200, 202):
            raise self._error(answer, _UPLOAD, credentials)
        media_id = text_of(answer.object(), "id", 200)
        if not media_id:
            raise unusable(answer, who=credentials.host, missing="id")
        return {"id": media_id, "ready": answer.status == 200}

    def _await(
        self,
        file: Image | Video,
        media: dict[str, dict[str, Any]],
        credentials: Credentials,
        by: Deadline,
    ) -> None:
        pause = self._poll_seconds
        while not media[file.uid].get("ready"):
            answer = self._call("GET", f"/api/v1/media/{segment(media[file.uid]['id'])}", credentials, by)
            if answer.status == 200:
                media[file.uid]["ready"] = True
                return
            if answer.status != 206:
                error = self._error(answer, _POLL, credentials)
                if isinstance(error, MediaMissing | InvalidContent):
                    del media[file.uid]
                raise error
            if by.remaining() < 2 * pause:
                raise MediaProcessing(
                    f"{credentials.host} is still preparing this media. The hub looks again soon.",
                    detail=f"{answer.where}: status 206",
                    retry_after=max(1.0, self._poll_seconds),
                )
            time.sleep(pause)
            pause = min(2 * pause, POLL_SECONDS_MAX)

    def _call(
        self, method: str, path: str, credentials: Credentials, by: Deadline, *, final=False, **sent: Any
    ) -> Answer:
        url = self._sign_in.base(credentials.host) + path
        token = credentials.tokens.get("access_token", "")
        return self._http.request(method, url, deadline=by, token=token, final=final, **sent)

    def _error(self, answer: Answer, table: Table, credentials: Credentials) -> PlatformError:
        return refusal(answer, table, who=credentials.host, secrets=credentials.tokens.values())


def _refused_status(
    answer: Answer, credentials: Credentials, media: dict[str, dict[str, Any]]
) -> PlatformError:
    """Why a status was not created. Mastodon tells the media errors of a 422 apart by their words alone."""
    who, secrets = credentials.host, list(credentials.tokens.values())
    words = said(answer, secrets).lower() if answer.status == 422 and media else ""
    if "already attached" in words:
        # The images are gone or belong to a post: perhaps to this one, sent by an earlier try.
        return error_of(Duplicate, answer, who=who, secrets=secrets)
    if "not finished processing" in words:
        error = error_of(MediaProcessing, answer, who=who, secrets=secrets)
        error.staged = {"media": {uid: {**entry, "ready": False} for uid, entry in media.items()}}
        return error
    if "media" in words and "not found" in words:
        error = error_of(MediaMissing, answer, who=who, secrets=secrets)
        error.staged = {}
        return error
    return refusal(answer, _STATUS, who=who, final=True, secrets=secrets)


def _image_types(capabilities: Mapping[str, Any]) -> tuple[str, ...]:
    """The types a server takes of those the hub makes, JPEG first."""
    told = texts(capabilities, "image_types")
    return tuple(kind for kind in IMAGE_TYPES if kind in told) or IMAGE_TYPES[:2]


def _files(content: Content) -> tuple[Image | Video, ...]:
    return (*content.images, content.video) if content.video else content.images


def _visibility(content: Content) -> str:
    wanted = content.options.get("visibility")
    return wanted if wanted in VISIBILITIES else "public"


def _warning(content: Content) -> str:
    text = content.options.get("spoiler_text")
    return text if isinstance(text, str) else ""
