"""Which adapters a hub offers. No Django, no database."""

from __future__ import annotations

import dataclasses

import pytest

from posts.platforms import registry
from posts.platforms.base import AppKeys, ConfigError, Connection, Credentials, Profile
from posts.platforms.registry import PlatformConfig


@pytest.fixture(autouse=True)
def _put_back(monkeypatch):
    monkeypatch.setattr(registry, "_adapters", {})


def test_load_builds_the_adapters_that_the_configuration_allows(config):
    assert set(registry.load(config)) == {"mastodon", "bluesky", "sandbox"}
    assert registry.get("mastodon").label == "Mastodon"
    assert set(registry.load({"app_name": "Ours"})) == {"mastodon", "bluesky"}
    with pytest.raises(ConfigError):
        registry.get("sandbox")


def test_loopback_is_open_to_the_practice_network_alone(config):
    strict = dataclasses.replace(config, allow_loopback=False)
    adapters = registry.load(strict)
    assert not adapters["mastodon"]._http.egress.allow_loopback
    assert adapters["sandbox"]._http.egress.origin == "http://127.0.0.1:9"


def test_every_adapter_says_what_it_is(config):
    for key, adapter in registry.load(config).items():
        assert adapter.key == key
        assert adapter.label
        assert len(adapter.mark.letter) == 1
        assert adapter.mark.css.startswith("platform-")
        assert adapter.limits({}).text_max > 0


def test_the_hub_names_itself_to_servers():
    agent = registry._user_agent(PlatformConfig(app_name="Our Ünion!", app_website="https://hub.example.org"))
    assert agent == "Ournion (+https://hub.example.org)"
    assert registry._user_agent(PlatformConfig(app_name="…")) == "ChapterHub"


def test_no_secret_in_any_repr():
    tokens = {"access_token": "canary"}
    profile = Profile("1", "a", "A")
    for holder in (Credentials("", "1", tokens), AppKeys("id", "canary"), Connection(profile, tokens)):
        assert "canary" not in f"{holder!r} {holder} {[holder]}"
