"""The stand-in of X, asked as an app asks the real one."""

import time

import pytest
import requests

from tests.support.standins import MP4, RETURN, Visitor, jpeg, open_account, returned

VERIFIER = "a-verifier-that-is-long-enough-to-be-one-0123456789"
CHALLENGE = "IdFsue1MJJJtybEPX0invmHHuW1I7Ai5LXVlXpENjsk"
SCOPES = "tweet.read tweet.write users.read media.write offline.access"
APP = ("practice", "practice")


@pytest.fixture
def me(server, account):
    return open_account(server, "x", account.handle, host="api.x.com")


@pytest.fixture
def other(server, account):
    return open_account(server, "x", f"{account.handle}-two", host="api.x.com")


def tweet(me, text="Hello", **more):
    return me.call("POST", "/2/tweets", json={"text": text} | more)


def upload(me, data=None, category="tweet_image"):
    return me.call(
        "POST", "/2/media/upload", files={"media": data or jpeg()}, form={"media_category": category}
    )


def uploaded(me, **more):
    answer = upload(me, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["id"]


def upload_in_parts(me, data, kind="video/mp4", category="tweet_video", total=None, size=100):
    asked = {"media_type": kind, "media_category": category, "total_bytes": total or len(data)}
    begun = me.call("POST", "/2/media/upload/initialize", json=asked)
    assert begun.status_code == 200, begun.text
    media_id = begun.json()["data"]["id"]
    for index, start in enumerate(range(0, len(data), size)):
        put = me.call(
            "POST",
            f"/2/media/upload/{media_id}/append",
            form={"segment_index": index},
            files={"media": data[start : start + size]},
        )
        assert put.status_code == 200, put.text
    return media_id, me.call("POST", f"/2/media/upload/{media_id}/finalize")


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


# each refused call: what is asked, status, and what its type or detail says


def reply_to_other(me, other):
    return tweet(me, "Hi", reply={"in_reply_to_tweet_id": tweet(other, "Not about you").json()["data"]["id"]})


def over_quota(me, other):
    me.trait(daily_quota=1)
    tweet(me, "One")
    return tweet(me, "Two")


def repeated(me, other):
    tweet(me, "Same")
    return tweet(me, "Same")


def mixed_media(me, other):
    me.trait(media_processing_for=0)
    video, _ = upload_in_parts(me, MP4)
    return tweet(me, "x", media={"media_ids": [video, uploaded(me)]})


def expired_media(me, other):
    media_id = uploaded(me)
    me.trait(container_lasts=0)
    return tweet(me, "x", media={"media_ids": [media_id]})


def others_media(me, other):
    return tweet(me, "x", media={"media_ids": [uploaded(other)]})


def expired(me, other):
    me.server.admin("POST", "/tokens/expire", json={"account": me.handle})
    return tweet(me)


def without(scope, call):
    def ask(me, other):
        me.token = me.issue([one for one in SCOPES.split() if one != scope])
        return call(me)

    return ask


def metadata(text, media_id=None):
    def ask(me, other):
        body = {"id": media_id or uploaded(me), "metadata": {"alt_text": {"text": text}}}
        return me.call("POST", "/2/media/metadata", json=body)

    return ask


def short_upload(me, other):
    return upload_in_parts(me, MP4, total=len(MP4) + 1)[1]


INVALID = "invalid-request"
REFUSALS = {
    # "Create Post": its schema
    "no token": (lambda me, other: me.call("POST", "/2/tweets", token="", json={}), 401, "Unauthorized"),
    "unknown token": (lambda me, other: me.call("GET", "/2/users/me", token="x"), 401, "Unauthorized"),
    "expired token": (expired, 401, "Unauthorized"),
    "not JSON": (lambda me, other: me.post("/2/tweets", text="x"), 400, INVALID),
    "unknown field": (lambda me, other: tweet(me, "x", foo=1), 400, INVALID),
    "text of another type": (lambda me, other: tweet(me, 5), 400, INVALID),
    "no text": (lambda me, other: tweet(me, " "), 400, INVALID),
    "five pictures": (
        lambda me, other: tweet(me, "x", media={"media_ids": ["1", "2", "3", "4", "5"]}), 400, INVALID,
    ),
    "media ids as numbers": (lambda me, other: tweet(me, "x", media={"media_ids": [1]}), 400, INVALID),
    "unknown media": (lambda me, other: tweet(me, "x", media={"media_ids": ["1"]}), 400, "IDs are invalid"),
    "another's media": (others_media, 400, "IDs are invalid"),
    "media kept too long": (expired_media, 400, "IDs are invalid"),
    "video with a picture": (mixed_media, 400, INVALID),
    "flag of another type": (lambda me, other: tweet(me, "x", made_with_ai="yes"), 400, INVALID),
    "reply settings": (lambda me, other: tweet(me, "x", reply_settings="nobody"), 400, INVALID),
    # "Counting characters"
    "281 letters": (lambda me, other: tweet(me, "x" * 281), 400, "is not between 0 and 280"),
    "141 wide letters": (lambda me, other: tweet(me, "あ" * 141), 400, "is not between 0 and 280"),
    "addresses weigh 23": (lambda me, other: tweet(me, "a.co " * 12), 400, "is not between 0 and 280"),
    # "Response codes and errors"; self-serve rules of February 2026
    "duplicate": (repeated, 403, "duplicate content"),
    "no scope to write": (without("tweet.write", tweet), 403, "not-authorized-for-resource"),
    "no scope for media": (without("media.write", upload), 403, "not-authorized-for-resource"),
    "quote": (lambda me, other: tweet(me, "x", quote_tweet_id="1"), 403, "not permitted"),
    "reply to a stranger": (reply_to_other, 403, "not permitted"),
    "reply to nothing": (
        lambda me, other: tweet(me, "x", reply={"in_reply_to_tweet_id": "1"}), 403, "deleted or not visible",
    ),
    "reply to no number": (
        lambda me, other: tweet(me, "x", reply={"in_reply_to_tweet_id": "a"}), 400, INVALID,
    ),
    "quota used up": (over_quota, 429, "usage-capped"),
    "delete nothing": (lambda me, other: me.delete("/2/tweets/1"), 404, "resource-not-found"),
    "delete another's": (
        lambda me, other: me.delete(f"/2/tweets/{tweet(other).json()['data']['id']}"), 403, "not permitted",
    ),
    # "Upload media", "Create media metadata"
    "not a picture": (lambda me, other: upload(me, data=b"GIF or so"), 400, INVALID),
    "video in one call": (lambda me, other: upload(me, category="tweet_video"), 400, INVALID),
    "6 MB picture": (lambda me, other: upload(me, data=jpeg() + b"x" * 6_000_000), 400, INVALID),
    "alt text of 1001": (metadata("x" * 1001), 400, INVALID),
    "alt text for nothing": (metadata("x", "1"), 400, INVALID),
    "parts missing": (short_upload, 400, "Segments do not add up"),
    "finish nothing": (
        lambda me, other: me.call("POST", "/2/media/upload/1/finalize"), 400, INVALID,
    ),
    "video of another type": (
        lambda me, other: me.call(
            "POST", "/2/media/upload/initialize",
            json={"media_type": "video/webm", "total_bytes": 5, "media_category": "tweet_video"},
        ),
        400, INVALID,
    ),
    "state of nothing": (
        lambda me, other: me.get("/2/media/upload", command="STATUS", media_id="1"), 400, INVALID,
    ),
    # "Get Posts"
    "four results": (lambda me, other: me.get(f"/2/users/{me.id}/tweets", max_results=4), 400, INVALID),
    "start without zone": (
        lambda me, other: me.get(f"/2/users/{me.id}/tweets", start_time="2026-01-01"), 400, INVALID,
    ),
    "unknown field of posts": (
        lambda me, other: me.get("/2/tweets", ids="1", **{"tweet.fields": "likes"}), 400, INVALID,
    ),
    "unknown parameter": (lambda me, other: me.get("/2/users/me", fields="x"), 400, INVALID),
    "unknown path": (lambda me, other: me.get("/2/nothing"), 404, "Not Found"),
    "unknown method": (lambda me, other: me.call("PUT", "/2/tweets"), 404, "Not Found"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_call_is_refused(me, other, name):
    ask, status, says = REFUSALS[name]
    answer = ask(me, other)
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["status"] == status
    assert {"title", "detail", "type"} <= set(body)
    assert says in answer.text


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
