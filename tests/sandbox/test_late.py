"""Hung up on at once, published later."""

import signal
import time
from datetime import datetime

import pytest
import requests


def _until(condition, seconds=5):
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.02)


def _post_and_be_dropped(account, *args, **options):
    began = time.monotonic()
    with pytest.raises(requests.ConnectionError):
        account.post(*args, **options)
    return time.monotonic() - began


def test_dropped_at_once_and_published_later(server, account, picture):
    media = account.upload(picture(), alt="Late").json()["id"]
    server.faults(account.misbehaves("drop_then_commit", seconds=1))
    assert _post_and_be_dropped(account, "Late", key="k", media_ids=[media]) < 0.9
    assert account.posts_in_log() == []
    assert account.listed() == []
    assert account.requests_in_log() == ["dropped_to_commit_later"]
    _until(account.posts_in_log)
    (post,) = account.posts_in_log()
    received, made = (datetime.fromisoformat(post[name]) for name in ("received_at", "created_at"))
    assert 0.95 <= (made - received).total_seconds() < 3
    assert (post["text"], post["idempotency_key"], post["media"][0]["id"]) == ("Late", "k", media)
    assert [shown["id"] for shown in account.listed()] == [post["id"]]


def test_what_is_to_come_is_told(server, account):
    server.faults(account.misbehaves("drop_then_commit", seconds=60))
    _post_and_be_dropped(account, "Much later", key="k")
    told = server.admin("GET", "/pending").json()["pending"]
    (mine,) = [one for one in told if one["account"] == account.handle]
    assert (mine["text"], mine["idempotency_key"]) == ("Much later", "k")


def test_retried_meanwhile_an_ignored_key_publishes_twice(server, account):
    server.traits(account, keys="ignored")
    server.faults(account.misbehaves("drop_then_commit", seconds=0.5))
    _post_and_be_dropped(account, key="k")
    assert account.post(key="k").status_code == 201
    assert len(account.posts_in_log()) == 1
    _until(lambda: len(account.posts_in_log()) == 2)


def test_retried_meanwhile_a_racing_key_publishes_twice(server, account):
    server.traits(account, keys="racing")
    server.faults(account.misbehaves("drop_then_commit", seconds=0.5))
    _post_and_be_dropped(account, key="k")
    assert account.post(key="k").status_code == 201
    _until(lambda: len(account.posts_in_log()) == 2)


def test_retried_meanwhile_an_honoured_key_publishes_once(server, account):
    server.faults(account.misbehaves("drop_then_commit", seconds=0.5))
    _post_and_be_dropped(account, key="k")
    made = account.post(key="k").json()["id"]
    _until(lambda: server.events("pending_ended", account=account.handle))
    (ended,) = server.events("pending_ended", account=account.handle)
    assert (ended["outcome"], ended["post_id"]) == ("repeat", made)
    assert len(account.posts_in_log()) == 1


def test_retried_afterwards_the_key_is_known(server, account):
    server.faults(account.misbehaves("drop_then_commit", seconds=0.1))
    _post_and_be_dropped(account, key="k")
    _until(account.posts_in_log)
    assert account.post(key="k").status_code == 200
    assert len(account.posts_in_log()) == 1


def test_key_known_already_makes_no_late_post(server, account):
    account.post(key="k")
    server.faults(account.misbehaves("drop_then_commit", seconds=0.1))
    _post_and_be_dropped(account, key="k")
    time.sleep(0.4)
    assert len(account.posts_in_log()) == 1


def test_post_outside_the_limits_is_dropped_for_good(server, account):
    server.faults(account.misbehaves("drop_then_commit", seconds=0.1))
    _post_and_be_dropped(account, "x" * 501)
    time.sleep(0.4)
    assert account.posts_in_log() == []
    assert account.requests_in_log() == ["dropped_before"]


def test_late_duplicate_is_refused(server, account):
    server.traits(account, duplicates_refused_for=60)
    server.faults(account.misbehaves("drop_then_commit", seconds=0.3))
    _post_and_be_dropped(account, "Twice")
    account.post("Twice")
    _until(lambda: server.events("pending_ended", account=account.handle))
    assert len(account.posts_in_log()) == 1


def test_comes_even_if_the_network_is_killed_meanwhile(make_server):
    server = make_server()
    account = server.account("patient")
    server.faults(account.misbehaves("drop_then_commit", seconds=1))
    _post_and_be_dropped(account, "Later", key="k")
    server.stop(signal.SIGKILL)

    server = make_server()
    account.server = server
    assert account.posts_in_log() == []
    _until(account.posts_in_log)
    time.sleep(0.3)
    assert [post["text"] for post in account.posts_in_log()] == ["Later"]
    server.stop(signal.SIGKILL)

    server = make_server()
    assert server.admin("GET", "/pending").json() == {"pending": []}
    assert len(server.events("post")) == 1
