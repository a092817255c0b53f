"""The Bluesky adapter and Bluesky's own server (`@atproto/pds`), under its real addresses. No Django."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from posts.platforms.base import (
    AuthExpired,
    Content,
    Credentials,
    InvalidContent,
    MediaMissing,
    NotFound,
    PlatformError,
    Published,
    RateLimited,
    ReadBack,
    ReplyTo,
    UnknownOutcome,
    Video,
)
from posts.platforms.bluesky import BlueskyAdapter
from tests.support import proxy
from tests.support.pds.server import HOST, PASSWORD, Pds, why_not
from tests.support.proxy import Reply

from .conftest import Rig

pytestmark = [
    pytest.mark.platforms,
    pytest.mark.xdist_group("pds"),
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]

LOST = [
    proxy.commit_then_drop,
    proxy.commit_then_reset,
    proxy.error_after_commit,
    proxy.truncate,
    proxy.not_json,
    proxy.empty_object,
    proxy.garbage,
]
PUT = r".*/xrpc/com.atproto.repo.putRecord$"
UPLOAD = r".*/xrpc/com.atproto.repo.uploadBlob$"
GET = r".*/xrpc/com.atproto.repo.getRecord\?"
LIST = r".*/xrpc/com.atproto.repo.listRecords\?"


@pytest.fixture
def adapter(bluesky_rig: Rig) -> BlueskyAdapter:
    return bluesky_rig.adapter


@pytest.fixture
def rig(bluesky_rig: Rig) -> Rig:
    return bluesky_rig


@pytest.fixture
def key() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def text() -> str:
    return f"Hello from the harbour {uuid.uuid4().hex}"


def failure(call) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        call()
    return caught.value


def found(rig: Rig, pds: Pds, text: str) -> list[dict]:
    """The records whose text has `text`."""
    return [one for one in pds.records(rig.credentials.external_id) if text in one["value"]["text"]]


def look(
    rig: Rig, content: Content, staged: dict, key: str, credentials: Credentials | None = None
) -> ReadBack:
    return rig.adapter.read_back(
        content,
        credentials or rig.credentials,
        staged=staged,
        key=key,
        since=datetime.now(UTC) - timedelta(minutes=1),
        deadline=5,
    )


# ---- connecting


def test_connect_with_an_app_password_as_a_person_would(adapter, pds, internet):
    bert = pds.account("bert")
    profile = {"$type": "app.bsky.actor.profile", "displayName": "Bert of the harbour"}
    place = {"repo": bert.did, "collection": "app.bsky.actor.profile", "rkey": "self"}
    pds.call("com.atproto.repo.putRecord", bert.token, json={**place, "record": profile})
    internet.front.clear()
    host, connection = adapter.log_in("@Bert.Example.org", f" {bert.app_password} ", deadline=10)
    assert host == HOST
    assert connection.profile.external_id == bert.did
    assert (connection.profile.handle, connection.profile.display_name) == (
        "@bert.example.org",
        "Bert of the harbour",
    )
    assert 7000 < connection.expires_in <= 7200
    assert [one.path.split("?")[0] for one in internet.front.requests] == [
        "/as/bert.example.org/.well-known/atproto-did",
        f"/as/plc.directory/{bert.did}",
        f"/as/{HOST}/xrpc/com.atproto.server.createSession",
        f"/as/{HOST}/xrpc/com.atproto.repo.getRecord",
    ]
    assert adapter.log_in(bert.did, bert.app_password, deadline=10)[1].profile.external_id == bert.did


def test_a_wrong_password_is_refused_with_what_to_do(adapter, anna):
    error = failure(lambda: adapter.log_in(anna.handle, "abcd-abcd-abcd-abcd", deadline=10))
    assert type(error) is AuthExpired
    assert "App passwords" in error.message
    assert "abcd-abcd" not in f"{error!r} {error.detail}"


def test_the_password_of_the_whole_account_is_refused_and_its_session_ended(adapter, pds, internet):
    cleo = pds.account("cleo")
    tokens: list[str] = []

    def listen(exchange) -> None:
        reply = exchange.upstream()
        tokens.append(json.loads(reply.body)["refreshJwt"])
        exchange.send(reply)

    internet.front.on("POST", ".*createSession$", listen)
    error = failure(lambda: adapter.log_in(cleo.handle, PASSWORD, deadline=10))
    internet.front.clear()
    assert type(error) is AuthExpired
    assert "whole account" in error.message
    with pytest.raises(RuntimeError, match="ExpiredToken"):
        pds.call("com.atproto.server.refreshSession", tokens[0], data=b"")


def test_an_unknown_handle_is_refused(adapter):
    error = failure(lambda: adapter.log_in("nobody.example.org", "x", deadline=10))
    assert type(error) is InvalidContent
    assert "nobody.example.org" in error.message


def test_too_many_sign_ins_wait_until_the_reset(adapter, pds):
    dora = pds.account("dora")
    too_long = "x" * 600  # refused without the work that makes other refusals slow
    errors = [failure(lambda: adapter.log_in(dora.handle, too_long, deadline=10)) for _ in range(31)]
    assert {type(one) for one in errors[:30]} == {AuthExpired}
    assert type(errors[30]) is RateLimited
    assert 1 <= errors[30].retry_after <= 300


# ---- publishing


def test_links_mentions_and_hashtags_are_marked_by_their_bytes(rig, pds, text, key, anna):
    link = "https://example.org/harbour/news?day=" + "1" * 40
    published = rig.publish(Content(f"Möwen 🐦 {text} @{anna.handle} #Hafen {link}", language="de"), key=key)
    (record,) = found(rig, pds, text)
    assert (record["uri"], record["cid"]) == (published.external_id, published.reference["cid"])
    value = record["value"]
    assert value["langs"] == ["de"]
    data = value["text"].encode()
    marked = {
        data[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode(): one["features"][0]
        for one in value["facets"]
    }
    assert marked[f"@{anna.handle}"]["did"] == anna.did
    assert marked["#Hafen"]["tag"] == "Hafen"
    assert marked["example.org/harbour/news..."]["uri"] == link


def test_images_have_their_descriptions_and_sizes(rig, pds, text, key, picture):
    images = (picture("u1", "A red boat", "red"), picture("u2", "Möwen 🐦", "blue", "image/jpeg"))
    rig.publish(Content(text, link="https://example.org/harbour", images=images), key=key)
    (record,) = found(rig, pds, text)
    shown = record["value"]["embed"]["images"]
    assert [one["alt"] for one in shown] == ["A red boat", "Möwen 🐦"]
    assert [one["image"]["mimeType"] for one in shown] == ["image/png", "image/jpeg"]
    assert shown[0]["aspectRatio"] == {"width": 32, "height": 24}
    blob = {"did": rig.credentials.external_id, "cid": shown[0]["image"]["ref"]["$link"]}
    kept = requests.get(f"{pds.url}/xrpc/com.atproto.sync.getBlob", params=blob, timeout=5)
    assert kept.content == images[0].read()
    assert record["value"]["text"].endswith("\n\nexample.org/harbour")


def test_a_video_is_part_of_its_post(rig, pds, text, key):
    data = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00\x00\x00\x08mdat"
    clip = Video("v1", "video/mp4", 640, 360, 1.0, len(data), "A wave", lambda: io.BytesIO(data))
    rig.publish(Content(text, video=clip), key=key)
    (record,) = found(rig, pds, text)
    embed = record["value"]["embed"]
    assert (embed["$type"], embed["alt"]) == ("app.bsky.embed.video", "A wave")
    assert embed["video"]["mimeType"] == "video/mp4"
    assert embed["aspectRatio"] == {"width": 640, "height": 360}


def test_a_link_has_the_card_of_its_page(rig, pds, internet, text, key, picture):
    page = b'<title>News of the harbour</title><meta property="og:image" content="boat.png">'
    internet.pages["news.example.net/today"] = Reply(200, {"Content-Type": "text/html"}, page)
    internet.pages["news.example.net/boat.png"] = Reply(200, {}, picture("u").read())
    rig.publish(Content(text, link="https://news.example.net/today"), key=key)
    (record,) = found(rig, pds, text)
    external = record["value"]["embed"]["external"]
    assert (external["uri"], external["title"]) == ("https://news.example.net/today", "News of the harbour")
    assert external["thumb"]["mimeType"] == "image/jpeg"


def test_a_thread_hangs_together_though_one_answer_was_lost(rig, pds, text, key):
    first = rig.publish(Content(f"1 {text}"), key=f"{key}1")
    second = Content(f"2 {text}", reply_to=ReplyTo(first, first))
    staged = rig.adapter.stage(second, rig.credentials, staged={}, deadline=5)
    rig.server.on("POST", PUT, proxy.commit_then_drop, times=1)
    publish = rig.adapter.publish
    lost = failure(lambda: publish(second, rig.credentials, staged=staged, key=f"{key}2", deadline=5))
    assert type(lost) is UnknownOutcome
    (seen,) = look(rig, second, staged, f"{key}2").posts
    known = Published(seen.external_id, seen.permalink)  # a look tells no content id
    rig.publish(Content(f"3 {text}", reply_to=ReplyTo(first, known)), key=f"{key}3")
    one, two, three = sorted(found(rig, pds, text), key=lambda record: record["value"]["text"])
    assert "reply" not in one["value"]
    assert two["value"]["reply"] == {"root": ref(one), "parent": ref(one)}
    assert three["value"]["reply"] == {"root": ref(one), "parent": ref(two)}


def ref(record: dict) -> dict[str, str]:
    return {"uri": record["uri"], "cid": record["cid"]}


def test_a_reply_to_what_is_gone_is_refused_before_it_is_sent(rig, text, key):
    first = rig.publish(Content(f"1 {text}"), key=key)
    rig.adapter.take_down(first.external_id, rig.credentials, deadline=5)
    bare = replace(first, reference={})
    content = Content(f"2 {text}", reply_to=ReplyTo(bare, bare))
    assert type(failure(lambda: rig.publish(content, key=f"{key}2"))) is NotFound


# ---- exactly once


def test_a_repeated_send_makes_no_second_post(rig, pds, text, key, picture):
    content = Content(text, images=(picture("u1", "A boat"),))
    staged = rig.adapter.stage(content, rig.credentials, staged={}, deadline=5)
    sent = [rig.publish(content, key=key, staged=staged) for _ in range(3)]
    assert sent[0] == sent[1] == sent[2]
    assert len(found(rig, pds, text)) == 1


def test_a_repeat_long_after_makes_no_second_post_and_changes_nothing(rig, pds, text, key):
    staged = {"created": "2026-11-01T12:00:00.000Z", "media": {}}
    publish = rig.adapter.publish
    first = publish(Content(text), rig.credentials, staged=staged, key=key, deadline=5)
    time.sleep(0.01)
    again = publish(Content(text), rig.credentials, staged=staged, key=key, deadline=5)  # says another time
    assert again == first
    (record,) = found(rig, pds, text)
    assert record["cid"] == first.reference["cid"]


def test_another_post_under_the_key_is_not_overwritten(rig, pds, text, key):
    staged = {"created": "2026-11-02T12:00:00.000Z", "media": {}}
    rig.adapter.publish(Content(f"1 {text}"), rig.credentials, staged=staged, key=key, deadline=5)
    publish = rig.adapter.publish
    error = failure(
        lambda: publish(Content(f"2 {text}"), rig.credentials, staged=staged, key=key, deadline=5)
    )
    assert type(error).__name__ == "Duplicate"
    assert [one["value"]["text"] for one in found(rig, pds, text)] == [f"1 {text}"]


@pytest.mark.parametrize("behave", LOST)
def test_a_post_whose_answer_was_lost_is_found_by_its_key(rig, pds, text, key, behave):
    content = Content(f"{text} https://example.org/a/long/address/of/a/page")
    staged = rig.adapter.stage(content, rig.credentials, staged={}, deadline=5)
    rig.server.on("POST", PUT, behave, times=1)
    publish = rig.adapter.publish
    lost = failure(lambda: publish(content, rig.credentials, staged=staged, key=key, deadline=5))
    assert type(lost) is UnknownOutcome
    back = look(rig, content, staged, key)
    (post,) = back.posts
    assert (back.complete, post.key, post.text) == (True, key, content.text)
    repeated = publish(content, rig.credentials, staged=staged, key=key, deadline=5)
    assert (repeated.external_id, repeated.permalink) == (post.external_id, post.permalink)
    assert len(found(rig, pds, text)) == 1


def test_a_post_that_never_arrived_is_known_not_to_be_there(rig, pds, text, key):
    staged = rig.adapter.stage(Content(text), rig.credentials, staged={}, deadline=5)
    rig.server.on("POST", PUT, proxy.drop_before, times=1)
    publish = rig.adapter.publish
    lost = failure(lambda: publish(Content(text), rig.credentials, staged=staged, key=key, deadline=5))
    assert type(lost) is UnknownOutcome
    assert look(rig, Content(text), staged, key) == ReadBack((), complete=True)
    publish(Content(text), rig.credentials, staged=staged, key=key, deadline=5)
    assert len(found(rig, pds, text)) == 1


SENDER = """
import json, sys
from posts.platforms.base import Content, Credentials
from posts.platforms.bluesky import BlueskyAdapter
from posts.platforms.egress import Egress
from posts.platforms.http import Http
told = json.load(sys.stdin)
adapter = BlueskyAdapter(Http(Egress(allow_loopback=True), stand_in=told["stand_in"]))
credentials = Credentials(told["host"], told["did"], told["tokens"])
adapter.publish(Content(told["text"]), credentials, staged=told["staged"], key=told["key"], deadline=30)
"""


def test_a_post_of_a_worker_that_was_killed_before_the_answer_is_found(rig, pds, internet, text, key):
    staged = rig.adapter.stage(Content(text), rig.credentials, staged={}, deadline=5)
    rig.server.on("POST", PUT, proxy.silence, times=1)
    sender = subprocess.Popen(
        [sys.executable, "-c", SENDER], stdin=subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    told = {"stand_in": internet.url, "host": rig.credentials.host, "did": rig.credentials.external_id}
    told |= {"tokens": dict(rig.credentials.tokens), "text": text, "staged": staged, "key": key}
    sender.stdin.write(json.dumps(told).encode())
    sender.stdin.close()
    assert proxy.wait_until(lambda: bool(found(rig, pds, text)), 20)
    sender.send_signal(signal.SIGKILL)
    assert sender.wait(10) == -signal.SIGKILL
    (post,) = look(rig, Content(text), staged, key).posts
    assert post.key == key
    rig.adapter.publish(Content(text), rig.credentials, staged=staged, key=key, deadline=5)
    assert len(found(rig, pds, text)) == 1


def test_a_post_is_found_in_the_list_when_what_was_staged_is_lost(rig, text, key, picture):
    content = Content(text, link="https://example.org/harbour/" + "x" * 60, images=(picture("u1", "A boat"),))
    published = rig.publish(content, key=key)
    back = look(rig, content, {}, key)
    (post,) = [one for one in back.posts if text in one.text]
    assert back.complete
    assert post.external_id == published.external_id
    assert post.text == rig.adapter.compose_text(content)
    assert post.media == 1


def test_more_than_one_page_is_listed(rig, text, key, monkeypatch):
    monkeypatch.setattr("posts.platforms.bluesky_reading.PAGE", 3)
    for number in range(7):
        rig.publish(Content(f"{number} {text}"), key=f"{key}{number}")
    rig.server.clear()
    back = look(rig, Content(text), {}, key)
    assert sorted(post.text[0] for post in back.posts if text in post.text) == list("0123456")
    assert len(rig.server.seen("GET", LIST)) >= 3


# ---- access


def test_an_ended_session_is_renewed_and_the_post_goes_out(rig, pds, text, key):
    renewal = rig.credentials.tokens["refresh_token"]
    tokens = {"access_token": pds.forged(rig.credentials.external_id), "refresh_token": renewal}
    ended = replace(rig.credentials, tokens=tokens)
    content = Content(text)
    staged = rig.adapter.stage(content, ended, staged={}, deadline=5)
    publish = rig.adapter.publish
    error = failure(lambda: publish(content, ended, staged=staged, key=key, deadline=5))
    assert type(error) is AuthExpired
    assert look(rig, content, staged, key, ended).complete  # looking needs no access
    connection = rig.adapter.refresh(ended, None, deadline=5)
    renewed = replace(ended, tokens=connection.tokens)
    assert publish(content, renewed, staged=staged, key=key, deadline=5).external_id
    assert len(found(rig, pds, text)) == 1
    assert rig.adapter.refresh(ended, None, deadline=5).tokens  # should the first answer have been lost


def test_a_forged_token_that_has_not_ended_works_so_the_forgery_is_a_true_one(rig, pds, text, key):
    token = pds.forged(rig.credentials.external_id, ended=-600)
    credentials = replace(rig.credentials, tokens={"access_token": token})
    staged = rig.adapter.stage(Content(text), credentials, staged={}, deadline=5)
    assert rig.adapter.publish(Content(text), credentials, staged=staged, key=key, deadline=5).external_id


@pytest.mark.parametrize("tokens", [{}, {"access_token": "garbage"}, {"access_token": "a.b.c"}])
def test_a_token_the_server_does_not_know(rig, pds, text, key, tokens):
    wrong = replace(rig.credentials, tokens=tokens)
    staged = rig.adapter.stage(Content(text), wrong, staged={}, deadline=5)
    error = failure(lambda: rig.adapter.publish(Content(text), wrong, staged=staged, key=key, deadline=5))
    assert type(error) is AuthExpired
    assert not found(rig, pds, text)


def test_nobody_posts_for_another_account(rig, pds, text, key):
    emil = pds.account("emil")
    other = replace(rig.credentials, external_id=emil.did)
    staged = rig.adapter.stage(Content(text), other, staged={}, deadline=5)
    error = failure(lambda: rig.adapter.publish(Content(text), other, staged=staged, key=key, deadline=5))
    assert error.outcome == "auth"
    assert pds.records(emil.did) == []


def test_a_session_that_was_given_back_is_of_no_use(adapter, pds):
    finn = pds.account("finn")
    host, connection = adapter.log_in(finn.handle, finn.app_password, deadline=10)
    credentials = Credentials(host, finn.did, connection.tokens)
    adapter.revoke(credentials, None, deadline=5)
    assert type(failure(lambda: adapter.refresh(credentials, None, deadline=5))) is AuthExpired
    adapter.revoke(credentials, None, deadline=5)  # is no error


def test_an_account_whose_owner_deleted_the_app_password(adapter, pds):
    gwen = pds.account("gwen")
    host, connection = adapter.log_in(gwen.handle, gwen.app_password, deadline=10)
    credentials = Credentials(host, gwen.did, connection.tokens)
    pds.call("com.atproto.server.revokeAppPassword", gwen.token, json={"name": "hub"})
    assert type(failure(lambda: adapter.refresh(credentials, None, deadline=5))) is AuthExpired


def test_a_deactivated_account_is_refused(adapter, pds, text, key):
    hugo = pds.account("hugo")
    host, connection = adapter.log_in(hugo.handle, hugo.app_password, deadline=10)
    credentials = Credentials(host, hugo.did, connection.tokens)
    staged = adapter.stage(Content(text), credentials, staged={}, deadline=5)
    pds.call("com.atproto.server.deactivateAccount", hugo.token, json={})
    error = failure(lambda: adapter.publish(Content(text), credentials, staged=staged, key=key, deadline=5))
    assert error.outcome == "auth"
    error = failure(lambda: adapter.log_in(hugo.did, hugo.app_password, deadline=10))
    assert "not active" in error.message


# ---- what the server refuses


def test_the_server_refuses_what_the_check_refuses(rig, text, key):
    for content in (Content("x" * 301), Content("👨‍👩‍👧‍👦" * 121)):
        assert [one.field for one in rig.adapter.check(content, rig.adapter.limits({}))] == ["text"]
        assert type(failure(lambda: rig.publish(content, key=uuid.uuid4().hex))) is InvalidContent  # noqa: B023


def test_an_upload_that_is_gone_is_made_again_under_the_same_key(rig, pds, text, key, picture):
    content = Content(text, images=(picture("u1", "A boat", "purple"),))
    staged = rig.adapter.stage(content, rig.credentials, staged={}, deadline=5)
    gone = json.loads(json.dumps(staged))
    gone["media"]["u1"]["blob"]["ref"]["$link"] = (
        "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
    )
    publish = rig.adapter.publish
    error = failure(lambda: publish(content, rig.credentials, staged=gone, key=key, deadline=5))
    assert type(error) is MediaMissing
    again = rig.adapter.stage(content, rig.credentials, staged=error.staged, deadline=5)
    assert again == staged
    assert publish(content, rig.credentials, staged=again, key=key, deadline=5).external_id


def test_a_file_that_is_too_large_for_the_server(rig, text, key, picture):
    data = b"\x89PNG\r\n\x1a\n" + b"x" * 6_000_000
    large = replace(picture("u1"), size=len(data), read=lambda: data)
    error = failure(lambda: rig.publish(Content(text, images=(large,)), key=key, deadline=15))
    assert type(error) is InvalidContent
    assert "size" in error.message


def test_take_down_twice_leaves_nothing(rig, pds, text, key):
    published = rig.publish(Content(text), key=key)
    for _ in range(2):
        rig.adapter.take_down(published.external_id, rig.credentials, deadline=5)
    assert not found(rig, pds, text)
