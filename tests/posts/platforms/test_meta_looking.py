"""Instagram and Threads: finding out what became of a container. No Django, no database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from posts.platforms.base import (
    AuthExpired,
    PermissionMissing,
    RateLimited,
    Transient,
)
from tests.support import proxy
from tests.support.proxy import Reply

from .containers_rig import ALL, KEY, LOST, ONE, Rig, failure, rig_of
from .graph_server import Graph, graph_server, refused


@pytest.fixture(scope="module")
def server() -> Iterator[Graph]:
    with graph_server() as graph:
        yield graph


@pytest.fixture(params=["instagram", "threads"])
def rig(request, server: Graph) -> Iterator[Rig]:
    with rig_of(request.param, server) as rig:
        yield rig


@pytest.mark.parametrize("content", ALL)
def test_a_published_container_is_found_under_its_key(rig: Rig, content):
    rig.graph.add("Another post")
    staged = rig.stage(content)
    rig.publish(content, staged)
    back = rig.look(content, staged)
    (ours,) = [post for post in back.posts if post.key]
    assert ours.key == KEY
    assert ours.text == content.text
    assert ours.permalink
    assert len(back.posts) == 2


def test_a_finished_container_proves_that_nothing_is_out(rig: Rig):
    staged = rig.stage(ONE)
    rig.graph.tells_text = False
    rig.graph.add("Another post")
    back = rig.look(ONE, staged)
    assert back.complete
    assert not any(post.key for post in back.posts)


def test_a_published_container_that_is_not_listed_yet_proves_nothing_more(rig: Rig):
    staged = rig.stage(ONE)
    rig.publish(ONE, staged)
    rig.graph.posts.clear()
    back = rig.look(ONE, staged)
    assert back.posts == ()
    assert not back.complete


def test_the_only_post_without_a_told_text_is_that_of_the_published_container(rig: Rig):
    rig.graph.tells_text = False
    staged = rig.stage(ONE)
    rig.publish(ONE, staged)
    (post,) = rig.look(ONE, staged).posts
    assert post.key == KEY
    rig.graph.add("By hand")
    back = rig.look(ONE, staged)
    assert not any(post.key for post in back.posts)
    assert not back.complete


def test_two_posts_alike_are_left_to_the_engine(rig: Rig):
    staged = rig.stage(ONE)
    rig.publish(ONE, staged)
    rig.graph.add(ONE.text)
    back = rig.look(ONE, staged)
    assert [post.text for post in back.posts] == [ONE.text, ONE.text]
    assert not any(post.key for post in back.posts)
    assert not back.complete


@pytest.mark.parametrize("status", ["EXPIRED", "ERROR"])
def test_without_proof_the_list_decides(rig: Rig, status):
    staged = rig.stage(ONE)
    rig.container(staged)["status"] = status
    rig.graph.add("Another post")
    assert rig.look(ONE, staged).complete
    rig.graph.tells_text = False
    rig.graph.add("A text that is not told")
    assert not rig.look(ONE, staged).complete


def test_a_container_in_progress_proves_nothing(rig: Rig):
    staged = rig.stage(ONE)
    rig.container(staged)["looks"] = 1
    assert not rig.look(ONE, staged).complete


@pytest.mark.parametrize("staged", [{}, {"container": "404404"}, {"container": None, "media": []}])
def test_without_a_container_the_list_decides(rig: Rig, staged):
    rig.graph.add(ONE.text)
    rig.graph.add("Long ago", at=datetime.now(UTC) - timedelta(days=2))
    back = rig.look(ONE, staged)
    assert [post.text for post in back.posts] == [ONE.text]
    assert back.complete


def test_an_earlier_container_that_came_through_is_seen(rig: Rig):
    first = rig.stage(ONE)
    second = rig.stage(ONE)
    rig.publish(ONE, first)
    assert [post.text for post in rig.look(ONE, second).posts] == [ONE.text]


def test_the_list_is_read_page_by_page_until_it_is_old_enough(rig: Rig):
    now = datetime.now(UTC)
    for number in range(60):
        rig.graph.add(f"Post {number}", at=now - timedelta(minutes=60 - number))
    back = rig.look(ONE, {}, since=timedelta(minutes=-40, seconds=-1))
    assert len(back.posts) == 40
    assert back.complete
    assert len(rig.graph.seen("GET", rig.listed)) == 2


@pytest.mark.parametrize(
    "odd", [None, 7, [], {}, {"id": "1"}, {"id": "", "timestamp": "2026-01-01T00:00:00+0000"}]
)
def test_an_entry_that_cannot_be_read_is_left_out(rig: Rig, odd):
    rig.graph.add(ONE.text)
    listed = {"data": [odd, *rig.graph.posts]}
    rig.graph.on("GET", rig.listed, Reply.of(200, listed))
    back = rig.look(ONE, {})
    assert len(back.posts) == 1
    assert not back.complete


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused(190, status=401), AuthExpired),
        (refused(10, status=403), PermissionMissing),
        (refused(4), RateLimited),
        (refused(100), Transient),
        (refused(100, 33), Transient),
        (refused(2, status=500), Transient),
        *[(Reply(status), Transient) for status in (301, 400, 404, 410, 422, 500, 502, 503)],
        (Reply.of(200, {}), Transient),
        (Reply.of(200, {"data": 7}), Transient),
        (Reply.of(200, []), Transient),
        (Reply(200, {}, b"<html>"), Transient),
    ],
)
def test_a_look_that_is_refused(rig: Rig, answer, kind):
    rig.graph.on("GET", rig.listed, answer)
    assert type(failure(lambda: rig.look(ONE, {}))) is kind


@pytest.mark.parametrize("behave", [*LOST, proxy.drop_before])
def test_a_look_without_a_usable_answer_proves_nothing(rig: Rig, behave):
    staged = rig.stage(ONE)
    for path in (rf"{rig.words['base']}/\d+\?", rig.listed):
        rig.graph.front.clear()
        rig.graph.on("GET", path, behave)
        assert type(failure(lambda: rig.look(ONE, staged))) is Transient
