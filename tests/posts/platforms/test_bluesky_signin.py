"""Connecting a Bluesky account, keeping and ending the access, with a scripted server.

No Django, no database.
"""

from __future__ import annotations

import pytest

from posts.platforms.base import (
    AuthExpired,
    InvalidContent,
    PermissionMissing,
    RateLimited,
    Transient,
    UnsupportedServer,
)
from posts.platforms.bluesky import BlueskyAdapter
from posts.platforms.bluesky_identity import clean_identifier
from posts.platforms.egress import Egress
from posts.platforms.http import Http
from tests.support.bluesky import (
    CANARY,
    DID,
    GET,
    OTHER,
    RESOLVE,
    credentials_at,
    failure,
    network,
    refused,
    token,
)
from tests.support.proxy import Reply


@pytest.fixture
def adapter(scripted_bluesky):
    return scripted_bluesky


@pytest.fixture
def credentials(lone):
    return credentials_at(lone)


# ---- connecting


def test_log_in_finds_the_accounts_own_server(adapter, lone):
    network(lone)
    host, connection = adapter.log_in(" @Anna.example.org ", "abcd-abcd-abcd-abcd\n", deadline=5)
    assert host == lone.host
    profile = connection.profile
    assert (profile.external_id, profile.handle) == (DID, "@anna.example.org")
    assert (profile.display_name, profile.url) == ("Anna of the harbour", f"https://bsky.app/profile/{DID}")
    assert connection.tokens == {"access_token": token(), "refresh_token": f"{CANARY}-r"}
    assert 7100 < connection.expires_in <= 7200
    (sent,) = lone.seen("POST", "/xrpc/")
    assert sent.json == {"identifier": "anna.example.org", "password": "abcd-abcd-abcd-abcd"}


@pytest.mark.parametrize("typed", ["anna@example.org", DID])
def test_log_in_by_email_or_did(adapter, lone, typed):
    network(lone)
    host, connection = adapter.log_in(typed, "pw", deadline=5)
    assert (host, connection.profile.handle) == (lone.host, "@anna.example.org")


def test_an_account_without_a_profile_goes_by_its_handle(adapter, lone):
    lone.on("GET", GET, refused("RecordNotFound"))
    network(lone)
    assert adapter.log_in("anna.example.org", "pw", deadline=5)[1].profile.display_name == "anna.example.org"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("anna.bsky.social", "anna.bsky.social"),
        ("@Anna.Bsky.Social", "anna.bsky.social"),
        ("anna", "anna.bsky.social"),
        ("\u202aanna.bsky.social\u202c", "anna.bsky.social"),
        ("https://bsky.app/profile/anna.example.org/post/3k", "anna.example.org"),
        (f"at://{DID}", DID),
        (" anna@example.org ", "anna@example.org"),
    ],
)
def test_what_a_person_types(typed, meant):
    assert clean_identifier(typed) == meant


@pytest.mark.parametrize(
    "typed", ["", "@", "a b.org", "anna_b.org", "anna..org", "anna.1", "https://e.org/x", "ü.org"]
)
def test_what_is_no_handle_is_refused_with_an_example(typed):
    error = failure(lambda: clean_identifier(typed))
    assert type(error) is InvalidContent
    assert "name.bsky.social" in error.message


@pytest.mark.parametrize("scope", ["com.atproto.access"])
def test_the_password_of_the_whole_account_is_not_kept(adapter, lone, scope):
    session = {
        "did": DID,
        "handle": "anna.example.org",
        "accessJwt": token(scope),
        "refreshJwt": "r",
        "active": True,
    }
    lone.on("POST", "/xrpc/com.atproto.server.createSession$", Reply.of(200, session))
    lone.on("POST", "/xrpc/com.atproto.server.deleteSession$", Reply(200))
    network(lone)
    error = failure(lambda: adapter.log_in("anna.example.org", "pw", deadline=5))
    assert type(error) is AuthExpired
    assert "App passwords" in error.message
    (ended,) = lone.seen("POST", "/xrpc/com.atproto.server.deleteSession$")
    assert ended.headers["Authorization"] == "Bearer r"


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (
            refused("AuthenticationRequired", "Invalid identifier or password", 401),
            AuthExpired,
            "App passwords",
        ),
        (refused("AuthFactorTokenRequired", status=401), AuthExpired, "whole account"),
        (refused("AccountTakedown", status=401), PermissionMissing, "connect"),
        (refused("InvalidRequest"), AuthExpired, "App passwords"),
        (refused("RateLimitExceeded", status=429), RateLimited, "slow down"),
        (refused("MethodNotImplemented", status=501), UnsupportedServer, "name"),
        (Reply(404), UnsupportedServer, "name"),
        (Reply(502), Transient, "again"),
        (Reply.of(200, {"did": OTHER, "accessJwt": "a", "refreshJwt": "b"}), UnsupportedServer, "name"),
        (Reply.of(200, {"did": DID, "accessJwt": "a b"}), UnsupportedServer, "name"),
        (
            Reply.of(
                200,
                {"did": DID, "accessJwt": "a", "refreshJwt": "b", "active": False, "status": "deactivated"},
            ),
            PermissionMissing,
            "not active (deactivated)",
        ),
    ],
)
def test_log_in_that_is_refused(adapter, lone, answer, kind, words):
    lone.on("POST", "/xrpc/com.atproto.server.createSession$", answer)
    network(lone)
    error = failure(lambda: adapter.log_in("anna.example.org", CANARY, deadline=5))
    assert type(error) is kind
    assert words in error.message
    assert CANARY not in f"{error!r} {error.message} {error.detail}"


def test_an_email_address_that_is_refused_may_belong_to_another_server(adapter, lone):
    lone.on("POST", "/xrpc/com.atproto.server.createSession$", refused("AuthenticationRequired", status=401))
    error = failure(lambda: adapter.log_in("anna@example.org", CANARY, deadline=5))
    assert "handle" in error.message
    assert CANARY not in f"{error!r} {error.message} {error.detail}"


def test_a_password_that_the_server_repeats_is_not_told(adapter, lone):
    lone.on("POST", "/xrpc/com.atproto.server.createSession$", refused("AuthenticationRequired", CANARY, 401))
    network(lone)
    error = failure(lambda: adapter.log_in("anna.example.org", CANARY, deadline=5))
    assert CANARY not in f"{error!r} {error.message} {error.detail}"


@pytest.mark.parametrize(
    ("method", "path", "answer", "kind"),
    [
        ("GET", RESOLVE, refused("InvalidRequest", "Unable to resolve handle"), InvalidContent),
        ("GET", RESOLVE, Reply(503), Transient),
        ("GET", RESOLVE, Reply.of(200, {"did": "did:web:"}), Transient),
        ("GET", "/plc/", Reply(404), InvalidContent),
        ("GET", "/plc/", Reply(500), Transient),
        ("GET", "/plc/", Reply.of(200, {"id": OTHER}), Transient),
        (
            "GET",
            "/plc/",
            Reply.of(200, {"id": DID, "alsoKnownAs": ["at://anna.example.org"]}),
            UnsupportedServer,
        ),
    ],
)
def test_an_account_that_cannot_be_found(adapter, lone, method, path, answer, kind):
    lone.on(method, path, answer)
    network(lone)
    assert type(failure(lambda: adapter.log_in("anna.example.org", "pw", deadline=5))) is kind
    assert not lone.seen(
        "POST", ".*"
    )  # no password is sent to a server that is not known to be the account's


@pytest.mark.parametrize("named", ["eve.example.org", "", "not a handle"])
def test_a_handle_that_its_account_does_not_claim_is_refused(adapter, lone, named):
    network(lone, handle=named)
    error = failure(lambda: adapter.log_in("anna.example.org", "pw", deadline=5))
    assert type(error) is InvalidContent
    assert not lone.seen("POST", ".*")


@pytest.mark.parametrize(
    "pds",
    ["http://e.org", "https://e.org/path", "https://e.org:8443", "https://anna@e.org", "https://10.0.0.1", "ftp://e.org",
     "https://[", "e.org", "https://e.org?x=1"],
)  # fmt: skip
def test_a_server_that_the_hub_must_not_call_is_refused(adapter, lone, pds):
    network(lone, pds=pds)
    assert type(failure(lambda: adapter.log_in("anna.example.org", "pw", deadline=5))) is UnsupportedServer
    assert not lone.seen("POST", ".*")


def test_in_practice_everything_goes_to_the_stand_ins(lone):
    http = Http(Egress(allow_loopback=True, origin=lone.url), stand_in=f"{lone.url}/as")
    adapter = BlueskyAdapter(http)
    at = "/as/anna.bsky.social/.well-known/atproto-did"
    lone.on("GET", at, Reply(200, {"Content-Type": "text/plain"}, f"{DID}\n".encode()))
    document = {
        "id": DID,
        "alsoKnownAs": ["at://anna.bsky.social"],
        "service": [{"id": f"{DID}#atproto_pds", "serviceEndpoint": "https://bsky.social"}],
    }
    lone.on("GET", f"/as/plc.directory/{DID}$", Reply.of(200, document))
    session = {"did": DID, "handle": "anna.bsky.social", "accessJwt": "a", "refreshJwt": "b"}
    lone.on("POST", "/as/bsky.social/xrpc/com.atproto.server.createSession$", Reply.of(200, session))
    host, connection = adapter.log_in("anna", "pw", deadline=5)
    assert host == "bsky.social"
    assert connection.expires_in is None  # the token does not say
    assert connection.profile.url == f"{lone.url}/as/bsky.app/profile/{DID}"
    http.close()


# ---- keeping and ending access


def test_refresh_gives_both_tokens_anew(adapter, credentials, lone):
    session = {"did": DID, "handle": "anna.example.org", "accessJwt": token(), "refreshJwt": "new"}
    lone.on("POST", "/xrpc/com.atproto.server.refreshSession$", Reply.of(200, session))
    connection = adapter.refresh(credentials, None, deadline=5)
    assert connection.tokens == {"access_token": token(), "refresh_token": "new"}
    assert connection.profile.external_id == DID
    assert lone.requests[0].headers["Authorization"] == f"Bearer {CANARY}-r"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused("ExpiredToken", "Token has been revoked"), AuthExpired),
        (refused("InvalidToken"), AuthExpired),
        (refused("InvalidRequest", "Could not find user info"), AuthExpired),
        (refused("AuthMissing", status=401), AuthExpired),
        (refused("AccountTakedown", status=401), PermissionMissing),
        (refused("RateLimitExceeded", status=429), RateLimited),
        (Reply(400), Transient),
        (Reply(403), Transient),
        (Reply(404), Transient),
        (Reply(502), Transient),
        (Reply.of(200, {}), Transient),
        (Reply.of(200, {"did": OTHER, "accessJwt": "a", "refreshJwt": "b"}), Transient),
    ],
)
def test_refresh_that_is_refused(adapter, credentials, lone, answer, kind):
    lone.on("POST", "/xrpc/com.atproto.server.refreshSession$", answer)
    error = failure(lambda: adapter.refresh(credentials, None, deadline=5))
    assert isinstance(error, kind)
    assert CANARY not in f"{error!r} {error.message} {error.detail}"


@pytest.mark.parametrize("answer", [Reply(200), refused("ExpiredToken"), refused("InvalidToken"), Reply(401)])
def test_revoke_ends_the_session_or_finds_it_ended(adapter, credentials, lone, answer):
    lone.on("POST", "/xrpc/com.atproto.server.deleteSession$", answer)
    adapter.revoke(credentials, None, deadline=5)
    assert lone.requests[0].headers["Authorization"] == f"Bearer {CANARY}-r"


def test_revoke_that_fails_says_so(adapter, credentials, lone):
    lone.on("POST", "/xrpc/com.atproto.server.deleteSession$", Reply(502))
    assert type(failure(lambda: adapter.revoke(credentials, None, deadline=5))) is Transient
