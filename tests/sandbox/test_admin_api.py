import base64
from datetime import UTC, datetime, timedelta

import pytest
import requests


def _item(account, key="demo-1", **more):
    return {
        "account": account.handle,
        "text": "Long ago",
        "created_at": "2025-02-03T10:00:00Z",
        "external_key": key,
    } | more


def test_admin_needs_its_key(server):
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic x"},
        {"Authorization": "Bearer é"},
    ):
        headers = {name: value.encode("utf-8") for name, value in headers.items()}
        assert requests.get(f"{server.url}/admin/log", headers=headers, timeout=5).status_code == 401


def test_admin_is_off_without_a_key(make_server):
    server = make_server(admin_key="")
    answer = requests.get(f"{server.url}/admin/log", headers={"Authorization": "Bearer "}, timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (403, "admin_off")


def test_account_is_made_once_per_handle(server):
    first = server.admin("POST", "/accounts", json={"handle": "Twice", "name": "Twice"})
    again = server.admin("POST", "/accounts", json={"handle": "@twice", "name": "Other"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.json()["handle"] == "twice"
    assert len(server.events("account", handle="twice")) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"handle": "", "name": "x"},
        {"handle": "a b", "name": "x"},
        {"handle": "../etc", "name": "x"},
        {"handle": "x" * 41, "name": "x"},
        {"handle": "fine", "name": ""},
        {"handle": "fine", "name": "x" * 81},
        {"handle": "fine", "name": "x", "followers": -1},
        {"handle": "fine", "name": "x", "followers": "many"},
        {"handle": 5, "name": 5},
    ],
)
def test_account_outside_the_rules_is_refused(server, body):
    assert server.admin("POST", "/accounts", json=body).status_code == 422


def test_import_is_backdated_and_idempotent(server, account, picture):
    media = [{"alt": "Drawn", "data_base64": base64.b64encode(picture()).decode()}]
    items = [_item(account, media=media, link="https://example.org/"), _item(account, "demo-2", text="Other")]
    first = server.admin("POST", "/import", json={"posts": items})
    again = server.admin("POST", "/import", json={"posts": items})
    assert first.status_code == 200
    assert first.json() == again.json()
    assert [post["external_key"] for post in first.json()["posts"]] == ["demo-1", "demo-2"]
    lines = account.posts_in_log()
    assert [line["imported"] for line in lines] == [True, True]
    assert lines[0]["created_at"] == "2025-02-03T10:00:00.000Z"
    assert lines[0]["media"][0]["alt"] == "Drawn"
    assert len(server.events("media", account=account.handle)) == 1
    shown = account.call("GET", "/posts").json()["posts"]
    assert shown[0]["counts"]["views"] > 0


def test_import_takes_all_or_nothing(server, account):
    bad = [_item(account, "all-1"), _item(account, "all-2", text="x" * 501)]
    answer = server.admin("POST", "/import", json={"posts": bad})
    assert answer.status_code == 422
    assert answer.json()["message"].startswith("Post 2: ")
    assert account.posts_in_log() == []


@pytest.mark.parametrize(
    "change",
    [
        {"account": "nobody-here"},
        {"created_at": None},
        {"created_at": "soon"},
        {"created_at": "1999-01-01T00:00:00Z"},
        {"created_at": (datetime.now(UTC) + timedelta(days=1)).isoformat()},
        {"external_key": ""},
        {"external_key": None},
        {"media": [{"data_base64": "%%%"}]},
        {"media": [{"data_base64": "aGVsbG8="}]},
        {"media": "no"},
        {"text": "", "link": None},
    ],
)
def test_import_outside_the_rules_is_refused(server, account, change):
    answer = server.admin("POST", "/import", json={"posts": [_item(account, "odd") | change]})
    assert answer.status_code == 422, answer.text
    assert account.posts_in_log() == []


def test_log_is_read_from_a_number_on(server, account):
    before = server.admin("GET", "/log").json()["next"]
    account.post("One")
    account.post("Two")
    tail = server.admin("GET", f"/log?after={before}").json()
    assert [event["text"] for event in tail["events"] if event["event"] == "post"] == ["One", "Two"]
    assert [event["seq"] for event in tail["events"]] == list(range(before + 1, tail["next"] + 1))
    assert server.admin("GET", f"/log?after={tail['next']}").json() == {"events": [], "next": tail["next"]}
    assert len(server.admin("GET", f"/log?after={before}&limit=1").json()["events"]) == 1


def test_log_never_holds_a_token(server, account):
    account.post()
    assert account.token not in server.admin("GET", "/log").text


def test_unknown_setting_is_refused(server):
    assert server.admin("PUT", "/settings", json={"honour_kees": True}).status_code == 422
    assert server.admin("PUT", "/settings", json={"honour_keys": "yes"}).status_code == 422
