"""Instagram and Threads: containers made, awaited, published once and found again. No Django, no database."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from posts.platforms.base import (
    AppKeys,
    AuthExpired,
    Content,
    Credentials,
    Duplicate,
    Idempotency,
    Image,
    InvalidContent,
    Listing,
    MediaFetchFailed,
    MediaMissing,
    MediaProcessing,
    Outcome,
    PermissionMissing,
    PlatformError,
    Published,
    QuotaExhausted,
    RateLimited,
    Transient,
    UnknownOutcome,
    Video,
)
from posts.platforms.instagram import InstagramAdapter
from posts.platforms.threads import ThreadsAdapter
from tests.support import proxy, servers
from tests.support.proxy import Reply

from .graph_server import SECRET, TOKEN, Graph, graph_server, refused

KEY = "0123456789abcdef"
WORDS = {
    "instagram": {"make": "media", "publish": "media_publish", "base": r"graph\.instagram\.com/v26\.0"},
    "threads": {"make": "threads", "publish": "threads_publish", "base": r"graph\.threads\.net/v1\.0"},
}


@dataclasses.dataclass
class Rig:
    adapter: InstagramAdapter | ThreadsAdapter
    graph: Graph
    credentials: Credentials

    @property
    def words(self) -> dict[str, str]:
        return WORDS[self.adapter.key]

    @property
    def make(self) -> str:
        return f"{self.words['base']}/17/{self.words['make']}$"

    @property
    def publishing(self) -> str:
        return f"{self.words['base']}/17/{self.words['publish']}$"

    @property
    def listed(self) -> str:
        return rf"{self.words['base']}/17/{self.words['make']}\?"

    def made(self) -> list[dict[str, str]]:
        return [self.graph.form(one) for one in self.graph.seen("POST", self.make)]

    def stage(self, content: Content, staged: dict | None = None, deadline: float = 5) -> dict:
        staged = json.loads(json.dumps(staged or {}))
        return self.adapter.stage(content, self.credentials, staged=staged, deadline=deadline)

    def publish(self, content: Content, staged: dict, deadline: float = 5) -> Published:
        return self.adapter.publish(content, self.credentials, staged=staged, key=KEY, deadline=deadline)

    def look(self, content: Content, staged: dict, since: timedelta = timedelta(minutes=-1)):
        moment = datetime.now(UTC) + since
        return self.adapter.read_back(
            content, self.credentials, staged=staged, key=KEY, since=moment, deadline=5
        )

    def container(self, staged: dict) -> dict:
        return self.graph.containers[staged["container"]]


@pytest.fixture(scope="module")
def server() -> Iterator[Graph]:
    with graph_server() as graph:
        yield graph


@pytest.fixture(params=["instagram", "threads"])
def rig(request, server: Graph) -> Iterator[Rig]:
    server.reset()
    server.site = f"www.{request.param}.com"
    http = server.http()
    adapter = {"instagram": InstagramAdapter, "threads": ThreadsAdapter}[request.param](
        http, app=AppKeys("app", SECRET), poll_seconds=0.01
    )
    yield Rig(adapter, server, Credentials("", "17", {"access_token": TOKEN}))
    http.close()


def image(uid: str, alt: str = "") -> Image:
    return Image(
        uid, "image/jpeg", 1080, 1080, 1000, alt, lambda: b"x", f"https://hub.example.org/m/{uid}.jpg"
    )


def video(uid: str = "v1", url: str = "https://hub.example.org/m/v1.mp4") -> Video:
    return Video(uid, "video/mp4", 720, 1280, 20.0, 5000, "", lambda: None, url)


ONE = Content("Hello from the harbour", images=(image("u1", "A red boat"),))
THREE = Content("Three boats", images=(image("u1", "red"), image("u2", "blue"), image("u3")))
FILM = Content("A film", video=video())
ALL = [ONE, THREE, FILM]


def failure(call) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        call()
    return caught.value


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


# ---- publishing


def test_published_by_the_id_of_its_container_alone(rig: Rig):
    staged = rig.stage(ONE)
    published = rig.publish(ONE, staged)
    (sent,) = rig.graph.seen("POST", rig.publishing)
    assert rig.graph.form(sent) == {"creation_id": staged["container"]}
    assert published.external_id == rig.graph.posts[0]["id"]
    assert published.permalink == rig.graph.posts[0]["permalink"]


@pytest.mark.parametrize("behave", [proxy.drop_before, proxy.not_json, Reply(500), refused(190)])
def test_a_permalink_that_is_not_told_changes_nothing(rig: Rig, behave):
    staged = rig.stage(ONE)
    rig.graph.on("GET", rf"{rig.words['base']}/\d+\?fields=permalink", behave)
    assert rig.publish(ONE, staged) == Published(rig.graph.posts[0]["id"], "")


def test_a_permalink_elsewhere_is_not_shown(rig: Rig):
    staged = rig.stage(ONE)
    told = Reply.of(200, {"permalink": "https://evil.example.org/p/1"})
    rig.graph.on("GET", rf"{rig.words['base']}/\d+\?fields=permalink", told)
    assert rig.publish(ONE, staged).permalink == ""


@pytest.mark.parametrize("staged", [{}, {"container": "7"}, {"container": 7, "ready": True}, {"media": 7}])
def test_without_a_ready_container_nothing_is_sent(rig: Rig, staged):
    assert type(failure(lambda: rig.publish(ONE, staged))) is MediaMissing
    assert not rig.graph.front.requests


LOST = [
    proxy.commit_then_drop,
    proxy.commit_then_reset,
    proxy.error_after_commit,
    proxy.truncate,
    proxy.not_json,
    proxy.empty_object,
    proxy.garbage,
]


@pytest.mark.parametrize("behave", LOST)
def test_repeated_send_makes_no_second_post(rig: Rig, behave):
    staged = rig.stage(ONE)
    rig.graph.on("POST", rig.publishing, behave, times=1)
    assert type(failure(lambda: rig.publish(ONE, staged))) is UnknownOutcome
    assert len(rig.graph.posts) == 1
    back = rig.look(ONE, staged)
    assert [post.external_id for post in back.posts if post.key == KEY] == [rig.graph.posts[0]["id"]]
    assert type(failure(lambda: rig.publish(ONE, rig.stage(ONE, staged)))) is Duplicate
    assert len(rig.graph.posts) == 1


@pytest.mark.parametrize("behave", [proxy.silence, proxy.drip_body, proxy.drip_headers])
def test_the_deadline_holds(rig: Rig, behave):
    staged = rig.stage(ONE)
    rig.graph.on("POST", rig.publishing, behave, times=1)
    start = time.monotonic()
    assert type(failure(lambda: rig.publish(ONE, staged, deadline=0.4))) is UnknownOutcome
    assert time.monotonic() - start < 3


def test_a_server_that_is_down_means_not_sent(rig: Rig):
    staged = rig.stage(ONE)
    rig.adapter._graph._http._stand_in = f"http://127.0.0.1:{servers.free_port()}/as"
    rig.adapter._graph._http.egress = type(rig.adapter._graph._http.egress)(allow_loopback=True)
    error = failure(lambda: rig.publish(ONE, staged))
    assert type(error) is Transient
    assert "Nothing was sent" in error.message


@pytest.mark.parametrize(
    "answer", [refused(1), refused(2, status=500), refused(1, is_transient=True), Reply(503)]
)
def test_trouble_at_the_platform_is_unknown(rig: Rig, answer):
    staged = rig.stage(ONE)
    rig.graph.on("POST", rig.publishing, answer)
    assert type(failure(lambda: rig.publish(ONE, staged))) is UnknownOutcome


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused(9, 2207042), QuotaExhausted),
        (refused(4, 2207051), RateLimited),
        (refused(25, 2207050), PermissionMissing),
        (refused(190, 460), AuthExpired),
        (refused(36004, 2207010), InvalidContent),
    ],
)
def test_a_refusal_keeps_the_container(rig: Rig, answer, kind):
    staged = rig.stage(ONE)
    rig.graph.on("POST", rig.publishing, answer, times=1)
    error = failure(lambda: rig.publish(ONE, staged))
    assert type(error) is kind
    assert error.staged is None
    assert rig.publish(ONE, staged).external_id
    assert len(rig.graph.containers) == 1


@pytest.mark.parametrize("answer", [refused(9007, 2207027), refused(24, 2207008)])
def test_not_ready_after_all_is_looked_at_again(rig: Rig, answer):
    staged = rig.stage(ONE)
    rig.graph.on("POST", rig.publishing, answer, times=3)
    for turn in (1, 2, 3):
        error = failure(lambda: rig.publish(ONE, staged))  # noqa: B023
        assert type(error) is MediaProcessing
        assert error.retry_after
        staged = rig.stage(ONE, error.staged)
        assert len(rig.made()) == (1 if turn < 3 else 2)  # the third time with a new container
    assert rig.publish(ONE, staged).external_id


@pytest.mark.parametrize("answer", [refused(24, 2207006), refused(-2, 2207020), refused(100, 33)])
def test_a_container_that_is_gone_at_the_last_moment_is_made_anew(rig: Rig, answer):
    staged = rig.stage(THREE)
    rig.container(staged)["status"] = "EXPIRED"
    rig.graph.on("POST", rig.publishing, answer, times=1)
    error = failure(lambda: rig.publish(THREE, staged))
    assert type(error) is MediaMissing
    assert rig.publish(THREE, rig.stage(THREE, error.staged)).external_id
    assert len(rig.made()) == 5  # the parts are used again


@pytest.mark.parametrize(
    "answer", [refused(24, 2207006), refused(9007, 2207027), refused(100), refused(100, 33)]
)
def test_no_refusal_is_believed_while_the_container_says_it_is_out(rig: Rig, answer):
    staged = rig.stage(ONE)
    rig.publish(ONE, staged)
    rig.graph.on("POST", rig.publishing, answer)
    assert type(failure(lambda: rig.publish(ONE, staged))) is Duplicate


def test_a_refusal_is_a_doubt_where_the_container_cannot_be_asked(rig: Rig):
    staged = rig.stage(ONE)
    rig.graph.on("POST", rig.publishing, refused(24, 2207006))
    rig.graph.on("GET", ".*", Reply(503))
    assert type(failure(lambda: rig.publish(ONE, staged))) is UnknownOutcome


def test_a_container_found_published_while_preparing_is_never_made_anew(rig: Rig):
    staged = rig.stage(ONE)
    rig.publish(ONE, staged)
    again = rig.stage(ONE, {**staged, "ready": False})
    assert again["container"] == staged["container"]
    assert type(failure(lambda: rig.publish(ONE, again))) is Duplicate
    assert len(rig.graph.posts) == 1


# ---- looking


@pytest.mark.parametrize("content", ALL)
def test_a_published_container_is_found_under_its_key(rig: Rig, content):
    rig.graph.add("Another post")
    staged = rig.stage(content)
    rig.publish(content, staged)
    back = rig.look(content, staged)
    (ours,) = [post for post in back.posts if post.key]
    assert ours.key == KEY
    assert ours.text == content.text
    assert ours.permalink
    assert len(back.posts) == 2


def test_a_finished_container_proves_that_nothing_is_out(rig: Rig):
    staged = rig.stage(ONE)
    rig.graph.tells_text = False
    rig.graph.add("Another post")
    back = rig.look(ONE, staged)
    assert back.complete
    assert not any(post.key for post in back.posts)


def test_a_published_container_that_is_not_listed_yet_proves_nothing_more(rig: Rig):
    staged = rig.stage(ONE)
    rig.publish(ONE, staged)
    rig.graph.posts.clear()
    back = rig.look(ONE, staged)
    assert back.posts == ()
    assert not back.complete


def test_the_only_post_without_a_told_text_is_that_of_the_published_container(rig: Rig):
    rig.graph.tells_text = False
    staged = rig.stage(ONE)
    rig.publish(ONE, staged)
    (post,) = rig.look(ONE, staged).posts
    assert post.key == KEY
    rig.graph.add("By hand")
    back = rig.look(ONE, staged)
    assert not any(post.key for post in back.posts)
    assert not back.complete


def test_two_posts_alike_are_left_to_the_engine(rig: Rig):
    staged = rig.stage(ONE)
    rig.publish(ONE, staged)
    rig.graph.add(ONE.text)
    back = rig.look(ONE, staged)
    assert [post.text for post in back.posts] == [ONE.text, ONE.text]
    assert not any(post.key for post in back.posts)
    assert not back.complete


@pytest.mark.parametrize("status", ["EXPIRED", "ERROR"])
def test_without_proof_the_list_decides(rig: Rig, status):
    staged = rig.stage(ONE)
    rig.container(staged)["status"] = status
    rig.graph.add("Another post")
    assert rig.look(ONE, staged).complete
    rig.graph.tells_text = False
    rig.graph.add("A text that is not told")
    assert not rig.look(ONE, staged).complete


def test_a_container_in_progress_proves_nothing(rig: Rig):
    staged = rig.stage(ONE)
    rig.container(staged)["looks"] = 1
    assert not rig.look(ONE, staged).complete


@pytest.mark.parametrize("staged", [{}, {"container": "404404"}, {"container": None, "media": []}])
def test_without_a_container_the_list_decides(rig: Rig, staged):
    rig.graph.add(ONE.text)
    rig.graph.add("Long ago", at=datetime.now(UTC) - timedelta(days=2))
    back = rig.look(ONE, staged)
    assert [post.text for post in back.posts] == [ONE.text]
    assert back.complete


def test_an_earlier_container_that_came_through_is_seen(rig: Rig):
    first = rig.stage(ONE)
    second = rig.stage(ONE)
    rig.publish(ONE, first)
    assert [post.text for post in rig.look(ONE, second).posts] == [ONE.text]


def test_the_list_is_read_page_by_page_until_it_is_old_enough(rig: Rig):
    now = datetime.now(UTC)
    for number in range(60):
        rig.graph.add(f"Post {number}", at=now - timedelta(minutes=60 - number))
    back = rig.look(ONE, {}, since=timedelta(minutes=-40, seconds=-1))
    assert len(back.posts) == 40
    assert back.complete
    assert len(rig.graph.seen("GET", rig.listed)) == 2


@pytest.mark.parametrize(
    "odd", [None, 7, [], {}, {"id": "1"}, {"id": "", "timestamp": "2026-01-01T00:00:00+0000"}]
)
def test_an_entry_that_cannot_be_read_is_left_out(rig: Rig, odd):
    rig.graph.add(ONE.text)
    listed = {"data": [odd, *rig.graph.posts]}
    rig.graph.on("GET", rig.listed, Reply.of(200, listed))
    back = rig.look(ONE, {})
    assert len(back.posts) == 1
    assert not back.complete


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused(190, status=401), AuthExpired),
        (refused(10, status=403), PermissionMissing),
        (refused(4), RateLimited),
        (refused(100), Transient),
        (refused(100, 33), Transient),
        (refused(2, status=500), Transient),
        *[(Reply(status), Transient) for status in (301, 400, 404, 410, 422, 500, 502, 503)],
        (Reply.of(200, {}), Transient),
        (Reply.of(200, {"data": 7}), Transient),
        (Reply.of(200, []), Transient),
        (Reply(200, {}, b"<html>"), Transient),
    ],
)
def test_a_look_that_is_refused(rig: Rig, answer, kind):
    rig.graph.on("GET", rig.listed, answer)
    assert type(failure(lambda: rig.look(ONE, {}))) is kind


@pytest.mark.parametrize("behave", [*LOST, proxy.drop_before])
def test_a_look_without_a_usable_answer_proves_nothing(rig: Rig, behave):
    staged = rig.stage(ONE)
    for path in (rf"{rig.words['base']}/\d+\?", rig.listed):
        rig.graph.front.clear()
        rig.graph.on("GET", path, behave)
        assert type(failure(lambda: rig.look(ONE, staged))) is Transient


# ---- the account's other calls


def test_tokens_are_renewed_for_sixty_days(rig: Rig):
    renewed = rig.adapter.refresh(rig.credentials, None, deadline=5)
    assert renewed.tokens == {"access_token": TOKEN}
    assert renewed.expires_in == 60 * 86_400
    assert renewed.renew_from == 45 * 86_400
    assert renewed.ends_in is None
    assert renewed.profile.external_id == "17"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused(190, 463), AuthExpired),
        (refused(100, message="token is too new"), Transient),
        (refused(1), Transient),
        (Reply(500), Transient),
        (Reply.of(200, {}), Transient),
    ],
)
def test_a_renewal_that_is_refused(rig: Rig, answer, kind):
    rig.graph.on("GET", r"[^/]+/refresh_access_token", answer)
    error = failure(lambda: rig.adapter.refresh(rig.credentials, None, deadline=5))
    assert type(error) is kind
    assert TOKEN not in error.message + error.detail


def test_giving_the_access_back_is_no_call(rig: Rig):
    rig.adapter.revoke(rig.credentials, None, deadline=5)
    assert not rig.graph.front.requests


def test_no_token_in_an_address_but_where_there_is_no_other_way(rig: Rig):
    staged = rig.stage(THREE)
    rig.publish(THREE, staged)
    rig.look(THREE, staged)
    rig.adapter.post_counts(["17"], rig.credentials, deadline=5)
    rig.adapter.account_counts(rig.credentials, deadline=5)
    assert not any(TOKEN in one.path for one in rig.graph.front.requests)
    assert not any(TOKEN.encode() in one.body for one in rig.graph.front.requests)


def test_no_secret_in_an_error(rig: Rig, caplog):
    def echo(exchange) -> None:
        words = f"bad token {exchange.seen.headers.get('Authorization')} for {exchange.seen.path} {SECRET}"
        exchange.send(refused(100, message=words))

    staged = rig.stage(ONE)
    rig.graph.on("*", ".*", echo)
    calls = [
        lambda: rig.publish(ONE, staged),
        lambda: rig.stage(THREE),
        lambda: rig.look(ONE, {}),
        lambda: rig.adapter.refresh(rig.credentials, None, deadline=5),
        lambda: rig.adapter.exchange(
            "", None, code="c0de-canary", redirect_uri="https://h/x", code_verifier="", deadline=5
        ),
    ]
    for call in calls:
        error = failure(call)
        words = f"{error!r} {error.message} {error.detail} {error.__context__!r}"
        assert TOKEN not in words
        assert "c0de-canary" not in words
    assert TOKEN not in caplog.text


# ---- counts


def test_posts_that_are_gone_are_left_out_and_unknown_metrics_skipped(rig: Rig):
    media = rig.graph.add("x")
    rig.graph.on("GET", rf"{rig.words['base']}/404/.*", refused(100, 33))
    rig.graph.on("GET", rf"{rig.words['base']}/\d+/insights\?metric=shares", refused(100))
    counts = rig.adapter.post_counts(["404", media], rig.credentials, deadline=5)
    assert list(counts) == [media]
    assert all(isinstance(value, int) for value in counts[media].values())
    asked = rig.graph.seen("GET", rf"{rig.words['base']}/\d+/insights\?metric=shares")
    assert len(asked) == 1
    rig.adapter.post_counts([media], rig.credentials, deadline=5)


def test_a_metric_without_an_entry_is_unknown_and_not_zero(rig: Rig):
    media = rig.graph.add("x")
    rig.graph.on("GET", r".*/insights", Reply.of(200, {"data": []}))
    counts = rig.adapter.post_counts([media], rig.credentials, deadline=5)
    assert "views" not in counts[media]


def test_counts_need_access(rig: Rig):
    credentials = Credentials("", "17", {"access_token": "wrong"})
    error = failure(lambda: rig.adapter.post_counts(["1"], credentials, deadline=5))
    assert type(error) is AuthExpired
    assert rig.adapter.post_counts([], credentials, deadline=5) == {}
