"""A video in the browser: its progress, its place in the strip, and that nothing is saved without it."""

from __future__ import annotations

import dataclasses

import pytest

from posts.models import Post
from posts.platforms.base import VideoLimits
from posts.platforms.sandbox import SandboxAdapter
from tests.posts.test_compose_browser import sign_in
from tests.support import films, posts

pytestmark = pytest.mark.django_db(transaction=True)

FILES = "#pictures-files"


@pytest.fixture
def page(cast, live_server, new_page, monkeypatch):
    """Alba of Porto in front of an empty sheet, for an account that takes videos."""
    usual = SandboxAdapter.limits
    takes = VideoLimits(bytes_max=10_000_000, seconds_max=60)
    monkeypatch.setattr(
        SandboxAdapter, "limits",
        lambda self, told: dataclasses.replace(usual(self, told), video=takes),
    )  # fmt: skip
    posts.account(cast.porto, "@porto")
    page = new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{live_server.url}/c/porto/posts/new/")
    sign_in(page)
    return page


@pytest.fixture
def film(tmp_path):
    return films.film(tmp_path, seconds=2.0, size=(320, 180))


def test_video_is_described_saved_and_shown(page, film):
    page.fill("#id_text", "See how the lamp came back to life.")
    page.set_input_files(FILES, str(film))
    page.wait_for_selector(".image-item[data-film]")
    assert page.inner_text(".image-item .film-length").strip() == "0:02"
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    page.keyboard.type("A lamp, repaired")
    page.wait_for_selector(".preview-images video")
    page.wait_for_selector("text=The video has no description", state="detached")
    page.click("text=Save draft")
    page.wait_for_selector("#notices >> text=Your draft is saved.")
    use = Post.objects.get().media_uses.get()
    assert (use.media.is_video, use.alt) == (True, "A lamp, repaired")
    assert page.locator(".image-item[data-film]").count() == 1


def test_video_plays_in_the_preview_and_goes_on_while_somebody_writes(page, film):
    page.set_input_files(FILES, str(film))
    page.wait_for_selector(".preview-images video")
    page.evaluate("document.querySelector('.preview-images video').marked = true")
    page.fill("#id_text", "Words, while it plays.")
    page.fill(".image-item textarea", "A lamp")
    page.wait_for_timeout(300)
    assert (
        page.evaluate("document.querySelector('.preview-images video')?.getAttribute('aria-label')")
        == "A lamp"
    )
    page.evaluate(
        "new Promise((done, fail) => { const film = document.querySelector('.preview-images video');"
        " film.muted = true; film.addEventListener('loadedmetadata', done);"
        " film.addEventListener('error', () => fail(film.error.message)); film.load();"
        " film.preload = 'metadata'; })"
    )


def test_nothing_is_saved_while_a_video_is_on_its_way(page, film):
    held = []
    page.route("**/media/add/", lambda route: held.append(route))
    page.fill("#id_text", "See how the lamp came back to life.")
    page.set_input_files(FILES, str(film))
    page.wait_for_selector(".upload progress")
    assert "film.mp4" in page.inner_text(".upload")
    page.click("text=Save draft")
    page.wait_for_selector("text=The video is still on its way")
    assert not Post.objects.exists()
    page.click(".upload >> text=Stop")
    page.wait_for_selector(".upload", state="detached")
    page.click("text=Save draft")
    page.wait_for_selector("#notices >> text=Your draft is saved.")
    assert not Post.objects.get().media_uses.exists()


def test_how_much_is_here_is_told(page, tmp_path):
    large = tmp_path / "large.mp4"
    large.write_bytes(b"\x00\x00\x00\x18ftypisom" + bytes(4_000_000))
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 1_000_000}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    page.set_input_files(FILES, str(large))
    page.wait_for_selector(".upload [data-done] >> text=%")
    shown = page.evaluate(
        "['progress', '[data-done]'].map((each) => document.querySelector(`.upload ${each}`))"
        ".map((each) => String(each.value ?? each.textContent))"
    )
    assert shown[1] == f"{shown[0]} %"
    page.wait_for_selector("[data-says] >> text=not a video the hub can read")


def test_what_the_hub_says_of_a_video_stands_beside_it(page, tmp_path):
    wrong = tmp_path / "notes.mp4"
    wrong.write_bytes(b"\x00\x00\x00\x18ftypisom" + b"x" * 500)
    page.set_input_files(FILES, str(wrong))
    page.wait_for_selector("[data-says] >> text=not a video the hub can read")
    assert page.locator(".image-item").count() == 0


def test_broken_connection_is_said_and_the_text_kept(page, film):
    page.route("**/media/add/", lambda route: route.abort())
    page.fill("#id_text", "See how the lamp came back to life.")
    page.set_input_files(FILES, str(film))
    page.wait_for_selector("[data-says] >> text=The video did not get here")
    assert page.input_value("#id_text") == "See how the lamp came back to life."


def test_video_and_pictures_do_not_meet(page, film, tmp_path):
    picture = tmp_path / "teal.png"
    picture.write_bytes(posts.image_file().read())
    page.set_input_files(FILES, [str(film), str(picture)])
    page.wait_for_selector("[data-says] >> text=pictures or one video, not both")
    page.set_input_files(FILES, str(film))
    page.wait_for_selector(".image-item[data-film]")
    page.set_input_files(FILES, str(picture))
    page.wait_for_selector("[data-says] >> text=Take the video out")
    assert page.locator(".image-item").count() == 1
