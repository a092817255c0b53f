"""Connecting an account on X: authorize, exchange, renew, revoke.

Sources: docs.x.com (OAuth 2.0 authorization code flow with PKCE; Users, get me), RFC 6749, 7009 and 7636.
The hub is a confidential client: it proves itself with HTTP Basic. Access tokens live two hours; a renewal
gives a new refresh token, and the old one is spent.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from .answers import error_of, text_of, token_of, unusable, whole
from .base import (
    AppKeys,
    AuthExpired,
    ConfigError,
    Connection,
    Credentials,
    PermissionMissing,
    PlatformError,
    Profile,
    RateLimited,
    Transient,
)
from .deadline import Deadline
from .http import Answer, Http
from .x_errors import WHO, refused

SCOPES = ("tweet.read", "tweet.write", "users.read", "media.write", "offline.access")
API = "https://api.x.com/2"
AUTHORIZE = "https://x.com/i/oauth2/authorize"
TOKEN_SECONDS = 7200.0


class SignIn:
    """OAuth with X. Holds configuration only."""

    def __init__(self, http: Http, app: AppKeys) -> None:
        self._http = http
        self._app = app

    def authorize_url(self, *, redirect_uri: str, state: str, code_verifier: str) -> str:
        digest = hashlib.sha256(code_verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._app.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(SCOPES),
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return self._http.address(f"{AUTHORIZE}?{urlencode(query)}")

    def exchange(self, *, code: str, redirect_uri: str, code_verifier: str, by: Deadline) -> Connection:
        """What the code is good for. X gives 30 seconds for it."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": code_verifier,
        }
        answer = self._ask("token", form, by)
        if answer.status != 200:
            raise self._grant_error(
                answer, form, "Connecting with X took too long or was finished before. Start again."
            )
        tokens, scopes, seconds = _granted(answer, {})
        profile = self._profile(tokens["access_token"], by)
        about = {"username": profile.handle.removeprefix("@"), "name": profile.display_name}
        return Connection(profile, tokens, scopes=scopes, capabilities=about, expires_in=seconds)

    def refresh(self, credentials: Credentials, by: Deadline) -> Connection | None:
        """New tokens. The account itself is not asked again: X bills every look at it."""
        token = credentials.tokens.get("refresh_token", "")
        if not token:
            return None
        form = {"grant_type": "refresh_token", "refresh_token": token}
        answer = self._ask("token", form, by)
        if answer.status != 200:
            raise self._grant_error(
                answer,
                form,
                "X no longer accepts the hub's access to this account. Connect the account again.",
            )
        tokens, scopes, seconds = _granted(answer, credentials.tokens)
        about = credentials.capabilities
        return Connection(
            _known_profile(credentials), tokens, scopes=scopes, capabilities=about, expires_in=seconds
        )

    def revoke(self, credentials: Credentials, by: Deadline) -> None:
        """Give back the refresh token first: with it alone, access could be had again."""
        for name in ("refresh_token", "access_token"):
            token = credentials.tokens.get(name, "")
            if not token:
                continue
            form = {"token": token, "token_type_hint": name}
            answer = self._ask("revoke", form, by)
            if answer.status != 200:
                raise self._grant_error(answer, form, "X did not take the hub's access back.")

    def _ask(self, what: str, form: dict[str, str], by: Deadline) -> Answer:
        keys = f"{self._app.client_id}:{self._app.client_secret}".encode()
        headers = {"Authorization": f"Basic {base64.b64encode(keys).decode()}"}
        url = f"{API}/oauth2/{what}"
        return self._http.request("POST", url, deadline=by, headers=headers, form=form, who=WHO)

    def _grant_error(self, answer: Answer, form: Mapping[str, str], sentence: str) -> PlatformError:
        """Why X gives no tokens. It says `invalid_request` for a grant that is spent."""
        code = text_of(answer.object(), "error", 100)
        secrets = (*form.values(), self._app.client_secret)
        if answer.status in (400, 401) and code in ("invalid_grant", "invalid_request"):
            error = error_of(AuthExpired, answer, who=WHO, secrets=secrets)
            error.message = sentence
            error.args = (sentence,)
            return error
        if answer.status == 401 or code in ("invalid_client", "unauthorized_client"):
            return error_of(ConfigError, answer, who=WHO, secrets=secrets)
        kind = RateLimited if answer.status == 429 else Transient
        return error_of(kind, answer, who=WHO, secrets=secrets)

    def _profile(self, token: str, by: Deadline) -> Profile:
        url = f"{API}/users/me?user.fields=username"
        answer = self._http.request("GET", url, deadline=by, token=token, who=WHO)
        if answer.status != 200:
            raise refused(answer, sends=False, secrets=(token,))
        data = answer.object().get("data")
        data = data if isinstance(data, dict) else {}
        account, username = text_of(data, "id", 200), text_of(data, "username", 100)
        if not account or not username:
            raise unusable(answer, who=WHO, missing="account")
        return _profile(account, username, text_of(data, "name", 300))


def _granted(answer: Answer, before: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...], float]:
    """The tokens of an answer, their scopes and their seconds. `before` are the ones they replace."""
    data: dict[str, Any] = answer.object()
    access = token_of(data, "access_token")
    if not access:
        raise unusable(answer, who=WHO, missing="access_token")
    scopes = tuple(text_of(data, "scope").split()) or SCOPES
    # A refresh token that is not replaced stays good (RFC 6749, section 6).
    renewal = token_of(data, "refresh_token") or before.get("refresh_token", "")
    missing = [scope for scope in SCOPES if scope not in scopes]
    if not before and (missing or not renewal):
        raise PermissionMissing(
            "X did not give the hub everything it needs, or you did not allow it. Connect the account again "
            "and allow all of it.",
            detail=f"{answer.where}: missing: {' '.join(missing) or 'refresh_token'}",
        )
    seconds = float(whole(data, "expires_in", 0)) or TOKEN_SECONDS
    return {"access_token": access, "refresh_token": renewal}, scopes, seconds


def _known_profile(credentials: Credentials) -> Profile:
    known = credentials.capabilities
    return _profile(credentials.external_id, text_of(known, "username", 100), text_of(known, "name", 300))


def _profile(account: str, username: str, name: str) -> Profile:
    plain = username.isascii() and username.replace("_", "").isalnum()
    address = f"https://x.com/{username}" if plain else ""
    return Profile(account, f"@{username}" if username else "", name or username, address)
