"""Pictures made to fit: nothing cut off, made once, the same bytes ever after."""

from __future__ import annotations

import dataclasses
import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from posts import limits as checks
from posts import media_fit, media_store
from posts.composing import Picture
from posts.models import Rendition
from posts.platforms.base import Content, Image, Limits
from posts.platforms.sandbox import SandboxAdapter
from posts.platforms.text import problems
from posts.problems import Refused
from posts.publishing import queue
from tests.support import posts

ROOMY = Limits(text_max=500)
FEED = Limits(text_max=2200, image_types=("image/jpeg",), image_ratio=(0.8, 1.91), image_width_max=1440)


def encoded(picture, kind="PNG", **options):
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def shape(mime="image/jpeg", width=100, height=100, size=1000):
    return Image("uid", mime, width, height, size, "", bytes)


def opened(data):
    with Pillow.open(io.BytesIO(data)) as picture:
        picture.load()
        return picture


class TestPlan:
    def test_what_fits_stays_as_it_is(self):
        image = shape()
        assert media_fit.as_sent(image, ROOMY) is image
        assert media_fit.plan_of("image/jpeg", 1440, 1440, 1000, FEED) is None

    def test_first_type_that_can_be_made_is_chosen(self):
        heic_first = dataclasses.replace(ROOMY, image_types=("image/heic", "image/webp", "image/jpeg"))
        assert media_fit.plan_of("image/png", 10, 10, 10, heic_first).mime == "image/webp"
        assert media_fit.plan_of("image/jpeg", 10, 10, 10, heic_first) is None

    def test_where_nothing_can_be_made_the_platform_says_so(self):
        heic = dataclasses.replace(ROOMY, image_types=("image/heic",))
        image = shape()
        assert media_fit.as_sent(image, heic) is image

    @pytest.mark.parametrize(
        ("size", "canvas"),
        [((2880, 1440), (1440, 754)), ((400, 1000), (800, 1000)), ((1000, 1000), (1000, 1000))],
    )
    def test_wrong_shape_gets_borders_and_never_loses_an_edge(self, size, canvas):
        image = media_fit.as_sent(shape("image/png", *size), FEED)
        assert (image.width, image.height) == canvas

    @given(
        width=st.integers(1, 4096), height=st.integers(1, 4096),
        narrowest=st.floats(0.3, 1), widest=st.floats(1, 3),
        width_max=st.none() | st.integers(8, 5000), pixels=st.integers(100, 20_000_000),
    )  # fmt: skip
    def test_what_is_planned_is_always_taken(self, width, height, narrowest, widest, width_max, pixels):
        limits = dataclasses.replace(
            ROOMY, image_ratio=(narrowest, widest), image_width_max=width_max, image_pixels_max=pixels,
            image_bytes_max=500,
        )  # fmt: skip
        image = media_fit.as_sent(shape(width=width, height=height), limits)
        plan = media_fit.plan_of("image/jpeg", width, height, 1000, limits)
        assert plan.inner[0] <= plan.width
        assert plan.inner[1] <= plan.height
        if plan.inner != (1, 1) and min(plan.inner) > 1:  # a line of a pixel keeps no shape
            assert plan.inner[0] / plan.inner[1] == pytest.approx(width / height, rel=1 / min(plan.inner))
        assert not problems(_content(image), limits, length=0, who="It")

    def test_same_asked_is_the_same_picture(self):
        assert media_fit.spec_of(FEED) == media_fit.spec_of(dataclasses.replace(FEED, text_max=1, alt_max=2))
        assert media_fit.spec_of(FEED) != media_fit.spec_of(dataclasses.replace(FEED, image_width_max=1080))


def _content(image):
    return Content(text="x", images=(image,))


class TestEncode:
    def test_border_has_the_colour_of_the_pictures_edge(self):
        picture = Pillow.new("RGB", (300, 900), (20, 90, 160))
        picture.paste((250, 250, 250), (100, 300, 200, 600))
        plan = media_fit.plan_of("image/png", 300, 900, 5000, FEED)
        data, width, height = media_fit.encode(encoded(picture), plan)
        made = opened(data)
        assert made.format == "JPEG"
        assert made.size == (width, height) == (720, 900)
        for at in ((2, 2), (717, 450), (360, 20)):
            assert all(abs(a - b) < 12 for a, b in zip(made.getpixel(at), (20, 90, 160), strict=True))
        assert min(made.getpixel((360, 450))) > 235

    def test_transparent_parts_become_white_where_jpeg_is_asked(self):
        picture = Pillow.new("RGBA", (100, 100), (0, 0, 0, 0))
        picture.paste((200, 0, 0, 255), (40, 40, 60, 60))
        data, *_size = media_fit.encode(encoded(picture), media_fit.plan_of("image/png", 100, 100, 500, FEED))
        made = opened(data)
        assert min(made.getpixel((5, 5))) > 245
        assert made.getpixel((50, 50))[0] > 150 > made.getpixel((50, 50))[1]

    def test_quality_goes_down_before_the_size_does(self):
        picture = Pillow.effect_noise((600, 600), 60).convert("RGB")
        whole = encoded(picture, "JPEG", quality=95)
        snug = dataclasses.replace(ROOMY, image_bytes_max=len(encoded(picture, "JPEG", quality=76)))
        data, width, height = media_fit.encode(
            whole, media_fit.plan_of("image/jpeg", 600, 600, len(whole), snug)
        )
        assert len(data) <= snug.image_bytes_max
        assert (width, height) == (600, 600)
        tiny = dataclasses.replace(ROOMY, image_bytes_max=20_000)
        data, width, height = media_fit.encode(
            whole, media_fit.plan_of("image/jpeg", 600, 600, len(whole), tiny)
        )
        assert len(data) <= 20_000
        assert media_fit.SMALLEST < width == height < 600

    def test_what_cannot_be_small_enough_is_said(self):
        plan = media_fit.Plan("image/jpeg", 100, 100, (100, 100), bytes_max=10)
        with pytest.raises(media_fit.CannotFit):
            media_fit.encode(encoded(Pillow.new("RGB", (100, 100))), plan)

    def test_same_picture_gives_the_same_bytes(self):
        data = encoded(Pillow.effect_noise((300, 100), 30).convert("RGB"))
        plan = media_fit.plan_of("image/png", 300, 100, len(data), FEED)
        assert media_fit.encode(data, plan) == media_fit.encode(data, plan)


@pytest.mark.django_db
class TestRenditions:
    @pytest.fixture
    def media(self, cast):
        return posts.picture(cast.lisbon, cast.ana, size=(300, 100))

    def test_is_made_once_and_used_ever_after(self, media, monkeypatch):
        made = media_store.fitted(media, FEED)
        assert (made.mime, made.width, made.height) == ("image/jpeg", 300, 158)
        assert made.size == made.file.size
        monkeypatch.setattr(media_fit, "encode", lambda *args: pytest.fail("it was made again"))
        assert media_store.fitted(media, FEED) == made
        assert media_store.fitted(media, dataclasses.replace(FEED, text_max=9)) == made

    def test_picture_that_fits_has_none(self, media):
        assert media_store.fitted(media, ROOMY) is None
        assert not Rendition.objects.exists()

    def test_two_at_once_end_with_one(self, media, monkeypatch):
        encode = media_fit.encode

        def meanwhile(data, plan):
            monkeypatch.setattr(media_fit, "encode", encode)
            media_store.fitted(media, FEED)
            return encode(data, plan)

        monkeypatch.setattr(media_fit, "encode", meanwhile)
        made = media_store.fitted(media, FEED)
        assert Rendition.objects.get() == made
        assert made.file.storage.exists(made.file.name)

    def test_lost_file_is_said(self, media):
        media.file.storage.delete(media.file.name)
        with pytest.raises(Refused, match="gone"):
            media_store.fitted(media, FEED)
        media_store.fit_ahead([media], [FEED])  # told when the post is scheduled

    def test_adapters_get_the_rendition_under_the_pictures_uid(self, media):
        made = media_store.fitted(media, FEED)
        image = media_store.image_of(
            media, alt="A bench", rendition=made, url="https://hub.example.org/m/x.jpg"
        )
        assert (image.uid, image.size, image.url) == (
            str(media.uid),
            made.size,
            "https://hub.example.org/m/x.jpg",
        )
        assert image.read() == image.read() == made.file.read()

    def test_reading_a_picture_twice_at_once_gives_it_twice(self, media):
        image = media_store.image_of(media, alt="")
        with ThreadPoolExecutor(8) as threads:
            read = set(threads.map(lambda _number: image.read(), range(64)))
        assert {len(each) for each in read} == {media.size}
        assert len(read) == 1


@pytest.mark.django_db
class TestScheduling:
    @pytest.fixture
    def picky(self, monkeypatch):
        """The practice network, asking what Instagram asks."""
        usual = SandboxAdapter.limits
        monkeypatch.setattr(
            SandboxAdapter, "limits",
            lambda self, told: dataclasses.replace(
                usual(self, told), image_types=FEED.image_types, image_ratio=FEED.image_ratio
            ),
        )  # fmt: skip

    def _post(self, cast, *pictures):
        account = posts.account(cast.lisbon)
        return posts.draft(
            cast.lisbon, cast.ana, account,
            pictures=tuple(Picture(str(media.uid), alt="Words") for media in pictures),
        )  # fmt: skip

    def test_picture_is_judged_as_it_will_be_sent(self, cast, picky):
        post = self._post(cast, posts.picture(cast.lisbon, cast.ana, size=(900, 100)))
        assert checks.problems(post) == []
        assert not Rendition.objects.exists()

    def test_frozen_content_names_the_rendition(self, cast, picky):
        wide = posts.picture(cast.lisbon, cast.ana, size=(900, 100))
        square = posts.picture(cast.lisbon, cast.ana, size=(100, 100))
        post = self._post(cast, wide, square)
        frozen = queue.freeze(post, post.targets.get())["media"]
        made = Rendition.objects.get()
        assert frozen == [
            {"uid": str(wide.uid), "alt": "Words", "rendition": str(made.uid)},
            {"uid": str(square.uid), "alt": "Words"},
        ]
        assert queue.freeze(post, post.targets.get())["media"] == frozen
