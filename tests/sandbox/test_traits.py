"""What lasts: how a platform treats keys, duplicates, texts, images and its clock."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest


def _codes(account, times=2, **options):
    return [account.post(**options).status_code for _ in range(times)]


def test_key_is_honoured_unless_said_otherwise(account):
    assert _codes(account, key="k") == [201, 200]


def test_key_ignored(server, account, outsider):
    server.traits(account, keys="ignored")
    assert _codes(account, key="k") == [201, 201]
    assert _codes(outsider, key="k") == [201, 200]


def test_key_forgotten_after_a_while(server, account):
    server.traits(account, keys="forgotten", keys_forgotten_after=0.5)
    assert _codes(account, key="k") == [201, 200]
    time.sleep(0.6)
    assert _codes(account, key="k") == [201, 200]
    assert len(account.posts_in_log()) == 2


def test_racing_keys_publish_twice_at_once_but_not_one_after_the_other(server, account):
    server.traits(account, keys="racing")
    with ThreadPoolExecutor(2) as pool:
        codes = [answer.status_code for answer in pool.map(lambda n: account.post(key="k"), range(2))]
    assert codes == [201, 201]
    assert account.post(key="k").status_code == 200


def test_honoured_keys_publish_once_however_many_at_once(account):
    with ThreadPoolExecutor(8) as pool:
        codes = sorted(answer.status_code for answer in pool.map(lambda n: account.post(key="k"), range(8)))
    assert codes == [200] * 7 + [201]


def test_own_trait_comes_before_that_of_all(server, account, outsider):
    server.traits(keys="ignored")
    server.traits(account, keys="honoured")
    assert _codes(account, key="k") == [201, 200]
    assert _codes(outsider, key="k") == [201, 201]
    server.traits(account, keys=None)
    assert _codes(account, key="l") == [201, 201]


def test_old_setting_is_the_trait_of_all(server, account):
    server.admin("PUT", "/settings", json={"honour_keys": False})
    assert server.admin("GET", "/traits").json()["all"]["keys"] == "ignored"
    server.traits(keys="honoured")
    assert server.admin("GET", "/settings").json() == {"honour_keys": True}


def test_keys_can_be_kept_from_the_list(server, account):
    post = account.post(key="k").json()
    assert account.listed()[0]["idempotency_key"] == "k"
    server.traits(account, show_keys=False)
    assert "idempotency_key" not in account.listed()[0]
    assert "idempotency_key" not in account.call("GET", f"/posts/{post['id']}").json()


def test_same_text_again_is_a_duplicate_for_a_while(server, account, outsider):
    server.traits(duplicates_refused_for=0.5)
    assert account.post("Same", key="k").status_code == 201
    refused = account.post("Same", key="l")
    assert (refused.status_code, refused.json()["error"]) == (403, "duplicate")
    assert account.requests_in_log() == ["accepted", "refused"]
    assert account.post("Same", key="k").status_code == 200
    assert account.post("Other").status_code == 201
    assert outsider.post("Same").status_code == 201
    time.sleep(0.6)
    assert account.post("Same").status_code == 201


def test_duplicates_are_taken_unless_said_otherwise(account):
    assert _codes(account, text="Same") == [201, 201]


@pytest.mark.parametrize(
    ("edits", "shown", "link"),
    [
        ("none", "See\n\n  https://example.org/a/long/way   now ", "https://example.org/x"),
        ("whitespace", "See https://example.org/a/long/way now", "https://example.org/x"),
        ("links", "See\n\n  {short}   now ", "{short}"),
        ("both", "See {short} now", "{short}"),
    ],
)
def test_text_is_edited_where_it_is_read_and_kept_as_sent(server, account, edits, shown, link):
    server.traits(account, edits=edits)
    sent = "See\n\n  https://example.org/a/long/way   now "
    account.post(sent, link="https://example.org/x")
    (post,) = account.listed()
    for expected, told in ((shown, post["text"]), (link, post["link"])):
        before, _, after = expected.partition("{short}")
        assert told.startswith(before)
        assert told.endswith(after)
        assert ("https://pn.example/" in told) == ("{short}" in expected)
    assert account.posts_in_log()[0]["text"] == sent


def test_images_are_listed_when_they_are_processed(server, account, picture):
    server.traits(account, media_processing_for=1)
    media = account.upload(picture(), alt="Slow").json()
    assert media["state"] == "processing"
    account.post(media_ids=[media["id"]])
    assert account.listed()[0]["media"] == []
    time.sleep(1.1)
    assert account.call("GET", f"/media/{media['id']}").json()["state"] == "ready"
    assert account.listed()[0]["media"] == [{"id": media["id"], "alt": "Slow"}]


def test_post_with_unready_images_can_be_refused(server, account, picture):
    server.traits(account, media_processing_for=0.5, unready_media="refused")
    media = account.upload(picture()).json()["id"]
    refused = account.post(media_ids=[media])
    assert (refused.status_code, refused.json()["error"]) == (422, "media_processing")
    time.sleep(0.6)
    assert account.post(media_ids=[media]).status_code == 201


def test_anothers_image_is_not_told(account, outsider, picture):
    media = outsider.upload(picture()).json()["id"]
    assert account.call("GET", f"/media/{media}").status_code == 404


@pytest.mark.parametrize("skew", [3600, -3600])
def test_clock_that_is_wrong(server, account, skew):
    server.traits(account, clock_skew=skew)
    answer = account.post()
    here = datetime.now(UTC)
    shown = datetime.fromisoformat(answer.json()["created_at"])
    assert abs((shown - here).total_seconds() - skew) < 10
    assert abs((parsedate_to_datetime(answer.headers["Date"]) - here).total_seconds() - skew) < 10
    assert account.listed()[0]["created_at"] == answer.json()["created_at"]
    assert len(account.listed(since=(shown - timedelta(seconds=1)).isoformat())) == 1
    assert account.listed(since=(shown + timedelta(seconds=1)).isoformat()) == []
    told = datetime.fromisoformat(account.posts_in_log()[0]["created_at"])
    assert abs((told - here).total_seconds()) < 10


def test_publishing_takes_its_time(server, account):
    server.traits(account, latency_ms=400)
    began = time.monotonic()
    assert account.post().status_code == 201
    assert 0.4 <= time.monotonic() - began < 2
    began = time.monotonic()
    account.call("GET", "/me")
    assert time.monotonic() - began < 0.4


def test_latency_does_not_hold_up_others(server, account):
    server.traits(account, latency_ms=500)
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: account.post(f"{n}"), range(8)))
    assert time.monotonic() - began < 2


def test_latency_of_the_command_line(make_server):
    server = make_server("--no-fsync", "--latency-ms", "300")
    account = server.account("slow")
    began = time.monotonic()
    account.post()
    assert time.monotonic() - began >= 0.3
    server.traits(account, latency_ms=0)
    began = time.monotonic()
    account.post()
    assert time.monotonic() - began < 0.3


def test_traits_survive_a_restart(make_server):
    server = make_server()
    account = server.account("lasting")
    server.traits(order="shuffled")
    server.traits(account, keys="ignored", invisible_for=3)
    told = server.admin("GET", "/traits").json()
    server.stop(signal.SIGKILL)
    server = make_server()
    assert server.admin("GET", "/traits").json() == told
    assert told["accounts"] == {"lasting": {"keys": "ignored", "invisible_for": 3}}
    usual = server.admin("DELETE", "/traits").json()
    assert (usual["all"]["order"], usual["accounts"]) == ("newest", {})


def test_logs_setting_of_old_is_understood(make_server, tmp_path):
    folder = tmp_path / "practice"
    folder.mkdir()
    line = (
        '{"seq":1,"event":"settings","settings":{"honour_keys":false},"received_at":"2025-01-01T00:00:00Z"}'
    )
    (folder / "received.jsonl").write_text(line + "\n")
    assert make_server().admin("GET", "/traits").json()["all"]["keys"] == "ignored"


@pytest.mark.parametrize(
    "body",
    [
        {"traits": {"keys": "sometimes"}},
        {"traits": {"keys": ["honoured"]}},
        {"traits": {"kees": "ignored"}},
        {"traits": {"show_keys": "yes"}},
        {"traits": {"show_keys": 1}},
        {"traits": {"invisible_for": -1}},
        {"traits": {"invisible_for": True}},
        {"traits": {"hidden_share": 1.1}},
        {"traits": {"latency_ms": "fast"}},
        {"traits": []},
        {},
    ],
)
def test_trait_that_makes_no_sense_is_refused(server, body):
    assert server.admin("PUT", "/traits", json=body).status_code == 422


def test_traits_of_nobody(server):
    body = {"account": "nobody-here", "traits": {"keys": "ignored"}}
    assert server.admin("PUT", "/traits", json=body).status_code == 404
