"""Platforms made up for tests of connecting: one that offers several accounts, one with app passwords."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest

from posts.platforms import registry
from posts.platforms.base import (
    Adapter,
    AppKeys,
    AuthExpired,
    Connection,
    Idempotency,
    Limits,
    Listing,
    Mark,
    PlatformError,
    Profile,
    SignIn,
)

TOKEN = "a-token-of-a-page"


def page(number: int, **terms: Any) -> Connection:
    """What connecting a Page yields."""
    profile = Profile(f"page-{number}", f"@page{number}", f"Page {number}", kind="Page")
    return Connection(profile, {"access_token": f"{TOKEN}-{number}"}, scopes=("write",), **terms)


@dataclass
class Fake(Adapter):
    """Says what it is told to say, and remembers what it was asked."""

    key = "fakepages"
    label = "Fake Pages"
    mark = Mark("F", "platform-fakepages")
    idempotency = Idempotency.NONE
    needs_host = False
    stage_ahead = 60.0

    found: tuple[Connection, ...] = (page(1),)
    renewed: Connection | None = None
    app: AppKeys | None = None
    error: PlatformError | None = None
    asked: list[str] = field(default_factory=list)

    def limits(self, capabilities: Any) -> Limits:
        return Limits(text_max=500)

    def check(self, content: Any, limits: Limits) -> list[Any]:
        return []

    def listing(self, capabilities: Any) -> Listing:
        return Listing.NONE

    def clean_host(self, typed: str) -> str:
        return typed

    def register_app(self, host: str, **details: Any) -> AppKeys | None:
        return self.app

    def authorize_url(self, host: str, app: AppKeys | None, *, state: str, **details: Any) -> str:
        return f"https://fake.example.org/ask?{urlencode({'state': state})}"

    def exchange(self, host: str, app: AppKeys | None, *, code: str, **details: Any) -> Any:
        self._answer("exchange")
        return self.found

    def refresh(self, credentials: Any, app: AppKeys | None, *, deadline: float) -> Connection | None:
        self._answer("refresh")
        return self.renewed

    def revoke(self, credentials: Any, app: AppKeys | None, *, deadline: float) -> None:
        self._answer("revoke")

    def _answer(self, call: str) -> None:
        self.asked.append(call)
        if self.error is not None:
            raise self.error


@dataclass
class FakeWithPasswords(Fake):
    """Connects by a password made for apps."""

    key = "fakewords"
    label = "Fake Words"
    sign_in = SignIn.PASSWORD

    def log_in(self, identifier: str, password: str, *, deadline: float) -> tuple[str, Connection]:
        self._answer("log_in")
        if password != "right-one":
            raise AuthExpired("Fake Words does not know this handle and app password. Type them once more.")
        return "words.example.org", self.found[0]


def _on_offer(adapter: Fake) -> Iterator[Fake]:
    registry._adapters[adapter.key] = adapter
    yield adapter
    registry._adapters.pop(adapter.key, None)


@pytest.fixture
def pages() -> Iterator[Fake]:
    """A platform that offers Pages."""
    yield from _on_offer(Fake())


@pytest.fixture
def words() -> Iterator[FakeWithPasswords]:
    """A platform with app passwords."""
    yield from _on_offer(FakeWithPasswords())
