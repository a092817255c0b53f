"""Keeping a published playbook good: its owner and next review, translations, and the public address."""

from __future__ import annotations

import secrets
import uuid
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters.events import Actor, record
from chapters.models import User
from playbooks import library, reviewing, teaching
from playbooks.errors import NotNow
from playbooks.models import Playbook, Practice, TaughtPractice
from playbooks.teaching import Draft


@transaction.atomic
def arrange(
    *,
    playbook: Playbook,
    owner: User | None,
    language: str,
    next_review: date | None,
    practices: list[Practice],
    by: Actor,
) -> Playbook:
    """Say who keeps it, in which language it is, when it is looked at again and what it teaches.

    Raises NotNow for an owner who may not write playbooks, unless it was theirs before, and for a language
    that a translation has already.
    """
    locked = _locked(playbook)
    if owner is not None and owner.pk != locked.owner_id:
        reviewing.require_editor(owner)
    before = _arranged(locked)
    locked.owner, locked.language, locked.next_review = owner, language, next_review
    try:
        with transaction.atomic():
            locked.save(update_fields=["owner", "language", "next_review", "updated_at"])
    except IntegrityError as error:
        raise NotNow(
            _("There is a translation in that language already. Choose another language."),
            detail=f"{locked.pk} in {language}",
        ) from error
    locked.practices.set(practices)
    if locked.status == Playbook.Status.PUBLISHED:
        teaching.offer_to_search(locked)
    if _arranged(locked) != before:
        record("playbook_arranged", locked, chapter=None, by=by, before=before)
    return locked


@transaction.atomic
def still_good(*, playbook: Playbook, by: Actor, next_review: date | None = None) -> Playbook:
    """Say that somebody looked and the published words still hold. Raises NotNow if nothing is published."""
    locked = _locked(playbook)
    if locked.status != Playbook.Status.PUBLISHED:
        raise NotNow(_("Only a published playbook is looked at again."), detail=locked.status)
    today = timezone.localdate()
    locked.last_reviewed, locked.next_review = today, next_review or today + teaching.GOOD_FOR
    locked.save(update_fields=["last_reviewed", "next_review", "updated_at"])
    record("playbook_still_good", locked, chapter=None, by=by, until=str(locked.next_review))
    return locked


@transaction.atomic
def translate(*, playbook: Playbook, language: str, by: Actor) -> Playbook:
    """Begin the translation with the published words; asked twice, it is the same one. Raises NotNow."""
    original = _locked(playbook)
    if original.current is None:
        raise NotNow(_("Publish it first, then it can be translated."), detail="nothing published")
    if language == original.language:
        raise NotNow(_("It is in that language already."), detail=language)
    twin = Playbook.objects.filter(translation_group=original.translation_group, language=language).first()
    if twin is not None:
        return twin
    translation = teaching.create(draft=Draft.of(original.current), by=by, key=uuid.uuid4())
    translation.translation_group = original.translation_group
    translation.language = language
    translation.translated_version = original.current
    translation.save()
    record("playbook_translation_begun", original, chapter=None, by=by, language=language)
    return translation


@transaction.atomic
def caught_up(*, translation: Playbook, by: Actor) -> Playbook:
    """Say that the translation tells what its original tells now."""
    locked = _locked(translation)
    if locked.translated_version is None:
        raise NotNow(_("This is no translation."), detail=str(locked.pk))
    newest = locked.translated_version.playbook.current
    if newest != locked.translated_version:
        locked.translated_version = newest
        locked.save(update_fields=["translated_version", "updated_at"])
        record("playbook_caught_up", locked, chapter=None, by=by, version=newest.number)
    return locked


def has_moved_on(translation: Playbook) -> bool:
    """Whether the original says something since that the translation was not compared with."""
    version = translation.translated_version
    return version is not None and version.playbook.current_id != version.pk


def translations_of(playbook: Playbook, *, for_chapters: bool = True) -> list[Playbook]:
    """The same playbook in other languages, by language: one query."""
    rows = library.published() if for_chapters else Playbook.objects.select_related("current")
    others = rows.filter(translation_group=playbook.translation_group).exclude(pk=playbook.pk)
    return sorted(others, key=lambda other: other.language)


@transaction.atomic
def open_to_all(*, playbook: Playbook, by: Actor) -> Playbook:
    """Let anybody with the address read what is published. Each time it is another address."""
    locked = _locked(playbook)
    if locked.status != Playbook.Status.PUBLISHED:
        raise NotNow(_("Only a published playbook can be open to everybody."), detail=locked.status)
    if not locked.is_public:
        locked.public_token = secrets.token_urlsafe(18)
        locked.save(update_fields=["public_token", "updated_at"])
        record("playbook_made_public", locked, chapter=None, by=by)
    return locked


@transaction.atomic
def close_to_all(*, playbook: Playbook, by: Actor) -> Playbook:
    """End the public address; whoever has it finds nothing there."""
    locked = _locked(playbook)
    if locked.is_public:
        locked.public_token = None
        locked.save(update_fields=["public_token", "updated_at"])
        record("playbook_made_private", locked, chapter=None, by=by)
    return locked


def _arranged(playbook: Playbook) -> dict[str, object]:
    taught = TaughtPractice.objects.filter(playbook=playbook).values_list("practice__slug", flat=True)
    return {
        "language": playbook.language,
        "next_review": str(playbook.next_review or ""),
        "owner": playbook.owner_id,
        "practices": sorted(taught),
    }


def _locked(playbook: Playbook) -> Playbook:
    return Playbook.objects.select_for_update().get(pk=playbook.pk)
