"""A video on the composer's sheet: sent ahead or with the form, alone, described, and shown."""

from __future__ import annotations

import dataclasses
import re
import uuid

import pytest

from posts import checking, composing, wording
from posts.models import Media, Post
from posts.platforms.base import VideoLimits
from posts.platforms.sandbox import SandboxAdapter
from tests.support import films, posts

pytestmark = pytest.mark.django_db

NEW = "/c/lisbon/posts/new/"
ADD = "/c/lisbon/media/add/"


@pytest.fixture
def ana(cast):
    return cast.client(cast.ana)


@pytest.fixture
def account(cast):
    return posts.account(cast.lisbon, "@lisbon")


@pytest.fixture
def film(cast):
    return posts.film(cast.lisbon, cast.ana)


@pytest.fixture
def takes_videos(monkeypatch):
    """The practice network with videos of a minute at most."""
    usual = SandboxAdapter.limits
    takes = VideoLimits(bytes_max=10_000_000, seconds_max=60)
    monkeypatch.setattr(
        SandboxAdapter, "limits",
        lambda self, told: dataclasses.replace(usual(self, told), video=takes),
    )  # fmt: skip


def sheet(*accounts, do="save", **fields):
    fields = {"text": "Bring the toaster.", "form_key": str(uuid.uuid4()), "do": do} | fields
    return fields | {"targets": [account.pk for account in accounts]}


class TestSentAhead:
    def test_answer_is_its_place_in_the_strip(self, ana, tmp_path):
        answer = ana.post(ADD, {"images": films.upload(films.film(tmp_path))})
        media = Media.objects.get()
        page = answer.content.decode()
        assert answer.status_code == 200
        assert media.is_video
        assert f'name="picture" value="{media.uid}"' in page
        assert f"/c/lisbon/media/{media.uid}/poster/" in page
        assert "Describe the video" in page
        assert "0:01" in page

    def test_what_is_no_video_is_said(self, ana, tmp_path):
        path = tmp_path / "x.mp4"
        path.write_bytes(b"\x00\x00\x00\x18ftypisom" + b"x" * 100)
        answer = ana.post(ADD, {"images": films.upload(path)})
        assert answer.status_code == 422
        assert "not a video the hub can read" in answer.content.decode()
        assert not Media.objects.exists()

    def test_it_does_not_join_pictures(self, cast, ana, tmp_path):
        picture = posts.picture(cast.lisbon, cast.ana)
        answer = ana.post(ADD, {"images": films.upload(films.film(tmp_path)), "picture": [str(picture.uid)]})
        assert answer.status_code == 422
        assert "Take the pictures out" in answer.content.decode()

    def test_nothing_is_asked_for(self, ana):
        answer = ana.post(ADD)
        assert answer.status_code == 422
        assert "Choose a video" in answer.content.decode()

    def test_only_those_who_write_may(self, cast, tmp_path):
        upload = films.film(tmp_path)
        assert cast.client(cast.vera).post(ADD, {"images": films.upload(upload)}).status_code == 403
        assert cast.client(cast.otto).post(ADD, {"images": films.upload(upload)}).status_code == 404
        assert not Media.objects.exists()

    def test_ended_session_is_told_and_not_sent_to_another_page(self, cast, tmp_path):
        upload = films.upload(films.film(tmp_path))
        answer = cast.client().post(ADD, {"images": upload}, headers={"HX-Request": "true"})
        assert answer.status_code == 401


class TestSheet:
    def test_without_script_it_comes_with_the_form(self, ana, account, tmp_path):
        fields = sheet(account) | {
            "images": films.upload(films.film(tmp_path)),
            "new_alt": ["A lamp, repaired"],
        }
        ana.post(NEW, fields)
        (use,) = Post.objects.get().media_uses.all()
        assert (use.media.is_video, use.alt) == (True, "A lamp, repaired")

    def test_words_are_asked_for_once(self, ana, account, tmp_path, takes_videos):
        answer = ana.post(NEW, sheet(account, do="submit") | {"images": films.upload(films.film(tmp_path))})
        assert answer.status_code == 422
        assert "The video is here now" in answer.content.decode()

    def test_picture_beside_a_video_is_left_out_and_said(self, ana, account, film):
        fields = sheet(account, picture=[str(film.uid)]) | {"images": posts.image_file()}
        answer = ana.post(NEW, fields)
        assert answer.status_code == 422
        assert "pictures or one video, not both" in answer.content.decode()
        assert Media.objects.count() == 1

    def test_second_video_is_left_out_and_said(self, ana, account, film, tmp_path):
        fields = sheet(account, picture=[str(film.uid)]) | {"images": films.upload(films.film(tmp_path))}
        assert "A post takes one video" in ana.post(NEW, fields).content.decode()

    def test_form_that_names_both_is_refused(self, cast, ana, account, film):
        picture = posts.picture(cast.lisbon, cast.ana)
        answer = ana.post(NEW, sheet(account, picture=[str(film.uid), str(picture.uid)]))
        assert answer.status_code == 422
        assert "pictures or one video, not both" in answer.content.decode()
        assert not Post.objects.exists()

    def test_platform_without_videos_says_so_beside_them(self, ana, account, film):
        answer = ana.post(NEW, sheet(account, do="submit", picture=[str(film.uid)]))
        page = answer.content.decode()
        assert answer.status_code == 422
        assert re.search(r'id="problems-images"[^>]*>.*takes no videos from the hub', page, re.DOTALL)
        assert '<a href="#pictures-files">@lisbon: The practice network takes no videos' in page

    def test_too_long_is_said_while_writing(self, ana, account, cast, takes_videos):
        long = posts.film(cast.lisbon, cast.ana, seconds=61)
        answer = ana.post("/c/lisbon/posts/check/", sheet(account, picture=[str(long.uid)]))
        assert "longer than the 60 seconds" in answer.content.decode()

    def test_undescribed_video_is_advice(self, ana, account, film, takes_videos):
        fields = sheet(account, picture=[str(film.uid)])
        page = ana.post("/c/lisbon/posts/check/", fields).content.decode()
        assert "The video has no description" in page
        page = ana.post("/c/lisbon/posts/check/", fields | {f"alt_{film.uid}": "A lamp"}).content.decode()
        assert "The video has no description" not in page

    def test_preview_plays_it_and_tells_its_length(self, ana, account, film, takes_videos):
        fields = sheet(account, picture=[str(film.uid)]) | {f"alt_{film.uid}": "A lamp, repaired"}
        page = ana.post("/c/lisbon/posts/check/", fields).content.decode()
        (video,) = re.findall(r"<video [^>]*>", page)
        assert f'src="/c/lisbon/media/{film.uid}/"' in video
        assert f'poster="/c/lisbon/media/{film.uid}/poster/"' in video
        assert 'aria-label="A lamp, repaired"' in video
        assert "0:42" in page

    def test_video_is_taken_out(self, cast, ana, account, film):
        ana.post(NEW, sheet(account, picture=[str(film.uid)]))
        post = Post.objects.get()
        fields = sheet(account, picture=[str(film.uid)], remove_image=[str(film.uid)], revision=1)
        ana.post(f"/c/lisbon/posts/{post.uid}/edit/", fields | {"form_key": str(post.form_key)})
        assert not post.media_uses.exists()

    def test_padding_is_told_before_anything_goes_out(self, cast, ana, account, monkeypatch):
        usual = SandboxAdapter.limits
        monkeypatch.setattr(
            SandboxAdapter, "limits",
            lambda self, told: dataclasses.replace(usual(self, told), image_ratio=(0.8, 1.91)),
        )  # fmt: skip
        wide = posts.picture(cast.lisbon, cast.ana, size=(400, 100))
        page = ana.post("/c/lisbon/posts/check/", sheet(account, picture=[str(wide.uid)])).content.decode()
        assert "Picture 1 goes there with plain borders" in page
        assert '<figure class="whole">' in page


class TestPages:
    @pytest.fixture
    def post(self, cast, account, film, takes_videos):
        picture = composing.Picture(str(film.uid), "A lamp, repaired", is_video=True)
        return posts.in_review(cast.lisbon, cast.ana, account, pictures=(picture,))

    def test_posts_page_plays_it_and_says_it_in_words(self, ana, post, film):
        page = ana.get(f"/c/lisbon/posts/{post.uid}/").content.decode()
        assert f'<video src="/c/lisbon/media/{film.uid}/"' in page
        assert "The video in words: A lamp, repaired" in page

    def test_lists_show_its_still_picture(self, ana, post, film):
        page = ana.get("/c/lisbon/posts/").content.decode()
        assert f'src="/c/lisbon/media/{film.uid}/poster/"' in page

    def test_still_picture_is_served(self, ana, film):
        answer = ana.get(f"/c/lisbon/media/{film.uid}/poster/")
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")

    def test_browsers_get_the_part_they_ask_for(self, ana, film):
        answer = ana.get(f"/c/lisbon/media/{film.uid}/", headers={"Range": "bytes=4-11"})
        assert (answer.status_code, answer.getvalue()) == (206, b"ftypisom")
        assert answer["Content-Type"] == "video/mp4"
        assert answer["Cache-Control"].startswith("private")


class TestWording:
    def content(self, *pictures):
        return {"text": "", "link": "", "targets": [], "pictures": list(pictures)}

    def film(self, media="f", alt=""):
        return composing.picture_facts(media, alt, is_video=True)

    @pytest.mark.parametrize(
        ("before", "after", "said"),
        [
            ([], ["f"], "A video was added."),
            (["f"], [], "The video was taken out."),
            (["f"], ["g"], "There is another video."),
        ],
    )
    def test_what_became_of_the_video(self, before, after, said):
        old, new = (self.content(*map(self.film, each)) for each in (before, after))
        assert wording.changes(old, new).sentences == [said]

    def test_its_words(self):
        old, new = self.content(self.film()), self.content(self.film(alt="A lamp"))
        assert wording.changes(old, new).sentences == ["The video is now described as “A lamp”."]
        assert wording.changes(new, old).sentences == ["The video lost its description."]

    def test_video_in_place_of_pictures(self):
        old = self.content(composing.picture_facts("p", "", is_video=False))
        assert wording.changes(old, self.content(self.film())).sentences == [
            "A video was added.", "1 picture taken out.",
        ]  # fmt: skip

    def test_revision_remembers_that_it_was_a_video(self, cast, account, film):
        picture = composing.Picture(str(film.uid), "A lamp", is_video=True)
        post = posts.draft(cast.lisbon, cast.ana, account, pictures=(picture,))
        stored = post.revisions.get().content
        assert stored["pictures"] == [{"media": str(film.uid), "alt": "A lamp", "kind": "video"}]
        mine = wording.of_draft(composing.draft_of(post), checking.offer([account]))
        assert not wording.changes(stored, mine)


def test_look_while_writing_counts_pictures_that_the_browser_still_holds(ana, account, monkeypatch):
    """Only the words are sent while somebody types; the pictures come with the form."""
    usual = SandboxAdapter.limits
    monkeypatch.setattr(
        SandboxAdapter,
        "limits",
        lambda self, told: dataclasses.replace(usual(self, told), media_required=True),
    )
    fields = sheet(account)
    check = "/c/lisbon/posts/check/"

    assert "takes no post of words alone" in ana.post(check, fields).text
    assert "takes no post of words alone" not in ana.post(check, fields | {"new_alt": ["A bench"]}).text
