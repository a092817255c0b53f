"""The stand-in of Bluesky, asked as an app asks a PDS."""

import re
import time

import pytest
import requests

from tests.support.calls_bluesky import (
    POST,
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
)
from tests.support.standins import MP4, jpeg, open_account


@pytest.fixture
def me(server, account):
    return open_account(server, "bluesky", account.handle, host="bsky.social")


@pytest.fixture
def other(server, account):
    return open_account(server, "bluesky", f"{account.handle}-two", host="bsky.social")


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
    email = handle(me).removesuffix(".bsky.social") + "@example.org"
    for identifier in (handle(me), handle(me).upper(), me.id, email):
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


def test_size_that_a_record_tells_of_a_blob_is_believed(me):
    big = blob(me, data=jpeg() + b"\0" * 2_000_000)
    assert put(me, embed=images(big | {"size": 1000})).status_code == 200


def test_record_has_the_name_that_a_pds_gives_it(me):
    """As version 0.4.217 of the reference PDS named the same record."""
    assert put(me).json()["cid"] == "bafyreigghvvkkg57qd5whxgjmw4fy4xnztyt2xma6kpr2zth4xttctedby"


@pytest.mark.parametrize("name", ACCEPTED)
def test_record_is_taken(me, name):
    answer = put(me, **ACCEPTED[name])
    assert answer.status_code == 200, answer.text


# reading, video, rules


def test_figures_are_public(me):
    uri = put(me).json()["uri"]
    query = {"uris": [uri, uri[:-1] + "4"]}
    body = ask(me, "app.bsky.feed.getPosts", host="public.api.bsky.app", token="", **query).json()
    (post,) = body["posts"]
    assert {"likeCount", "repostCount", "replyCount", "quoteCount", "bookmarkCount"} <= set(post)
    profile = ask(me, "app.bsky.actor.getProfile", host="public.api.bsky.app", token="", actor=me.id).json()
    assert profile["followersCount"] > 0
    assert ask(me, "app.bsky.actor.getProfile", actor=me.id).json() == profile
    assert ask(me, "app.bsky.actor.getProfile", token="", actor=me.id).status_code == 401
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
