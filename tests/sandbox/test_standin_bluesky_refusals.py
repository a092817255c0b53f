"""What the stand-in of Bluesky refuses, each as its lexicons and a PDS do."""

import pytest

from tests.support.calls_bluesky import (
    POST,
    PUT,
    RECORD,
    REF,
    TID,
    TID2,
    app_password,
    ask,
    blob,
    card,
    got,
    handle,
    images,
    link,
    log_in,
    put,
    refresh,
    tell,
    upload,
)
from tests.support.standins import jpeg, open_account


@pytest.fixture
def me(server, account):
    return open_account(server, "bluesky", account.handle, host="bsky.social")


@pytest.fixture
def other(server, account):
    return open_account(server, "bluesky", f"{account.handle}-two", host="bsky.social")


# each refused call: what is asked, status, error


def without(field):
    return lambda me, other: put(me, **{field: None})


def wrong_blob_type(me, other):
    wrong = blob(me) | {"mimeType": "image/png"}
    return put(me, embed=images(wrong))


def collected_blob(me, other):
    kept = blob(me)
    me.trait(container_lasts=0)
    return put(me, embed=images(kept))


def picture_of_2_mb(me, other):
    return put(me, embed=images(blob(me, data=jpeg() + b"\0" * 2_000_000)))


def expired(me, other):
    me.server.admin("POST", "/tokens/expire", json={"account": me.handle})
    return put(me)


def existing(me, other):
    put(me)
    body = {"repo": me.id, "collection": POST, "rkey": TID, "record": RECORD}
    return tell(me, "com.atproto.repo.createRecord", body)


def quota(me, other):
    me.trait(daily_quota=1)
    put(me)
    return put(me, TID2, text="Two")


def many_sessions(me, other):
    password = app_password(me.server, me)
    for _ in range(30):
        assert log_in(me, password).status_code == 200
    return log_in(me, password)


def big_record(me, other):
    return put(me, text="x" * 1_100_000)


def refresh_with_body(me, other):
    token = log_in(me, app_password(me.server, me)).json()["refreshJwt"]
    return tell(me, "com.atproto.server.refreshSession", {}, token=token)


INVALID, NOT_IN = "InvalidRequest", "AuthenticationRequired"


def invalid(**more):
    return (lambda me, other: put(me, **more), 400, INVALID)


def feature(kind, **value):
    index = {"byteStart": 0, "byteEnd": 5}
    return [{"index": index, "features": [{"$type": f"app.bsky.richtext.facet#{kind}"} | value]}]


REFUSALS = {
    # XRPC authentication; the reference PDS
    "no token": (lambda me, other: tell(me, PUT, {}, token=""), 401, "AuthMissing"),
    "garbage token": (lambda me, other: tell(me, PUT, {}, token="x"), 400, "InvalidToken"),
    "expired token": (expired, 400, "ExpiredToken"),
    "access token to refresh": (lambda me, other: refresh(me, me.token), 400, "InvalidToken"),
    "refresh with a body": (refresh_with_body, 400, INVALID),
    "wrong password": (lambda me, other: log_in(me, "abcd-abcd-abcd-abcd"), 401, NOT_IN),
    "unknown handle": (lambda me, other: log_in(me, "x", "nobody.bsky.social"), 401, NOT_IN),
    "handle with @": (
        lambda me, other: log_in(me, app_password(me.server, me), "@" + handle(me)), 401, NOT_IN,
    ),
    "thirty sessions in five minutes": (many_sessions, 429, "RateLimitExceeded"),
    # com.atproto.repo.putRecord and createRecord; the reference PDS
    "another's repo": (lambda me, other: put(me, call={"repo": other.id}), 401, NOT_IN),
    "repo elsewhere": (lambda me, other: put(me, call={"repo": "did:plc:elsewhere"}), 403, "AccountNotFound"),
    "key that is no TID": (lambda me, other: put(me, "my-post"), 400, INVALID),
    "key that begins too late": (lambda me, other: put(me, "z" + TID[1:]), 400, INVALID),
    "unknown collection": (
        lambda me, other: put(me, call={"collection": "org.example.post"}), 400, INVALID,
    ),
    "unknown field of the call": (lambda me, other: put(me, call={"foo": 1}), 400, INVALID),
    "no record": (lambda me, other: put(me, call={"record": "left out"}), 400, INVALID),
    "swap with another": (lambda me, other: put(me, call={"swapRecord": REF["cid"]}), 400, "InvalidSwap"),
    "swap with no name": (lambda me, other: put(me, call={"swapRecord": "bafyreiother"}), 400, INVALID),
    "creating what is there": (existing, 500, "InternalServerError"),
    "record over 1 MB": (big_record, 413, "PayloadTooLargeError"),
    "quota used up": (quota, 429, "RateLimitExceeded"),
    # app.bsky.feed.post and what it embeds
    "another type": invalid(**{"$type": "app.bsky.feed.like"}),
    "no text": (without("text"), 400, INVALID),
    "no time": (without("createdAt"), 400, INVALID),
    "time without zone": invalid(createdAt="2026-11-25T12:00:00"),
    "301 letters": invalid(text="x" * 301),
    "3001 bytes": invalid(text="👩‍👩‍👧‍👦" * 121),
    "text of another type": invalid(text=5),
    "four languages": invalid(langs=["en", "de", "fr", "it"]),
    "no language": invalid(langs=["English please"]),
    "nine tags": invalid(tags=list("abcdefghi")),
    "unknown field": invalid(lang="en"),
    "facet with a fraction": invalid(facets=[{"index": {"byteStart": 0.5, "byteEnd": 2}, "features": []}]),
    "facet before the text": invalid(facets=link(-1, 5)),
    "facet of unknown kind": invalid(facets=feature("bold")),
    "facet without type": invalid(facets=[link(0, 5)[0] | {"features": [{"uri": "x:y"}]}]),
    "mention by handle": invalid(facets=feature("mention", did="someone.bsky.social")),
    "tag of 65": invalid(facets=feature("tag", tag="x" * 65)),
    "link that is none": invalid(facets=feature("link", uri="not a link")),
    "reply without root": invalid(reply={"parent": REF}),
    "reply without cid": invalid(reply={"root": {"uri": "at://x"}, "parent": {"uri": "at://x"}}),
    "embed of unknown kind": invalid(embed={"$type": "app.bsky.embed.song"}),
    "card without title": invalid(embed=card(title=5)),
    "picture without alt": (
        lambda me, other: put(me, embed={"$type": "app.bsky.embed.images", "images": [{"image": blob(me)}]}),
        400, INVALID,
    ),
    "five pictures": (lambda me, other: put(me, embed=images(*[blob(me)] * 5)), 400, INVALID),
    "blob never uploaded": (
        lambda me, other: put(
            me, embed=images(blob(me) | {"ref": {"$link": "bafkrei" + "a" * 52}})
        ),
        400, "BlobNotFound",
    ),
    "another's blob": (lambda me, other: put(me, embed=images(blob(other))), 400, "BlobNotFound"),
    "blob collected since": (collected_blob, 400, "BlobNotFound"),
    "blob of another type": (wrong_blob_type, 400, "InvalidMimeType"),
    "picture over 1 MB": (picture_of_2_mb, 400, INVALID),
    "text as a picture": (
        lambda me, other: put(me, embed=images(blob(me, data=b"text", kind="text/plain"))), 400, INVALID,
    ),
    # com.atproto.repo.uploadBlob, getRecord; XRPC
    "blob without a type": (lambda me, other: upload(me, kind=None), 400, INVALID),
    "blob over 52 MB": (
        lambda me, other: upload(me, data=b"x" * 52_428_801, kind="video/mp4"),
        413, "PayloadTooLarge",
    ),
    "record that is not there": (lambda me, other: got(me), 400, "RecordNotFound"),
    "record of nobody": (
        lambda me, other: ask(
            me, "com.atproto.repo.getRecord", token="", repo="did:plc:no", collection=POST, rkey=TID
        ),
        400, INVALID,
    ),
    "a hundred and one records": (
        lambda me, other: ask(me, "com.atproto.repo.listRecords", repo=me.id, collection=POST, limit=101),
        400, INVALID,
    ),
    "unknown call": (lambda me, other: ask(me, "com.example.nothing"), 501, "MethodNotImplemented"),
    "wrong method": (lambda me, other: ask(me, PUT), 400, INVALID),
    "unknown path": (lambda me, other: me.get("/api/nothing"), 404, "XRPCNotSupported"),
    "not JSON": (
        lambda me, other: me.post("/xrpc/com.atproto.repo.putRecord", repo=me.id), 400, INVALID,
    ),
    "handle of nobody": (
        lambda me, other: ask(me, "com.atproto.identity.resolveHandle", token="", handle="no.bsky.social"),
        400, INVALID,
    ),
    "26 posts at once": (
        lambda me, other: ask(me, "app.bsky.feed.getPosts", host="public.api.bsky.app", uris=["at://a"] * 26),
        400, INVALID,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_call_is_refused(me, other, name):
    run, status, error = REFUSALS[name]
    answer = run(me, other)
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    assert answer.json()["message"]
