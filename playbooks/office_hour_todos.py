"""What somebody of the central team promised at an office hour, as a to-do of whoever held it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from chapters.models import User
from playbooks import office_hours, todos
from playbooks.models import Agreed
from playbooks.todos import Source, Todo


def promised(person: User | None) -> QuerySet[Agreed]:
    """What `person` still has to do, or the whole team where that is None."""
    waiting = office_hours.to_do(Agreed.Whose.TEAM)
    return waiting if person is None else waiting.filter(booking__hour__host=person)


def _in_words(rows: list[Agreed]) -> Iterable[Todo]:
    for agreed in rows:
        chapter = agreed.booking.chapter.name
        yield Todo(
            what=agreed.words,
            why=_("You promised it to %(chapter)s at an office hour") % {"chapter": chapter},
            url=reverse("office_hour_of_team", args=[agreed.booking.uid]),
            at=agreed.at,
            by=agreed.booking.hour.host.display_name,
            button=_("Settle"),
        )


def add() -> None:
    """Put it on the list of what waits; once, however often the hub starts."""
    if not any(source.waiting is promised for source in todos.SOURCES):
        todos.SOURCES.append(Source(promised, "at", _in_words))
