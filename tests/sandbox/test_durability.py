"""The log is the judge: what was answered is in it, whatever happens to the process."""

import signal
import threading
from contextlib import suppress

import pytest
import requests


def test_state_is_rebuilt_from_the_log(make_server, picture):
    server = make_server()
    account = server.account("keeper")
    media = account.upload(picture(), alt="Kept").json()
    first = account.post("Kept", key="k", media_ids=[media["id"]]).json()
    gone = account.post("Gone").json()
    account.call("DELETE", f"/posts/{gone['id']}")
    effect = {"type": "refuse"}
    server.faults({"match": {"account": "keeper", "path": "/api/posts"}, "effect": effect, "times": 3})
    account.post("Refused")
    server.admin("PUT", "/settings", json={"honour_keys": True})
    before = server.stored_events()
    server.stop(signal.SIGKILL)

    server = make_server()
    assert server.stored_events() == before
    account.server = server
    assert server.account("keeper").token == account.token
    assert server.admin("GET", "/faults").json()["rules"][0]["left"] == 2
    server.admin("DELETE", "/faults")
    (post,) = account.call("GET", "/posts").json()["posts"]
    assert (post["id"], post["media"]) == (first["id"], [{"id": media["id"], "alt": "Kept"}])
    assert requests.get(f"{server.url}/media/{media['id']}", timeout=5).content == picture()
    assert account.post("Kept", key="k").status_code == 200


@pytest.mark.parametrize("options", [(), ("--no-fsync",)])
def test_nothing_answered_is_lost_when_killed(make_server, options):
    server = make_server(*options)
    account = server.account("burst")
    answered = []

    def send(worker):
        for number in range(1000):
            try:
                answer = account.post(f"{worker}-{number}", key=f"{worker}-{number}")
            except requests.ConnectionError:
                return
            answered.append(answer.json()["id"])

    threads = [threading.Thread(target=send, args=[n]) for n in range(4)]
    for thread in threads:
        thread.start()
    while len(answered) < 100:
        threading.Event().wait(0.01)
    server.stop(signal.SIGKILL)
    for thread in threads:
        thread.join()

    server = make_server(*options)
    stored = [event["id"] for event in server.events("post")]
    assert set(answered) <= set(stored)
    assert len(stored) == len(set(stored))
    # at most the posts in flight were taken without an answer
    assert len(stored) - len(answered) <= 4


def test_line_cut_short_by_a_crash_is_removed(make_server):
    server = make_server()
    account = server.account("torn")
    account.post("Whole")
    server.stop(signal.SIGKILL)
    whole = server.stored_events()
    with open(server.data / "received.jsonl", "ab") as log:
        log.write(b'{"seq":99,"event":"post","te')

    server = make_server()
    assert server.stored_events() == whole
    account.server = server
    assert account.post("Next").status_code == 201
    assert [event["seq"] for event in server.stored_events()] == list(
        range(1, len(server.stored_events()) + 1)
    )


@pytest.mark.parametrize("kind", ["hang", "slow_drip", "endless_headers", "drop_then_commit"])
def test_ends_quickly_though_calls_do_not(make_server, kind):
    server = make_server()
    account = server.account("slow")
    server.faults({"effect": {"type": kind}, "times": None})

    def call():
        with suppress(requests.RequestException):
            account.post(timeout=15)

    thread = threading.Thread(target=call)
    thread.start()
    while not server.events("request"):
        threading.Event().wait(0.02)
    assert server.stop(signal.SIGTERM, seconds=2) == 0
    thread.join()
