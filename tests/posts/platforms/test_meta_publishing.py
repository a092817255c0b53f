"""Instagram and Threads: a container is published once, whatever is answered. No Django, no database."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from posts.platforms.base import (
    AuthExpired,
    Duplicate,
    InvalidContent,
    MediaMissing,
    MediaProcessing,
    PermissionMissing,
    Published,
    QuotaExhausted,
    RateLimited,
    Transient,
    UnknownOutcome,
)
from tests.support import proxy, servers
from tests.support.proxy import Reply

from .containers_rig import KEY, LOST, ONE, THREE, Rig, failure, rig_of
from .graph_server import Graph, graph_server, refused


@pytest.fixture(scope="module")
def server() -> Iterator[Graph]:
    with graph_server() as graph:
        yield graph


@pytest.fixture(params=["instagram", "threads"])
def rig(request, server: Graph) -> Iterator[Rig]:
    with rig_of(request.param, server) as rig:
        yield rig


def test_published_by_the_id_of_its_container_alone(rig: Rig):
    staged = rig.stage(ONE)
    published = rig.publish(ONE, staged)
    (sent,) = rig.graph.seen("POST", rig.publishing)
    assert rig.graph.form(sent) == {"creation_id": staged["container"]}
    assert published.external_id == rig.graph.posts[0]["id"]
    assert published.permalink == rig.graph.posts[0]["permalink"]


@pytest.mark.parametrize("behave", [proxy.drop_before, proxy.not_json, Reply(500), refused(190)])
def test_a_permalink_that_is_not_told_changes_nothing(rig: Rig, behave):
    staged = rig.stage(ONE)
    rig.graph.on("GET", rf"{rig.words['base']}/\d+\?fields=permalink", behave)
    assert rig.publish(ONE, staged) == Published(rig.graph.posts[0]["id"], "")


def test_a_permalink_elsewhere_is_not_shown(rig: Rig):
    staged = rig.stage(ONE)
    told = Reply.of(200, {"permalink": "https://evil.example.org/p/1"})
    rig.graph.on("GET", rf"{rig.words['base']}/\d+\?fields=permalink", told)
    assert rig.publish(ONE, staged).permalink == ""


@pytest.mark.parametrize("staged", [{}, {"container": "7"}, {"container": 7, "ready": True}, {"media": 7}])
def test_without_a_ready_container_nothing_is_sent(rig: Rig, staged):
    assert type(failure(lambda: rig.publish(ONE, staged))) is MediaMissing
    assert not rig.graph.front.requests


@pytest.mark.parametrize("behave", LOST)
def test_repeated_send_makes_no_second_post(rig: Rig, behave):
    staged = rig.stage(ONE)
    rig.graph.on("POST", rig.publishing, behave, times=1)
    assert type(failure(lambda: rig.publish(ONE, staged))) is UnknownOutcome
    assert len(rig.graph.posts) == 1
    back = rig.look(ONE, staged)
    assert [post.external_id for post in back.posts if post.key == KEY] == [rig.graph.posts[0]["id"]]
    assert type(failure(lambda: rig.publish(ONE, rig.stage(ONE, staged)))) is Duplicate
    assert len(rig.graph.posts) == 1


@pytest.mark.parametrize("behave", [proxy.silence, proxy.drip_body, proxy.drip_headers])
def test_the_deadline_holds(rig: Rig, behave):
    staged = rig.stage(ONE)
    rig.graph.on("POST", rig.publishing, behave, times=1)
    start = time.monotonic()
    assert type(failure(lambda: rig.publish(ONE, staged, deadline=0.4))) is UnknownOutcome
    assert time.monotonic() - start < 3


def test_a_server_that_is_down_means_not_sent(rig: Rig):
    staged = rig.stage(ONE)
    rig.adapter._graph._http._stand_in = f"http://127.0.0.1:{servers.free_port()}/as"
    rig.adapter._graph._http.egress = type(rig.adapter._graph._http.egress)(allow_loopback=True)
    error = failure(lambda: rig.publish(ONE, staged))
    assert type(error) is Transient
    assert "Nothing was sent" in error.message


@pytest.mark.parametrize(
    "answer", [refused(1), refused(2, status=500), refused(1, is_transient=True), Reply(503)]
)
def test_trouble_at_the_platform_is_unknown(rig: Rig, answer):
    staged = rig.stage(ONE)
    rig.graph.on("POST", rig.publishing, answer)
    assert type(failure(lambda: rig.publish(ONE, staged))) is UnknownOutcome


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused(9, 2207042), QuotaExhausted),
        (refused(4, 2207051), RateLimited),
        (refused(25, 2207050), PermissionMissing),
        (refused(190, 460), AuthExpired),
        (refused(36004, 2207010), InvalidContent),
    ],
)
def test_a_refusal_keeps_the_container(rig: Rig, answer, kind):
    staged = rig.stage(ONE)
    rig.graph.on("POST", rig.publishing, answer, times=1)
    error = failure(lambda: rig.publish(ONE, staged))
    assert type(error) is kind
    assert error.staged is None
    assert rig.publish(ONE, staged).external_id
    assert len(rig.graph.containers) == 1


@pytest.mark.parametrize("answer", [refused(9007, 2207027), refused(24, 2207008)])
def test_not_ready_after_all_is_looked_at_again(rig: Rig, answer):
    staged = rig.stage(ONE)
    rig.graph.on("POST", rig.publishing, answer, times=3)
    for turn in (1, 2, 3):
        error = failure(lambda: rig.publish(ONE, staged))  # noqa: B023
        assert type(error) is MediaProcessing
        assert error.retry_after
        staged = rig.stage(ONE, error.staged)
        assert len(rig.made()) == (1 if turn < 3 else 2)  # the third time with a new container
    assert rig.publish(ONE, staged).external_id


@pytest.mark.parametrize("answer", [refused(24, 2207006), refused(-2, 2207020), refused(100, 33)])
def test_a_container_that_is_gone_at_the_last_moment_is_made_anew(rig: Rig, answer):
    staged = rig.stage(THREE)
    rig.container(staged)["status"] = "EXPIRED"
    rig.graph.on("POST", rig.publishing, answer, times=1)
    error = failure(lambda: rig.publish(THREE, staged))
    assert type(error) is MediaMissing
    assert rig.publish(THREE, rig.stage(THREE, error.staged)).external_id
    assert len(rig.made()) == 5  # the parts are used again


@pytest.mark.parametrize(
    "answer", [refused(24, 2207006), refused(9007, 2207027), refused(100), refused(100, 33)]
)
def test_no_refusal_is_believed_while_the_container_says_it_is_out(rig: Rig, answer):
    staged = rig.stage(ONE)
    rig.publish(ONE, staged)
    rig.graph.on("POST", rig.publishing, answer)
    assert type(failure(lambda: rig.publish(ONE, staged))) is Duplicate


def test_a_refusal_is_a_doubt_where_the_container_cannot_be_asked(rig: Rig):
    staged = rig.stage(ONE)
    rig.graph.on("POST", rig.publishing, refused(24, 2207006))
    rig.graph.on("GET", ".*", Reply(503))
    assert type(failure(lambda: rig.publish(ONE, staged))) is UnknownOutcome


def test_a_container_found_published_while_preparing_is_never_made_anew(rig: Rig):
    staged = rig.stage(ONE)
    rig.publish(ONE, staged)
    again = rig.stage(ONE, {**staged, "ready": False})
    assert again["container"] == staged["container"]
    assert type(failure(lambda: rig.publish(ONE, again))) is Duplicate
    assert len(rig.graph.posts) == 1
