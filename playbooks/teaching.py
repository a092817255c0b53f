"""Writing playbooks: the only writer of a playbook's draft, status and versions.

Chapters read versions; the draft is the central team's alone. Each verb locks the playbook, refuses with a
TeachingError that changes nothing, and leaves a line of history. That line keeps what a save replaced, so no
wording is ever lost.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from chapters.events import Actor, record
from playbooks import credits, drafting, following, reviewing, search, template_writing
from playbooks.drafting import forget_plan
from playbooks.errors import NotNow, StaleDraft
from playbooks.models import Playbook, PlaybookVersion

RESERVED = frozenset({"new", "preview", "propose", "autosave"})
"""Words that stand where a playbook's address part would in other addresses."""

GOOD_FOR = timedelta(days=182)
"""How long after it is published somebody should look again, unless a day is set."""

_SLUG_LENGTH = 70  # leaves room for "-2" and so on in the column's 80


@dataclass(frozen=True)
class Draft:
    """What an author writes, and what a version keeps."""

    title: str
    summary: str
    body: str = ""
    time_needed: str = ""
    people_needed: str = ""
    platforms: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    audience: str = ""

    @classmethod
    def of(cls, row: Playbook | PlaybookVersion) -> Self:
        """The draft of a playbook, or the words of a version."""
        return cls(**{part.name: getattr(row, part.name) for part in fields(cls)})


def has_changes(playbook: Playbook) -> bool:
    """Whether the draft, its templates included, says something that chapters have not got yet."""
    return waiting([playbook]) != set()


def waiting(playbooks: Iterable[Playbook]) -> set[int]:
    """The keys of those whose draft says something that chapters have not got yet. One query."""
    rows = list(playbooks)
    words = {row.pk for row in rows if row.current is None or Draft.of(row) != Draft.of(row.current)}
    return words | set(template_writing.unpublished(rows).values_list("playbook_id", flat=True))


@transaction.atomic
def create(*, draft: Draft, by: Actor, key: uuid.UUID | None = None) -> Playbook:
    """Begin a playbook. `key` is the form's own, so that a double click makes one playbook."""
    group = key or uuid.uuid4()
    twin = Playbook.objects.filter(translation_group=group).first()
    if twin is not None and Draft.of(twin) == draft:
        return twin
    playbook = Playbook(
        slug=_free_slug(draft.title),
        owner=by.user,
        draft_by=by.user,
        translation_group=uuid.uuid4() if twin else group,
        **asdict(draft),
    )
    playbook.save()
    record("playbook_begun", playbook, chapter=None, by=by)
    return playbook


@transaction.atomic
def save_draft(*, playbook: Playbook, draft_number: int, draft: Draft, by: Actor) -> Playbook:
    """Keep `draft`, written on top of draft `draft_number`. Raises StaleDraft.

    What happened to templates since does not matter to the words.
    """
    locked = _locked(playbook)
    _check_text(locked, draft_number, by)
    _write(locked, draft, "draft_saved", by)
    return locked


@transaction.atomic
def revise(*, playbook: Playbook, version: PlaybookVersion, draft_number: int, by: Actor) -> Playbook:
    """Go on from an earlier version: its words become the draft. Raises StaleDraft."""
    locked = _locked(playbook)
    _check_text(locked, draft_number, by)
    _write(locked, Draft.of(version), "draft_taken_from_version", by, version=version.number)
    credits.forget_edits(playbook=locked)
    return locked


@transaction.atomic
def publish(
    *,
    playbook: Playbook,
    draft_number: int,
    change_note: str,
    by: Actor,
    at: datetime | None = None,
    alone: str = "",
) -> PlaybookVersion:
    """Give chapters the draft as a new version. Raises StaleDraft, or NotNow with what is missing.

    A second editor has to have approved this draft; `alone` is the reason of a team with no second one.
    `at` is for what was published before it came into this hub, and so needs no second look here.
    """
    locked = _locked(playbook)
    if locked.draft_number != draft_number:
        raise StaleDraft(locked, seen=draft_number, by=by.user)
    check_publishable(locked, change_note)
    if at is None:
        reviewing.check_looked_at(locked, by=by, alone=alone)
    reviewing.over(locked)
    last = locked.versions.order_by("-number").first()
    version = PlaybookVersion.objects.create(
        playbook=locked,
        number=last.number + 1 if last else 1,
        change_note=change_note,
        published_by=by.user,
        published_at=at or timezone.now(),
        **asdict(Draft.of(locked)),
    )
    credits.give(version=version)
    template_writing.publish(playbook=locked, by=by)
    locked.current = version
    locked.status = Playbook.Status.PUBLISHED
    _count_as_reviewed(locked, version)
    forget_plan(locked)
    locked.save()
    offer_to_search(locked)
    words = {"note": change_note} | ({"alone": alone} if alone else {})
    record("playbook_published", locked, chapter=None, by=by, version=version.number, **words)
    following.tell_followers(version)
    return version


@transaction.atomic
def archive(*, playbook: Playbook, by: Actor, replaced_by: Playbook | None = None) -> Playbook:
    """Take a published playbook out of what chapters find; its versions stay readable. Raises NotNow.

    Its address leads on to `replaced_by`, where something published takes its place.
    """
    locked = _locked(playbook)
    if locked.status != Playbook.Status.PUBLISHED:
        raise NotNow(_("Only a published playbook can be archived."), detail=f"status {locked.status}")
    if replaced_by is not None:
        _check_replacement(locked, replaced_by)
    locked.replaced_by = replaced_by
    forget_plan(locked)
    locked.save()
    search.remove(search.PLAYBOOK, locked.pk)
    return _set_status(locked, Playbook.Status.ARCHIVED, "playbook_archived", by)


@transaction.atomic
def restore(*, playbook: Playbook, by: Actor) -> Playbook:
    """Offer an archived playbook again, as it was last published."""
    locked = _locked(playbook)
    if locked.status != Playbook.Status.ARCHIVED:
        raise NotNow(_("Only an archived playbook can be restored."), detail=f"status {locked.status}")
    locked.replaced_by = None
    locked.save(update_fields=["replaced_by"])
    offer_to_search(locked)
    return _set_status(locked, Playbook.Status.PUBLISHED, "playbook_restored", by)


def offer_to_search(playbook: Playbook) -> None:
    """Let a published playbook be found by its current words."""
    version = playbook.current
    search.put(
        search.PLAYBOOK,
        playbook.pk,
        title=version.title,
        summary=version.summary,
        body=version.body,
        topics=version.topics,
        platforms=version.platforms,
        language=playbook.language,
    )


def check_publishable(playbook: Playbook, change_note: str) -> None:
    if playbook.status == Playbook.Status.ARCHIVED:
        raise NotNow(_("This playbook is archived. Restore it first, then publish."), detail="archived")
    if not (playbook.title.strip() and playbook.summary.strip() and playbook.body.strip()):
        raise NotNow(
            _("A playbook needs a title, its benefit in one sentence and a text before chapters get it."),
            detail="empty part",
        )
    if playbook.current is None:
        return
    if not has_changes(playbook):
        raise NotNow(
            _("The draft says the same as the published version, so there is nothing to publish."),
            detail=f"same as version {playbook.current.number}",
        )
    if not change_note.strip():
        raise NotNow(
            _("Say in a few words what changed, so that chapters know whether to read it again."),
            detail="no change note",
        )


def _check_replacement(playbook: Playbook, other: Playbook) -> None:
    fresh = Playbook.objects.get(pk=other.pk)
    if fresh.pk == playbook.pk or fresh.status != Playbook.Status.PUBLISHED:
        raise NotNow(
            _("Choose a published playbook that takes its place, or none."),
            detail=f"{playbook.pk} replaced by {fresh.pk}, which is {fresh.status}",
        )


def _count_as_reviewed(playbook: Playbook, version: PlaybookVersion) -> None:
    """Publishing is a look. A day that somebody set for the next one, and that is still to come, stays."""
    published = timezone.localdate(version.published_at)
    was_counted = playbook.last_reviewed and playbook.next_review == playbook.last_reviewed + GOOD_FOR
    if playbook.next_review is None or playbook.next_review <= published or was_counted:
        playbook.next_review = published + GOOD_FOR
    playbook.last_reviewed = published


def _locked(playbook: Playbook) -> Playbook:
    return Playbook.objects.select_for_update().get(pk=playbook.pk)


def _check_text(locked: Playbook, seen: int, by: Actor) -> None:
    if not locked.text_number <= seen <= locked.draft_number:
        raise StaleDraft(locked, seen=seen, by=by.user)


def _write(playbook: Playbook, draft: Draft, verb: str, by: Actor, **data: Any) -> None:
    before = asdict(Draft.of(playbook))
    changed = {name: value for name, value in asdict(draft).items() if value != before[name]}
    if not changed:
        return
    for name, value in changed.items():
        setattr(playbook, name, value)
    drafting.count_change(playbook, by)
    replaced = {name: before[name] for name in changed}
    record(verb, playbook, chapter=None, by=by, draft=playbook.draft_number, replaced=replaced, **data)


def _set_status(playbook: Playbook, status: Playbook.Status, verb: str, by: Actor) -> Playbook:
    playbook.status = status
    playbook.save(update_fields=["status", "updated_at"])
    record(verb, playbook, chapter=None, by=by)
    return playbook


def _free_slug(title: str) -> str:
    base = slugify(title)[:_SLUG_LENGTH].strip("-") or "playbook"
    taken = set(Playbook.objects.filter(slug__startswith=base).values_list("slug", flat=True)) | RESERVED
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug
