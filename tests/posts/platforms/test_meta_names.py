"""What is sent to Facebook and Instagram, against the parameter lists of Meta's own library.

`pip install -r requirements-platforms.txt` brings it. Threads is not in it.
"""

from __future__ import annotations

import ast
import inspect
import io
import textwrap
from collections.abc import Iterator

import pytest

from posts.platforms import facebook, instagram
from posts.platforms.base import AppKeys, Content, Credentials, Image, Video

from .graph_server import SECRET, TOKEN, Graph, graph_server, multipart

pytest.importorskip("facebook_business", reason="requirements-platforms.txt is not installed")

from facebook_business.adobjects.iguser import IGUser
from facebook_business.adobjects.page import Page
from facebook_business.adobjects.pagepost import PagePost
from facebook_business.apiconfig import ads_api_config

pytestmark = pytest.mark.platforms

CREDENTIALS = Credentials("", "17", {"access_token": TOKEN})


@pytest.fixture(scope="module")
def server() -> Iterator[Graph]:
    with graph_server() as graph:
        yield graph


@pytest.fixture
def graph(server: Graph) -> Graph:
    server.reset()
    return server


def image(uid: str) -> Image:
    return Image(
        uid, "image/jpeg", 1080, 1080, 3, "A boat", lambda: b"abc", f"https://hub.example.org/{uid}.jpg"
    )


def film() -> Video:
    data = b"0123456789"
    address = "https://hub.example.org/v.mp4"
    return Video("v", "video/mp4", 720, 1280, 20.0, 10, "", lambda: io.BytesIO(data), address)


def parameters(method) -> set[str]:
    """The names in the `param_types` of one of the library's methods."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(method)))
    (types,) = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "param_types"
    ]
    return {key.value for key in types.keys}


def names(fields: type) -> set[str]:
    return {
        value for name, value in vars(fields).items() if not name.startswith("_") and isinstance(value, str)
    }


def sent(graph: Graph, path: str) -> set[str]:
    """The names of all parameters that went to `path`."""
    calls = graph.seen("POST", rf"[^/]+/v26\.0/17/{path}\b")
    assert calls
    found: set[str] = set()
    for call in calls:
        if "multipart" in call.headers["Content-Type"]:
            found |= multipart(call)[0].keys() | {"source" if path == "photos" else "video_file_chunk"}
        else:
            found |= graph.form(call).keys()
    return found


def test_facebooks_parameters_exist(graph):
    adapter = facebook.FacebookAdapter(graph.http(), app=AppKeys("app", SECRET))
    contents = [
        Content("Words", link="https://example.org"),
        Content("Words", images=(image("a"), image("b"))),
        Content("Words", video=film()),
    ]
    for content in contents:
        staged = adapter.stage(content, CREDENTIALS, staged={}, deadline=20)
        adapter.publish(content, CREDENTIALS, staged=staged, key="k", deadline=5)
    assert sent(graph, "feed") == {"message", "link", "attached_media"}
    assert sent(graph, "feed") <= parameters(Page.create_feed)
    # `source` is the file itself, which the library's lists leave out.
    assert sent(graph, "photos") - {"source"} <= parameters(Page.create_photo)
    assert sent(graph, "videos") - {"source"} <= parameters(Page.create_video)


def test_instagrams_parameters_exist(graph):
    adapter = instagram.InstagramAdapter(graph.http(), app=AppKeys("app", SECRET), poll_seconds=0.01)
    contents = [
        Content("Words", images=(image("a"),)),
        Content("Words", images=(image("a"), image("b"))),
        Content("Words", video=film()),
    ]
    for content in contents:
        staged = adapter.stage(content, CREDENTIALS, staged={}, deadline=5)
        adapter.publish(content, CREDENTIALS, staged=staged, key="k", deadline=5)
    assert sent(graph, "media") <= parameters(IGUser.create_media)
    assert sent(graph, "media_publish") == {"creation_id"}
    assert sent(graph, "media_publish") <= parameters(IGUser.create_media_publish)


def test_the_fields_that_are_asked_for_exist():
    listed = {"id", "message", "created_time", "permalink_url", "attachments", "is_published"}
    assert {part.partition("{")[0] for part in facebook.FIELDS.replace(",target", "").split(",")} == listed
    assert listed - {"attachments"} <= names(PagePost.Field)
    assert "shares" in names(PagePost.Field)
    assert "followers_count" in names(Page.Field)
    assert {"username", "name", "followers_count", "media_count"} <= names(IGUser.Field)


def test_the_version_is_the_one_that_the_library_was_made_for():
    default = inspect.signature(facebook.FacebookAdapter.__init__).parameters["version"].default
    assert default == ads_api_config["API_VERSION"]
