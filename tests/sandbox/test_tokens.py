"""Tokens that end: by age, by being traded, by the operator, and in the middle of a call."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

TRADING = {"path": "/oauth/token", "method": "POST"}


def _works(account, token):
    account.token = token
    return account.call("GET", "/me").status_code == 200


def test_spent_refresh_token_is_refused(server, account):
    pair = account.pair()
    assert server.redeem(refresh_token=pair["refresh_token"]).status_code == 200
    again = server.redeem(refresh_token=pair["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_spent_refresh_token_gives_the_same_pair_within_its_grace(server, account):
    server.traits(account, refresh_grace=1)
    pair = account.pair()
    first = server.redeem(refresh_token=pair["refresh_token"]).json()
    second = server.redeem(refresh_token=pair["refresh_token"]).json()
    names = ("access_token", "refresh_token")
    assert [first[name] for name in names] == [second[name] for name in names]
    assert 0 < second["expires_in"] <= first["expires_in"]
    assert _works(account, second["access_token"])
    time.sleep(1.1)
    assert server.redeem(refresh_token=pair["refresh_token"]).status_code == 400


def test_grace_ends_once_the_new_token_was_used(server, account):
    server.traits(account, refresh_grace=60)
    pair = account.pair()
    first = server.redeem(refresh_token=pair["refresh_token"]).json()
    assert server.redeem(refresh_token=first["refresh_token"]).status_code == 200
    assert server.redeem(refresh_token=pair["refresh_token"]).status_code == 400


@pytest.mark.parametrize(("grace", "winners"), [(0, 1), (60, 2)])
def test_two_trades_at_once(server, account, grace, winners):
    server.traits(account, refresh_grace=grace)
    server.faults(account.misbehaves("delay", 2, TRADING, seconds=0.3))
    token = account.pair()["refresh_token"]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda n: server.redeem(refresh_token=token), range(2)))
    pairs = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(pairs) == winners
    assert len({pair["refresh_token"] for pair in pairs}) == 1


def test_answer_of_a_trade_can_be_lost(server, account):
    server.faults(account.misbehaves("accept_then_drop", match=TRADING))
    token = account.pair()["refresh_token"]
    with pytest.raises(requests.ConnectionError):
        server.redeem(refresh_token=token)
    assert server.redeem(refresh_token=token).status_code == 400
    server.traits(account, refresh_grace=60)
    assert server.redeem(refresh_token=token).status_code == 200


def test_rule_that_names_no_path_leaves_trading_alone(server, account):
    server.faults(account.misbehaves("refuse", None))
    assert server.redeem(refresh_token=account.pair()["refresh_token"]).status_code == 200


def test_access_ends_after_its_time_and_is_renewed(server, account):
    server.traits(account, access_lasts=1)
    pair = account.pair()
    assert pair["expires_in"] == 1
    assert _works(account, pair["access_token"])
    time.sleep(1.1)
    assert account.call("GET", "/me").json()["error"] == "expired_token"
    renewed = server.redeem(refresh_token=pair["refresh_token"]).json()
    assert _works(account, renewed["access_token"])


def test_operators_token_lasts_no_longer_either(server, account):
    server.admin("POST", "/tokens/expire", json={"account": account.handle})
    server.traits(account, access_lasts=1)
    first = server.account(account.handle).token
    assert _works(account, first)
    time.sleep(1.1)
    second = server.account(account.handle).token
    assert first != second
    assert not _works(account, first)
    assert _works(account, second)


def test_revoked_access_is_told_and_can_be_renewed(server, account):
    pair = account.pair()
    account.token = pair["access_token"]
    answer = server.admin("POST", "/tokens/revoke", json={"account": account.handle})
    assert answer.json()["revoked"] == 2
    refused = account.post()
    assert (refused.status_code, refused.json()["error"]) == (401, "revoked_token")
    assert account.requests_in_log() == ["revoked"]
    assert server.redeem(refresh_token=pair["refresh_token"]).status_code == 200


def test_revoked_for_good(server, account):
    pair = account.pair()
    server.admin("POST", "/tokens/revoke", json={"account": account.handle, "refresh": True})
    assert not _works(account, pair["access_token"])
    assert server.redeem(refresh_token=pair["refresh_token"]).status_code == 400


def test_revoking_is_for_one_account_only(server, account, outsider):
    server.admin("POST", "/tokens/revoke", json={"account": account.handle})
    assert outsider.post().status_code == 201


def test_revoked_between_arrival_and_effect(server, account):
    server.faults(account.misbehaves("delay", seconds=0.6))
    answers = []
    calling = threading.Thread(target=lambda: answers.append(account.post()))
    calling.start()
    while not server.events("fault_applied", account=account.handle):
        time.sleep(0.02)
    server.admin("POST", "/tokens/revoke", json={"account": account.handle})
    calling.join()
    assert (answers[0].status_code, answers[0].json()["error"]) == (401, "revoked_token")
    assert account.posts_in_log() == []


def test_revoked_while_a_call_that_reads_is_held(server, account):
    server.faults(account.misbehaves("expire_in_flight", match={"path": "/api/me"}))
    assert account.call("GET", "/me").json()["error"] == "expired_token"


def test_revoked_while_the_key_is_looked_up(server, account):
    server.traits(account, keys="racing")
    answers = []
    for _ in range(20):
        calling = threading.Thread(target=lambda: answers.append(account.post(key=f"{len(answers)}")))
        calling.start()
        time.sleep(0.02)
        server.admin("POST", "/tokens/revoke", json={"account": account.handle})
        calling.join()
        account.token = server.account(account.handle).token
    refused = sum(answer.status_code == 401 for answer in answers)
    assert refused > 0
    assert len(account.posts_in_log()) == 20 - refused


def test_expire_in_flight_refuses_what_arrived_with_a_good_token(server, account):
    server.faults(account.misbehaves("expire_in_flight", seconds=0.3))
    began = time.monotonic()
    answer = account.post()
    assert time.monotonic() - began >= 0.3
    assert (answer.status_code, answer.json()["error"]) == (401, "expired_token")
    assert account.posts_in_log() == []
    assert account.requests_in_log() == ["expired"]
    assert account.post().status_code == 401


def test_expire_in_flight_after_it_took_effect(server, account):
    server.faults(account.misbehaves("expire_in_flight", when="after"))
    assert account.post().status_code == 401
    assert len(account.posts_in_log()) == 1
    assert account.requests_in_log() == ["expired_after_accept"]


def test_log_never_holds_what_was_traded(server, account):
    server.traits(account, refresh_grace=60)
    pair = account.pair()
    traded = server.redeem(refresh_token=pair["refresh_token"]).json()
    log = server.admin("GET", "/log").text
    for one in (pair, traded):
        assert one["access_token"] not in log
        assert one["refresh_token"] not in log


@pytest.mark.parametrize("path", ["/tokens/revoke", "/tokens/issue"])
def test_tokens_of_nobody(server, path):
    assert server.admin("POST", path, json={"account": "nobody-here"}).status_code == 404
    assert server.admin("POST", path, json={}).status_code == 404
