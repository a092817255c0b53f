"""The stand-in of Bluesky, asked as an app asks a PDS."""

import copy
import re
import time

import pytest
import requests

from tests.support.standins import MP4, jpeg, open_account

TID, TID2 = "3l2abcdefghi2", "3l2abcdefghi3"
POST = "app.bsky.feed.post"
RECORD = {
    "$type": POST,
    "text": "Hello from practice",
    "createdAt": "2026-11-25T12:00:00.000Z",
    "langs": ["en"],
}


@pytest.fixture
def me(server, account):
    return open_account(server, "bluesky", account.handle, host="bsky.social")


@pytest.fixture
def other(server, account):
    return open_account(server, "bluesky", f"{account.handle}-two", host="bsky.social")


def ask(me, name, *, token=None, host=None, **query):
    return me.call("GET", f"/xrpc/{name}", token=token, host=host, params=query)


def tell(me, name, body=None, token=None, **options):
    return me.call("POST", f"/xrpc/{name}", token=token, json=body, **options)


def record(**more):
    made = copy.deepcopy(RECORD) | more
    return {name: value for name, value in made.items() if value is not None}


def put(me, rkey=TID, **more):
    """Puts a record; fields of the call itself are given in `call`."""
    call = more.pop("call", {})
    body = {"repo": me.id, "collection": POST, "rkey": rkey, "record": record(**more), "swapRecord": None}
    given = body | call
    return tell(me, PUT, {name: v for name, v in given.items() if v != "left out"})


def got(me, rkey=TID, **more):
    return ask(me, "com.atproto.repo.getRecord", token="", repo=me.id, collection=POST, rkey=rkey, **more)


def upload(me, data=None, kind="image/jpeg"):
    headers = {"Content-Type": kind} if kind else {}
    return me.call("POST", "/xrpc/com.atproto.repo.uploadBlob", form=data or jpeg(), headers=headers)


def blob(me, **more):
    answer = upload(me, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()["blob"]


def images(*blobs, **more):
    return {
        "$type": "app.bsky.embed.images",
        "images": [{"image": one, "alt": "Teal"} | more for one in blobs],
    }


def card(**more):
    external = {"uri": "https://example.org/a", "title": "A page", "description": ""} | more
    return {"$type": "app.bsky.embed.external", "external": external}


def link(start, end, uri="https://example.org/"):
    feature = {"$type": "app.bsky.richtext.facet#link", "uri": uri}
    return [{"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}]


def handle(me):
    return me.handle.removesuffix("@bluesky") + ".bsky.social"


def app_password(server, me):
    """Made on the practice page, as people do."""
    browser, address = requests.Session(), f"{server.url}/as/bsky.social/settings/app-passwords"
    page = browser.get(address, timeout=10)
    csrf = re.search(r'name="csrf" value="(\w+)"', page.text)[1]
    form = {"csrf": csrf, "choose": handle(me)}
    page = browser.post(address, data=form, headers={"Origin": server.url}, timeout=10)
    return re.search(r"<code>((?:[2-7a-z]{4}-){3}[2-7a-z]{4})</code>", page.text)[1]


def log_in(me, password, identifier=None):
    body = {"identifier": identifier or handle(me), "password": password}
    return tell(me, "com.atproto.server.createSession", body, token="")


def refresh(me, token):
    return me.call("POST", "/xrpc/com.atproto.server.refreshSession", token=token)


# who accounts are


def test_new_account_and_its_app_password_come_from_the_practice_page(server, me):
    browser, address = requests.Session(), f"{server.url}/as/bsky.social/settings/app-passwords"
    page = browser.get(address, timeout=10)
    csrf = re.search(r'name="csrf" value="(\w+)"', page.text)[1]
    name = handle(me).partition(".")[0][:14] + "-n"
    form = {"csrf": csrf, "create": "yes", "new_name": "New", "new_handle": name}
    page = browser.post(address, data=form, headers={"Origin": server.url}, timeout=10)
    assert f"<code>{name}.bsky.social</code>" in page.text
    again = browser.post(address, data=form, headers={"Origin": server.url}, timeout=10)
    assert again.status_code == 422
    assert browser.post(address, data=form, timeout=10).status_code == 403


def test_handle_did_and_document_lead_to_each_other(server, me):
    did = ask(me, "com.atproto.identity.resolveHandle", token="", handle=handle(me)).json()["did"]
    assert did == me.id
    assert me.call("GET", "/.well-known/atproto-did", host=handle(me), token="").text == did
    document = me.call("GET", f"/{did}", host="plc.directory", token="").json()
    assert document["alsoKnownAs"] == [f"at://{handle(me)}"]
    assert document["service"][0]["serviceEndpoint"] == "https://bsky.social"
    assert me.call("GET", "/did:plc:nothing", host="plc.directory", token="").status_code == 404
    assert me.call("GET", "/.well-known/atproto-did", host="nobody.bsky.social", token="").status_code == 404


def test_app_password_begins_a_session(server, me):
    password = app_password(server, me)
    for identifier in (handle(me), handle(me).upper(), me.id):
        body = log_in(me, password, identifier).json()
        assert (body["did"], body["handle"], body["active"]) == (me.id, handle(me), True)
    assert ask(me, "com.atproto.server.getSession", token=body["accessJwt"]).json()["did"] == me.id


def test_refresh_rotates_and_leads_to_the_same_pair_in_its_grace(server, me):
    first = log_in(me, app_password(server, me)).json()
    second = refresh(me, first["refreshJwt"]).json()
    assert second["refreshJwt"] != first["refreshJwt"]
    assert refresh(me, first["refreshJwt"]).json()["accessJwt"] == second["accessJwt"]
    me.trait(refresh_grace=0)
    answer = refresh(me, first["refreshJwt"])
    assert (answer.status_code, answer.json()["error"]) == (400, "ExpiredToken")


def test_ended_session_is_not_refreshed(server, me):
    token = log_in(me, app_password(server, me)).json()["refreshJwt"]
    assert me.call("POST", "/xrpc/com.atproto.server.deleteSession", token=token).status_code == 200
    assert refresh(me, token).json()["error"] == "ExpiredToken"


# records


def test_the_same_record_again_changes_nothing(me):
    first, second = put(me).json(), put(me).json()
    assert (
        (first["uri"], first["cid"])
        == (second["uri"], second["cid"])
        == (
            f"at://{me.id}/{POST}/{TID}",
            first["cid"],
        )
    )
    assert "commit" in first
    assert "commit" not in second
    assert len(me.commits()) == 1
    assert got(me).json()["value"] == RECORD


def test_record_with_other_content_is_kept_out_by_swap_and_written_without(me):
    put(me)
    answer = put(me, text="Other")
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidSwap")
    assert put(me, text="Other", call={"swapRecord": "left out"}).status_code == 200
    assert got(me).json()["value"]["text"] == "Other"


def test_key_of_a_deleted_record_is_free(me):
    put(me)
    body = {"repo": me.id, "collection": POST, "rkey": TID}
    assert [tell(me, "com.atproto.repo.deleteRecord", body).status_code for _ in range(2)] == [200, 200]
    assert got(me).json()["error"] == "RecordNotFound"
    assert put(me).status_code == 200


def test_two_accounts_may_use_one_key(me, other):
    assert put(me).status_code == put(other).status_code == 200
    assert got(other).json()["uri"].startswith(f"at://{other.id}/")


def test_record_key_of_its_own(me):
    body = {"repo": me.id, "collection": POST, "record": RECORD}
    made = tell(me, "com.atproto.repo.createRecord", body).json()
    assert re.fullmatch(r"[2-7a-z]{13}", made["uri"].rpartition("/")[2])


def test_records_are_listed_newest_key_first(me):
    keys = [f"3l2abcdefgh{letter}2" for letter in "abc"]
    for key in keys:
        put(me, key, text=key)
    query = {"repo": me.id, "collection": POST, "limit": 2}
    first = ask(me, "com.atproto.repo.listRecords", token="", **query).json()
    assert [one["value"]["text"] for one in first["records"]] == keys[:0:-1]
    second = ask(me, "com.atproto.repo.listRecords", token="", cursor=first["cursor"], **query).json()
    assert [one["value"]["text"] for one in second["records"]] == keys[:1]
    assert "cursor" not in second


def test_same_bytes_have_the_same_name(me, other):
    assert blob(me)["ref"] == blob(me)["ref"] == blob(other)["ref"]
    assert blob(me)["ref"]["$link"].startswith("bafkrei")


def test_type_of_a_blob_is_seen_from_its_bytes(me):
    assert blob(me, kind="text/plain")["mimeType"] == "image/jpeg"


def test_pictures_and_cards_are_kept_with_the_post(me):
    assert put(me, embed=images(blob(me))).status_code == 200
    assert put(me, TID2, text="Card", embed=card(thumb=blob(me))).status_code == 200
    first, second = me.commits()
    assert first["media"][0]["alt"] == "Teal"
    assert second["link"] == "https://example.org/a"
    assert second["media"] == []


REF = {"uri": f"at://did:plc:abc/{POST}/{TID}", "cid": "bafyrei" + "a" * 52}
ACCEPTED = {
    "no type": {"$type": None},
    "facet beyond the text": {"facets": link(5, 5000)},
    "facets across each other": {"facets": link(0, 9) + link(4, 12)},
    "made in the future": {"createdAt": "2099-01-01T00:00:00Z"},
    "300 letters of many parts": {"text": "👩‍👩‍👧" * 150},
    "reply": {"reply": {"root": REF, "parent": REF}},
    "label": {
        "labels": {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "graphic-media"}]}
    },
}  # fmt: skip


@pytest.mark.parametrize("name", ACCEPTED)
def test_record_is_taken(me, name):
    answer = put(me, **ACCEPTED[name])
    assert answer.status_code == 200, answer.text


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
PUT = "com.atproto.repo.putRecord"


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
    "another's repo": (lambda me, other: put(me, call={"repo": other.id}), 403, "Forbidden"),
    "repo elsewhere": (lambda me, other: put(me, call={"repo": "did:plc:elsewhere"}), 403, "AccountNotFound"),
    "key that is no TID": (lambda me, other: put(me, "my-post"), 400, INVALID),
    "key that begins too late": (lambda me, other: put(me, "z" + TID[1:]), 400, INVALID),
    "unknown collection": (
        lambda me, other: put(me, call={"collection": "org.example.post"}), 400, INVALID,
    ),
    "unknown field of the call": (lambda me, other: put(me, call={"foo": 1}), 400, INVALID),
    "no record": (lambda me, other: put(me, call={"record": "left out"}), 400, INVALID),
    "swap with another": (lambda me, other: put(me, call={"swapRecord": "bafyreiother"}), 400, "InvalidSwap"),
    "creating what is there": (existing, 500, "InternalServerError"),
    "record over 1 MB": (big_record, 413, "PayloadTooLarge"),
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
    "picture over 1 MB": (picture_of_2_mb, 400, "BlobTooLarge"),
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


# reading, video, rules


def test_figures_are_public(me):
    uri = put(me).json()["uri"]
    query = {"uris": [uri, uri[:-1] + "4"]}
    body = ask(me, "app.bsky.feed.getPosts", host="public.api.bsky.app", token="", **query).json()
    (post,) = body["posts"]
    assert {"likeCount", "repostCount", "replyCount", "quoteCount", "bookmarkCount"} <= set(post)
    profile = ask(me, "app.bsky.actor.getProfile", host="public.api.bsky.app", token="", actor=me.id).json()
    assert profile["followersCount"] > 0
    assert profile["postsCount"] == 1


def test_video_goes_through_its_service(me):
    query = {"aud": "did:web:bsky.social", "lxm": "com.atproto.repo.uploadBlob"}
    token = ask(me, "com.atproto.server.getServiceAuth", **query).json()["token"]
    path = f"/xrpc/app.bsky.video.uploadVideo?did={me.id}&name=film.mp4"
    sent = {"form": MP4, "host": "video.bsky.app", "headers": {"Content-Type": "video/mp4"}}
    assert me.call("POST", path, **sent).json()["error"] == "InvalidToken"
    job = me.call("POST", path, token=token, **sent).json()
    assert job["state"] == "JOB_STATE_ENCODING"
    deadline = time.monotonic() + 5
    while job["state"] != "JOB_STATE_COMPLETED" and time.monotonic() < deadline:
        time.sleep(0.2)
        found = ask(me, "app.bsky.video.getJobStatus", host="video.bsky.app", token="", jobId=job["jobId"])
        job = found.json()["jobStatus"]
    embed = {"$type": "app.bsky.embed.video", "video": job["blob"], "alt": "A film"}
    assert put(me, embed=embed).status_code == 200
    again = me.call("POST", path, token=token, **sent)
    assert (again.status_code, again.json()["error"]) == (409, "already_exists")
    assert again.json()["blob"] == job["blob"]


def test_lost_answer_can_be_asked_for(server, me):
    server.faults(me.misbehaves("accept_then_drop", match={"path": "/api/posts", "method": "POST"}))
    with pytest.raises(requests.ConnectionError):
        put(me)
    assert got(me).status_code == 200
    assert "commit" not in put(me).json()
    assert len(me.commits()) == 1


def test_late_record_makes_no_second_post(server, me):
    server.faults(me.misbehaves("drop_then_commit", seconds=1))
    with pytest.raises(requests.ConnectionError):
        put(me)
    assert got(me).json()["error"] == "RecordNotFound"
    assert put(me).status_code == 200
    time.sleep(1.5)
    assert len(me.commits()) == 1


def test_rules_apply_in_the_shape_of_a_pds(server, me):
    server.faults(me.misbehaves("rate_limit", retry_after=60, match={"path": "/api/posts", "method": "POST"}))
    answer = put(me)
    assert (answer.status_code, answer.json()["error"]) == (429, "RateLimitExceeded")
    assert int(answer.headers["RateLimit-Reset"]) > time.time()


def test_everything_is_there_after_a_restart(make_server):
    server = make_server()
    me = open_account(server, "bluesky", "riverside", host="bsky.social")
    kept = blob(me)
    put(me, embed=images(kept))
    server.stop()
    server.start()
    assert "commit" not in put(me, embed=images(kept)).json()
