"""The promises of every adapter, kept by those of Facebook and Threads (Instagram, which takes no text alone,
is the same code as Threads; `test_meta_containers` is for both).

Left out are those that speak of another platform's ways: a key in a header, a fixed length of links.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from posts.platforms.base import AppKeys, Credentials, Image
from posts.platforms.facebook import FacebookAdapter
from posts.platforms.threads import ThreadsAdapter

from .conftest import Rig
from .graph_server import SECRET, TOKEN, Graph, graph_server
from .test_adapter_contract import (  # noqa: F401
    key,
    test_a_look_that_is_refused,
    test_a_look_with_a_token_the_server_does_not_know,
    test_a_look_without_a_usable_answer_proves_nothing,
    test_any_answer_is_an_error_or_a_list,
    test_any_other_status_is_unknown_on_publish_and_transient_before,
    test_check_agrees_with_count,
    test_count_grows_with_the_text,
    test_dropped_before_the_server_saw_it_is_unknown_all_the_same,
    test_limits_hold_against_any_capabilities,
    test_no_secret_in_the_error_of_a_look,
    test_publish_without_its_uploads_asks_for_them_and_sends_nothing,
    test_refusal,
    test_staged_is_not_changed_in_place,
    test_the_deadline_holds_and_the_outcome_is_unknown,
    test_the_deadline_holds_while_looking,
    test_the_deadline_holds_while_staging,
    text,
)


@pytest.fixture(scope="module")
def server() -> Iterator[Graph]:
    with graph_server() as graph:
        yield graph


@pytest.fixture(params=["facebook", "threads"])
def rig(request, server: Graph) -> Iterator[Rig]:
    server.reset()
    http = server.http()
    app = AppKeys("app", SECRET)

    def posts() -> list[dict[str, Any]]:
        return [{"text": post.get("message", post.get("text", ""))} for post in server.posts]

    credentials = Credentials("", "17", {"access_token": TOKEN})
    if request.param == "facebook":
        base = "/as/graph.facebook.com/v26.0/17"
        adapter = FacebookAdapter(http, app=app)
        paths = (rf"{base}/feed\?", f"{base}/photos$", rf"{base}/published_posts\?")
    else:
        base = "/as/graph.threads.net/v1.0/17"
        adapter = ThreadsAdapter(http, app=app, poll_seconds=0.01)
        paths = (f"{base}/threads_publish$", f"{base}/threads$", rf"{base}/threads\?")
    yield Rig(adapter, server.front, credentials, posts, *paths)
    http.close()


@pytest.fixture
def picture() -> Callable[..., Image]:
    def make(uid: str, alt: str = "") -> Image:
        address = f"https://hub.example.org/{uid}.png"
        return Image(uid, "image/png", 32, 24, 3, alt, lambda: b"png", address)

    return make
