"""Facebook Pages: connecting, and picking a Page. No Django, no database."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from posts.platforms.base import (
    AppKeys,
    AuthExpired,
    ConfigError,
    Credentials,
    InvalidContent,
    PermissionMissing,
    RateLimited,
    Transient,
)
from posts.platforms.facebook import FacebookAdapter
from posts.platforms.facebook_signin import NEEDED, SCOPES
from tests.support.proxy import Reply

from .facebook_rig import (
    BACK,
    BASE,
    CREDENTIALS,
    connect,
    failure,
    page,
)
from .graph_server import CODE, SECRET, TOKEN, Graph, graph_server, refused


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


def test_a_person_is_sent_to_facebook_with_what_the_hub_needs(adapter, graph):
    url = adapter.authorize_url("", None, redirect_uri=BACK, state="st4te", code_verifier="v")
    assert url.startswith(f"{graph.front.url}/as/www.facebook.com/v26.0/dialog/oauth?")
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert query["scope"].split(",") == list(SCOPES)
    assert (query["client_id"], query["state"], query["redirect_uri"]) == ("app", "st4te", BACK)
    assert query["auth_type"] == "rerequest"
    assert SECRET not in url


@pytest.mark.parametrize("code", [CODE, f"{CODE}#_"])
def test_every_page_that_the_person_may_publish_on_is_offered(adapter, graph, code):
    graph.pages += [
        page(18, "MANAGE"),
        page(19, "ANALYZE"),
        page(20),
        page(21, "CREATE_CONTENT", access_token=""),
    ]
    harbour, other = connect(adapter, code)
    assert harbour.profile.external_id == "17"
    assert harbour.profile.handle == "@harbour"
    assert harbour.profile.display_name == "Chapter 17"
    assert harbour.profile.url == "https://www.facebook.com/harbour"
    assert harbour.profile.kind == "Page"
    assert harbour.tokens == {"access_token": "page-token-17", "user_token": TOKEN}
    assert harbour.expires_in is None
    assert harbour.renew_from is None
    assert set(NEEDED) <= set(harbour.scopes)
    assert other.profile.handle == "Chapter 18"
    assert other.tokens["access_token"] == "page-token-18"


def test_the_hour_long_token_becomes_one_of_sixty_days_first(adapter, graph):
    connect(adapter)
    grants = [parse_qs(urlsplit(one.path).query) for one in graph.seen("GET", rf"{BASE}/oauth/access_token")]
    assert grants[0]["code"] == [CODE]
    assert grants[1]["grant_type"] == ["fb_exchange_token"]
    assert all(TOKEN not in one.path for one in graph.front.requests[2:])


def test_pages_are_read_to_the_last(adapter, graph):
    graph.pages = [page(number, "CREATE_CONTENT") for number in range(250)]
    assert len(connect(adapter)) == 250


@pytest.mark.parametrize("state", ["declined", None])
@pytest.mark.parametrize("name", NEEDED)
def test_what_was_left_unticked_is_named(adapter, graph, name, state):
    graph.permissions[name] = state
    if state is None:
        del graph.permissions[name]
    error = failure(lambda: connect(adapter))
    assert type(error) is PermissionMissing
    assert name in error.detail
    assert "ticked" in error.message
    assert "Page" in error.message


def test_videos_are_off_where_they_were_declined(adapter, graph):
    graph.permissions["publish_video"] = "declined"
    (connection,) = connect(adapter)
    assert adapter.limits(connection.capabilities).video is None
    del graph.permissions["publish_video"]
    (connection,) = connect(adapter)
    assert adapter.limits(connection.capabilities).video is not None


def test_no_page_at_all(adapter, graph):
    graph.pages = []
    error = failure(lambda: connect(adapter))
    assert type(error) is InvalidContent
    assert "choose the Page" in error.message


def test_no_page_to_publish_on(adapter, graph):
    graph.pages = [page(number, "ANALYZE") for number in range(1, 6)]
    error = failure(lambda: connect(adapter))
    assert type(error) is PermissionMissing
    assert "Chapter 1, Chapter 2, Chapter 3 and others" in error.message


@pytest.mark.parametrize("subcode", [36007, 36008, 36009])
def test_a_used_code_is_to_be_asked_for_again(adapter, graph, subcode):
    graph.on("GET", rf"{BASE}/oauth/access_token", refused(100, subcode))
    error = failure(lambda: connect(adapter, "old"))
    assert type(error) is AuthExpired
    assert "Start again" in error.message


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused(101, message="Error validating application. Cannot get application info."), ConfigError),
        (refused(1, message="Error validating client secret."), ConfigError),
        (refused(191, message="Can't load URL"), ConfigError),
        (refused(4), RateLimited),
        (Reply(500), Transient),
        (Reply.of(200, {}), Transient),
    ],
)
def test_a_code_that_is_not_exchanged(adapter, graph, answer, kind):
    graph.on("GET", rf"{BASE}/oauth/access_token", answer)
    error = failure(lambda: connect(adapter))
    assert type(error) is kind
    assert SECRET not in error.message + error.detail
    assert CODE not in error.message + error.detail


@pytest.mark.parametrize("odd", [{}, {"data": 7}, []])
@pytest.mark.parametrize("path", ["me/permissions", "me/accounts"])
def test_a_list_that_is_none(adapter, graph, path, odd):
    graph.on("GET", rf"{BASE}/{path}", Reply.of(200, odd))
    assert type(failure(lambda: connect(adapter))) is Transient


def test_access_to_the_only_page_is_given_back(adapter, graph):
    adapter.revoke(CREDENTIALS, None, deadline=5)
    assert graph.permissions == {}


def test_giving_one_page_back_keeps_the_others_of_the_same_person(adapter, graph):
    graph.pages.append(page(18, "MANAGE"))
    adapter.revoke(CREDENTIALS, None, deadline=5)
    assert graph.permissions
    assert not graph.seen("DELETE", ".*")


def test_an_access_that_has_ended_needs_not_be_given_back(adapter, graph):
    adapter.revoke(Credentials("", "17", {"access_token": TOKEN}), None, deadline=5)
    adapter.revoke(Credentials("", "17", {"user_token": "old"}), None, deadline=5)
    assert graph.permissions
    graph.on("DELETE", ".*", Reply(500))
    assert type(failure(lambda: adapter.revoke(CREDENTIALS, None, deadline=5))) is Transient


def test_a_pages_token_is_not_renewed(adapter, graph):
    assert adapter.refresh(CREDENTIALS, None, deadline=5) is None
    assert not graph.front.requests
