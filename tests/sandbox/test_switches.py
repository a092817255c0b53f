"""The switches page, used as a person uses it."""

import re

import pytest
import requests


@pytest.fixture
def press(server):
    session = requests.Session()
    page = session.get(f"{server.url}/switches", timeout=10)
    token = re.search(r'name="csrf" value="(\w+)"', page.text)[1]

    def press(path="", headers=None, **fields):
        headers = {"Origin": server.url} if headers is None else headers
        form = {"csrf": token} | fields
        return session.post(f"{server.url}/switches{path}", data=form, headers=headers, timeout=10)

    return press


def test_switch_acts_and_is_shown_and_goes_off(server, account, press):
    page = press(
        account=account.handle, behaviour="refuse", scope="publish", times="", message="Closed today"
    )
    assert page.status_code == 200
    assert "Refuse the post" in page.text
    assert "Closed today" in page.text
    assert account.post().json()["message"] == "Closed today"
    assert account.call("GET", "/me").status_code == 200
    rule = re.search(r'name="rule" value="([^"]+)"', page.text)[1]
    assert "Everything behaves normally." in press("/stop", rule=rule).text
    assert account.post().status_code == 201


@pytest.mark.parametrize(
    ("behaviour", "effect"),
    [
        ("refuse", {"type": "refuse"}),
        ("rate_limit", {"type": "rate_limit", "retry_after": 90}),
        ("delay", {"type": "delay", "seconds": 90}),
        ("hang", {"type": "hang"}),
        ("drop_before", {"type": "drop_before"}),
        ("accept_then_drop", {"type": "accept_then_drop"}),
        ("error_after_accept", {"type": "error_after_accept"}),
        ("expire_token", {"type": "expire_token"}),
    ],
)
def test_every_behaviour_can_be_chosen(server, press, behaviour, effect):
    assert press(behaviour=behaviour, seconds="90", times="3").status_code == 200
    (rule,) = server.admin("GET", "/faults").json()["rules"]
    assert rule["effect"] == effect
    assert rule["match"] == {"method": "POST", "path": "/api/posts"}
    assert rule["left"] == 3


def test_one_button_makes_everything_normal(server, account, press):
    press(behaviour="refuse", times="")
    press("/traits", keys="ignored")
    page = press("/normal")
    assert "Everything behaves normally." in page.text
    assert server.admin("GET", "/faults").json() == {"rules": []}
    assert server.admin("GET", "/settings").json() == {"honour_keys": True}


def test_mistake_is_explained_and_nothing_typed_is_lost(server, press):
    page = press(behaviour="delay", seconds="soon", message="Kept words")
    assert page.status_code == 422
    assert 'value="soon"' in page.text
    assert 'value="Kept words"' in page.text
    assert "whole number of seconds" in page.text
    assert server.admin("GET", "/faults").json() == {"rules": []}


@pytest.mark.parametrize(
    "fields", [{"behaviour": "nonsense"}, {"account": "nobody-here"}, {"times": "-1"}, {"message": "x" * 600}]
)
def test_odd_form_is_refused(press, fields):
    assert press(**fields).status_code == 422


@pytest.mark.parametrize("path", ["", "/stop", "/traits", "/normal"])
def test_forms_of_other_sites_are_refused(server, press, path):
    before = server.admin("GET", "/log").json()["next"]
    assert press(path, headers={"Origin": "https://evil.example"}, behaviour="refuse").status_code == 403
    assert press(path, headers={}, behaviour="refuse").status_code == 403
    assert press(path, csrf="0" * 40, behaviour="refuse").status_code == 403
    assert server.admin("GET", "/log").json()["next"] == before
