"""A small HTTP server for tests that misbehaves on request, alone or in front of a real server.

It stands between an adapter and the server under test, passes requests on unchanged (Host included), and lets
a test break single exchanges in the ways real networks do. Everything it received is in `requests`.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "server", "date"}


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Reply:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def of(cls, status: int, data=None, **headers: str) -> Reply:
        body = b"" if data is None else json.dumps(data).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status, {"Content-Type": "application/json", **named}, body)


Behaviour = Callable[["Exchange"], None]


@dataclass
class Rule:
    method: str
    path: re.Pattern[str]
    behave: Behaviour
    times: int | None


class Exchange:
    """One request and the raw connection to answer it on."""

    def __init__(self, handler: _Handler, seen: Seen) -> None:
        self.handler = handler
        self.seen = seen

    def upstream(self) -> Reply:
        """Pass the request on, and return the answer without sending it back."""
        proxy = self.handler.server.proxy
        if proxy.target is None:
            return proxy.otherwise
        conn = http.client.HTTPConnection(*proxy.target, timeout=20)
        try:
            headers = {k: v for k, v in self.seen.headers.items() if k.lower() != "connection"}
            conn.request(self.seen.method, self.seen.path, self.seen.body or None, headers)
            answer = conn.getresponse()
            kept = {k: v for k, v in answer.getheaders() if k.lower() not in HOP}
            return Reply(answer.status, kept, answer.read())
        finally:
            conn.close()

    def send(self, reply: Reply, *, length: int | None = None) -> None:
        self.head(reply.status, {**reply.headers, "Content-Length": str(length or len(reply.body))})
        self.raw(reply.body)

    def head(self, status: int, headers: dict[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers.items())]
        self.raw("\r\n".join(lines).encode() + b"\r\n\r\n")

    def raw(self, data: bytes) -> None:
        self.handler.wfile.write(data)
        self.handler.wfile.flush()

    def drip(self, piece: bytes, *, every: float) -> None:
        """Send `piece` again and again until the other side hangs up."""
        while not self.handler.server.proxy.stopping.wait(every):
            self.raw(piece)

    def hang_up(self, *, reset: bool = False) -> None:
        """Close the connection now; with `reset` the other side sees it broken instead of ended."""
        sock = self.handler.connection
        if reset:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.handler.server.proxy.forget(sock)
            sock.close()
        self.handler.close_connection = True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle(self) -> None:
        try:
            super().handle()
        except (OSError, ValueError):
            self.close_connection = True

    def _serve(self) -> None:
        proxy = self.server.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        seen = Seen(self.command, self.path, dict(self.headers.items()), body, id(self.connection))
        proxy.requests.append(seen)
        exchange = Exchange(self, seen)
        behave = proxy.take(seen)
        if behave:
            behave(exchange)
        else:
            exchange.send(exchange.upstream())

    do_GET = do_POST = do_PUT = do_DELETE = _serve

    def log_message(self, *args) -> None:
        pass


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
    block_on_close = False

    def get_request(self):
        request = super().get_request()
        self.proxy.accepted.append(request[0])
        return request

    def handle_error(self, request, client_address) -> None:
        pass


class Proxy:
    """Listens on a free port of this machine; `target` is the real server's address, or None for none."""

    def __init__(self, target: tuple[str, int] | None = None, *, wrap=None) -> None:
        self.target = target
        self.otherwise = Reply.of(404, {"error": "Record not found"})  # where there is no real server
        self.requests: list[Seen] = []
        self.accepted: list[socket.socket] = []
        self.stopping = threading.Event()
        self._rules: list[Rule] = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        if wrap:
            self._server.socket = wrap(self._server.socket)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def on(self, method: str, path: str, behave: Behaviour | Reply, *, times: int | None = None) -> None:
        """From now on treat requests whose path matches the expression `path` so, `times` times."""
        if isinstance(behave, Reply):
            reply = behave

            def behave(exchange: Exchange) -> None:
                exchange.send(reply)

        with self._lock:
            self._rules.append(Rule(method, re.compile(path), behave, times))

    def take(self, seen: Seen) -> Behaviour | None:
        with self._lock:
            for rule in self._rules:
                if rule.method in ("*", seen.method) and rule.path.match(seen.path):
                    if rule.times is not None:
                        rule.times -= 1
                        if rule.times <= 0:
                            self._rules.remove(rule)
                    return rule.behave
        return None

    def clear(self) -> None:
        """Forget rules and what was seen."""
        with self._lock:
            self._rules.clear()
        self.requests.clear()

    def forget(self, sock: socket.socket) -> None:
        if sock in self.accepted:
            self.accepted.remove(sock)

    def seen(self, method: str, path: str) -> list[Seen]:
        return [one for one in list(self.requests) if one.method == method and re.match(path, one.path)]

    def close_connections(self) -> None:
        """End every open connection, as a server does with idle ones."""
        for sock in list(self.accepted):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            self.forget(sock)

    def close(self) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self.close_connections()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


# What can go wrong, as behaviours for `Proxy.on`.


def commit_then_drop(exchange: Exchange) -> None:
    """The server does what it was asked; the answer is lost."""
    exchange.upstream()
    exchange.hang_up()


def commit_then_reset(exchange: Exchange) -> None:
    exchange.upstream()
    exchange.hang_up(reset=True)


def drop_before(exchange: Exchange) -> None:
    """The connection breaks before the server sees the request."""
    exchange.hang_up()


def error_after_commit(exchange: Exchange) -> None:
    """The server does what it was asked and then answers 500."""
    exchange.upstream()
    exchange.send(Reply.of(500, {"error": "Internal server error"}))


def truncate(exchange: Exchange) -> None:
    """The answer ends in the middle of its body."""
    reply = exchange.upstream()
    half = Reply(reply.status, reply.headers, reply.body[: len(reply.body) // 2])
    exchange.send(half, length=len(reply.body))
    exchange.hang_up()


def drip_body(exchange: Exchange) -> None:
    """An answer that arrives one byte at a time and never ends."""
    exchange.upstream()
    exchange.head(200, {"Content-Length": "1000000", "Content-Type": "application/json"})
    exchange.drip(b" ", every=0.05)


def drip_body_then_close(exchange: Exchange) -> None:
    """The same, announced as ending with the connection."""
    exchange.upstream()
    exchange.head(200, {"Connection": "close"})
    exchange.drip(b" ", every=0.05)


def drip_headers(exchange: Exchange) -> None:
    """A header that never ends, one byte at a time."""
    exchange.upstream()
    exchange.raw(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    exchange.drip(b"x", every=0.05)


def flood_headers(exchange: Exchange) -> None:
    """Header lines without end, as fast as they go."""
    exchange.upstream()
    exchange.raw(b"HTTP/1.1 200 OK\r\n")
    exchange.drip(b"X-More: and more\r\n" * 50, every=0.001)


def odd_headers(exchange: Exchange) -> None:
    """Header lines that are none, around a proper answer."""
    exchange.upstream()
    exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nno colon here\r\n : x\r\n\r\n{}")


def continue_for_ever(exchange: Exchange) -> None:
    """Interim answers without a final one."""
    exchange.upstream()
    exchange.drip(b"HTTP/1.1 100 Continue\r\n\r\n", every=0.02)


def endless_body(exchange: Exchange) -> None:
    """A body without end, as fast as it goes."""
    exchange.upstream()
    exchange.head(200, {"Transfer-Encoding": "chunked"})
    exchange.drip(b"4000\r\n" + b"x" * 0x4000 + b"\r\n", every=0.0001)


def silence(exchange: Exchange) -> None:
    """The server does what it was asked and says nothing."""
    exchange.upstream()
    exchange.handler.server.proxy.stopping.wait(30)
    exchange.hang_up()


def garbage(exchange: Exchange) -> None:
    exchange.upstream()
    exchange.raw(b"220 mail.example.org ESMTP\r\n")
    exchange.hang_up()


def not_json(exchange: Exchange) -> None:
    exchange.upstream()
    exchange.send(Reply(200, {"Content-Type": "text/html"}, b"<html>Welcome</html>"))


def empty_object(exchange: Exchange) -> None:
    exchange.upstream()
    exchange.send(Reply.of(200, {}))


def redirect_to(url: str, status: int = 302) -> Reply:
    return Reply(status, {"Location": url})


def process_media(proxy: Proxy, *, pending: int) -> None:
    """From now on media are accepted with 202 and need `pending` further looks (206) until they are ready."""
    left: dict[str, int] = {}

    def accept(exchange: Exchange) -> None:
        reply = exchange.upstream()
        media = json.loads(reply.body)
        left[media["id"]] = pending
        exchange.send(Reply.of(202, {**media, "url": None}))

    def look(exchange: Exchange) -> None:
        media_id = exchange.seen.path.rpartition("/")[2]
        reply = exchange.upstream()
        if left.get(media_id, 0) > 0:
            left[media_id] -= 1
            exchange.send(Reply.of(206, {**json.loads(reply.body), "url": None}))
        else:
            exchange.send(reply)

    proxy.on("POST", r"/api/v2/media$", accept)
    proxy.on("GET", r"/api/v1/media/", look)


def wait_until(true: Callable[[], bool], seconds: float = 3.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.01)
    return False
