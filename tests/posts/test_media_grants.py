"""Addresses from which platforms fetch media: for one delivery, for a day, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.cache import caches
from django.utils import timezone

from posts import composing, media_grants, media_store, media_video, workflow
from posts.models import Delivery, MediaGrant
from posts.platforms import registry
from posts.platforms.base import Content, Limits
from posts.publishing import finish, frozen_media
from posts.views import media as media_views
from tests.support import films, posts

pytestmark = pytest.mark.django_db

WIDE = Limits(text_max=500, image_types=("image/jpeg",), image_ratio=(0.8, 1.91))


@pytest.fixture
def media(cast):
    return posts.picture(cast.lisbon, cast.ana, size=(300, 100))


@pytest.fixture
def delivery(cast, media):
    picture = composing.Picture(str(media.uid), "A bench")
    return posts.scheduled(cast.lisbon, cast.ana, reviewer=cast.rui, pictures=(picture,)).deliveries.get()


def url_of(delivery, media, rendition=None, now=None):
    wanted = media_grants.Wanted(delivery, media, rendition)
    return media_grants.grant([wanted], now or timezone.now())[delivery.pk, media.pk]


def path_of(url, settings):
    assert url.startswith(f"{settings.HUB_URL}/m/")
    return url.removeprefix(settings.HUB_URL)


@pytest.fixture
def path(delivery, media, settings):
    return path_of(url_of(delivery, media), settings)


def test_platform_gets_the_file_without_signing_in(client, media, path):
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.getvalue() == media.file.read()
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Length"] == str(media.size)
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Accept-Ranges"] == "bytes"
    assert path.endswith(".jpg")
    assert str(media.uid) not in path + answer["Content-Disposition"]


def test_head_tells_type_and_length(client, media, path):
    answer = client.head(path)
    assert (answer.status_code, answer["Content-Length"]) == (200, str(media.size))
    assert answer["Content-Type"] == "image/jpeg"
    assert answer.getvalue() == b""


@pytest.mark.parametrize(
    ("asked", "slice_"),
    [("bytes=0-9", slice(0, 10)), ("bytes=10-", slice(10, None)), ("bytes=-5", slice(-5, None)),
     ("bytes=5-999999", slice(5, None)), ("bytes=-999999", slice(0, None))],
)  # fmt: skip
def test_part_of_a_file(client, media, path, asked, slice_):
    whole = media.file.read()
    answer = client.get(path, headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.getvalue() == whole[slice_]
    assert answer["Content-Length"] == str(len(whole[slice_]))
    start = whole.index(whole[slice_])
    assert answer["Content-Range"].startswith("bytes ")
    assert answer["Content-Range"].endswith(f"/{len(whole)}")
    assert int(answer["Content-Range"].split()[1].partition("-")[0]) in {
        start,
        len(whole) - len(whole[slice_]),
    }


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=-", "lines=0-1", "bytes=0-1,4-5", "bytes=x-y", ""])
def test_part_that_makes_no_sense_is_the_whole(client, media, path, asked):
    answer = client.get(path, headers={"Range": asked})
    assert (answer.status_code, answer["Content-Length"]) == (200, str(media.size))


def test_part_beyond_the_end_is_refused(client, media, path):
    answer = client.get(path, headers={"Range": f"bytes={media.size}-"})
    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{media.size}")
    assert client.get(path, headers={"Range": "bytes=-0"}).status_code == 416


def test_address_is_the_same_in_every_try_and_opens_one_file(delivery, media, client, settings):
    first = url_of(delivery, media)
    assert url_of(delivery, media) == first
    assert MediaGrant.objects.count() == 1
    grant = MediaGrant.objects.get()
    assert grant.token_hash not in first
    assert grant.token_hash == media_grants.hash_of(first.rpartition("/")[2].removesuffix(".jpg"))


def test_another_delivery_of_the_same_picture_has_another_address(cast, delivery, media):
    picture = composing.Picture(str(media.uid), "A bench")
    other = posts.scheduled(cast.lisbon, cast.ana, reviewer=cast.rui, pictures=(picture,)).deliveries.get()
    assert url_of(delivery, media) != url_of(other, media)


def test_rendition_is_what_is_fetched_where_there_is_one(delivery, media, client, settings):
    made = media_store.fitted(media, WIDE)
    path = path_of(url_of(delivery, media, made), settings)
    assert client.get(path).getvalue() == made.file.read()


def test_nothing_else_is_found(client, path, media):
    assert client.get(path.replace(".jpg", ".mp4")).status_code == 404
    assert client.get(path.replace(".jpg", ".png")).status_code == 404
    assert client.get(path.removesuffix(".jpg")).status_code == 404
    assert client.get(path[:-8] + "AAAA.jpg").status_code == 404
    assert client.get(f"/m/{media.uid}.jpg").status_code == 404
    assert client.post(path).status_code == 405


def test_it_ends_after_a_day(client, delivery, media, settings):
    path = path_of(url_of(delivery, media, now=timezone.now() - timedelta(hours=23)), settings)
    assert client.get(path).status_code == 200
    path = path_of(url_of(delivery, media, now=timezone.now() - timedelta(hours=25)), settings)
    assert client.get(path).status_code == 404
    url_of(delivery, media)  # the next try opens it again
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("status", ["pending", "sending", "unconfirmed"])
def test_it_is_open_while_the_delivery_is_on_its_way(client, delivery, path, status):
    Delivery.objects.filter(pk=delivery.pk).update(status=status)
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("status", ["published", "failed", "held", "skipped"])
def test_it_is_closed_as_soon_as_the_delivery_is_settled(client, delivery, path, status):
    Delivery.objects.filter(pk=delivery.pk).update(status=status)
    assert client.get(path).status_code == 404


def test_it_goes_with_a_post_that_is_taken_off_the_schedule(cast, client, delivery, path):
    workflow.unschedule(post=delivery.post, by=cast.actor(cast.ana))
    assert client.get(path).status_code == 404
    assert not MediaGrant.objects.exists()


def test_lost_file_is_not_found(client, media, path):
    media.file.storage.delete(media.file.name)
    assert client.get(path).status_code == 404


def test_asking_without_end_is_stopped(client, path, monkeypatch):
    monkeypatch.setattr(media_views, "FETCHES", 3)
    caches["process"].clear()
    answers = [client.get(path) for _ in range(5)]
    assert {answer.status_code for answer in answers[:3]} == {200}
    assert answers[-1].status_code == 429
    assert answers[-1]["Retry-After"] == "60"


def test_machines_may_read_these_and_nothing_else(client):
    answer = client.get("/robots.txt")
    assert answer.content == b"User-agent: *\nAllow: /m/\nDisallow: /\n"
    assert answer["Content-Type"] == "text/plain"


class TestContent:
    """What the engine gives to adapters."""

    def content(self, delivery, *, by_url):
        kept = frozen_media.of([delivery])
        return frozen_media.content_of(delivery, kept, timezone.now(), by_url=by_url)

    def test_only_platforms_that_fetch_get_addresses(self, client, delivery, media, settings):
        (image,), video = self.content(delivery, by_url=False)
        assert (image.url, video, MediaGrant.objects.count()) == ("", None, 0)
        (image,), _video = self.content(delivery, by_url=True)
        assert client.get(path_of(image.url, settings)).getvalue() == image.read()

    def test_rendition_that_was_frozen_is_what_is_sent(self, client, delivery, media, settings):
        made = media_store.fitted(media, WIDE)
        delivery.payload["media"][0]["rendition"] = str(made.uid)
        (image,), _video = self.content(delivery, by_url=True)
        assert (image.uid, image.width, image.height) == (str(media.uid), 300, 158)
        assert client.get(path_of(image.url, settings)).getvalue() == image.read() == made.file.read()

    def test_rendition_that_is_gone_is_never_replaced_by_the_picture(self, delivery):
        delivery.payload["media"][0]["rendition"] = "00000000-0000-4000-8000-000000000000"
        with pytest.raises(KeyError):
            self.content(delivery, by_url=False)

    def test_video_is_given_as_one(self, cast, client, settings, tmp_path):

        film = media_video.store(films.upload(films.film(tmp_path)), chapter=cast.lisbon, by=cast.ana)
        delivery = posts.scheduled(cast.lisbon, cast.ana, reviewer=cast.rui).deliveries.get()
        delivery.payload["media"] = [{"uid": str(film.uid), "alt": "A bench, filmed"}]
        images, video = self.content(delivery, by_url=True)
        assert images == ()
        assert (video.alt, video.seconds, video.size) == ("A bench, filmed", film.seconds, film.size)
        answer = client.get(path_of(video.url, settings), headers={"Range": "bytes=0-99"})
        assert (answer.status_code, answer["Content-Type"]) == (206, "video/mp4")
        assert answer.getvalue() == film.file.read()[:100]

    def test_video_counts_when_an_account_is_searched_for_the_post(self, cast, delivery):
        film = media_store.video_of(posts.film(cast.lisbon, cast.ana), alt="")
        wanted = finish._wanted(
            delivery,
            SimpleNamespace(
                key="k", adapter=registry.get("sandbox"), content=Content("Words", video=film),
                began=timezone.now(), sent_by=timezone.now(),
            ),
        )  # fmt: skip
        assert wanted.media == 1

    def test_one_look_at_the_database_for_all(self, delivery, django_assert_num_queries):
        with django_assert_num_queries(1):
            frozen_media.of([delivery, delivery])
