"""Adapter of the practice network, the platform server that comes with the hub (folder `sandbox/`)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from .answers import Table, error_of, refusal, text_of, texts, token_of, unusable, whole
from .base import (
    Adapter,
    AppKeys,
    AuthExpired,
    ConfigError,
    Connection,
    Content,
    Count,
    Counts,
    Credentials,
    Duplicate,
    Idempotency,
    InvalidContent,
    Limits,
    Listing,
    Mark,
    MediaMissing,
    NotFound,
    PermissionMissing,
    PlatformError,
    Problem,
    Profile,
    Published,
    RateLimited,
    ReadBack,
    Seen,
)
from .deadline import Deadline
from .http import Answer, Http
from .readback import LIST_BYTES_MAX, READ, Page, gather, moment_of, page_of, whole_second
from .staging import begun, file_name
from .text import URL_TO_SPACE, graphemes, problems

WHO = "The practice network"
PAGE = 100
_OF_POST = {Count.LIKES: "likes", Count.REPLIES: "replies", Count.SHARES: "shares", Count.VIEWS: "views"}

_CALLS: Table = {
    400: InvalidContent,
    401: AuthExpired,
    403: PermissionMissing,
    404: NotFound,
    413: InvalidContent,
    415: InvalidContent,
    422: InvalidContent,
    429: RateLimited,
}
_TOKENS: Table = {
    400: AuthExpired,
    401: AuthExpired,
    403: PermissionMissing,
    404: ConfigError,
    429: RateLimited,
}
# A refresh token is refused by these alone; a server that is being moved or repaired answers anything.
_REFRESH: Table = {400: AuthExpired, 401: AuthExpired, 429: RateLimited}


class SandboxAdapter(Adapter):
    """The practice network at `base_url`; the one platform whose address comes from the operator."""

    key = "sandbox"
    label = "Practice network"
    mark = Mark("P", "platform-sandbox")
    idempotency = Idempotency.KEY
    needs_host = False
    stage_ahead = 60.0
    takes_down = True

    def __init__(self, http: Http, *, base_url: str) -> None:
        self._http = http
        self._base = base_url.rstrip("/")

    def limits(self, capabilities: Mapping[str, Any]) -> Limits:
        return Limits(
            text_max=whole(capabilities, "text_max", 500, low=1),
            url_length=whole(capabilities, "url_length", 23, low=1),
            images_max=whole(capabilities, "images_max", 4),
            image_bytes_max=whole(capabilities, "image_bytes_max", 8 * 1024 * 1024),
            image_pixels_max=whole(capabilities, "image_pixels_max", 33_177_600),
            image_types=texts(capabilities, "image_types") or ("image/jpeg", "image/png"),
            alt_max=whole(capabilities, "alt_max", 1500),
            link_max=whole(capabilities, "link_max", 2048),
        )

    def count(self, text: str, limits: Limits) -> int:
        pieces = URL_TO_SPACE.split(text)
        return sum(map(graphemes, pieces)) + (len(pieces) - 1) * (limits.url_length or 0)

    def check(self, content: Content, limits: Limits) -> list[Problem]:
        return problems(content, limits, length=self.count(content.text, limits), who=WHO.lower())

    def compose_text(self, content: Content) -> str:
        return content.text

    def clean_host(self, typed: str) -> str:
        return ""

    def register_app(self, host: str, *, redirect_uri: str, deadline: float) -> AppKeys | None:
        return None

    def authorize_url(
        self, host: str, app: AppKeys | None, *, redirect_uri: str, state: str, code_verifier: str
    ) -> str:
        return f"{self._base}/connect?{urlencode({'redirect_uri': redirect_uri, 'state': state})}"

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
        granted = self._granted({"code": code}, _TOKENS, by)
        credentials = Credentials("", granted.profile.external_id, granted.tokens)
        return (dataclasses.replace(granted, capabilities=self._limits_told(credentials, by)),)

    def refresh(self, credentials: Credentials, app: AppKeys | None, *, deadline: float) -> Connection | None:
        token = credentials.tokens.get("refresh_token", "")
        if not token:
            return None
        by = Deadline(deadline)
        granted = self._granted({"refresh_token": token}, _REFRESH, by)
        try:
            capabilities = self._limits_told(dataclasses.replace(credentials, tokens=granted.tokens), by)
        except PlatformError:
            # The old refresh token is spent: the new ones must not be lost for the sake of the limits.
            capabilities = credentials.capabilities
        return dataclasses.replace(granted, capabilities=capabilities)

    def revoke(self, credentials: Credentials, app: AppKeys | None, *, deadline: float) -> None:
        """Nothing to do: the practice network has no call for it, its tokens expire by themselves."""

    def stage(
        self, content: Content, credentials: Credentials, *, staged: Mapping[str, Any], deadline: float
    ) -> dict[str, Any]:
        by = Deadline(deadline)
        media = begun(staged)
        try:
            for image in content.images:
                if image.uid not in media:
                    media[image.uid] = {"id": self._upload(image, credentials, by)}
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
        missing = [image for image in content.images if image.uid not in media]
        if missing:
            raise MediaMissing("An image of this post is not uploaded yet. The hub uploads it first.")
        answer = self._call(
            "POST",
            "/api/posts",
            credentials,
            Deadline(deadline),
            json={
                "text": content.text,
                "link": content.link,
                "media_ids": [media[image.uid]["id"] for image in content.images],
            },
            headers={"Idempotency-Key": key},
            final=True,
        )
        post = answer.object()
        external_id = text_of(post, "id", 200)
        if not external_id:
            raise unusable(answer, who=WHO, missing="id", final=True)
        return Published(external_id, self._own_url(text_of(post, "url")))

    def listing(self, capabilities: Mapping[str, Any]) -> Listing:
        try:
            return Listing(capabilities.get("listing", Listing.COMPLETE))
        except ValueError:
            return Listing.PARTIAL

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
        query = {"since": whole_second(since).isoformat(), "limit": str(PAGE)}

        def fetch(cursor: str) -> Page:
            asked = urlencode({**query, "before": cursor} if cursor else query)
            answer = self._call(
                "GET", f"/api/posts?{asked}", credentials, by, table=READ, body_max=LIST_BYTES_MAX
            )
            return self._page(answer)

        shown = gather(fetch, since=since, by=by)
        told_all = self.listing(credentials.capabilities) is Listing.COMPLETE
        return ReadBack(shown.posts, shown.complete and told_all)

    def take_down(self, external_id: str, credentials: Credentials, *, deadline: float) -> None:
        try:
            self._call("DELETE", _post_path(external_id), credentials, Deadline(deadline))
        except NotFound:
            return

    def post_counts(
        self, external_ids: Sequence[str], credentials: Credentials, *, deadline: float
    ) -> dict[str, Counts]:
        by, found = Deadline(deadline), {}
        for external_id in external_ids:
            try:
                post = self._call("GET", _post_path(external_id), credentials, by).object()
            except NotFound:
                continue
            told = post.get("counts")
            found[external_id] = _counted(told if isinstance(told, dict) else {}, _OF_POST)
        return found

    def account_counts(self, credentials: Credentials, *, deadline: float) -> Counts:
        account = self._call("GET", "/api/me", credentials, Deadline(deadline)).object()
        return _counted(account, {Count.FOLLOWERS: "followers"})

    def _page(self, answer: Answer) -> Page:
        data = answer.object()
        entries = data.get("posts")
        if not isinstance(entries, list):
            raise unusable(answer, who=WHO, missing="list")
        more = data.get("more")
        posts, all_read = page_of(entries, self._seen)
        return Page(posts, all_read, more if isinstance(more, bool) else len(entries) >= PAGE)

    def _seen(self, post: Mapping[str, Any]) -> Seen | None:
        external_id, created_at = text_of(post, "id", 200), moment_of(post.get("created_at"))
        text, media = post.get("text"), post.get("media")
        if not external_id or created_at is None or not isinstance(text, str):
            return None
        return Seen(
            external_id=external_id,
            permalink=self._own_url(text_of(post, "url")),
            created_at=created_at,
            text=text,
            media=len(media) if isinstance(media, list) else None,
            key=text_of(post, "idempotency_key", 300),
        )

    def _upload(self, image, credentials: Credentials, by: Deadline) -> str:
        parts = [("file", (file_name(image), image.read(), image.mime)), ("alt", image.alt)]
        answer = self._call("POST", "/api/media", credentials, by, parts=parts)
        media_id = text_of(answer.object(), "id", 200)
        if not media_id:
            raise unusable(answer, who=WHO, missing="id")
        return media_id

    def _granted(self, grant: dict[str, str], table: Table, by: Deadline) -> Connection:
        """What the network gives for a code or a refresh token; the capabilities are not asked for yet."""
        answer = self._http.request("POST", f"{self._base}/oauth/token", deadline=by, json=grant, who=WHO)
        if answer.status != 200:
            raise refusal(answer, table, who=WHO, secrets=grant.values())
        data = answer.object()
        access = token_of(data, "access_token")
        account = data.get("account")
        if not access or not isinstance(account, dict) or not text_of(account, "id", 200):
            raise unusable(answer, who=WHO, missing="account")
        # A refresh token that is not replaced stays good (RFC 6749, section 6).
        renewal = token_of(data, "refresh_token") or grant.get("refresh_token", "")
        profile = Profile(
            external_id=text_of(account, "id", 200),
            handle=text_of(account, "handle", 200),
            display_name=text_of(account, "name", 200) or text_of(account, "handle", 200),
            url=self._own_url(text_of(account, "url")),
        )
        seconds = whole(data, "expires_in", 0)
        tokens = {"access_token": access, "refresh_token": renewal}
        return Connection(profile, tokens, expires_in=float(seconds) or None)

    def _limits_told(self, credentials: Credentials, by: Deadline) -> dict[str, Any]:
        return self._call("GET", "/api/limits", credentials, by).object()

    def _call(
        self,
        method: str,
        path: str,
        credentials: Credentials,
        by: Deadline,
        *,
        final: bool = False,
        table: Table = _CALLS,
        **sent: Any,
    ) -> Answer:
        token = credentials.tokens.get("access_token", "")
        answer = self._http.request(
            method, self._base + path, deadline=by, token=token, final=final, who=WHO, **sent
        )
        if answer.status in (200, 201):
            return answer
        if answer.status == 403 and answer.object().get("error") == "duplicate":
            raise error_of(Duplicate, answer, who=WHO, secrets=credentials.tokens.values())
        if answer.status == 422 and answer.object().get("error") == "unknown_media":
            error = error_of(MediaMissing, answer, who=WHO, secrets=credentials.tokens.values())
            error.staged = {}
            raise error
        raise refusal(answer, table, who=WHO, final=final, secrets=credentials.tokens.values())

    def _own_url(self, url: str) -> str:
        """`url` if it is of the practice network or plain https; it is shown as a link."""
        return url if url.startswith((f"{self._base}/", "https://")) else ""


def _post_path(external_id: str) -> str:
    return f"/api/posts/{quote(external_id, safe='')}"


def _counted(told: Mapping[str, Any], names: Mapping[Count, str]) -> Counts:
    found = {count: whole(told, name, -1) for count, name in names.items()}
    return {count: number for count, number in found.items() if number >= 0}
