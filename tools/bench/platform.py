"""The platform: `python -m tools.bench.platform` serves what the practice network's adapter needs to post.

One process, one event loop, no framework, so that the server takes as little as possible from whoever is
measured. It answers `POST /api/posts` after a fixed latency and notes when the request was complete. A key
(`Idempotency-Key`) that comes again is a duplicate: it is counted, noted and answered with the first id, the
moment and text stand in the report like any other receipt.

Under `/bench/` the benchmark sets the latency and takes the report; `Platform` is that side.
"""

from __future__ import annotations

import asyncio
import gc
import http.client
import json
import re
import secrets
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
KEY = re.compile(rb"\r\nidempotency-key:\s*([^\r]*)", re.IGNORECASE)
LIMITS = {
    "text_max": 500, "url_length": 23, "images_max": 4, "image_bytes_max": 8 * 1024 * 1024,
    "image_pixels_max": 33_177_600, "image_types": ["image/jpeg", "image/png"], "alt_max": 1500,
    "link_max": 2048,
}  # fmt: skip


class Book:
    """What was received since the last `begin`."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop
        self.latency = 0.0
        self.prefix = secrets.token_hex(3)
        self.made = 0
        self.kept: dict[bytes, str] = {}  # keys of earlier rounds
        self.begin(latency=0.0, keep=False)

    def begin(self, *, latency: float, keep: bool) -> None:
        """Start a new round. `keep` remembers the keys of the one that ends: a late repeat is still seen."""
        if keep:
            self.kept |= self.keys
        self.latency = latency
        self.keys: dict[bytes, str] = {}
        self.receipts: list[tuple[float, bytes]] = []
        self.repeats = self.flying = self.peak = self.others = 0

    def receive(self, key: bytes, body: bytes) -> str:
        """Note a post and give it an id, the first one's where the key is known."""
        self.receipts.append((time.time(), body))
        self.flying += 1
        self.peak = max(self.peak, self.flying)
        known = self.keys.get(key) or self.kept.get(key)
        if known:
            self.repeats += 1
            return known
        self.made += 1
        self.keys[key] = post_id = f"{self.prefix}{self.made:x}"
        return post_id

    def report(self) -> dict[str, Any]:
        return {
            "receipts": [(at, json.loads(body).get("text", "")) for at, body in self.receipts],
            "repeats": self.repeats,
            "peak": self.peak,
            "others": self.others,
        }


class Conversation(asyncio.Protocol):
    """One keep-alive connection. Requests have a body of announced length and are not pipelined."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer = self.buffer + data if self.buffer else data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.buffer[:end]
        found = LENGTH.search(head)
        whole = end + 4 + (int(found[1]) if found else 0)
        if len(self.buffer) < whole:
            return
        body, self.buffer = self.buffer[end + 4 : whole], self.buffer[whole:]
        self.answer(head, body)

    def answer(self, head: bytes, body: bytes) -> None:
        method, path, _ = head.split(b" ", 2)
        if method == b"POST" and path == b"/api/posts":
            key = KEY.search(head)
            post_id = self.book.receive(key[1] if key else b"", body)
            if self.book.latency:
                self.book.loop.call_later(self.book.latency, self.accepted, post_id)
            else:
                self.accepted(post_id)
        elif path.startswith(b"/bench/"):
            self.control(path, body)
        elif path == b"/api/limits":
            self.write(b"200 OK", json.dumps(LIMITS).encode())
        else:
            self.book.others += 1
            self.write(b"404 Not Found", b'{"error":"not_found","message":"Not here."}')

    def accepted(self, post_id: str) -> None:
        self.book.flying -= 1
        self.write(b"201 Created", b'{"id":"%s","url":""}' % post_id.encode())

    def control(self, path: bytes, body: bytes) -> None:
        if path == b"/bench/begin":
            self.book.begin(**json.loads(body))
            self.write(b"200 OK", b"{}")
        elif path == b"/bench/count":
            self.write(b"200 OK", b'{"count":%d}' % len(self.book.receipts))
        else:
            self.write(b"200 OK", json.dumps(self.book.report()).encode())

    def write(self, status: bytes, body: bytes) -> None:
        self.transport.write(
            b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (status, len(body), body)
        )


async def serve() -> None:
    """Serve for ever on a free port, which is printed."""
    book = Book()
    book.loop = asyncio.get_running_loop()
    server = await book.loop.create_server(lambda: Conversation(book), "127.0.0.1", 0, backlog=512)
    gc.disable()  # nothing here makes cycles worth a pause
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


# ---- the benchmark's side


@dataclass(frozen=True)
class Received:
    """What the platform saw in one round."""

    receipts: list[tuple[float, str]]  # seconds since the epoch and the post's text, in order
    repeats: int  # known keys that came again
    peak: int  # requests in flight at once
    others: int  # requests for anything else

    @property
    def times(self) -> list[float]:
        return [at for at, _ in self.receipts]

    def first(self) -> dict[str, float]:
        """When each text came first."""
        return {text: at for at, text in reversed(self.receipts)}

    def duplicates(self) -> int:
        """Receipts beyond each post's first, whatever key they came with."""
        return sum(Counter(text for _, text in self.receipts).values()) - len(self.first())


class Platform:
    """A running platform, as the benchmark drives it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def begin(self, latency: float, *, keep: bool = True) -> None:
        """Forget the receipts so far and answer after `latency` seconds from now on."""
        self._ask("begin", latency=latency, keep=keep)

    def count(self) -> int:
        return self._ask("count")["count"]

    def received(self) -> Received:
        report = self._ask("report")
        return Received([(at, text) for at, text in report.pop("receipts")], **report)

    def wait_for(self, number: int, *, seconds: float) -> bool:
        """Wait until `number` posts were received; False where that takes more than `seconds`."""
        end = time.monotonic() + seconds
        while self.count() < number:
            if time.monotonic() > end:
                return False
            time.sleep(0.1)
        return True

    def _ask(self, what: str, **sent: Any) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", f"/bench/{what}", json.dumps(sent).encode())
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


if __name__ == "__main__":
    asyncio.run(serve())
