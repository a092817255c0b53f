"""Instagram and Threads: containers made and awaited. No Django, no database."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from posts.platforms.base import (
    AuthExpired,
    Content,
    Idempotency,
    InvalidContent,
    Listing,
    MediaFetchFailed,
    MediaMissing,
    MediaProcessing,
    Outcome,
    PermissionMissing,
    RateLimited,
    Transient,
)
from tests.support import proxy

from .containers_rig import ALL, FILM, ONE, THREE, Rig, failure, image, rig_of
from .graph_server import Graph, graph_server, refused


@pytest.fixture(scope="module")
def server() -> Iterator[Graph]:
    with graph_server() as graph:
        yield graph


@pytest.fixture(params=["instagram", "threads"])
def rig(request, server: Graph) -> Iterator[Rig]:
    with rig_of(request.param, server) as rig:
        yield rig


# ---- shape


def test_says_what_the_platform_promises(rig: Rig):
    assert rig.adapter.idempotency is Idempotency.CONTAINER
    assert rig.adapter.listing({}) is Listing.COMPLETE
    assert rig.adapter.fetches_media
    assert rig.adapter.stages_always
    assert rig.adapter.takes_down is (rig.adapter.key == "threads")


# ---- preparing


def test_one_image_is_one_container(rig: Rig):
    staged = rig.stage(ONE)
    assert rig.container(staged)["status"] == "FINISHED"
    (form,) = rig.made()
    assert form["image_url"] == "https://hub.example.org/m/u1.jpg"
    assert form["alt_text"] == "A red boat"
    assert form["caption" if rig.adapter.key == "instagram" else "text"] == ONE.text
    assert not rig.graph.posts


def test_a_carousel_has_a_container_for_each_part(rig: Rig):
    staged = rig.stage(THREE)
    *parts, whole = rig.made()
    assert [part["image_url"][-6:-4] for part in parts] == ["u1", "u2", "u3"]
    assert all(part["is_carousel_item"] == "true" for part in parts)
    assert not any({"caption", "text"} & part.keys() for part in parts)
    assert [part.get("alt_text") for part in parts] == ["red", "blue", None]
    assert whole["media_type"] == "CAROUSEL"
    assert whole["children"].split(",") == [staged["media"][uid]["id"] for uid in ("u1", "u2", "u3")]


def test_a_video_is_one_container(rig: Rig):
    rig.stage(FILM)
    (form,) = rig.made()
    assert form["video_url"].endswith("v1.mp4")
    assert form["media_type"] == ("REELS" if rig.adapter.key == "instagram" else "VIDEO")


@pytest.mark.parametrize("content", ALL)
def test_preparing_is_repeatable(rig: Rig, content):
    staged = rig.stage(content)
    calls = len(rig.graph.front.requests)
    assert rig.stage(content, staged) == staged
    assert len(rig.graph.front.requests) == calls


@pytest.mark.parametrize("broken", [0, 1, 2, 3])
def test_preparing_goes_on_where_it_broke_off(rig: Rig, broken):
    if broken:
        rig.graph.on("POST", rig.make, lambda exchange: exchange.send(exchange.upstream()), times=broken)
    rig.graph.on("POST", rig.make, proxy.drop_before, times=1)
    error = failure(lambda: rig.stage(THREE))
    assert error.outcome is Outcome.NOT_SENT
    assert len(rig.graph.containers) == broken
    rig.stage(THREE, error.staged)
    assert len(rig.graph.containers) == 4


def test_a_lost_answer_leaves_a_container_behind_and_no_more(rig: Rig):
    rig.graph.on("POST", rig.make, proxy.commit_then_drop, times=1)
    error = failure(lambda: rig.stage(ONE))
    assert type(error) is Transient
    rig.publish(ONE, rig.stage(ONE, error.staged))
    assert len(rig.graph.containers) == 2
    assert len(rig.graph.posts) == 1


def test_a_container_that_takes_long_is_looked_at_again_later(rig: Rig):
    rig.graph.looks = 1000
    error = failure(lambda: rig.stage(FILM, deadline=0.6))
    assert type(error) is MediaProcessing
    assert error.retry_after == 15
    assert error.staged["container"] in rig.graph.containers
    assert not error.staged.get("ready")
    error.staged["at"] -= 100
    error = failure(lambda: rig.stage(FILM, error.staged, deadline=0.6))
    assert error.retry_after == 60
    assert len(rig.made()) == 1
    rig.container(error.staged)["looks"] = 1
    assert rig.stage(FILM, error.staged)["ready"]


def test_a_container_that_never_gets_ready_is_given_up(rig: Rig):
    rig.graph.looks = 1000
    error = failure(lambda: rig.stage(FILM, deadline=0.6))
    error.staged["at"] -= 2 * 3600
    error = failure(lambda: rig.stage(FILM, error.staged, deadline=0.6))
    assert type(error) is MediaFetchFailed
    assert "container" not in error.staged


def test_a_container_that_is_not_found_yet_gets_some_time(rig: Rig):
    looked = rf"{rig.words['base']}/\d+\?"
    rig.graph.on("GET", looked, refused(24, 2207008), times=1)
    error = failure(lambda: rig.stage(ONE))
    assert type(error) is MediaProcessing
    assert rig.stage(ONE, error.staged)["ready"]
    assert len(rig.made()) == 1


@pytest.mark.parametrize("answer", [refused(24, 2207006), refused(100, 33)])
def test_a_container_that_is_gone_is_made_anew(rig: Rig, answer):
    rig.graph.looks = 1000
    error = failure(lambda: rig.stage(FILM, deadline=0.6))
    error.staged["at"] -= 300
    rig.graph.on("GET", rf"{rig.words['base']}/\d+\?", answer, times=1)
    error = failure(lambda: rig.stage(FILM, error.staged, deadline=0.6))
    assert type(error) is MediaMissing
    rig.graph.looks = 0
    assert rig.stage(FILM, error.staged)["ready"]
    assert len(rig.made()) == 2


def test_an_expired_container_is_made_anew(rig: Rig):
    rig.graph.looks = 1000
    error = failure(lambda: rig.stage(FILM, deadline=0.6))
    rig.container(error.staged).update(status="EXPIRED", looks=0)
    error = failure(lambda: rig.stage(FILM, error.staged))
    assert type(error) is MediaMissing
    rig.graph.looks = 0
    assert rig.stage(FILM, error.staged)["ready"]


def test_what_is_older_than_a_container_lives_is_made_anew_without_asking(rig: Rig):
    staged = rig.stage(THREE)
    staged["at"] -= 24 * 3600
    for entry in staged["media"].values():
        entry["at"] -= 24 * 3600
    again = rig.stage(THREE, staged)
    assert again["container"] != staged["container"]
    assert len(rig.made()) == 8


def test_a_missing_part_is_made_anew_with_the_whole(rig: Rig):
    rig.graph.on("POST", rig.make, lambda exchange: exchange.send(exchange.upstream()), times=3)
    rig.graph.on("POST", rig.make, refused(24, 2207006), times=1)
    error = failure(lambda: rig.stage(THREE))
    assert type(error) is MediaMissing
    assert rig.stage(THREE, error.staged)["ready"]
    assert len(rig.made()) == 8


@pytest.mark.parametrize("answer", [refused(9004, 2207052), refused(-2, 2207003)])
def test_media_that_cannot_be_loaded_is_tried_three_times(rig: Rig, answer):
    rig.graph.on("POST", rig.make, answer)
    staged: dict = {}
    kinds = []
    for _ in range(3):
        error = failure(lambda: rig.stage(ONE, staged))  # noqa: B023
        kinds.append(type(error))
        staged = error.staged
    assert kinds == [MediaFetchFailed, MediaFetchFailed, InvalidContent]
    assert "administrator" in error.message


def test_media_without_an_address_of_plain_letters_is_not_offered(rig: Rig):
    for url in ("", "https://hub.example.org/möwe.jpg", "https://hub.example.org/a b.jpg"):
        content = Content("x", images=(dataclasses.replace(image("u1"), url=url),))
        error = failure(lambda: rig.stage(content))  # noqa: B023
        assert type(error) is MediaFetchFailed
    assert not rig.graph.front.requests


@pytest.mark.parametrize(
    ("code", "subcode", "kind"),
    [
        (36003, 2207009, InvalidContent),
        (352, 2207026, InvalidContent),
        (190, 463, AuthExpired),
        (10, 0, PermissionMissing),
        (4, 0, RateLimited),
        (1, 0, Transient),
    ],
)
def test_a_refused_container(rig: Rig, code, subcode, kind):
    rig.graph.on("POST", rig.make, refused(code, subcode))
    assert type(failure(lambda: rig.stage(ONE))) is kind


INSTAGRAM_REASONS = [
    ("Error: Media upload has failed with error code 2207026", InvalidContent),
    ("Error: Media upload has failed with error code 2207009", InvalidContent),
    ("Error: Media upload has failed with error code 2207003", MediaFetchFailed),
    ("Error: Media upload has failed with error code 2207001", MediaFetchFailed),
    ("Error: Media upload has failed with error code 2207999", MediaFetchFailed),
    ("", MediaFetchFailed),
]
THREADS_REASONS = [
    ("FAILED_DOWNLOADING_VIDEO", MediaFetchFailed),
    ("FAILED_PROCESSING_AUDIO", MediaFetchFailed),
    ("FAILED_PROCESSING_VIDEO", MediaFetchFailed),
    ("UNKNOWN", MediaFetchFailed),
    ("INVALID_ASPEC_RATIO", InvalidContent),
    ("INVALID_BIT_RATE", InvalidContent),
    ("INVALID_DURATION", InvalidContent),
    ("INVALID_FRAME_RATE", InvalidContent),
    ("INVALID_AUDIO_CHANNELS", InvalidContent),
    ("INVALID_AUDIO_CHANNEL_LAYOUT", InvalidContent),
]


@pytest.mark.parametrize(
    ("rig", "reason", "kind"),
    [
        *[("instagram", reason, kind) for reason, kind in INSTAGRAM_REASONS],
        *[("threads", reason, kind) for reason, kind in THREADS_REASONS],
    ],
    indirect=["rig"],
)
def test_a_container_that_failed(rig: Rig, reason, kind):
    rig.graph.looks = 1000
    error = failure(lambda: rig.stage(FILM, deadline=0.6))
    rig.container(error.staged).update(status="ERROR", reason=reason, looks=0)
    error = failure(lambda: rig.stage(FILM, error.staged))
    assert type(error) is kind
    assert reason in error.detail
    assert error.message.count(". ") >= 1
    assert "container" not in error.staged
