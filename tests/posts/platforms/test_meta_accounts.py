"""Instagram and Threads: tokens, secrets and counts. No Django, no database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from posts.platforms.base import (
    AuthExpired,
    Credentials,
    Transient,
)
from tests.support.proxy import Reply

from .containers_rig import ONE, THREE, Rig, failure, rig_of
from .graph_server import SECRET, TOKEN, Graph, graph_server, refused


@pytest.fixture(scope="module")
def server() -> Iterator[Graph]:
    with graph_server() as graph:
        yield graph


@pytest.fixture(params=["instagram", "threads"])
def rig(request, server: Graph) -> Iterator[Rig]:
    with rig_of(request.param, server) as rig:
        yield rig


# ---- the account's other calls


def test_tokens_are_renewed_for_sixty_days(rig: Rig):
    renewed = rig.adapter.refresh(rig.credentials, None, deadline=5)
    assert renewed.tokens == {"access_token": TOKEN}
    assert renewed.expires_in == 60 * 86_400
    assert renewed.renew_from == 45 * 86_400
    assert renewed.ends_in is None
    assert renewed.profile.external_id == "17"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused(190, 463), AuthExpired),
        (refused(100, message="token is too new"), Transient),
        (refused(1), Transient),
        (Reply(500), Transient),
        (Reply.of(200, {}), Transient),
    ],
)
def test_a_renewal_that_is_refused(rig: Rig, answer, kind):
    rig.graph.on("GET", r"[^/]+/refresh_access_token", answer)
    error = failure(lambda: rig.adapter.refresh(rig.credentials, None, deadline=5))
    assert type(error) is kind
    assert TOKEN not in error.message + error.detail


def test_giving_the_access_back_is_no_call(rig: Rig):
    rig.adapter.revoke(rig.credentials, None, deadline=5)
    assert not rig.graph.front.requests


def test_no_token_in_an_address_but_where_there_is_no_other_way(rig: Rig):
    staged = rig.stage(THREE)
    rig.publish(THREE, staged)
    rig.look(THREE, staged)
    rig.adapter.post_counts(["17"], rig.credentials, deadline=5)
    rig.adapter.account_counts(rig.credentials, deadline=5)
    assert not any(TOKEN in one.path for one in rig.graph.front.requests)
    assert not any(TOKEN.encode() in one.body for one in rig.graph.front.requests)


def test_no_secret_in_an_error(rig: Rig, caplog):
    def echo(exchange) -> None:
        words = f"bad token {exchange.seen.headers.get('Authorization')} for {exchange.seen.path} {SECRET}"
        exchange.send(refused(100, message=words))

    staged = rig.stage(ONE)
    rig.graph.on("*", ".*", echo)
    calls = [
        lambda: rig.publish(ONE, staged),
        lambda: rig.stage(THREE),
        lambda: rig.look(ONE, {}),
        lambda: rig.adapter.refresh(rig.credentials, None, deadline=5),
        lambda: rig.adapter.exchange(
            "", None, code="c0de-canary", redirect_uri="https://h/x", code_verifier="", deadline=5
        ),
    ]
    for call in calls:
        error = failure(call)
        words = f"{error!r} {error.message} {error.detail} {error.__context__!r}"
        assert TOKEN not in words
        assert "c0de-canary" not in words
    assert TOKEN not in caplog.text


# ---- counts


def test_posts_that_are_gone_are_left_out_and_unknown_metrics_skipped(rig: Rig):
    media = rig.graph.add("x")
    rig.graph.on("GET", rf"{rig.words['base']}/404/.*", refused(100, 33))
    rig.graph.on("GET", rf"{rig.words['base']}/\d+/insights\?metric=shares", refused(100))
    counts = rig.adapter.post_counts(["404", media], rig.credentials, deadline=5)
    assert list(counts) == [media]
    assert all(isinstance(value, int) for value in counts[media].values())
    asked = rig.graph.seen("GET", rf"{rig.words['base']}/\d+/insights\?metric=shares")
    assert len(asked) == 1
    rig.adapter.post_counts([media], rig.credentials, deadline=5)


def test_a_metric_without_an_entry_is_unknown_and_not_zero(rig: Rig):
    media = rig.graph.add("x")
    rig.graph.on("GET", r".*/insights", Reply.of(200, {"data": []}))
    counts = rig.adapter.post_counts([media], rig.credentials, deadline=5)
    assert "views" not in counts[media]


def test_counts_need_access(rig: Rig):
    credentials = Credentials("", "17", {"access_token": "wrong"})
    error = failure(lambda: rig.adapter.post_counts(["1"], credentials, deadline=5))
    assert type(error) is AuthExpired
    assert rig.adapter.post_counts([], credentials, deadline=5) == {}
