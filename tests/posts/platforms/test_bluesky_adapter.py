"""The Bluesky adapter against scripted answers; `test_bluesky_pds` has the real server.

No Django, no database.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posts.platforms.base import (
    AuthExpired,
    Content,
    Count,
    Credentials,
    Duplicate,
    InvalidContent,
    MediaMissing,
    NotFound,
    PermissionMissing,
    PlatformError,
    Published,
    RateLimited,
    ReadBack,
    ReplyTo,
    Transient,
    UnknownOutcome,
    UnsupportedServer,
    Video,
)
from posts.platforms.bluesky import BlueskyAdapter
from posts.platforms.bluesky_identity import clean_identifier
from posts.platforms.bluesky_record import moment_of_key, record_key
from posts.platforms.egress import Egress
from posts.platforms.http import Http
from tests.support.proxy import Proxy, Reply

DID = "did:plc:" + "a" * 24
OTHER = "did:plc:" + "b" * 24
CID = "bafyreie5cvv4h45feadgeuwhbcutmh6t2ceseocckahdoe6uat64zmz454"
CANARY = "canary-90c1fe"
PUT, UPLOAD = r"/xrpc/com.atproto.repo.putRecord$", r"/xrpc/com.atproto.repo.uploadBlob$"
GET, LIST = r"/xrpc/com.atproto.repo.getRecord\?", r"/xrpc/com.atproto.repo.listRecords\?"
RESOLVE = r"/xrpc/com.atproto.identity.resolveHandle\?"
STAGED = {"created": "2026-11-25T18:00:00.123Z", "media": {}, "mentions": {}}


@pytest.fixture
def client() -> Iterator[Http]:
    """A client for which no name leads anywhere: handles have no web server of their own here."""

    def nobody(host: str, port: int) -> list[str]:
        raise OSError

    http = Http(Egress(allow_loopback=True), resolver=nobody)
    yield http
    http.close()


@pytest.fixture
def adapter(client: Http, lone: Proxy) -> BlueskyAdapter:
    return BlueskyAdapter(client, plc=f"{lone.url}/plc", entryway=lone.host, appview=lone.host)


@pytest.fixture
def credentials(lone: Proxy) -> Credentials:
    return Credentials(lone.host, DID, {"access_token": CANARY, "refresh_token": f"{CANARY}-r"})


@pytest.fixture(scope="session")
def lexicons():
    """The platform's own description of its records."""
    import lexrpc.base

    return lexrpc.base.Base()


def failure(call) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        call()
    return caught.value


def refused(name: str, message: str = "because of the tide", status: int = 400, **headers: str) -> Reply:
    return Reply.of(status, {"error": name, "message": message}, **headers)


def accept(server: Proxy, *, cid: str = CID) -> None:
    """A server that takes every blob and record."""

    def put(exchange) -> None:
        sent = exchange.seen.json
        uri = f"at://{sent['repo']}/{sent['collection']}/{sent['rkey']}"
        exchange.send(Reply.of(200, {"uri": uri, "cid": cid, "validationStatus": "valid"}))

    def upload(exchange) -> None:
        size, mime = len(exchange.seen.body), exchange.seen.headers["Content-Type"]
        blob = {"$type": "blob", "ref": {"$link": f"bafkrei{size:040d}"}, "mimeType": mime, "size": size}
        exchange.send(Reply.of(200, {"blob": blob}))

    server.on("POST", PUT, put)
    server.on("POST", UPLOAD, upload)


def record_of(adapter, credentials, content: Content, server: Proxy, key: str = "k") -> dict:
    """The record that is sent for `content`."""
    accept(server)
    staged = adapter.stage(content, credentials, staged={}, deadline=5)
    adapter.publish(content, credentials, staged=staged, key=key, deadline=5)
    return server.seen("POST", PUT)[-1].json["record"]


def publish(adapter, credentials, content: Content | None = None, staged=None, key="k") -> Published:
    content = content or Content("hi")
    staged = STAGED if staged is None else staged
    return adapter.publish(content, credentials, staged=staged, key=key, deadline=5)


def clip(data: bytes = b"\0" * 50) -> Video:
    return Video("v1", "video/mp4", 640, 360, 3.0, len(data), "A wave", lambda: io.BytesIO(data))


# ---- the record


def test_a_record_is_valid_by_the_lexicons(adapter, credentials, lone, picture, lexicons):
    lone.on("GET", RESOLVE, Reply.of(200, {"did": OTHER}))
    lone.on("GET", "/page", Reply(200, {"Content-Type": "text/html"}, b"<title>The page</title>"))
    text = f"Möwen 🐦 @anna.example.org #Hafen {lone.url}/page?x=" + "y" * 60
    answered = Published("x", "", {"uri": f"at://{DID}/app.bsky.feed.post/3kabcdefghij2", "cid": CID})
    plain = Content(text, language="de", reply_to=ReplyTo(answered, answered))
    for content in (
        plain,
        replace(plain, reply_to=None, images=(picture("u1", "Ein Boot"), picture("u2"))),
        Content("", link=f"{lone.url}/page"),
        Content("film", video=clip()),
    ):
        record = record_of(adapter, credentials, content, lone, key=content.text)
        lexicons.validate("app.bsky.feed.post", "record", json.loads(json.dumps(record)))
    sent = [one.json["record"] for one in lone.seen("POST", PUT)]
    kinds = [one.get("embed", {}).get("$type", "").rpartition(".")[2] for one in sent]
    assert kinds == ["external", "images", "external", "video"]
    assert len(sent[0]["facets"]) == 3
    assert sent[0]["langs"] == ["de"]
    assert sent[0]["reply"]["parent"] == {"uri": answered.reference["uri"], "cid": CID}
    assert [one["alt"] for one in sent[1]["embed"]["images"]] == ["Ein Boot", ""]
    assert sent[1]["embed"]["images"][0]["aspectRatio"] == {"width": 32, "height": 24}
    assert sent[2]["embed"]["external"]["title"] == "The page"
    assert sent[3]["embed"]["alt"] == "A wave"


WORDS = st.lists(
    st.sampled_from(["https://e.org/" + "ü" * 40, "#tag", "🐦", "a b"]) | st.text(max_size=9), max_size=9
)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=WORDS)
def test_whatever_passes_the_check_is_valid_by_the_lexicons(adapter, credentials, lone, lexicons, words):
    content = Content(" ".join(words), link="https://127.0.0.1:1/")
    if not adapter.check(content, adapter.limits({})):
        record = record_of(adapter, credentials, content, lone)
        lexicons.validate("app.bsky.feed.post", "record", json.loads(json.dumps(record)))


def test_every_try_sends_the_same_bytes_under_the_same_key(adapter, credentials, lone, picture):
    accept(lone)
    content = Content("hi #there", link="https://127.0.0.1:1/", images=(picture("u1", "A boat"),))
    staged = adapter.stage(content, credentials, staged={}, deadline=5)
    first = publish(adapter, credentials, content, staged)
    again = publish(adapter, credentials, content, json.loads(json.dumps(staged)))
    assert first == again
    bodies = [one.body for one in lone.seen("POST", PUT)]
    assert bodies[0] == bodies[1]
    sent = json.loads(bodies[0])
    assert sent["swapRecord"] is None
    assert sent["validate"] is True
    assert sent["record"]["createdAt"] == staged["created"]
    assert publish(adapter, credentials, content, staged, key="other").external_id != first.external_id


def test_a_post_that_waited_for_long_says_the_present_under_its_old_key(adapter, credentials, lone):
    accept(lone)
    publish(adapter, credentials)
    (sent,) = lone.seen("POST", PUT)
    assert sent.json["rkey"] == record_key(datetime(2026, 11, 25, 18, 0, 0, 123000, UTC), "k")
    assert sent.json["record"]["createdAt"][:16] == datetime.now(UTC).strftime("%Y-%m-%dT%H:%M")


@given(
    moment=st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)),
    key=st.text(max_size=40),
)
def test_record_keys_are_valid_and_tell_their_moment(moment, key):
    moment = moment.replace(tzinfo=UTC, microsecond=moment.microsecond // 1000 * 1000)
    place = record_key(moment, key)
    assert len(place) == 13
    assert place[0] in "234567abcdefghij"
    assert set(place) <= set("234567abcdefghijklmnopqrstuvwxyz")
    assert timedelta(0) <= moment_of_key(place) - moment < timedelta(milliseconds=1)


def test_keys_of_one_moment_differ_and_later_ones_sort_behind():
    now = datetime(2026, 11, 25, 18, tzinfo=UTC)
    places = {record_key(now, f"key-{number}") for number in range(500)}
    assert len(places) == 500
    assert max(places) < record_key(now + timedelta(milliseconds=1), "key")


def test_published_tells_what_a_reply_needs_and_where_people_see_it(adapter, credentials, lone):
    accept(lone)
    published = publish(adapter, credentials)
    uri = published.external_id
    assert published.reference == {"uri": uri, "cid": CID}
    assert published.permalink == f"https://bsky.app/profile/{DID}/post/{uri.rpartition('/')[2]}"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"uri": f"at://{DID}/app.bsky.feed.post/3kabcdefghij2", "cid": CID},  # another key than was asked for
        {"uri": f"at://{OTHER}/app.bsky.feed.post/x", "cid": CID},
        {"uri": 7, "cid": CID},
        {"uri": "https://e.org", "cid": CID},
    ],
)
def test_a_success_that_names_another_record_is_no_success(adapter, credentials, lone, answer):
    lone.on("POST", PUT, Reply.of(200, answer))
    assert type(failure(lambda: publish(adapter, credentials))) is UnknownOutcome


# ---- limits and counting


def test_links_count_as_they_are_shown(adapter):
    limits = adapter.limits({})
    assert adapter.count("https://example.org/" + "a" * 500, limits) == len("example.org/aaaaaaaaaaaa...")
    assert adapter.check(Content("x" * 272 + " https://example.org/" + "a" * 500), limits) == []
    assert [
        one.field for one in adapter.check(Content("x" * 275 + " https://example.org/aaaaa"), limits)
    ] == []
    assert [one.field for one in adapter.check(Content("x" * 301), limits)] == ["text"]


def test_too_many_bytes_are_too_long_though_the_characters_are_few(adapter):
    family = "👨‍👩‍👧‍👦"
    assert adapter.check(Content(family * 120), adapter.limits({})) == []
    assert [one.field for one in adapter.check(Content(family * 121), adapter.limits({}))] == ["text"]


def test_the_link_is_a_card_or_in_the_text(adapter, picture):
    link = "https://example.org/harbour"
    assert adapter.compose_text(Content("hi", link=link)) == "hi"
    assert adapter.compose_text(Content("hi", link=link, images=(picture("u1"),))) == f"hi\n\n{link}"
    assert adapter.compose_text(Content("hi", link=link, video=clip())) == f"hi\n\n{link}"
    assert adapter.check(Content("", link=link), adapter.limits({})) == []


# ---- preparing


def test_a_handle_that_nobody_has_stays_plain_text(adapter, credentials, lone):
    lone.on("GET", RESOLVE, refused("InvalidRequest", "Unable to resolve handle"))
    record = record_of(adapter, credentials, Content("hi @nobody.example.org"), lone)
    assert "facets" not in record
    assert record["text"] == "hi @nobody.example.org"


def test_each_mention_is_looked_up_once(adapter, credentials, lone):
    lone.on("GET", RESOLVE, Reply.of(200, {"did": OTHER}))
    content = Content("@anna.example.org and @Anna.example.org")
    staged = adapter.stage(content, credentials, staged={}, deadline=5)
    assert adapter.stage(content, credentials, staged=staged, deadline=5) == staged
    assert len(lone.seen("GET", RESOLVE)) == 1


def test_a_limit_while_looking_up_a_mention_keeps_what_was_done(adapter, credentials, lone, picture):
    accept(lone)
    lone.on("GET", RESOLVE, refused("RateLimitExceeded", status=429))
    content = Content("@anna.example.org", images=(picture("u1"),))
    error = failure(lambda: adapter.stage(content, credentials, staged={}, deadline=5))
    assert type(error) is RateLimited
    assert set(error.staged["media"]) == {"u1"}
    assert error.staged["created"]


def test_the_bytes_of_a_video_are_sent_as_they_are(adapter, credentials, lone):
    accept(lone)
    staged = adapter.stage(Content("film", video=clip(b"film-bytes")), credentials, staged={}, deadline=5)
    (sent,) = lone.seen("POST", UPLOAD)
    assert (sent.body, sent.headers["Content-Type"]) == (b"film-bytes", "video/mp4")
    assert staged["media"]["v1"]["blob"]["size"] == 10


def test_a_card_has_the_picture_of_its_page(adapter, credentials, lone, picture):
    lone.on(
        "GET",
        "/page$",
        Reply(200, {"Content-Type": "text/html"}, b'<meta property="og:image" content="/i.png">'),
    )
    lone.on("GET", "/i.png$", Reply(200, {}, picture("u").read()))
    external = record_of(adapter, credentials, Content("hi", link=f"{lone.url}/page"), lone)["embed"][
        "external"
    ]
    assert external["thumb"]["mimeType"] == "image/jpeg"
    assert external["title"] == f"{lone.host}/page"
    assert external["uri"] == f"{lone.url}/page"


def test_a_link_whose_page_cannot_be_read_has_a_bare_card(adapter, credentials, lone):
    record = record_of(adapter, credentials, Content("hi", link="https://127.0.0.1:1/a/b"), lone)
    assert record["embed"]["external"] == {
        "uri": "https://127.0.0.1:1/a/b", "title": "127.0.0.1:1/a/b", "description": ""
    }  # fmt: skip


def test_an_address_in_the_text_has_a_card_only_if_its_page_has_one(adapter, credentials, lone):
    assert "embed" not in record_of(adapter, credentials, Content("hi https://127.0.0.1:1/a/b"), lone)


def test_a_picture_that_the_server_will_not_take_is_left_out_of_the_card(adapter, credentials, lone, picture):
    lone.on(
        "GET",
        "/page$",
        Reply(200, {"Content-Type": "text/html"}, b'<meta property="og:image" content="/i.png">'),
    )
    lone.on("GET", "/i.png$", Reply(200, {}, picture("u").read()))
    lone.on("POST", UPLOAD, refused("PayloadTooLarge", status=413))
    record = record_of(adapter, credentials, Content("hi", link=f"{lone.url}/page"), lone)
    assert "thumb" not in record["embed"]["external"]


@pytest.mark.parametrize(
    "blob",
    [None, {}, {"ref": {}}, {"ref": {"$link": "x y"}, "mimeType": "image/png", "size": 1},
     {"ref": {"$link": CID}, "mimeType": "image/png", "size": "1"},
     {"ref": {"$link": CID}, "mimeType": 3, "size": 1}],
)  # fmt: skip
def test_an_upload_without_a_usable_reference_is_tried_again(adapter, credentials, lone, picture, blob):
    lone.on("POST", UPLOAD, Reply.of(200, {"blob": blob}))
    content = Content("hi", images=(picture("u1"),))
    assert type(failure(lambda: adapter.stage(content, credentials, staged={}, deadline=5))) is Transient


@pytest.mark.parametrize(
    "staged", [{}, {"created": "yesterday"}, {"created": 7}, {"created": None, "media": {}}]
)
def test_nothing_is_sent_that_was_not_prepared(adapter, credentials, lone, staged):
    error = failure(lambda: publish(adapter, credentials, staged=staged))
    assert type(error) is MediaMissing
    assert error.staged == staged  # so that it is prepared again
    assert not lone.requests


def test_a_post_with_a_link_is_not_sent_without_its_card(adapter, credentials, lone):
    content = Content("hi", link="https://example.org/")
    assert type(failure(lambda: publish(adapter, credentials, content))) is MediaMissing
    assert not lone.requests


# ---- threads


def part(key: str = "3kabcdefghij2", *, reference: bool = True, did: str = DID) -> Published:
    uri = f"at://{did}/app.bsky.feed.post/{key}"
    return Published(uri, "", {"uri": uri, "cid": CID} if reference else {})


def test_a_part_of_a_thread_names_the_first_and_the_last_one(adapter, credentials, lone):
    content = Content("three", reply_to=ReplyTo(part("3kaaaaaaaaaa2"), part("3kbbbbbbbbbb2")))
    reply = record_of(adapter, credentials, content, lone)["reply"]
    assert reply["root"]["uri"].endswith("3kaaaaaaaaaa2")
    assert reply["parent"]["uri"].endswith("3kbbbbbbbbbb2")
    assert not lone.seen("GET", GET)


def test_a_part_found_by_a_look_is_asked_for_what_a_reply_needs(adapter, credentials, lone):
    found = part(reference=False)
    lone.on("GET", GET, Reply.of(200, {"uri": found.external_id, "cid": CID, "value": {}}))
    content = Content("two", reply_to=ReplyTo(found, found))
    reply = record_of(adapter, credentials, content, lone)["reply"]
    assert reply["root"] == reply["parent"] == {"uri": found.external_id, "cid": CID}
    assert len(lone.seen("GET", GET)) == 1
    assert type(failure(lambda: publish(adapter, credentials, content))) is MediaMissing  # unprepared


@pytest.mark.parametrize(
    ("found", "answer", "kind"),
    [
        (part(reference=False), refused("RecordNotFound"), NotFound),
        (part(reference=False), Reply(503), Transient),
        (part(reference=False, did=OTHER), Reply(200), NotFound),
        (Published("", "https://e.org"), Reply(200), NotFound),
    ],
)
def test_a_part_whose_forerunner_is_gone(adapter, credentials, lone, found, answer, kind):
    lone.on("GET", GET, answer)
    content = Content("two", reply_to=ReplyTo(found, found))
    assert type(failure(lambda: adapter.stage(content, credentials, staged={}, deadline=5))) is kind


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


def look(adapter, credentials, staged=STAGED) -> ReadBack:
    since = datetime.now(UTC) - timedelta(minutes=1)
    return adapter.read_back(Content("hi"), credentials, staged=staged, key="k", since=since, deadline=5)


def entry(key: str, text: str = "hi", created: str = "2026-11-25T18:00:00.123Z", **value) -> dict:
    uri = f"at://{DID}/app.bsky.feed.post/{key}"
    return {"uri": uri, "cid": CID, "value": {"text": text, "createdAt": created, **value}}


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


# ---- connecting


def network(server: Proxy, *, did: str = DID, handle: str = "anna.example.org", pds: str = "") -> None:
    """An account: its server, its entry in the directory and its handle."""
    document = {
        "id": did,
        "alsoKnownAs": [f"at://{handle}"],
        "service": [
            {"id": "#other", "serviceEndpoint": "https://e.org"},
            {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": pds or server.url},
        ],
    }
    session = {
        "did": did,
        "handle": handle,
        "accessJwt": token(),
        "refreshJwt": f"{CANARY}-r",
        "active": True,
    }
    server.on("GET", RESOLVE, Reply.of(200, {"did": did}))
    server.on("GET", "/plc/", Reply.of(200, document))
    server.on("POST", "/xrpc/com.atproto.server.createSession$", Reply.of(200, session))
    server.on("GET", GET, Reply.of(200, {"uri": "", "value": {"displayName": "Anna of the harbour"}}))


def token(scope: str = "com.atproto.appPass", seconds: float = 7200) -> str:
    claims = {"scope": scope, "sub": DID, "exp": int(time.time() + seconds)}
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{CANARY}.{middle}.sig"


def test_log_in_finds_the_accounts_own_server(adapter, lone):
    network(lone)
    host, connection = adapter.log_in(" @Anna.example.org ", "abcd-abcd-abcd-abcd\n", deadline=5)
    assert host == lone.host
    profile = connection.profile
    assert (profile.external_id, profile.handle) == (DID, "@anna.example.org")
    assert (profile.display_name, profile.url) == ("Anna of the harbour", f"https://bsky.app/profile/{DID}")
    assert connection.tokens == {"access_token": token(), "refresh_token": f"{CANARY}-r"}
    assert 7100 < connection.expires_in <= 7200
    (sent,) = lone.seen("POST", "/xrpc/")
    assert sent.json == {"identifier": "anna.example.org", "password": "abcd-abcd-abcd-abcd"}


@pytest.mark.parametrize("typed", ["anna@example.org", DID])
def test_log_in_by_email_or_did(adapter, lone, typed):
    network(lone)
    host, connection = adapter.log_in(typed, "pw", deadline=5)
    assert (host, connection.profile.handle) == (lone.host, "@anna.example.org")


def test_an_account_without_a_profile_goes_by_its_handle(adapter, lone):
    lone.on("GET", GET, refused("RecordNotFound"))
    network(lone)
    assert adapter.log_in("anna.example.org", "pw", deadline=5)[1].profile.display_name == "anna.example.org"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("anna.bsky.social", "anna.bsky.social"),
        ("@Anna.Bsky.Social", "anna.bsky.social"),
        ("anna", "anna.bsky.social"),
        ("\u202aanna.bsky.social\u202c", "anna.bsky.social"),
        ("https://bsky.app/profile/anna.example.org/post/3k", "anna.example.org"),
        (f"at://{DID}", DID),
        (" anna@example.org ", "anna@example.org"),
    ],
)
def test_what_a_person_types(typed, meant):
    assert clean_identifier(typed) == meant


@pytest.mark.parametrize(
    "typed", ["", "@", "a b.org", "anna_b.org", "anna..org", "anna.1", "https://e.org/x", "ü.org"]
)
def test_what_is_no_handle_is_refused_with_an_example(typed):
    error = failure(lambda: clean_identifier(typed))
    assert type(error) is InvalidContent
    assert "name.bsky.social" in error.message


@pytest.mark.parametrize("scope", ["com.atproto.access"])
def test_the_password_of_the_whole_account_is_not_kept(adapter, lone, scope):
    session = {
        "did": DID,
        "handle": "anna.example.org",
        "accessJwt": token(scope),
        "refreshJwt": "r",
        "active": True,
    }
    lone.on("POST", "/xrpc/com.atproto.server.createSession$", Reply.of(200, session))
    lone.on("POST", "/xrpc/com.atproto.server.deleteSession$", Reply(200))
    network(lone)
    error = failure(lambda: adapter.log_in("anna.example.org", "pw", deadline=5))
    assert type(error) is AuthExpired
    assert "App passwords" in error.message
    (ended,) = lone.seen("POST", "/xrpc/com.atproto.server.deleteSession$")
    assert ended.headers["Authorization"] == "Bearer r"


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (
            refused("AuthenticationRequired", "Invalid identifier or password", 401),
            AuthExpired,
            "App passwords",
        ),
        (refused("AuthFactorTokenRequired", status=401), AuthExpired, "whole account"),
        (refused("AccountTakedown", status=401), PermissionMissing, "connect"),
        (refused("InvalidRequest"), AuthExpired, "App passwords"),
        (refused("RateLimitExceeded", status=429), RateLimited, "slow down"),
        (refused("MethodNotImplemented", status=501), UnsupportedServer, "name"),
        (Reply(404), UnsupportedServer, "name"),
        (Reply(502), Transient, "again"),
        (Reply.of(200, {"did": OTHER, "accessJwt": "a", "refreshJwt": "b"}), UnsupportedServer, "name"),
        (Reply.of(200, {"did": DID, "accessJwt": "a b"}), UnsupportedServer, "name"),
        (
            Reply.of(
                200,
                {"did": DID, "accessJwt": "a", "refreshJwt": "b", "active": False, "status": "deactivated"},
            ),
            PermissionMissing,
            "not active (deactivated)",
        ),
    ],
)
def test_log_in_that_is_refused(adapter, lone, answer, kind, words):
    lone.on("POST", "/xrpc/com.atproto.server.createSession$", answer)
    network(lone)
    error = failure(lambda: adapter.log_in("anna.example.org", CANARY, deadline=5))
    assert type(error) is kind
    assert words in error.message
    assert CANARY not in f"{error!r} {error.message} {error.detail}"


def test_an_email_address_that_is_refused_may_belong_to_another_server(adapter, lone):
    lone.on("POST", "/xrpc/com.atproto.server.createSession$", refused("AuthenticationRequired", status=401))
    error = failure(lambda: adapter.log_in("anna@example.org", CANARY, deadline=5))
    assert "handle" in error.message
    assert CANARY not in f"{error!r} {error.message} {error.detail}"


def test_a_password_that_the_server_repeats_is_not_told(adapter, lone):
    lone.on("POST", "/xrpc/com.atproto.server.createSession$", refused("AuthenticationRequired", CANARY, 401))
    network(lone)
    error = failure(lambda: adapter.log_in("anna.example.org", CANARY, deadline=5))
    assert CANARY not in f"{error!r} {error.message} {error.detail}"


@pytest.mark.parametrize(
    ("method", "path", "answer", "kind"),
    [
        ("GET", RESOLVE, refused("InvalidRequest", "Unable to resolve handle"), InvalidContent),
        ("GET", RESOLVE, Reply(503), Transient),
        ("GET", RESOLVE, Reply.of(200, {"did": "did:web:"}), Transient),
        ("GET", "/plc/", Reply(404), InvalidContent),
        ("GET", "/plc/", Reply(500), Transient),
        ("GET", "/plc/", Reply.of(200, {"id": OTHER}), Transient),
        (
            "GET",
            "/plc/",
            Reply.of(200, {"id": DID, "alsoKnownAs": ["at://anna.example.org"]}),
            UnsupportedServer,
        ),
    ],
)
def test_an_account_that_cannot_be_found(adapter, lone, method, path, answer, kind):
    lone.on(method, path, answer)
    network(lone)
    assert type(failure(lambda: adapter.log_in("anna.example.org", "pw", deadline=5))) is kind
    assert not lone.seen(
        "POST", ".*"
    )  # no password is sent to a server that is not known to be the account's


@pytest.mark.parametrize("named", ["eve.example.org", "", "not a handle"])
def test_a_handle_that_its_account_does_not_claim_is_refused(adapter, lone, named):
    network(lone, handle=named)
    error = failure(lambda: adapter.log_in("anna.example.org", "pw", deadline=5))
    assert type(error) is InvalidContent
    assert not lone.seen("POST", ".*")


@pytest.mark.parametrize(
    "pds",
    ["http://e.org", "https://e.org/path", "https://e.org:8443", "https://anna@e.org", "https://10.0.0.1", "ftp://e.org",
     "https://[", "e.org", "https://e.org?x=1"],
)  # fmt: skip
def test_a_server_that_the_hub_must_not_call_is_refused(adapter, lone, pds):
    network(lone, pds=pds)
    assert type(failure(lambda: adapter.log_in("anna.example.org", "pw", deadline=5))) is UnsupportedServer
    assert not lone.seen("POST", ".*")


def test_in_practice_everything_goes_to_the_stand_ins(lone):
    http = Http(Egress(allow_loopback=True, origin=lone.url), stand_in=f"{lone.url}/as")
    adapter = BlueskyAdapter(http)
    at = "/as/anna.bsky.social/.well-known/atproto-did"
    lone.on("GET", at, Reply(200, {"Content-Type": "text/plain"}, f"{DID}\n".encode()))
    document = {
        "id": DID,
        "alsoKnownAs": ["at://anna.bsky.social"],
        "service": [{"id": f"{DID}#atproto_pds", "serviceEndpoint": "https://bsky.social"}],
    }
    lone.on("GET", f"/as/plc.directory/{DID}$", Reply.of(200, document))
    session = {"did": DID, "handle": "anna.bsky.social", "accessJwt": "a", "refreshJwt": "b"}
    lone.on("POST", "/as/bsky.social/xrpc/com.atproto.server.createSession$", Reply.of(200, session))
    host, connection = adapter.log_in("anna", "pw", deadline=5)
    assert host == "bsky.social"
    assert connection.expires_in is None  # the token does not say
    assert connection.profile.url == f"{lone.url}/as/bsky.app/profile/{DID}"
    http.close()


# ---- keeping and ending access


def test_refresh_gives_both_tokens_anew(adapter, credentials, lone):
    session = {"did": DID, "handle": "anna.example.org", "accessJwt": token(), "refreshJwt": "new"}
    lone.on("POST", "/xrpc/com.atproto.server.refreshSession$", Reply.of(200, session))
    connection = adapter.refresh(credentials, None, deadline=5)
    assert connection.tokens == {"access_token": token(), "refresh_token": "new"}
    assert connection.profile.external_id == DID
    assert lone.requests[0].headers["Authorization"] == f"Bearer {CANARY}-r"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused("ExpiredToken", "Token has been revoked"), AuthExpired),
        (refused("InvalidToken"), AuthExpired),
        (refused("InvalidRequest", "Could not find user info"), AuthExpired),
        (refused("AuthMissing", status=401), AuthExpired),
        (refused("AccountTakedown", status=401), PermissionMissing),
        (refused("RateLimitExceeded", status=429), RateLimited),
        (Reply(400), Transient),
        (Reply(403), Transient),
        (Reply(404), Transient),
        (Reply(502), Transient),
        (Reply.of(200, {}), Transient),
        (Reply.of(200, {"did": OTHER, "accessJwt": "a", "refreshJwt": "b"}), Transient),
    ],
)
def test_refresh_that_is_refused(adapter, credentials, lone, answer, kind):
    lone.on("POST", "/xrpc/com.atproto.server.refreshSession$", answer)
    error = failure(lambda: adapter.refresh(credentials, None, deadline=5))
    assert isinstance(error, kind)
    assert CANARY not in f"{error!r} {error.message} {error.detail}"


@pytest.mark.parametrize("answer", [Reply(200), refused("ExpiredToken"), refused("InvalidToken"), Reply(401)])
def test_revoke_ends_the_session_or_finds_it_ended(adapter, credentials, lone, answer):
    lone.on("POST", "/xrpc/com.atproto.server.deleteSession$", answer)
    adapter.revoke(credentials, None, deadline=5)
    assert lone.requests[0].headers["Authorization"] == f"Bearer {CANARY}-r"


def test_revoke_that_fails_says_so(adapter, credentials, lone):
    lone.on("POST", "/xrpc/com.atproto.server.deleteSession$", Reply(502))
    assert type(failure(lambda: adapter.revoke(credentials, None, deadline=5))) is Transient


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
