"""The stand-in of X, asked as an app asks the real one."""

import time

import pytest
import requests

from tests.support.calls_x import APP, CHALLENGE, SCOPES, VERIFIER, tweet, upload_in_parts, uploaded
from tests.support.standins import MP4, RETURN, Visitor, open_account, returned


@pytest.fixture
def me(server, account):
    return open_account(server, "x", account.handle, host="api.x.com")


@pytest.fixture
def other(server, account):
    return open_account(server, "x", f"{account.handle}-two", host="api.x.com")


# signing in


def allow(server, account, scopes=SCOPES, **query):
    visitor = Visitor(server, "x.com/i/oauth2/authorize")
    asked = {"scope": scopes, "code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    return visitor.allow(account, **asked | query)


def trade(server, me, code="", auth=APP, **form):
    asked = {"grant_type": "authorization_code", "redirect_uri": RETURN, "code_verifier": VERIFIER}
    given = asked | {"code": code} | form
    given = {name: value for name, value in given.items() if value is not None}
    return me.call("POST", "/2/oauth2/token", token="", form=given, auth=auth)


def renew(me, refresh_token, auth=APP):
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return me.call("POST", "/2/oauth2/token", token="", form=form, auth=auth)


def test_code_becomes_tokens_for_the_chosen_account(server, me):
    back = allow(server, me)
    assert back["state"] == "s1"
    body = trade(server, me, back["code"]).json()
    assert (body["token_type"], body["scope"]) == ("bearer", SCOPES)
    assert 7100 < body["expires_in"] <= 7200
    me.token = body["access_token"]
    assert me.get("/2/users/me").json()["data"] == {
        "id": me.id,
        "name": me.handle.removesuffix("@x").title(),
        "username": me.handle.removesuffix("@x"),
    }


def test_cancelling_leads_back_with_access_denied(server, me):
    visitor = Visitor(server, "x.com/i/oauth2/authorize")
    visitor.open(scope=SCOPES, code_challenge=CHALLENGE, code_challenge_method="S256")
    assert returned(visitor.send(cancel="yes"))["error"] == "access_denied"


def test_refresh_token_comes_with_offline_access_alone(server, me):
    body = trade(server, me, allow(server, me, "tweet.read users.read")["code"]).json()
    assert "refresh_token" not in body


def test_refresh_token_rotates(server, me):
    first = trade(server, me, allow(server, me)["code"]).json()["refresh_token"]
    second = renew(me, first).json()
    assert renew(me, first).json()["error"] == "invalid_request"
    assert renew(me, second["refresh_token"]).status_code == 200
    me.token = second["access_token"]
    assert me.get("/2/users/me").status_code == 200


def test_revoked_token_is_refused(server, me):
    form = {"token": me.token, "token_type_hint": "access_token"}
    assert me.call("POST", "/2/oauth2/revoke", token="", form=form, auth=APP).json() == {"revoked": True}
    assert me.get("/2/users/me").status_code == 401


def old_code(server, me):
    code = allow(server, me)["code"]
    me.trait(tokens_older_by=30)
    return trade(server, me, code)


def used_code(server, me):
    code = allow(server, me)["code"]
    trade(server, me, code)
    return trade(server, me, code)


# each refused trade: what is sent, status, error; X, "OAuth 2.0 Authorization Code Flow with PKCE"
TRADES = {
    "no client": (
        lambda server, me: trade(server, me, allow(server, me)["code"], auth=None),
        401,
        "unauthorized_client",
    ),
    "wrong secret": (
        lambda server, me: trade(server, me, allow(server, me)["code"], auth=("practice", "no")),
        401,
        "unauthorized_client",
    ),
    "older than 30 s": (old_code, 400, "invalid_request"),
    "used": (used_code, 400, "invalid_request"),
    "unknown code": (lambda server, me: trade(server, me, "nothing"), 400, "invalid_request"),
    "no code": (lambda server, me: trade(server, me, None), 400, "invalid_request"),
    "other return address": (
        lambda server, me: trade(server, me, allow(server, me)["code"], redirect_uri=RETURN + "/x"),
        400,
        "invalid_request",
    ),
    "other verifier": (
        lambda server, me: trade(server, me, allow(server, me)["code"], code_verifier="x" * 43),
        400,
        "invalid_request",
    ),
    "no verifier": (
        lambda server, me: trade(server, me, allow(server, me)["code"], code_verifier=None),
        400,
        "invalid_request",
    ),
    "other grant": (lambda server, me: trade(server, me, grant_type="password"), 400, "invalid_request"),
    "not a form": (
        lambda server, me: me.call("POST", "/2/oauth2/token", token="", json={}, auth=APP),
        400,
        "invalid_request",
    ),
    "unknown refresh token": (lambda server, me: renew(me, "nothing"), 400, "invalid_request"),
    "access token to refresh": (lambda server, me: renew(me, me.token), 400, "invalid_request"),
}


@pytest.mark.parametrize("name", TRADES)
def test_trade_is_refused(server, me, name):
    ask, status, error = TRADES[name]
    answer = ask(server, me)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize(
    "query",
    [
        {"code_challenge": None},
        {"code_challenge_method": "plain"},
        {"response_type": None},
        {"client_id": "other"},
        {"scope": "tweet.read nothing"},
        {"redirect_uri": "https://elsewhere.example/"},
    ],
)
def test_authorize_refuses(server, query):
    asked = {"scope": SCOPES, "code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    page = Visitor(server, "x.com/i/oauth2/authorize").open(**asked | query)
    assert page.status_code == 400


# posting


def test_post_is_made_logged_and_shown(server, me):
    answer = tweet(me, "Hello from practice")
    assert answer.status_code == 201
    made = answer.json()["data"]
    assert made["text"] == "Hello from practice"
    assert [post["id"] for post in me.commits()] == [made["id"]]
    assert int(answer.headers["x-rate-limit-remaining"]) == 99
    page = requests.get(f"{me.server.url}/@{me.handle}/{made['id']}", timeout=10)
    assert "Hello from practice" in page.text


def test_thread_answers_to_itself(me):
    first = tweet(me, "One").json()["data"]["id"]
    second = tweet(me, "Two", reply={"in_reply_to_tweet_id": first}).json()["data"]["id"]
    told = me.get(f"/2/tweets/{second}", **{"tweet.fields": "referenced_tweets,conversation_id"}).json()[
        "data"
    ]
    assert told["referenced_tweets"] == [{"type": "replied_to", "id": first}]
    assert told["conversation_id"] == first


def test_picture_carries_its_description(me):
    media_id = uploaded(me)
    body = {"id": media_id, "metadata": {"alt_text": {"text": "A teal square"}}}
    assert me.call("POST", "/2/media/metadata", json=body).json()["data"]["associated_metadata"]["alt_text"]
    post_id = tweet(me, "See", media={"media_ids": [media_id]}).json()["data"]["id"]
    query = {
        "tweet.fields": "attachments,entities",
        "expansions": "attachments.media_keys",
        "media.fields": "alt_text",
    }
    body = me.get(f"/2/tweets/{post_id}", **query).json()
    assert body["data"]["attachments"]["media_keys"] == [f"3_{media_id}"]
    assert body["includes"]["media"][0]["alt_text"] == "A teal square"
    assert me.commits()[0]["media"][0]["alt"] == "A teal square"


def test_video_is_processed_on_a_clock(me):
    media_id, done = upload_in_parts(me, MP4)
    assert done.json()["data"]["processing_info"] == {"state": "pending", "check_after_secs": 1}
    assert tweet(me, "Film", media={"media_ids": [media_id]}).status_code == 400
    deadline = time.monotonic() + 5
    status = {"state": ""}
    while status["state"] != "succeeded" and time.monotonic() < deadline:
        time.sleep(0.2)
        answer = me.get("/2/media/upload", command="STATUS", media_id=media_id)
        status = answer.json()["data"]["processing_info"]
    assert tweet(me, "Film", media={"media_ids": [media_id]}).status_code == 201


def test_addresses_are_shortened_and_text_is_escaped_when_read(me):
    post_id = tweet(me, "R&D: https://example.org/a?b=1&c=2, and example.com").json()["data"]["id"]
    data = me.get(f"/2/tweets/{post_id}", **{"tweet.fields": "entities"}).json()["data"]
    assert data["text"].startswith("R&amp;D: https://t.co/")
    urls = data["entities"]["urls"]
    assert [url["expanded_url"] for url in urls] == ["https://example.org/a?b=1&c=2", "http://example.com"]
    assert [data["text"][url["start"] : url["end"]] for url in urls] == [url["url"] for url in urls]


def test_list_is_read_page_by_page_newest_first(me):
    made = [tweet(me, f"Number {n}").json()["data"]["id"] for n in range(7)]
    path = f"/2/users/{me.id}/tweets"
    first = me.get(path, max_results=5, **{"tweet.fields": "created_at"}).json()
    assert [post["id"] for post in first["data"]] == made[:1:-1]
    second = me.get(path, max_results=5, pagination_token=first["meta"]["next_token"]).json()
    assert [post["id"] for post in second["data"]] == made[1::-1]
    assert "next_token" not in second["meta"]
    later = me.get(path, start_time="2099-01-01T00:00:00Z").json()
    assert later == {"meta": {"result_count": 0}}


def test_figures_are_public_or_ones_own(me, other):
    post_id = tweet(me).json()["data"]["id"]
    query = {"ids": f"{post_id},123", "tweet.fields": "public_metrics,non_public_metrics"}
    own = me.get("/2/tweets", **query).json()
    assert set(own["data"][0]["public_metrics"]) == {
        "retweet_count", "reply_count", "like_count", "quote_count", "bookmark_count", "impression_count",
    }  # fmt: skip
    assert "url_link_clicks" in own["data"][0]["non_public_metrics"]
    assert own["errors"][0]["type"].endswith("/resource-not-found")
    theirs = other.get("/2/tweets", **query).json()
    assert "non_public_metrics" not in theirs["data"][0]
    assert theirs["errors"][0]["type"].endswith("/not-authorized-for-field")


def test_deleted_post_is_gone(me):
    post_id = tweet(me).json()["data"]["id"]
    assert me.delete(f"/2/tweets/{post_id}").json() == {"data": {"deleted": True}}
    assert me.get(f"/2/tweets/{post_id}").json()["errors"][0]["title"] == "Not Found Error"


# the network's rules


def test_rules_apply_in_the_shape_of_the_platform(server, me):
    server.faults(me.misbehaves("rate_limit", retry_after=77, match={"path": "/api/posts", "method": "POST"}))
    answer = tweet(me)
    assert answer.status_code == 429
    assert answer.json()["type"].endswith("/rate-limit-exceeded")
    assert abs(int(answer.headers["x-rate-limit-reset"]) - time.time() - 77) < 5
    assert tweet(me).status_code == 201


def test_lost_answer_leaves_the_post(server, me):
    server.faults(me.misbehaves("accept_then_drop"))
    with pytest.raises(requests.ConnectionError):
        tweet(me, "Lost")
    assert [post["text"] for post in me.commits()] == ["Lost"]
    assert tweet(me, "Lost").status_code == 403
