"""The X adapter against scripted answers. No Django, no database."""

from __future__ import annotations

import base64
import hashlib
import time
from urllib.parse import parse_qs, urlsplit

import pytest

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
    ReplyTo,
    Transient,
    UnknownOutcome,
)
from posts.platforms.x import XAdapter
from posts.platforms.x_media import SEGMENT_BYTES
from posts.platforms.x_signin import SCOPES
from tests.posts.platforms.central import BACK, CANARY, VERIFIER, failure, film, script, standing_in
from tests.support.proxy import Proxy, Reply, commit_then_drop, silence

TOKEN, POSTS = "POST api.x.com/2/oauth2/token$", "POST api.x.com/2/tweets$"
UPLOAD, METADATA = r"POST api.x.com/2/media/upload$", "POST api.x.com/2/media/metadata$"
INITIALIZE, APPEND, FINALIZE = (
    f"POST api.x.com/2/media/upload/{step}$" for step in ("initialize", "[^/]+/append", "[^/]+/finalize")
)
STATUS = r"GET api.x.com/2/media/upload\?"
ME = r"GET api.x.com/2/users/me\?"
GRANT = {
    "token_type": "bearer",
    "expires_in": 7200,
    "access_token": f"{CANARY}-a",
    "refresh_token": f"{CANARY}-r",
    "scope": " ".join(SCOPES),
}
ANNA = {"data": {"id": "42", "username": "anna", "name": "Anna"}}
CREDENTIALS = Credentials(
    "", "42", {"access_token": CANARY, "refresh_token": f"{CANARY}-r"}, {"username": "anna", "name": "Anna"}
)
CREATED = Reply.of(201, {"data": {"id": "1001", "text": "hello"}})


@pytest.fixture
def adapter(lone: Proxy):
    http = standing_in(lone)
    yield XAdapter(http, app=AppKeys("practice", f"{CANARY}-secret"), poll_seconds=0.02)
    http.close()


def exchange(adapter: XAdapter):
    code = f"{CANARY}-r"
    return adapter.exchange("", None, code=code, redirect_uri=BACK, code_verifier=VERIFIER, deadline=5)


def publish(adapter: XAdapter, content: Content | None = None, staged: dict | None = None, deadline=5):
    content = content or Content("hello")
    return adapter.publish(content, CREDENTIALS, staged=staged or {}, key="k", deadline=deadline)


def stage(adapter: XAdapter, content: Content, staged: dict | None = None, deadline=5):
    return adapter.stage(content, CREDENTIALS, staged=staged or {}, deadline=deadline)


# ---- signing in


def test_the_person_is_sent_to_x_with_a_challenge(adapter, lone):
    url = adapter.authorize_url("", None, redirect_uri=BACK, state="s1", code_verifier=VERIFIER)
    assert url.startswith(f"{lone.url}/as/x.com/i/oauth2/authorize?")
    query = parse_qs(urlsplit(url).query)
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    assert query["code_challenge"] == [base64.urlsafe_b64encode(digest).rstrip(b"=").decode()]
    assert query["code_challenge_method"] == ["S256"]
    assert query["scope"] == ["tweet.read tweet.write users.read media.write offline.access"]
    assert VERIFIER not in url


def test_a_code_becomes_an_account(adapter, lone):
    script(lone, {TOKEN: Reply.of(200, GRANT), ME: Reply.of(200, ANNA)})
    (connection,) = exchange(adapter)
    assert connection.profile.external_id == "42"
    assert connection.profile.handle == "@anna"
    assert connection.profile.url == "https://x.com/anna"
    assert connection.tokens == {"access_token": f"{CANARY}-a", "refresh_token": f"{CANARY}-r"}
    assert connection.expires_in == 7200
    assert connection.capabilities == {"username": "anna", "name": "Anna"}
    (asked,) = lone.seen("POST", "/as/api.x.com/2/oauth2/token")
    keys = base64.b64decode(asked.headers["Authorization"].removeprefix("Basic ")).decode()
    assert keys == f"practice:{CANARY}-secret"
    form = parse_qs(asked.body.decode())
    assert form == {
        "grant_type": ["authorization_code"],
        "code": [f"{CANARY}-r"],
        "redirect_uri": [BACK],
        "code_verifier": [VERIFIER],
    }


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply.of(400, {"error": "invalid_grant"}), AuthExpired),
        (Reply.of(400, {"error": "invalid_request", "error_description": f"{CANARY}-r"}), AuthExpired),
        (Reply.of(401, {"error": "invalid_client"}), ConfigError),
        (Reply.of(401, {"error": "unauthorized_client"}), ConfigError),
        (Reply.of(400, {"error": "unauthorized_client"}), ConfigError),
        (Reply.of(401), ConfigError),
        (Reply.of(429, {}), RateLimited),
        (Reply.of(400), Transient),
        (Reply.of(503), Transient),
        (Reply.of(200, {"token_type": "bearer"}), Transient),
    ],
)
def test_why_x_gives_no_tokens(adapter, lone, reply, kind):
    script(lone, {TOKEN: reply})
    assert type(failure(lambda: exchange(adapter))) is kind
    assert type(failure(lambda: adapter.refresh(CREDENTIALS, None, deadline=5))) is kind


@pytest.mark.parametrize("missing", SCOPES)
def test_an_account_without_what_the_hub_needs_is_not_connected(adapter, lone, missing):
    scopes = " ".join(scope for scope in SCOPES if scope != missing)
    script(lone, {TOKEN: Reply.of(200, {**GRANT, "scope": scopes}), ME: Reply.of(200, ANNA)})
    error = failure(lambda: exchange(adapter))
    assert isinstance(error, PermissionMissing)
    assert missing in error.detail
    assert not lone.seen("GET", "/as/api.x.com/2/users/me")


def test_renewal_brings_the_new_refresh_token_and_asks_for_nothing_that_is_billed(adapter, lone):
    script(lone, {TOKEN: Reply.of(200, {**GRANT, "refresh_token": "r2"})})
    connection = adapter.refresh(CREDENTIALS, None, deadline=5)
    assert connection.tokens == {"access_token": f"{CANARY}-a", "refresh_token": "r2"}
    assert connection.profile.external_id == "42"
    assert connection.profile.handle == "@anna"
    assert connection.capabilities == CREDENTIALS.capabilities
    (asked,) = lone.requests
    assert parse_qs(asked.body.decode()) == {
        "grant_type": ["refresh_token"],
        "refresh_token": [f"{CANARY}-r"],
    }


def test_a_refresh_token_that_is_not_replaced_stays_and_narrower_scopes_lose_no_tokens(adapter, lone):
    script(lone, {TOKEN: Reply.of(200, {"access_token": "a2", "scope": "tweet.read"})})
    connection = adapter.refresh(CREDENTIALS, None, deadline=5)
    assert connection.tokens == {"access_token": "a2", "refresh_token": f"{CANARY}-r"}
    assert connection.scopes == ("tweet.read",)


def test_giving_access_back_ends_both_tokens(adapter, lone):
    script(lone, {"POST api.x.com/2/oauth2/revoke$": Reply.of(200, {"revoked": True})})
    adapter.revoke(CREDENTIALS, None, deadline=5)
    forms = [parse_qs(one.body.decode()) for one in lone.requests]
    assert [form["token"] for form in forms] == [[f"{CANARY}-r"], [CANARY]]


# ---- the one public call


def test_a_post_is_its_text_with_the_link(adapter, lone):
    script(lone, {POSTS: CREATED})
    published = publish(adapter, Content("hello", link="https://example.com/x"))
    assert published == Published("1001", "https://x.com/anna/status/1001")
    (asked,) = lone.requests
    assert asked.json == {"text": "hello\n\nhttps://example.com/x"}
    assert asked.headers["Authorization"] == f"Bearer {CANARY}"


def test_a_part_of_a_thread_answers_the_part_before(adapter, lone):
    script(lone, {POSTS: CREATED})
    publish(adapter, Content("two", reply_to=ReplyTo(Published("1"), Published("7"))))
    assert lone.requests[0].json == {"text": "two", "reply": {"in_reply_to_tweet_id": "7"}}


def test_images_go_by_their_numbers_and_an_image_needs_no_words(adapter, lone, picture):
    script(lone, {POSTS: CREATED})
    staged = {"media": {"a": {"id": "11", "ready": True}, "b": {"id": "12", "ready": True}}}
    publish(adapter, Content("", images=(picture("b"), picture("a"))), staged)
    assert lone.requests[0].json == {"media": {"media_ids": ["12", "11"]}}


def test_a_post_does_not_go_out_without_its_images(adapter, lone, picture):
    error = failure(lambda: publish(adapter, Content("hi", images=(picture("a"),)), {}))
    assert isinstance(error, MediaMissing)
    assert not lone.requests


def problem(status: int, kind: str = "", **more) -> Reply:
    body = {
        "title": "T",
        "detail": "D",
        "type": f"https://api.x.com/2/problems/{kind}" if kind else "about:blank",
    }
    return Reply.of(status, {**body, "status": status, **more})


DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
INVALID_MEDIA = {
    "errors": [{"parameters": {"media.media_ids": ["11"]}, "message": "Your media IDs are invalid."}]
}

# What X answers, and what it means for a post.
REFUSALS = [
    (problem(401), AuthExpired),
    (Reply.of(401), AuthExpired),
    (problem(403, "unsupported-authentication", title="Unsupported Authentication"), AuthExpired),
    (problem(403, detail=DUPLICATE, title="Forbidden"), Duplicate),
    (Reply.of(403, {"errors": [{"code": 187, "message": f"{DUPLICATE}"}]}), Duplicate),
    (problem(403, "client-forbidden", reason="client-not-enrolled"), ConfigError),
    (problem(403, "not-authorized-for-resource"), PermissionMissing),
    (problem(403, detail="You are not permitted to perform this action."), PermissionMissing),
    (problem(403, detail="Your account is suspended."), PermissionMissing),
    (Reply.of(403), PermissionMissing),
    (problem(400, "invalid-request"), InvalidContent),
    (problem(403, detail="Invalid URL in the text."), InvalidContent),
    (problem(403, detail="A post may contain one cashtag only."), InvalidContent),
    (problem(403, detail="Too many media."), InvalidContent),
    (
        problem(403, detail="You attempted to reply to a Tweet that is deleted or not visible to you."),
        InvalidContent,
    ),
    (problem(413), InvalidContent),
    (problem(429, "rate-limit-exceeded", title="Too Many Requests"), RateLimited),
    (Reply.of(429), RateLimited),
    (problem(429, "usage-capped", title="UsageCapExceeded"), QuotaExhausted),
    (problem(403, "usage-capped"), QuotaExhausted),
    (problem(403, detail="Your enrolled account has no credits."), QuotaExhausted),
    (problem(402), QuotaExhausted),
    (Reply.of(402), QuotaExhausted),
    (problem(404, "resource-not-found"), NotFound),
    (problem(409), UnknownOutcome),
    (Reply.of(302, None, Location="https://elsewhere.example.org"), UnknownOutcome),
    *((Reply.of(status), UnknownOutcome) for status in (500, 502, 503, 504)),
    (Reply.of(200, {"errors": [{"title": "Partial"}]}), UnknownOutcome),
    (Reply.of(201, {"data": {}}), UnknownOutcome),
    (Reply(201, {}, b"<html>"), UnknownOutcome),
]


@pytest.mark.parametrize(("reply", "kind"), REFUSALS)
def test_what_a_refused_post_means(adapter, lone, reply, kind):
    script(lone, {POSTS: reply})
    error = failure(lambda: publish(adapter))
    assert type(error) is kind
    assert error.message.endswith(".")
    assert len(lone.requests) == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply.of(400, INVALID_MEDIA), MediaMissing),
        (problem(400, detail="One of the media ids is not yours: media id 11"), MediaMissing),
        (problem(400, detail="text is too long"), InvalidContent),
    ],
)
def test_media_that_x_no_longer_has_is_uploaded_again(adapter, lone, picture, reply, kind):
    script(lone, {POSTS: reply})
    staged = {"media": {"a": {"id": "11", "ready": True}}}
    error = failure(lambda: publish(adapter, Content("hi", images=(picture("a"),)), staged))
    assert type(error) is kind
    assert error.staged == ({} if kind is MediaMissing else None)


@pytest.mark.parametrize("reply", [problem(402), problem(429, "usage-capped")])
def test_a_post_whose_credits_are_used_up_rests_long(adapter, lone, reply):
    script(lone, {POSTS: reply})
    error = failure(lambda: publish(adapter))
    assert error.retry_after == 3600
    assert "administrator" in error.message


def test_a_refusal_tells_the_most_special_sentence(adapter, lone):
    reply = problem(400, "invalid-request", errors=[{"message": f"The text of {CANARY} is odd."}])
    script(lone, {POSTS: reply})
    error = failure(lambda: publish(adapter))
    assert "“The text of [removed] is odd”" in error.message


@pytest.mark.parametrize("behaviour", [commit_then_drop, silence])
def test_a_lost_answer_leaves_the_post_in_doubt(adapter, lone, behaviour):
    script(lone, {POSTS: behaviour})
    error = failure(lambda: publish(adapter, deadline=0.5))
    assert error.outcome is Outcome.UNKNOWN
    assert len(lone.requests) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": 300}, 300),
        ({"x-rate-limit-reset": 300}, 300),
        ({"x-rate-limit-remaining": "5", "x-rate-limit-reset": 300, "x-app-limit-24hour-remaining": "0",
          "x-app-limit-24hour-reset": 900}, 900),
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": 300, "x-user-limit-24hour-remaining": "0",
          "x-user-limit-24hour-reset": 1200}, 1200),
        ({"x-rate-limit-reset": 90_000}, 3600),
        ({"x-rate-limit-reset": -60}, 1),
        ({"Retry-After": "17"}, 17),
        ({}, 60),
    ],
)  # fmt: skip
def test_a_limited_post_waits_for_the_reset(adapter, lone, headers, seconds):
    told = {name: str(round(time.time()) + value) if isinstance(value, int) else value
            for name, value in headers.items()}  # fmt: skip
    script(lone, {POSTS: Reply(429, told, b"{}")})
    error = failure(lambda: publish(adapter))
    assert error.retry_after == pytest.approx(seconds, abs=3)


# ---- media


def uploaded(media_id: str, **more) -> Reply:
    return Reply.of(200, {"data": {"id": media_id, "media_key": f"3_{media_id}", "size": 1, **more}})


def test_an_image_is_uploaded_once_and_described(adapter, lone, picture):
    script(lone, {UPLOAD: uploaded("11"), METADATA: Reply.of(200, {"data": {"id": "11"}})})
    content = Content("hi", images=(picture("a", alt="A picture"),))
    staged = stage(adapter, content)
    assert staged == {"media": {"a": {"id": "11", "ready": True, "described": True}}}
    (upload,) = lone.seen("POST", "/as/api.x.com/2/media/upload")
    assert b'name="media_category"\r\n\r\ntweet_image' in upload.body
    assert content.images[0].read() in upload.body
    (described,) = lone.seen("POST", "/as/api.x.com/2/media/metadata")
    assert described.json == {"id": "11", "metadata": {"alt_text": {"text": "A picture"}}}
    lone.requests.clear()
    assert stage(adapter, content, staged) == staged
    assert not lone.requests


def test_what_was_uploaded_before_an_error_is_kept(adapter, lone, picture):
    lone.on("POST", "/as/api.x.com/2/media/upload$", uploaded("11"), times=1)
    script(lone, {UPLOAD: Reply.of(503)})
    error = failure(lambda: stage(adapter, Content("hi", images=(picture("a"), picture("b")))))
    assert isinstance(error, Transient)
    assert error.staged == {"media": {"a": {"id": "11", "ready": True}}}


def test_a_description_that_failed_is_given_later(adapter, lone, picture):
    script(lone, {UPLOAD: uploaded("11"), METADATA: Reply.of(500)})
    content = Content("hi", images=(picture("a", alt="x"),))
    error = failure(lambda: stage(adapter, content))
    lone.clear()
    script(lone, {METADATA: Reply.of(200, {})})
    assert stage(adapter, content, error.staged)["media"]["a"]["described"]
    assert not lone.seen("POST", "/as/api.x.com/2/media/upload")


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (problem(400, "invalid-request"), InvalidContent),
        (problem(413), InvalidContent),
        (problem(415), InvalidContent),
        (problem(401), AuthExpired),
        (problem(403), PermissionMissing),
        (problem(402), QuotaExhausted),
        (problem(429), RateLimited),
        (problem(503), Transient),
        (Reply.of(200, {"errors": []}), Transient),
        (Reply.of(200, {"data": {"id": "../../x"}}), Transient),
    ],
)
def test_what_a_refused_upload_means(adapter, lone, picture, reply, kind):
    script(lone, {UPLOAD: reply})
    assert type(failure(lambda: stage(adapter, Content("hi", images=(picture("a"),))))) is kind


def test_a_video_goes_in_segments(adapter, lone):
    pending = {"processing_info": {"state": "pending", "check_after_secs": 0}}
    script(
        lone,
        {
            INITIALIZE: uploaded("77"),
            APPEND: Reply.of(200, {"data": {"expires_at": 1}}),
            FINALIZE: uploaded("77", **pending),
            METADATA: Reply.of(200, {}),
        },
    )
    lone.on("GET", r"/as/api.x.com/2/media/upload\?", uploaded("77", **pending), times=1)
    script(lone, {STATUS: uploaded("77", processing_info={"state": "succeeded"})})
    video = film(size=SEGMENT_BYTES + 9, alt="A film")
    staged = stage(adapter, Content("hi", video=video))
    assert staged["media"]["film"]["ready"]
    (begun,) = lone.seen("POST", ".*initialize")
    assert begun.json == {
        "media_type": "video/mp4",
        "total_bytes": SEGMENT_BYTES + 9,
        "media_category": "tweet_video",
    }
    first, second = lone.seen("POST", ".*77/append")
    assert b'name="segment_index"\r\n\r\n0' in first.body
    assert b'name="segment_index"\r\n\r\n1' in second.body
    assert len(first.body) > SEGMENT_BYTES > len(second.body)
    with video.open() as file:
        assert file.read()[-9:] in second.body
    looks = lone.seen("GET", ".*")
    assert [parse_qs(urlsplit(look.path).query) for look in looks] == 2 * [
        {"command": ["STATUS"], "media_id": ["77"]}
    ]
    script(lone, {POSTS: CREATED})
    publish(adapter, Content("hi", video=video), staged)
    assert lone.requests[-1].json["media"] == {"media_ids": ["77"]}


def test_an_interrupted_video_goes_on_where_it_was(adapter, lone):
    script(lone, {INITIALIZE: uploaded("77"), FINALIZE: uploaded("77")})
    lone.on("POST", ".*append", Reply.of(200, {}), times=1)
    lone.on("POST", ".*append", Reply.of(503), times=1)
    lone.on("POST", ".*append", Reply.of(204))
    content = Content("hi", video=film(size=2 * SEGMENT_BYTES + 1))
    error = failure(lambda: stage(adapter, content))
    assert error.staged == {"media": {"film": {"id": "77", "segments": 1}}}
    assert stage(adapter, content, error.staged)["media"]["film"]["segments"] == 3
    assert len(lone.seen("POST", ".*initialize")) == 1
    numbers = [one.body.split(b'segment_index"\r\n\r\n')[1][:1] for one in lone.seen("POST", ".*append")]
    assert numbers == [b"0", b"1", b"1", b"2"]


@pytest.mark.parametrize(
    ("staged", "kind"),
    [({}, InvalidContent), ({"media": {"film": {"id": "77", "segments": 1}}}, MediaMissing)],
)
def test_a_segment_refused_in_a_later_try_begins_the_upload_again(adapter, lone, staged, kind):
    script(lone, {INITIALIZE: uploaded("77"), APPEND: problem(400), FINALIZE: problem(400)})
    error = failure(lambda: stage(adapter, Content("hi", video=film(size=SEGMENT_BYTES + 1)), staged))
    assert type(error) is kind
    assert error.staged == {"media": {}}


def test_a_video_that_takes_long_is_looked_at_again_later(adapter, lone):
    slow = uploaded("77", processing_info={"state": "in_progress", "check_after_secs": 30})
    script(lone, {INITIALIZE: uploaded("77"), APPEND: Reply.of(200, {}), FINALIZE: slow, STATUS: slow})
    content = Content("hi", video=film())
    error = failure(lambda: stage(adapter, content))
    assert isinstance(error, MediaProcessing)
    assert error.retry_after == 30
    lone.clear()
    script(lone, {STATUS: uploaded("77")})
    assert stage(adapter, content, error.staged)["media"]["film"]["ready"]
    assert len(lone.requests) == 1


def test_a_video_that_x_cannot_use_is_the_persons_to_change(adapter, lone):
    told = {"state": "failed", "error": {"code": 1, "name": "InvalidMedia", "message": "Unsupported codec"}}
    script(
        lone,
        {
            INITIALIZE: uploaded("77"),
            APPEND: Reply.of(200, {}),
            FINALIZE: uploaded("77", processing_info=told),
        },
    )
    script(lone, {STATUS: uploaded("77", processing_info=told)})
    error = failure(lambda: stage(adapter, Content("hi", video=film())))
    assert isinstance(error, InvalidContent)
    assert "Unsupported codec" in error.message
    assert error.staged == {"media": {}}


def test_a_video_that_is_gone_while_x_works_on_it_is_uploaded_again(adapter, lone):
    script(lone, {STATUS: problem(404)})
    staged = {"media": {"film": {"id": "77", "segments": 1, "finalized": True}}}
    error = failure(lambda: stage(adapter, Content("hi", video=film()), staged))
    assert isinstance(error, MediaMissing)
    assert error.staged == {"media": {}}


def test_a_video_goes_out_though_it_cannot_be_described(adapter, lone):
    script(lone, {INITIALIZE: uploaded("77"), APPEND: Reply.of(200, {}), FINALIZE: uploaded("77")})
    script(lone, {METADATA: problem(400)})
    assert stage(adapter, Content("hi", video=film(alt="x")))["media"]["film"]["ready"]


# ---- taking down


@pytest.mark.parametrize("reply", [Reply.of(200, {"data": {"deleted": True}}), problem(404)])
def test_a_post_is_taken_down(adapter, lone, reply):
    script(lone, {"DELETE api.x.com/2/tweets/1001$": reply})
    adapter.take_down("1001", CREDENTIALS, deadline=5)
    assert len(lone.requests) == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (problem(401), AuthExpired),
        (problem(403, "client-forbidden"), ConfigError),
        (problem(403, detail=DUPLICATE), PermissionMissing),
        (problem(429), RateLimited),
        (problem(400), Transient),
        (problem(500), Transient),
    ],
)
def test_what_a_refused_removal_means(adapter, lone, reply, kind):
    script(lone, {"DELETE api.x.com": reply})
    assert type(failure(lambda: adapter.take_down("1001", CREDENTIALS, deadline=5))) is kind


# ---- before anything is sent


def test_limits_and_checks(adapter):
    limits = adapter.limits({})
    assert limits.thread_max > 1
    assert adapter.count("日本語 example.com", limits) == 30
    assert adapter.check(Content("a" * 256, link="https://example.com/" + "x" * 99), limits) != []
    assert adapter.check(Content("a" * 255, link="https://example.com/" + "x" * 99), limits) == []
