"""The main job, end to end: a chapter's post is written, approved, scheduled and really goes out.

The hub runs as `make run` starts it: four processes, production settings. A browser does what people do.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import psycopg2
import pytest
import requests
from playwright.sync_api import Page

from tests.support import environment, posts, processes
from tests.support.hub import ROOT, Hub, running_hub
from tests.support.seed_hub import PASSWORD

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("journey")]

ALT = "A teal field, as seen from above"


def seed(hub: Hub) -> None:
    kept = (hub.data / "hub.env").read_text().splitlines()
    made = dict(line.split("=", 1) for line in kept if "=" in line and not line.startswith("#"))
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.seed_hub"],
        env=hub.env | made | {"SANDBOX_URL": hub.sandbox_url, "HUB_URL": hub.url, "HUB_ALLOW_LOOPBACK": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["handle"] == "leeds"


@pytest.fixture(scope="module")
def small_hub() -> Iterator[Hub]:
    """SQLite and folders: what a newcomer has."""
    with running_hub(processes.data_folder("journey"), HUB_DEMO="0") as hub:
        seed(hub)
        yield hub


@pytest.fixture(scope="module")
def big_hub(redis_server) -> Iterator[Hub]:
    """PostgreSQL and Redis: what an organization runs."""
    if environment.wants_sqlite() or os.environ.get("HUB_TESTS_NO_POSTGRES"):
        pytest.skip("this run is on SQLite")
    name = f"journey_{os.getpid()}"
    url = urlsplit(os.environ["DATABASE_URL"])
    with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
    own = url._replace(path=f"/{name}").geturl()
    data = processes.data_folder("journey-big")
    with running_hub(data, HUB_DEMO="0", DATABASE_URL=own, REDIS_URL=redis_server.url) as hub:
        seed(hub)
        yield hub


# ---- how people work the page


class Mouse:
    """Points and clicks, with or without script."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def write(self, selector: str, text: str) -> None:
        self.page.fill(selector, text)

    def press(self, selector: str) -> None:
        self.page.click(selector)

    def tick(self, selector: str) -> None:
        self.page.check(selector)

    def choose_file(self, selector: str, file: dict) -> None:
        self.page.set_input_files(selector, file)

    def set_time(self, at: datetime) -> None:
        self.write("#schedule input[type=date]", f"{at:%Y-%m-%d}")
        self.write("#schedule input[type=time]", f"{at:%H:%M:%S}")


class Keys(Mouse):
    """Keyboard alone. Whatever gets the focus has to show it."""

    def go_to(self, selector: str) -> None:
        wanted = self.page.locator(selector).first.element_handle()
        for _ in range(200):
            if self.page.evaluate("e => document.activeElement === e", wanted):
                assert self.page.evaluate(SHOWS_FOCUS), f"no visible focus on {selector}"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never came to {selector}")

    def write(self, selector: str, text: str) -> None:
        self.go_to(selector)
        self.page.keyboard.type(text)

    def press(self, selector: str) -> None:
        self.go_to(selector)
        self.page.keyboard.press("Enter")

    def tick(self, selector: str) -> None:
        if not self.page.is_checked(selector):
            self.go_to(selector)
            self.page.keyboard.press("Space")

    def choose_file(self, selector: str, file: dict) -> None:
        choosers: list = []
        self.page.on("filechooser", choosers.append)
        self.go_to(selector)
        for _ in range(5):  # the browser takes a moment to hand its dialogs over to us
            self.page.keyboard.press("Enter")
            for _ in range(20):
                if choosers:
                    choosers[0].set_files(file)
                    return
                self.page.wait_for_timeout(100)
        raise AssertionError(f"Enter on {selector} opened no file chooser")

    def set_time(self, at: datetime) -> None:
        at += timedelta(seconds=30)  # the field takes minutes: the nearest one that is not over
        day, clock = "#schedule input[type=date]", "#schedule input[type=time]"
        self.write_parts(day, f"{at:%d%m%Y}", f"{at:%m%d%Y}", becomes=f"{at:%Y-%m-%d}")
        self.write_parts(clock, f"{at:%H%M}", f"{at:%I%M%p}", becomes=f"{at:%H:%M}")

    def write_parts(self, selector: str, *orders: str, becomes: str) -> None:
        """A field of parts takes them in the order of the browser's own language."""
        for order in orders:
            self.go_to(selector)
            self.page.keyboard.type(order)
            if self.page.input_value(selector) == becomes:
                return
            for _ in range(3):
                self.page.keyboard.press("Shift+Tab")
        raise AssertionError(f"{selector} has {self.page.input_value(selector)!r}, not {becomes!r}")


SHOWS_FOCUS = """() => {
  const look = getComputedStyle(document.activeElement)
  return (look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) > 0) || look.boxShadow !== 'none'
}"""


# ---- the journey


def sign_in(hands: Mouse, hub: Hub, who: str) -> None:
    hands.page.goto(f"{hub.url}/account/login/")
    hands.write("input[name=login]", f"{who}@example.org")
    hands.write("input[name=password]", PASSWORD)
    hands.press("form.login button[type=submit], main form button[type=submit]")
    hands.page.wait_for_url(re.compile("/c/leeds/"))


def write_and_submit(hands: Mouse, hub: Hub, text: str, *, script: bool) -> str:
    """Sam writes a post with a picture and hands it in. Returns the post's address."""
    page = hands.page
    sign_in(hands, hub, "sam")
    page.goto(f"{hub.url}/c/leeds/posts/new/")
    hands.write("#id_text", text)
    hands.tick("input[name=targets]")
    file = {"name": "field.png", "mimeType": "image/png", "buffer": posts.image_file().read()}
    hands.choose_file("#pictures-files", file)
    if script:
        hands.write("textarea[name=new_alt]", ALT)
    else:
        hands.press("button[name=do][value=check]")
        hands.write("textarea[name^=alt_]", ALT)
    hands.press("button[name=do][value=submit]")
    page.wait_for_url(re.compile(r"/posts/[0-9a-f-]{36}/(\?|$)"))
    assert "review" in page.inner_text("main").lower()
    return page.url.partition("?")[0]


def approve(hands: Mouse) -> None:
    with hands.page.expect_navigation():
        hands.press("button[formaction$='/approve/']")


def approve_and_schedule(hands: Mouse, hub: Hub, address: str) -> None:
    """Grace reads it, approves it and schedules it for 5 seconds from now."""
    page = hands.page
    sign_in(hands, hub, "grace")
    page.goto(address.replace("/posts/", "/review/"))
    approve(hands)
    page.goto(address)
    hands.set_time(datetime.now(UTC) + timedelta(seconds=5))
    with page.expect_navigation():
        hands.press("#schedule form button[type=submit]")


def until(holds: Callable[[], bool], *, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.3)


def arrived(hub: Hub, text: str) -> list[dict]:
    """The posts with `text` on the practice network, by its own log."""
    log = (hub.data / "sandbox" / "received.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in log if line]
    return [event for event in events if event["event"] == "post" and event["text"] == text]


def see_it_published(page: Page, hub: Hub, address: str, text: str, *, script: bool) -> None:
    if script:
        page.wait_for_selector("#deliveries .status-published, #deliveries >> text=Published", timeout=90_000)
    else:
        until(lambda: bool(arrived(hub, text)), seconds=90)
        time.sleep(1)
        page.goto(address)
    link = page.get_attribute("#deliveries a[target=_blank]", "href")
    assert link.startswith(hub.sandbox_url)
    page.goto(link)
    assert text in page.inner_text("main")
    assert page.get_attribute(f"img[alt='{ALT}']", "src")
    (post,) = arrived(hub, text)
    assert [media["alt"] for media in post["media"]] == [ALT]
    assert text in requests.get(hub.sandbox_url, timeout=10).text


def travel(hub: Hub, new_page, hands: type[Mouse], *, script: bool, text: str) -> None:
    address = write_and_submit(hands(new_page(javascript=script)), hub, text, script=script)
    editor = hands(new_page(javascript=script))
    approve_and_schedule(editor, hub, address)
    see_it_published(editor.page, hub, address, text, script=script)


def test_post_goes_out_with_script(small_hub, new_page):
    travel(small_hub, new_page, Mouse, script=True, text="The bench is open on Thursday")


def test_post_goes_out_without_script(small_hub, new_page):
    travel(small_hub, new_page, Mouse, script=False, text="No script, no problem")


def test_post_goes_out_by_keyboard_alone(small_hub, new_page):
    travel(small_hub, new_page, Keys, script=True, text="Not a mouse in the house")


@pytest.mark.redis
def test_post_goes_out_with_postgresql_and_redis(big_hub, new_page):
    travel(big_hub, new_page, Mouse, script=True, text="From the big hub")


@pytest.mark.redis
def test_frozen_redis_costs_seconds_and_no_post(big_hub, redis_server, new_page):
    page = new_page()
    text = "While the broker slept"
    address = write_and_submit(Mouse(page), big_hub, text, script=True)
    editor = Mouse(new_page())
    sign_in(editor, big_hub, "grace")
    editor.page.goto(address.replace("/posts/", "/review/"))
    approve(editor)
    redis_server.freeze()
    try:
        begun = time.monotonic()
        editor.page.goto(address)
        editor.set_time(datetime.now(UTC) + timedelta(seconds=5))
        editor.press("#schedule form button[type=submit]")
        editor.page.wait_for_selector("#deliveries")
        assert time.monotonic() - begun < 12
        until(lambda: bool(arrived(big_hub, text)), seconds=60)
    finally:
        redis_server.thaw()
    assert len(arrived(big_hub, text)) == 1
