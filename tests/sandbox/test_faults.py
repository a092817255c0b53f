"""Misbehaving on purpose, and what the log then says."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests


def _rule(account, kind, times=1, match=None, **effect):
    return {
        "match": {"account": account.handle} | (match or {}),
        "effect": {"type": kind, **effect},
        "times": times,
    }


def test_refuse(server, account):
    server.faults(_rule(account, "refuse", status=403, message="Not today."))
    answer = account.post()
    assert (answer.status_code, answer.json()["message"]) == (403, "Not today.")
    assert account.requests_in_log() == ["refused"]
    assert account.post().status_code == 201


@pytest.mark.parametrize(
    ("given", "header"),
    [({}, "30"), ({"retry_after": 7}, "7"), ({"retry_after": "soon"}, "soon"), ({"retry_after": None}, None)],
)
def test_rate_limit(server, account, given, header):
    server.faults(_rule(account, "rate_limit", **given))
    answer = account.post()
    assert (answer.status_code, answer.json()["error"]) == (429, "rate_limited")
    assert answer.headers.get("Retry-After") == header
    assert account.requests_in_log() == ["rate_limited"]
    assert account.posts_in_log() == []


def test_delay_publishes_late(server, account):
    server.faults(_rule(account, "delay", seconds=0.4))
    began = time.monotonic()
    assert account.post().status_code == 201
    assert time.monotonic() - began >= 0.4
    assert account.requests_in_log() == ["accepted"]


def test_caller_that_gives_up_during_a_delay_is_published_all_the_same(server, account):
    server.faults(_rule(account, "delay", seconds=0.6))
    with pytest.raises(requests.ReadTimeout):
        account.post(timeout=0.2)
    assert account.posts_in_log() == []
    time.sleep(0.8)
    assert len(account.posts_in_log()) == 1


def test_delay_after_it_took_effect(server, account):
    server.faults(_rule(account, "delay", seconds=0.6, when="after"))
    with pytest.raises(requests.ReadTimeout):
        account.post(timeout=0.2)
    assert len(account.posts_in_log()) == 1


def test_accept_then_drop(server, account):
    server.faults(_rule(account, "accept_then_drop"))
    with pytest.raises(requests.ConnectionError):
        account.post(key="k")
    assert len(account.posts_in_log()) == 1
    assert account.requests_in_log() == ["dropped_after_accept"]
    assert account.post(key="k").status_code == 200
    assert len(account.posts_in_log()) == 1


def test_error_after_accept(server, account):
    server.faults(_rule(account, "error_after_accept"))
    assert account.post().status_code == 500
    assert len(account.posts_in_log()) == 1
    assert account.requests_in_log() == ["error_after_accept"]


def test_drop_before(server, account):
    server.faults(_rule(account, "drop_before"))
    with pytest.raises(requests.ConnectionError):
        account.post()
    assert account.posts_in_log() == []
    assert account.requests_in_log() == ["dropped_before"]


def test_hang(server, account):
    server.faults(_rule(account, "hang"))
    with pytest.raises(requests.ReadTimeout):
        account.post(timeout=0.3)
    assert account.posts_in_log() == []
    assert account.requests_in_log() == ["hung"]


def test_expire_token(server, account):
    server.faults(_rule(account, "expire_token"))
    assert account.post().json()["error"] == "expired_token"
    assert account.post().json()["error"] == "expired_token"
    assert account.requests_in_log() == ["expired", "expired"]


def test_rule_is_for_its_account_only(server, account, outsider):
    server.faults(_rule(account, "refuse", times=None))
    assert account.post().status_code == 422
    assert outsider.post().status_code == 201


def test_rule_is_for_its_path_and_method_only(server, account):
    server.faults(_rule(account, "refuse", None, {"path": "/api/posts", "method": "GET"}))
    assert account.call("GET", "/posts").status_code == 422
    assert account.call("GET", "/me").status_code == 200
    assert account.post().status_code == 201


def test_effect_after_acceptance_waits_for_a_post_that_is_accepted(server, account):
    server.faults(_rule(account, "error_after_accept"))
    assert account.call("GET", "/me").status_code == 200
    assert account.post("").status_code == 422
    assert account.post().status_code == 500
    assert account.post().status_code == 201


def test_times_run_out_under_concurrent_requests(server, account):
    server.faults(_rule(account, "error_after_accept", times=3))
    with ThreadPoolExecutor(8) as pool:
        codes = sorted(answer.status_code for answer in pool.map(lambda n: account.post(f"{n}"), range(12)))
    assert codes == [201] * 9 + [500] * 3
    assert server.admin("GET", "/faults").json() == {"rules": []}


def test_delay_and_refusal_add_up(server, account):
    server.faults(_rule(account, "delay", seconds=0.3), _rule(account, "refuse"))
    began = time.monotonic()
    assert account.post().status_code == 422
    assert time.monotonic() - began >= 0.3


def test_rules_are_told_replaced_and_removed(server, account):
    server.faults(_rule(account, "refuse", times=2))
    account.post()
    (rule,) = server.admin("GET", "/faults").json()["rules"]
    assert (rule["times"], rule["left"]) == (2, 1)
    server.faults(_rule(account, "delay", None))
    assert [rule["effect"]["type"] for rule in server.admin("GET", "/faults").json()["rules"]] == ["delay"]
    assert server.admin("DELETE", "/faults").json() == {"rules": []}


@pytest.mark.parametrize(
    "rule",
    [
        None,
        {},
        {"effect": {}},
        {"effect": {"type": "explode"}},
        {"effect": {"type": "refuse", "status": 200}},
        {"effect": {"type": "delay", "seconds": -1}},
        {"effect": {"type": "delay", "seconds": "long"}},
        {"effect": {"type": "delay", "seconds": float("nan")}},
        {"effect": {"type": "rate_limit", "retry_after": "a\r\nSet-Cookie: b"}},
        {"effect": {"type": "refuse", "colour": "red"}},
        {"effect": {"type": "refuse", "when": "after"}},
        {"effect": {"type": "refuse"}, "times": 0},
        {"effect": {"type": "refuse"}, "match": {"account": "nobody-here"}},
        {"effect": {"type": "refuse"}, "match": {"path": "api"}},
        {"effect": {"type": "refuse"}, "match": {"colour": "red"}},
    ],
)
def test_rule_that_makes_no_sense_is_refused(server, rule):
    assert server.admin("PUT", "/faults", data=json.dumps({"rules": [rule]})).status_code == 422
