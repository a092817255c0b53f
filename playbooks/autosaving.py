"""What somebody typed into the editor and has not saved: the only writer of PlaybookAutosave."""

from __future__ import annotations

from chapters.models import User
from playbooks.models import Playbook, PlaybookAutosave

NEW = "new"
MAX_TOTAL = 200_000  # characters; more than the form takes is not kept


def keep(*, person: User, place: str, words: dict[str, str], draft_number: int) -> PlaybookAutosave | None:
    """Keep what is in the form now. None where it is too long to keep."""
    if sum(map(len, words.values())) > MAX_TOTAL:
        return None
    kept, _made = PlaybookAutosave.objects.update_or_create(
        person=person, place=place, defaults={"words": words, "draft_number": draft_number}
    )
    return kept


def drop(*, person: User, place: str) -> None:
    """Forget it: it was saved, or is not wanted."""
    PlaybookAutosave.objects.filter(person=person, place=place).delete()


def found(person: User, place: str) -> PlaybookAutosave | None:
    """What this person left there."""
    return PlaybookAutosave.objects.filter(person=person, place=place).first()


def place_of(playbook: Playbook | None) -> str:
    """Where what is typed about a playbook is kept."""
    return playbook.slug if playbook else NEW
