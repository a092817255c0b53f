"""The practice network's import calls, by which the demo's accounts and past posts get there."""

from __future__ import annotations

import base64
from typing import Any

import requests
from django.conf import settings
from django.core.management.base import CommandError

BATCH = 20


class PracticeNetwork:
    """The practice network as its operator sees it."""

    def __init__(self, admin_key: str) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {admin_key}"

    def _call(self, path: str, body: dict[str, Any]) -> Any:
        try:
            answer = self._session.post(f"{settings.SANDBOX_URL}{path}", json=body, timeout=60)
            answer.raise_for_status()
        except requests.RequestException as error:
            raise CommandError(
                f"The practice network at {settings.SANDBOX_URL} did not take the demo ({error}). "
                "Start it with the same SANDBOX_ADMIN_KEY, then load the demo again."
            ) from error
        return answer.json()

    def account(self, handle: str, name: str, followers: int) -> dict[str, Any]:
        """The account at `handle`, made if it is not there: id, handle, name, url, token."""
        return self._call("/admin/accounts", {"handle": handle, "name": name, "followers": followers})

    def limits(self, token: str) -> dict[str, Any]:
        """What an account may post."""
        answer = self._session.get(
            f"{settings.SANDBOX_URL}/api/limits", headers={"Authorization": f"Bearer {token}"}, timeout=10
        )
        answer.raise_for_status()
        return answer.json()

    def import_posts(self, posts: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
        """Bring in backdated posts; the answer is id and url by external key."""
        known: dict[str, dict[str, str]] = {}
        for start in range(0, len(posts), BATCH):
            answer = self._call("/admin/import", {"posts": posts[start : start + BATCH]})
            known.update((row["external_key"], row) for row in answer["posts"])
        return known


def picture(data: bytes, alt: str) -> dict[str, str]:
    """A picture as the import call takes it."""
    return {"alt": alt, "data_base64": base64.b64encode(data).decode()}
