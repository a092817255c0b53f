"""Whatever a server answers to Meta's adapters is a result or one of the errors of the contract."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from posts.platforms.base import (
    Adapter,
    AppKeys,
    Content,
    Credentials,
    Image,
    Outcome,
    PlatformError,
    Published,
    ReplyTo,
    Video,
)
from posts.platforms.facebook import FacebookAdapter
from posts.platforms.instagram import InstagramAdapter
from posts.platforms.threads import ThreadsAdapter
from tests.support.proxy import Proxy, Reply

from .graph_server import SECRET, TOKEN, Graph

NAMES = [
    *("data", "id", "paging", "cursors", "after", "next", "error", "code", "error_subcode", "message"),
    *("is_transient", "fbtrace_id", "status", "status_code", "error_message", "access_token", "expires_in"),
    *("permissions", "permission", "tasks", "user_id", "username", "account_type", "timestamp", "caption"),
    *("text", "permalink", "media_type", "created_time", "permalink_url", "attachments", "target", "shares"),
    *("count", "values", "value", "total_value", "video_id", "upload_session_id", "start_offset"),
    *("end_offset", "success", "publishing_phase", "publish_status", "followers_count", "name"),
]
VALUES = st.sampled_from(
    [
        *("2999-01-01T00:00:00+0000", "FINISHED", "PUBLISHED", "IN_PROGRESS", "ERROR", "EXPIRED", "granted"),
        *("pages_manage_posts", "CREATE_CONTENT", "17", "0", "10", "https://www.facebook.com/1", "a\r\nb"),
        *(190, 4, 100, 33, 2207006, 1, -1, True, None, 10**30, 1.5),
    ]
)
JSON = st.recursive(
    VALUES | st.text(max_size=8) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner | VALUES, max_size=8)
    ),
    max_leaves=25,
)
CALLS = ["stage", "publish", "read_back", "exchange", "refresh", "revoke", "take_down"]
CALLS += ["post_counts", "account_counts"]
STATUS = st.sampled_from([200, 200, 200, 201, 302, 400, 401, 403, 404, 429, 500])

CREDENTIALS = Credentials("", "17", {"access_token": TOKEN, "user_token": TOKEN})
PICTURE = Image("u1", "image/jpeg", 1080, 1080, 3, "", lambda: b"abc", "https://hub.example.org/u1.jpg")
FILM = Video(
    "v",
    "video/mp4",
    720,
    1280,
    9.0,
    10,
    "",
    lambda: io.BytesIO(b"0123456789"),
    "https://hub.example.org/v.mp4",
)
CONTENTS = [
    Content("Words", link="https://example.org"),
    Content("Words", images=(PICTURE,), reply_to=ReplyTo(Published("1"), Published("2"))),
    Content("", video=FILM),
]
STAGED = {
    "media": {"u1": {"id": "5", "at": 9e9}},
    "container": "6",
    "at": 9e9,
    "ready": True,
    "reply_to": "",
    "video": {"id": "7", "session": "s", "at": 10, "end": 10, "size": 10},
}
SINCE = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture(scope="module")
def front() -> Iterator[Proxy]:
    with Proxy() as proxy:
        yield proxy


@pytest.fixture(scope="module", params=[FacebookAdapter, InstagramAdapter, ThreadsAdapter])
def adapter(request, front: Proxy) -> Iterator[Adapter]:
    with Proxy() as back:
        http = Graph(front, back).http()
    more = {} if request.param is FacebookAdapter else {"poll_seconds": 0.001}
    yield request.param(http, app=AppKeys("app", SECRET), **more)
    http.close()


def in_order(error: PlatformError, *, final: bool, status: int) -> None:
    words = f"{error.message} {error.detail}"
    assert words.isprintable()
    assert TOKEN not in words
    assert SECRET not in words
    assert error.staged is None or json.loads(json.dumps(error.staged)) == error.staged
    assert not (final and status >= 500) or error.outcome is Outcome.UNKNOWN


def calls(adapter: Adapter) -> dict[str, Callable[[Content], object]]:
    """Every call of the contract that a content takes part in, or none does."""
    by = {"deadline": 0.5}
    about = {"staged": STAGED, "key": "k", **by}
    found = {
        "stage": lambda content: adapter.stage(content, CREDENTIALS, staged={}, **by),
        "publish": lambda content: adapter.publish(content, CREDENTIALS, **about),
        "read_back": lambda content: adapter.read_back(content, CREDENTIALS, since=SINCE, **about),
        "exchange": lambda _content: adapter.exchange(
            "", None, code="c", redirect_uri="https://h/x", code_verifier="v", **by
        ),
        "refresh": lambda _content: adapter.refresh(CREDENTIALS, None, **by),
        "revoke": lambda _content: adapter.revoke(CREDENTIALS, None, **by),
        "post_counts": lambda _content: adapter.post_counts(["1", "2"], CREDENTIALS, **by),
        "account_counts": lambda _content: adapter.account_counts(CREDENTIALS, **by),
    }
    if adapter.takes_down:
        found["take_down"] = lambda _content: adapter.take_down("1", CREDENTIALS, **by)
    return found


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=JSON,
    status=STATUS,
    name=st.sampled_from(CALLS),
    content=st.sampled_from(CONTENTS),
)
@example(data={"data": [{"tasks": ["MANAGE"], "id": "1", "access_token": "\n"}]}, status=200, name="exchange",
         content=CONTENTS[0])  # fmt: skip
def test_any_answer_is_a_result_or_an_error_of_the_contract(adapter, front, data, status, name, content):
    call = calls(adapter).get(name)
    if call is None:
        return
    front.clear()
    front.on("*", ".*", Reply.of(status, data))
    try:
        result = call(content)
    except PlatformError as error:
        in_order(error, final=name == "publish" and bool(front.requests), status=status)
        return
    if name == "publish":
        assert status in (200, 201)
        assert result.external_id
    if name == "read_back":
        assert all(post.external_id and post.created_at for post in result.posts)
    if name == "exchange":
        assert result
        assert all(one.profile.external_id and one.tokens["access_token"] for one in result)


def test_every_call_is_tried(adapter):
    assert calls(adapter).keys() | {"take_down"} == set(CALLS)
