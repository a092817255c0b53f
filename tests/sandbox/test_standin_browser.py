"""The stand-ins' pages in Chromium: accessible, within a phone's width, clean, without JavaScript."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.support.meta import facebook_account, instagram_account, item, publish
from tests.support.standins import MP4, numbers

SCOPE = "pages_show_list,pages_manage_posts,pages_read_engagement"
V = "/v26.0"


def _dialog(server, back="http://127.0.0.1:9/back"):
    asked = f"client_id=practice&redirect_uri={back}&state=s&scope={SCOPE}"
    return f"{server.url}/as/www.facebook.com{V}/dialog/oauth?{asked}"


@pytest.fixture
def address(server, shelf):
    """The address of a screen, where somebody has a Page, and six pictures and a video were posted."""
    page = facebook_account(server, shelf, owner=facebook_account(server))
    insta = instagram_account(server, shelf)
    children = ",".join(item(insta, alt_text=f"Field {n}") for n in range(6))
    made = insta.post(
        f"{V}/{insta.id}/media", media_type="CAROUSEL", children=children, caption="Six #fields"
    )
    post_id = publish(insta, made.json()["id"]).json()["id"]
    video = shelf.put(MP4, "video/mp4")
    assert page.post(f"{V}/{page.id}/videos", file_url=video, description="A walk").status_code == 200
    assert page.post(f"{V}/{page.commits()[0]['id']}/comments", message="More soon").status_code == 200
    screens = {
        "consent": _dialog(server),
        "refused": _dialog(server, back="https://evil.example/"),
        "carousel": f"{server.url}/@{insta.handle}/{post_id}",
        "page": f"{server.url}/@{page.handle}",
    }
    return screens.get


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", ["consent", "refused", "carousel", "page"])
def test_screen_is_accessible_and_clean(new_page, address, screen, scheme):
    page = new_page(width=360, color_scheme=scheme)
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(address(screen))
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert Axe().run(page).response["violations"] == []
    width, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= window
    assert [text for text in complaints if "400" not in text] == []


def test_targets_are_large_enough_for_a_thumb(new_page, address):
    page = new_page(width=360)
    page.goto(address("consent"))
    heights = page.evaluate(
        "[...document.querySelectorAll('button, nav a, .choice, input:not([type])')]"
        ".filter(one => one.offsetParent).map(one => one.getBoundingClientRect().height)"
    )
    assert min(heights) >= 44


def test_access_is_allowed_and_an_account_made_without_javascript(new_page, server):
    page = new_page(javascript=False)
    back = server.url + "/switches"
    page.goto(_dialog(server, back))
    page.get_by_label("Name", exact=True).fill("Noor")
    page.get_by_label("User name").fill(f"noor-{next(numbers)}")
    page.get_by_label("Page 1 (optional)").fill("Riverside Reps")
    page.get_by_role("button", name="Create and allow").click()
    page.wait_for_url(f"{back}?code=*&state=s#_=_")
    page.goto(_dialog(server, back))
    page.get_by_role("radio", name="Noor").check()
    page.get_by_role("checkbox", name="Publish posts as your Pages").uncheck()
    page.get_by_role("button", name="Allow", exact=True).click()
    page.wait_for_url(f"{back}?code=*&state=s#_=_")
