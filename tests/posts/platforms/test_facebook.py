"""Facebook Pages: posts, photos, taking down, counts. No Django, no database."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterator

import pytest

from posts.platforms.base import (
    AppKeys,
    AuthExpired,
    Content,
    Count,
    Credentials,
    Duplicate,
    Idempotency,
    InvalidContent,
    Listing,
    MediaMissing,
    NotFound,
    Outcome,
    PermissionMissing,
    RateLimited,
    Transient,
    UnknownOutcome,
)
from posts.platforms.facebook import FacebookAdapter
from posts.platforms.facebook_signin import SCOPES
from tests.support import proxy
from tests.support.proxy import Reply

from .containers_rig import LOST
from .facebook_rig import (
    BASE,
    CREDENTIALS,
    FEED,
    KEY,
    OFFLINE,
    PHOTOS,
    failure,
    film,
    image,
    look,
    page,
    publish,
    sent,
    stage,
)
from .graph_server import SECRET, Graph, graph_server, multipart, refused


@pytest.fixture(scope="module")
def server() -> Iterator[Graph]:
    with graph_server() as graph:
        yield graph


@pytest.fixture
def graph(server: Graph) -> Graph:
    server.reset()
    server.permissions = dict.fromkeys(SCOPES, "granted")
    server.pages = [page(17, "ANALYZE", "CREATE_CONTENT", username="harbour")]
    return server


@pytest.fixture
def adapter(graph: Graph) -> Iterator[FacebookAdapter]:
    http = graph.http()
    yield FacebookAdapter(http, app=AppKeys("app", SECRET))
    http.close()


# ---- what may be posted


def fields(content: Content, **capabilities) -> list[str]:
    return [problem.field for problem in OFFLINE.check(content, OFFLINE.limits(capabilities))]


def test_says_what_facebook_promises():
    assert OFFLINE.idempotency is Idempotency.NONE
    assert OFFLINE.listing({}) is Listing.PARTIAL
    assert OFFLINE.takes_down
    assert not OFFLINE.fetches_media


def test_limits_of_a_post():
    assert fields(Content("Words")) == []
    assert fields(Content("")) == ["text"]
    assert fields(Content("x" * 63_206)) == []
    assert fields(Content("x" * 63_207)) == ["text"]
    assert fields(Content("", images=(image(),))) == []
    assert fields(Content("", video=film())) == []
    assert fields(Content("", video=film()), video=False) == ["video"]
    assert fields(Content("x", images=tuple(image(f"u{number}") for number in range(11)))) == ["images"]
    assert fields(Content("x", images=(dataclasses.replace(image(), size=5_000_000),))) == ["images"]


# ---- posts


def test_a_text_with_a_link(adapter, graph):
    content = Content("Come to the harbour", link="https://example.org/a")
    assert stage(adapter, content) == {"media": {}}
    published = publish(adapter, content)
    assert sent(graph) == {"message": "Come to the harbour", "link": "https://example.org/a"}
    assert published.external_id == graph.posts[0]["id"]
    assert published.permalink == f"https://www.facebook.com/{published.external_id}"
    assert len(graph.front.requests) == 1


def test_images_are_uploaded_unpublished_and_attached(adapter, graph):
    content = Content(
        "Two boats", link="https://example.org/a", images=(image("u1", "A red boat"), image("u2"))
    )
    staged = stage(adapter, content)
    assert not graph.posts
    first, second = (multipart(one) for one in graph.seen("POST", PHOTOS))
    assert first == ({"published": "false", "alt_text_custom": "A red boat"}, b"u1")
    assert second == ({"published": "false"}, b"u2")
    publish(adapter, content, staged)
    ids = [staged["media"][uid]["id"] for uid in ("u1", "u2")]
    assert json.loads(sent(graph)["attached_media"]) == [{"media_fbid": one} for one in ids]
    assert sent(graph)["message"] == "Two boats\n\nhttps://example.org/a"
    assert "link" not in sent(graph)


def test_preparing_goes_on_where_it_broke_off(adapter, graph):
    content = Content("x", images=(image("u1"), image("u2")))
    graph.on("POST", PHOTOS, lambda exchange: exchange.send(exchange.upstream()), times=1)
    graph.on("POST", PHOTOS, proxy.drop_before, times=1)
    error = failure(lambda: stage(adapter, content))
    assert error.outcome is Outcome.NOT_SENT
    staged = stage(adapter, content, error.staged)
    assert len(graph.photos) == 2
    assert stage(adapter, content, staged) == staged
    assert len(graph.photos) == 2


def test_photos_of_yesterday_are_uploaded_again(adapter, graph):
    content = Content("x", images=(image("u1"), image("u2")))
    staged = stage(adapter, content)
    staged["media"]["u1"]["at"] -= 24 * 3600
    error = failure(lambda: publish(adapter, content, staged))
    assert type(error) is MediaMissing
    assert set(error.staged["media"]) == {"u2"}
    assert publish(adapter, content, stage(adapter, content, error.staged)).external_id
    assert len(graph.photos) == 3


def test_without_its_photos_nothing_is_sent(adapter, graph):
    assert type(failure(lambda: publish(adapter, Content("x", images=(image(),))))) is MediaMissing
    assert not graph.front.requests


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ({"id": "17_5"}, "https://www.facebook.com/17_5"),
        ({"id": "17_5", "permalink_url": "https://m.facebook.com/p/5"}, "https://m.facebook.com/p/5"),
        ({"id": "17_5", "permalink_url": "https://evil.example.org/"}, "https://www.facebook.com/17_5"),
        ({"id": "17_5", "permalink_url": "javascript:alert(1)"}, "https://www.facebook.com/17_5"),
    ],
)
def test_the_address_of_a_post_is_facebooks(adapter, graph, told, shown):
    graph.on("POST", FEED, Reply.of(200, told))
    assert publish(adapter, Content("x")).permalink == shown


@pytest.mark.parametrize("behave", LOST)
@pytest.mark.parametrize("content", [Content("Hello"), Content("Hello", images=(image(),))])
def test_a_lost_answer_is_unknown_and_the_post_is_found(adapter, graph, behave, content):
    graph.posts.append(graph.page_post("17_1", "Another post"))
    staged = stage(adapter, content)
    graph.on("POST", FEED, behave, times=1)
    assert type(failure(lambda: publish(adapter, content, staged))) is UnknownOutcome
    back = look(adapter, content, staged)
    assert not back.complete  # absence proves nothing on a Page
    (found,) = [post for post in back.posts if post.text == "Hello"]
    assert found.external_id == graph.posts[0]["id"]
    assert found.key == (KEY if content.images else "")


@pytest.mark.parametrize("behave", [proxy.silence, proxy.drip_body, proxy.drip_headers])
def test_the_deadline_holds(adapter, graph, behave):
    graph.on("POST", FEED, behave, times=1)
    start = time.monotonic()
    assert type(failure(lambda: publish(adapter, Content("x"), deadline=0.4))) is UnknownOutcome
    assert time.monotonic() - start < 3


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused(506), Duplicate),
        (refused(100, 1366051), Duplicate),
        (refused(190, 460), AuthExpired),
        (refused(200, 1404078), PermissionMissing),
        (refused(32), RateLimited),
        (refused(368), RateLimited),
        (refused(100, 1609005), InvalidContent),
        (refused(100, 33), NotFound),
        (refused(1), UnknownOutcome),
        (refused(2, status=500, is_transient=True), UnknownOutcome),
        (refused(12345), UnknownOutcome),
    ],
)
def test_a_refused_post(adapter, graph, answer, kind):
    graph.on("POST", FEED, answer)
    assert type(failure(lambda: publish(adapter, Content("x")))) is kind


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused(100, 1366046), InvalidContent),
        (refused(190), AuthExpired),
        (refused(4), RateLimited),
        (refused(1), Transient),
        (Reply(500), Transient),
        (Reply.of(200, {}), Transient),
    ],
)
def test_a_refused_photo(adapter, graph, answer, kind):
    graph.on("POST", PHOTOS, answer)
    error = failure(lambda: stage(adapter, Content("x", images=(image(),))))
    assert type(error) is kind
    assert error.staged == {"media": {}}


def test_a_token_that_facebook_does_not_know(adapter):
    wrong = Credentials("", "17", {"access_token": "canary-1"})
    error = failure(lambda: adapter.publish(Content("x"), wrong, staged={}, key=KEY, deadline=5))
    assert type(error) is AuthExpired
    assert "canary-1" not in error.message + error.detail


# ---- taking down, counts


def test_a_post_is_taken_down_and_one_that_is_gone_is_no_error(adapter, graph):
    published = publish(adapter, Content("x"))
    adapter.take_down(published.external_id, CREDENTIALS, deadline=5)
    assert not graph.posts
    adapter.take_down(published.external_id, CREDENTIALS, deadline=5)
    graph.on("DELETE", ".*", refused(10))
    error = failure(lambda: adapter.take_down(published.external_id, CREDENTIALS, deadline=5))
    assert type(error) is PermissionMissing


def test_counts_ask_for_one_metric_a_call_and_skip_unknown_ones(adapter, graph):
    first, second = (publish(adapter, Content(text)).external_id for text in "ab")
    graph.on("GET", r".*/insights\?metric=post_clicks", refused(100))
    reactions = {
        "data": [{"name": "post_reactions_by_type_total", "values": [{"value": {"like": 4, "love": 2}}]}]
    }
    graph.on("GET", r".*/insights\?metric=post_reactions_by_type_total", Reply.of(200, reactions))
    counts = adapter.post_counts([first, "17_404", second], CREDENTIALS, deadline=5)
    expected = {Count.VIEWS: 7, Count.REACH: 7, Count.LIKES: 6, Count.SHARES: 5}
    assert counts == {first: expected, second: expected}
    assert len(graph.seen("GET", r".*metric=post_clicks")) == 1
    assert not graph.seen("GET", r".*impressions")
    assert adapter.account_counts(CREDENTIALS, deadline=5) == {Count.FOLLOWERS: 40}


def test_counts_that_are_known_when_the_time_is_over_are_kept(adapter, graph):
    first, second = (publish(adapter, Content(text)).external_id for text in "ab")
    graph.on("GET", rf"{BASE}/{second}\?", proxy.silence)
    assert list(adapter.post_counts([first, second], CREDENTIALS, deadline=1)) == [first]
