"""Adapter of the practice network, the platform server that comes with the hub (folder `sandbox/`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from .answers import Table, error_of, refusal, text_of, texts, token_of, unusable, whole
from .base import (
    Adapter,
    AppKeys,
    AuthExpired,
    ConfigError,
    Connection,
    Content,
    Credentials,
    Idempotency,
    InvalidContent,
    Limits,
    Mark,
    MediaMissing,
    NotFound,
    PermissionMissing,
    PlatformError,
    Problem,
    Profile,
    Published,
    RateLimited,
)
from .deadline import Deadline
from .http import Answer, Http
from .staging import begun, file_name
from .text import URL_TO_SPACE, graphemes, problems

WHO = "The practice network"

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


class SandboxAdapter(Adapter):
    """The practice network at `base_url`; the one platform whose address comes from the operator."""

    key = "sandbox"
    label = "Practice network"
    mark = Mark("P", "platform-sandbox")
    idempotency = Idempotency.KEY
    needs_host = False

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
    ) -> Connection:
        return self._tokens({"code": code}, Deadline(deadline))

    def refresh(self, credentials: Credentials, app: AppKeys | None, *, deadline: float) -> Connection | None:
        token = credentials.tokens.get("refresh_token", "")
        if not token:
            return None
        return self._tokens({"refresh_token": token}, Deadline(deadline))

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

    def _upload(self, image, credentials: Credentials, by: Deadline) -> str:
        parts = [("file", (file_name(image), image.read(), image.mime)), ("alt", image.alt)]
        answer = self._call("POST", "/api/media", credentials, by, parts=parts)
        media_id = text_of(answer.object(), "id", 200)
        if not media_id:
            raise unusable(answer, who=WHO, missing="id")
        return media_id

    def _tokens(self, grant: dict[str, str], by: Deadline) -> Connection:
        answer = self._http.request("POST", f"{self._base}/oauth/token", deadline=by, json=grant, who=WHO)
        if answer.status != 200:
            raise refusal(answer, _TOKENS, who=WHO, secrets=grant.values())
        data = answer.object()
        access = token_of(data, "access_token")
        account = data.get("account")
        if not access or not isinstance(account, dict) or not text_of(account, "id", 200):
            raise unusable(answer, who=WHO, missing="account")
        tokens = {"access_token": access, "refresh_token": token_of(data, "refresh_token")}
        profile = Profile(
            external_id=text_of(account, "id", 200),
            handle=text_of(account, "handle", 200),
            display_name=text_of(account, "name", 200) or text_of(account, "handle", 200),
            url=self._own_url(text_of(account, "url")),
        )
        credentials = Credentials("", profile.external_id, tokens)
        capabilities = self._call("GET", "/api/limits", credentials, by).object()
        seconds = whole(data, "expires_in", 0)
        return Connection(profile, tokens, capabilities=capabilities, expires_in=float(seconds) or None)

    def _call(
        self,
        method: str,
        path: str,
        credentials: Credentials,
        by: Deadline,
        *,
        final: bool = False,
        **sent: Any,
    ) -> Answer:
        token = credentials.tokens.get("access_token", "")
        answer = self._http.request(
            method, self._base + path, deadline=by, token=token, final=final, who=WHO, **sent
        )
        if answer.status in (200, 201):
            return answer
        if answer.status == 422 and answer.object().get("error") == "unknown_media":
            error = error_of(MediaMissing, answer, who=WHO, secrets=credentials.tokens.values())
            error.staged = {}
            raise error
        raise refusal(answer, _CALLS, who=WHO, final=final, secrets=credentials.tokens.values())

    def _own_url(self, url: str) -> str:
        """`url` if it is of the practice network or plain https; it is shown as a link."""
        return url if url.startswith((f"{self._base}/", "https://")) else ""
