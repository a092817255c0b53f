"""Chromium looks at the pages of somebody who opened a connection link: for all of them."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings

from posts import connecting, connection_links
from posts.connecting import Party
from posts.models import ConnectionAttempt
from tests.browser.test_every_page import AXE, WATCH
from tests.support.fake_platforms import FakeWithPasswords, page

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_owner_of_an_account_finds_the_way_on_a_phone_and_a_desk(
    cast, pages, words, live_server, new_page, width, scheme
):
    link, address = connection_links.make(chapter=cast.lisbon, by=cast.actor(cast.lucia))
    browser = new_page(width=width, color_scheme=scheme)
    browser.add_init_script(WATCH)
    seen = []

    def look(name: str) -> None:
        found = Axe().run(browser, options=AXE).response["violations"]
        seen.extend(f"{name}: {each['id']}" for each in found)
        seen.extend(f"{name}: {each}" for each in browser.evaluate("window.violations"))
        overflow = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        if browser.evaluate(overflow):
            seen.append(f"{name}: wider than the screen")

    browser.goto(live_server.url + address.removeprefix(settings.HUB_URL))
    assert address.rstrip("/").rpartition("/")[2] not in browser.url
    look("offer")
    browser.get_by_role("link", name=FakeWithPasswords.label).click()
    look("password")
    browser.get_by_label("Handle").fill("lisbon.example")
    browser.get_by_label("App password").fill("wrong-one")
    browser.get_by_role("button", name="Connect it").click()
    look("refused")
    assert browser.get_by_label("Handle").input_value() == "lisbon.example"
    browser.goto(f"{live_server.url}/connect/which/{_choice(cast, link)}/")
    look("choice")
    browser.get_by_text("Page 2").click()
    browser.get_by_role("button", name="Connect it").click()
    assert browser.get_by_role("heading", level=1).inner_text() == "Thank you, it is connected"
    look("done")
    assert cast.lisbon.social_accounts.get().external_id == "page-2"
    assert seen == []


def _choice(cast, link) -> str:
    attempt = ConnectionAttempt.objects.create(
        chapter=cast.lisbon, link=link, platform="fakepages", state_hash="came-back",
        expires_at=link.expires_at, used_at=link.created_at,
    )  # fmt: skip
    connecting._offer(attempt, [page(1), page(2)])
    assert [each.number for each in connecting.choices(attempt)] == [0, 1]
    assert Party(cast.lisbon, link=link).actor.label.startswith("connection link")
    return str(attempt.uid)
