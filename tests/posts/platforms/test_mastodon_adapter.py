"""The Mastodon adapter against mastodon_mock (a mock by others, not Mastodon) and against scripted answers.

No Django, no database.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from posts.platforms.base import (
    AppKeys,
    AuthExpired,
    ConfigError,
    Content,
    Credentials,
    Duplicate,
    InvalidContent,
    Listing,
    MediaMissing,
    MediaProcessing,
    NotFound,
    Outcome,
    PermissionMissing,
    PlatformError,
    RateLimited,
    Transient,
    UnknownOutcome,
    UnsupportedServer,
)
from posts.platforms.egress import Egress
from posts.platforms.http import Http
from posts.platforms.mastodon import MastodonAdapter
from posts.platforms.mastodon_signin import SCOPES, clean_host
from tests.support import proxy
from tests.support.proxy import Proxy, Reply

BACK = "http://127.0.0.1:9/accounts/connected"
VERIFIER = "v" * 64
CANARY = "canary-77aa01"


@pytest.fixture
def adapter(mastodon_rig) -> MastodonAdapter:
    return mastodon_rig.adapter


@pytest.fixture
def scripted(lone: Proxy) -> Proxy:
    """A server that behaves like a small Mastodon-compatible one; tests put other answers before these."""
    return lone


def behave_well(server: Proxy, **skip: bool) -> None:
    base = server.url
    answers = {
        "POST /api/v1/apps": Reply.of(200, {"client_id": "cid", "client_secret": "csecret"}),
        "POST /oauth/token": Reply.of(200, {"access_token": CANARY, "scope": " ".join(SCOPES)}),
        "POST /oauth/revoke": Reply.of(200, {}),
        "GET /api/v1/accounts/verify_credentials": Reply.of(
            200, {"id": "7", "acct": "anna", "display_name": "Anna", "url": f"{base}/@anna"}
        ),
        "GET /api/v2/instance": Reply.of(
            200,
            {
                "version": "4.5.0",
                "api_versions": {"mastodon": 7},
                "configuration": {
                    "statuses": {
                        "max_characters": 640,
                        "max_media_attachments": 6,
                        "characters_reserved_per_url": 30,
                    },
                    "media_attachments": {
                        "description_limit": 900,
                        "image_size_limit": 1000,
                        "image_matrix_limit": 2000,
                        "supported_mime_types": ["image/png", "video/mp4"],
                    },
                },
            },
        ),
        "GET /.well-known/nodeinfo": Reply.of(200, {"links": [{"href": f"{base}/nodeinfo/2.0"}]}),
        "GET /nodeinfo/2.0": Reply.of(200, {"software": {"name": "Mastodon", "version": "4.5.0"}}),
    }
    for place, reply in answers.items():
        method, path = place.split()
        server.on(method, re.escape(path) + "$", reply)


def connect(adapter: MastodonAdapter, host: str, app: AppKeys | None = None, code: str = "code-1"):
    app = app or AppKeys("cid", "csecret")
    (connection,) = adapter.exchange(
        host, app, code=code, redirect_uri=BACK, code_verifier=VERIFIER, deadline=5
    )  # fmt: skip
    return connection


def failure(call) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        call()
    return caught.value


# ---- what a person types


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("mastodon.social", "mastodon.social"),
        (" Mastodon.Social. ", "mastodon.social"),
        ("https://mastodon.social", "mastodon.social"),
        ("http://mastodon.social/@anna", "mastodon.social"),
        ("https://mastodon.social/@anna?x=1#y", "mastodon.social"),
        ("https://mastodon.social:443/", "mastodon.social"),
        ("@anna@mastodon.social", "mastodon.social"),
        ("anna@mastodon.social", "mastodon.social"),
        ("acct:anna@mastodon.social", "mastodon.social"),
        ("bücher.example.org", "xn--bcher-kva.example.org"),
        ("BÜCHER.example.org", "xn--bcher-kva.example.org"),
        ("mastodon。social", "mastodon.social"),
        ("mastodon.social\\@evil.example.org", "mastodon.social"),
        ("mastodon.\u200bsocial", "mastodon.social"),
    ],
)
def test_clean_host(typed, host):
    assert clean_host(typed, allow_loopback=False) == host
    assert clean_host(host, allow_loopback=False) == host


@pytest.mark.parametrize(
    "typed",
    ["", " ", "@", "@anna", "anna", "localhost", "127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::1]", "::1",
     "１２７.0.0.1", "https://", "https://anna:pw@mastodon.social/", "https://anna@mastodon.social",
     "mastodon.social:8443", "ftp://mastodon.social", "javascript://mastodon.social", "a..b", "-a-.org-",
     "printer.local", "metadata.google.internal", "x.onion", "a" * 64 + ".org", "a." * 130 + "org", "a b c",
     "\x00.org", "xn--0.org", "127.0.0.1:3000"],
)  # fmt: skip
def test_what_is_no_host_is_refused_with_an_example(typed):
    error = failure(lambda: clean_host(typed, allow_loopback=False))
    assert type(error) is InvalidContent
    assert "mastodon.social" in error.message


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("127.0.0.1:3000", "127.0.0.1:3000"),
        ("http://localhost:3000/", "localhost:3000"),
        ("[::1]:3000", "[::1]:3000"),
        ("[::1]", "[::1]"),
        ("mastodon.social", "mastodon.social"),
    ],
)
def test_loopback_host_where_allowed(typed, host):
    assert clean_host(typed, allow_loopback=True) == host


# ---- connecting


def test_connect_to_the_mock_server_as_a_person_would(mastodon_rig, adapter):
    host = mastodon_rig.server.host
    app = adapter.register_app(host, redirect_uri=BACK, deadline=5)
    assert app.client_id
    assert app.endpoints["token"] == f"http://{host}/oauth/token"
    url = adapter.authorize_url(host, app, redirect_uri=BACK, state="st4te", code_verifier=VERIFIER)
    assert requests.get(url, timeout=5).status_code == 200
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    assert query["code_challenge"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert query["code_challenge_method"] == "S256"
    assert (query["state"], query["redirect_uri"]) == ("st4te", BACK)
    assert query["scope"].split() == list(SCOPES)
    page = requests.get(url, timeout=5).text
    form = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', page))
    form["username"] = re.findall(r'name="username" value="([^"]+)"', page)[0]
    back = requests.post(f"http://{host}/oauth/authorize", data=form, allow_redirects=False, timeout=5)
    code = parse_qs(urlsplit(back.headers["Location"]).query)["code"][0]
    connection = connect(adapter, host, app, code)
    assert connection.profile.handle == f"@{form['username']}@{host}"
    assert connection.expires_in is None
    assert connection.capabilities["software"] == "mastodon"
    assert connection.capabilities["honours_key"] is True
    assert adapter.limits(connection.capabilities).image_bytes_max == 10_485_760
    credentials = Credentials(
        host, connection.profile.external_id, connection.tokens, connection.capabilities
    )
    assert adapter.publish(Content("Connected"), credentials, staged={}, key="connected", deadline=5)
    assert adapter.refresh(credentials, app, deadline=5) is None
    adapter.revoke(credentials, app, deadline=5)
    again = failure(lambda: adapter.publish(Content("x"), credentials, staged={}, key="gone", deadline=5))
    assert type(again) is AuthExpired


def test_the_token_request_carries_the_verifier_and_no_secret_in_the_address(adapter, scripted):
    behave_well(scripted)
    connection = connect(adapter, scripted.host)
    [sent] = scripted.seen("POST", "/oauth/token$")
    form = {name: values[0] for name, values in parse_qs(sent.body.decode()).items()}
    assert form == {
        "grant_type": "authorization_code",
        "code": "code-1",
        "client_id": "cid",
        "client_secret": "csecret",
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
    }
    assert connection.tokens == {"access_token": CANARY}
    with_token = [one.path for one in scripted.requests if "Authorization" in one.headers]
    assert with_token == ["/api/v1/accounts/verify_credentials"]
    assert CANARY not in repr(connection)


def test_limits_and_software_are_kept_as_capabilities(adapter, scripted):
    behave_well(scripted)
    capabilities = connect(adapter, scripted.host).capabilities
    limits = adapter.limits(capabilities)
    assert (limits.text_max, limits.url_length, limits.images_max) == (640, 30, 6)
    assert (limits.alt_max, limits.image_bytes_max, limits.image_pixels_max) == (900, 1000, 2000)
    assert limits.image_types == ("image/png",)
    assert (capabilities["software"], capabilities["software_version"]) == ("mastodon", "4.5.0")
    assert (capabilities["honours_key"], capabilities["api_version"]) == (True, 7)


@pytest.mark.parametrize(
    ("v2", "v1", "text_max"),
    [
        (Reply.of(404), Reply.of(200, {"version": "2.7", "max_toot_chars": 1234}), 1234),
        (Reply.of(200, []), Reply.of(200, {"uri": "x"}), 500),
        (Reply.of(200, {"configuration": {"statuses": {"max_characters": -4}}}), None, 500),
        (Reply.of(200, {"configuration": {"statuses": {"max_characters": 10**12}}}), None, 500),
        (Reply.of(200, {"configuration": ["?"], "version": 3}), None, 500),
    ],
)
def test_limits_of_other_servers(adapter, scripted, v2, v1, text_max):
    scripted.on("GET", "/api/v2/instance", v2)
    scripted.on("GET", "/api/v1/instance", v1 or Reply.of(404))
    behave_well(scripted)
    assert adapter.limits(connect(adapter, scripted.host).capabilities).text_max == text_max


@pytest.mark.parametrize(
    "nodeinfo",
    [
        Reply.of(404),
        Reply.of(500),
        Reply.of(200, {"links": "none"}),
        Reply.of(200, {"links": [{"href": "https://elsewhere.example.org/nodeinfo"}, 3, {}]}),
        Reply(200, {}, b"<html>"),
        proxy.redirect_to("http://10.0.0.1/"),
    ],
)
def test_a_server_that_does_not_say_what_it_is_is_taken_to_ignore_the_key(adapter, scripted, nodeinfo):
    scripted.on("GET", "/.well-known/nodeinfo", nodeinfo)
    behave_well(scripted)
    capabilities = connect(adapter, scripted.host).capabilities
    assert (capabilities["software"], capabilities["honours_key"]) == ("", False)


@pytest.mark.parametrize("name", ["gotosocial", "snac", "takahe", "pleroma", "mastodon-like"])
def test_other_software_is_taken_to_ignore_the_key(adapter, scripted, name):
    scripted.on("GET", "/nodeinfo/2.0", Reply.of(200, {"software": {"name": name, "version": "1"}}))
    behave_well(scripted)
    capabilities = connect(adapter, scripted.host).capabilities
    assert (capabilities["software"], capabilities["honours_key"]) == (name, False)


def test_before_4_3_the_usual_paths_hold_and_the_app_is_kept_alive(adapter, scripted):
    behave_well(scripted)
    app = adapter.register_app(scripted.host, redirect_uri=BACK, deadline=5)
    assert app == AppKeys("cid", "csecret")
    [sent] = scripted.seen("POST", "/oauth/token$")
    assert "grant_type=client_credentials" in sent.body.decode()
    url = adapter.authorize_url(scripted.host, app, redirect_uri=BACK, state="s", code_verifier=VERIFIER)
    assert url.startswith(f"{scripted.url}/oauth/authorize?")


def test_a_server_that_fails_to_keep_the_app_alive_is_no_obstacle(adapter, scripted):
    scripted.on("POST", "/oauth/token", proxy.drop_before)
    behave_well(scripted)
    assert adapter.register_app(scripted.host, redirect_uri=BACK, deadline=5).client_id == "cid"


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example.net/oauth/token",
        "http://127.0.0.1:1/token",
        "//evil.example.net/",
        "/oauth/token",
    ],
)
@pytest.mark.parametrize("name", ["token", "authorization", "revocation"])
def test_endpoints_on_another_server_are_refused(adapter, scripted, name, place):
    known = Reply.of(200, {f"{name}_endpoint": place})
    scripted.on("GET", "/.well-known/oauth-authorization-server", known)
    behave_well(scripted)
    error = failure(lambda: adapter.register_app(scripted.host, redirect_uri=BACK, deadline=5))
    assert type(error) is UnsupportedServer
    assert not scripted.seen("POST", "/")


@pytest.mark.parametrize("names_itself", [True, False, None, "yes"])
def test_server_that_names_itself_in_its_answers_is_held_to_that(adapter, scripted, names_itself):
    known = {"issuer": f"{scripted.url}/", "authorization_response_iss_parameter_supported": names_itself}
    scripted.on("GET", "/.well-known/oauth-authorization-server", Reply.of(200, known))
    behave_well(scripted)

    app = adapter.register_app(scripted.host, redirect_uri=BACK, deadline=5)

    assert app.endpoints.get("issuer") == (f"{scripted.url}/" if names_itself is True else None)


def test_server_that_gives_the_name_of_another_is_refused(adapter, scripted):
    known = {
        "issuer": "https://elsewhere.example.org/", "authorization_response_iss_parameter_supported": True,
    }  # fmt: skip
    scripted.on("GET", "/.well-known/oauth-authorization-server", Reply.of(200, known))
    behave_well(scripted)

    error = failure(lambda: adapter.register_app(scripted.host, redirect_uri=BACK, deadline=5))

    assert type(error) is UnsupportedServer


def test_stored_endpoints_are_checked_again_before_use(adapter, scripted):
    app = AppKeys(
        "cid", "csecret", {"token": "https://evil.example.net/", "authorization": "https://evil.net/"}
    )
    assert type(failure(lambda: connect(adapter, scripted.host, app))) is UnsupportedServer
    assert not scripted.requests


def test_a_server_that_lives_elsewhere_is_named(adapter, scripted, mastodon_rig):
    there = f"{mastodon_rig.server.url}/.well-known/oauth-authorization-server"
    scripted.on("GET", "/.well-known/oauth-authorization-server", proxy.redirect_to(there))
    error = failure(lambda: adapter.register_app(scripted.host, redirect_uri=BACK, deadline=5))
    assert type(error) is UnsupportedServer
    assert "type 127.0.0.1" in error.message


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply.of(404, {"error": "x"}), UnsupportedServer),
        (Reply.of(405), UnsupportedServer),
        (Reply.of(401), UnsupportedServer),
        (proxy.redirect_to("https://social.example.org/api/v1/apps", 301), UnsupportedServer),
        (Reply(200, {}, b"<html>Welcome to our shop</html>"), UnsupportedServer),
        (Reply.of(200, {"client_id": "cid"}), UnsupportedServer),
        (Reply.of(422, {"error": "Redirect URI must be an absolute URI."}), ConfigError),
        (Reply.of(429, {"error": "x"}, Retry_After="9"), RateLimited),
        (Reply.of(503), Transient),
    ],
)
def test_registration_that_fails(adapter, scripted, reply, kind):
    scripted.on("POST", "/api/v1/apps", reply)
    error = failure(lambda: adapter.register_app(scripted.host, redirect_uri=BACK, deadline=5))
    assert type(error) is kind


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply.of(400, {"error": "invalid_grant"}), AuthExpired),
        (Reply.of(401, {"error": "invalid_grant"}), ConfigError),
        (Reply.of(401, {"error": "invalid_client", "error_description": "unknown client"}), ConfigError),
        (Reply.of(400, {"error": "invalid_client"}), ConfigError),
        (Reply.of(403, {"error": "Your login is currently disabled"}), PermissionMissing),
        (Reply.of(404), UnsupportedServer),
        (Reply.of(429), RateLimited),
        (Reply.of(500), Transient),
        (Reply.of(200, {"token": "?"}), UnsupportedServer),
        (Reply.of(200, {"access_token": "naïve"}), UnsupportedServer),
        (Reply.of(200, {"access_token": "a\r\nX-Evil: 1"}), UnsupportedServer),
        (Reply.of(200, {"access_token": CANARY, "scope": "read:accounts"}), PermissionMissing),
    ],
)
def test_exchange_that_fails(adapter, scripted, reply, kind):
    scripted.on("POST", "/oauth/token", reply)
    behave_well(scripted)
    error = failure(lambda: connect(adapter, scripted.host))
    assert type(error) is kind
    for secret in (CANARY, "code-1", "csecret", VERIFIER):
        assert secret not in f"{error!r} {error.message} {error.detail}"


def test_broad_scopes_include_the_narrow_ones(adapter, scripted):
    scripted.on("POST", "/oauth/token", Reply.of(200, {"access_token": CANARY, "scope": "read write"}))
    behave_well(scripted)
    assert connect(adapter, scripted.host).scopes == ("read", "write")


@pytest.mark.parametrize(
    ("path", "reply", "kind"),
    [
        ("/api/v1/accounts/verify_credentials", Reply.of(401), AuthExpired),
        ("/api/v1/accounts/verify_credentials", Reply.of(403), PermissionMissing),
        ("/api/v1/accounts/verify_credentials", Reply.of(404), UnsupportedServer),
        ("/api/v1/accounts/verify_credentials", Reply.of(200, {"id": {}}), UnsupportedServer),
        ("/api/v[12]/instance", Reply.of(404), UnsupportedServer),
    ],
)
def test_a_server_that_is_no_mastodon_is_found_out(adapter, scripted, path, reply, kind):
    scripted.on("GET", path, reply)
    behave_well(scripted)
    assert type(failure(lambda: connect(adapter, scripted.host))) is kind


def test_a_profile_address_on_another_server_is_not_shown(adapter, scripted):
    account = {"id": 7, "acct": "anna", "url": "https://evil.example.net/@anna", "display_name": ""}
    scripted.on("GET", "/api/v1/accounts/verify_credentials", Reply.of(200, account))
    behave_well(scripted)
    profile = connect(adapter, scripted.host).profile
    assert (profile.external_id, profile.display_name, profile.url) == ("7", "anna", "")


def test_nothing_is_connected_without_a_registration(adapter, scripted):
    credentials = Credentials(scripted.host, "1", {"access_token": CANARY})
    for call in (
        lambda: adapter.exchange(
            scripted.host, None, code="c", redirect_uri=BACK, code_verifier=VERIFIER, deadline=1
        ),
        lambda: adapter.revoke(credentials, None, deadline=1),
        lambda: adapter.authorize_url(
            scripted.host, None, redirect_uri=BACK, state="s", code_verifier=VERIFIER
        ),
    ):
        assert type(failure(call)) is ConfigError


def test_revoke_tells_the_server(adapter, scripted):
    behave_well(scripted)
    credentials = Credentials(scripted.host, "1", {"access_token": CANARY})
    adapter.revoke(credentials, AppKeys("cid", "csecret"), deadline=5)
    [sent] = scripted.seen("POST", "/oauth/revoke$")
    assert f"token={CANARY}" in sent.body.decode()
    assert CANARY not in sent.path


def test_production_speaks_https_only():
    adapter = MastodonAdapter(Http(Egress(), resolver=lambda host, port: ["127.0.0.1"]))
    assert adapter._sign_in.base("mastodon.social") == "https://mastodon.social"
    assert adapter._sign_in.base("127.0.0.1:3000") == "https://127.0.0.1:3000"
    for host in ("mastodon.social", "127.0.0.1:3000"):
        error = failure(lambda: adapter.register_app(host, redirect_uri=BACK, deadline=1))  # noqa: B023
        assert type(error) is UnsupportedServer


# ---- media


def test_media_that_need_processing_are_awaited(mastodon_rig, picture):
    proxy.process_media(mastodon_rig.server, pending=2)
    content = Content("Processed", images=(picture("u1", "A boat"), picture("u2", "A gull")))
    mastodon_rig.publish(content, key="processed")
    assert len(mastodon_rig.server.seen("POST", "/api/v2/media")) == 2
    assert len(mastodon_rig.server.seen("GET", "/api/v1/media/")) == 6
    assert mastodon_rig.posts()[0]["alts"] == ["A boat", "A gull"]


def test_media_not_ready_in_time_are_asked_for_again_and_not_uploaded_again(mastodon_rig, picture):
    proxy.process_media(mastodon_rig.server, pending=4)
    content = Content("Slow", images=(picture("u1"), picture("u2")))
    stage, credentials = mastodon_rig.adapter.stage, mastodon_rig.credentials
    error = failure(lambda: stage(content, credentials, staged={}, deadline=0.4))
    assert type(error) is MediaProcessing
    assert error.outcome is Outcome.NOT_SENT
    assert error.retry_after > 0
    assert [entry["ready"] for entry in error.staged["media"].values()] == [False, False]
    staged = stage(content, credentials, staged=error.staged, deadline=5)
    assert len(mastodon_rig.server.seen("POST", "/api/v2/media")) == 2
    assert mastodon_rig.adapter.publish(
        content, mastodon_rig.credentials, staged=staged, key="slow", deadline=5
    )


def test_media_still_processing_are_never_published(mastodon_rig, picture):
    staged = {"media": {"u1": {"id": "5", "ready": False}}}
    content = Content("x", images=(picture("u1"),))
    publish = mastodon_rig.adapter.publish
    error = failure(lambda: publish(content, mastodon_rig.credentials, staged=staged, key="k", deadline=5))
    assert type(error) is MediaMissing
    assert not mastodon_rig.server.requests


@pytest.mark.parametrize(
    ("status", "kind", "kept"),
    [
        (404, MediaMissing, False),
        (410, MediaMissing, False),
        (422, InvalidContent, False),
        (401, AuthExpired, True),
        (403, PermissionMissing, True),
        (429, RateLimited, True),
        (500, Transient, True),
        (503, Transient, True),
    ],
)
def test_looking_after_media_that_fails(mastodon_rig, picture, status, kind, kept):
    proxy.process_media(mastodon_rig.server, pending=1)
    mastodon_rig.server._rules.insert(
        0, proxy.Rule("GET", re.compile("/api/v1/media/"), lambda e: e.send(Reply.of(status)), None)
    )
    content = Content("x", images=(picture("u1"),))
    error = failure(
        lambda: mastodon_rig.adapter.stage(content, mastodon_rig.credentials, staged={}, deadline=5)
    )
    assert type(error) is kind
    assert ("u1" in error.staged["media"]) is kept


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidContent),
        (401, AuthExpired),
        (403, PermissionMissing),
        (404, NotFound),
        (410, NotFound),
        (413, InvalidContent),
        (415, InvalidContent),
        (422, InvalidContent),
        (429, RateLimited),
        (500, Transient),
        (502, Transient),
        (503, Transient),
        (504, Transient),
    ],
)
def test_upload_that_fails(mastodon_rig, picture, status, kind):
    mastodon_rig.server.on("POST", "/api/v2/media", Reply.of(status, {"error": "x"}))
    content = Content("x", images=(picture("u1"),))
    error = failure(
        lambda: mastodon_rig.adapter.stage(content, mastodon_rig.credentials, staged={}, deadline=5)
    )
    assert type(error) is kind
    assert error.staged == {"media": {}}


# ---- statuses


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, "Validation failed", InvalidContent),
        (401, "The access token is invalid", AuthExpired),
        (401, "The access token was revoked", AuthExpired),
        (403, "This action is outside the authorized scopes", PermissionMissing),
        (403, "Your login is currently disabled", PermissionMissing),
        (404, "Record not found", InvalidContent),
        (410, "Gone", NotFound),
        (413, "Too large", InvalidContent),
        (422, "Validation failed: Text character limit of 500 exceeded", InvalidContent),
        (
            422,
            "Cannot attach files that have not finished processing. Try again in a moment!",
            MediaProcessing,
        ),
        (422, "Media 17 not found or already attached to another post", Duplicate),
        (422, "Media not found", MediaMissing),
        (429, "Too many requests", RateLimited),
        (500, "x", UnknownOutcome),
        (502, "x", UnknownOutcome),
        (503, "x", UnknownOutcome),
        (504, "x", UnknownOutcome),
    ],
)
def test_status_that_fails(mastodon_rig, picture, status, error, kind):
    mastodon_rig.server.on("POST", "/api/v1/statuses", Reply.of(status, {"error": error}))
    content = Content("x", images=(picture("u1"),))
    staged = mastodon_rig.adapter.stage(content, mastodon_rig.credentials, staged={}, deadline=5)
    publish = mastodon_rig.adapter.publish
    raised = failure(lambda: publish(content, mastodon_rig.credentials, staged=staged, key="k", deadline=5))
    assert type(raised) is kind
    if kind is MediaProcessing:
        assert raised.staged["media"]["u1"] == {**staged["media"]["u1"], "ready": False}
    if kind is MediaMissing:
        assert raised.staged == {}


def test_a_text_without_images_is_never_taken_for_a_media_problem(mastodon_rig):
    mastodon_rig.server.on("POST", "/api/v1/statuses", Reply.of(422, {"error": "Media not found"}))
    assert type(failure(lambda: mastodon_rig.publish(Content("x"), key="k"))) is InvalidContent


def test_the_wait_of_a_limit_is_mastodons_own_iso_time(mastodon_rig):
    reply = Reply.of(429, {"error": "x"}, X_RateLimit_Reset="2999-01-01T00:00:00.123456Z")
    mastodon_rig.server.on("POST", "/api/v1/statuses", reply)
    assert failure(lambda: mastodon_rig.publish(Content("x"), key="k")).retry_after == 3600


@pytest.mark.parametrize(
    "url",
    ["https://evil.example.net/@a/1", "javascript:alert(1)", "http://127.0.0.1:1/", "", None, 7, ["x"],
     "https://127.0.0.1", "//x", "http://{host}.evil.net/", "http://a@{host}/", "http://{host}/\n"],
)  # fmt: skip
def test_a_permalink_that_is_not_of_the_server_is_not_shown(mastodon_rig, url):
    shown = url.format(host=mastodon_rig.server.host) if isinstance(url, str) else url
    mastodon_rig.server.on("POST", "/api/v1/statuses", Reply.of(200, {"id": "9", "url": shown}))
    published = mastodon_rig.publish(Content("x"), key="k")
    assert (published.external_id, published.permalink) == ("9", "")


@pytest.mark.parametrize("status_id", [None, "", [], {}, True, 1.5, "x" * 500, "a\nb", 10**60])
def test_a_success_without_a_usable_id_is_unknown(mastodon_rig, status_id):
    mastodon_rig.server.on("POST", "/api/v1/statuses", Reply.of(200, {"id": status_id}))
    assert type(failure(lambda: mastodon_rig.publish(Content("x"), key="k"))) is UnknownOutcome


def test_status_is_sent_as_composed(mastodon_rig):
    content = Content(
        "Grüße",
        link="https://example.org/x",
        language="de",
        options={"visibility": "unlisted", "spoiler_text": "Wetter"},
    )
    mastodon_rig.publish(content, key="k-composed")
    [sent] = mastodon_rig.server.seen("POST", "/api/v1/statuses")
    assert sent.json == {
        "status": "Grüße\n\nhttps://example.org/x",
        "media_ids": [],
        "visibility": "unlisted",
        "language": "de",
        "spoiler_text": "Wetter",
    }


def test_an_unknown_visibility_is_public(mastodon_rig):
    mastodon_rig.publish(Content("x", options={"visibility": "direct", "spoiler_text": 4}), key="k-visible")
    assert mastodon_rig.server.seen("POST", "/api/v1/statuses")[0].json["visibility"] == "public"


def test_count_is_mastodons(adapter):
    limits = adapter.limits({"url_length": 23})
    assert adapter.count("👨‍👩‍👧‍👦 https://example.org/" + "x" * 99, limits) == 25
    assert adapter.count("@anna@social.example.org hi", limits) == 8
    content = Content("x" * 470, link="https://example.org/", options={"spoiler_text": "1234"})
    assert adapter.check(content, limits) == []
    more = Content("x" * 470, link="https://example.org/", options={"spoiler_text": "123456"})
    assert [problem.field for problem in adapter.check(more, limits)] == ["text"]


# ---- reading the account back

NOW = datetime.now(UTC)
LIST = "/api/v1/accounts/7/statuses"
SOURCE = "/api/v1/statuses/[0-9]+/source"


def status(number: int = 1, content: str = "<p>Ahoi</p>", *, age: int = 0, **more) -> dict:
    made = (NOW - timedelta(seconds=age)).isoformat()
    return {"id": str(number), "created_at": made, "content": content, "media_attachments": [], **more}


def read_back(adapter, server: Proxy, content: Content, *statuses: dict, answers: bool = True):
    """What the adapter reads from a server that lists `statuses` on one page."""
    if answers:
        server.on("GET", "/api/v1/accounts/verify_credentials", Reply.of(200, {"id": "7"}))
        server.on("GET", LIST + ".*max_id", Reply.of(200, []))
        server.on("GET", LIST, Reply.of(200, list(statuses)))
    credentials = Credentials(server.host, "7", {"access_token": CANARY})
    since = NOW - timedelta(seconds=60)
    return adapter.read_back(content, credentials, staged={}, key="k", since=since, deadline=5)


def text_read(adapter, server: Proxy, content: Content, *statuses: dict) -> str:
    [seen] = read_back(adapter, server, content, *statuses).posts
    return seen.text


def test_the_list_of_a_mastodon_account_is_complete(adapter):
    assert adapter.listing({}) is Listing.COMPLETE
    assert adapter.stage_ahead == 600


def test_the_own_list_is_asked_for(adapter, scripted):
    back = read_back(adapter, scripted, Content("Ahoi"), status())
    assert back.complete
    first, second = scripted.seen("GET", LIST)
    assert parse_qs(urlsplit(first.path).query) == {"limit": ["40"], "exclude_reblogs": ["true"]}
    assert parse_qs(urlsplit(second.path).query)["max_id"] == ["1"]
    assert all(one.headers["Authorization"] == f"Bearer {CANARY}" for one in scripted.requests)


@pytest.mark.parametrize("visibility", ["public", "unlisted", "private"])
def test_a_status_of_any_visibility_is_in_the_own_list(mastodon_rig, visibility):
    text = f"For {visibility} eyes {datetime.now(UTC)}"
    content = Content(text, options={"visibility": visibility})
    published = mastodon_rig.publish(content, key=text)
    back = mastodon_rig.look(content)
    assert [one.external_id for one in back.posts if one.text == text] == [published.external_id]


def test_a_list_shown_to_a_stranger_is_not_believed(mastodon_rig):
    """The mock, like others, shows the public list for a token that it does not know."""
    stranger = Credentials(mastodon_rig.credentials.host, mastodon_rig.credentials.external_id, {})
    assert isinstance(failure(lambda: mastodon_rig.look(Content("x"), credentials=stranger)), AuthExpired)
    assert not mastodon_rig.server.seen("GET", mastodon_rig.list_path)


def test_reading_stops_at_statuses_that_are_too_old(adapter, scripted):
    back = read_back(
        adapter, scripted, Content("Ahoi"), status(3, age=1), status(2, age=61), status(1, age=90)
    )
    assert ([one.external_id for one in back.posts], back.complete) == (["3"], True)
    assert len(scripted.seen("GET", LIST)) == 1


def test_a_pinned_old_status_at_the_top_does_not_end_the_reading(adapter, scripted):
    back = read_back(adapter, scripted, Content("Ahoi"), status(1, age=9999), status(3, age=1))
    assert ([one.external_id for one in back.posts], back.complete) == (["3"], True)
    assert len(scripted.seen("GET", LIST)) == 2


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("{base}/@anna/1", True),
        ("https://elsewhere.example/@anna/1", False),
        ("{base}.elsewhere.example/1", False),
        ("javascript:alert(1)", False),
        (None, False),
    ],
)
def test_a_read_permalink_is_of_the_server_itself(adapter, scripted, url, shown):
    url = url and url.format(base=scripted.url)
    [seen] = read_back(adapter, scripted, Content("Ahoi"), status(url=url)).posts
    assert seen.permalink == (url if shown else "")


@pytest.mark.parametrize(("attachments", "media"), [([], 0), ([{}, {}], 2), (None, None), ("x", None)])
def test_images_are_counted(adapter, scripted, attachments, media):
    [seen] = read_back(adapter, scripted, Content("Ahoi"), status(media_attachments=attachments)).posts
    assert seen.media == media


def mention(url: str, name: str) -> str:
    return f'<span class="h-card"><a href="{url}" class="u-url mention">@<span>{name}</span></a></span>'


@pytest.mark.parametrize(
    ("typed", "acct"),
    [
        ("@anna@other.example", "anna@other.example"),
        ("@Anna@Other.example", "anna@other.example"),
        ("@anna", "anna"),
        ("@anna@{host}", "anna"),
        ("@anna@other.example and @annabel", "anna@other.example"),
    ],
)
def test_a_mention_is_spelled_as_it_was_typed(adapter, scripted, typed, acct):
    typed = f"Thanks {typed.format(host=scripted.host)}, ahoi"
    url = "https://other.example/@anna"
    shown = re.sub(r"@anna\b[^ ,]*", mention(url, "anna"), typed, count=1, flags=re.IGNORECASE)
    listed = status(content=f"<p>{shown}</p>", mentions=[{"id": "9", "url": url, "acct": acct}])
    assert text_read(adapter, scripted, Content(typed), listed) == typed
    assert not scripted.seen("GET", SOURCE)


@pytest.mark.parametrize("mentions", [None, [], [7], [{}], [{"url": 7, "acct": {}}]])
def test_a_mention_that_is_not_told_stays_as_shown(adapter, scripted, mentions):
    listed = status(content=f"<p>{mention('https://other.example/@anna', 'anna')}</p>", mentions=mentions)
    assert text_read(adapter, scripted, Content("@anna@other.example"), listed) == "@anna"


def test_another_account_of_the_same_name_is_told_apart(adapter, scripted):
    url = "https://third.example/@anna"
    told = [{"url": url, "acct": "anna@third.example"}]
    listed = status(content=f"<p>{mention(url, 'anna')}</p>", mentions=told)
    assert text_read(adapter, scripted, Content("@anna@other.example"), listed) == "@anna@third.example"


def test_markup_that_a_server_makes_of_a_text_is_seen_through(mastodon_rig):
    """The mock makes Markdown into HTML, as some servers do; the typed text is asked for."""
    text = f"**Open** day, *really*: `10:00` {datetime.now(UTC)}"
    published = mastodon_rig.publish(Content(text), key=text)
    [found] = [one for one in mastodon_rig.look(Content(text)).posts if one.text == text]
    assert found.external_id == published.external_id
    assert mastodon_rig.server.seen("GET", SOURCE)


def test_sources_are_not_asked_for_where_the_shown_text_is_the_wanted_one(adapter, scripted):
    read_back(adapter, scripted, Content("Ahoi"), status(2, "<p>Other</p>"), status(1))
    assert not scripted.seen("GET", SOURCE)


def test_the_sources_of_the_most_alike_are_asked_for_where_the_images_agree(adapter, scripted):
    others = [status(number, f"<p>{number} days to go</p>") for number in range(40, 20, -1)]
    alike = status(20, "<p>Come to the <b>harbour</b></p>")
    with_image = status(19, "<p>Come to the harbour</p>", media_attachments=[{}])
    scripted.on("GET", SOURCE, Reply.of(200, {"text": "typed"}))
    wanted = Content("Come to the *harbour*")
    back = read_back(adapter, scripted, wanted, *others, alike, with_image)
    asked = [one.path.split("/")[4] for one in scripted.seen("GET", SOURCE)]
    assert len(asked) == 10
    assert asked[0] == "20"
    assert [one.text for one in back.posts][-2:] == ["typed", "Come to the harbour"]


@pytest.mark.parametrize("reply", [Reply(404), Reply(400), Reply.of(200, {}), Reply.of(200, {"text": 7})])
def test_a_server_that_tells_no_source_is_asked_once(adapter, scripted, reply):
    scripted.on("GET", SOURCE, reply)
    back = read_back(adapter, scripted, Content("Ahoi"), status(2, "<p>Two</p>"), status(1, "<p>One</p>"))
    assert ([one.text for one in back.posts], back.complete) == (["Two", "One"], True)
    assert len(scripted.seen("GET", SOURCE)) == 1


@pytest.mark.parametrize(
    ("path", "reply", "kind"),
    [
        (SOURCE, Reply(503), Transient),
        (SOURCE, Reply(429, {"Retry-After": "5"}), RateLimited),
        (SOURCE, Reply(401), AuthExpired),
        ("/api/v1/accounts/verify_credentials", Reply(401), AuthExpired),
        ("/api/v1/accounts/verify_credentials", Reply(403), PermissionMissing),
        ("/api/v1/accounts/verify_credentials", Reply(500), Transient),
        ("/api/v1/accounts/verify_credentials", proxy.drop_before, Transient),
    ],
)
def test_a_look_that_could_not_be_finished_is_an_error(adapter, scripted, path, reply, kind):
    scripted.on("GET", path, reply)
    error = failure(lambda: read_back(adapter, scripted, Content("Ahoi"), status(1, "<p>Other</p>")))
    assert type(error) is kind
    assert CANARY not in f"{error!r} {error.detail}"


def test_a_warning_that_became_the_text_is_known(adapter, scripted, picture):
    """Mastodon makes the content warning of a status without text into its text."""
    content = Content("", images=(picture("u1"),), options={"spoiler_text": "Food & drink"})
    listed = status(content="<p>Food &amp; drink</p>", spoiler_text="", media_attachments=[{}])
    assert text_read(adapter, scripted, content, listed) == ""


def test_a_warning_is_no_part_of_the_text(mastodon_rig):
    text = f"Under a warning {datetime.now(UTC)}"
    content = Content(text, options={"spoiler_text": "Food"})
    mastodon_rig.publish(content, key=text)
    assert [one.text for one in mastodon_rig.look(content).posts if text in one.text] == [text]
