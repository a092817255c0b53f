"""Fixtures of the tests in Chromium."""

from __future__ import annotations

import re

import pytest

from tests.support.cast import PASSWORD
from tests.support.fake_platforms import pages, words  # noqa: F401 - fixtures


@pytest.fixture
def visit(live_server, new_page):
    """Opens a page of the hub as one of the cast: `visit("ana", "/c/lisbon/", width=360)`."""

    def opened(who: str, path: str, **size: int):
        page = new_page(**size)
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(live_server.url + path)
        page.fill("input[name=login]", f"{who}@example.org")
        page.fill("input[name=password]", PASSWORD)
        page.click("main button[type=submit], form button[type=submit]")
        page.wait_for_url(re.compile(re.escape(path.partition("?")[0])))
        page.wait_for_load_state("load")
        return page

    return opened
