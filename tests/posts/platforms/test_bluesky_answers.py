"""What the Bluesky adapter makes of a server's answers, scripted; `test_bluesky_pds` has the real ones.

No Django, no database.
"""

from __future__ import annotations

import contextlib
import json
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posts.platforms.base import (
    AuthExpired,
    Content,
    Count,
    Duplicate,
    InvalidContent,
    MediaMissing,
    NotFound,
    PermissionMissing,
    PlatformError,
    RateLimited,
    ReadBack,
    Transient,
    UnknownOutcome,
)
from posts.platforms.bluesky_record import record_key
from tests.support.bluesky import (
    CANARY,
    CID,
    DID,
    GET,
    LIST,
    OTHER,
    PUT,
    RESOLVE,
    UPLOAD,
    accept,
    credentials_at,
    entry,
    failure,
    look,
    network,
    part,
    publish,
    refused,
)
from tests.support.proxy import Proxy, Reply


@pytest.fixture
def adapter(scripted_bluesky):
    return scripted_bluesky


@pytest.fixture
def credentials(lone):
    return credentials_at(lone)


# ---- the classes of errors

REFUSALS = [
    (refused("ExpiredToken"), AuthExpired),
    (refused("InvalidToken"), AuthExpired),
    (refused("AuthMissing", status=401), AuthExpired),
    (refused("AuthenticationRequired", status=401), AuthExpired),
    (refused("Whatever", status=401), AuthExpired),
    (refused("AccountTakedown", status=401), PermissionMissing),
    (refused("AccountDeactivated"), PermissionMissing),
    (refused("AccountNotFound", status=403), PermissionMissing),
    (refused("Whatever", status=403), PermissionMissing),
    (refused("InvalidRequest"), InvalidContent),
    (refused("PayloadTooLarge", status=413), InvalidContent),
    (refused("UnsupportedMediaType", status=415), InvalidContent),
    (refused("RateLimitExceeded", status=429), RateLimited),
    (Reply(429), RateLimited),
]


@pytest.mark.parametrize(("answer", "kind"), REFUSALS)
def test_refusals_of_the_final_call(adapter, credentials, lone, answer, kind):
    lone.on("POST", PUT, answer)
    error = failure(lambda: publish(adapter, credentials))
    assert type(error) is kind
    assert CANARY not in f"{error!r} {error.detail}"


@pytest.mark.parametrize(("answer", "kind"), REFUSALS)
def test_refusals_of_an_upload(adapter, credentials, lone, picture, answer, kind):
    lone.on("POST", UPLOAD, answer)
    content = Content("hi", images=(picture("u1"),))
    assert type(failure(lambda: adapter.stage(content, credentials, staged={}, deadline=5))) is kind


@pytest.mark.parametrize(
    "answer",
    [
        refused("InternalServerError", status=500),
        refused("UpstreamFailure", status=502),
        refused("NotEnoughResources", status=503),
        refused("UpstreamTimeout", status=504),
        refused("MethodNotImplemented", status=501),
        refused("ExpiredToken", status=500),  # not a refusal, whatever it is called
        Reply(502, {"Content-Type": "text/html"}, b"<html>Bad gateway"),
        Reply(404),
    ],
)
def test_trouble_on_the_final_call_leaves_the_outcome_open(adapter, credentials, lone, answer):
    lone.on("POST", PUT, answer)
    assert type(failure(lambda: publish(adapter, credentials))) is UnknownOutcome


def test_a_limit_without_retry_after_waits_until_its_reset(adapter, credentials, lone):
    reset = str(int(time.time()) + 120)
    lone.on(
        "POST", PUT, refused("RateLimitExceeded", status=429, RateLimit_Reset=reset, RateLimit_Limit="30")
    )
    error = failure(lambda: publish(adapter, credentials))
    assert type(error) is RateLimited
    assert 110 < error.retry_after <= 120


def test_a_blob_that_is_gone_is_uploaded_again_under_the_same_key(adapter, credentials, lone, picture):
    content = Content("hi", images=(picture("u1"),))
    accept(lone)
    staged = adapter.stage(content, credentials, staged={}, deadline=5)
    lone.clear()
    lone.on("POST", PUT, refused("BlobNotFound", "Could not find blob: x"), times=1)
    error = failure(lambda: publish(adapter, credentials, content, staged))
    assert type(error) is MediaMissing
    assert error.staged == {name: staged[name] for name in staged if name != "media"}
    accept(lone)
    again = adapter.stage(content, credentials, staged=error.staged, deadline=5)
    publish(adapter, credentials, content, again)
    assert len({one.json["rkey"] for one in lone.seen("POST", PUT)}) == 1
    assert len(lone.seen("POST", UPLOAD)) == 1


def standing(server: Proxy, change=lambda value: value, status: int = 200) -> None:
    """The server has a record already, `change`d from the one that is sent, and refuses to write over it."""
    sent = {}

    def put(exchange) -> None:
        sent.update(exchange.seen.json)
        exchange.send(refused("InvalidSwap", "Record was at bafy"))

    def get(exchange) -> None:
        uri = f"at://{sent['repo']}/{sent['collection']}/{sent['rkey']}"
        value = change(json.loads(json.dumps(sent["record"])))
        exchange.send(Reply.of(status, {"uri": uri, "cid": CID, "value": value}))

    server.on("POST", PUT, put)
    server.on("GET", GET, get)


def test_a_post_that_stands_already_is_published(adapter, credentials, lone):
    standing(lone, lambda value: {**value, "createdAt": "2026-11-25T18:00:00.123Z"})
    assert publish(adapter, credentials).reference["cid"] == CID


@pytest.mark.parametrize(
    ("change", "status"),
    [(lambda value: {**value, "text": "edited"}, 200), (lambda value: None, 200), (lambda value: value, 503)],
)
def test_another_record_under_the_key_is_left_to_a_look(adapter, credentials, lone, change, status):
    standing(lone, change, status)
    error = failure(lambda: publish(adapter, credentials))
    assert type(error) is Duplicate
    assert len(lone.seen("POST", PUT)) == 1


# ---- reading back


def test_a_look_asks_for_the_one_record_without_a_token(adapter, credentials, lone):
    place = record_key(datetime(2026, 11, 25, 18, 0, 0, 123000, UTC), "k")
    facets = [{"index": {"byteStart": 3, "byteEnd": 12}, "features": [{"uri": "https://e.org/long"}]}]
    lone.on(
        "GET", GET, Reply.of(200, entry(place, "hi e.org/...", facets=facets, embed={"images": [{}, {}]}))
    )
    back = look(adapter, credentials)
    (post,) = back.posts
    assert back.complete
    assert (post.key, post.text, post.media) == ("k", "hi https://e.org/long", 2)
    assert post.external_id.endswith(place)
    (asked,) = lone.requests
    assert parse_qs(urlsplit(asked.path).query) == {
        "repo": [DID], "collection": ["app.bsky.feed.post"], "rkey": [place]
    }  # fmt: skip
    assert "Authorization" not in asked.headers


def test_no_such_record_means_not_published(adapter, credentials, lone):
    lone.on("GET", GET, refused("RecordNotFound"))
    assert look(adapter, credentials) == ReadBack((), complete=True)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused("RecordNotFound", status=404), Transient),
        (refused("InvalidRequest", "Could not find repo"), Transient),
        (refused("RecordNotFound", status=500), Transient),
        (Reply.of(200, {}), Transient),
        (Reply.of(200, entry("3kabcdefghij2")), Transient),  # not the one that was asked for
        (refused("RateLimitExceeded", status=429), RateLimited),
        (refused("ExpiredToken"), AuthExpired),
        (Reply(401), AuthExpired),
        (Reply(403), PermissionMissing),
    ],
)
def test_any_other_answer_proves_nothing(adapter, credentials, lone, answer, kind):
    lone.on("GET", GET, answer)
    assert type(failure(lambda: look(adapter, credentials))) is kind


def test_without_a_known_key_the_newest_posts_are_listed(adapter, credentials, lone):
    now = datetime.now(UTC)
    stamp = now.isoformat()
    keys = [record_key(now - timedelta(minutes=30 * number), "x") for number in range(8)]

    def pages(exchange) -> None:
        after = parse_qs(urlsplit(exchange.seen.path).query).get("cursor", [""])[0]
        rest = [key for key in keys if not after or key < after]
        records = [entry(key, created=stamp) for key in rest[:2]]
        exchange.send(Reply.of(200, {"records": records, "cursor": rest[:2][-1] if records else None}))

    lone.on("GET", LIST, pages)
    back = look(adapter, credentials, staged={})
    assert back.complete
    assert len(back.posts) == 4  # an hour is enough: keys are not made long before their post
    assert {post.key for post in back.posts} == {""}
    assert len(lone.requests) == 2


# ---- taking down and counting


def test_take_down_deletes_the_record(adapter, credentials, lone):
    lone.on("POST", "/xrpc/com.atproto.repo.deleteRecord$", Reply.of(200, {}))
    adapter.take_down(part().external_id, credentials, deadline=5)
    assert lone.requests[0].json == {
        "repo": DID, "collection": "app.bsky.feed.post", "rkey": "3kabcdefghij2"
    }  # fmt: skip


@pytest.mark.parametrize(
    "external_id",
    [
        "",
        "3kabcdefghij2",
        f"at://{OTHER}/app.bsky.feed.post/3kabcdefghij2",
        f"at://{DID}/app.bsky.actor.profile/self",
    ],
)
def test_nothing_but_a_post_of_the_account_is_deleted(adapter, credentials, lone, external_id):
    assert type(failure(lambda: adapter.take_down(external_id, credentials, deadline=5))) is NotFound
    assert not lone.requests


@pytest.mark.parametrize(
    ("answer", "kind"), [(refused("ExpiredToken"), AuthExpired), (Reply(502), Transient)]
)
def test_take_down_that_is_refused(adapter, credentials, lone, answer, kind):
    lone.on("POST", "/xrpc/com.atproto.repo.deleteRecord$", answer)
    assert type(failure(lambda: adapter.take_down(part().external_id, credentials, deadline=5))) is kind


def test_posts_are_counted_in_batches(adapter, credentials, lone):
    wanted = [part(f"3kabcdefg{number:04d}").external_id for number in range(30)]

    def told(exchange) -> None:
        uris = parse_qs(urlsplit(exchange.seen.path).query)["uris"]
        posts = [
            {"uri": uri, "likeCount": 3, "repostCount": 2, "replyCount": 1, "quoteCount": 0} for uri in uris
        ]
        strange = [None, 7, {}, {"uri": "at://x"}, {"uri": part().external_id, "likeCount": 1}]
        exchange.send(Reply.of(200, {"posts": [*posts[1:], *strange]}))

    lone.on("GET", r"/xrpc/app.bsky.feed.getPosts\?", told)
    counts = adapter.post_counts([*wanted, wanted[1], "odd"], credentials, deadline=5)
    assert set(counts) == set(wanted) - {wanted[0], wanted[25]}  # these are gone
    assert counts[wanted[1]] == {Count.LIKES: 3, Count.SHARES: 2, Count.REPLIES: 1, Count.QUOTES: 0}
    assert len(lone.requests) == 2
    assert "Authorization" not in lone.requests[0].headers


def test_the_account_is_counted(adapter, credentials, lone):
    profile = {"did": DID, "followersCount": 70, "followsCount": 3, "postsCount": 12}
    lone.on("GET", r"/xrpc/app.bsky.actor.getProfile\?", Reply.of(200, profile))
    assert adapter.account_counts(credentials, deadline=5) == {Count.FOLLOWERS: 70, Count.POSTS: 12}


@pytest.mark.parametrize(
    ("answer", "kind"), [(Reply(429), RateLimited), (Reply(502), Transient), (Reply.of(200, []), Transient)]
)
def test_counts_that_cannot_be_had(adapter, credentials, lone, answer, kind):
    lone.on("GET", "/xrpc/", answer)
    assert type(failure(lambda: adapter.account_counts(credentials, deadline=5))) is kind
    assert type(failure(lambda: adapter.post_counts([part().external_id], credentials, deadline=5))) is kind


# ---- whatever a server answers

NAMES = ["did", "handle", "accessJwt", "refreshJwt", "active", "status", "id", "alsoKnownAs", "service"]
NAMES += [
    "serviceEndpoint",
    "value",
    "text",
    "createdAt",
    "uri",
    "cid",
    "records",
    "cursor",
    "facets",
    "index",
]
NAMES += ["byteStart", "byteEnd", "features", "embed", "images", "blob", "ref", "$link", "mimeType", "size"]
NAMES += ["posts", "likeCount", "followersCount", "displayName", "error", "message"]
GOOD = st.sampled_from(
    [DID, CID, "anna.example.org", "at://anna.example.org", "#atproto_pds", "https://e.org"]
)
GOOD |= st.sampled_from([f"at://{DID}/app.bsky.feed.post/3kabcdefghij2", "2026-11-25T18:00:00Z", "a.b.c"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | GOOD,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=9),
    max_leaves=30,
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=JSON, place=st.sampled_from([RESOLVE, "/plc/", ".*createSession$", GET, LIST, UPLOAD, PUT, ".*"]))
def test_any_answer_is_an_error_or_something_usable(adapter, credentials, lone, picture, data, place):
    lone.clear()
    if isinstance(data, dict) and place == "/plc/":
        data["id"] = DID
    lone.on("*", place, Reply.of(200, data))
    network(lone)
    accept(lone)
    content = Content("hi @anna.example.org", images=(picture("u1"),))
    calls = [
        lambda: adapter.log_in("anna.example.org", "pw", deadline=5),
        lambda: adapter.refresh(credentials, None, deadline=5),
        lambda: adapter.stage(content, credentials, staged={}, deadline=5),
        lambda: publish(adapter, credentials),
        lambda: look(adapter, credentials),
        lambda: look(adapter, credentials, staged={}),
        lambda: adapter.post_counts([part().external_id], credentials, deadline=5),
        lambda: adapter.account_counts(credentials, deadline=5),
    ]
    for call in calls:
        with contextlib.suppress(PlatformError):
            call()
