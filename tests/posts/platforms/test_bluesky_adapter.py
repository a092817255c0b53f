"""What the Bluesky adapter sends, to a scripted server; `test_bluesky_pds` has the real one.

No Django, no database.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posts.platforms.base import (
    Content,
    MediaMissing,
    NotFound,
    Published,
    RateLimited,
    ReplyTo,
    Transient,
    UnknownOutcome,
)
from posts.platforms.bluesky_record import moment_of_key, record_key
from tests.support.bluesky import (
    CID,
    DID,
    GET,
    OTHER,
    PUT,
    RESOLVE,
    UPLOAD,
    accept,
    clip,
    credentials_at,
    failure,
    part,
    publish,
    record_of,
    refused,
)
from tests.support.proxy import Reply


@pytest.fixture
def adapter(scripted_bluesky):
    return scripted_bluesky


@pytest.fixture
def credentials(lone):
    return credentials_at(lone)


@pytest.fixture(scope="session")
def lexicons():
    """The platform's own description of its records."""
    import lexrpc.base

    return lexrpc.base.Base()


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
