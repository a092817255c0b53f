"""What somebody keeps to read later. The only writer of SavedPlaybook.

These are a person's own bookmarks: they leave no line in any history, since what a volunteer means to read is
nobody else's business.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from chapters.models import User
from playbooks.models import Playbook, SavedPlaybook

SHOWN = 100  # on the list, of each half


@dataclass(frozen=True)
class ReadingList:
    """What one person saved, newest first."""

    to_read: list[SavedPlaybook]
    done: list[SavedPlaybook]


def save(*, playbook: Playbook, person: User) -> SavedPlaybook:
    """Keep `playbook` for later; what was read before is to be read again. Saving twice keeps it once."""
    saved, made = SavedPlaybook.objects.get_or_create(person=person, playbook=playbook)
    if not made and saved.done_at is not None:
        saved.done_at = None
        saved.save(update_fields=["done_at"])
    return saved


def finish(*, playbook: Playbook, person: User) -> None:
    """`person` has read it. Nothing happens where it is not on the list, or is done already."""
    SavedPlaybook.objects.filter(person=person, playbook=playbook, done_at=None).update(
        done_at=timezone.now()
    )


def drop(*, playbook: Playbook, person: User) -> None:
    """Take it off the list."""
    SavedPlaybook.objects.filter(person=person, playbook=playbook).delete()


def of(person: User) -> ReadingList:
    """The list of `person`. Two queries. What was archived since stays, for it stays readable."""
    rows = SavedPlaybook.objects.filter(person=person, playbook__current__isnull=False).select_related(
        "playbook__current"
    )
    light = rows.defer("playbook__body", "playbook__current__body")
    return ReadingList(
        list(light.filter(done_at=None)[:SHOWN]),
        list(light.filter(done_at__isnull=False).order_by("-done_at", "-id")[:SHOWN]),
    )


def states(person: User, playbooks: Iterable[Playbook]) -> dict[int, str]:
    """Of the playbooks that are on the person's list, whether they are `saved` or `done`. One query."""
    rows = SavedPlaybook.objects.filter(
        person=person, playbook__in=[playbook.pk for playbook in playbooks]
    ).values_list("playbook_id", "done_at")
    return {pk: "done" if done_at else "saved" for pk, done_at in rows}
