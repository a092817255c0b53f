"""The practice network's adapter where it differs from others. No Django, no database."""

from __future__ import annotations

import json
import re
import time
import uuid
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posts.platforms.base import (
    AuthExpired,
    Content,
    Credentials,
    InvalidContent,
    Listing,
    MediaMissing,
    Outcome,
    PlatformError,
    RateLimited,
    Transient,
    UnknownOutcome,
    UnsupportedServer,
)
from posts.platforms.sandbox import SandboxAdapter
from sandbox.limits import count_text
from tests.support import proxy
from tests.support.proxy import Proxy, Reply

ADMIN = {"Authorization": "Bearer adapter-tests"}
BACK = "http://127.0.0.1:9/accounts/connected"


@pytest.fixture
def faults(sandbox_rig):
    url = "http://{}:{}/admin/faults".format(*sandbox_rig.server.target)

    def put(*effects: dict) -> None:
        rules = [{"effect": effect, "times": 1} for effect in effects]
        assert requests.put(url, headers=ADMIN, json={"rules": rules}, timeout=5).ok

    yield put
    put()


def code_for(adapter: SandboxAdapter, handle: str) -> str:
    """Go through the network's connect page as a person would."""
    account = {"handle": handle, "name": "Signed In"}
    made = requests.post(f"{adapter._base}/admin/accounts", headers=ADMIN, json=account, timeout=5)
    assert made.ok
    url = adapter.authorize_url("", None, redirect_uri=BACK, state="st4te", code_verifier="")
    with requests.Session() as browser:
        page = browser.get(url, timeout=5)
        assert page.status_code == 200
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
        fields["choose"] = handle
        action = urlsplit(url)._replace(query="").geturl()
        back = browser.post(action, data=fields, headers={"Referer": url}, allow_redirects=False, timeout=5)
    assert back.status_code == 303, back.text
    query = parse_qs(urlsplit(back.headers["Location"]).query)
    assert query["state"] == ["st4te"]
    return query["code"][0]


def publish(rig, content: Content, *, staged: dict | None = None, deadline: float = 5):
    return rig.adapter.publish(
        content, rig.credentials, staged=staged or {}, key=uuid.uuid4().hex, deadline=deadline
    )


def exchange(adapter: SandboxAdapter, code: str):
    (connection,) = adapter.exchange("", None, code=code, redirect_uri=BACK, code_verifier="", deadline=5)
    return connection


def test_connect_publish_refresh(sandbox_rig):
    adapter = sandbox_rig.adapter
    assert adapter.register_app("", redirect_uri=BACK, deadline=5) is None
    assert adapter.clean_host("whatever") == ""
    connection = exchange(adapter, code_for(adapter, "signed_in"))
    assert connection.profile.handle == "signed_in"
    assert connection.profile.url.startswith(sandbox_rig.server.url)
    assert connection.expires_in > 0
    assert adapter.limits(connection.capabilities).text_max == 500
    credentials = Credentials("", connection.profile.external_id, connection.tokens)
    renewed = adapter.refresh(credentials, None, deadline=5)
    assert renewed.tokens["access_token"] != connection.tokens["access_token"]
    assert renewed.profile == connection.profile
    fresh = Credentials("", connection.profile.external_id, renewed.tokens)
    assert adapter.publish(Content("Hello"), fresh, staged={}, key="refreshed", deadline=5).permalink
    with pytest.raises(AuthExpired):
        adapter.refresh(credentials, None, deadline=5)  # a refresh token is good once
    assert adapter.revoke(fresh, None, deadline=5) is None


def test_a_code_is_good_once(sandbox_rig):
    code = code_for(sandbox_rig.adapter, "twice_in")
    exchange(sandbox_rig.adapter, code)
    with pytest.raises(AuthExpired) as caught:
        exchange(sandbox_rig.adapter, code)
    assert code not in caught.value.detail


def test_no_refresh_without_a_refresh_token(sandbox_rig):
    assert sandbox_rig.adapter.refresh(sandbox_rig.credentials, None, deadline=5) is None


# ---- refresh: an account is lost only where the network refuses the grant itself


@pytest.fixture
def connected(sandbox_rig) -> Credentials:
    connection = exchange(sandbox_rig.adapter, code_for(sandbox_rig.adapter, "renewed"))
    return Credentials("", connection.profile.external_id, connection.tokens, connection.capabilities)


def refresh(rig, credentials: Credentials, deadline: float = 5):
    return rig.adapter.refresh(credentials, None, deadline=deadline)


def refresh_failure(rig, credentials: Credentials, deadline: float = 5) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        refresh(rig, credentials, deadline)
    error = caught.value
    for secret in credentials.tokens.values():
        assert secret not in f"{error!r} {error.message} {error.detail}"
    return error


def test_a_refresh_token_the_network_does_not_know_is_the_end_of_access(sandbox_rig, connected):
    wrong = replace(connected, tokens={**connected.tokens, "refresh_token": "pn_1_wrong"})
    assert type(refresh_failure(sandbox_rig, wrong)) is AuthExpired


@pytest.mark.parametrize("status", [400, 401])
def test_a_refused_grant_is_the_end_of_access(sandbox_rig, connected, status):
    sandbox_rig.server.on("POST", "/oauth/token", Reply.of(status, {"error": "invalid_grant"}))
    assert refresh_failure(sandbox_rig, connected).outcome is Outcome.AUTH


@pytest.mark.parametrize("status", [301, 403, 404, 405, 408, 409, 410, 422, 500, 501, 502, 503, 504, 520])
def test_a_network_in_trouble_costs_no_account(sandbox_rig, connected, status):
    sandbox_rig.server.on("POST", "/oauth/token", Reply(status, {}, b"<html>"), times=1)
    assert type(refresh_failure(sandbox_rig, connected)) is Transient
    assert refresh(sandbox_rig, connected).tokens["access_token"]  # the next try finds it well again


def test_a_limit_on_refreshing_is_waited_for(sandbox_rig, connected):
    sandbox_rig.server.on("POST", "/oauth/token", Reply(429, {"Retry-After": "9"}), times=1)
    error = refresh_failure(sandbox_rig, connected)
    assert (error.outcome, error.retry_after) == (Outcome.LIMITED, 9)


@pytest.mark.parametrize(
    "behave",
    [
        proxy.drop_before,
        proxy.not_json,
        proxy.empty_object,
        proxy.garbage,
        proxy.truncate,
        proxy.commit_then_drop,
        proxy.commit_then_reset,
        proxy.error_after_commit,
    ],
)
def test_a_refresh_without_a_usable_answer_is_transient(sandbox_rig, connected, behave):
    sandbox_rig.server.on("POST", "/oauth/token", behave, times=1)
    assert type(refresh_failure(sandbox_rig, connected)) is Transient


@pytest.mark.parametrize("behave", [proxy.silence, proxy.drip_body, proxy.drip_headers])
def test_a_refresh_that_takes_too_long_is_transient(sandbox_rig, connected, behave):
    sandbox_rig.server.on("POST", "/oauth/token", behave, times=1)
    start = time.monotonic()
    assert type(refresh_failure(sandbox_rig, connected, deadline=0.5)) is Transient
    assert time.monotonic() - start < 3


@pytest.mark.parametrize("behave", [Reply(401), Reply(503), Reply(429), proxy.not_json, proxy.silence])
def test_new_tokens_are_not_lost_for_the_sake_of_the_limits(sandbox_rig, connected, behave):
    sandbox_rig.server.on("GET", "/api/limits", behave, times=1)
    renewed = refresh(sandbox_rig, connected, deadline=2)
    assert renewed.tokens["access_token"] != connected.tokens["access_token"]
    assert renewed.capabilities in (connected.capabilities, {})
    if behave is not proxy.not_json:
        assert renewed.capabilities == connected.capabilities
    again = replace(connected, tokens=renewed.tokens)
    assert refresh(sandbox_rig, again).capabilities == connected.capabilities


def test_a_refresh_token_that_is_not_replaced_is_kept(sandbox_rig, connected):
    account = {"id": connected.external_id, "handle": "renewed", "name": "Renewed"}
    reply = Reply.of(200, {"access_token": "new", "account": account})
    sandbox_rig.server.on("POST", "/oauth/token", reply)
    sandbox_rig.server.on("GET", "/api/limits", Reply.of(200, {}))
    tokens = refresh(sandbox_rig, connected).tokens
    assert tokens == {"access_token": "new", "refresh_token": connected.tokens["refresh_token"]}


# ---- reading the account back


@pytest.mark.parametrize(
    ("told", "listing"),
    [
        ({}, Listing.COMPLETE),
        ({"listing": "complete"}, Listing.COMPLETE),
        ({"listing": "partial"}, Listing.PARTIAL),
        ({"listing": "none"}, Listing.NONE),
        ({"listing": "whatever"}, Listing.PARTIAL),
        ({"listing": None}, Listing.PARTIAL),
        ({"listing": {}}, Listing.PARTIAL),
    ],
)
def test_how_far_the_list_goes_is_what_the_network_tells(sandbox_rig, told, listing):
    assert sandbox_rig.adapter.listing(told) is listing


def test_a_post_is_shown_with_its_key(sandbox_rig):
    sandbox_rig.publish(Content("With a key"), key="the-key")
    [seen] = [one for one in sandbox_rig.look(Content("With a key")).posts if one.text == "With a key"]
    assert seen.key == "the-key"


def test_a_partial_list_is_never_complete(sandbox_rig):
    partial = replace(sandbox_rig.credentials, capabilities={"listing": "partial"})
    sandbox_rig.publish(Content("Half seen"), key="half-seen")
    back = sandbox_rig.look(Content("Half seen"), credentials=partial)
    assert not back.complete
    assert any(one.key == "half-seen" for one in back.posts)


@pytest.mark.parametrize(("posts", "pages"), [(2, 1), (3, 2)])
def test_without_being_told_only_a_full_page_is_followed(sandbox_rig, monkeypatch, posts, pages):
    monkeypatch.setattr("posts.platforms.sandbox.PAGE", 3)
    listed = [
        {"id": f"p{number}", "text": "t", "media": [], "created_at": "2999-01-01T00:00:00Z"}
        for number in range(posts)
    ]
    sandbox_rig.server.on("GET", "/api/posts.*before", Reply.of(200, {"posts": []}))
    sandbox_rig.server.on("GET", "/api/posts", Reply.of(200, {"posts": listed}))
    back = sandbox_rig.look(Content("t"))
    assert (len(back.posts), back.complete) == (posts, True)
    assert len(sandbox_rig.server.seen("GET", "/api/posts")) == pages


def test_a_link_elsewhere_is_not_shown(sandbox_rig):
    def elsewhere(exchange) -> None:
        answer = exchange.upstream()
        data = json.loads(answer.body)
        for one in data["posts"]:
            one["url"] = "javascript:alert(1)"
        exchange.send(Reply.of(answer.status, data))

    sandbox_rig.publish(Content("Linked"), key="linked")
    sandbox_rig.server.on("GET", "/api/posts", elsewhere)
    assert {one.permalink for one in sandbox_rig.look(Content("Linked")).posts} == {""}


# ---- publishing


@pytest.mark.parametrize(
    ("effect", "kind", "published"),
    [
        ({"type": "refuse"}, InvalidContent, 0),
        ({"type": "rate_limit", "retry_after": 40}, RateLimited, 0),
        ({"type": "expire_token"}, AuthExpired, 0),
        ({"type": "drop_before"}, UnknownOutcome, 0),
        ({"type": "accept_then_drop"}, UnknownOutcome, 1),
        ({"type": "error_after_accept"}, UnknownOutcome, 1),
        ({"type": "hang"}, UnknownOutcome, 0),
        ({"type": "hang", "when": "after"}, UnknownOutcome, 1),
        ({"type": "delay", "seconds": 0.1}, None, 1),
    ],
)
def test_the_networks_own_faults(sandbox_rig, faults, effect, kind, published):
    text = f"Fault {effect}"
    faults(effect)
    raised = None
    try:
        publish(sandbox_rig, Content(text), deadline=0.5)
    except PlatformError as error:
        raised = error
    faults()
    assert (type(raised) if raised else None) is kind
    assert getattr(raised, "retry_after", None) == effect.get("retry_after")
    url = "http://{}:{}/admin/log".format(*sandbox_rig.server.target)
    events = requests.get(url, headers=ADMIN, timeout=5).json()["events"]
    assert sum(event["event"] == "post" and event["text"] == text for event in events) == published


def test_an_image_the_network_does_not_know_has_to_be_uploaded_again(sandbox_rig, picture):
    content = Content("With an image", images=(picture("u1"),))
    staged = {"media": {"u1": {"id": "m0000"}}}
    with pytest.raises(MediaMissing) as caught:
        sandbox_rig.adapter.publish(
            content, sandbox_rig.credentials, staged=staged, key="unknown-media", deadline=5
        )
    assert caught.value.staged == {}


def test_a_picture_that_is_none_is_refused(sandbox_rig, picture):
    image = picture("u1")
    broken = type(image)("u1", "image/png", 1, 1, 3, "", lambda: b"abc")
    with pytest.raises(InvalidContent):
        sandbox_rig.adapter.stage(
            Content("x", images=(broken,)), sandbox_rig.credentials, staged={}, deadline=5
        )


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | st.from_regex(r"(\S{0,9} ?https?://\S{0,9} ?){0,3}", fullmatch=True))
def test_counts_exactly_as_the_network(sandbox_rig, text):
    assert sandbox_rig.adapter.count(text, sandbox_rig.adapter.limits({})) == count_text(text)


def test_a_permalink_of_another_kind_is_not_shown(sandbox_rig):
    reply = Reply.of(201, {"id": "p1", "url": "javascript:alert(1)"})
    sandbox_rig.server.on("POST", "/api/posts", reply)
    published = sandbox_rig.adapter.publish(
        Content("x"), sandbox_rig.credentials, staged={}, key="k", deadline=5
    )
    assert (published.external_id, published.permalink) == ("p1", "")


def test_only_the_networks_own_address_is_ever_called(sandbox_rig, lone: Proxy):
    with pytest.raises(UnsupportedServer):
        SandboxAdapter(sandbox_rig.adapter._http, base_url=lone.url).publish(
            Content("x"), sandbox_rig.credentials, staged={}, key="k", deadline=5
        )
    assert not lone.requests
