"""The stand-in of a Mastodon server, asked as an app asks a real one."""

import datetime as dt
import time

import pytest
import requests

from tests.support.standins import MP4, RETURN, Visitor, jpeg, open_account, returned

HOST = "mastodon.practice"
SCOPES = "read:accounts read:statuses write:statuses write:media"
VERIFIER = "a-verifier-that-is-long-enough-to-be-one-0123456789"
CHALLENGE = "IdFsue1MJJJtybEPX0invmHHuW1I7Ai5LXVlXpENjsk"


@pytest.fixture
def me(server, account):
    return open_account(server, "mastodon", account.handle, host=HOST)


@pytest.fixture
def other(server, account):
    return open_account(server, "mastodon", f"{account.handle}-two", host=HOST)


def register(me, **more):
    form = {"client_name": "Hub", "redirect_uris": RETURN, "scopes": SCOPES} | more
    form = {name: value for name, value in form.items() if value is not None}
    return me.call("POST", "/api/v1/apps", token="", form=form)


def allow(server, me, app, **query):
    asked = {"client_id": app["client_id"], "scope": SCOPES, "force_login": "true"}
    pkce = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    return Visitor(server, f"{HOST}/oauth/authorize").allow(me, **asked | pkce | query)


def trade(me, app, code, **form):
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "redirect_uri": RETURN,
        "code_verifier": VERIFIER,
    }
    given = {name: value for name, value in (asked | form).items() if value is not None}
    return me.call("POST", "/oauth/token", token="", form=given)


def post(me, text="Hello", key=None, **more):
    headers = {"Idempotency-Key": key} if key else {}
    return me.call("POST", "/api/v1/statuses", json={"status": text} | more, headers=headers)


def upload(me, data=None, **form):
    return me.call("POST", "/api/v2/media", files={"file": ("image.jpg", data or jpeg())}, form=form)


def uploaded(me, **more):
    answer = upload(me, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


def listed(me, token=None, **query):
    return me.call("GET", f"/api/v1/accounts/{me.id}/statuses", token=token, params=query)


# the server, apps, signing in


def test_server_tells_what_it_is_and_takes(me):
    (link,) = me.call("GET", "/.well-known/nodeinfo", token="").json()["links"]
    assert link["href"] == f"https://{HOST}/nodeinfo/2.0"
    assert me.call("GET", "/nodeinfo/2.0", token="").json()["software"]["name"] == "mastodon"
    instance = me.call("GET", "/api/v2/instance", token="").json()
    assert instance["configuration"]["statuses"] == {
        "max_characters": 500,
        "max_media_attachments": 4,
        "characters_reserved_per_url": 23,
    }
    told = me.call("GET", "/.well-known/oauth-authorization-server", token="").json()
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["token_endpoint"] == f"https://{HOST}/oauth/token"


def test_registered_app_gets_a_token_for_the_chosen_account(server, me):
    app = register(me).json()
    back = allow(server, me, app)
    assert back["state"] == "s1"
    body = trade(me, app, back["code"]).json()
    assert (body["token_type"], body["scope"]) == ("Bearer", SCOPES)
    assert "expires_in" not in body
    me.token = body["access_token"]
    account = me.get("/api/v1/accounts/verify_credentials").json()
    assert (account["id"], account["acct"]) == (me.id, me.handle.removesuffix("@mastodon"))
    assert post(me).json()["application"]["name"] == "Hub"


def test_cancelling_leads_back_with_access_denied(server, me):
    app = register(me).json()
    visitor = Visitor(server, f"{HOST}/oauth/authorize")
    visitor.open(client_id=app["client_id"], scope=SCOPES)
    assert returned(visitor.send(cancel="yes"))["error"] == "access_denied"


def test_revoked_token_is_refused(server, me):
    app = register(me).json()
    me.token = trade(me, app, allow(server, me, app)["code"]).json()["access_token"]
    form = {"client_id": app["client_id"], "client_secret": app["client_secret"], "token": me.token}
    assert me.call("POST", "/oauth/revoke", token="", form=form).status_code == 200
    answer = me.get("/api/v1/accounts/verify_credentials")
    assert (answer.status_code, answer.json()) == (401, {"error": "The access token was revoked"})


def test_app_token_speaks_for_nobody(me):
    app = register(me).json()
    form = {name: app[name] for name in ("client_id", "client_secret")} | {"grant_type": "client_credentials"}
    token = me.call("POST", "/oauth/token", token="", form=form).json()["access_token"]
    assert me.call("GET", "/api/v1/accounts/verify_credentials", token=token).status_code == 401


def used(server, me, app):
    code = allow(server, me, app)["code"]
    trade(me, app, code)
    return trade(me, app, code)


# methods oauth
TRADES = {
    "used code": (used, 400, "invalid_grant"),
    "unknown code": (lambda server, me, app: trade(me, app, "x"), 400, "invalid_grant"),
    "other verifier": (
        lambda server, me, app: trade(me, app, allow(server, me, app)["code"], code_verifier="y" * 43),
        400,
        "invalid_grant",
    ),
    "other return address": (
        lambda server, me, app: trade(me, app, allow(server, me, app)["code"], redirect_uri=RETURN + "x"),
        400,
        "invalid_grant",
    ),
    "code of another app": (
        lambda server, me, app: trade(me, register(me).json(), allow(server, me, app)["code"]),
        400,
        "invalid_grant",
    ),
    "wrong secret": (lambda server, me, app: trade(me, app, "x", client_secret="x"), 401, "invalid_client"),
    "no code": (lambda server, me, app: trade(me, app, None), 400, "invalid_request"),
    "other grant": (
        lambda server, me, app: trade(me, app, "x", grant_type="password"),
        400,
        "unsupported_grant_type",
    ),
}


@pytest.mark.parametrize("name", TRADES)
def test_trade_is_refused(server, me, name):
    run, status, error = TRADES[name]
    answer = run(server, me, register(me).json())
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize(
    "query",
    [
        {"client_id": "practice"},
        {"redirect_uri": RETURN + "/x"},
        {"scope": "write"},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
    ],
)
def test_authorize_refuses(server, me, query):
    app = register(me).json()
    asked = {"client_id": app["client_id"], "scope": SCOPES, "code_challenge": CHALLENGE}
    page = Visitor(server, f"{HOST}/oauth/authorize").open(
        **asked | {"code_challenge_method": "S256"} | query
    )
    assert page.status_code == 400


# statuses


def test_key_makes_one_status_for_an_hour(me):
    first, second = post(me, key="k1"), post(me, "Other", key="k1")
    assert first.json()["id"] == second.json()["id"]
    assert (
        first.json()["url"] == f"https://{HOST}/@{me.handle.removesuffix('@mastodon')}/{first.json()['id']}"
    )
    assert len(me.commits()) == 1
    me.trait(keys_forgotten_after=0)
    assert post(me, key="k1").json()["id"] != first.json()["id"]


def test_form_is_taken_too(me):
    media_id = uploaded(me, description="Teal")
    form = {"status": "Form", "media_ids[]": [media_id], "visibility": "unlisted"}
    body = me.call("POST", "/api/v1/statuses", form=form).json()
    assert (body["visibility"], body["media_attachments"][0]["description"]) == ("unlisted", "Teal")


def test_thread_answers_to_itself(me):
    first = post(me, "One").json()["id"]
    second = post(me, "Two", in_reply_to_id=first).json()
    assert (second["in_reply_to_id"], second["in_reply_to_account_id"]) == (first, me.id)


def test_picture_is_processed_on_a_clock(me):
    me.trait(media_processing_for=1)
    answer = upload(me)
    assert (answer.status_code, answer.json()["url"]) == (202, None)
    media_id = answer.json()["id"]
    assert me.get(f"/api/v1/media/{media_id}").status_code == 206
    early = post(me, media_ids=[media_id])
    assert "have not finished processing" in early.json()["error"]
    deadline = time.monotonic() + 5
    while me.get(f"/api/v1/media/{media_id}").status_code != 200 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert post(me, media_ids=[media_id]).status_code == 200


def test_status_is_shown_as_html_and_its_source_as_typed(me):
    text = "R&D <now>\nsecond line\n\nhttps://example.org/a-long-path-that-is-shortened #tag"
    made = post(me, text).json()
    assert made["content"].startswith("<p>R&amp;D &lt;now&gt;<br />second line</p><p><a href=")
    assert 'class="invisible">https://' in made["content"]
    assert "#<span>tag</span>" in made["content"]
    assert me.get(f"/api/v1/statuses/{made['id']}/source").json()["text"] == text


def test_list_is_read_page_by_page_and_private_ones_by_their_owner(me):
    made = [post(me, f"Number {n}", visibility=v).json()["id"] for n, v in enumerate(("public", "private"))]
    made.append(post(me, "Number 2").json()["id"])
    assert [one["id"] for one in listed(me, limit=2).json()] == made[:0:-1]
    assert [one["id"] for one in listed(me, max_id=made[1]).json()] == made[:1]
    assert [one["id"] for one in listed(me, min_id=made[1]).json()] == made[2:]
    assert [one["id"] for one in listed(me, token="").json()] == [made[2], made[0]]


def test_deleted_status_is_gone(me):
    made = post(me).json()["id"]
    assert me.delete(f"/api/v1/statuses/{made}").json()["text"] == "Hello"
    assert me.get(f"/api/v1/statuses/{made}").json() == {"error": "Record not found"}


def test_limits_are_in_the_headers(me):
    headers = post(me).headers
    assert (headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]) == ("300", "299")
    assert dt.datetime.fromisoformat(headers["X-RateLimit-Reset"]) > dt.datetime.now(dt.UTC)


def test_mentions_and_addresses_count_less(me):
    text = "@someone@far.example " + "https://example.org/" + "a" * 300
    assert post(me, text + " " + "x" * (500 - 9 - 24)).status_code == 200


# each refused call: what is asked, status, and the error; methods statuses, media, accounts, apps


def with_scopes(scopes, call):
    def run(me, other):
        me.token = me.issue(scopes.split())
        return call(me)

    return run


def attached(me, other):
    media_id = uploaded(me)
    post(me, "One", media_ids=[media_id])
    return post(me, "Two", media_ids=[media_id])


def film_and_picture(me, other):
    return post(me, media_ids=[uploaded(me, data=MP4), uploaded(me)])


def quota(me, other):
    me.trait(daily_quota=1)
    post(me, "One")
    return post(me, "Two")


def unlistable(me, other):
    me.trait(listing="none")
    return listed(me)


def expired(me, other):
    me.server.admin("POST", "/tokens/expire", json={"account": me.handle})
    return post(me)


INVALID, NOT_FOUND = "token is invalid", "Record not found"
LONG = "Text character limit of 500 exceeded"
SCOPE = "outside the authorized scopes"
REFUSALS = {
    "no token": (lambda me, other: me.call("POST", "/api/v1/statuses", token="", json={}), 401, INVALID),
    "unknown token": (lambda me, other: me.call("GET", "/api/v2/instance", token="x"), 401, INVALID),
    "expired token": (expired, 401, "token expired"),
    "no scope to post": (with_scopes("read write:media", post), 403, SCOPE),
    "no scope to upload": (with_scopes("read write:statuses", upload), 403, SCOPE),
    "no scope to list": (with_scopes("write", listed), 403, SCOPE),
    "no scope to know who": (
        with_scopes("write", lambda me: me.get("/api/v1/accounts/verify_credentials")), 403, SCOPE,
    ),
    "nothing": (lambda me, other: post(me, " "), 422, "Text can't be blank"),
    "501 letters": (lambda me, other: post(me, "x" * 501), 422, LONG),
    "warning counts": (lambda me, other: post(me, "x" * 495, spoiler_text="warning"), 422, LONG),
    "text of another type": (lambda me, other: post(me, 5), 422, "Validation failed"),
    "unknown field": (lambda me, other: post(me, body="x"), 422, "not a parameter"),
    "visibility": (lambda me, other: post(me, visibility="friends"), 422, "Visibility is not included"),
    "reply to nothing": (lambda me, other: post(me, in_reply_to_id="1"), 404, "does not appear to exist"),
    "five pictures": (lambda me, other: post(me, media_ids=list("12345")), 422, "more than 4 files"),
    "unknown picture": (lambda me, other: post(me, media_ids=["1"]), 422, "not found or already attached"),
    "another's picture": (
        lambda me, other: post(me, media_ids=[uploaded(other)]), 422, "not found or already attached",
    ),
    "picture of another post": (attached, 422, "not found or already attached"),
    "film with a picture": (film_and_picture, 422, "Cannot attach a video"),
    "media ids that are no list": (lambda me, other: post(me, media_ids="1"), 422, "must be a list"),
    "not JSON": (
        lambda me, other: me.call(
            "POST", "/api/v1/statuses", form=b"{", headers={"Content-Type": "application/json"}
        ),
        400, "not JSON",
    ),
    "three hundred in three hours": (quota, 429, "Too many requests"),
    "not a picture": (lambda me, other: upload(me, data=b"text"), 422, "content type is invalid"),
    "no file": (lambda me, other: me.post("/api/v2/media", description="x"), 422, "File can't be blank"),
    "long description": (lambda me, other: upload(me, description="x" * 1501), 422, "is too long"),
    "9 MB": (lambda me, other: upload(me, data=jpeg() + b"x" * 9_000_000), 422, "File must be less than"),
    "media of nobody": (lambda me, other: me.get("/api/v1/media/1"), 404, NOT_FOUND),
    "media of another": (lambda me, other: me.get(f"/api/v1/media/{uploaded(other)}"), 404, NOT_FOUND),
    "status of nobody": (lambda me, other: me.get("/api/v1/statuses/1"), 404, NOT_FOUND),
    "another's private status": (
        lambda me, other: me.get(f"/api/v1/statuses/{post(other, visibility='private').json()['id']}"),
        404, NOT_FOUND,
    ),
    "delete another's": (
        lambda me, other: me.delete(f"/api/v1/statuses/{post(other).json()['id']}"), 404, NOT_FOUND,
    ),
    "list that is closed": (unlistable, 403, "not allowed"),
    "app without name": (lambda me, other: register(me, client_name=" "), 422, "Name can't be blank"),
    "app without address": (lambda me, other: register(me, redirect_uris=None), 422, "absolute URI"),
    "app with unknown scope": (lambda me, other: register(me, scopes="follow me"), 422, "Scopes"),
    "unknown path": (lambda me, other: me.get("/api/v9/nothing"), 404, "Not Found"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_call_is_refused(me, other, name):
    run, status, says = REFUSALS[name]
    answer = run(me, other)
    assert answer.status_code == status, answer.text
    assert says in answer.json()["error"]


# the network's rules


def test_lost_answer_is_found_by_its_key(server, me):
    server.faults(me.misbehaves("accept_then_drop"))
    with pytest.raises(requests.ConnectionError):
        post(me, key="k1")
    assert post(me, key="k1").status_code == 200
    assert len(me.commits()) == 1


def test_rules_apply_in_the_shape_of_the_platform(server, me):
    server.faults(me.misbehaves("rate_limit", retry_after=60, match={"path": "/api/posts", "method": "POST"}))
    answer = post(me)
    assert (answer.status_code, answer.json()) == (429, {"error": "Too many requests"})
    assert "Retry-After" not in answer.headers
    assert dt.datetime.fromisoformat(answer.headers["X-RateLimit-Reset"]) > dt.datetime.now(dt.UTC)
