"""The switches page, used as a person uses it."""

import re

import pytest
import requests

from sandbox.effects import EFFECTS
from sandbox.traits import TRAITS
from sandbox.wording import BEHAVIOURS, TRAIT_NAMES


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
        ("error_before", {"type": "error_before", "status": 503}),
        ("redirect", {"type": "redirect", "location": "/"}),
        ("drop_then_commit", {"type": "drop_then_commit", "seconds": 90}),
        ("slow_drip", {"type": "slow_drip", "seconds": 90}),
        ("endless_headers", {"type": "endless_headers", "seconds": 90}),
        ("truncated_json", {"type": "truncated_json"}),
        ("cut_body", {"type": "cut_body"}),
        ("empty_200", {"type": "empty_200"}),
        ("html_200", {"type": "html_200"}),
        ("wrong_id", {"type": "wrong_id"}),
        ("missing_id", {"type": "missing_id"}),
        ("wrong_type", {"type": "wrong_type"}),
        ("huge_body", {"type": "huge_body"}),
        ("expire_in_flight", {"type": "expire_in_flight", "seconds": 90}),
        ("date_skew", {"type": "date_skew", "seconds": 90}),
    ],
)
def test_every_behaviour_can_be_chosen(server, press, behaviour, effect):
    assert press(behaviour=behaviour, seconds="90", times="3").status_code == 200
    (rule,) = server.admin("GET", "/faults").json()["rules"]
    assert rule["effect"] == effect
    assert rule["match"] == {"method": "POST", "path": "/api/posts"}
    assert rule["left"] == 3


def test_no_behaviour_is_missing_from_the_page():
    shown = [kind for _, group in BEHAVIOURS for kind, _, _ in group]
    assert sorted(shown) == sorted(EFFECTS)
    assert set(TRAIT_NAMES) == set(TRAITS)


def test_traits_of_all_and_of_one_are_set_and_told(server, account, outsider, press):
    page = press("/traits", account="", keys="ignored", show_keys="no", invisible_for="0.5", order="newest")
    assert "is published twice" in page.text
    traits = server.admin("GET", "/traits").json()
    assert (traits["all"]["keys"], traits["all"]["show_keys"], traits["all"]["invisible_for"]) == (
        "ignored",
        False,
        0.5,
    )
    page = press("/traits", account=account.handle, keys="honoured", show_keys="", invisible_for="")
    assert f"Save for {account.handle.title()}" in page.text
    assert server.admin("GET", "/traits").json()["accounts"] == {account.handle: {"keys": "honoured"}}
    assert [account.post(key="k").status_code for _ in range(2)] == [201, 200]
    assert [outsider.post(key="k").status_code for _ in range(2)] == [201, 201]


def test_saving_what_is_usual_leaves_nothing_unusual(server, press):
    press("/traits", keys="ignored")
    page = press("/traits", keys="honoured", show_keys="yes", latency_ms="0", hidden_share="0.5")
    assert "Everything behaves normally." in page.text


def test_mistake_in_a_trait_is_explained_beside_it(server, account, press):
    page = press("/traits", account=account.handle, invisible_for="soon", keys="ignored")
    assert page.status_code == 422
    assert 'id="error-invisible_for"' in page.text
    assert 'value="soon"' in page.text
    assert '<option value="ignored" selected>' in page.text
    assert server.admin("GET", "/traits").json()["accounts"] == {}


@pytest.mark.parametrize(
    "fields", [{"account": "nobody-here"}, {"show_keys": "maybe"}, {"keys": "x"}, {"latency_ms": "1e999"}]
)
def test_odd_traits_are_refused(press, fields):
    assert press("/traits", **fields).status_code == 422


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
