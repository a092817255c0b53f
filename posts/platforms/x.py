"""Adapter for X.

Sources: docs.x.com (X API v2: Posts, Media, Users; Rate limits; Pricing), the API's OpenAPI description.
Sign-in is in `x_signin`, uploads in `x_media`, counting in `x_count`, looks in `x_reading`, refusals in
`x_errors`. X has no idempotency key: it refuses a text that was posted before, and does not say where.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from .answers import text_of, unusable
from .base import (
    Adapter,
    AppKeys,
    Connection,
    Content,
    Counts,
    Credentials,
    Idempotency,
    Limits,
    Listing,
    Mark,
    MediaMissing,
    Problem,
    Published,
    ReadBack,
    VideoLimits,
)
from .deadline import Deadline
from .http import Http
from .staging import begun
from .text import join_link, problems
from .x_count import URL_WEIGHT, weighted_length
from .x_errors import WHO, refused
from .x_media import POLL_SECONDS, Uploads
from .x_reading import Reading, permalink
from .x_signin import API, SignIn

REPLY_SETTINGS = ("following", "mentionedUsers", "subscribers", "verified")
THREAD_MAX = 25  # the API names no limit; the composer of X itself stops here


class XAdapter(Adapter):
    """One account on X, through the app that the operator registered."""

    key = "x"
    label = "X"
    mark = Mark("X", "platform-x")
    idempotency = Idempotency.NONE
    needs_host = False
    stage_ahead = 600.0  # uploads stay for a day
    takes_down = True

    def __init__(self, http: Http, *, app: AppKeys, poll_seconds: float = POLL_SECONDS) -> None:
        self._http = http
        self._poll_seconds = poll_seconds
        self._sign_in = SignIn(http, app)

    def limits(self, capabilities: Mapping[str, Any]) -> Limits:
        return Limits(
            text_max=280,
            url_length=URL_WEIGHT,
            images_max=4,
            image_bytes_max=5_000_000,
            image_types=("image/jpeg", "image/png", "image/webp"),
            alt_max=1000,
            video=VideoLimits(bytes_max=512_000_000, seconds_max=140.0, seconds_min=0.5),
            thread_max=THREAD_MAX,
        )

    def count(self, text: str, limits: Limits) -> int:
        return weighted_length(text)

    def check(self, content: Content, limits: Limits) -> list[Problem]:
        length = self.count(self.compose_text(content), limits)
        return problems(content, limits, length=length, who=self.label)

    def compose_text(self, content: Content) -> str:
        return join_link(content.text, content.link)

    def clean_host(self, typed: str) -> str:
        return ""

    def register_app(self, host: str, *, redirect_uri: str, deadline: float) -> AppKeys | None:
        return None

    def authorize_url(
        self, host: str, app: AppKeys | None, *, redirect_uri: str, state: str, code_verifier: str
    ) -> str:
        return self._sign_in.authorize_url(
            redirect_uri=redirect_uri, state=state, code_verifier=code_verifier
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
            self._sign_in.exchange(code=code, redirect_uri=redirect_uri, code_verifier=code_verifier, by=by),
        )

    def refresh(self, credentials: Credentials, app: AppKeys | None, *, deadline: float) -> Connection | None:
        return self._sign_in.refresh(credentials, Deadline(deadline))

    def revoke(self, credentials: Credentials, app: AppKeys | None, *, deadline: float) -> None:
        self._sign_in.revoke(credentials, Deadline(deadline))

    def stage(
        self, content: Content, credentials: Credentials, *, staged: Mapping[str, Any], deadline: float
    ) -> dict[str, Any]:
        uploads = Uploads(self._http, credentials, Deadline(deadline), poll_seconds=self._poll_seconds)
        return uploads.stage(content, staged)

    def publish(
        self,
        content: Content,
        credentials: Credentials,
        *,
        staged: Mapping[str, Any],
        key: str,
        deadline: float,
    ) -> Published:
        body = _post(content, self.compose_text(content), _media_ids(content, staged))
        answer = self._http.request(
            "POST",
            f"{API}/tweets",
            deadline=Deadline(deadline),
            token=credentials.tokens.get("access_token", ""),
            json=body,
            final=True,
            who=WHO,
        )
        secrets = credentials.tokens.values()
        if answer.status not in (200, 201):
            raise refused(answer, sends=True, final=True, media="media" in body, secrets=secrets)
        data = answer.object().get("data")
        external_id = text_of(data, "id", 64) if isinstance(data, dict) else ""
        if not external_id:
            raise unusable(answer, who=WHO, missing="id", final=True)
        return Published(external_id, permalink(external_id, credentials.capabilities))

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
        reading = Reading(self._http, credentials, Deadline(deadline))
        return reading.posts_since(since, self.compose_text(content))

    def take_down(self, external_id: str, credentials: Credentials, *, deadline: float) -> None:
        answer = self._http.request(
            "DELETE",
            f"{API}/tweets/{quote(external_id, safe='')}",
            deadline=Deadline(deadline),
            token=credentials.tokens.get("access_token", ""),
            who=WHO,
        )
        if answer.status not in (200, 204, 404):
            raise refused(answer, sends=False, secrets=credentials.tokens.values())

    def post_counts(
        self, external_ids: Sequence[str], credentials: Credentials, *, deadline: float
    ) -> dict[str, Counts]:
        return Reading(self._http, credentials, Deadline(deadline)).post_counts(external_ids)

    def account_counts(self, credentials: Credentials, *, deadline: float) -> Counts:
        return Reading(self._http, credentials, Deadline(deadline)).account_counts()


def _media_ids(content: Content, staged: Mapping[str, Any]) -> list[str]:
    media = begun(staged)
    items = [*content.images, *([content.video] if content.video else [])]
    entries = [media.get(item.uid, {}) for item in items]
    if not all(entry.get("ready") for entry in entries):
        raise MediaMissing(
            "An image or the video of this post is not uploaded yet. The hub uploads it first."
        )
    return [entry["id"] for entry in entries]


def _post(content: Content, text: str, media_ids: list[str]) -> dict[str, Any]:
    body: dict[str, Any] = {"text": text} if text or not media_ids else {}
    if media_ids:
        body["media"] = {"media_ids": media_ids}
    if content.reply_to:
        body["reply"] = {"in_reply_to_tweet_id": content.reply_to.parent.external_id}
    elif content.options.get("reply_settings") in REPLY_SETTINGS:
        body["reply_settings"] = content.options["reply_settings"]
    return body
