"""Files that go with the mail of some notices, by kind. Apps hand in what makes them when the hub starts."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from chapters.models import Notice


@dataclass(frozen=True)
class Attachment:
    """A file of a mail; `mimetype` with its parameters."""

    name: str
    content: bytes
    mimetype: str


log = logging.getLogger(__name__)

Make = Callable[[Notice], Attachment | None]

_makers: dict[str, Make] = {}


def offer(kind: str, make: Make) -> None:
    """Have `make` give the file for notices of that kind, or None where there is none any more."""
    _makers[kind] = make


def of(notice: Notice) -> list[Attachment]:
    """What goes with the mail of `notice`. A file that cannot be made is logged; the mail goes without it."""
    make = _makers.get(notice.kind)
    if make is None:
        return []
    try:
        made = make(notice)
    except Exception:
        log.exception("attachment could not be made", extra={"notice": notice.pk})
        return []
    return [made] if made else []
