"""Instagram and Threads against the small server, and posts for them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from posts.platforms.base import (
    AppKeys,
    Content,
    Credentials,
    Image,
    PlatformError,
    Published,
    Video,
)
from posts.platforms.instagram import InstagramAdapter
from posts.platforms.threads import ThreadsAdapter
from tests.support import proxy

from .graph_server import SECRET, TOKEN, Graph

KEY = "0123456789abcdef"
WORDS = {
    "instagram": {"make": "media", "publish": "media_publish", "base": r"graph\.instagram\.com/v26\.0"},
    "threads": {"make": "threads", "publish": "threads_publish", "base": r"graph\.threads\.net/v1\.0"},
}


@dataclasses.dataclass
class Rig:
    """One of the two adapters, connected to a small server of ours."""

    adapter: InstagramAdapter | ThreadsAdapter
    graph: Graph
    credentials: Credentials

    @property
    def words(self) -> dict[str, str]:
        return WORDS[self.adapter.key]

    @property
    def make(self) -> str:
        return f"{self.words['base']}/17/{self.words['make']}$"

    @property
    def publishing(self) -> str:
        return f"{self.words['base']}/17/{self.words['publish']}$"

    @property
    def listed(self) -> str:
        return rf"{self.words['base']}/17/{self.words['make']}\?"

    def made(self) -> list[dict[str, str]]:
        return [self.graph.form(one) for one in self.graph.seen("POST", self.make)]

    def stage(self, content: Content, staged: dict | None = None, deadline: float = 5) -> dict:
        staged = json.loads(json.dumps(staged or {}))
        return self.adapter.stage(content, self.credentials, staged=staged, deadline=deadline)

    def publish(self, content: Content, staged: dict, deadline: float = 5) -> Published:
        return self.adapter.publish(content, self.credentials, staged=staged, key=KEY, deadline=deadline)

    def look(self, content: Content, staged: dict, since: timedelta = timedelta(minutes=-1)):
        moment = datetime.now(UTC) + since
        return self.adapter.read_back(
            content, self.credentials, staged=staged, key=KEY, since=moment, deadline=5
        )

    def container(self, staged: dict) -> dict:
        return self.graph.containers[staged["container"]]


def image(uid: str, alt: str = "") -> Image:
    return Image(
        uid, "image/jpeg", 1080, 1080, 1000, alt, lambda: b"x", f"https://hub.example.org/m/{uid}.jpg"
    )


def video(uid: str = "v1", url: str = "https://hub.example.org/m/v1.mp4") -> Video:
    return Video(uid, "video/mp4", 720, 1280, 20.0, 5000, "", lambda: None, url)


ONE = Content("Hello from the harbour", images=(image("u1", "A red boat"),))
THREE = Content("Three boats", images=(image("u1", "red"), image("u2", "blue"), image("u3")))
FILM = Content("A film", video=video())
ALL = [ONE, THREE, FILM]


def failure(call) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        call()
    return caught.value


# What can happen to an answer after the platform did what it was asked.
LOST = [
    proxy.commit_then_drop,
    proxy.commit_then_reset,
    proxy.error_after_commit,
    proxy.truncate,
    proxy.not_json,
    proxy.empty_object,
    proxy.garbage,
]


@contextmanager
def rig_of(platform: str, server: Graph) -> Iterator[Rig]:
    """The adapter of `platform` with an account on a server as in the beginning."""
    server.reset()
    server.site = f"www.{platform}.com"
    http = server.http()
    adapter = {"instagram": InstagramAdapter, "threads": ThreadsAdapter}[platform](
        http, app=AppKeys("app", SECRET), poll_seconds=0.01
    )
    yield Rig(adapter, server, Credentials("", "17", {"access_token": TOKEN}))
    http.close()
