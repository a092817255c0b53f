"""Files that go with the mail of some notices, by kind. Apps hand in what makes them when the hub starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chapters.models import Notice


@dataclass(frozen=True)
class Attachment:
    """A file of a mail; `mimetype` with its parameters."""

    name: str
    content: bytes
    mimetype: str


Make = Callable[[Notice], Attachment | None]

_makers: dict[str, Make] = {}


def offer(kind: str, make: Make) -> None:
    """Have `make` give the file for notices of that kind, or None where there is none any more."""
    _makers[kind] = make


def of(notice: Notice) -> list[Attachment]:
    """What goes with the mail of `notice`."""
    made = _makers[notice.kind](notice) if notice.kind in _makers else None
    return [made] if made else []
