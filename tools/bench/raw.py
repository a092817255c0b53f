"""The loops that the engine is compared with: no database, no order, no memory, only the calls.

`python -m tools.bench.raw KIND PORT IN_FLIGHT FILE` posts what FILE holds, one JSON object a line, with
IN_FLIGHT requests at once: first one warm-up post for each, then `ready` is printed, then, from the moment
that is read from standard input, the rest. KIND is one of

requests   what one would write by hand: threads, one `requests.Session` each
sockets    the least a client can do: keep-alive connections of one event loop, requests made beforehand,
           nothing read of an answer but its status and length
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

TIMEOUT = 30.0  # seconds for one call
TOKEN = "raw-token"


def write_posts(path: Path, label: str, number: int) -> list[str]:
    """Write `number` posts to `path`. Returns their texts."""
    texts = [f"{label} {each}" for each in range(number)]
    path.write_text("".join(json.dumps({"text": text, "key": uuid.uuid4().hex}) + "\n" for text in texts))
    return texts


def body_of(post: dict[str, str]) -> dict[str, object]:
    """What the adapter sends, too."""
    return {"text": post["text"], "link": "", "media_ids": []}


def wait_for_the_start() -> None:
    print("ready", flush=True)
    start = float(sys.stdin.readline())
    time.sleep(max(0.0, start - time.time()))


# ---- requests


def by_requests(port: int, in_flight: int, posts: list[dict[str, str]]) -> None:
    import requests

    url = f"http://127.0.0.1:{port}/api/posts"
    left = iter(posts)
    taking = threading.Lock()
    ready, started = threading.Barrier(in_flight + 1), threading.Event()
    failures: list[BaseException] = []

    def send(session: requests.Session, post: dict[str, str]) -> None:
        answer = session.post(
            url,
            json=body_of(post),
            headers={"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": post["key"]},
            timeout=TIMEOUT,
        )
        if answer.status_code != 201 or not answer.json()["id"]:
            raise RuntimeError(f"answered {answer.status_code}")

    def loop() -> None:
        with requests.Session() as session:
            session.trust_env = False  # looking for proxies and netrc at each call would only slow it down
            try:
                send(session, {"text": "warm-up", "key": uuid.uuid4().hex})
                ready.wait(TIMEOUT)
                started.wait(TIMEOUT)
                while True:
                    with taking:
                        post = next(left, None)
                    if post is None:
                        return
                    send(session, post)
            except BaseException as error:
                failures.append(error)
                ready.abort()
                raise

    threads = [threading.Thread(target=loop) for _ in range(in_flight)]
    for thread in threads:
        thread.start()
    ready.wait(TIMEOUT)
    wait_for_the_start()
    started.set()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


# ---- sockets


def request_of(port: int, post: dict[str, str]) -> bytes:
    body = json.dumps(body_of(post)).encode()
    head = (
        f"POST /api/posts HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: bench\r\n"
        f"Accept: application/json\r\nAuthorization: Bearer {TOKEN}\r\nIdempotency-Key: {post['key']}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Line(asyncio.Protocol):
    """One connection: sends the next request when the last one is answered."""

    def __init__(self) -> None:
        self.left: Iterator[bytes] = iter(())
        self.buffer = b""
        self.idle: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    async def run(self, left: Iterator[bytes]) -> None:
        """Send all of `left` that other lines do not take."""
        self.left = left
        self.idle = asyncio.get_running_loop().create_future()
        self._next()
        await self.idle

    def _next(self) -> None:
        request = next(self.left, None)
        if request is None:
            self.idle.set_result(None)
        else:
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        length = self.buffer.index(b"Content-Length: ") + 16
        whole = end + 4 + int(self.buffer[length : self.buffer.index(b"\r\n", length)])
        if len(self.buffer) < whole:
            return
        if not self.buffer.startswith(b"HTTP/1.1 201"):
            self.connection_lost(RuntimeError(self.buffer[:40].decode()))
            return
        self.buffer = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.idle.done():
            self.idle.set_exception(error or ConnectionError("closed by the platform"))


async def by_sockets(port: int, in_flight: int, posts: list[dict[str, str]]) -> None:
    loop = asyncio.get_running_loop()
    lines = [(await loop.create_connection(Line, "127.0.0.1", port))[1] for _ in range(in_flight)]
    warm = iter([request_of(port, {"text": "warm-up", "key": uuid.uuid4().hex}) for _ in lines])
    requests = iter([request_of(port, post) for post in posts])
    await asyncio.gather(*(line.run(warm) for line in lines))
    wait_for_the_start()
    await asyncio.gather(*(line.run(requests) for line in lines))
    for line in lines:
        line.transport.close()


def main(kind: str, port: str, in_flight: str, file: str) -> None:
    posts = [json.loads(line) for line in Path(file).read_text().splitlines()]
    if kind == "requests":
        by_requests(int(port), int(in_flight), posts)
    else:
        asyncio.run(by_sockets(int(port), int(in_flight), posts))


if __name__ == "__main__":
    main(*sys.argv[1:])
