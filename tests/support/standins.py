"""Calling the practice network's stand-ins as an app does, and a small hub that serves them media."""

from __future__ import annotations

import io
import itertools
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import requests
from PIL import Image

# for names that no other test takes
numbers = itertools.count(1)
RETURN = "http://127.0.0.1:8000/accounts/connected"


class Caller:
    """An app that holds one account's token at one host."""

    def __init__(self, server, host, account):
        self.server = server
        self.host = host
        self.id = account["id"]
        self.handle = account["handle"]
        self.token = account["token"]

    def call(self, method, path, *, token=None, form=None, host=None, timeout=20, **options):
        """`path` begins with a slash; `form` is sent as a form, whatever else as `requests` takes it."""
        given = self.token if token is None else token
        headers = ({"Authorization": f"Bearer {given}"} if given else {}) | options.pop("headers", {})
        url = f"{self.server.url}/as/{host or self.host}{path}"
        return requests.request(
            method, url, headers=headers, data=form, timeout=timeout, allow_redirects=False, **options
        )

    def get(self, path, **query):
        return self.call("GET", path, params=query)

    def post(self, path, **form):
        return self.call("POST", path, form=form)

    def delete(self, path):
        return self.call("DELETE", path)

    def issue(self, scopes, use="long"):
        """A further token of the account, with these scopes alone."""
        body = {"account": self.handle, "scopes": list(scopes), "use": use}
        answer = self.server.admin("POST", "/tokens/issue", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["access_token"]

    def commits(self):
        return self.server.admin("GET", "/commits", params={"account": self.handle}).json()["posts"]

    def trait(self, **traits):
        answer = self.server.admin("PUT", "/traits", json={"account": self.handle, "traits": traits})
        assert answer.status_code == 200, answer.text

    def misbehaves(self, kind, match=None, times=1, **effect):
        """A rule for this account's calls, as PUT /admin/faults takes it."""
        return {
            "match": {"account": self.handle, **(match or {})},
            "effect": {"type": kind, **effect},
            "times": times,
        }


def open_account(server, network, username, *, host, kind="", owner=""):
    body = {"network": network, "handle": username, "name": username.title(), "kind": kind, "owner": owner}
    answer = server.admin("POST", "/accounts", json=body)
    assert answer.status_code == 201, answer.text
    return Caller(server, host, answer.json())


def says(answer):
    """Status, code and subcode of a Graph error."""
    error = answer.json()["error"]
    return answer.status_code, error["code"], error.get("error_subcode")


class Visitor:
    """A browser at a stand-in's consent page."""

    def __init__(self, server, address):
        self.server = server
        self.address = f"{server.url}/as/{address}"
        self.session = requests.Session()

    def open(self, **query):
        asked = {"client_id": "practice", "redirect_uri": RETURN, "state": "s1", "response_type": "code"}
        given = {name: value for name, value in (asked | query).items() if value is not None}
        self.page = self.session.get(self.address, params=given, timeout=10)
        return self.page

    def send(self, *, untick=(), **fields):
        """Send the page's form with what is ticked there, but for `untick`."""
        # the page has a form for accounts that exist, if there are any, and one for a new account
        forms = self.page.text.split("<form")[1:]
        chosen = forms[-1] if "create" in fields else forms[0]
        hidden = re.findall(r'<input type="hidden" name="([\w:.-]+)" value="([^"]*)"', chosen)
        ticked = re.findall(r'<input type="checkbox" name="([\w:.-]+)" value="yes" checked>', chosen)
        form = {name: value.replace("&amp;", "&") for name, value in hidden}
        form |= {name: "yes" for name in ticked if name not in untick}
        return self.session.post(
            self.address,
            data=form | fields,
            headers={"Origin": self.server.url},
            allow_redirects=False,
            timeout=10,
        )

    def allow(self, account, *, untick=(), **query):
        """What the app is sent back with."""
        self.open(**query)
        answer = self.send(choose=account.handle, allow="yes", untick=untick)
        assert answer.status_code == 303, answer.text
        return returned(answer)


def returned(answer):
    """The query of the address that a browser is sent back to."""
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    return {name: values[0] for name, values in query.items()}


class Shelf:
    """A server of pictures and videos: `put` them, give their addresses to a stand-in."""

    def __init__(self):
        self.things = {}
        self.asked = []
        shelf = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                shelf.asked.append(self.path)
                status, kind, data, wait, location = shelf.things.get(
                    self.path, (404, "text/plain", b"", 0, "")
                )
                time.sleep(wait)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                if location:
                    self.send_header("Location", location)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def put(self, data, kind="image/jpeg", *, status=200, wait=0, location=""):
        path = f"/m/{len(self.things) + 1}"
        self.things[path] = (status, kind, data, wait, location)
        return self.address(path)

    def address(self, path):
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def jpeg(width=400, height=400, kind="JPEG"):
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, kind)
    return out.getvalue()


# enough of an MP4 file to be known as one
MP4 = b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 200
