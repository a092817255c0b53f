"""Fixtures of the whole suite. tests/support/environment.py has run before this file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.core.cache import caches
from django.test import TransactionTestCase, override_settings

from tests.support import chromium, environment, network, servers
from tests.support.cast import cast  # noqa: F401 - a fixture
from tests.support.pieces import missing
from tests.support.practice import practice, practice_process  # noqa: F401 - fixtures

NEEDS = {"browser": "browser", "redis_server": "redis"}  # fixture -> marker

guard = network.Guard()


def pytest_configure(config: pytest.Config) -> None:
    guard.install()
    override_settings(
        PASSWORD_HASHERS=[
            "django.contrib.auth.hashers.MD5PasswordHasher"
        ],  # signing in is not what is tested
        CACHES={
            name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": name}
            for name in ("default", "process")
        },
    ).enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by the fixtures they use, so that `-m "not browser"` needs no care while writing them."""
    for item in items:
        for fixture, marker in NEEDS.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)


# ---- the database


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """SQLite in a file, as in real use: threads of one test share it, which memory would not allow."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database.setdefault("TEST", {})["NAME"] = str(environment.folder() / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """Append-only tables refuse to be emptied, also after a transactional test: lift that for the flush.
    It ends with post_migrate, which puts the triggers back."""
    from django.db import connection

    from chapters.guards import GUARDS
    from hubsite.lib.db_guards import remove_append_only

    flush = TransactionTestCase._fixture_teardown

    def lift_and_flush(case: TransactionTestCase) -> None:
        remove_append_only(connection, GUARDS)
        flush(case)

    TransactionTestCase._fixture_teardown = lift_and_flush
    yield
    TransactionTestCase._fixture_teardown = flush


@pytest.fixture
def postgresql(db: None) -> None:
    """For tests of what only PostgreSQL does; on SQLite they have nothing to prove."""
    from django.db import connection

    if connection.vendor == "postgresql":
        return
    if why := os.environ.get("HUB_TESTS_NO_POSTGRES"):
        missing(why)
    pytest.skip("this run is on SQLite")


# ---- what surrounds every test


@pytest.fixture(autouse=True)
def _clean_cache() -> None:
    for each in caches.all(initialized_only=True):
        each.clear()


@pytest.fixture(autouse=True)
def _own_media(settings) -> None:
    settings.MEDIA_ROOT = environment.folder() / "media"


@pytest.fixture(autouse=True)
def _loopback_only() -> Iterator[None]:
    guard.refused.clear()
    guard.on = True
    yield
    guard.on = False
    if guard.refused:
        pytest.fail(f"the test reached beyond this machine: {', '.join(guard.refused)}", pytrace=False)


@dataclass(frozen=True)
class Wake:
    """One wake-up that the code under test sent."""

    task: str
    queue: str


class _RecordingCelery:
    """Stands in for the Celery app inside hubsite.lib.broker: however `wake` was imported, it ends here."""

    def __init__(self, wakes: list[Wake]) -> None:
        self.wakes = wakes

    def connection_for_write(self) -> _RecordingCelery:
        return self

    def __enter__(self) -> _RecordingCelery:
        self.transport_options: dict[str, object] = {}
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def send_task(self, task: str, *, queue: str, **options: object) -> None:
        self.wakes.append(Wake(task, queue))


@pytest.fixture(autouse=True)
def wakes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[Wake]:
    """The wake-ups sent so far; nothing reaches a broker but in tests marked `real_broker`."""
    from hubsite.lib import broker

    sent: list[Wake] = []
    monkeypatch.setattr(broker, "_resting_until", 0.0)
    if not request.node.get_closest_marker("real_broker"):
        monkeypatch.setattr(broker, "current_app", _RecordingCelery(sent))
    return sent


# ---- servers and the browser


@pytest.fixture(scope="session")
def redis_server() -> Iterator[servers.Redis]:
    """A Redis of this test process; `freeze()` and `thaw()` are for tests of a broker in trouble."""
    try:
        server = servers.Redis.start(environment.folder() / "redis")
    except servers.NotToBeHad as reason:
        missing(str(reason))
    yield server
    server.stop()


@pytest.fixture
def redis_url(redis_server: servers.Redis) -> Iterator[str]:
    """The address of an empty Redis."""
    import redis

    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    yield redis_server.url
    redis_server.thaw()


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """Chromium, driven by Playwright."""
    try:
        path = chromium.executable()
    except servers.NotToBeHad as reason:
        missing(str(reason))
    from playwright.sync_api import sync_playwright

    # Playwright runs an event loop on this thread, in which Django would refuse to talk to its database
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=chromium.ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def new_page(browser) -> Iterator[Callable]:
    """Opens pages, each with cookies of its own: `new_page(width=360, javascript=False)`."""
    contexts = []

    def open_page(*, width: int = 1280, height: int = 900, javascript: bool = True, **options):
        context = browser.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=javascript,
            locale="en-GB",
            timezone_id="UTC",
            **options,
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
