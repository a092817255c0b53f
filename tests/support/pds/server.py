"""Bluesky's own server for tests, with its directory, and a small internet around it.

To the hub they are what they are in the real one: `https://pds.example.org` and `https://plc.directory`,
reached through an `Http` with a stand-in (see `Internet`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.support import servers
from tests.support.proxy import HOP, Exchange, Proxy, Reply

HERE = Path(__file__).parent
INSTALLED = HERE.parents[2] / ".cache" / "pds"
HOST = "pds.example.org"
HANDLES = "example.org"
# Bluesky's public API is no part of this server, which can answer this one method all the same.
PUBLIC, RESOLVING = "public.api.bsky.app", "xrpc/com.atproto.identity.resolveHandle?"
PASSWORD = "the password of the whole account"


def why_not() -> str:
    """Why there is no such server on this machine; "" where there is."""
    if not shutil.which("node"):
        return "Node.js is not installed"
    lock, done = HERE / "package-lock.json", INSTALLED / "installed"
    if not done.is_file() or done.read_bytes() != lock.read_bytes():
        return "Bluesky's server is not installed; `tools/platform_servers.sh pds` does it"
    return ""


@dataclass(frozen=True)
class Account:
    """Somebody with an account. `tokens` are those of a session of full access."""

    did: str
    handle: str
    app_password: str
    token: str


class Pds:
    """The running server. Nothing it has is kept."""

    def __init__(self, folder: Path) -> None:
        self.port, self.plc_port = servers.free_port(), servers.free_port()
        self._secret = secrets.token_hex(16)
        data = folder / "data"
        data.mkdir(parents=True)
        log = folder / "log"
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                ["node", HERE / "start.mjs", str(self.port), str(self.plc_port), data],
                cwd=INSTALLED,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=servers.dies_with_us(signal.SIGKILL),
            )
        servers.wait_for(self._answers, self._process, "Bluesky's server", log)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def account(self, name: str) -> Account:
        """A new account with an app password. At most 100 in five minutes."""
        handle = f"{name}.{HANDLES}"
        made = self.call(
            "com.atproto.server.createAccount",
            json={"email": f"{name}@{HANDLES}", "handle": handle, "password": PASSWORD},
        )
        token = made["accessJwt"]
        password = self.call("com.atproto.server.createAppPassword", token, json={"name": "hub"})["password"]
        return Account(made["did"], handle, password, token)

    def records(self, did: str, collection: str = "app.bsky.feed.post") -> list[dict[str, Any]]:
        """The records of an account, newest first."""
        query = {"repo": did, "collection": collection, "limit": "100"}
        return self.call("com.atproto.repo.listRecords", params=query)["records"]

    def found(self, did: str, text: str) -> list[dict[str, Any]]:
        """The posts of an account whose text has `text`."""
        return [record for record in self.records(did) if text in record["value"]["text"]]

    def call(self, method: str, token: str = "", **sent: Any) -> dict[str, Any]:
        """Call a method directly; RuntimeError where it is refused."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        verb = "POST" if "json" in sent or "data" in sent else "GET"
        answer = requests.request(verb, f"{self.url}/xrpc/{method}", headers=headers, timeout=10, **sent)
        if answer.status_code != 200:
            raise RuntimeError(f"{method}: {answer.status_code} {answer.text[:300]}")
        return answer.json() if answer.content else {}

    def forged(self, did: str, *, ended: float = 60, scope: str = "com.atproto.appPass") -> str:
        """An access token as the server makes them, which ended `ended` seconds ago."""
        now = int(time.time())
        claims = {
            "scope": scope,
            "sub": did,
            "aud": f"did:web:{HOST}",
            "iat": now - 9000,
            "exp": int(now - ended),
        }
        parts = [_part({"typ": "at+jwt", "alg": "HS256"}), _part(claims)]
        digest = hmac.new(self._secret.encode(), b".".join(parts), hashlib.sha256).digest()
        return b".".join([*parts, base64.urlsafe_b64encode(digest).rstrip(b"=")]).decode()

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", ""),
            "HOME": os.environ.get("HOME", ""),
            "NODE_ENV": "production",
            "LOG_ENABLED": "false",
            "PDS_HOSTNAME": HOST,
            "PDS_SERVICE_HANDLE_DOMAINS": f".{HANDLES}",
            "PDS_JWT_SECRET": self._secret,
            "PDS_ADMIN_PASSWORD": secrets.token_hex(16),
            "PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX": secrets.token_hex(32),
            "PDS_RATE_LIMITS_ENABLED": "true",
        }

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/xrpc/_health", timeout=1).status_code == 200
        except requests.RequestException:
            return False


class Internet:
    """What an `Http` with the stand-in `url` finds at real addresses: `<url>/<host>/<path>`.

    `front` is what the hub talks to and can break things; `pages` are further hosts.
    """

    def __init__(self, pds: Pds) -> None:
        self._pds = pds
        self.pages: dict[str, Callable[[Exchange], None] | Reply] = {}
        self._router = Proxy()
        self._router.on("*", "/as/", self._route)
        self.front = Proxy(("127.0.0.1", self._router.port))

    @property
    def url(self) -> str:
        return f"{self.front.url}/as"

    def close(self) -> None:
        self.front.close()
        self._router.close()

    def _route(self, exchange: Exchange) -> None:
        host, slash, rest = exchange.seen.path.removeprefix("/as/").partition("/")
        page = self.pages.get(f"{host}/{rest}")
        if isinstance(page, Reply):
            exchange.send(page)
        elif host == "plc.directory":
            exchange.send(self._ask(self._pds.plc_port, host, slash + rest, exchange))
        elif host.endswith(f".{HANDLES}") or (host, rest[: len(RESOLVING)]) == (PUBLIC, RESOLVING):
            exchange.send(self._ask(self._pds.port, host, slash + rest, exchange))
        else:
            exchange.send(Reply.of(404, {"error": "NotFound", "message": f"no {host} here"}))

    def _ask(self, port: int, host: str, path: str, exchange: Exchange) -> Reply:
        conn = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            dropped = {"connection", "host"}
            headers = {k: v for k, v in exchange.seen.headers.items() if k.lower() not in dropped}
            conn.request(exchange.seen.method, path, exchange.seen.body or None, {**headers, "Host": host})
            answer = conn.getresponse()
            kept = {k: v for k, v in answer.getheaders() if k.lower() not in HOP}
            return Reply(answer.status, kept, answer.read())
        finally:
            conn.close()


def _part(data: dict[str, Any]) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=")
