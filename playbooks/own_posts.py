"""What a chapter published, for its notes to point at.

Playbooks know nothing of posts: the app that has them hands its look-up in when the hub starts.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chapters.models import Chapter

SHOWN = 30


@dataclass(frozen=True)
class OwnPost:
    """A published post of a chapter: its first words and where the public reads it."""

    uid: uuid.UUID
    words: str
    permalink: str
    at: datetime


Lookup = Callable[[Chapter], list[OwnPost]]

_lookups: list[Lookup] = []


def offer(lookup: Lookup) -> None:
    """Have `lookup` say what a chapter published: at most SHOWN, newest first."""
    if lookup not in _lookups:
        _lookups.append(lookup)


def of(chapter: Chapter) -> list[OwnPost]:
    """The newest published posts of `chapter`; none where no app has posts."""
    return [post for lookup in _lookups for post in lookup(chapter)]
