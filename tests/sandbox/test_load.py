"""Many posts and many callers at once: no call gets slower with what was published before."""

import http.client
import json
import threading
import time
from urllib.parse import urlsplit

import pytest

CALLERS, ROUNDS = 64, 4
POSTS = 20_000


@pytest.fixture(scope="module")
def busy(start_lasting_server):
    """A network with 20,000 posts of eight accounts, and how long each quarter of them took."""
    server = start_lasting_server()
    accounts = [server.account(f"busy-{n}") for n in range(8)]
    quarters = [_publish(server, accounts, quarter, POSTS // ROUNDS) for quarter in range(ROUNDS)]
    return server, accounts, quarters


def _publish(server, accounts, quarter, count) -> float:
    host, failures = urlsplit(server.url).netloc, []

    def call(caller):
        connection = http.client.HTTPConnection(host, timeout=30)
        account = accounts[caller % len(accounts)]
        for number in range(caller, count, CALLERS):
            key = f"{quarter}-{number}"
            headers = {"Authorization": f"Bearer {account.token}", "Idempotency-Key": key}
            connection.request("POST", "/api/posts", json.dumps({"text": key}), headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 201:
                failures.append(answer.status)
        connection.close()

    began = time.monotonic()
    callers = [threading.Thread(target=call, args=(n,)) for n in range(CALLERS)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert failures == []
    return time.monotonic() - began


def _median(call, times=21) -> float:
    took = []
    for _ in range(times):
        began = time.monotonic()
        call()
        took.append(time.monotonic() - began)
    return sorted(took)[times // 2]


def test_publishing_does_not_get_slower(busy):
    _, _, quarters = busy
    # the machine has other work too; four times as slow as at first would be growth with every post
    assert min(quarters[2:]) < 4 * quarters[0]


def test_every_post_is_there_once(busy):
    server, accounts, _ = busy
    keys = [
        post["idempotency_key"]
        for account in accounts
        for post in server.admin("GET", f"/commits?account={account.handle}").json()["posts"]
    ]
    assert len(keys) == len(set(keys)) == POSTS


def test_an_accounts_list_does_not_cost_the_others_posts(busy):
    server, accounts, _ = busy
    small = server.account("small")
    small.post("Alone")
    posts = server.admin("GET", f"/commits?account={accounts[0].handle}").json()["posts"]
    alone = _median(lambda: small.listed(limit=1))
    crowded = _median(lambda: accounts[0].listed(limit=1))
    deep = _median(lambda: accounts[0].listed(limit=1, before=posts[5]["id"]))
    assert crowded < 5 * alone + 0.01
    assert deep < 5 * alone + 0.01
