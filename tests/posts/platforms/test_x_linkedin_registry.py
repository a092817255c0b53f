"""X and LinkedIn among the platforms of a hub. No Django, no database."""

from __future__ import annotations

import pytest

from posts.platforms import registry
from posts.platforms.base import AppKeys
from posts.platforms.registry import PlatformConfig


@pytest.fixture(autouse=True)
def _put_back(monkeypatch):
    monkeypatch.setattr(registry, "_adapters", {})


@pytest.mark.parametrize("key", ["x", "linkedin"])
def test_a_platform_is_offered_where_its_keys_are_set(key):
    assert key not in registry.load(PlatformConfig())
    adapter = registry.load(PlatformConfig(apps={key: AppKeys("id", "secret")}))[key]
    assert adapter.key == key
    assert adapter.mark.css == f"platform-{key}"
    assert not adapter.needs_host
    assert adapter.takes_down
    url = adapter.authorize_url("", None, redirect_uri="https://hub/", state="s", code_verifier="v" * 43)
    assert url.startswith("https://")


@pytest.mark.parametrize("key", ["x", "linkedin"])
def test_for_practice_people_are_sent_to_the_stand_in(key):
    config = PlatformConfig(
        sandbox_url="http://127.0.0.1:9",
        practice=True,
        options={"linkedin": {"version": "202609", "scopes": ""}},
    )
    adapter = registry.load(config)[key]
    url = adapter.authorize_url("", None, redirect_uri="http://hub/", state="s", code_verifier="v" * 43)
    assert url.startswith("http://127.0.0.1:9/as/")
    assert "client_id=practice" in url
