"""The practice network as the judge: a process of its own, its admin API, and its log."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests

from tests.support import servers

KEY = "faults-admin"


class Network:
    """One practice network. `posts()` and `requests()` are read from its durable log."""

    def __init__(self, folder: Path) -> None:
        self.port = servers.free_port()
        self.folder = folder
        self.log = folder.with_suffix(".log")
        self.process: subprocess.Popen | None = None
        self._known: list[dict[str, Any]] = []
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "sandbox", "--port", str(self.port), "--data", str(self.folder)]
        with self.log.open("ab") as stream:
            self.process = subprocess.Popen(
                command, env=os.environ | {"SANDBOX_ADMIN_KEY": KEY}, stdout=stream, stderr=stream,
                preexec_fn=servers.dies_with_us(signal.SIGTERM),
            )  # fmt: skip
        servers.wait_for(self._answers, self.process, "the practice network", self.log)

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=1).ok
        except requests.RequestException:
            return False

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def admin(self, method: str, path: str, **options: Any) -> Any:
        key = {"Authorization": f"Bearer {KEY}"}
        answer = requests.request(method, f"{self.url}/admin/{path}", headers=key, timeout=10, **options)
        if not answer.ok:
            raise AssertionError(f"{method} /admin/{path}: {answer.status_code} {answer.text[:300]}")
        return answer.json() if answer.content else None

    def open_account(self, handle: str) -> dict[str, Any]:
        """A new account: id, handle, name, token, url."""
        return self.admin("POST", "accounts", json={"handle": handle, "name": handle.title()})

    def misbehave(
        self, handle: str | None, effect: str, *, times: int | None = 1, path: str = "/api/posts",
        method: str = "POST", **details: Any,
    ) -> None:  # fmt: skip
        """From now on calls that match get `effect`, `times` times (None = until told otherwise)."""
        match = {"path": path, "method": method} | ({"account": handle} if handle else {})
        rule = {"match": match, "effect": {"type": effect, **details}, "times": times}
        kept = [
            {"match": old["match"], "effect": old["effect"], "times": old["left"]}
            for old in self.admin("GET", "faults")["rules"]
        ]
        self.admin("PUT", "faults", json={"rules": [*kept, rule]})

    def behave(self) -> None:
        """Forget every fault."""
        self.admin("DELETE", "faults")

    def traits(self, handle: str, **traits: Any) -> None:
        """What the account's platform is like from now on: see sandbox/traits.py."""
        self.admin("PUT", "traits", json={"account": handle, "traits": traits})

    def expire(self, handle: str) -> None:
        """End the account's access tokens; refresh tokens stay."""
        self.admin("POST", "tokens/expire", json={"account": handle})

    def events(self) -> list[dict[str, Any]]:
        """Everything that happened, oldest first."""
        self._known += self.admin("GET", "log", params={"after": len(self._known)})["events"]
        return self._known

    def posts(self) -> list[dict[str, Any]]:
        """Every post that became public, oldest first."""
        return [event for event in self.events() if event["event"] == "post" and not event.get("imported")]

    def requests(self) -> list[dict[str, Any]]:
        """Every publish request, whatever came of it, oldest first."""
        return [event for event in self.events() if event["event"] == "request"]

    def publish(self, token: str, text: str, **more: Any) -> dict[str, Any]:
        """Publish as somebody else than the hub would: a person in the platform's own app."""
        answer = requests.post(
            f"{self.url}/api/posts", json={"text": text, **more},
            headers={"Authorization": f"Bearer {token}"}, timeout=10,
        )  # fmt: skip
        answer.raise_for_status()
        return answer.json()
