"""Facebook Pages: videos, and finding a post whose answer was lost. No Django, no database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from posts.platforms.base import (
    AppKeys,
    AuthExpired,
    Content,
    InvalidContent,
    MediaMissing,
    MediaProcessing,
    PermissionMissing,
    RateLimited,
    Transient,
    UnknownOutcome,
)
from posts.platforms.facebook import FacebookAdapter
from posts.platforms.facebook_signin import SCOPES
from tests.support import proxy
from tests.support.proxy import Reply

from .facebook_rig import (
    BASE,
    KEY,
    LISTED,
    VIDEOS,
    failure,
    film,
    look,
    page,
    publish,
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


# ---- videos


def test_a_video_goes_up_in_pieces_and_out_with_the_last_call(adapter, graph):
    content = Content("A film", link="https://example.org/a", video=film())
    staged = stage(adapter, content)
    (video,) = graph.videos
    assert graph.videos[video]["got"] == 10
    assert not graph.videos[video]["published"]
    pieces = [multipart(one) for one in graph.seen("POST", VIDEOS)[1:]]
    assert [piece for _fields, piece in pieces] == [b"0123", b"4567", b"89"]
    assert stage(adapter, content, staged) == staged
    calls = len(graph.front.requests)
    published = publish(adapter, content, staged)
    assert len(graph.front.requests) == calls + 1
    assert published.external_id == video
    assert graph.videos[video]["text"] == "A film\n\nhttps://example.org/a"


def test_a_video_goes_on_where_it_broke_off(adapter, graph):
    content = Content("A film", video=film())
    graph.on("POST", VIDEOS, lambda exchange: exchange.send(exchange.upstream()), times=2)
    graph.on("POST", VIDEOS, proxy.drop_before, times=1)
    error = failure(lambda: stage(adapter, content))
    assert error.staged["video"]["at"] == 4
    stage(adapter, content, error.staged)
    assert len(graph.videos) == 1


def test_a_video_takes_several_calls_where_time_is_short(adapter, graph):
    content = Content("A film", video=film())
    error = failure(lambda: stage(adapter, content, deadline=1))
    assert type(error) is MediaProcessing
    assert error.retry_after == 1
    assert stage(adapter, content, error.staged)["video"]["at"] == 10


def test_an_ended_upload_begins_again_once(adapter, graph):
    content = Content("A film", video=film())
    graph.on("POST", VIDEOS, lambda exchange: exchange.send(exchange.upstream()), times=1)
    graph.on("POST", VIDEOS, refused(100), times=1)
    error = failure(lambda: stage(adapter, content))
    assert type(error) is MediaMissing
    graph.on("POST", VIDEOS, lambda exchange: exchange.send(exchange.upstream()), times=1)
    graph.on("POST", VIDEOS, refused(100), times=1)
    error = failure(lambda: stage(adapter, content, error.staged))
    assert type(error) is InvalidContent


@pytest.mark.parametrize("odd", [{}, {"start_offset": "x"}, {"start_offset": "0", "end_offset": "4"}])
def test_an_upload_that_does_not_get_on_is_no_endless_loop(adapter, graph, odd):
    graph.on("POST", VIDEOS, lambda exchange: exchange.send(exchange.upstream()), times=1)
    graph.on("POST", VIDEOS, Reply.of(200, odd))
    assert type(failure(lambda: stage(adapter, Content("x", video=film())))) is Transient


def test_a_video_whose_answer_was_lost_is_found_by_its_own_status(adapter, graph):
    content = Content("A film", video=film())
    staged = stage(adapter, content)
    assert look(adapter, content, staged).posts == ()
    graph.on("POST", VIDEOS, proxy.commit_then_drop, times=1)
    assert type(failure(lambda: publish(adapter, content, staged))) is UnknownOutcome
    (found,) = look(adapter, content, staged).posts
    assert (found.external_id, found.key) == (staged["video"]["id"], KEY)
    assert found.permalink.startswith("https://www.facebook.com/reel/")
    graph.on("GET", rf"{BASE}/\d+\?fields=status", Reply(500))
    assert look(adapter, content, staged).posts == ()


def test_a_video_without_success_is_in_doubt(adapter, graph):
    content = Content("A film", video=film())
    staged = stage(adapter, content)
    graph.on("POST", VIDEOS, Reply.of(200, {"success": False}))
    assert type(failure(lambda: publish(adapter, content, staged))) is UnknownOutcome


@pytest.mark.parametrize("staged", [{}, {"video": 7}, {"video": {"id": "1"}}, {"video": {"again": True}}])
def test_without_its_video_nothing_is_sent(adapter, graph, staged):
    assert type(failure(lambda: publish(adapter, Content("x", video=film()), staged))) is MediaMissing
    assert not graph.front.requests


# ---- looking


def test_a_look_asks_for_the_time_since(adapter, graph):
    look(adapter, Content("x"))
    (asked,) = graph.seen("GET", LISTED)
    query = parse_qs(urlsplit(asked.path).query)
    assert abs(int(query["since"][0]) - time.time() + 60) < 5
    assert query["fields"] == [
        "id,message,created_time,permalink_url,attachments{media_type,target},is_published"
    ]


@pytest.mark.parametrize(
    "odd", [None, 7, {}, {"id": "1"}, {"id": "1", "created_time": "x"}, {"attachments": 7}, {"message": 7}]
)
def test_an_entry_that_cannot_be_read_is_left_out(adapter, graph, odd):
    whole = graph.page_post("17_1", "Hello")
    graph.on("GET", LISTED, Reply.of(200, {"data": [odd, whole]}))
    assert [post.text for post in look(adapter, Content("Hello")).posts] == ["Hello"]


@pytest.mark.parametrize("odd", [7, {}, {"data": 7}, {"data": [7]}, {"data": [{"target": 7}]}])
def test_odd_attachments_are_none(adapter, graph, odd):
    graph.on("GET", LISTED, Reply.of(200, {"data": [{**graph.page_post("17_1", "x"), "attachments": odd}]}))
    (post,) = look(adapter, Content("x")).posts
    assert (post.key, post.media) == ("", None)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused(190, status=401), AuthExpired),
        (refused(10, status=403), PermissionMissing),
        (refused(4), RateLimited),
        (refused(100), Transient),
        *[(Reply(status), Transient) for status in (301, 400, 404, 422, 500, 503)],
        (Reply.of(200, {"data": 7}), Transient),
    ],
)
def test_a_look_that_is_refused(adapter, graph, answer, kind):
    graph.on("GET", LISTED, answer)
    assert type(failure(lambda: look(adapter, Content("x")))) is kind
