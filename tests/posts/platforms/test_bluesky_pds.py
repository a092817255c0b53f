"""What the Bluesky adapter publishes on Bluesky's own server (`@atproto/pds`), under its real addresses.

No Django, no database.
"""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from posts.platforms.base import (
    Content,
    InvalidContent,
    MediaMissing,
    NotFound,
    Published,
    ReadBack,
    ReplyTo,
    UnknownOutcome,
    Video,
)
from posts.platforms.bluesky import BlueskyAdapter
from tests.support import proxy
from tests.support.bluesky import failure
from tests.support.pds.server import why_not
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


# ---- publishing


def test_links_mentions_and_hashtags_are_marked_by_their_bytes(rig, pds, text, key, anna):
    link = "https://example.org/harbour/news?day=" + "1" * 40
    published = rig.publish(Content(f"Möwen 🐦 {text} @{anna.handle} #Hafen {link}", language="de"), key=key)
    (record,) = pds.found(rig.credentials.external_id, text)
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
    (record,) = pds.found(rig.credentials.external_id, text)
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
    (record,) = pds.found(rig.credentials.external_id, text)
    embed = record["value"]["embed"]
    assert (embed["$type"], embed["alt"]) == ("app.bsky.embed.video", "A wave")
    assert embed["video"]["mimeType"] == "video/mp4"
    assert embed["aspectRatio"] == {"width": 640, "height": 360}


def test_a_link_has_the_card_of_its_page(rig, pds, internet, text, key, picture):
    page = b'<title>News of the harbour</title><meta property="og:image" content="boat.png">'
    internet.pages["news.example.net/today"] = Reply(200, {"Content-Type": "text/html"}, page)
    internet.pages["news.example.net/boat.png"] = Reply(200, {}, picture("u").read())
    rig.publish(Content(text, link="https://news.example.net/today"), key=key)
    (record,) = pds.found(rig.credentials.external_id, text)
    external = record["value"]["embed"]["external"]
    assert (external["uri"], external["title"]) == ("https://news.example.net/today", "News of the harbour")
    assert external["thumb"]["mimeType"] == "image/jpeg"


def test_a_thread_hangs_together_though_one_answer_was_lost(rig, pds, text, key):
    first = rig.publish(Content(f"1 {text}"), key=f"{key}1")
    second = Content(f"2 {text}", reply_to=ReplyTo(first, first))
    staged = rig.adapter.stage(second, rig.credentials, staged={}, deadline=5)
    rig.server.on("POST", rig.publish_path, proxy.commit_then_drop, times=1)
    publish = rig.adapter.publish
    lost = failure(lambda: publish(second, rig.credentials, staged=staged, key=f"{key}2", deadline=5))
    assert type(lost) is UnknownOutcome
    (seen,) = rig.look(second, key=f"{key}2", staged=staged).posts
    known = Published(seen.external_id, seen.permalink)  # a look tells no content id
    rig.publish(Content(f"3 {text}", reply_to=ReplyTo(first, known)), key=f"{key}3")
    one, two, three = sorted(
        pds.found(rig.credentials.external_id, text), key=lambda record: record["value"]["text"]
    )
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
    assert len(pds.found(rig.credentials.external_id, text)) == 1


def test_a_repeat_long_after_makes_no_second_post_and_changes_nothing(rig, pds, text, key):
    staged = {"created": "2026-11-01T12:00:00.000Z", "media": {}}
    publish = rig.adapter.publish
    first = publish(Content(text), rig.credentials, staged=staged, key=key, deadline=5)
    time.sleep(0.01)
    again = publish(Content(text), rig.credentials, staged=staged, key=key, deadline=5)  # says another time
    assert again == first
    (record,) = pds.found(rig.credentials.external_id, text)
    assert record["cid"] == first.reference["cid"]


def test_another_post_under_the_key_is_not_overwritten(rig, pds, text, key):
    staged = {"created": "2026-11-02T12:00:00.000Z", "media": {}}
    rig.adapter.publish(Content(f"1 {text}"), rig.credentials, staged=staged, key=key, deadline=5)
    publish = rig.adapter.publish
    error = failure(
        lambda: publish(Content(f"2 {text}"), rig.credentials, staged=staged, key=key, deadline=5)
    )
    assert type(error).__name__ == "Duplicate"
    assert [one["value"]["text"] for one in pds.found(rig.credentials.external_id, text)] == [f"1 {text}"]


@pytest.mark.parametrize("behave", LOST)
def test_a_post_whose_answer_was_lost_is_found_by_its_key(rig, pds, text, key, behave):
    content = Content(f"{text} https://example.org/a/long/address/of/a/page")
    staged = rig.adapter.stage(content, rig.credentials, staged={}, deadline=5)
    rig.server.on("POST", rig.publish_path, behave, times=1)
    publish = rig.adapter.publish
    lost = failure(lambda: publish(content, rig.credentials, staged=staged, key=key, deadline=5))
    assert type(lost) is UnknownOutcome
    back = rig.look(content, key=key, staged=staged)
    (post,) = back.posts
    assert (back.complete, post.key, post.text) == (True, key, content.text)
    repeated = publish(content, rig.credentials, staged=staged, key=key, deadline=5)
    assert (repeated.external_id, repeated.permalink) == (post.external_id, post.permalink)
    assert len(pds.found(rig.credentials.external_id, text)) == 1


def test_a_post_that_never_arrived_is_known_not_to_be_there(rig, pds, text, key):
    staged = rig.adapter.stage(Content(text), rig.credentials, staged={}, deadline=5)
    rig.server.on("POST", rig.publish_path, proxy.drop_before, times=1)
    publish = rig.adapter.publish
    lost = failure(lambda: publish(Content(text), rig.credentials, staged=staged, key=key, deadline=5))
    assert type(lost) is UnknownOutcome
    assert rig.look(Content(text), key=key, staged=staged) == ReadBack((), complete=True)
    publish(Content(text), rig.credentials, staged=staged, key=key, deadline=5)
    assert len(pds.found(rig.credentials.external_id, text)) == 1


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
    rig.server.on("POST", rig.publish_path, proxy.silence, times=1)
    sender = subprocess.Popen(
        [sys.executable, "-c", SENDER], stdin=subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    told = {"stand_in": internet.url, "host": rig.credentials.host, "did": rig.credentials.external_id}
    told |= {"tokens": dict(rig.credentials.tokens), "text": text, "staged": staged, "key": key}
    sender.stdin.write(json.dumps(told).encode())
    sender.stdin.close()
    assert proxy.wait_until(lambda: bool(pds.found(rig.credentials.external_id, text)), 20)
    sender.send_signal(signal.SIGKILL)
    assert sender.wait(10) == -signal.SIGKILL
    (post,) = rig.look(Content(text), key=key, staged=staged).posts
    assert post.key == key
    rig.adapter.publish(Content(text), rig.credentials, staged=staged, key=key, deadline=5)
    assert len(pds.found(rig.credentials.external_id, text)) == 1


def test_a_post_is_found_in_the_list_when_what_was_staged_is_lost(rig, text, key, picture):
    content = Content(text, link="https://example.org/harbour/" + "x" * 60, images=(picture("u1", "A boat"),))
    published = rig.publish(content, key=key)
    back = rig.look(content, key=key, staged={})
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
    back = rig.look(Content(text), key=key, staged={})
    assert sorted(post.text[0] for post in back.posts if text in post.text) == list("0123456")
    assert len(rig.server.seen("GET", rig.list_path)) >= 3


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
    assert not pds.found(rig.credentials.external_id, text)
