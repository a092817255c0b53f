"""What only a browser shows: where menus open, where the focus goes, and what going back does to a sheet."""

from __future__ import annotations

import pytest

from posts.models import Post
from tests.support import posts

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alba(cast, visit):
    """Alba of Porto in front of an empty sheet with one account."""
    posts.account(cast.porto, "@porto")
    page = visit("alba", "/c/porto/posts/new/")
    page.wait_for_selector("#id_text")
    return page


def is_inside(page, selector: str) -> bool:
    box, size = page.locator(selector).bounding_box(), page.viewport_size
    return (
        box["x"] >= 0
        and box["y"] >= 0
        and box["x"] + box["width"] <= size["width"]
        and box["y"] + box["height"] <= size["height"]
    )


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 740)])
def test_persons_menu_opens_on_the_page(cast, visit, width, height):
    page = visit("alba", "/c/porto/", width=width, height=height)
    page.click(".me > summary")
    assert is_inside(page, ".me > .menu-list")
    page.click("text=Sign out")
    page.wait_for_selector("input[name=login], [data-signs-out], form")


def test_more_menu_of_a_review_stays_on_a_phone(cast, visit):
    post = posts.in_review(cast.lisbon, cast.ana)
    page = visit("rui", f"/c/lisbon/review/{post.uid}/", width=360, height=740)
    page.click("#verdict .menu > summary")
    assert page.locator("#verdict .menu-list").bounding_box()["x"] >= 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_asking_for_changes_without_words_says_so_at_once(cast, visit):
    post = posts.in_review(cast.lisbon, cast.ana)
    page = visit("rui", f"/c/lisbon/review/{post.uid}/", width=1280, height=800)
    page.click("button:has-text('Ask for changes')")
    page.wait_for_selector(".field.invalid >> text=Say what should change")
    assert page.evaluate("document.activeElement.id") == "id_text"
    assert is_inside(page, ".field.invalid .error")


def test_how_long_ago_is_counted_in_days_of_the_calendar(alba):
    said = alba.evaluate("""async () => {
        const { relative } = await import(document.querySelector('script[src*="local-time"]').src);
        const since = (time) => relative(
            Date.parse(time), Date.parse("2026-11-26T05:00Z"), "Europe/Lisbon", "en");
        return ["2026-11-24T18:30Z", "2026-11-25T09:00Z", "2026-11-25T22:00Z"].map(since);
    }""")
    assert said == ["2 days ago", "yesterday", "7 hours ago"]


def test_picture_that_the_server_has_taken_in_is_no_unsaved_text(alba):
    file = {"name": "teal.png", "mimeType": "image/png", "buffer": posts.image_file().read()}
    alba.fill("#id_text", "Bring the toaster that gave up.")
    alba.check("input[name=targets]")
    alba.set_input_files("#pictures-files", file)
    alba.fill("textarea[name=new_alt]", "A teal field")
    alba.wait_for_timeout(500)
    alba.click("button[value=check]")
    alba.wait_for_selector("text=Looked at, not saved yet.")
    alba.wait_for_load_state("load")
    assert alba.locator("[data-restore]").count() == 0


def test_going_back_after_saving_leads_to_the_post_it_made(alba):
    alba.fill("#id_text", "First words")
    alba.click("text=Save draft")
    alba.wait_for_selector("#notices >> text=Your draft is saved.")
    alba.go_back()
    alba.wait_for_selector("h1 >> text=Edit a post")
    alba.fill("#id_text", "Second words")
    alba.click("text=Save draft")
    alba.wait_for_selector("#notices >> text=Your draft is saved.")
    assert Post.objects.get().text == "Second words"


def test_going_back_to_half_a_post_has_the_counter_and_the_preview_right(alba):
    alba.check("input[name=targets]")
    alba.fill("#id_text", "Half a thought")
    alba.wait_for_timeout(600)
    alba.click("nav[aria-label=Main] a >> nth=0")
    alba.wait_for_selector("#id_text", state="detached")
    alba.go_back()
    alba.wait_for_selector("#id_text")
    alba.wait_for_load_state("load")
    assert alba.input_value("#id_text") == "Half a thought"
    alba.wait_for_selector(".counter >> text=486 left")
    assert alba.inner_text(".preview-text") == "Half a thought"
    assert alba.locator("[data-restore]").count() == 0


def test_going_back_to_a_preview_asks_nobody_to_send_the_form_again(alba):
    file = {"name": "teal.png", "mimeType": "image/png", "buffer": posts.image_file().read()}
    alba.fill("#id_text", "Looked at")
    alba.set_input_files("#pictures-files", file)
    alba.fill("textarea[name=new_alt]", "A teal field")
    alba.click("button[value=check]")
    alba.wait_for_selector("text=Looked at, not saved yet.")
    alba.click("nav[aria-label=Main] a >> nth=0")
    alba.wait_for_selector("#id_text", state="detached")
    alba.go_back()
    alba.wait_for_selector("#id_text")
    alba.wait_for_load_state("load")
    assert alba.input_value("#id_text") == "Looked at"
    assert alba.input_value("textarea[name^=alt_]") == "A teal field"


def test_file_that_is_no_picture_is_refused_at_once(alba):
    good = {"name": "teal.png", "mimeType": "image/png", "buffer": posts.image_file().read()}
    bad = {"name": "minutes.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    alba.set_input_files("#pictures-files", [bad, good])
    alba.wait_for_selector("[data-says] >> text=minutes.pdf is nothing the hub can take")
    assert alba.locator(".image-item").count() == 1
    assert alba.evaluate("document.querySelector('#pictures-files').files.length") == 1
