"""Every address of the hub, from the resolver itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from chapters.access import Policy

# Pages of libraries: they carry no mark of ours, and are tried by pattern in test_matrix.py.
LIBRARIES = ("account/", "admin/")


@dataclass(frozen=True)
class Address:
    """One pattern of the URLconf."""

    path: str
    name: str
    view: Any

    @property
    def is_ours(self) -> bool:
        return not self.path.startswith(LIBRARIES)

    @property
    def policy(self) -> Policy | None:
        return getattr(self.view, "policy", None)

    @property
    def module(self) -> str:
        return self.view.__module__


def walk(patterns: Iterable[URLPattern | URLResolver] | None = None, before: str = "") -> Iterator[Address]:
    """Each address, however deep it is included."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, path)
        else:
            yield Address(path, pattern.name or "", pattern.callback)


def ours() -> list[Address]:
    return [address for address in walk() if address.is_ours]


def unmarked(addresses: Iterable[Address]) -> list[str]:
    """A sentence for each of our views without a policy mark."""
    return [
        f"/{address.path} ({address.view.__qualname__}) carries no policy mark: put one of chapters.access "
        "(@chapter_view, @central_view, @signed_in, @public) on the view."
        for address in addresses
        if address.is_ours and not isinstance(address.policy, Policy)
    ]
