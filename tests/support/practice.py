"""A real practice network for tests: its own process on a free port, judged by its own log."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
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
# what a rule can be for: method and path
CALLS = {
    "publish": ("POST", "/api/posts"),
    "read": ("GET", "/api/posts"),
    "upload": ("POST", "/api/media"),
    "refresh": ("POST", "/oauth/token"),
    "limits": ("GET", "/api/limits"),
    "me": ("GET", "/api/me"),
}
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

    def _ask(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {KEY}"}
        return requests.request(method, f"{self.url}/admin/{path}", headers=headers, timeout=5, **options)

    def _admin(self, method: str, path: str, **options: Any) -> Any:
        answer = self._ask(method, path, **options)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def open_account(self) -> dict[str, Any]:
        """A new account on the practice network: id, handle, name, token."""
        number = next(_numbers)
        return self._admin(
            "POST", "accounts", json={"handle": f"account-{number}", "name": f"Account {number}"}
        )

    def connect(self, chapter: Chapter, *, renewable: bool = False, **traits: Any) -> SocialAccount:
        """A new account, connected to `chapter`, on a platform with these traits.

        `renewable`: its access ends in time, and it has a refresh token.
        """
        from chapters.events import SYSTEM
        from posts import accounts
        from posts.platforms.base import Connection, Profile

        given = self.open_account()
        if traits:
            self.trait(given["handle"], **traits)
        profile = Profile(given["id"], given["handle"], given["name"], given["url"])
        tokens, seconds = {"access_token": given["token"]}, None
        if renewable:
            pair = self.issue_tokens(given["handle"])
            tokens = {name: pair[name] for name in ("access_token", "refresh_token")}
            seconds = pair["expires_in"]
        return accounts.connect(
            chapter=chapter, by=SYSTEM, platform="sandbox", host="",
            connection=Connection(
                profile, tokens, expires_in=seconds,
                capabilities=self.limits(tokens["access_token"]),
            ),
        )  # fmt: skip

    def limits(self, token: str) -> dict[str, Any]:
        """What the network tells the account of `token` about itself."""
        answer = requests.get(
            f"{self.url}/api/limits", headers={"Authorization": f"Bearer {token}"}, timeout=5
        )
        answer.raise_for_status()
        return answer.json()

    def issue_tokens(self, account: SocialAccount | str) -> dict[str, Any]:
        """access_token, refresh_token and expires_in (seconds), as an app gets them on connecting."""
        return self._admin("POST", "tokens/issue", json={"account": _handle(account)})

    def misbehave(
        self,
        account: SocialAccount | None,
        effect: str,
        *,
        times: int | None = 1,
        call: str = "publish",
        every: int = 1,
        **details: Any,
    ) -> None:
        """From now on calls for `account` (None: any account) get `effect`, with `details` as its options.

        `call` is one of CALLS; `times` None is for always; `every` 20 spoils each 20th call only. The effects
        and their options are those of sandbox/effects.py.
        """
        method, path = CALLS[call]
        rule = {
            "match": {"account": account and _handle(account), "path": path, "method": method},
            "effect": {"type": effect, **details},
            "times": times,
            "every": every,
        }
        # what earlier rules have used up stays used up
        rules = [old | {"times": old["left"]} for old in self._admin("GET", "faults")["rules"]]
        self._admin("PUT", "faults", json={"rules": [*rules, rule]})

    def trait(self, account: SocialAccount | None, **traits: Any) -> None:
        """What the platform of `account` (None: of every account) is like from now on; None is as usual.

        The traits are those of sandbox/traits.py: `practice.trait(account, keys="ignored", invisible_for=2)`.
        """
        self._admin("PUT", "traits", json={"account": account and _handle(account), "traits": traits})

    def behave(self) -> None:
        """Forget every fault and every trait. Posts that are to come late still come."""
        self._admin("DELETE", "faults")
        self._admin("DELETE", "traits")

    def expire_token(self, account: SocialAccount) -> None:
        self._admin("POST", "tokens/expire", json={"account": _handle(account)})

    def revoke_tokens(self, account: SocialAccount, *, refresh: bool = False) -> None:
        """Take the account's access tokens back, and with `refresh` what could renew them."""
        self._admin("POST", "tokens/revoke", json={"account": _handle(account), "refresh": refresh})

    def commits(self, account: SocialAccount) -> list[dict[str, Any]]:
        """What the network published for `account`, oldest first, deleted posts too: the log's own lines.

        `created_at` is when the post was committed, `received_at` when its call arrived; `late` names what it
        was pending as.
        """
        for name in _names(account):
            answer = self._ask("GET", "commits", params={"account": name})
            if answer.status_code != 404:
                answer.raise_for_status()
                return answer.json()["posts"]
        return []

    received = commits

    def wait_for_commits(
        self, account: SocialAccount, count: int, *, seconds: float = 10
    ) -> list[dict[str, Any]]:
        """The account's commits once there are `count`; fails when they do not come in time."""
        ends = time.monotonic() + seconds
        while len(found := self.commits(account)) < count:
            assert time.monotonic() < ends, f"{len(found)} of {count} posts arrived"
            time.sleep(0.05)
        return found

    def pending(self, account: SocialAccount) -> list[dict[str, Any]]:
        """Posts of `account` that are to be committed late, the next one first."""
        found = self._admin("GET", "pending")["pending"]
        return [one for one in found if one["account"] == _handle(account)]

    def calls(self, account: SocialAccount) -> list[str]:
        """What became of each publish call of `account`, in order: the log's dispositions."""
        events = self._admin("GET", "log")["events"]
        handle = _handle(account)
        return [e["disposition"] for e in events if e["event"] == "request" and e["account"] == handle]


def _names(account: SocialAccount | str) -> tuple[str, ...]:
    return (account,) if isinstance(account, str) else (account.external_id, account.handle)


def _handle(account: SocialAccount | str) -> str:
    return account if isinstance(account, str) else account.handle


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
