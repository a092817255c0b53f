"""A Facebook Page on the small server, posts for it, and the calls that tests make."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from posts.platforms.base import (
    AppKeys,
    Content,
    Credentials,
    Image,
    PlatformError,
    Video,
)
from posts.platforms.facebook import FacebookAdapter

from .graph_server import CODE, SECRET, TOKEN, Graph

BACK = "https://hub.example.org/accounts/connected"
KEY = "0123456789abcdef"
BASE = r"graph\.facebook\.com/v26\.0"
FEED, PHOTOS, VIDEOS = rf"{BASE}/17/feed\?", rf"{BASE}/17/photos$", rf"{BASE}/17/videos$"
LISTED = rf"{BASE}/17/published_posts\?"
CREDENTIALS = Credentials("", "17", {"access_token": TOKEN, "user_token": TOKEN})


def page(number: int, *tasks: str, **more) -> dict:
    told = {"id": str(number), "name": f"Chapter {number}", "access_token": f"page-token-{number}"}
    return {**told, "tasks": list(tasks), **more}


OFFLINE = FacebookAdapter(None, app=AppKeys("app", SECRET))


def failure(call) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        call()
    return caught.value


def image(uid: str = "u1", alt: str = "") -> Image:
    return Image(uid, "image/jpeg", 1080, 800, 3, alt, lambda: uid.encode())


def film(data: bytes = b"0123456789") -> Video:
    return Video("v", "video/mp4", 720, 1280, 20.0, len(data), "", lambda: io.BytesIO(data))


def connect(adapter: FacebookAdapter, code: str = CODE):
    return adapter.exchange("", None, code=code, redirect_uri=BACK, code_verifier="v" * 43, deadline=5)


def stage(adapter, content: Content, staged: dict | None = None, deadline: float = 20) -> dict:
    staged = json.loads(json.dumps(staged or {}))
    return adapter.stage(content, CREDENTIALS, staged=staged, deadline=deadline)


def publish(adapter, content: Content, staged: dict | None = None, deadline: float = 5):
    return adapter.publish(content, CREDENTIALS, staged=staged or {}, key=KEY, deadline=deadline)


def look(adapter, content: Content, staged: dict | None = None, since: timedelta = timedelta(minutes=-1)):
    moment = datetime.now(UTC) + since
    return adapter.read_back(content, CREDENTIALS, staged=staged or {}, key=KEY, since=moment, deadline=5)


def sent(graph: Graph) -> dict[str, str]:
    return graph.form(graph.seen("POST", FEED)[-1])
