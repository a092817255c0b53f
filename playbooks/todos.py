"""What waits for somebody of the central team: one list over everything chapters said back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chapters.models import User


@dataclass(frozen=True)
class Todo:
    """One thing to settle. `what` names the thing, `why` says in a sentence who wants what of it."""

    what: str
    why: str
    url: str
    at: datetime
    by: str = ""


SOURCES: list[Callable[[User], list[Todo]]] = []
"""Each returns at most fifty things that wait for this person, oldest first."""


def waiting_for(person: User) -> list[Todo]:
    """Everything that waits for `person`, oldest first."""
    return sorted((todo for source in SOURCES for todo in source(person)), key=lambda todo: todo.at)
