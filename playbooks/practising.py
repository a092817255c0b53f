"""Practices: named by the central team, read and marked by chapters. The only writer of Practice."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from chapters.events import Actor, record
from playbooks import library
from playbooks.errors import NotNow
from playbooks.models import Playbook, Practice

RESERVED = frozenset({"new"})


@dataclass(frozen=True)
class Words:
    """What is said of a practice."""

    name: str
    sentence: str
    measure: str


def offered() -> QuerySet[Practice]:
    """What a post can be marked with, by name, each with the published playbooks that teach it."""
    taught = Prefetch("playbooks", queryset=library.published().defer("body", "current__body"))
    return Practice.objects.filter(archived_at=None).prefetch_related(taught)


@transaction.atomic
def name(*, words: Words, playbooks: list[Playbook], by: Actor) -> Practice:
    """Name a practice. The same words again give the same one."""
    twin = Practice.objects.filter(**asdict(words)).first()
    if twin is not None:
        return twin
    practice = Practice.objects.create(slug=_free_slug(words.name), **asdict(words))
    practice.playbooks.set(playbooks)
    record("practice_named", practice, chapter=None, by=by)
    return practice


@transaction.atomic
def reword(*, practice: Practice, seen: int, words: Words, playbooks: list[Playbook], by: Actor) -> Practice:
    """Say it differently. Raises NotNow where somebody else did since change number `seen`."""
    locked = Practice.objects.select_for_update().get(pk=practice.pk)
    if locked.change_number != seen:
        raise NotNow(
            _("Somebody else changed this practice while you wrote. Look at theirs, then save again."),
            detail=f"practice {locked.pk}: saw {seen}, is {locked.change_number}",
        )
    before = {part: getattr(locked, part) for part in asdict(words)}
    for part, said in asdict(words).items():
        setattr(locked, part, said)
    locked.change_number += 1
    locked.save()
    locked.playbooks.set(playbooks)
    record("practice_reworded", locked, chapter=None, by=by, replaced=before)
    return locked


@transaction.atomic
def withdraw(*, practice: Practice, by: Actor) -> Practice:
    """No longer offer it for new posts; posts keep their marks."""
    return _set_archived(practice, "practice_withdrawn", by, withdrawn=True)


@transaction.atomic
def offer_again(*, practice: Practice, by: Actor) -> Practice:
    """Offer a withdrawn practice again."""
    return _set_archived(practice, "practice_offered_again", by, withdrawn=False)


def _set_archived(practice: Practice, verb: str, by: Actor, *, withdrawn: bool) -> Practice:
    locked = Practice.objects.select_for_update().get(pk=practice.pk)
    if (locked.archived_at is not None) != withdrawn:
        locked.archived_at = timezone.now() if withdrawn else None
        locked.save(update_fields=["archived_at"])
        record(verb, locked, chapter=None, by=by)
    return locked


def _free_slug(words: str) -> str:
    base = slugify(words)[:70].strip("-") or "practice"
    taken = set(Practice.objects.filter(slug__startswith=base).values_list("slug", flat=True)) | RESERVED
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug
