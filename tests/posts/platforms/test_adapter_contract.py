"""What every adapter promises the engine, over real HTTP to a real server process. No Django, no database.

A new adapter joins by a rig in conftest.py. Where its server cannot be brought to give an answer, the proxy
in front of it does.
"""

from __future__ import annotations

import inspect
import json
import logging
import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posts.platforms.base import (
    Adapter,
    AuthExpired,
    Content,
    Credentials,
    Idempotency,
    InvalidContent,
    Listing,
    MediaMissing,
    Outcome,
    PermissionMissing,
    PlatformError,
    Published,
    RateLimited,
    ReadBack,
    SignIn,
    Transient,
    UnknownOutcome,
)
from tests.support import proxy, servers
from tests.support.proxy import Reply

from .conftest import Rig

CANARY = "canary-5d1e77"
LOST = [
    proxy.commit_then_drop,
    proxy.commit_then_reset,
    proxy.error_after_commit,
    proxy.truncate,
    proxy.not_json,
    proxy.empty_object,
    proxy.garbage,
]
SLOW = [proxy.silence, proxy.drip_body, proxy.drip_body_then_close, proxy.drip_headers, proxy.flood_headers]
WITH_RIG = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def key() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def text() -> str:
    return f"Hello from the harbour {uuid.uuid4().hex}"


def failure(call) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        call()
    return caught.value


def times_out_there(rig: Rig, text: str) -> int:
    return sum(text in post["text"] for post in rig.posts())


# ---- shape


def test_has_the_methods_of_the_contract(rig: Rig):
    optional = {"post_counts", "account_counts"}
    optional |= set() if rig.adapter.takes_down else {"take_down"}
    optional |= set() if rig.adapter.sign_in == SignIn.PASSWORD else {"log_in"}
    for name, wanted in inspect.getmembers(Adapter, inspect.isfunction):
        if name.startswith("_"):
            continue
        if name in optional:
            continue
        assert name in vars(type(rig.adapter)), f"{name} is inherited from the protocol"
        assert (
            inspect.signature(wanted).parameters.keys()
            == inspect.signature(getattr(type(rig.adapter), name)).parameters.keys()
        )
    assert rig.adapter.idempotency in Idempotency
    assert rig.adapter.stage_ahead > 0


# ---- limits, count, check: no call is made


@pytest.mark.parametrize(
    "capabilities",
    [
        {},
        {"text_max": None},
        {"text_max": -1, "images_max": "4"},
        {"image_types": "image/png", "alt_max": []},
    ],
)
def test_limits_hold_against_any_capabilities(rig: Rig, capabilities):
    limits = rig.adapter.limits(json.loads(json.dumps(capabilities)))
    assert limits.text_max > 0
    assert limits.image_types
    assert not rig.server.requests


@WITH_RIG
@given(text=st.text(max_size=600))
def test_check_agrees_with_count(rig: Rig, text):
    limits = rig.adapter.limits(rig.credentials.capabilities)
    content = Content(text)
    too_long = rig.adapter.count(rig.adapter.compose_text(content), limits) > limits.text_max
    fields = [problem.field for problem in rig.adapter.check(content, limits)]
    assert fields == ["text"] * ((not text.strip()) + too_long)


@WITH_RIG
@given(left=st.text(max_size=50), right=st.text(max_size=50))
def test_count_grows_with_the_text(rig: Rig, left, right):
    limits = rig.adapter.limits({})
    whole = rig.adapter.count(f"{left}\n{right}", limits)
    assert whole <= rig.adapter.count(left, limits) + rig.adapter.count(right, limits) + 1
    assert rig.adapter.count("", limits) == 0


def test_an_address_counts_its_fixed_length(rig: Rig):
    limits = rig.adapter.limits(rig.credentials.capabilities)
    assert rig.adapter.count("https://example.org/" + "a" * 200, limits) == 23
    assert rig.adapter.count("see https://e.org now", limits) == 4 + 23 + 4


def test_text_at_the_limit_is_accepted_and_one_more_is_not(rig: Rig, key):
    limits = rig.adapter.limits(rig.credentials.capabilities)
    fits = key + "x" * (limits.text_max - len(key))
    assert rig.adapter.check(Content(fits), limits) == []
    assert rig.publish(Content(fits), key=key).external_id
    assert [problem.field for problem in rig.adapter.check(Content(fits + "x"), limits)] == ["text"]
    assert isinstance(failure(lambda: rig.publish(Content(fits + "x"), key=key + "1")), InvalidContent)


# ---- the way that goes well


def test_publish_returns_id_and_permalink_and_the_server_has_the_post(rig: Rig, text, key, picture):
    images = (picture("u1", "A red boat", "red"), picture("u2", "Möwen über dem Hafen 🐦", "blue"))
    content = Content(text, link="https://example.org/harbour", images=images, language="en")
    published = rig.publish(content, key=key)
    assert isinstance(published, Published)
    assert published.external_id
    assert published.permalink.startswith(f"{rig.server.url}/")
    [post] = [post for post in rig.posts() if text in post["text"]]
    assert post["alts"] == ["A red boat", "Möwen über dem Hafen 🐦"]
    sent = rig.server.seen("POST", rig.publish_path)
    assert [one.headers["Idempotency-Key"] for one in sent] == [key]
    assert "https://example.org/harbour" in sent[0].body.decode()


def test_only_one_call_is_final(rig: Rig, text, key, picture):
    content = Content(text, images=(picture("u1"),))
    staged = rig.adapter.stage(content, rig.credentials, staged={}, deadline=5)
    assert times_out_there(rig, text) == 0
    assert not rig.server.seen("POST", rig.publish_path)
    rig.server.requests.clear()
    rig.adapter.publish(content, rig.credentials, staged=staged, key=key, deadline=5)
    assert len(rig.server.requests) == 1


def test_the_same_key_gives_the_same_post(rig: Rig, text, key):
    first = rig.publish(Content(text), key=key)
    assert rig.publish(Content(text), key=key) == first
    assert times_out_there(rig, text) == 1


def test_stage_is_repeatable_and_uploads_each_image_once(rig: Rig, text, key, picture):
    content = Content(text, images=(picture("u1"), picture("u2", "second")))
    staged = rig.adapter.stage(content, rig.credentials, staged={}, deadline=5)
    assert json.loads(json.dumps(staged)) == staged
    again = rig.adapter.stage(content, rig.credentials, staged=json.loads(json.dumps(staged)), deadline=5)
    assert again == staged
    assert len(rig.server.seen("POST", rig.media_path)) == 2
    assert times_out_there(rig, text) == 0


def test_stage_goes_on_where_it_broke_off(rig: Rig, text, picture):
    content = Content(text, images=(picture("u1"), picture("u2")))
    rig.server.on("POST", rig.media_path, lambda exchange: exchange.send(exchange.upstream()), times=1)
    rig.server.on("POST", rig.media_path, proxy.drop_before, times=1)
    error = failure(lambda: rig.adapter.stage(content, rig.credentials, staged={}, deadline=5))
    assert error.outcome is Outcome.NOT_SENT
    before = len(rig.server.seen("POST", rig.media_path))
    staged = rig.adapter.stage(content, rig.credentials, staged=error.staged, deadline=5)
    assert len(rig.server.seen("POST", rig.media_path)) == before + 1
    assert set(staged["media"]) == {"u1", "u2"}


def test_staged_is_not_changed_in_place(rig: Rig, text, picture):
    given_staged: dict = {}
    rig.adapter.stage(
        Content(text, images=(picture("u1"),)), rig.credentials, staged=given_staged, deadline=5
    )
    assert given_staged == {}


def test_publish_without_its_uploads_asks_for_them_and_sends_nothing(rig: Rig, text, key, picture):
    content = Content(text, images=(picture("u1"),))
    publish = rig.adapter.publish
    error = failure(lambda: publish(content, rig.credentials, staged={}, key=key, deadline=5))
    assert isinstance(error, MediaMissing)
    assert not rig.server.requests


# ---- the classes of errors, each from a real answer

REFUSALS = [
    (401, {}, AuthExpired),
    (403, {}, PermissionMissing),
    (422, {}, InvalidContent),
    (429, {"Retry-After": "17"}, RateLimited),
    (429, {}, RateLimited),
]
DOUBTS = [300, 301, 302, 303, 307, 308, 402, 405, 408, 409, 425, 499, 500, 501, 502, 503, 504, 520, 599]


@pytest.mark.parametrize(("status", "headers", "kind"), REFUSALS)
@pytest.mark.parametrize("phase", ["stage", "publish"])
def test_refusal(rig: Rig, text, key, picture, status, headers, kind, phase):
    path = rig.media_path if phase == "stage" else rig.publish_path
    rig.server.on("POST", path, Reply(status, headers, b'{"error": "because of the tide"}'))
    error = failure(lambda: rig.publish(Content(text, images=(picture("u1"),)), key=key))
    assert type(error) is kind
    assert "because of the tide" in error.detail
    assert error.retry_after == (17 if headers else None)


@pytest.mark.parametrize("status", DOUBTS)
def test_any_other_status_is_unknown_on_publish_and_transient_before(rig: Rig, text, key, picture, status):
    answer = Reply(status, {"Location": f"{rig.server.url}/elsewhere", "Retry-After": "30"}, b"<html>")
    content = Content(text, images=(picture("u1"),))
    rig.server.on("POST", rig.media_path, answer, times=1)
    assert type(failure(lambda: rig.publish(content, key=key))) is Transient
    rig.server.on("POST", rig.publish_path, answer, times=1)
    assert type(failure(lambda: rig.publish(content, key=key))) is UnknownOutcome
    assert not any("elsewhere" in one.path for one in rig.server.requests)


@pytest.mark.parametrize("behave", LOST)
def test_a_lost_answer_is_unknown_though_the_post_is_out(rig: Rig, text, key, behave):
    rig.server.on("POST", rig.publish_path, behave, times=1)
    assert type(failure(lambda: rig.publish(Content(text), key=key))) is UnknownOutcome
    assert times_out_there(rig, text) == 1
    assert rig.publish(Content(text), key=key).external_id  # the same key finds it
    assert times_out_there(rig, text) == 1


@pytest.mark.parametrize("behave", SLOW)
def test_the_deadline_holds_and_the_outcome_is_unknown(rig: Rig, text, key, behave):
    rig.server.on("POST", rig.publish_path, behave, times=1)
    start = time.monotonic()
    error = failure(lambda: rig.publish(Content(text), key=key, deadline=0.5))
    assert type(error) is UnknownOutcome
    assert time.monotonic() - start < 3


@pytest.mark.parametrize("behave", SLOW)
def test_the_deadline_holds_while_staging(rig: Rig, text, picture, behave):
    rig.server.on("POST", rig.media_path, behave, times=1)
    start = time.monotonic()
    content = Content(text, images=(picture("u1"),))
    error = failure(lambda: rig.adapter.stage(content, rig.credentials, staged={}, deadline=0.5))
    assert error.outcome is Outcome.NOT_SENT
    assert time.monotonic() - start < 3


def test_dropped_before_the_server_saw_it_is_unknown_all_the_same(rig: Rig, text, key):
    rig.server.on("POST", rig.publish_path, proxy.drop_before, times=1)
    assert type(failure(lambda: rig.publish(Content(text), key=key))) is UnknownOutcome
    assert times_out_there(rig, text) == 0


def test_a_token_the_server_does_not_know(rig: Rig, text, key):
    wrong = Credentials(rig.credentials.host, "1", {"access_token": CANARY})
    none = Credentials(rig.credentials.host, "1", {})
    publish = rig.adapter.publish
    for credentials in (wrong, none):
        error = failure(lambda: publish(Content(text), credentials, staged={}, key=key, deadline=5))  # noqa: B023
        assert type(error) is AuthExpired
    assert times_out_there(rig, text) == 0


def test_an_empty_post_is_refused_by_the_server_too(rig: Rig, key):
    assert type(failure(lambda: rig.publish(Content(""), key=key))) is InvalidContent


# ---- secrets and sentences


def test_no_secret_in_message_detail_repr_or_log(rig: Rig, text, key, caplog):
    caplog.set_level(logging.DEBUG)
    credentials = Credentials(rig.credentials.host, "1", {"access_token": CANARY, "refresh_token": CANARY})

    def echo(exchange) -> None:  # a server that repeats what it was sent
        said = f"bad token {exchange.seen.headers.get('Authorization')} for {exchange.seen.path}"
        exchange.send(Reply.of(401, {"error": said, "message": said, "error_description": said}))

    for behave in [echo, *LOST, proxy.drip_headers]:
        rig.server.on("POST", rig.publish_path, behave, times=1)
        publish = rig.adapter.publish
        error = failure(
            lambda: publish(Content(text), credentials, staged={}, key=key, deadline=0.5)  # noqa: B023
        )
        assert CANARY not in f"{error!r} {error.message} {error.detail} {error.__context__!r} {credentials!r}"
    assert CANARY not in caplog.text


def test_a_hostile_error_text_is_one_short_printable_line(rig: Rig, text, key):
    hostile = "a\r\nERROR root: forged\x1b[31m\u202e" + "x" * 10_000
    rig.server.on("POST", rig.publish_path, Reply.of(422, {"error": hostile, "message": hostile}))
    error = failure(lambda: rig.publish(Content(text), key=key))
    assert len(error.message) < 400
    assert len(error.detail) < 400
    assert error.message.isprintable()
    assert error.detail.isprintable()


def test_messages_are_sentences_with_a_next_step(rig: Rig, text, key):
    for status in (401, 403, 404, 422, 429, 500):
        rig.server.on("POST", rig.publish_path, Reply(status), times=1)
        message = failure(lambda: rig.publish(Content(text), key=key)).message
        assert message[0].isupper() or message.startswith(rig.credentials.host)
        assert message.endswith(".")
        assert "!" not in message
        assert message.count(". ") >= 1


# ---- not sent


def test_a_server_that_is_down_means_not_sent(rig: Rig, text, key, monkeypatch):
    down = f"127.0.0.1:{servers.free_port()}"
    adapter = rig.adapter
    if adapter.needs_host:
        credentials = Credentials(down, "1", rig.credentials.tokens)
    else:
        credentials = rig.credentials
        monkeypatch.setattr(adapter, "_base", f"http://{down}")
        adapter._http.egress = type(adapter._http.egress)(allow_loopback=True)
    error = failure(lambda: adapter.publish(Content(text), credentials, staged={}, key=key, deadline=2))
    assert error.outcome is Outcome.NOT_SENT
    assert "Nothing was sent" in error.message


# ---- reading the account back


def squeezed(text: str) -> str:
    return " ".join(text.split())


def ours(back: ReadBack, text: str) -> list:
    return [post for post in back.posts if text in post.text]


def altered(change):
    """The server's own list, its entries changed by `change`."""

    def behave(exchange) -> None:
        answer = exchange.upstream()
        data = json.loads(answer.body)
        if isinstance(data, list):
            data = change(data)
        else:
            data["posts"] = change(data["posts"])
        exchange.send(Reply.of(answer.status, data))

    return behave


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr("posts.platforms.sandbox.PAGE", 3)
    monkeypatch.setattr("posts.platforms.mastodon_readback.PAGE", 3)


@pytest.mark.parametrize("told", [{}, {"listing": "?"}, {"listing": 7}, {"listing": None}, {"listing": []}])
def test_listing_holds_against_any_capabilities(rig: Rig, told):
    assert rig.adapter.listing(told) in Listing
    assert rig.adapter.listing({}) is Listing.COMPLETE
    assert not rig.server.requests


def test_a_post_is_found_right_after_it_was_published_and_not_before(rig: Rig, text, key, picture):
    text = (
        f"{text}\n\nMöwen & <Boote>, 5 > 3; \"ahoi\" 'moin' &amp; #harbour 🐦\nhttps://example.org/a?b=1&c=2"
    )
    content = Content(text, link="https://example.org/harbour/" + "x" * 60, images=(picture("u1", "A boat"),))
    before = rig.look(content, key=key)
    assert before.complete
    assert ours(before, text[:40]) == []
    start = datetime.now(UTC)
    published = rig.publish(content, key=key)
    rig.server.requests.clear()
    after = rig.look(content, key=key)
    [post] = ours(after, text[:40])
    assert after.complete
    assert (post.external_id, post.permalink) == (published.external_id, published.permalink)
    assert squeezed(post.text) == squeezed(rig.adapter.compose_text(content))
    assert post.media == 1
    assert post.key in ("", key)
    assert abs(post.created_at - start) < timedelta(seconds=5)
    assert {request.method for request in rig.server.requests} == {"GET"}


def test_a_post_whose_answer_was_lost_is_found(rig: Rig, text, key):
    rig.server.on("POST", rig.publish_path, proxy.commit_then_drop, times=1)
    assert type(failure(lambda: rig.publish(Content(text), key=key))) is UnknownOutcome
    assert len(ours(rig.look(Content(text), key=key), text)) == 1


def test_only_posts_since_the_moment_are_given(rig: Rig, text, key):
    rig.publish(Content(text), key=key)
    later = rig.look(Content(text), key=key, since=timedelta(seconds=5))
    assert later == ReadBack((), complete=True)


def test_more_than_one_page_is_read(rig: Rig, text, key, small_pages):
    for number in range(8):
        rig.publish(Content(f"{number} {text}"), key=f"{key}{number}")
    rig.server.requests.clear()
    back = rig.look(Content(f"0 {text}"), key=f"{key}0", deadline=15)
    assert sorted(post.text[0] for post in ours(back, text)) == list("01234567")
    assert len({post.external_id for post in back.posts}) == len(back.posts)
    assert len(rig.server.seen("GET", rig.list_path)) >= 3


def test_the_order_within_a_page_does_not_matter(rig: Rig, text, key, small_pages):
    for number in range(6):
        rig.publish(Content(f"{number} {text}"), key=f"{key}{number}")
    rig.server.on("GET", rig.list_path, altered(lambda posts: posts[::-1]))
    back = rig.look(Content(f"0 {text}"), key=f"{key}0", deadline=15)
    assert sorted(post.text[0] for post in ours(back, text)) == list("012345")


def test_a_list_that_goes_in_circles_is_not_complete(rig: Rig, text, key, small_pages):
    for number in range(4):
        rig.publish(Content(f"{number} {text}"), key=f"{key}{number}")
    answers: list[Reply] = []

    def first_page(exchange) -> None:
        answers[:] = answers or [exchange.upstream()]
        exchange.send(answers[0])

    rig.server.on("GET", rig.list_path, first_page)
    rig.server.requests.clear()
    back = rig.look(Content(f"3 {text}"), key=f"{key}3", since=timedelta(days=-1000))
    assert not back.complete
    assert ours(back, f"3 {text}")
    assert len(rig.server.seen("GET", rig.list_path)) == 2


def test_no_more_than_ten_pages_are_read(rig: Rig, monkeypatch, small_pages):
    def endless(exchange) -> None:
        number = len(rig.server.seen("GET", rig.list_path))
        moment = (datetime.now(UTC) - timedelta(seconds=number)).isoformat()
        post = {"id": f"p{number}", "text": "t", "content": "t", "created_at": moment, "media": []}
        listed = [post] if rig.adapter.needs_host else {"posts": [post], "more": True}
        exchange.send(Reply.of(200, listed))

    rig.server.on("GET", rig.list_path, endless)
    rig.server.requests.clear()
    back = rig.look(Content("t"))
    assert not back.complete
    assert len(back.posts) == len(rig.server.seen("GET", rig.list_path)) == 10


def test_what_time_allowed_is_given_when_it_is_over(rig: Rig, text, key, small_pages):
    for number in range(4):
        rig.publish(Content(f"{number} {text}"), key=f"{key}{number}")
    rig.server.on("GET", rig.list_path, lambda exchange: exchange.send(exchange.upstream()), times=1)
    rig.server.on("GET", rig.list_path, proxy.silence, times=1)
    start = time.monotonic()
    back = rig.look(Content(f"3 {text}"), key=f"{key}3", since=timedelta(days=-1000), deadline=1)
    assert not back.complete
    assert ours(back, f"3 {text}")
    assert time.monotonic() - start < 3


def test_a_later_page_that_fails_is_an_error(rig: Rig, text, key, small_pages):
    for number in range(4):
        rig.publish(Content(f"{number} {text}"), key=f"{key}{number}")
    rig.server.on("GET", rig.list_path, lambda exchange: exchange.send(exchange.upstream()), times=1)
    rig.server.on("GET", rig.list_path, Reply(503), times=1)
    look = lambda: rig.look(Content(text), key=key, since=timedelta(days=-1000))  # noqa: E731
    assert type(failure(look)) is Transient


@pytest.mark.parametrize(
    "odd",
    [
        None,
        7,
        "text",
        [],
        {},
        {"created_at": "2026-01-01T00:00:00Z", "text": "a", "content": "a"},
        {"id": "", "created_at": "2026-01-01T00:00:00Z", "text": "a", "content": "a"},
        {"id": "p1", "created_at": "yesterday", "text": "a", "content": "a"},
        {"id": "p1", "created_at": None, "text": "a", "content": "a"},
        {"id": "p1", "created_at": "0001-01-01T00:00:00+14:00", "text": "a", "content": "a"},
        {"id": "p1", "created_at": "2026-01-01T00:00:00Z", "text": None, "content": None},
    ],
)
def test_an_entry_that_cannot_be_read_is_left_out(rig: Rig, text, key, odd):
    rig.publish(Content(text), key=key)
    rig.server.on("GET", rig.list_path, altered(lambda posts: [odd, *posts, odd]))
    back = rig.look(Content(text), key=key)
    assert not back.complete
    assert len(ours(back, text)) == 1


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (401, {}, AuthExpired),
        (403, {}, PermissionMissing),
        (429, {"Retry-After": "17"}, RateLimited),
        *[(status, {}, Transient) for status in (301, 400, 404, 408, 410, 422, 500, 502, 503, 504)],
    ],
)
def test_a_look_that_is_refused(rig: Rig, text, key, status, headers, kind):
    rig.server.on("GET", rig.list_path, Reply(status, headers, b'{"error": "because of the tide"}'))
    error = failure(lambda: rig.look(Content(text), key=key))
    assert type(error) is kind
    assert "because of the tide" in error.detail
    assert error.retry_after == (17 if headers else None)


@pytest.mark.parametrize("behave", [*LOST, proxy.drop_before])
def test_a_look_without_a_usable_answer_proves_nothing(rig: Rig, text, key, behave):
    rig.server.on("GET", rig.list_path, behave)
    assert type(failure(lambda: rig.look(Content(text), key=key))) is Transient


@pytest.mark.parametrize("behave", SLOW)
def test_the_deadline_holds_while_looking(rig: Rig, text, key, behave):
    rig.server.on("GET", rig.list_path, behave)
    start = time.monotonic()
    assert type(failure(lambda: rig.look(Content(text), key=key, deadline=0.5))) is Transient
    assert time.monotonic() - start < 3


def test_a_look_with_a_token_the_server_does_not_know(rig: Rig, text, key):
    wrong = Credentials(rig.credentials.host, rig.credentials.external_id, {"access_token": CANARY})
    error = failure(lambda: rig.look(Content(text), key=key, credentials=wrong))
    assert type(error) is AuthExpired
    assert CANARY not in f"{error!r} {error.message} {error.detail}"


def test_no_secret_in_the_error_of_a_look(rig: Rig, text, key):
    def echo(exchange) -> None:  # a server that repeats what it was sent
        said = f"bad token {exchange.seen.headers.get('Authorization')}"
        exchange.send(Reply.of(403, {"error": said, "message": said}))

    credentials = Credentials(rig.credentials.host, "1", {"access_token": CANARY, "refresh_token": "r"})
    rig.server.on("GET", ".*", echo)
    error = failure(lambda: rig.look(Content(text), key=key, credentials=credentials))
    assert "bad token" in error.detail
    assert CANARY not in f"{error!r} {error.message} {error.detail} {error.__context__!r}"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["posts", "more", "id", "url", "text", "content", "created_at", "media"])
            | st.sampled_from(["media_attachments", "mentions", "acct", "spoiler_text", "idempotency_key"]),
            inner | st.just("2999-01-01T00:00:00Z"),
            max_size=9,
        )
    ),
    max_leaves=30,
)


@WITH_RIG
@given(data=JSON)
def test_any_answer_is_an_error_or_a_list(rig: Rig, data):
    rig.server.clear()
    rig.server.on("GET", ".*", Reply.of(200, data))
    try:
        back = rig.look(Content("t"))
    except Transient:
        return
    assert all(post.external_id and post.created_at for post in back.posts)
