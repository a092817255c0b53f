"""Calls to the stand-in of X, as an app makes them."""

from __future__ import annotations

from tests.support.standins import jpeg

VERIFIER = "a-verifier-that-is-long-enough-to-be-one-0123456789"
CHALLENGE = "IdFsue1MJJJtybEPX0invmHHuW1I7Ai5LXVlXpENjsk"
SCOPES = "tweet.read tweet.write users.read media.write offline.access"
APP = ("practice", "practice")


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
