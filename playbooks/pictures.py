"""Pictures in the text of a playbook."""

from __future__ import annotations

import hashlib
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


def is_open(picture: PlaybookPicture) -> bool:
    """Whether it stands in the words of a playbook that everybody may read."""
    open_ones = Playbook.objects.filter(public_token__isnull=False, current__isnull=False)
    found = open_ones.select_related("current", "translated_version").filter(pk=picture.playbook_id).first()
    return found is not None and str(picture.uid) in open_words(found)
