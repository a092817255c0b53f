"""History: every change of state leaves a row, written in the same transaction as the change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone

from chapters.models import Chapter, Event, User


@dataclass(frozen=True)
class Actor:
    """Who does something: a person, the hub itself, a signed link or an API key."""

    kind: Event.ActorKind
    user: User | None = None
    label: str = ""

    @classmethod
    def person(cls, user: User) -> Actor:
        return cls(Event.ActorKind.PERSON, user=user)

    @property
    def is_person(self) -> bool:
        return self.kind == Event.ActorKind.PERSON


SYSTEM = Actor(Event.ActorKind.SYSTEM, label="hub")


# Events are never changed, so a name or address written into one could not be erased with the person.
# Screens read who it was from the rows these subjects point at.
_UNNAMED = frozenset({"user", "membership", "invitation"})

# Verbs of what people keep to themselves: the administrator's pages leave these lines out. Apps add theirs.
QUIET: set[str] = set()


def record(verb: str, subject: models.Model, *, chapter: Chapter | None, by: Actor, **data: Any) -> Event:
    """Add a line of history about `subject`, which has a `uid` or else is known by its key.

    `data` is JSON for the verb's details; names and addresses of people do not belong in it.
    """
    event = line(verb, subject, chapter=chapter, by=by, moment=timezone.now(), **data)
    event.save(force_insert=True)
    return event


def record_all(lines: Iterable[Event]) -> None:
    """Add several lines of history, made by `line`, at once."""
    Event.objects.bulk_create(lines)


def line(
    verb: str, subject: models.Model, *, chapter: Chapter | None, by: Actor, moment: datetime, **data: Any
) -> Event:
    """A line of history that is still to be added; see `record`."""
    return Event(
        chapter=chapter,
        actor=by.user,
        actor_kind=by.kind,
        actor_label=by.label,
        verb=verb,
        subject_type=subject._meta.model_name,
        subject_uid=subject_uid(subject),
        subject_label="" if subject._meta.model_name in _UNNAMED else str(subject)[:200],
        data=data,
        at=moment,
    )


def history(subject: models.Model) -> models.QuerySet[Event]:
    """Everything that was done to `subject`, newest first."""
    return Event.objects.filter(
        subject_type=subject._meta.model_name, subject_uid=subject_uid(subject)
    ).select_related("actor")


def subject_uid(subject: models.Model) -> str:
    """What events know `subject` by."""
    return str(getattr(subject, "uid", subject.pk))
