"""The adapters of this hub. The Django side calls `load` once at start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .base import Adapter, ConfigError
from .egress import Egress
from .http import Http
from .mastodon import MastodonAdapter
from .sandbox import SandboxAdapter


@dataclass(frozen=True, slots=True)
class PlatformConfig:
    """What the adapters need to know of this hub.

    `allow_loopback` lets connected servers run on this machine, for trying things out. `sandbox_url` is the
    practice network's address, which may always be on this machine; without it there is no practice network.
    """

    allow_loopback: bool = False
    sandbox_url: str = ""
    app_name: str = "Chapter Hub"
    app_website: str = ""
    hub_base_url: str = ""


_adapters: dict[str, Adapter] = {}


def load(config: PlatformConfig | Mapping[str, Any]) -> dict[str, Adapter]:
    """Build every adapter that `config` allows, and remember them for `get`. Returns them by key."""
    if isinstance(config, Mapping):
        config = PlatformConfig(**config)
    adapters: list[Adapter] = [_mastodon(config)]
    if config.sandbox_url:
        adapters.append(_sandbox(config))
    _adapters.clear()
    _adapters.update((adapter.key, adapter) for adapter in adapters)
    return dict(_adapters)


def get(key: str) -> Adapter:
    """The adapter of one platform. Raises `ConfigError` for a platform this hub does not offer."""
    try:
        return _adapters[key]
    except KeyError:
        raise ConfigError(
            "This hub no longer offers the platform of this account. Ask the hub's administrator.",
            detail=f"no adapter {key!r}",
        ) from None


def offered() -> list[Adapter]:
    """Every platform of this hub, the practice network last."""
    return list(_adapters.values())


def _user_agent(config: PlatformConfig) -> str:
    name = "".join(char for char in config.app_name if char.isascii() and char.isalnum()) or "ChapterHub"
    site = config.app_website or config.hub_base_url
    return f"{name} (+{site})" if site.isascii() and site.isprintable() and site else name


def _mastodon(config: PlatformConfig) -> Adapter:
    http = Http(Egress(allow_loopback=config.allow_loopback), user_agent=_user_agent(config))
    website = config.app_website or config.hub_base_url
    return MastodonAdapter(http, app_name=config.app_name, app_website=website)


def _sandbox(config: PlatformConfig) -> Adapter:
    parts = urlsplit(config.sandbox_url)
    egress = Egress(allow_loopback=True, origin=f"{parts.scheme}://{parts.netloc}".lower())
    http = Http(egress, user_agent=_user_agent(config))
    return SandboxAdapter(http, base_url=config.sandbox_url)
