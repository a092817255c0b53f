"""The LinkedIn adapter's posts and media against scripted answers. No Django, no database."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from posts.platforms import linkedin
from posts.platforms.base import (
    AppKeys,
    AuthExpired,
    ConfigError,
    Content,
    Credentials,
    Duplicate,
    InvalidContent,
    MediaMissing,
    MediaProcessing,
    NotFound,
    Outcome,
    PermissionMissing,
    Published,
    QuotaExhausted,
    RateLimited,
    Transient,
    UnknownOutcome,
)
from posts.platforms.cards import Card
from posts.platforms.linkedin import LinkedInAdapter
from posts.platforms.linkedin_errors import until_midnight
from tests.posts.platforms.central import CANARY, failure, film, script, standing_in
from tests.support.proxy import Proxy, Reply, commit_then_drop, silence

POSTS = "POST api.linkedin.com/rest/posts$"
IMAGES, VIDEOS = (
    rf"POST api.linkedin.com/rest/{kind}\?action=initializeUpload$" for kind in ("images", "videos")
)
FINALIZE = r"POST api.linkedin.com/rest/videos\?action=finalizeUpload$"
IMAGE, VIDEO = (f"GET api.linkedin.com/rest/{kind}/urn" for kind in ("images", "videos"))
PUT = "PUT www.linkedin.com/dms-uploads/"
ORGANIZATION = "urn:li:organization:77"
SHARE = "urn:li:share:7001"
CREDENTIALS = Credentials(
    "", ORGANIZATION, {"access_token": CANARY}, {"kind": "organization", "reads": True, "counts": True}
)
CREATED = Reply.of(201, None, **{"x-restli-id": SHARE})
PART = 4 * 1024 * 1024


@pytest.fixture
def adapter(lone: Proxy):
    http = standing_in(lone)
    yield LinkedInAdapter(http, app=AppKeys("practice", "practice"), version="202609", poll_seconds=0.02)
    http.close()


@pytest.fixture(autouse=True)
def card(monkeypatch):
    """What the page of each link says of itself; tests change it."""
    cards: dict[str, Card | None] = {}
    monkeypatch.setattr(linkedin, "fetch_card", lambda http, url, *, by: cards.get(url))
    return cards


def publish(adapter, content: Content | None = None, staged: dict | None = None, deadline=5):
    return adapter.publish(
        content or Content("hello"), CREDENTIALS, staged=staged or {}, key="k", deadline=deadline
    )


def stage(adapter, content: Content, staged: dict | None = None, deadline=5):
    return adapter.stage(content, CREDENTIALS, staged=staged or {}, deadline=deadline)


def problem(status: int, code: str = "", message: str = "No.", *fields: str) -> Reply:
    details = {"errorDetails": {"inputErrors": [{"code": field} for field in fields]}} if fields else {}
    return Reply.of(status, {"status": status, "code": code, "message": message, **details})


def begun_image(number: str, url: str = "") -> Reply:
    url = url or f"https://www.linkedin.com/dms-uploads/{number}?sig=1"
    return Reply.of(200, {"value": {"uploadUrl": url, "image": f"urn:li:image:{number}"}})


def state(name: str) -> Reply:
    return Reply.of(200, {"id": "urn:li:image:5", "status": name})


CARD_TAKEN = {IMAGES: begun_image("5"), PUT: Reply.of(201), IMAGE: state("AVAILABLE"), POSTS: CREATED}


# ---- the one public call


def test_a_post_is_its_words_in_linkedins_notation(adapter, lone):
    script(lone, {POSTS: CREATED})
    published = publish(adapter, Content("Hello (all) #Climate"))
    assert published == Published(SHARE, f"https://www.linkedin.com/feed/update/{SHARE}")
    (asked,) = lone.requests
    assert asked.json == {
        "author": ORGANIZATION,
        "commentary": r"Hello \(all\) #Climate",
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    assert asked.headers["LinkedIn-Version"] == "202609"
    assert asked.headers["X-Restli-Protocol-Version"] == "2.0.0"
    assert asked.headers["Authorization"] == f"Bearer {CANARY}"


def test_a_link_becomes_a_card_with_what_its_page_says(adapter, lone, card):
    link = "https://example.org/news"
    card[link] = Card("The news", "What happened", b"picture", "image/jpeg")
    script(lone, {IMAGES: begun_image("5"), PUT: Reply.of(201), IMAGE: state("AVAILABLE"), POSTS: CREATED})
    content = Content("Read this", link=link)
    staged = stage(adapter, content)
    assert lone.seen("PUT", ".*")[0].body == b"picture"
    assert json.loads(json.dumps(staged)) == staged
    lone.requests.clear()
    assert stage(adapter, content, staged) == staged
    assert not lone.requests
    publish(adapter, content, staged)
    assert lone.requests[0].json["commentary"] == "Read this"
    assert lone.requests[0].json["content"] == {
        "article": {
            "source": link,
            "title": "The news",
            "description": "What happened",
            "thumbnail": "urn:li:image:5",
        }
    }


def test_a_page_that_says_nothing_goes_by_its_host(adapter, lone):
    script(lone, {POSTS: CREATED})
    content = Content("Read this", link="https://www.example.org/news")
    publish(adapter, content, stage(adapter, content))
    assert lone.requests[-1].json["content"] == {
        "article": {"source": "https://www.example.org/news", "title": "example.org"}
    }


@pytest.mark.parametrize("where", [IMAGES, PUT, "state"])
def test_a_picture_that_linkedin_does_not_take_stays_out_of_the_card(adapter, lone, card, where):
    card["https://example.org/"] = Card("The news", "", b"picture", "image/jpeg")
    refused = {where: problem(400)} if where != "state" else {IMAGE: state("PROCESSING_FAILED")}
    script(lone, {**refused, **{place: reply for place, reply in CARD_TAKEN.items() if place not in refused}})
    content = Content("Read this", link="https://example.org/")
    publish(adapter, content, stage(adapter, content))
    assert lone.requests[-1].json["content"] == {
        "article": {"source": "https://example.org/", "title": "The news"}
    }


def test_a_picture_whose_upload_broke_is_tried_again(adapter, lone, card):
    card["https://example.org/"] = Card("The news", "", b"picture", "image/jpeg")
    lone.on("PUT", ".*", Reply.of(503), times=1)
    script(lone, CARD_TAKEN)
    content = Content("Read this", link="https://example.org/")
    error = failure(lambda: stage(adapter, content))
    assert error.staged == {"media": {}}
    assert stage(adapter, content, error.staged)["media"]["card"]["ready"]


def test_beside_media_the_link_stands_in_the_words(adapter, lone, picture):
    script(lone, {POSTS: CREATED})
    content = Content("Look", link="https://example.org/a_b", images=(picture("a", alt="A dog"),))
    publish(adapter, content, {"media": {"a": {"id": "urn:li:image:1", "ready": True}}})
    (asked,) = lone.requests
    assert asked.json["commentary"] == "Look\n\nhttps://example.org/a\\_b"
    assert asked.json["content"] == {"media": {"id": "urn:li:image:1", "altText": "A dog"}}
    assert adapter.compose_text(content) == "Look\n\nhttps://example.org/a_b"


def test_several_images_go_together_in_their_order(adapter, lone, picture):
    script(lone, {POSTS: CREATED})
    media = {uid: {"id": f"urn:li:image:{uid}", "ready": True} for uid in "abc"}
    publish(adapter, Content("", images=(picture("c"), picture("a", alt="x"))), {"media": media})
    assert lone.requests[0].json["content"] == {
        "multiImage": {"images": [{"id": "urn:li:image:c"}, {"id": "urn:li:image:a", "altText": "x"}]}
    }


def test_a_post_does_not_go_out_without_its_media(adapter, lone, picture):
    for content in (Content("hi", images=(picture("a"),)), Content("hi", video=film())):
        assert isinstance(failure(lambda content=content: publish(adapter, content)), MediaMissing)
    assert not lone.requests


# What LinkedIn answers, and what it means for a post.
REFUSALS = [
    (problem(401, "REVOKED_ACCESS_TOKEN"), AuthExpired),
    (Reply.of(401, {"status": 401, "serviceErrorCode": 65601, "message": "Revoked"}), AuthExpired),
    (problem(401, "EXPIRED_ACCESS_TOKEN"), AuthExpired),
    (problem(401, "INVALID_ACCESS_TOKEN"), AuthExpired),
    (problem(401, message="Empty oauth2_access_token"), AuthExpired),
    (Reply.of(401), AuthExpired),
    (problem(403, "ACCESS_DENIED"), PermissionMissing),
    (
        Reply.of(403, {"status": 403, "serviceErrorCode": 100, "message": "Not enough permissions"}),
        PermissionMissing,
    ),
    (problem(400, "BAD_REQUEST"), InvalidContent),
    (problem(422, "UNPROCESSABLE_ENTITY"), InvalidContent),
    (problem(400, "INVALID_URN_ID"), InvalidContent),
    (problem(422, "X", "No.", "INVALID_URN_ID"), InvalidContent),
    (problem(400, "MEDIA_ASSET_PROCESSING_FAILED"), InvalidContent),
    (problem(413), InvalidContent),
    (problem(415), InvalidContent),
    (problem(400, "MEDIA_ASSET_WAITING_UPLOAD"), MediaMissing),
    (problem(422, "X", "No.", "MEDIA_ASSET_WAITING_UPLOAD"), MediaMissing),
    (problem(400, "EXPIRED_UPLOAD_URL"), MediaMissing),
    (problem(422, "X", f"Content is a duplicate of {SHARE}", "DUPLICATE_POST"), Duplicate),
    (problem(422, "DUPLICATE_POST"), Duplicate),
    (problem(426, "NONEXISTENT_VERSION"), ConfigError),
    (Reply.of(426), ConfigError),
    (problem(400, "VERSION_MISSING"), ConfigError),
    (problem(429, "TOO_MANY_REQUESTS"), RateLimited),
    (Reply.of(429), RateLimited),
    (
        problem(429, message="Resource level throttle APPLICATION DAY limit for calls is reached."),
        QuotaExhausted,
    ),
    (problem(404), NotFound),
    (problem(409), UnknownOutcome),
    (Reply.of(302, None, Location="https://elsewhere.example.org"), UnknownOutcome),
    *((Reply.of(status), UnknownOutcome) for status in (500, 502, 503, 504)),
    (problem(500, "DUPLICATE_POST"), UnknownOutcome),
    (Reply.of(201), UnknownOutcome),
    (Reply.of(201, None, **{"x-restli-id": "no urn"}), UnknownOutcome),
    (Reply.of(200, None, **{"x-restli-id": SHARE}), UnknownOutcome),
]


@pytest.mark.parametrize(("reply", "kind"), REFUSALS)
def test_what_a_refused_post_means(adapter, lone, reply, kind):
    script(lone, {POSTS: reply})
    error = failure(lambda: publish(adapter))
    assert type(error) is kind
    assert error.message.endswith(".")
    assert error.staged == ({} if kind is MediaMissing else None)
    assert len(lone.requests) == 1


def test_a_duplicate_names_the_original(adapter, lone):
    script(lone, {POSTS: problem(422, "X", f"Content is a duplicate of {SHARE}", "DUPLICATE_POST")})
    assert f"duplicate of {SHARE}" in failure(lambda: publish(adapter)).detail


def test_an_ended_version_is_the_administrators_to_change(adapter, lone):
    script(lone, {POSTS: problem(426, "NONEXISTENT_VERSION")})
    assert "administrator" in failure(lambda: publish(adapter)).message


def test_a_limit_lasts_until_midnight(adapter, lone):
    script(lone, {POSTS: Reply.of(429)})
    assert failure(lambda: publish(adapter)).retry_after == pytest.approx(until_midnight(), abs=5)
    assert until_midnight(datetime(2026, 11, 25, 23, 0, tzinfo=UTC)) == 3600
    assert until_midnight(datetime(2026, 11, 25, 0, 0, tzinfo=UTC)) == 86_400


@pytest.mark.parametrize("behaviour", [commit_then_drop, silence])
def test_a_lost_answer_leaves_the_post_in_doubt(adapter, lone, behaviour):
    script(lone, {POSTS: behaviour})
    assert failure(lambda: publish(adapter, deadline=0.5)).outcome is Outcome.UNKNOWN
    assert len(lone.requests) == 1


# ---- images


def test_an_image_is_uploaded_with_the_token_and_awaited(adapter, lone, picture):
    script(lone, {IMAGES: begun_image("5"), PUT: Reply.of(201)})
    for name in ("WAITING_UPLOAD", "PROCESSING"):
        lone.on("GET", "/as/api.linkedin.com/rest/images/urn%3Ali%3Aimage%3A5$", state(name), times=1)
    script(lone, {IMAGE: state("AVAILABLE")})
    content = Content("hi", images=(picture("a"),))
    staged = stage(adapter, content)
    assert staged == {"media": {"a": {"id": "urn:li:image:5", "ready": True}}}
    assert lone.requests[0].json == {"initializeUploadRequest": {"owner": ORGANIZATION}}
    (put,) = lone.seen("PUT", ".*")
    assert put.body == content.images[0].read()
    assert put.headers["Authorization"] == f"Bearer {CANARY}"
    assert put.headers["Content-Type"] == "image/png"
    assert len(lone.seen("GET", ".*")) == 3
    lone.requests.clear()
    assert stage(adapter, content, staged) == staged
    assert not lone.requests


def test_a_member_who_may_not_look_at_the_image_goes_on_after_a_moment(adapter, lone, picture):
    script(lone, {IMAGES: begun_image("5"), PUT: Reply.of(201), IMAGE: problem(403, "ACCESS_DENIED")})
    assert stage(adapter, Content("hi", images=(picture("a"),)))["media"]["a"]["ready"]
    assert len(lone.seen("GET", ".*")) == 1


def test_an_image_that_takes_long_is_looked_at_again_later(adapter, lone, picture):
    script(lone, {IMAGES: begun_image("5"), PUT: Reply.of(201), IMAGE: state("PROCESSING")})
    error = failure(lambda: stage(adapter, Content("hi", images=(picture("a"),)), deadline=1.2))
    assert isinstance(error, MediaProcessing)
    assert error.retry_after
    assert error.staged == {"media": {"a": {"id": "urn:li:image:5"}}}


@pytest.mark.parametrize(
    ("reply", "kind"),
    [(state("PROCESSING_FAILED"), InvalidContent), (problem(404), MediaMissing)],
)
def test_an_image_that_is_no_good_is_forgotten(adapter, lone, picture, reply, kind):
    script(lone, {IMAGE: reply})
    staged = {"media": {"a": {"id": "urn:li:image:5"}}}
    error = failure(lambda: stage(adapter, Content("hi", images=(picture("a"),)), staged))
    assert type(error) is kind
    assert error.staged == {"media": {}}


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.org/take",
        "https://www.linkedin.com.evil.example.org/take",
        "https://linkedin.com@evil.example.org/take",
        "http://www.linkedin.com/take",
        "https://evillinkedin.com/",
        "ftp:",
        "https://[",
    ],
)
def test_image_and_token_go_to_linkedin_alone(adapter, lone, picture, url):
    script(lone, {IMAGES: begun_image("5", url)})
    assert isinstance(failure(lambda: stage(adapter, Content("hi", images=(picture("a"),)))), Transient)
    assert len(lone.requests) == 1


def test_a_stand_in_may_name_itself_as_the_place_to_upload_to(adapter, lone, picture):
    script(lone, {IMAGES: begun_image("5", f"{lone.url}/as/www.linkedin.com/dms-uploads/5")})
    script(lone, {PUT: Reply.of(201), IMAGE: state("AVAILABLE")})
    assert stage(adapter, Content("hi", images=(picture("a"),)))["media"]["a"]["ready"]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (problem(401), AuthExpired),
        (problem(403), PermissionMissing),
        (problem(400), InvalidContent),
        (problem(413), InvalidContent),
        (problem(415), InvalidContent),
        (problem(400, "EXPIRED_UPLOAD_URL"), MediaMissing),
        (problem(426), ConfigError),
        (problem(429), RateLimited),
        (problem(500), Transient),
        (Reply.of(200, {"value": {}}), Transient),
    ],
)
def test_what_a_refused_upload_means(adapter, lone, picture, reply, kind):
    script(lone, {IMAGES: reply})
    assert type(failure(lambda: stage(adapter, Content("hi", images=(picture("a"),))))) is kind
    lone.clear()
    script(lone, {IMAGES: begun_image("5"), PUT: reply, IMAGE: state("AVAILABLE")})
    if reply.status != 200:
        assert type(failure(lambda: stage(adapter, Content("hi", images=(picture("a"),))))) is kind


# ---- videos


def begun_video(size: int, number: str = "9") -> Reply:
    parts = [
        {
            "uploadUrl": f"https://www.linkedin.com/dms-uploads/{number}/{begin // PART}",
            "firstByte": begin,
            "lastByte": min(begin + PART, size) - 1,
        }
        for begin in range(0, size, PART)
    ]
    value = {"video": f"urn:li:video:{number}", "uploadToken": "ut", "uploadInstructions": parts}
    return Reply.of(200, {"value": value})


def receive(exchange) -> None:
    number = exchange.seen.path.rpartition("/")[2]
    exchange.send(Reply.of(200, None, ETag=f"etag-{number}"))


def test_a_video_goes_in_parts_without_the_token(adapter, lone):
    size = 2 * PART + 5
    script(
        lone, {VIDEOS: begun_video(size), PUT: receive, FINALIZE: Reply.of(200), VIDEO: state("AVAILABLE")}
    )
    video = film(size=size, alt="A film")
    staged = stage(adapter, Content("hi", video=video))
    assert staged == {"media": {"film": {"id": "urn:li:video:9", "ready": True}}}
    assert lone.requests[0].json["initializeUploadRequest"] == {
        "owner": ORGANIZATION,
        "fileSizeBytes": size,
        "uploadCaptions": False,
        "uploadThumbnail": False,
    }
    puts = lone.seen("PUT", ".*")
    with video.open() as file:
        assert b"".join(put.body for put in puts) == file.read()
    assert [len(put.body) for put in puts] == [PART, PART, 5]
    assert all("Authorization" not in put.headers for put in puts)
    (done,) = lone.seen("POST", ".*finalizeUpload")
    assert done.json["finalizeUploadRequest"] == {
        "video": "urn:li:video:9",
        "uploadToken": "ut",
        "uploadedPartIds": ["etag-0", "etag-1", "etag-2"],
    }
    script(lone, {POSTS: CREATED})
    publish(adapter, Content("hi", video=video), staged)
    assert lone.requests[-1].json["content"] == {"media": {"id": "urn:li:video:9", "title": "A film"}}


def test_an_interrupted_video_goes_on_where_it_was(adapter, lone):
    size = 2 * PART + 5
    lone.on("PUT", ".*/9/1$", Reply.of(503), times=1)
    script(
        lone, {VIDEOS: begun_video(size), PUT: receive, FINALIZE: Reply.of(200), VIDEO: state("AVAILABLE")}
    )
    content = Content("hi", video=film(size=size))
    error = failure(lambda: stage(adapter, content))
    assert isinstance(error, Transient)
    staged = json.loads(json.dumps(error.staged))
    assert stage(adapter, content, staged)["media"]["film"]["ready"]
    assert [put.path[-1] for put in lone.seen("PUT", ".*")] == ["0", "1", "1", "2"]
    assert len(lone.seen("POST", ".*initializeUpload")) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_an_upload_that_ran_out_begins_again(adapter, lone, status):
    size = PART + 5
    lone.on("PUT", ".*/9/1$", Reply.of(503), times=1)
    script(lone, {VIDEOS: begun_video(size), "PUT .*/9/1$": problem(status), PUT: receive})
    content = Content("hi", video=film(size=size))
    error = failure(lambda: stage(adapter, content))
    error = failure(lambda: stage(adapter, content, error.staged))
    assert isinstance(error, MediaMissing)
    assert error.staged == {"media": {}}


def test_a_video_that_linkedin_refuses_at_once_is_the_persons_to_change(adapter, lone):
    script(lone, {VIDEOS: begun_video(5), PUT: problem(400)})
    assert isinstance(failure(lambda: stage(adapter, Content("hi", video=film(size=5)))), InvalidContent)


def test_a_completion_whose_answer_was_lost_does_not_fail_the_post(adapter, lone):
    lone.on("POST", ".*finalizeUpload$", commit_then_drop, times=1)
    script(lone, {VIDEOS: begun_video(5), PUT: receive, FINALIZE: problem(400)})
    content = Content("hi", video=film(size=5))
    error = failure(lambda: stage(adapter, content))
    assert isinstance(error, Transient)
    error = failure(lambda: stage(adapter, content, error.staged))
    assert isinstance(error, MediaMissing)
    assert error.staged == {"media": {}}


@pytest.mark.parametrize(
    "reply",
    [
        Reply.of(200, {}),
        begun_video(4),
        Reply.of(200, {"value": {"video": "urn:li:video:9", "uploadInstructions": [7]}}),
    ],
)
def test_an_odd_plan_for_a_video_is_not_followed(adapter, lone, reply):
    script(lone, {VIDEOS: reply})
    assert isinstance(failure(lambda: stage(adapter, Content("hi", video=film(size=5)))), Transient)


def test_a_part_without_proof_is_sent_again(adapter, lone):
    script(lone, {VIDEOS: begun_video(5), PUT: Reply.of(200)})
    error = failure(lambda: stage(adapter, Content("hi", video=film(size=5))))
    assert isinstance(error, Transient)
    assert error.staged["media"]["film"]["etags"] == []


# ---- taking down


@pytest.mark.parametrize("reply", [Reply.of(204), problem(404)])
def test_a_post_is_taken_down(adapter, lone, reply):
    script(lone, {"DELETE api.linkedin.com/rest/posts/urn%3Ali%3Ashare%3A7001$": reply})
    adapter.take_down(SHARE, CREDENTIALS, deadline=5)
    assert len(lone.requests) == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (problem(401), AuthExpired),
        (problem(403), PermissionMissing),
        (problem(400, "VERSION_MISSING"), ConfigError),
        (problem(429), RateLimited),
        (problem(400), Transient),
        (problem(500), Transient),
    ],
)
def test_what_a_refused_removal_means(adapter, lone, reply, kind):
    script(lone, {"DELETE api.linkedin.com": reply})
    assert type(failure(lambda: adapter.take_down(SHARE, CREDENTIALS, deadline=5))) is kind


# ---- before anything is sent


def test_limits_and_checks(adapter):
    limits = adapter.limits({})
    assert adapter.check(Content("a" * 3000), limits) == []
    assert adapter.check(Content("a" * 3001), limits) != []
    assert adapter.check(Content("(" * 1501), limits) != []
    assert adapter.check(Content("a" * 3000, link="https://example.org/"), limits) == []
    assert adapter.stages_always
