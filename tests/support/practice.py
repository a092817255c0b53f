"""A real practice network for tests: its own process on a free port, judged by its own log."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from chapters.models import Chapter
from posts.models import SocialAccount
from posts.platforms import registry
from tests.support import environment, servers

KEY = "practice-admin"
_numbers = itertools.count(1)


class Practice:
    """The practice network of one test process."""

    def __init__(self, folder: Path) -> None:
        self.port = servers.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        log = folder.with_suffix(".log")
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "sandbox",
                    "--port",
                    str(self.port),
                    "--data",
                    str(folder),
                    "--no-fsync",
                ],
                env=os.environ | {"SANDBOX_ADMIN_KEY": KEY},
                stdout=output,
                stderr=output,
                preexec_fn=servers.dies_with_us(signal.SIGTERM),
            )
        servers.wait_for(self._answers, self.process, "the practice network", log)

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=1).ok
        except requests.ConnectionError:
            return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)

    def _admin(self, method: str, path: str, **options: Any) -> Any:
        answer = requests.request(
            method,
            f"{self.url}/admin/{path}",
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=5,
            **options,
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def open_account(self) -> dict[str, Any]:
        """A new account on the practice network: id, handle, name, token."""
        number = next(_numbers)
        return self._admin(
            "POST", "accounts", json={"handle": f"account-{number}", "name": f"Account {number}"}
        )

    def connect(self, chapter: Chapter) -> SocialAccount:
        """A new account, connected to `chapter`."""
        from chapters.events import SYSTEM
        from posts import accounts
        from posts.platforms.base import Connection, Profile

        given = self.open_account()
        return accounts.connect(
            chapter=chapter, by=SYSTEM, platform="sandbox", host="",
            connection=Connection(
                Profile(given["id"], given["handle"], given["name"]), {"access_token": given["token"]}
            ),
        )  # fmt: skip

    def misbehave(
        self, account: SocialAccount, effect: str, *, times: int | None = 1, **details: Any
    ) -> None:
        """From now on calls for `account` that publish get `effect`."""
        rule = {
            "match": {"account": account.handle, "path": "/api/posts", "method": "POST"},
            "effect": {"type": effect, **details},
            "times": times,
        }
        rules = self._admin("GET", "faults")["rules"]
        self._admin("PUT", "faults", json={"rules": [*rules, rule]})

    def honour_keys(self, honour: bool) -> None:
        """Whether a call repeated with the same idempotency key gives the same post, or a second one."""
        self._admin("PUT", "settings", json={"honour_keys": honour})

    def behave(self) -> None:
        """Forget every fault, and honour keys."""
        self._admin("DELETE", "faults")
        self.honour_keys(True)

    def expire_token(self, account: SocialAccount) -> None:
        self._admin("POST", "tokens/expire", json={"account": account.handle})

    def received(self, account: SocialAccount) -> list[dict[str, Any]]:
        """The posts the network accepted for `account`, from its durable log."""
        events = self._admin("GET", "log")["events"]
        return [
            e
            for e in events
            if e["event"] == "post" and e["account"] in {account.handle, account.external_id}
        ]


@pytest.fixture(scope="session")
def practice_process() -> Iterator[Practice]:
    practice = Practice(environment.folder() / "practice")
    yield practice
    practice.stop()


@pytest.fixture
def practice(practice_process: Practice, settings: Any) -> Iterator[Practice]:
    """The practice network, well-behaved, with the hub's adapters talking to it."""
    before = settings.SANDBOX_URL
    settings.SANDBOX_URL = practice_process.url
    registry.load({"allow_loopback": True, "sandbox_url": practice_process.url})
    practice_process.behave()
    yield practice_process
    practice_process.behave()
    registry.load({"allow_loopback": True, "sandbox_url": before})
