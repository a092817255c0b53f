"""The adapters of this hub. The Django side calls `load` once at start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .base import Adapter, AppKeys, ConfigError
from .bluesky import BlueskyAdapter
from .egress import Egress
from .facebook import FacebookAdapter
from .http import Http
from .instagram import InstagramAdapter
from .linkedin import LinkedInAdapter
from .mastodon import MastodonAdapter
from .sandbox import SandboxAdapter
from .threads import ThreadsAdapter
from .x import XAdapter

# Platforms where the operator registers the hub once. Each is offered where its keys are set.
REGISTERED: Mapping[str, type[Adapter]] = {
    "facebook": FacebookAdapter,
    "instagram": InstagramAdapter,
    "threads": ThreadsAdapter,
    "linkedin": LinkedInAdapter,
    "x": XAdapter,
}


@dataclass(frozen=True, slots=True)
class PlatformConfig:
    """What the adapters need to know of this hub.

    `allow_loopback` lets connected servers run on this machine, for trying things out. `sandbox_url` is the
    practice network's address, which may always be on this machine; without it there is no practice network.
    With `practice` every platform is offered, and all calls go to the practice network's stand-ins. `apps`
    are the hub's registrations by platform; `options` are settings of single platforms by platform.
    """

    allow_loopback: bool = False
    sandbox_url: str = ""
    practice: bool = False
    app_name: str = "Chapter Hub"
    app_website: str = ""
    hub_base_url: str = ""
    apps: Mapping[str, AppKeys] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


_adapters: dict[str, Adapter] = {}
_stand_in = ""


def load(config: PlatformConfig | Mapping[str, Any]) -> dict[str, Adapter]:
    """Build every adapter that `config` allows, and remember them for `get`. Returns them by key."""
    if isinstance(config, Mapping):
        config = PlatformConfig(**config)
    global _stand_in
    _stand_in = f"{config.sandbox_url}/as" if config.practice else ""
    _adapters.clear()
    _adapters.update((adapter.key, adapter) for adapter in _built(config))
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


def reached(url: str) -> str:
    """Where a browser opens an address that a platform told: there, or at its stand-in for practice."""
    scheme, _, rest = url.partition("://")
    return f"{_stand_in}/{rest}" if _stand_in and scheme == "https" else url


def _built(config: PlatformConfig) -> Iterator[Adapter]:
    http = _practice_http(config) if config.practice else _http(config)
    website = config.app_website or config.hub_base_url
    yield MastodonAdapter(http, app_name=config.app_name, app_website=website)
    yield BlueskyAdapter(http)
    for key, adapter in REGISTERED.items():
        app = config.apps.get(key) or (AppKeys("practice", "practice") if config.practice else None)
        if app is not None:
            yield adapter(http, app=app, **config.options.get(key, {}))
    if config.sandbox_url:
        yield SandboxAdapter(_http_of_sandbox(config), base_url=config.sandbox_url)


def _http(config: PlatformConfig) -> Http:
    return Http(Egress(allow_loopback=config.allow_loopback), user_agent=_user_agent(config))


def _practice_http(config: PlatformConfig) -> Http:
    return Http(_sandbox_only(config), user_agent=_user_agent(config), stand_in=f"{config.sandbox_url}/as")


def _http_of_sandbox(config: PlatformConfig) -> Http:
    return Http(_sandbox_only(config), user_agent=_user_agent(config))


def _sandbox_only(config: PlatformConfig) -> Egress:
    parts = urlsplit(config.sandbox_url)
    return Egress(allow_loopback=True, origin=f"{parts.scheme}://{parts.netloc}".lower())


def _user_agent(config: PlatformConfig) -> str:
    name = "".join(char for char in config.app_name if char.isascii() and char.isalnum()) or "ChapterHub"
    site = config.app_website or config.hub_base_url
    return f"{name} (+{site})" if site.isascii() and site.isprintable() and site else name
