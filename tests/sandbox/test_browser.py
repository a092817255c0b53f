"""The pages in Chromium: accessible, within a phone's width, clean under their own policy."""

import pytest
from axe_playwright_python.sync_playwright import Axe

CONNECT = "/connect?redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fback&state=s&handle={handle}"
SCREENS = {
    "feed": "/",
    "account": "/@{handle}",
    "post": "/@{handle}/{post}",
    "switches": "/switches",
    "connect": CONNECT,
    "missing": "/nothing",
}


@pytest.fixture
def address(server, account, picture):
    """The address of a screen, on a network where something was posted and a switch is on."""
    media = [account.upload(picture(size=(640, 480)), alt=f"Field {n}").json()["id"] for n in range(3)]
    text = "Come along on Saturday #RepairCafé https://example.org/" + "a" * 80
    post = account.post(text, link="https://example.org/way", media_ids=media).json()["id"]
    server.faults({"match": {"account": account.handle}, "effect": {"type": "rate_limit"}, "times": None})
    return lambda screen: server.url + SCREENS[screen].format(handle=account.handle, post=post)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_screen_is_accessible_and_clean(new_page, address, screen, scheme):
    page = new_page(width=360, color_scheme=scheme)
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(address(screen))
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert Axe().run(page).response["violations"] == []
    width, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= window
    assert [text for text in complaints if "404" not in text] == []


def test_targets_are_large_enough_for_a_thumb(new_page, address):
    page = new_page(width=360)
    for screen in ("feed", "switches", "connect"):
        page.goto(address(screen))
        heights = page.evaluate(
            "[...document.querySelectorAll('button, select, nav a, summary, .choice, .people a')]"
            ".filter(one => one.offsetParent).map(one => one.getBoundingClientRect().height)"
        )
        assert heights
        assert min(heights) >= 44


def test_switch_and_connect_work_without_javascript(new_page, server, account):
    page = new_page(javascript=False)
    page.goto(server.url + "/switches")
    page.get_by_label("Refuse the post").check()
    page.get_by_label("To whom").select_option(account.handle)
    page.get_by_role("button", name="Switch on").click()
    assert account.post().status_code == 422
    page.goto(server.url + "/switches")
    page.get_by_label("Answer slowly").check()
    page.get_by_role("button", name="Switch on").click()
    page.get_by_role("button", name="Behave normally again").click()
    page.get_by_text("Everything behaves normally.").wait_for()
    assert account.post().status_code == 201

    back = server.url + "/@" + account.handle
    page.goto(f"{server.url}/connect?redirect_uri={back}&state=s&handle={account.handle}")
    page.get_by_role("button", name="Connect this account").click()
    page.wait_for_url(f"{back}?code=*&state=s")


def test_switch_works_by_keyboard_alone(new_page, server, account):
    page = new_page()
    page.goto(server.url + "/switches")
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()")
        if focused == "behaviour":
            page.keyboard.press("ArrowDown")
        if focused == "Switch on":
            break
    page.keyboard.press("Enter")
    page.get_by_text("The switch is on.").wait_for()
    assert account.post().status_code == 429
