"""Stand-ins of the real platforms' APIs, written from their documentation.

What the hub would send to `https://host/path` it sends to `/as/host/path` here. Each host is a small
application of its own; the modules name their `HOSTS` and their `PLATFORM`.
"""

from importlib import import_module

from aiohttp import web

from ..keys import NETWORK
from .common import PLATFORMS, make_host

_MODULES = ("facebook", "instagram", "threads", "linkedin", "x", "bluesky", "mastodon")

HOSTS = []
_ADDERS = []
for _name in _MODULES:
    _module = import_module(f"{__name__}.{_name}")
    PLATFORMS[_module.PLATFORM.name] = _module.PLATFORM
    HOSTS.extend(_module.HOSTS)
    if hasattr(_module, "add_routes"):  # where hosts are too many to name
        _ADDERS.append(_module.add_routes)


def add_standins(app: web.Application) -> None:
    for host in HOSTS:
        app.add_subapp(f"/as/{host.name}/", make_host(app[NETWORK], host))
    for add_routes in _ADDERS:
        add_routes(app)
