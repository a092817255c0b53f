"""Connecting an account on a Mastodon-compatible server: register, authorize, exchange, look around, revoke.

Sources: docs.joinmastodon.org (methods apps, oauth, instance; spec OAuth), RFC 8414, RFC 7636,
nodeinfo.diaspora.software. Everything a server tells of itself is data: its endpoints must be on its own
host.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import idna

from .answers import Table, error_of, refusal, text_of, texts, token_of, unusable, whole
from .base import (
    AppKeys,
    AuthExpired,
    ConfigError,
    Connection,
    Credentials,
    InvalidContent,
    PermissionMissing,
    PlatformError,
    Profile,
    RateLimited,
    UnsupportedServer,
)
from .deadline import Deadline
from .egress import is_loopback_host, is_public_name, same_origin
from .http import Http

SCOPES = ("read:accounts", "read:statuses", "write:statuses", "write:media")
# Whose software keeps the promise of the Idempotency-Key header; others ignore it silently.
HONOURS_KEY = frozenset(("mastodon",))

_PATHS = {"authorization": "/oauth/authorize", "token": "/oauth/token", "revocation": "/oauth/revoke"}
_DOCUMENT_MAX = 256 * 1024

_APPS: Table = {
    400: ConfigError,
    401: UnsupportedServer,
    403: UnsupportedServer,
    404: UnsupportedServer,
    405: UnsupportedServer,
    410: UnsupportedServer,
    422: ConfigError,
    429: RateLimited,
    501: UnsupportedServer,
}
_TOKEN: Table = {
    400: AuthExpired,
    401: ConfigError,  # invalid_client
    403: PermissionMissing,
    404: UnsupportedServer,
    422: AuthExpired,
    429: RateLimited,
}
_ACCOUNT: Table = {
    401: AuthExpired,
    403: PermissionMissing,
    404: UnsupportedServer,
    410: UnsupportedServer,
    422: PermissionMissing,
    429: RateLimited,
}


def clean_host(typed: str, *, allow_loopback: bool) -> str:
    """The server meant by what a person typed: an address, a handle or a bare name, in any spelling.

    Raises `InvalidContent` with what to type instead.
    """
    text = "".join(typed.split()).removeprefix("acct:")
    scheme, sep, rest = text.partition("://")
    if sep and scheme.lower() not in ("http", "https"):
        raise _bad_host(typed)
    place = (rest if sep else text).replace("\\", "/").partition("/")[0].partition("?")[0].partition("#")[0]
    if sep and "@" in place:
        raise _bad_host(typed)
    place = place.rpartition("@")[2].rstrip(".").lower()
    name, colon, port = place.rpartition(":") if not place.endswith("]") else (place, "", "")
    if not colon:
        name, port = place, ""
    if allow_loopback and is_loopback_host(name) and (not port or (port.isascii() and port.isdigit())):
        return place
    try:
        host = idna.encode(name, uts46=True).decode().rstrip(".").lower() if name else ""
    except idna.IDNAError:
        raise _bad_host(typed) from None
    if port not in ("", "443") or not is_public_name(host):
        raise _bad_host(typed)
    return host


def _bad_host(typed: str) -> InvalidContent:
    return InvalidContent(
        "This is not the name of a server. Type it as in the address of your profile, for example "
        "mastodon.social.",
        detail=f"not a host: {typed[:100]!r}",
    )


class SignIn:
    """OAuth with servers that the hub did not know before. Holds configuration only."""

    def __init__(self, http: Http, *, app_name: str, app_website: str) -> None:
        self._http = http
        self._app_name = app_name
        self._app_website = app_website

    def base(self, host: str) -> str:
        """Where `host` is reached: https, but for this machine when that is allowed."""
        name = urlsplit(f"//{host}").hostname or ""
        local = self._http.egress.allow_loopback and is_loopback_host(name)
        return f"{'http' if local else 'https'}://{host}"

    def register(self, host: str, *, redirect_uri: str, by: Deadline) -> AppKeys:
        """Register the hub as an app of `host`, after asking where its endpoints are."""
        endpoints = self._discover(host, by)
        form = {
            "client_name": self._app_name,
            "redirect_uris": redirect_uri,
            "scopes": " ".join(SCOPES),
        }
        if self._app_website:
            form["website"] = self._app_website
        answer = self._http.request("POST", f"{self.base(host)}/api/v1/apps", deadline=by, form=form)
        if answer.status not in (200, 201):
            kind = UnsupportedServer if 300 <= answer.status < 400 else None
            raise error_of(kind, answer, who=host) if kind else refusal(answer, _APPS, who=host)
        data = answer.object()
        app = AppKeys(text_of(data, "client_id"), text_of(data, "client_secret"), endpoints)
        if not app.client_id or not app.client_secret:
            raise unusable(answer, who=host, missing="client_id", kind=UnsupportedServer)
        if not endpoints:
            self._keep_app(host, app, by)
        return app

    def authorize_url(
        self, host: str, app: AppKeys | None, *, redirect_uri: str, state: str, code_verifier: str
    ) -> str:
        app = self._registered(host, app)
        digest = hashlib.sha256(code_verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": app.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(SCOPES),
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "force_login": "true",  # else the account that happens to be signed in would be connected
        }
        endpoint = self._endpoint(host, app, "authorization")
        return self._http.address(f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}")

    def exchange(
        self,
        host: str,
        app: AppKeys | None,
        *,
        code: str,
        redirect_uri: str,
        code_verifier: str,
        by: Deadline,
    ) -> Connection:
        app = self._registered(host, app)
        secrets = (code, code_verifier, app.client_secret)
        answer = self._http.request(
            "POST",
            self._endpoint(host, app, "token"),
            deadline=by,
            form={
                "grant_type": "authorization_code",
                "code": code,
                "client_id": app.client_id,
                "client_secret": app.client_secret,
                "redirect_uri": redirect_uri,
                "code_verifier": code_verifier,
            },
        )
        data = answer.object()
        if answer.status != 200:
            raise _token_error(answer, data, host, secrets)
        token = token_of(data, "access_token")
        if not token:
            raise unusable(answer, who=host, missing="access_token", kind=UnsupportedServer)
        scopes = tuple(text_of(data, "scope").split()) or SCOPES
        if missing := [scope for scope in SCOPES if not _granted(scope, scopes)]:
            raise PermissionMissing(
                f"{host} was not asked for everything the hub needs, or you did not allow it. Connect the "
                "account again and allow all of it.",
                detail=f"{answer.where}: scopes missing: {' '.join(missing)}",
            )
        profile = self._profile(host, token, by)
        return Connection(
            profile, {"access_token": token}, scopes=scopes, capabilities=self._capabilities(host, by)
        )

    def revoke(self, credentials: Credentials, app: AppKeys | None, *, by: Deadline) -> None:
        host = credentials.host
        app = self._registered(host, app)
        token = credentials.tokens.get("access_token", "")
        form = {"client_id": app.client_id, "client_secret": app.client_secret, "token": token}
        answer = self._http.request("POST", self._endpoint(host, app, "revocation"), deadline=by, form=form)
        if answer.status != 200:
            raise refusal(answer, _TOKEN, who=host, secrets=(token, app.client_secret))

    def _discover(self, host: str, by: Deadline) -> dict[str, str]:
        """The server's OAuth endpoints; empty where it tells none (before Mastodon 4.3).

        With its name, `issuer`, where it says that it names itself when it sends people back (RFC 9207).
        """
        base = self.base(host)
        answer = self._http.discover(
            f"{base}/.well-known/oauth-authorization-server", deadline=by, body_max=_DOCUMENT_MAX
        )
        if answer.status != 200 or not answer.object():
            return {}
        data = answer.object()
        told = {name: text_of(data, f"{name}_endpoint") for name in _PATHS}
        endpoints = {name: url for name, url in told.items() if url}
        if data.get("authorization_response_iss_parameter_supported") is True:
            endpoints["issuer"] = text_of(data, "issuer") or base
        if not same_origin(answer.url, self._http.address(base)):
            raise _elsewhere(host, answer.url)
        for url in endpoints.values():
            if not same_origin(url, base):
                raise _elsewhere(host, url)
        return endpoints

    def _keep_app(self, host: str, app: AppKeys, by: Deadline) -> None:
        """Ask for an app token once: servers before 4.3 delete apps that never asked for any."""
        form = {
            "grant_type": "client_credentials",
            "client_id": app.client_id,
            "client_secret": app.client_secret,
        }
        try:
            self._http.request("POST", self._endpoint(host, app, "token"), deadline=by, form=form)
        except PlatformError:
            return  # it only guards against a clean-up on old servers

    def _profile(self, host: str, token: str, by: Deadline) -> Profile:
        url = f"{self.base(host)}/api/v1/accounts/verify_credentials"
        answer = self._http.request("GET", url, deadline=by, token=token)
        if answer.status != 200:
            raise refusal(answer, _ACCOUNT, who=host, secrets=(token,))
        data = answer.object()
        name = text_of(data, "acct", 300) or text_of(data, "username", 300)
        if not text_of(data, "id", 200) or not name:
            raise unusable(answer, who=host, missing="account", kind=UnsupportedServer)
        page = text_of(data, "url")
        return Profile(
            external_id=text_of(data, "id", 200),
            handle=f"@{name}" if "@" in name else f"@{name}@{host}",
            display_name=text_of(data, "display_name", 300) or name,
            url=page if same_origin(page, self.base(host)) else "",
        )

    def _capabilities(self, host: str, by: Deadline) -> dict[str, Any]:
        """What the server allows and what software it is, for `limits` and for the engine."""
        told: dict[str, Any] = {}
        for version in ("v2", "v1"):
            url = f"{self.base(host)}/api/{version}/instance"
            answer = self._http.discover(url, deadline=by, body_max=_DOCUMENT_MAX)
            told = answer.object() if answer.status == 200 else {}
            if told:
                break
        else:
            raise error_of(UnsupportedServer, answer, who=host, why="no instance document")
        name, version = self._software(host, by)
        return {
            **_instance_limits(told),
            "api_version": whole(_dict(told, "api_versions"), "mastodon", 0),
            "software": name,
            "software_version": version or text_of(told, "version", 100),
            "honours_key": name in HONOURS_KEY,
        }

    def _software(self, host: str, by: Deadline) -> tuple[str, str]:
        """Name and version of the server's software by nodeinfo; empty where it does not say."""
        base = self.base(host)
        try:
            answer = self._http.discover(f"{base}/.well-known/nodeinfo", deadline=by, body_max=_DOCUMENT_MAX)
            links = answer.object().get("links")
            for link in links if isinstance(links, list) else []:
                href = text_of(link, "href") if isinstance(link, dict) else ""
                if same_origin(href, base):
                    answer = self._http.discover(href, deadline=by, body_max=_DOCUMENT_MAX)
                    software = _dict(answer.object(), "software")
                    return text_of(software, "name", 100).lower(), text_of(software, "version", 100)
        except PlatformError:
            pass  # not knowing is safe: such a server is treated as one that ignores the key
        return "", ""

    def _registered(self, host: str, app: AppKeys | None) -> AppKeys:
        if app is None:
            raise ConfigError(
                f"The hub is not registered with {host}. Connect the account again.", detail="no app keys"
            )
        return app

    def _endpoint(self, host: str, app: AppKeys, name: str) -> str:
        base = self.base(host)
        url = app.endpoints.get(name) or base + _PATHS[name]
        if not same_origin(url, base):
            raise _elsewhere(host, url)
        return url


def _token_error(answer, data: Mapping[str, Any], host: str, secrets: tuple[str, ...]) -> PlatformError:
    code = text_of(data, "error", 100)
    if code == "invalid_client":
        return error_of(ConfigError, answer, who=host, secrets=secrets)
    error = refusal(answer, _TOKEN, who=host, secrets=secrets)
    if isinstance(error, AuthExpired):
        error.message = f"Connecting with {host} took too long or was finished before. Start again."
        error.args = (error.message,)
    return error


def _elsewhere(host: str, url: str) -> UnsupportedServer:
    try:
        other = urlsplit(url).hostname or "another server"
    except ValueError:
        other = "another server"
    return UnsupportedServer(
        f"{host} sends the hub to {other}. If your account is there, type {other} as the server.",
        detail=f"{host}: endpoint on {other}",
    )


def _granted(scope: str, scopes: tuple[str, ...]) -> bool:
    return scope in scopes or scope.partition(":")[0] in scopes


def _dict(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def _instance_limits(told: Mapping[str, Any]) -> dict[str, Any]:
    """The limits of `GET /api/v2/instance` (or v1), each within reason; what is missing stays missing."""
    statuses = _dict(_dict(told, "configuration"), "statuses")
    media = _dict(_dict(told, "configuration"), "media_attachments")
    found = {
        "text_max": whole(statuses, "max_characters", 0, high=1_000_000)
        or whole(told, "max_toot_chars", 0, high=1_000_000),
        "url_length": whole(statuses, "characters_reserved_per_url", 0, high=1000),
        "images_max": whole(statuses, "max_media_attachments", 0, high=100),
        "image_bytes_max": whole(media, "image_size_limit", 0),
        "image_pixels_max": whole(media, "image_matrix_limit", 0),
        "video_bytes_max": whole(media, "video_size_limit", 0),
        "alt_max": whole(media, "description_limit", 0, high=100_000),
        "image_types": [kind for kind in texts(media, "supported_mime_types") if kind.startswith("image/")],
    }
    return {name: value for name, value in found.items() if value}
