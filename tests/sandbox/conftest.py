"""A real practice network on a free port, driven over HTTP."""

import io
import json
import os
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest
import requests
from PIL import Image

from tests.support.standins import Shelf

ROOT = Path(__file__).resolve().parents[2]
ADMIN_KEY = "test-admin-key"


class Server:
    """One `python -m sandbox` process and what a test asks of it."""

    def __init__(self, data: Path, *options, admin_key=ADMIN_KEY):
        self.data = data
        self.options = options
        self.admin_key = admin_key
        self.process = None
        self.url = None

    def start(self):
        environ = os.environ | {"SANDBOX_ADMIN_KEY": self.admin_key}
        command = [sys.executable, "-m", "sandbox", "--port", "0", "--data", str(self.data), *self.options]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        assert "is ready: " in line, self.process.stderr.read()
        self.url = line.split("is ready: ")[1].strip()
        return self

    def stop(self, number=signal.SIGTERM, seconds=10):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(seconds)
        if self.process:
            self.process.stdout.close()
            self.errors = self.process.stderr.read()
            self.process.stderr.close()
        return self.process.returncode

    def admin(self, method, path, **options):
        headers = {"Authorization": f"Bearer {self.admin_key}"}
        return requests.request(method, f"{self.url}/admin{path}", headers=headers, timeout=20, **options)

    def faults(self, *rules):
        answer = self.admin("PUT", "/faults", json={"rules": list(rules)})
        assert answer.status_code == 200, answer.text
        return answer.json()["rules"]

    def traits(self, account=None, **traits):
        """Set traits of `account`'s platform, or of all accounts."""
        whose = {"account": account.handle} if account else {}
        answer = self.admin("PUT", "/traits", json={"traits": traits, **whose})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def redeem(self, **grant):
        return requests.post(f"{self.url}/oauth/token", json=grant, timeout=20)

    def account(self, handle, **more):
        answer = self.admin("POST", "/accounts", json={"handle": handle, "name": handle.title(), **more})
        assert answer.status_code == 201, answer.text
        return Client(self, answer.json())

    def events(self, kind=None, after=0, **wanted):
        found = self.admin("GET", f"/log?after={after}").json()["events"]
        return [
            event
            for event in found
            if kind in (None, event["event"]) and all(event.get(key) == wanted[key] for key in wanted)
        ]

    def stored_events(self):
        return [json.loads(line) for line in (self.data / "received.jsonl").read_bytes().splitlines()]


class Client:
    """An app that holds one account's token."""

    def __init__(self, server, account):
        self.server = server
        self.handle = account["handle"]
        self.id = account["id"]
        self.token = account["token"]

    def call(self, method, path, **options):
        headers = {"Authorization": f"Bearer {self.token}"} | options.pop("headers", {})
        timeout = options.pop("timeout", 20)
        url = f"{self.server.url}/api{path}"
        return requests.request(method, url, headers=headers, timeout=timeout, **options)

    def post(self, text="Hello", key=None, timeout=20, **more):
        headers = {"Idempotency-Key": key} if key else {}
        body = {"text": text, **more}
        return self.call("POST", "/posts", json=body, headers=headers, timeout=timeout)

    def upload(self, data, alt=None, name="picture.png"):
        fields = {} if alt is None else {"alt": alt}
        return self.call("POST", "/media", files={"file": (name, data)}, data=fields)

    def listed(self, **query):
        """The posts that the account's own list shows."""
        answer = self.call("GET", "/posts", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()["posts"]

    def misbehaves(self, kind, times=1, match=None, every=1, **effect):
        """A rule for this account's calls, as PUT /admin/faults takes it."""
        return {
            "match": {"account": self.handle} | (match or {}),
            "effect": {"type": kind, **effect},
            "times": times,
            "every": every,
        }

    def pair(self):
        """A fresh access and refresh token of the account."""
        answer = self.server.admin("POST", "/tokens/issue", json={"account": self.handle})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def posts_in_log(self):
        return self.server.events("post", account=self.handle)

    def requests_in_log(self):
        return [event["disposition"] for event in self.server.events("request", account=self.handle)]


def picture(kind="PNG", size=(40, 30), colour="teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


@pytest.fixture(name="picture")
def picture_maker():
    return picture


@pytest.fixture(scope="session")
def shelf():
    """A server of pictures and videos for the stand-ins to fetch."""
    made = Shelf()
    yield made
    made.close()


@pytest.fixture(scope="session")
def start_lasting_server(tmp_path_factory):
    """Start servers that many tests share; none may have complained at the end."""
    started = []

    def start():
        started.append(Server(tmp_path_factory.mktemp("practice"), "--no-fsync").start())
        return started[-1]

    yield start
    for server in started:
        server.stop()
    assert [server.errors for server in started] == [""] * len(started)


@pytest.fixture(scope="session")
def shared_server(start_lasting_server):
    return start_lasting_server()


@pytest.fixture
def server(shared_server):
    """The shared server, behaving normally."""
    shared_server.admin("DELETE", "/faults")
    shared_server.admin("DELETE", "/traits")
    return shared_server


_numbers = count(1)


@pytest.fixture
def account(server):
    """A fresh account's client."""
    return server.account(f"chapter-{next(_numbers)}")


@pytest.fixture
def outsider(server):
    return server.account(f"outsider-{next(_numbers)}")


@pytest.fixture
def make_server(tmp_path):
    """Start servers of one's own; all are stopped at the end."""
    started = []

    def make(*options, data=tmp_path / "practice", **more):
        server = Server(data, *options, **more)
        started.append(server)
        return server.start()

    yield make
    for server in started:
        if server.process.poll() is None:
            server.stop(signal.SIGKILL)
