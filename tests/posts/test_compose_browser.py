"""The composer with script: what it says while somebody types, and what it keeps when their session ends."""

from __future__ import annotations

import pytest
from django.conf import settings

from posts.models import Post
from tests.support import posts
from tests.support.cast import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alba(cast, live_server, new_page):
    """Alba of Porto, signed in, in front of an empty sheet."""
    posts.account(cast.porto, "@porto")
    page = new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{live_server.url}/c/porto/posts/new/")
    sign_in(page)
    return page


def sign_in(page):
    page.fill("input[name=login]", "alba@example.org")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit], form button[type=submit]")
    page.wait_for_selector("#id_text")


def test_objections_button_and_preview_follow_what_is_typed(alba):
    alba.fill("#id_text", "a" * 512)
    alba.wait_for_selector("#problems-text >> text=The text is 12 too long")
    alba.fill("#id_text", "Bring the toaster that gave up.")
    alba.wait_for_selector("#problems-text >> text=The text is 12 too long", state="detached")
    assert alba.inner_text(".preview-text") == "Bring the toaster that gave up."
    alba.fill("#id_date", "2099-12-24")
    alba.fill("#id_time", "18:30")
    alba.wait_for_selector("#primary >> text=Schedule for Thu 24 Dec 2099, 18:30 Lisbon")


def test_new_picture_stays_in_the_preview_when_the_check_answers(alba):
    picture = posts.image_file()
    alba.set_input_files(
        "#pictures-files", {"name": "teal.png", "mimeType": "image/png", "buffer": picture.read()}
    )
    alba.fill("textarea[name=new_alt]", "A teal field")
    alba.fill("#id_date", "2099-12-24")
    alba.fill("#id_time", "18:30")
    alba.wait_for_selector("#primary >> text=Schedule for")
    assert alba.get_attribute(".preview-images img", "alt") == "A teal field"
    alba.click("text=Save draft")
    alba.wait_for_selector("#notices >> text=Your draft is saved.")
    assert Post.objects.get().media_uses.get().alt == "A teal field"


def test_text_is_kept_when_the_session_ends(alba):
    alba.fill("#id_text", "Half a thought")
    alba.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    alba.fill("#id_text", "Half a thought, and the other half")
    alba.wait_for_selector("#notices >> text=You are signed out by now.")
    alba.wait_for_timeout(500)
    alba.click("text=Save draft")
    alba.wait_for_selector("input[name=login]")
    sign_in(alba)
    alba.click("[data-restore]")
    assert alba.input_value("#id_text") == "Half a thought, and the other half"


def test_saved_text_is_not_offered_again(alba, live_server):
    alba.fill("#id_text", "Saved and done")
    alba.wait_for_timeout(600)
    alba.click("text=Save draft")
    alba.wait_for_selector("#notices >> text=Your draft is saved.")
    assert alba.locator("[data-restore]").count() == 0
    alba.goto(f"{live_server.url}/c/porto/posts/new/")
    alba.wait_for_timeout(300)
    assert alba.locator("[data-restore]").count() == 0
