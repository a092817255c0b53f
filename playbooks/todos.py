"""What waits for somebody of the central team: one list over everything chapters said back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from chapters.models import User

MOST = 50  # things of one kind on the list; when some are settled, later ones move up


@dataclass(frozen=True)
class Todo:
    """One thing to settle. `what` names the thing, `why` says in a sentence who wants what of it.

    `button` is what to do with it, `said` somebody's own words about it, `by` whose to-do it is.
    """

    what: str
    why: str
    url: str
    at: datetime
    by: str = ""
    said: str = ""
    button: str = ""


@dataclass(frozen=True)
class Source:
    """One kind of thing that waits.

    `waiting` gives the rows that wait for a person, or for anybody of the team where that is None; `since` is
    their column of time; `todos` says them in words, with a constant number of queries.
    """

    waiting: Callable[[User | None], QuerySet[Any]]
    since: str
    todos: Callable[[list[Any]], Iterable[Todo]]

    def __call__(self, person: User | None) -> list[Todo]:
        return list(self.todos(list(self.waiting(person).order_by(self.since, "pk")[:MOST])))


SOURCES: list[Source] = []
"""What each kind of back-talk adds when the hub starts; see playbooks/apps.py."""


def waiting_for(person: User | None) -> list[Todo]:
    """Everything that waits for `person` (None: for the whole team), oldest first."""
    return sorted((todo for source in SOURCES for todo in source(person)), key=lambda todo: todo.at)


def count(person: User | None) -> int:
    """How many things wait for `person` (None: for the whole team). One query."""
    first, *others = [source.waiting(person).order_by().values("pk") for source in SOURCES]
    return first.union(*others, all=True).count() if others else first.count()
