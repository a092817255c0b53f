"""What the tests of central platforms share: a client whose every call goes to one scripted server."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from posts.platforms.base import PlatformError, Video
from posts.platforms.egress import Egress
from posts.platforms.http import Http
from tests.support.proxy import Proxy, Reply

CANARY = "canary-77aa01"
BACK = "http://127.0.0.1:9/accounts/connected"
VERIFIER = "v" * 64


def standing_in(server: Proxy) -> Http:
    """A client that reaches `https://host/path` as `/as/host/path` of `server`, and nothing else."""
    return Http(Egress(allow_loopback=True, origin=server.url), stand_in=f"{server.url}/as")


def script(server: Proxy, answers: dict[str, Reply | Callable]) -> None:
    """`{"POST api.x.com/2/tweets$": reply}`; what comes first counts, times without end."""
    for place, reply in answers.items():
        method, path = place.split(" ", 1)
        server.on(method, f"/as/{path}", reply)


def failure(call: Callable[[], Any]) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        call()
    told = f"{caught.value.message} {caught.value.detail}"
    assert CANARY not in told
    assert "?" not in caught.value.detail.partition(", ")[0]
    return caught.value


def film(uid: str = "film", size: int = 10, alt: str = "", seconds: float = 5) -> Video:
    """A video of `size` bytes, which no platform here looks into."""
    data = bytes(number % 251 for number in range(size))
    return Video(uid, "video/mp4", 640, 360, seconds, size, alt, lambda: io.BytesIO(data))
