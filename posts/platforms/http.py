"""The one way in which adapters speak HTTP: `requests`, hardened.

Https on port 443 to public addresses only (see `egress`), each connection pinned to an address that was
checked; no redirects but in `discover`; no cookies, proxies or netrc; no retries; a limit on the answer's
size; and a total time limit that a slow or endless answer can't stretch (see `deadline`).

What matters most here is the difference between *not sent* and *unknown*. The connection notes the moment the
kernel takes the first byte of a request. Every failure before it is `Transient`. Every failure after it is
`UnknownOutcome` on a call marked `final`, and `Transient` on a call that changes nothing public.
"""

from __future__ import annotations

import http.client
import json as jsonlib
import logging
import os
import ssl
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urljoin

import requests
import urllib3

from .base import PlatformError, Transient, UnknownOutcome
from .deadline import Deadline
from .egress import Egress, Resolver, check_url, system_resolver
from .sockets import Call, Transport

# urllib3 logs the path and query of each request at DEBUG, and of odd answers at WARNING. What an adapter
# sends is nobody's business, and what went wrong is in the error it raises.
logging.getLogger("urllib3").setLevel(logging.ERROR)

BODY_MAX = 1024 * 1024
JSON_DEPTH_MAX = 40
REDIRECTS_MAX = 3

Part = str | tuple[str, bytes, str]  # a value, or file name, content and type


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said. `where` is the method and address without the query, for the log."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    where: str
    url: str = ""

    def json(self) -> Any:
        """The body as JSON, or None when it is not JSON or nested beyond reason."""
        if self.headers.get("Content-Encoding", "identity").lower() != "identity":
            return None  # we ask for none
        try:
            data = jsonlib.loads(self.body)
        except (ValueError, RecursionError):
            return None
        shallow = self.body.count(b"[") + self.body.count(b"{") <= JSON_DEPTH_MAX
        return data if shallow or _depth_within(data, JSON_DEPTH_MAX) else None

    def object(self) -> dict[str, Any]:
        """The body as a JSON object, empty when it is anything else."""
        data = self.json()
        return data if isinstance(data, dict) else {}


def _depth_within(data: Any, limit: int) -> bool:
    level = [data]
    for _ in range(limit):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        if not below:
            return True
        level = below
    return not any(isinstance(item, dict | list) for item in level)


def _default_context() -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=requests.certs.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class Http:
    """A client with a keep-alive pool, shared between threads.

    With `stand_in`, the address of the practice network's stand-ins, no call leaves this machine: what is
    meant for `https://host/path` goes to `<stand_in>/host/path`. `resolver` and `context` exist for tests;
    production uses the system's resolver and certifi's authorities.
    """

    def __init__(
        self,
        egress: Egress | None = None,
        *,
        user_agent: str = "ChapterHub",
        stand_in: str = "",
        resolver: Resolver = system_resolver,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.egress = egress or Egress()
        self._user_agent = user_agent
        self._stand_in = stand_in.rstrip("/")
        self._resolver = resolver
        self._context = context or _default_context()
        self._transport = Transport(self._context)
        _clients.add(self)

    def address(self, url: str) -> str:
        """Where `url` is asked for, and where a browser is sent: there itself, or at its stand-in."""
        scheme, _, rest = url.partition("://")
        return f"{self._stand_in}/{rest}" if self._stand_in and scheme == "https" else url

    def after_fork(self) -> None:
        """Sockets must not be shared with the parent process."""
        self._transport = Transport(self._context)

    def close(self) -> None:
        """Close idle connections."""
        self._transport.close()

    def request(
        self,
        method: str,
        url: str,
        *,
        deadline: Deadline,
        token: str = "",
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        parts: Iterable[tuple[str, Part]] | None = None,
        data: bytes | None = None,
        final: bool = False,
        who: str = "",
        body_max: int = BODY_MAX,
    ) -> Answer:
        """Make one call and return the server's answer, whatever its status.

        The body is one of `json`, `form`, `parts` and `data`; the type of `data` is in `headers`.
        `final` marks the call that makes a post public: a failure in doubt raises `UnknownOutcome`. `who` is
        what people call the server, if not its host name. An answer of more than `body_max` bytes is a
        failure; of a refusal (status 400 and up) only the body is lost.
        Raises `Transient`, `UnknownOutcome`, or `UnsupportedServer` for an address that may not be called.
        """
        url = self.address(url)
        address = check_url(url, self.egress)
        where = f"{method} {address.scheme}://{address.netloc}{address.path}"
        if deadline.remaining() <= 0:
            raise Transient("There was no time left to ask the server. The hub will try again.", detail=where)
        prepared = self._prepare(method, url, token, headers, _encode(json, form, parts, data))
        call = Call(deadline.at, self.egress, self._resolver)
        try:
            with call:
                return self._perform(prepared, call, where, body_max)
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            http.client.HTTPException,
            OSError,
            _BadAnswer,
        ) as error:
            # Raised below, outside of this block: the library's own error names the URL with its query.
            secure = isinstance(error, requests.exceptions.SSLError | ssl.SSLError)
            reason = str(error) if isinstance(error, _BadAnswer) else type(error).__name__
        raise _failure(call, where, who or address.hostname or "", reason, final=final, secure=secure)

    def discover(self, url: str, *, deadline: Deadline, body_max: int = BODY_MAX, accept: str = "") -> Answer:
        """GET a public document without credentials, following at most three redirects.

        Every hop is checked like a first call. `Answer.url` tells where it ended. `accept` is the types that
        are wanted, if not JSON.
        """
        headers = {"Accept": accept} if accept else None
        for _ in range(REDIRECTS_MAX + 1):
            answer = self.request("GET", url, deadline=deadline, headers=headers, body_max=body_max)
            target = answer.headers.get("Location", "")
            if answer.status not in (301, 302, 303, 307, 308) or not target:
                return answer
            url = urljoin(url, target)
        raise Transient(
            "The server sends the hub from one address to the next without an end. Check its name.",
            detail=f"{answer.where}: more than {REDIRECTS_MAX} redirects",
        )

    def _prepare(
        self,
        method: str,
        url: str,
        token: str,
        headers: Mapping[str, str] | None,
        encoded: tuple[bytes | None, str],
    ) -> requests.PreparedRequest:
        # Filled by hand: every part is known to be well formed, and `requests.Session` would add cookies and
        # read a redirect's body without a limit.
        prepared = requests.PreparedRequest()
        prepared.method = method
        prepared.url = url.partition("#")[0]
        prepared.headers = requests.structures.CaseInsensitiveDict(
            {"User-Agent": self._user_agent, "Accept": "application/json", "Accept-Encoding": "identity"}
        )
        if headers:
            prepared.headers.update(headers)
        if token:
            prepared.headers["Authorization"] = f"Bearer {token}"
        for name, value in prepared.headers.items():
            if not value.isprintable() or not value.isascii():
                raise ValueError(f"header {name} has characters that can't be sent")
        body, kind = encoded
        prepared.body = body
        if body is not None:
            prepared.headers["Content-Type"] = kind or prepared.headers["Content-Type"]
            prepared.headers["Content-Length"] = str(len(body))
        elif method not in ("GET", "HEAD"):
            prepared.headers["Content-Length"] = "0"
        return prepared

    def _perform(self, prepared: requests.PreparedRequest, call: Call, where: str, body_max: int) -> Answer:
        seconds = max(0.001, call.remaining())
        response = self._transport.send(prepared, stream=True, timeout=(seconds, seconds))
        raw = response.raw
        try:
            if not call.left:
                raise _Unasked("answered before it was asked")
            body = _read(raw, body_max)
            if call.expired:
                raise _BadAnswer("out of time")
        except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, _BadAnswer) as error:
            if response.status_code < 400 or isinstance(error, _Unasked):
                raise
            body = b""  # the refusal itself is clear
        finally:
            raw.close()
        return Answer(response.status_code, response.headers, body, where, prepared.url)


class _BadAnswer(Exception):
    """An answer that cannot be used; the text is safe to log."""


class _Unasked(_BadAnswer):
    """What was read is not about our request, such as the 408 of a server that closes an idle connection."""


def _encode(
    json: Any,
    form: Mapping[str, str] | None,
    parts: Iterable[tuple[str, Part]] | None,
    data: bytes | None,
) -> tuple[bytes | None, str]:
    if parts is not None:
        return urllib3.encode_multipart_formdata(list(parts))
    if form is not None:
        return urlencode(form).encode(), "application/x-www-form-urlencoded"
    if json is not None:
        return jsonlib.dumps(json, ensure_ascii=False).encode(), "application/json"
    return data, ""


def _read(raw: urllib3.BaseHTTPResponse, limit: int) -> bytes:
    """The whole body. Raises if it is larger than `limit` bytes or ends before its announced length."""
    chunks: list[bytes] = []
    left = limit + 1
    while left > 0:
        chunk = raw.read(left, decode_content=False)
        if not chunk:
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)
        chunks.append(chunk)
        left -= len(chunk)
    raise _BadAnswer(f"more than {limit} bytes")


def _failure(call: Call, where: str, who: str, reason: str, *, final: bool, secure: bool) -> PlatformError:
    if call.expired or call.remaining() <= 0:
        reason = f"out of time, {reason}"
    detail = f"{where}: {reason}, {'sent' if call.left else 'not sent'}"
    if not call.left and secure:
        return Transient(
            f"{who} did not prove that it is who it says (its certificate was refused). Nothing was sent; "
            "the hub will try again.",
            detail=detail,
        )
    if not call.left:
        return Transient(
            f"{who} could not be reached. Nothing was sent; the hub will try again.", detail=detail
        )
    if final:
        return UnknownOutcome(
            f"{who} gave no clear answer. The post may be out or not; look at the account before sending "
            "again.",
            detail=detail,
        )
    return Transient(f"{who} gave no clear answer. The hub will try again.", detail=detail)


_clients: weakref.WeakSet[Http] = weakref.WeakSet()


def _renew_clients() -> None:
    for client in list(_clients):
        client.after_fork()


os.register_at_fork(after_in_child=_renew_clients)
