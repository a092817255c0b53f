"""Making suggestions and offering them: the only writer of Suggestion and its versions.

Nothing here touches a chapter's posts. What a chapter makes of a suggestion is in `playbooks.deciding`.
"""

from __future__ import annotations

import hashlib
import io
import uuid
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import IO

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters.events import Actor, record
from chapters.models import Chapter, Region, User
from hubsite.lib import pictures
from playbooks import reviewing, suggestion_words, telling_suggestions
from playbooks import suggestion_checks as checks
from playbooks.errors import NotNow, StaleSuggestion, TeachingError
from playbooks.models import Suggestion, SuggestionImage, SuggestionItem, SuggestionVersion
from playbooks.suggestion_words import ItemWords, PictureWords, SuggestionWords


@dataclass(frozen=True)
class Terms:
    """For whom a suggestion is, and when. What is left empty holds for everybody and always."""

    visible_from: datetime | None = None
    until: datetime | None = None
    regions: tuple[Region, ...] = ()
    platforms: tuple[str, ...] = ()
    language: str = ""
    min_members: int | None = None
    max_members: int | None = None
    min_accounts: int | None = None
    max_accounts: int | None = None


@dataclass(frozen=True)
class Upload:
    """Bytes of a picture that go with a suggestion, and the words for people who do not see it."""

    file: IO[bytes]
    size: int
    alt: str = ""


@dataclass(frozen=True)
class Sent:
    """A published post as its chapter sends it in for others."""

    post_uid: uuid.UUID
    text: str
    why: str
    title: str
    link: str = ""
    platforms: tuple[str, ...] = ()
    pictures: tuple[Upload, ...] = field(default=())


@transaction.atomic
def create(
    *, words: SuggestionWords, kind: str, by: Actor, key: uuid.UUID | None = None, terms: Terms | None = None
) -> Suggestion:
    """Begin a suggestion as a draft. `key` is the form's own, so that a double click makes one."""
    checks.writable(words, kind)
    words = words.keyed()
    suggestion, is_new = Suggestion.objects.get_or_create(
        uid=key or uuid.uuid4(),
        defaults={
            "kind": kind,
            "owner": by.user,
            "title": words.title,
            "draft": suggestion_words.dumps(words),
        },
    )
    if is_new:
        record("suggestion_begun", suggestion, chapter=None, by=by)
        if terms is not None:
            set_terms(suggestion=suggestion, terms=terms, by=by)
    return suggestion


@transaction.atomic
def save_draft(*, suggestion: Suggestion, draft_number: int, words: SuggestionWords, by: Actor) -> Suggestion:
    """Keep `words`, written on top of draft `draft_number`. Raises StaleSuggestion.

    Chapters see nothing of it until it is offered.
    """
    locked = _locked(suggestion, draft_number)
    if locked.current is None:  # until it is offered, what it is follows from what is in it
        locked.kind = Suggestion.Kind.KIT if len(words.items) > 1 else Suggestion.Kind.POST
    checks.writable(words, locked.kind)
    words = words.keyed()
    if words == SuggestionWords.of_draft(locked):
        return locked
    locked.title = words.title
    locked.draft = suggestion_words.dumps(words)
    locked.draft_number += 1
    locked.save(update_fields=["kind", "title", "draft", "draft_number", "updated_at"])
    record("suggestion_saved", locked, chapter=None, by=by, draft=locked.draft_number)
    return locked


@transaction.atomic
def set_terms(*, suggestion: Suggestion, terms: Terms, by: Actor) -> Suggestion:
    """Say for whom it is and when. This holds at once, whatever version is offered."""
    if terms.visible_from and terms.until and terms.until <= terms.visible_from:
        raise NotNow(_("It would end before it begins. Choose a later end."), detail="until before from")
    locked = _locked(suggestion)
    regions = list(terms.regions)
    kept = {name: value for name, value in vars(terms).items() if name != "regions"}
    kept["platforms"] = list(terms.platforms)
    for name, value in kept.items():
        setattr(locked, name, value)
    locked.save(update_fields=[*kept, "updated_at"])
    locked.regions.set(regions)
    record("suggestion_terms", locked, chapter=None, by=by, regions=[region.slug for region in regions])
    return locked


@transaction.atomic
def offer(
    *, suggestion: Suggestion, draft_number: int, by: Actor, change_note: str = ""
) -> SuggestionVersion:
    """Make the draft a version and offer it. Copies that chapters adopted stay as they are: a later version
    is shown to them as a difference. Raises StaleSuggestion, or NotNow where there is nothing to offer."""
    locked = _locked(suggestion, draft_number)
    checks.not_taken_back(locked)
    words = SuggestionWords.of_draft(locked)
    checks.writable(words, locked.kind)
    checks.offerable(locked, words, change_note)
    number = (locked.current.number if locked.current else 0) + 1
    now = timezone.now()
    version = SuggestionVersion.objects.create(
        suggestion=locked,
        number=number,
        title=words.title,
        why=words.why,
        change_note=change_note.strip(),
        published_by=by.user,
        published_at=now,
    )
    SuggestionItem.objects.bulk_create(_row(version, order, item) for order, item in enumerate(words.items))
    locked.current = version
    locked.status = Suggestion.Status.OFFERED
    locked.offered_at = locked.offered_at or now
    locked.ended_at, locked.end_note = None, ""
    locked.save(update_fields=["current", "status", "offered_at", "ended_at", "end_note", "updated_at"])
    record("suggestion_offered", locked, chapter=None, by=by, version=number)
    telling_suggestions.seen(locked)
    telling_suggestions.offered(locked)
    return version


@transaction.atomic
def end(*, suggestion: Suggestion, by: Actor, note: str = "") -> Suggestion:
    """Stop offering it, or answer a chapter's own with no and a word why. Copies stay as they are."""
    locked = _locked(suggestion)
    if locked.status == Suggestion.Status.ENDED:
        return locked
    if locked.waits_for_review and not note.strip():
        raise NotNow(
            _("Say in a few words why, so that the chapter that sent it in hears what came of it."),
            detail="no note to a chapter's suggestion",
        )
    locked.status, locked.ended_at, locked.end_note = Suggestion.Status.ENDED, timezone.now(), note.strip()
    locked.save(update_fields=["status", "ended_at", "end_note", "updated_at"])
    record("suggestion_ended", locked, chapter=None, by=by)
    telling_suggestions.seen(locked)
    telling_suggestions.answered_no(locked)
    return locked


@transaction.atomic
def resume(*, suggestion: Suggestion, by: Actor) -> Suggestion:
    """Offer an ended suggestion again as it was last offered; one never offered is a draft again.

    Where it has not ended there is nothing to do.
    """
    locked = _locked(suggestion)
    if locked.status != Suggestion.Status.ENDED:
        return locked
    checks.not_taken_back(locked)
    locked.status = Suggestion.Status.OFFERED if locked.current_id else Suggestion.Status.DRAFT
    locked.ended_at, locked.end_note = None, ""
    if locked.until and locked.until <= timezone.now():
        locked.until = None
    locked.save(update_fields=["status", "ended_at", "end_note", "until", "updated_at"])
    record("suggestion_resumed", locked, chapter=None, by=by)
    return locked


@transaction.atomic
def hand_over(*, suggestion: Suggestion, owner: User | None, by: Actor) -> Suggestion:
    """Say who keeps it, or that nobody does. Raises NotNow for somebody who may not write suggestions."""
    locked = _locked(suggestion)
    if owner is not None and owner.pk != locked.owner_id:
        reviewing.require_editor(owner)
    if locked.owner_id != (owner.pk if owner else None):
        before, locked.owner = locked.owner_id, owner
        locked.save(update_fields=["owner", "updated_at"])
        record("suggestion_handed_over", locked, chapter=None, by=by, before=before)
    return locked


@transaction.atomic
def send_in(*, chapter: Chapter, sent: Sent, by: Actor) -> Suggestion:
    """A chapter offers one of its own published posts to others. The central team looks at it first; the
    same post is sent in once."""
    words = SuggestionWords(
        sent.title, sent.why, (ItemWords(sent.text, link=sent.link, platforms=sent.platforms),)
    )
    checks.writable(words, Suggestion.Kind.POST)
    words = words.keyed()
    suggestion, is_new = Suggestion.objects.get_or_create(
        source_post_uid=sent.post_uid,
        defaults={
            "from_chapter": chapter,
            "from_person": by.user,
            "title": words.title,
            "draft": suggestion_words.dumps(words),
        },
    )
    if not is_new:
        return suggestion
    kept = [PictureWords(str(add_picture(suggestion=suggestion, upload=each, by=by).uid), each.alt)
            for each in sent.pictures]  # fmt: skip
    if kept:
        suggestion.draft["items"][0]["images"] = [asdict(picture) for picture in kept]
        suggestion.save(update_fields=["draft"])
    record("suggestion_sent_in", suggestion, chapter=chapter, by=by)
    telling_suggestions.sent_in(suggestion)
    return suggestion


@transaction.atomic
def take_back(*, suggestion: Suggestion, by: Actor) -> Suggestion:
    """A chapter takes back what it sent in, before the central team answered. Its post may be sent in again.

    Raises NotNow once it was answered: others may have it by then.
    """
    locked = _locked(suggestion)
    if locked.was_taken_back:
        return locked
    if not locked.waits_for_review:
        raise NotNow(
            _("The central team has answered already. Ask it if others should not see this any more."),
            detail=f"{locked.status} cannot be taken back",
        )
    locked.status, locked.ended_at, locked.source_post_uid = Suggestion.Status.ENDED, timezone.now(), None
    locked.save(update_fields=["status", "ended_at", "source_post_uid", "updated_at"])
    record("suggestion_taken_back", locked, chapter=locked.from_chapter, by=by)
    telling_suggestions.seen(locked)
    return locked


def add_picture(*, suggestion: Suggestion, upload: Upload, by: Actor) -> SuggestionImage:
    """Keep a picture for the suggestion. The same one again gives the same row. Raises TeachingError."""
    if upload.size > settings.MEDIA_UPLOAD_MAX_BYTES:
        raise TeachingError(
            _("The picture is larger than %(max)d MB. Choose a smaller one; your text is kept.")
            % {"max": settings.MEDIA_UPLOAD_MAX_BYTES // 1024**2}
        )
    try:
        kept = pictures.reencode(upload.file, pixels_max=settings.MEDIA_MAX_PIXELS)
    except pictures.Unusable as refusal:
        raise TeachingError(refusal.message) from refusal
    checksum = hashlib.sha256(kept.data).hexdigest()
    known = SuggestionImage.objects.filter(suggestion=suggestion, checksum=checksum).first()
    if known is not None:
        return known
    image = SuggestionImage(
        suggestion=suggestion, checksum=checksum, mime=kept.mime, width=kept.width, height=kept.height,
        size=len(kept.data), created_by=by.user,
    )  # fmt: skip
    image.file.save("picture", ContentFile(kept.data), save=False)
    image.save()
    return image


def upload_of(data: bytes, alt: str = "") -> Upload:
    """Bytes that are in memory already, as an upload."""
    return Upload(io.BytesIO(data), len(data), alt)


def terms_of(suggestion: Suggestion) -> Terms:
    """For whom it is and when, as it stands."""
    return Terms(
        visible_from=suggestion.visible_from,
        until=suggestion.until,
        regions=tuple(suggestion.regions.all()),
        platforms=tuple(suggestion.platforms),
        language=suggestion.language,
        min_members=suggestion.min_members,
        max_members=suggestion.max_members,
        min_accounts=suggestion.min_accounts,
        max_accounts=suggestion.max_accounts,
    )


def _row(version: SuggestionVersion, order: int, item: ItemWords) -> SuggestionItem:
    return SuggestionItem(
        version=version,
        key=item.key,
        order=order,
        name=item.name,
        text=item.text,
        link=item.link,
        day=item.day,
        on=item.on,
        at=item.at,
        platforms=list(item.platforms),
        images=[asdict(image) for image in item.images],
    )


def _locked(suggestion: Suggestion, draft_number: int | None = None) -> Suggestion:
    locked = (
        Suggestion.objects.select_for_update(of=("self",)).select_related("current").get(pk=suggestion.pk)
    )
    if draft_number is not None and locked.draft_number != draft_number:
        raise StaleSuggestion(locked, seen=draft_number)
    return locked


def waiting() -> QuerySet[Suggestion]:
    """What chapters sent in and the central team has not answered, the oldest first."""
    return Suggestion.objects.filter(
        from_chapter__isnull=False, status=Suggestion.Status.DRAFT, current=None
    ).order_by("pk")
