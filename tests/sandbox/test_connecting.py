"""The connect page and its tokens, as an app and its user go through them."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

RETURN = "http://127.0.0.1:8000/accounts/connected?x=1"


class Visitor:
    """A browser without JavaScript."""

    def __init__(self, server):
        self.server = server
        self.session = requests.Session()

    def open(self, path, **query):
        return self.session.get(self.server.url + path, params=query, timeout=10)

    def send(self, path, page, headers=None, **fields):
        hidden = dict(re.findall(r'<input type="hidden" name="([\w]+)" value="([^"]*)"', page.text))
        hidden = {name: value.replace("&amp;", "&") for name, value in hidden.items()}
        headers = {"Origin": self.server.url} if headers is None else headers
        url = self.server.url + path
        return self.session.post(
            url, data=hidden | fields, headers=headers, allow_redirects=False, timeout=10
        )


@pytest.fixture
def visitor(server):
    return Visitor(server)


def _code(answer):
    assert answer.status_code == 303, answer.text
    return parse_qs(urlsplit(answer.headers["Location"]).query)


def _redeem(server, **body):
    return requests.post(f"{server.url}/oauth/token", json=body, timeout=10)


def test_choosing_an_account_leads_back_with_tokens(server, account, visitor):
    page = visitor.open("/connect", redirect_uri=RETURN, state="s&1")
    assert page.status_code == 200
    assert account.handle in page.text
    answer = visitor.send("/connect", page, choose=account.handle)
    assert answer.headers["Location"].startswith(RETURN + "&code=")
    query = _code(answer)
    assert query["state"] == ["s&1"]
    tokens = _redeem(server, code=query["code"][0])
    assert tokens.status_code == 200
    body = tokens.json()
    assert (body["account"]["id"], body["account"]["handle"]) == (account.id, account.handle)
    assert body["expires_in"] > 0
    account.token = body["access_token"]
    assert account.post().status_code == 201


def test_code_works_once(server, account, visitor):
    page = visitor.open("/connect", redirect_uri=RETURN, state="s")
    code = _code(visitor.send("/connect", page, choose=account.handle))["code"][0]
    assert _redeem(server, code=code).status_code == 200
    again = _redeem(server, code=code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_refresh_token_rotates(server, account, visitor):
    page = visitor.open("/connect", redirect_uri=RETURN, state="s")
    code = _code(visitor.send("/connect", page, choose=account.handle))["code"][0]
    first = _redeem(server, code=code).json()
    server.admin("POST", "/tokens/expire", json={"account": account.handle})
    account.token = first["access_token"]
    assert account.call("GET", "/me").json()["error"] == "expired_token"
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = requests.post(f"{server.url}/oauth/token", data=form, timeout=10).json()
    account.token = second["access_token"]
    assert account.call("GET", "/me").status_code == 200
    assert _redeem(server, refresh_token=first["refresh_token"]).status_code == 400
    assert _redeem(server, refresh_token=second["refresh_token"]).status_code == 200


def test_access_token_is_no_refresh_token(server, account):
    assert _redeem(server, refresh_token=account.token).status_code == 400


def test_new_account_is_made_on_the_way(server, visitor):
    page = visitor.open("/connect", redirect_uri=RETURN, state="s")
    answer = visitor.send("/connect", page, create="yes", new_name="Riverside", new_handle="riverside-new")
    tokens = _redeem(server, code=_code(answer)["code"][0]).json()
    assert tokens["account"]["name"] == "Riverside"


def test_taken_or_odd_handle_keeps_what_was_typed(account, visitor):
    page = visitor.open("/connect", redirect_uri=RETURN, state="s")
    for handle in (account.handle, "no spaces"):
        answer = visitor.send("/connect", page, create="yes", new_name="My name", new_handle=handle)
        assert answer.status_code == 422
        assert 'value="My name"' in answer.text
        assert f'value="{handle}"' in answer.text


def test_account_the_app_asks_for_comes_first(account, visitor):
    page = visitor.open("/connect", redirect_uri=RETURN, state="s", handle=account.handle)
    assert "The account it asks for" in page.text
    assert page.text.count(f'value="{account.handle}"') >= 1


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://evil.example/back",
        "http://evil.example/",
        "http://127.0.0.1@evil.example/",
        "http://127.0.0.1.evil.example/",
        "http://evil.example\\@127.0.0.1/",
        "https://127.0.0.1/",
        "javascript:alert(1)",
        "//127.0.0.1/",
        "http://127.0.0.1:99999/",
        "http://[::1/",
        "http://127.0.0.1/#part",
        "http://127.0.0.1/\r\nSet-Cookie: a=b",
        "http://127.0.0.1;style-src */",
    ],
)
def test_only_allowed_addresses_are_returned_to(visitor, address):
    page = visitor.open("/connect", redirect_uri=address, state="s")
    assert page.status_code == 400
    assert "not allowed" in page.text


def test_named_hub_is_returned_to(make_server):
    server = make_server("--hub-origin", "https://hub.example")
    visitor = Visitor(server)
    page = visitor.open("/connect", redirect_uri="https://hub.example/back", state="s")
    assert page.status_code == 200
    assert "form-action 'self' https://hub.example" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_form_of_another_site_is_refused(account, visitor, headers):
    page = visitor.open("/connect", redirect_uri=RETURN, state="s")
    assert visitor.send("/connect", page, headers=headers, choose=account.handle).status_code == 403


def test_form_without_its_token_is_refused(account, visitor):
    page = visitor.open("/connect", redirect_uri=RETURN, state="s")
    assert visitor.send("/connect", page, csrf="", choose=account.handle).status_code == 403
    visitor.session.cookies.clear()
    assert visitor.send("/connect", page, choose=account.handle).status_code == 403
