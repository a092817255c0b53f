"""What the stand-in of X refuses, each as X documents it."""

import pytest

from tests.support.calls_x import SCOPES, tweet, upload, upload_in_parts, uploaded
from tests.support.standins import MP4, jpeg, open_account


@pytest.fixture
def me(server, account):
    return open_account(server, "x", account.handle, host="api.x.com")


@pytest.fixture
def other(server, account):
    return open_account(server, "x", f"{account.handle}-two", host="api.x.com")


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
