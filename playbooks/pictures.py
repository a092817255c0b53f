"""Pictures in the text of a playbook."""

from __future__ import annotations

import hashlib
import re
import uuid
from typing import IO

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from chapters.events import Actor, record
from hubsite.lib.pictures import Unusable, reencode
from playbooks.errors import NotNow
from playbooks.models import Playbook, PlaybookPicture
from playbooks.public_words import open_words

MOST = 40  # of one playbook
_UID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@transaction.atomic
def add(*, playbook: Playbook, upload: IO[bytes], alt: str, by: Actor) -> PlaybookPicture:
    """Keep a picture for this playbook's text; the same one twice is one. Raises NotNow."""
    if upload.size > settings.MEDIA_UPLOAD_MAX_BYTES:
        raise NotNow(
            _("The picture is larger than %(max)d MB. Choose a smaller one.")
            % {"max": settings.MEDIA_UPLOAD_MAX_BYTES // 1024**2},
            detail=f"{upload.size} bytes",
        )
    try:
        kept = reencode(upload, pixels_max=settings.MEDIA_MAX_PIXELS)
    except Unusable as refused:
        raise NotNow(refused.message, detail="unusable picture") from refused
    locked = Playbook.objects.select_for_update().get(pk=playbook.pk)
    checksum = hashlib.sha256(kept.data).hexdigest()
    twin = locked.pictures.filter(checksum=checksum).first()
    if twin is not None:
        return twin
    if locked.pictures.count() >= MOST:
        raise NotNow(
            _("A playbook takes up to %(max)d pictures.") % {"max": MOST}, detail=f"{locked.pk} is full"
        )
    picture = PlaybookPicture(
        playbook=locked,
        alt=" ".join(alt.split()),
        checksum=checksum,
        mime=kept.mime,
        width=kept.width,
        height=kept.height,
        size=len(kept.data),
        created_by=by.user,
    )
    picture.file.save("picture", ContentFile(kept.data), save=False)
    picture.save()
    record("playbook_picture_added", locked, chapter=None, by=by, picture=str(picture.uid))
    return picture


@transaction.atomic
def describe(*, picture: PlaybookPicture, alt: str, by: Actor) -> PlaybookPicture:
    """Say better what it shows. Raises NotNow where a published version shows it with its words."""
    locked = _unpublished(picture)
    words = " ".join(alt.split())
    if words != locked.alt:
        before, locked.alt = locked.alt, words
        locked.save(update_fields=["alt"])
        record("playbook_picture_described", locked.playbook, chapter=None, by=by, before=before)
    return locked


@transaction.atomic
def remove(*, picture: PlaybookPicture, by: Actor) -> None:
    """Take a picture away that nobody is shown. Raises NotNow where a version or the draft shows it."""
    locked = _unpublished(picture)
    if str(locked.uid) in locked.playbook.body:
        raise NotNow(
            _("The draft shows this picture. Take its line out of the text first."),
            detail=f"{locked.uid} in draft",
        )
    record("playbook_picture_removed", locked.playbook, chapter=None, by=by, picture=locked.alt)
    storage, name = locked.file.storage, locked.file.name
    locked.delete()
    transaction.on_commit(lambda: storage.delete(name))


def shown_in(playbook: Playbook) -> dict[uuid.UUID, int]:
    """The pictures that published versions show, each with the newest that does. One query."""
    found: dict[uuid.UUID, int] = {}
    for number, body in playbook.versions.order_by("-number").values_list("number", "body"):
        for shown in _UID.findall(body):
            found.setdefault(uuid.UUID(shown), number)
    return found


def _unpublished(picture: PlaybookPicture) -> PlaybookPicture:
    playbook = Playbook.objects.select_for_update().get(pk=picture.playbook_id)
    number = shown_in(playbook).get(picture.uid)
    if number is not None:
        raise NotNow(
            _("Version %(number)s shows this picture, and versions stay. Change its words in the text.")
            % {"number": number},
            detail=f"{picture.uid} in version {number}",
        )
    return playbook.pictures.get(pk=picture.pk)


def is_open(picture: PlaybookPicture) -> bool:
    """Whether it stands in the words of a playbook that everybody may read."""
    open_ones = Playbook.objects.filter(public_token__isnull=False, current__isnull=False)
    found = open_ones.select_related("current", "translated_version").filter(pk=picture.playbook_id).first()
    return found is not None and str(picture.uid) in open_words(found)
