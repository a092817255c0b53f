"""Facebook Pages: connecting, posts, photos, videos, looks, counts. No Django, no database."""

from __future__ import annotations

import dataclasses
import io
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from posts.platforms.base import (
    AppKeys,
    AuthExpired,
    ConfigError,
    Content,
    Count,
    Credentials,
    Duplicate,
    Idempotency,
    Image,
    InvalidContent,
    Listing,
    MediaMissing,
    MediaProcessing,
    NotFound,
    Outcome,
    PermissionMissing,
    PlatformError,
    RateLimited,
    Transient,
    UnknownOutcome,
    Video,
)
from posts.platforms.facebook import FacebookAdapter
from posts.platforms.facebook_signin import NEEDED, SCOPES
from tests.support import proxy
from tests.support.proxy import Reply

from .graph_server import CODE, SECRET, TOKEN, Graph, graph_server, multipart, refused

BACK = "https://hub.example.org/accounts/connected"
KEY = "0123456789abcdef"
BASE = r"graph\.facebook\.com/v26\.0"
FEED, PHOTOS, VIDEOS = rf"{BASE}/17/feed\?", rf"{BASE}/17/photos$", rf"{BASE}/17/videos$"
LISTED = rf"{BASE}/17/published_posts\?"
CREDENTIALS = Credentials("", "17", {"access_token": TOKEN, "user_token": TOKEN})


def page(number: int, *tasks: str, **more) -> dict:
    told = {"id": str(number), "name": f"Chapter {number}", "access_token": f"page-token-{number}"}
    return {**told, "tasks": list(tasks), **more}


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


OFFLINE = FacebookAdapter(None, app=AppKeys("app", SECRET))


def failure(call) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        call()
    return caught.value


def image(uid: str = "u1", alt: str = "") -> Image:
    return Image(uid, "image/jpeg", 1080, 800, 3, alt, lambda: uid.encode())


def film(data: bytes = b"0123456789") -> Video:
    return Video("v", "video/mp4", 720, 1280, 20.0, len(data), "", lambda: io.BytesIO(data))


def connect(adapter: FacebookAdapter, code: str = CODE):
    return adapter.exchange("", None, code=code, redirect_uri=BACK, code_verifier="v" * 43, deadline=5)


def stage(adapter, content: Content, staged: dict | None = None, deadline: float = 20) -> dict:
    staged = json.loads(json.dumps(staged or {}))
    return adapter.stage(content, CREDENTIALS, staged=staged, deadline=deadline)


def publish(adapter, content: Content, staged: dict | None = None, deadline: float = 5):
    return adapter.publish(content, CREDENTIALS, staged=staged or {}, key=KEY, deadline=deadline)


def look(adapter, content: Content, staged: dict | None = None, since: timedelta = timedelta(minutes=-1)):
    moment = datetime.now(UTC) + since
    return adapter.read_back(content, CREDENTIALS, staged=staged or {}, key=KEY, since=moment, deadline=5)


def sent(graph: Graph) -> dict[str, str]:
    return graph.form(graph.seen("POST", FEED)[-1])


# ---- connecting


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


LOST = [
    proxy.commit_then_drop,
    proxy.commit_then_reset,
    proxy.error_after_commit,
    proxy.truncate,
    proxy.not_json,
    proxy.empty_object,
    proxy.garbage,
]


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
