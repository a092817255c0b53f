"""The fixture `practice`, by which other tests make the network misbehave and judge what it published."""

import time

import pytest
import requests

TEXT = {"text": "Hello"}


@pytest.fixture
def account(practice):
    return practice.open_account()


@pytest.fixture
def send(practice, account):
    def send(path="/api/posts", body=TEXT, key="k", **options):
        headers = {"Authorization": f"Bearer {account['token']}", "Idempotency-Key": key}
        return requests.post(practice.url + path, json=body, headers=headers, timeout=5, **options)

    return send


def test_commits_are_what_was_published(practice, account, send):
    assert practice.commits(account["handle"]) == practice.received("nobody-here") == []
    send()
    (post,) = practice.commits(account["handle"])
    assert (post["text"], post["event"], post["idempotency_key"]) == ("Hello", "post", "k")
    assert practice.calls(account["handle"]) == ["accepted"]


def test_misbehaviour_is_for_one_kind_of_call(practice, account, send):
    practice.misbehave(account["handle"], "refuse", call="read", times=None)
    practice.misbehave(account["handle"], "error_before", status=503)
    assert send().status_code == 503
    assert send().status_code == 201
    headers = {"Authorization": f"Bearer {account['token']}"}
    assert requests.get(f"{practice.url}/api/posts", headers=headers, timeout=5).status_code == 422


def test_another_misbehaviour_does_not_renew_the_first(practice, account, send):
    practice.misbehave(account["handle"], "refuse", times=2)
    assert send().status_code == 422
    practice.misbehave(account["handle"], "error_before")
    assert [send().status_code for _ in range(3)] == [422, 500, 201]


def test_late_post_is_pending_and_then_a_commit(practice, account, send):
    practice.misbehave(account["handle"], "drop_then_commit", seconds=0.5)
    with pytest.raises(requests.ConnectionError):
        send()
    (pending,) = practice.pending(account["handle"])
    (post,) = practice.wait_for_commits(account["handle"], 1)
    assert post["late"] == pending["id"]
    assert practice.pending(account["handle"]) == []


def test_waiting_for_what_does_not_come_fails(practice, account):
    began = time.monotonic()
    with pytest.raises(AssertionError, match="0 of 1"):
        practice.wait_for_commits(account["handle"], 1, seconds=0.2)
    assert time.monotonic() - began < 2


def test_behaving_forgets_faults_and_traits(practice, account, send):
    practice.trait(account["handle"], keys="ignored")
    practice.trait(None, latency_ms=1)
    practice.misbehave(None, "refuse", times=None)
    practice.behave()
    assert [send().status_code for _ in range(2)] == [201, 200]


def test_tokens_can_be_renewed_and_revoked(practice, account, send):
    pair = practice.issue_tokens(account["handle"])
    practice.misbehave(account["handle"], "refuse", call="refresh")
    grant = {"refresh_token": pair["refresh_token"]}
    assert [send("/oauth/token", grant).status_code for _ in range(2)] == [422, 200]
    practice.revoke_tokens(account["handle"], refresh=True)
    assert send().json()["error"] == "revoked_token"


@pytest.mark.django_db
def test_connected_account_knows_what_its_platform_tells(practice, cast):
    account = practice.connect(cast.porto, listing="partial", renewable=True)
    assert account.capabilities["listing"] == "partial"
    assert account.expires_at is not None
    assert practice.connect(cast.porto).capabilities["listing"] == "complete"
