"""Whose account it is and where it lives: handles, DIDs, the account's own server, and sessions on it.

Sources: atproto.com/specs/handle (resolution by https well-known, both ways), atproto.com/specs/did
(did:plc, did:web, service `#atproto_pds`), docs.bsky.app (Get started: createSession; API hosts; app
passwords), the lexicons com.atproto.server.createSession, refreshSession and deleteSession.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .answers import error_of, text_of, token_of, unusable
from .base import (
    AuthExpired,
    Connection,
    Credentials,
    InvalidContent,
    PermissionMissing,
    PlatformError,
    Profile,
    Transient,
    UnsupportedServer,
)
from .bluesky_text import HANDLE
from .bluesky_xrpc import CONNECT, READ, REFRESH, REFRESH_NAMES, WHO, Xrpc, error_from
from .deadline import Deadline
from .egress import is_loopback_host, is_public_name
from .http import Answer, Http

ENTRYWAY = "bsky.social"  # where accounts that Bluesky itself hosts sign in
APPVIEW = "public.api.bsky.app"
PLC = "https://plc.directory"
WEB = "https://bsky.app"

DID = re.compile(r"did:plc:[a-z2-7]{24}|did:web:[a-zA-Z0-9.-]{3,253}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
DOCUMENT_MAX = 128 * 1024
ACCESS_SECONDS_MAX = 24 * 3600.0

_DIRECTORY = "The directory of accounts"
_FULL_ACCESS = "com.atproto.access"  # the scope of a session begun with the account's own password
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_HOW = (
    "In Bluesky, open Settings, Privacy and security, App passwords, make one for the hub and paste it here."
)


@dataclass(frozen=True, slots=True)
class Identity:
    """An account as its DID document tells. `handle` is "" where the document names none."""

    did: str
    handle: str
    host: str  # of the account's own server (PDS)


def clean_identifier(typed: str) -> str:
    """The handle, DID or email address meant by what a person typed or pasted.

    Raises `InvalidContent` with what to type instead.
    """
    text = _INVISIBLE.sub("", typed).strip().removeprefix("at://")
    text = re.sub(r"^https?://(?:www\.)?bsky\.app/profile/", "", text, flags=re.IGNORECASE).split("/")[0]
    text = text.removeprefix("@").rstrip(".")
    if DID.fullmatch(text) or EMAIL.fullmatch(text):
        return text
    handle = text.lower()
    if re.fullmatch(r"[a-z0-9-]{3,63}", handle):
        handle = f"{handle}.{ENTRYWAY}"
    if len(handle) > 253 or not HANDLE.fullmatch(handle):
        raise InvalidContent(
            "This is not a Bluesky handle. Type it as your profile shows it, for example name.bsky.social.",
            detail="not a handle",
        )
    return handle


class Identities:
    """Resolves handles and DIDs, always both ways."""

    def __init__(self, http: Http, xrpc: Xrpc, *, plc: str = PLC, appview: str = APPVIEW) -> None:
        self._http = http
        self._xrpc = xrpc
        self._plc = plc
        self._appview = appview

    def find(self, identifier: str, by: Deadline) -> Identity:
        """The account of a handle or DID. Raises where the two do not name each other."""
        if DID.fullmatch(identifier):
            return self._described(identifier, by)
        found = self._described(self._did_of(identifier, by), by)
        if found.handle != identifier:
            raise InvalidContent(
                f"The account that {identifier} leads to goes by another name"
                f"{f', {found.handle}' if found.handle else ''}. Type the handle that its profile shows.",
                detail=f"{identifier} and {found.did} do not name each other",
            )
        return found

    def _did_of(self, handle: str, by: Deadline) -> str:
        """Ask the handle's own web server, then Bluesky, which also knows of entries in the DNS."""
        try:
            url = f"{self._xrpc.base(handle)}/.well-known/atproto-did"
            half = Deadline(by.remaining() / 2)
            answer = self._http.discover(url, deadline=half, body_max=DOCUMENT_MAX, accept="text/plain")
            did = answer.body[:300].decode("ascii", "replace").strip()
            if answer.status == 200 and DID.fullmatch(did):
                return did
        except PlatformError:
            pass  # many handles have no web server
        answer = self._xrpc.get(
            self._appview, "com.atproto.identity.resolveHandle", {"handle": handle}, by=by
        )
        did = text_of(answer.object(), "did", 300)
        if answer.status == 200 and DID.fullmatch(did):
            return did
        if answer.status == 400:
            raise InvalidContent(
                f"{WHO} knows no account named {handle}. Check how it is written on the profile, for example "
                "name.bsky.social.",
                detail=f"{answer.where}: status 400",
            )
        if answer.status != 200:
            raise error_from(answer, READ)
        raise unusable(answer, who=WHO, missing="did")

    def _described(self, did: str, by: Deadline) -> Identity:
        """What the DID's document says."""
        kind, _, place = did.removeprefix("did:").partition(":")
        if kind == "web":
            url = f"{self._xrpc.base(place.lower())}/.well-known/did.json"
        else:
            url = f"{self._plc}/{did}"
        answer = self._http.request("GET", url, deadline=by, who=_DIRECTORY, body_max=DOCUMENT_MAX)
        document = answer.object()
        if answer.status in (404, 410):
            raise InvalidContent(
                "The account does not exist any more. Check the handle on its profile.",
                detail=f"{answer.where}: status {answer.status}",
            )
        if answer.status != 200 or document.get("id") != did:
            raise error_of(Transient, answer, who=_DIRECTORY, why="no document of this DID")
        names = document.get("alsoKnownAs")
        names = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
        names = [name[5:].lower() for name in names if name.startswith("at://")]
        handle = next((name for name in names if HANDLE.fullmatch(name)), "")
        return Identity(did, handle, self._server_of(document, answer))

    def _server_of(self, document: Mapping[str, Any], answer: Answer) -> str:
        services = document.get("service")
        for service in services if isinstance(services, list) else []:
            if isinstance(service, dict) and text_of(service, "id").endswith("#atproto_pds"):
                host = self._host_of(text_of(service, "serviceEndpoint"))
                if host:
                    return host
        raise error_of(UnsupportedServer, answer, who=WHO, why="no server in the DID's document")

    def _host_of(self, endpoint: str) -> str:
        """The host of a server's address, "" where the hub cannot go there."""
        try:
            parts = urlsplit(endpoint)
            name, port = parts.hostname or "", parts.port
        except ValueError:
            return ""
        if parts.path not in ("", "/") or parts.query or "@" in parts.netloc:
            return ""
        if self._http.egress.allow_loopback and is_loopback_host(name):
            return parts.netloc
        return name if parts.scheme == "https" and port in (None, 443) and is_public_name(name) else ""


class Sessions:
    """Signing in with an app password, renewing and ending a session."""

    def __init__(self, xrpc: Xrpc, identities: Identities, web: str, *, entryway: str = ENTRYWAY) -> None:
        self._xrpc = xrpc
        self._identities = identities
        self._entryway = entryway
        self._web = web

    def log_in(self, identifier: str, password: str, by: Deadline) -> tuple[str, Connection]:
        """The host of the account's own server, and the session there."""
        name, password = clean_identifier(identifier), password.strip()
        if not password:
            raise AuthExpired(f"The app password is missing. {_HOW}")
        try:
            return self._begun(name, password, by)
        except UnsupportedServer as error:
            error.message = (
                "The server that this account lives on does not answer as the hub needs it. Check the name, "
                "or ask whoever runs that server."
            )
            error.args = (error.message,)
            raise

    def _begun(self, name: str, password: str, by: Deadline) -> tuple[str, Connection]:
        known = None if EMAIL.fullmatch(name) else self._identities.find(name, by)
        answer = self._xrpc.post(
            known.host if known else self._entryway,
            "com.atproto.server.createSession",
            by=by,
            json={"identifier": name, "password": password},
        )
        if answer.status != 200:
            raise _refused(answer, password, by_email=known is None)
        session = answer.object()
        did = text_of(session, "did", 300)
        if not DID.fullmatch(did) or (known and known.did != did):
            raise unusable(answer, who=WHO, missing="account", kind=UnsupportedServer)
        account = known or self._identities.find(did, by)
        connection = self._connection(answer, account.handle)
        self._keep_out_main_password(account.host, connection, by)
        _require_active(answer, session)
        profile = self._profile(account, by)
        return account.host, Connection(profile, connection.tokens, expires_in=connection.expires_in)

    def renew(self, credentials: Credentials, by: Deadline) -> Connection:
        """New tokens for the old refresh token, which keeps working for a while should the answer be lost."""
        token = credentials.tokens.get("refresh_token", "")
        answer = self._xrpc.post(credentials.host, "com.atproto.server.refreshSession", by=by, token=token)
        secrets = credentials.tokens.values()
        if answer.status != 200:
            raise error_from(answer, REFRESH, secrets=secrets, names=REFRESH_NAMES)
        if text_of(answer.object(), "did", 300) != credentials.external_id:
            raise unusable(answer, who=WHO, missing="account")
        return self._connection(answer, "")

    def end(self, credentials: Credentials, by: Deadline) -> None:
        """End the session. The app password itself stays, until its owner deletes it."""
        token = credentials.tokens.get("refresh_token", "")
        answer = self._xrpc.post(credentials.host, "com.atproto.server.deleteSession", by=by, token=token)
        if answer.status == 200:
            return
        error = error_from(answer, REFRESH, secrets=credentials.tokens.values())
        if not isinstance(error, AuthExpired):  # else it has ended already
            raise error

    def profile_url(self, did: str) -> str:
        return f"{self._web}/profile/{did}"

    def _connection(self, answer: Answer, handle: str) -> Connection:
        session = answer.object()
        access, renewal = token_of(session, "accessJwt"), token_of(session, "refreshJwt")
        if not access or not renewal:
            raise unusable(answer, who=WHO, missing="session", kind=UnsupportedServer)
        did = text_of(session, "did", 300)
        handle = handle or _handle(session) or did
        profile = Profile(did, _shown_handle(handle), handle, self.profile_url(did))
        tokens = {"access_token": access, "refresh_token": renewal}
        return Connection(profile, tokens, expires_in=_seconds_left(access))

    def _keep_out_main_password(self, host: str, connection: Connection, by: Deadline) -> None:
        """The hub wants no password that opens all of an account, its messages and settings included."""
        if _claims(connection.tokens["access_token"]).get("scope") != _FULL_ACCESS:
            return
        with contextlib.suppress(PlatformError):  # it is not kept, and ends by itself
            self.end(Credentials(host, connection.profile.external_id, connection.tokens), by)
        raise AuthExpired(
            f"That is the password of the whole account, which the hub must not have. {_HOW}",
            detail="session of full access",
        )

    def _profile(self, account: Identity, by: Deadline) -> Profile:
        """The profile with the name that people chose, which is a record of its own and may be missing."""
        handle = account.handle or account.did
        name = ""
        try:
            credentials = Credentials(account.host, account.did, {})
            answer = self._xrpc.record(credentials, "app.bsky.actor.profile", "self", by=by)
            value = answer.object().get("value") if answer.status == 200 else None
            name = text_of(value, "displayName", 640).strip() if isinstance(value, dict) else ""
        except PlatformError:
            pass  # the handle will do
        return Profile(account.did, _shown_handle(handle), name or handle, self.profile_url(account.did))


def _refused(answer: Answer, password: str, *, by_email: bool) -> PlatformError:
    error = error_from(answer, CONNECT, secrets=(password,))
    if not isinstance(error, AuthExpired):
        return error
    if answer.object().get("error") == "AuthFactorTokenRequired":  # app passwords need no second factor
        error.message = f"That is the password of the whole account, which the hub must not have. {_HOW}"
    else:
        error.message = (
            f"{WHO} did not accept this name and app password. {_HOW} The account's own password does not "
            "belong here."
        )
        if by_email:
            error.message += " Where another server has the account, give its handle, not an email address."
    error.args = (error.message,)
    return error


def _require_active(answer: Answer, session: Mapping[str, Any]) -> None:
    if session.get("active") is False:
        status = text_of(session, "status", 40)
        raise PermissionMissing(
            f"{WHO} says that this account is not active{f' ({status})' if status else ''}. Put it in order "
            "there, then connect it again.",
            detail=f"{answer.where}: active false, {status!r}",
        )


def _handle(session: Mapping[str, Any]) -> str:
    handle = text_of(session, "handle", 253).lower()
    return handle if HANDLE.fullmatch(handle) and handle != "handle.invalid" else ""


def _shown_handle(handle: str) -> str:
    return handle if handle.startswith("did:") else f"@{handle}"


def _claims(token: str) -> dict[str, Any]:
    """What a token says of itself, unverified; empty where it is not of a known form."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _seconds_left(token: str) -> float | None:
    """How long an access token works; None where it does not say, and its end is met as an error."""
    end = _claims(token).get("exp")
    if type(end) is not int or end.bit_length() > 40:
        return None
    return min(ACCESS_SECONDS_MAX, max(1.0, end - time.time()))
