"""What is Threads' own: connecting, counting, links, replies, taking down. No Django, no database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posts.platforms.base import (
    AppKeys,
    AuthExpired,
    Content,
    Count,
    Credentials,
    Image,
    InvalidContent,
    MediaMissing,
    PermissionMissing,
    PlatformError,
    Published,
    ReplyTo,
    Video,
)
from posts.platforms.threads import SCOPES, ThreadsAdapter
from tests.support.proxy import Reply

from .graph_server import CODE, SECRET, TOKEN, Graph, graph_server, refused

BACK = "https://hub.example.org/accounts/connected"
CREDENTIALS = Credentials("", "17", {"access_token": TOKEN})
MAKE = r"graph\.threads\.net/v1\.0/17/threads$"


@pytest.fixture(scope="module")
def server() -> Iterator[Graph]:
    with graph_server() as graph:
        yield graph


@pytest.fixture
def graph(server: Graph) -> Graph:
    server.reset()
    server.me = {"id": "17", "username": "harbour", "name": "The Harbour"}
    server.site = "www.threads.com"
    return server


@pytest.fixture
def adapter(graph: Graph) -> Iterator[ThreadsAdapter]:
    http = graph.http()
    yield ThreadsAdapter(http, app=AppKeys("app", SECRET), poll_seconds=0.01)
    http.close()


OFFLINE = ThreadsAdapter(None, app=AppKeys("app", SECRET))
LIMITS = OFFLINE.limits({})


def failure(call) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        call()
    return caught.value


def image(uid: str = "u1", alt: str = "") -> Image:
    return Image(uid, "image/jpeg", 1080, 1080, 1000, alt, lambda: b"x", f"https://hub.example.org/{uid}.jpg")


def film(alt: str = "") -> Video:
    return Video("v", "video/mp4", 720, 1280, 20.0, 5000, alt, lambda: None, "https://hub.example.org/v.mp4")


def connect(adapter: ThreadsAdapter, code: str = CODE):
    (connection,) = adapter.exchange(
        "", None, code=code, redirect_uri=BACK, code_verifier="v" * 43, deadline=5
    )
    return connection


def form_of(adapter: ThreadsAdapter, graph: Graph, content: Content) -> dict[str, str]:
    adapter.stage(content, CREDENTIALS, staged={}, deadline=5)
    return graph.form(graph.seen("POST", MAKE)[-1])


# ---- connecting


def test_a_person_is_sent_to_threads_with_what_the_hub_needs(adapter, graph):
    url = adapter.authorize_url("", None, redirect_uri=BACK, state="st4te", code_verifier="v")
    assert url.startswith(f"{graph.front.url}/as/threads.net/oauth/authorize?")
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert query["scope"].split(",") == list(SCOPES)
    assert (query["client_id"], query["state"], query["redirect_uri"]) == ("app", "st4te", BACK)
    other = ThreadsAdapter(graph.http(), app=AppKeys("app", SECRET), authorize_host="www.threads.com")
    url = other.authorize_url("", None, redirect_uri=BACK, state="s", code_verifier="v")
    assert "/as/www.threads.com/oauth/authorize?" in url


@pytest.mark.parametrize("code", [CODE, f"{CODE}#_"])
def test_a_code_becomes_an_account_with_access_for_sixty_days(adapter, graph, code):
    connection = connect(adapter, code)
    assert connection.profile.external_id == "17"
    assert connection.profile.handle == "@harbour"
    assert connection.profile.url == "https://www.threads.com/@harbour"
    assert connection.tokens == {"access_token": TOKEN}
    assert (connection.expires_in, connection.renew_from) == (60 * 86_400, 45 * 86_400)
    assert {one.path.split("/")[2] for one in graph.front.requests} == {"graph.threads.net"}


def test_a_missing_permission_is_named_where_it_is_told(adapter, graph):
    graph.told_permissions = ["threads_basic"]
    error = failure(lambda: connect(adapter))
    assert type(error) is PermissionMissing
    assert "Create and share posts" in error.message


def test_a_used_code_is_to_be_asked_for_again(adapter):
    assert type(failure(lambda: connect(adapter, "old"))) is AuthExpired


# ---- how Threads counts


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("boat", 4),
        ("a\r\nb", 4),
        ("Möwe", 4),
        ("船", 1),
        ("⛵", 3),
        ("🐦", 4),
        ("👍🏽", 8),
        ("👩‍🚀", 11),
        ("🇩🇪", 8),
        ("1️⃣", 7),
        ("five 5", 6),
        ("🐦🐦 two", 12),
    ],
)
def test_an_emoji_counts_its_bytes(text, length):
    assert OFFLINE.count(text, LIMITS) == length


@given(left=st.text(max_size=50), right=st.text(max_size=50))
def test_count_grows_with_the_text(left, right):
    whole = OFFLINE.count(f"{left}\n{right}", LIMITS)
    assert whole <= OFFLINE.count(left, LIMITS) + OFFLINE.count(right, LIMITS) + 1
    assert OFFLINE.count(left, LIMITS) >= len(left)


@given(text=st.text(max_size=600))
def test_check_agrees_with_count(text):
    too_long = OFFLINE.count(text, LIMITS) > 500
    fields = [problem.field for problem in OFFLINE.check(Content(text), LIMITS)]
    assert fields == ["text"] * ((not text.strip()) + too_long)


# ---- links


def links(number: int) -> str:
    return " ".join(f"https://example.org/{index}" for index in range(number))


@pytest.mark.parametrize(
    ("content", "good"),
    [
        (Content(links(5)), True),
        (Content(links(6)), False),
        (Content(links(4), link="https://example.org/other"), True),
        (Content(links(5), link="https://example.org/other"), False),
        (Content(links(5), link="https://example.org/3"), True),
        (Content(f"{links(5)} and again {links(5)}"), True),
        (Content(f"{links(5)} www.example.org"), False),
        (Content(f"{links(4)} www.example.org"), True),
        (Content(links(5), link="https://example.org/other", images=(image(),)), False),
    ],
)
def test_five_different_links_at_most(content, good):
    problems = OFFLINE.check(content, LIMITS)
    assert [problem.field for problem in problems] == ([] if good else ["text"])


def test_the_link_of_a_text_is_attached_and_that_of_a_picture_is_written(adapter, graph):
    text = Content("Come", link="https://example.org/a")
    assert form_of(adapter, graph, text) == {
        "media_type": "TEXT",
        "text": "Come",
        "link_attachment": "https://example.org/a",
    }
    assert adapter.compose_text(text) == "Come"
    form = form_of(adapter, graph, Content("Come", link="https://example.org/a", images=(image(),)))
    assert form["text"] == "Come\n\nhttps://example.org/a"
    assert "link_attachment" not in form
    assert form_of(adapter, graph, Content("", link="https://example.org/a")) == {
        "media_type": "TEXT",
        "text": "https://example.org/a",
    }
    inside = Content("See https://example.org/a", link="https://example.org/a")
    assert "link_attachment" not in form_of(adapter, graph, inside)


# ---- posts


def test_a_text_has_a_container_too(adapter, graph):
    content = Content("Only words")
    staged = adapter.stage(content, CREDENTIALS, staged={}, deadline=5)
    published = adapter.publish(content, CREDENTIALS, staged=staged, key="k", deadline=5)
    assert published.permalink.startswith("https://www.threads.com/")
    assert graph.posts[0]["text"] == "Only words"


def test_an_empty_post_is_not_prepared(adapter, graph):
    error = failure(lambda: adapter.stage(Content(" "), CREDENTIALS, staged={}, deadline=5))
    assert type(error) is InvalidContent
    assert not graph.front.requests


def test_a_description_is_sent_with_images_and_videos(adapter, graph):
    assert form_of(adapter, graph, Content("x", images=(image(alt="A boat"),)))["alt_text"] == "A boat"
    assert form_of(adapter, graph, Content("x", video=film("A boat sails")))["alt_text"] == "A boat sails"
    assert "text" not in form_of(adapter, graph, Content("", images=(image(),)))


def test_twenty_images_at_most():
    many = tuple(image(f"u{number}") for number in range(21))
    assert OFFLINE.check(Content("x", images=many[:20]), LIMITS) == []
    assert [problem.field for problem in OFFLINE.check(Content("x", images=many), LIMITS)] == ["images"]


@pytest.mark.parametrize(
    "answer",
    [
        refused(100, type="THREADS_API__LINK_LIMIT_EXCEEDED"),
        refused(100, message="Param text must be at most 500 characters long."),
        refused(4279013),
        refused(100, 4279013),
    ],
)
def test_a_text_that_is_refused(adapter, graph, answer):
    graph.on("POST", MAKE, answer)
    error = failure(lambda: adapter.stage(Content("x"), CREDENTIALS, staged={}, deadline=5))
    assert type(error) is InvalidContent


# ---- threads


def after(parent: str) -> ReplyTo:
    return ReplyTo(Published("1"), Published(parent))


def test_a_part_names_the_one_before_it(adapter, graph):
    assert adapter.limits({}).thread_max > 1
    for content in (
        Content("second", reply_to=after("55")),
        Content("second", images=(image(),), reply_to=after("55")),
        Content("second", images=(image("a"), image("b")), reply_to=after("55")),
        Content("second", video=film(), reply_to=after("55")),
    ):
        assert form_of(adapter, graph, content)["reply_to_id"] == "55"


def test_a_part_prepared_before_its_parent_was_out_is_made_anew(adapter, graph):
    early, ready = Content("second", images=(image("a"), image("b"))), after("55")
    staged = adapter.stage(early, CREDENTIALS, staged={}, deadline=5)
    late = Content(early.text, images=early.images, reply_to=ready)
    error = failure(lambda: adapter.publish(late, CREDENTIALS, staged=staged, key="k", deadline=5))
    assert type(error) is MediaMissing
    assert not graph.posts
    staged = adapter.stage(late, CREDENTIALS, staged=error.staged, deadline=5)
    forms = [graph.form(one) for one in graph.seen("POST", MAKE)]
    assert [form.get("reply_to_id") for form in forms] == [None, None, None, "55"]
    assert adapter.publish(late, CREDENTIALS, staged=staged, key="k", deadline=5).external_id


def test_a_reply_is_looked_for_among_the_replies(adapter, graph):
    content = Content("second", reply_to=after("55"))
    staged = adapter.stage(content, CREDENTIALS, staged={}, deadline=5)
    adapter.publish(content, CREDENTIALS, staged=staged, key="k", deadline=5)
    graph.on("GET", r".*/17/threads\?", Reply.of(200, {"data": []}))
    since = datetime.now(UTC) - timedelta(minutes=1)

    def look():
        return adapter.read_back(content, CREDENTIALS, staged=staged, key="k", since=since, deadline=5)

    assert [post.key for post in look().posts] == ["k"]
    graph.on("GET", r".*/17/replies\?", refused(10))
    back = look()
    assert not back.complete
    assert back.posts == ()
    graph.containers[staged["container"]]["status"] = "FINISHED"
    assert look().complete


def test_the_list_is_asked_for_from_a_moment_on(adapter, graph):
    since = datetime(2026, 11, 25, 12, 0, 0, 500_000, tzinfo=UTC)
    adapter.read_back(Content("x"), CREDENTIALS, staged={}, key="k", since=since, deadline=5)
    (asked,) = graph.seen("GET", r".*/17/threads\?")
    assert parse_qs(urlsplit(asked.path).query)["since"] == [str(int(since.timestamp()))]


# ---- taking down, counts


def test_a_post_is_taken_down_and_one_that_is_gone_is_no_error(adapter, graph):
    media = graph.add("x")
    adapter.take_down(media, CREDENTIALS, deadline=5)
    assert not graph.posts
    adapter.take_down(media, CREDENTIALS, deadline=5)
    graph.on("DELETE", ".*", refused(10))
    assert type(failure(lambda: adapter.take_down(media, CREDENTIALS, deadline=5))) is PermissionMissing


def test_counts_of_a_post_and_of_the_account(adapter, graph):
    media = graph.add("x")
    counts = adapter.post_counts([media], CREDENTIALS, deadline=5)[media]
    assert counts == {
        Count.VIEWS: 7,
        Count.LIKES: 7,
        Count.REPLIES: 7,
        Count.SHARES: 14,  # reposts and shares
        Count.QUOTES: 7,
    }
    assert adapter.account_counts(CREDENTIALS, deadline=5) == {Count.FOLLOWERS: 7}
    assert graph.seen("GET", r".*/17/threads_insights\?metric=followers_count")
