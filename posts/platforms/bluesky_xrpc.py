"""Calls to AT Protocol servers, and which of their answers is which error.

Sources: atproto.com/specs/xrpc (methods, errors `{"error": Name, "message": ...}`), the lexicons of the
methods, docs.bsky.app (Rate limits: `RateLimit-Reset`), and the reference server's own answers: an expired
token is a 400 `ExpiredToken`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from .answers import Table, error_of, refusal, text_of
from .base import (
    AuthExpired,
    Credentials,
    Duplicate,
    InvalidContent,
    MediaMissing,
    NotFound,
    PermissionMissing,
    PlatformError,
    RateLimited,
    Transient,
    UnsupportedServer,
)
from .deadline import Deadline
from .egress import is_loopback_host
from .http import Answer, Http

WHO = "Bluesky"

Names = Mapping[str, type[PlatformError]]

# By the name of the error, whatever the status: a server may say any of them to any call.
NAMES: Names = {
    "ExpiredToken": AuthExpired,
    "InvalidToken": AuthExpired,
    "BadJwt": AuthExpired,
    "AuthMissing": AuthExpired,
    "AuthenticationRequired": AuthExpired,
    "AuthFactorTokenRequired": AuthExpired,
    "AccountTakedown": PermissionMissing,
    "AccountSuspended": PermissionMissing,
    "AccountDeactivated": PermissionMissing,
    "AccountNotFound": PermissionMissing,  # the account is not on this server any more
    "RateLimitExceeded": RateLimited,
    "BlobNotFound": MediaMissing,
    "InvalidSwap": Duplicate,
    "RecordNotFound": NotFound,
}
# On the calls that change something or upload.
WRITE: Table = {
    400: InvalidContent,
    401: AuthExpired,
    403: PermissionMissing,
    413: InvalidContent,
    415: InvalidContent,
    422: InvalidContent,
    429: RateLimited,
}
# On calls that only read: what else a server answers says nothing of what is looked for.
READ: Table = {401: AuthExpired, 403: PermissionMissing, 429: RateLimited}
# While connecting: a server without these methods is none of this kind.
CONNECT: Table = {
    400: AuthExpired,
    401: AuthExpired,
    403: PermissionMissing,
    404: UnsupportedServer,
    405: UnsupportedServer,
    429: RateLimited,
    501: UnsupportedServer,
}
# A refresh token is refused by these alone; a server that is being moved or repaired answers anything.
REFRESH: Table = {401: AuthExpired, 429: RateLimited}
REFRESH_NAMES: Names = {**NAMES, "InvalidRequest": AuthExpired}


def error_from(
    answer: Answer, table: Table, *, final: bool = False, secrets: Any = (), names: Names = NAMES
) -> PlatformError:
    """The error in `answer`: by its name, else by its status."""
    name = text_of(answer.object(), "error", 100)
    kind = names.get(name) if 400 <= answer.status < 500 else None
    if kind is None:
        error = refusal(answer, table, who=WHO, final=final, secrets=secrets)
    else:
        error = error_of(kind, answer, who=WHO, secrets=secrets, why=name)
    if answer.status == 413:
        error.message = (
            f"{WHO} takes no file of this size from this account. Use a smaller one and send the post again."
        )
        error.args = (error.message,)
    return error


class Xrpc:
    """The methods of one kind of server. Holds configuration only."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def base(self, host: str) -> str:
        """Where `host` is reached: https, but for this machine when that is allowed."""
        name = urlsplit(f"//{host}").hostname or ""
        local = self._http.egress.allow_loopback and is_loopback_host(name)
        return f"{'http' if local else 'https'}://{host}"

    def get(self, host: str, method: str, query: Any, *, by: Deadline, **sent: Any) -> Answer:
        """Ask `method` of `host`; `query` is what `urlencode` takes."""
        url = f"{self.base(host)}/xrpc/{method}?{urlencode(query)}"
        return self._http.request("GET", url, deadline=by, who=WHO, **sent)

    def post(self, host: str, method: str, *, by: Deadline, **sent: Any) -> Answer:
        """Call `method` of `host`."""
        url = f"{self.base(host)}/xrpc/{method}"
        return self._http.request("POST", url, deadline=by, who=WHO, **sent)

    def record(self, credentials: Credentials, collection: str, key: str, *, by: Deadline) -> Answer:
        """One record of an account. Records are public: a look needs no token, and works without access."""
        query = {"repo": credentials.external_id, "collection": collection, "rkey": key}
        return self.get(credentials.host, "com.atproto.repo.getRecord", query, by=by)


def is_absent(answer: Answer) -> bool:
    """Whether a server says for certain that it has no such record (lexicon com.atproto.repo.getRecord)."""
    return answer.status == 400 and answer.object().get("error") == "RecordNotFound"


def unreadable(answer: Answer, credentials: Credentials) -> PlatformError:
    """Why a look failed. Nothing that an odd answer names is believed but a missing access or a limit."""
    error = refusal(answer, READ, who=WHO, secrets=credentials.tokens.values())
    named = NAMES.get(text_of(answer.object(), "error", 100))
    if isinstance(error, Transient) and answer.status == 400 and named in (AuthExpired, RateLimited):
        return error_of(named, answer, who=WHO, secrets=credentials.tokens.values())
    return error
