"""Connecting an account on Bluesky's own server (`@atproto/pds`), and keeping the access.

No Django, no database.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import replace

import pytest

from posts.platforms.base import (
    AuthExpired,
    Content,
    Credentials,
    InvalidContent,
    RateLimited,
)
from posts.platforms.bluesky import BlueskyAdapter
from tests.support.bluesky import failure
from tests.support.pds.server import HOST, PASSWORD, why_not

from .conftest import Rig

pytestmark = [
    pytest.mark.platforms,
    pytest.mark.xdist_group("pds"),
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]


@pytest.fixture
def adapter(bluesky_rig: Rig) -> BlueskyAdapter:
    return bluesky_rig.adapter


@pytest.fixture
def rig(bluesky_rig: Rig) -> Rig:
    return bluesky_rig


@pytest.fixture
def key() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def text() -> str:
    return f"Hello from the harbour {uuid.uuid4().hex}"


# ---- connecting


def test_connect_with_an_app_password_as_a_person_would(adapter, pds, internet):
    bert = pds.account("bert")
    profile = {"$type": "app.bsky.actor.profile", "displayName": "Bert of the harbour"}
    place = {"repo": bert.did, "collection": "app.bsky.actor.profile", "rkey": "self"}
    pds.call("com.atproto.repo.putRecord", bert.token, json={**place, "record": profile})
    internet.front.clear()
    host, connection = adapter.log_in("@Bert.Example.org", f" {bert.app_password} ", deadline=10)
    assert host == HOST
    assert connection.profile.external_id == bert.did
    assert (connection.profile.handle, connection.profile.display_name) == (
        "@bert.example.org",
        "Bert of the harbour",
    )
    assert 7000 < connection.expires_in <= 7200
    assert [one.path.split("?")[0] for one in internet.front.requests] == [
        "/as/bert.example.org/.well-known/atproto-did",
        f"/as/plc.directory/{bert.did}",
        f"/as/{HOST}/xrpc/com.atproto.server.createSession",
        f"/as/{HOST}/xrpc/com.atproto.repo.getRecord",
    ]
    assert adapter.log_in(bert.did, bert.app_password, deadline=10)[1].profile.external_id == bert.did


def test_a_wrong_password_is_refused_with_what_to_do(adapter, anna):
    error = failure(lambda: adapter.log_in(anna.handle, "abcd-abcd-abcd-abcd", deadline=10))
    assert type(error) is AuthExpired
    assert "App passwords" in error.message
    assert "abcd-abcd" not in f"{error!r} {error.detail}"


def test_the_password_of_the_whole_account_is_refused_and_its_session_ended(adapter, pds, internet):
    cleo = pds.account("cleo")
    tokens: list[str] = []

    def listen(exchange) -> None:
        reply = exchange.upstream()
        tokens.append(json.loads(reply.body)["refreshJwt"])
        exchange.send(reply)

    internet.front.on("POST", ".*createSession$", listen)
    error = failure(lambda: adapter.log_in(cleo.handle, PASSWORD, deadline=10))
    internet.front.clear()
    assert type(error) is AuthExpired
    assert "whole account" in error.message
    with pytest.raises(RuntimeError, match="ExpiredToken"):
        pds.call("com.atproto.server.refreshSession", tokens[0], data=b"")


def test_an_unknown_handle_is_refused(adapter):
    error = failure(lambda: adapter.log_in("nobody.example.org", "x", deadline=10))
    assert type(error) is InvalidContent
    assert "nobody.example.org" in error.message


def test_too_many_sign_ins_wait_until_the_reset(adapter, pds):
    dora = pds.account("dora")
    too_long = "x" * 600  # refused without the work that makes other refusals slow
    errors = [failure(lambda: adapter.log_in(dora.handle, too_long, deadline=10)) for _ in range(31)]
    assert {type(one) for one in errors[:30]} == {AuthExpired}
    assert type(errors[30]) is RateLimited
    assert 1 <= errors[30].retry_after <= 300


# ---- access


def test_an_ended_session_is_renewed_and_the_post_goes_out(rig, pds, text, key):
    renewal = rig.credentials.tokens["refresh_token"]
    tokens = {"access_token": pds.forged(rig.credentials.external_id), "refresh_token": renewal}
    ended = replace(rig.credentials, tokens=tokens)
    content = Content(text)
    staged = rig.adapter.stage(content, ended, staged={}, deadline=5)
    publish = rig.adapter.publish
    error = failure(lambda: publish(content, ended, staged=staged, key=key, deadline=5))
    assert type(error) is AuthExpired
    assert rig.look(content, key=key, staged=staged, credentials=ended).complete  # looking needs no access
    connection = rig.adapter.refresh(ended, None, deadline=5)
    renewed = replace(ended, tokens=connection.tokens)
    assert publish(content, renewed, staged=staged, key=key, deadline=5).external_id
    assert len(pds.found(rig.credentials.external_id, text)) == 1
    assert rig.adapter.refresh(ended, None, deadline=5).tokens  # should the first answer have been lost


def test_a_forged_token_that_has_not_ended_works_so_the_forgery_is_a_true_one(rig, pds, text, key):
    token = pds.forged(rig.credentials.external_id, ended=-600)
    credentials = replace(rig.credentials, tokens={"access_token": token})
    staged = rig.adapter.stage(Content(text), credentials, staged={}, deadline=5)
    assert rig.adapter.publish(Content(text), credentials, staged=staged, key=key, deadline=5).external_id


@pytest.mark.parametrize("tokens", [{}, {"access_token": "garbage"}, {"access_token": "a.b.c"}])
def test_a_token_the_server_does_not_know(rig, pds, text, key, tokens):
    wrong = replace(rig.credentials, tokens=tokens)
    staged = rig.adapter.stage(Content(text), wrong, staged={}, deadline=5)
    error = failure(lambda: rig.adapter.publish(Content(text), wrong, staged=staged, key=key, deadline=5))
    assert type(error) is AuthExpired
    assert not pds.found(rig.credentials.external_id, text)


def test_nobody_posts_for_another_account(rig, pds, text, key):
    emil = pds.account("emil")
    other = replace(rig.credentials, external_id=emil.did)
    staged = rig.adapter.stage(Content(text), other, staged={}, deadline=5)
    error = failure(lambda: rig.adapter.publish(Content(text), other, staged=staged, key=key, deadline=5))
    assert error.outcome == "auth"
    assert pds.records(emil.did) == []


def test_a_session_that_was_given_back_is_of_no_use(adapter, pds):
    finn = pds.account("finn")
    host, connection = adapter.log_in(finn.handle, finn.app_password, deadline=10)
    credentials = Credentials(host, finn.did, connection.tokens)
    adapter.revoke(credentials, None, deadline=5)
    assert type(failure(lambda: adapter.refresh(credentials, None, deadline=5))) is AuthExpired
    adapter.revoke(credentials, None, deadline=5)  # is no error


def test_an_account_whose_owner_deleted_the_app_password(adapter, pds):
    gwen = pds.account("gwen")
    host, connection = adapter.log_in(gwen.handle, gwen.app_password, deadline=10)
    credentials = Credentials(host, gwen.did, connection.tokens)
    pds.call("com.atproto.server.revokeAppPassword", gwen.token, json={"name": "hub"})
    assert type(failure(lambda: adapter.refresh(credentials, None, deadline=5))) is AuthExpired


def test_a_deactivated_account_is_refused(adapter, pds, text, key):
    hugo = pds.account("hugo")
    host, connection = adapter.log_in(hugo.handle, hugo.app_password, deadline=10)
    credentials = Credentials(host, hugo.did, connection.tokens)
    staged = adapter.stage(Content(text), credentials, staged={}, deadline=5)
    pds.call("com.atproto.server.deactivateAccount", hugo.token, json={})
    error = failure(lambda: adapter.publish(Content(text), credentials, staged=staged, key=key, deadline=5))
    assert error.outcome == "auth"
    error = failure(lambda: adapter.log_in(hugo.did, hugo.app_password, deadline=10))
    assert "not active" in error.message
