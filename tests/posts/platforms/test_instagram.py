"""What is Instagram's own: connecting, what may be posted, counts. No Django, no database."""

from __future__ import annotations

import dataclasses
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
    Image,
    InvalidContent,
    PermissionMissing,
    PlatformError,
    Transient,
    Video,
)
from posts.platforms.instagram import SCOPES, InstagramAdapter
from tests.support.proxy import Reply

from .graph_server import CODE, SECRET, TOKEN, Graph, graph_server, refused

BACK = "https://hub.example.org/accounts/connected"
ME = {"user_id": 17, "username": "harbour", "name": "The Harbour", "account_type": "BUSINESS"}


@pytest.fixture(scope="module")
def server() -> Iterator[Graph]:
    with graph_server() as graph:
        yield graph


@pytest.fixture
def graph(server: Graph) -> Graph:
    server.reset()
    server.me = dict(ME)
    server.told_permissions = ",".join(SCOPES)
    return server


@pytest.fixture
def adapter(graph: Graph) -> Iterator[InstagramAdapter]:
    http = graph.http()
    yield InstagramAdapter(http, app=AppKeys("app", SECRET), poll_seconds=0.01)
    http.close()


@pytest.fixture
def offline() -> InstagramAdapter:
    return InstagramAdapter(None, app=AppKeys("app", SECRET))


def connect(adapter: InstagramAdapter, code: str = CODE):
    (connection,) = adapter.exchange(
        "", None, code=code, redirect_uri=BACK, code_verifier="v" * 43, deadline=5
    )
    return connection


def failure(call) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        call()
    return caught.value


def image(width: int = 1080, height: int = 1080, mime: str = "image/jpeg", uid: str = "u1") -> Image:
    return Image(uid, mime, width, height, 1000, "", lambda: b"x", f"https://hub.example.org/{uid}.jpg")


def film(**changed) -> Video:
    video = Video("v", "video/mp4", 720, 1280, 20.0, 5000, "", lambda: None, "https://hub.example.org/v.mp4")
    return dataclasses.replace(video, **changed)


# ---- connecting


def test_a_person_is_sent_to_instagram_with_what_the_hub_needs(adapter, graph):
    url = adapter.authorize_url("", None, redirect_uri=BACK, state="st4te", code_verifier="v")
    assert url.startswith(f"{graph.front.url}/as/www.instagram.com/oauth/authorize?")
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert query["scope"].split(",") == list(SCOPES)
    assert (query["client_id"], query["state"], query["redirect_uri"]) == ("app", "st4te", BACK)
    assert query["response_type"] == "code"
    assert SECRET not in url


@pytest.mark.parametrize("code", [CODE, f"{CODE}#_"])
@pytest.mark.parametrize("told", [",".join(SCOPES), list(SCOPES), None])
def test_a_code_becomes_an_account_with_access_for_sixty_days(adapter, graph, code, told):
    graph.told_permissions = told
    connection = connect(adapter, code)
    assert connection.profile.external_id == "17"
    assert connection.profile.handle == "@harbour"
    assert connection.profile.display_name == "The Harbour"
    assert connection.profile.url == "https://www.instagram.com/harbour/"
    assert connection.profile.kind == "Business"
    assert connection.tokens == {"access_token": TOKEN}
    assert connection.scopes == SCOPES
    assert (connection.expires_in, connection.renew_from) == (60 * 86_400, 45 * 86_400)
    hosts = [one.path.split("/")[2] for one in graph.front.requests]
    assert hosts == ["api.instagram.com", "graph.instagram.com", "graph.instagram.com"]


def test_an_account_told_as_a_list_of_one_is_read_too(adapter, graph):
    graph.me = {"data": [ME]}
    assert connect(adapter).profile.handle == "@harbour"


def test_what_was_left_unticked_is_named(adapter, graph):
    graph.told_permissions = ["instagram_business_basic"]
    error = failure(lambda: connect(adapter))
    assert type(error) is PermissionMissing
    assert "Access and publish posts" in error.message
    assert "View profile" not in error.message
    assert "instagram_business_content_publish" in error.detail


def test_counts_are_not_needed_to_connect(adapter, graph):
    graph.told_permissions = list(SCOPES[:2])
    assert connect(adapter).scopes == SCOPES[:2]


def test_a_personal_account_is_told_how_to_become_a_professional_one(adapter, graph):
    graph.me["account_type"] = "PERSONAL"
    error = failure(lambda: connect(adapter))
    assert type(error) is InvalidContent
    assert "professional account" in error.message
    assert "@harbour" in error.message


def test_a_used_code_is_to_be_asked_for_again(adapter):
    error = failure(lambda: connect(adapter, "old"))
    assert type(error) is AuthExpired
    assert "Start again" in error.message


def test_a_wrong_secret_is_the_operators_matter(graph):
    adapter = InstagramAdapter(graph.http(), app=AppKeys("app", "wrong-s3cret"))
    error = failure(lambda: connect(adapter))
    assert type(error) is ConfigError
    assert "wrong-s3cret" not in error.message + error.detail


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Reply(500), Transient),
        (Reply.of(200, {}), Transient),
        (Reply.of(200, {"data": []}), Transient),
        (Reply.of(400, {"error_type": "x", "code": 400, "error_message": "Invalid client_id"}), ConfigError),
        (
            Reply.of(400, {"error_type": "x", "code": 400, "error_message": "Invalid platform app"}),
            ConfigError,
        ),
    ],
)
def test_a_code_that_is_not_exchanged(adapter, graph, answer, kind):
    graph.on("POST", r"api\.instagram\.com/oauth/access_token", answer)
    assert type(failure(lambda: connect(adapter))) is kind


@pytest.mark.parametrize("odd", [{}, {"user_id": ""}, {"user_id": "1"}, {"data": [7]}, {"username": "x"}])
def test_an_account_that_does_not_say_who_it_is(adapter, graph, odd):
    graph.me = odd
    assert type(failure(lambda: connect(adapter))) is Transient


def test_an_address_for_what_is_not_there(adapter):
    assert adapter.register_app("", redirect_uri=BACK, deadline=1) is None
    assert adapter.clean_host("anything") == ""
    with pytest.raises(NotImplementedError):
        adapter.take_down("1", Credentials("", "17", {}), deadline=1)


# ---- what may be posted


def fields(adapter, content: Content) -> list[str]:
    return [problem.field for problem in adapter.check(content, adapter.limits({}))]


def test_a_post_needs_an_image_or_a_video(offline):
    assert fields(offline, Content("Only words")) == ["images"]
    assert fields(offline, Content("Words", images=(image(),))) == []
    assert fields(offline, Content("", images=(image(),))) == []
    assert fields(offline, Content("Words", video=film())) == []
    assert fields(offline, Content("", video=film())) == []


def test_a_post_without_media_is_not_prepared(adapter):
    credentials = Credentials("", "17", {"access_token": TOKEN})
    error = failure(lambda: adapter.stage(Content("Words"), credentials, staged={}, deadline=5))
    assert type(error) is InvalidContent


@pytest.mark.parametrize(
    ("width", "height", "fits"),
    [
        (1080, 1350, True),
        (1080, 1351, False),
        (1080, 1400, False),
        (1080, 566, True),
        (1080, 565, False),
        (1080, 500, False),
        (1, 1, True),
    ],
)
def test_shapes_from_upright_to_wide(offline, width, height, fits):
    assert fields(offline, Content("x", images=(image(width, height),))) == ([] if fits else ["images"])


def test_jpeg_alone_and_ten_at_most(offline):
    assert offline.limits({}).image_types == ("image/jpeg",)
    assert offline.limits({}).image_width_max == 1440
    assert fields(offline, Content("x", images=(image(mime="image/png"),))) == ["images"]
    many = tuple(image(uid=f"u{number}") for number in range(11))
    assert fields(offline, Content("x", images=many[:10])) == []
    assert fields(offline, Content("x", images=many)) == ["images"]


def test_the_caption_has_its_limits(offline):
    picture = (image(),)
    assert fields(offline, Content("x" * 2200, images=picture)) == []
    assert fields(offline, Content("x" * 2201, images=picture)) == ["text"]
    assert fields(offline, Content("x" * 2180, link="https://example.org/harbour", images=picture)) == [
        "text"
    ]
    assert fields(offline, Content(" ".join(["#boat"] * 30), images=picture)) == []
    assert fields(offline, Content(" ".join(["#boat"] * 31), images=picture)) == ["text"]
    assert fields(offline, Content(" ".join(["@anna.b"] * 20), images=picture)) == []
    assert fields(offline, Content(" ".join(["@anna.b"] * 21), images=picture)) == ["text"]
    assert fields(offline, Content("mail me@example.org " * 25, images=picture)) == []


@pytest.mark.parametrize(
    "odd",
    [
        film(seconds=2.0),
        film(seconds=1000.0),
        film(size=400_000_000),
        film(mime="video/webm"),
    ],
)
def test_a_video_has_its_limits(offline, odd):
    assert fields(offline, Content("x", video=odd)) == ["video"]


def test_images_or_a_video(offline):
    assert fields(offline, Content("x", images=(image(),), video=film())) == ["video"]


def test_the_link_is_written_into_the_caption(offline):
    content = Content("Come", link="https://example.org/a", images=(image(),))
    assert offline.compose_text(content) == "Come\n\nhttps://example.org/a"


def test_problems_are_sentences(offline):
    odd = Content("x" * 3000, images=(image(100, 1000, "image/png"),) * 11, video=film(seconds=1.0))
    for problem in offline.check(odd, offline.limits({})):
        assert problem.message.endswith(".")
        assert "Instagram" in problem.message


# ---- finding a post


def test_a_caption_without_its_at_signs_is_the_same(adapter, graph):
    credentials = Credentials("", "17", {"access_token": TOKEN})
    content = Content("With @anna and @bert", images=(image(),))
    staged = adapter.stage(content, credentials, staged={}, deadline=5)
    adapter.publish(content, credentials, staged=staged, key="k", deadline=5)
    since = datetime.now(UTC) - timedelta(minutes=1)
    for known in (staged, {}):
        back = adapter.read_back(content, credentials, staged=known, key="k", since=since, deadline=5)
        assert [post.text for post in back.posts] == [content.text]


# ---- counts


def test_counts_of_a_post_and_of_the_account(adapter, graph):
    credentials = Credentials("", "17", {"access_token": TOKEN})
    media = graph.add("x")
    counts = adapter.post_counts([media], credentials, deadline=5)
    assert counts[media] == {
        Count.VIEWS: 7,
        Count.REACH: 7,
        Count.SHARES: 7,
        Count.SAVES: 7,
        Count.LIKES: 3,
        Count.REPLIES: 2,
    }
    metrics = [parse_qs(urlsplit(one.path).query).get("metric") for one in graph.front.requests]
    assert [one for one in metrics if one] == [["views"], ["reach"], ["shares"], ["saved"]]
    assert adapter.account_counts(credentials, deadline=5) == {Count.FOLLOWERS: 40, Count.POSTS: 9}


def test_both_shapes_of_an_insight_are_read(adapter, graph):
    credentials = Credentials("", "17", {"access_token": TOKEN})
    media = graph.add("x")
    told = {"data": [{"name": "views", "total_value": {"value": 12}}]}
    graph.on("GET", r".*/insights\?metric=views", Reply.of(200, told))
    graph.on("GET", r".*/insights\?metric=reach", refused(10))
    counts = adapter.post_counts([media], credentials, deadline=5)[media]
    assert counts[Count.VIEWS] == 12
    assert Count.REACH not in counts
