"""Pictures and videos, kept with stable bytes, and given to adapters as each platform takes them.

Pictures are decoded, turned upright, stripped of metadata and encoded anew once; what a platform asks beyond
that is made once for each thing asked, a `Rendition`. Videos come in through `posts.media_video`.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from typing import IO, BinaryIO

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from chapters.models import Chapter, User
from hubsite.lib import pictures
from posts import media_fit
from posts.models import Media, Rendition
from posts.platforms.base import Image, Limits, Video
from posts.problems import Refused

log = logging.getLogger(__name__)


def store(upload: IO[bytes], *, size: int, chapter: Chapter, by: User | None) -> Media:
    """Take in one picture somebody uploaded. The same picture again gives the same row. Raises Refused."""
    if size > settings.MEDIA_UPLOAD_MAX_BYTES:
        raise Refused(
            _("The picture is larger than %(max)d MB. Choose a smaller one; your text is kept.")
            % {"max": settings.MEDIA_UPLOAD_MAX_BYTES // 1024**2}
        )
    data, mime, width, height = reencode(upload)
    checksum = hashlib.sha256(data).hexdigest()
    known = Media.objects.filter(chapter=chapter, checksum=checksum).first()
    if known is not None:
        return known
    media = Media(
        chapter=chapter,
        checksum=checksum,
        mime=mime,
        width=width,
        height=height,
        size=len(data),
        created_by=by,
    )
    media.file.save("picture", ContentFile(data), save=False)
    media.save()
    return media


def reencode(upload: IO[bytes]) -> tuple[bytes, str, int, int]:
    """The picture as the hub keeps it: bytes, type, width, height. Raises Refused."""
    try:
        kept = pictures.reencode(upload, pixels_max=settings.MEDIA_MAX_PIXELS)
    except pictures.Unusable as refusal:
        raise Refused(refusal.message) from refusal
    return kept.data, kept.mime, kept.width, kept.height


# ---- fitted to a platform


def fitted(media: Media, limits: Limits) -> Rendition | None:
    """The picture as a platform with `limits` takes it, made now if nobody asked for it before.

    None where the picture goes out as it is. Raises Refused where it cannot be made.
    """
    if media.is_video:
        return None
    plan = media_fit.plan_of(media.mime, media.width, media.height, media.size, limits)
    if plan is None:
        return None
    spec = media_fit.spec_of(limits)
    return Rendition.objects.filter(media=media, spec=spec).first() or _make(media, spec, plan)


def fit_ahead(media: Iterable[Media], limits: Iterable[Limits]) -> None:
    """Make what `fitted` will be asked for, outside of the transaction that asks. What cannot be made now is
    told there."""
    asked = {media_fit.spec_of(each): each for each in limits}
    for one in media:
        for each in asked.values():
            try:
                fitted(one, each)
            except Refused:
                log.info("picture could not be fitted", extra={"media": str(one.uid)})


def _make(media: Media, spec: str, plan: media_fit.Plan) -> Rendition:
    try:
        with media.file.storage.open(media.file.name, "rb") as stored:
            data, width, height = media_fit.encode(stored.read(), plan)
    except FileNotFoundError as missing:
        raise Refused(_("One of the pictures is gone. Add it again; your text is kept.")) from missing
    except media_fit.CannotFit as failure:
        raise Refused(
            _("One of the pictures cannot be made small enough for every account. Choose another one.")
        ) from failure
    rendition = Rendition(
        chapter_id=media.chapter_id,
        media=media,
        spec=spec,
        checksum=hashlib.sha256(data).hexdigest(),
        mime=plan.mime,
        width=width,
        height=height,
        size=len(data),
    )
    rendition.file.save("rendition", ContentFile(data), save=False)
    try:
        with transaction.atomic():
            rendition.save()
    except IntegrityError:  # somebody else made it in the same moment
        rendition.file.delete(save=False)
        return Rendition.objects.get(media=media, spec=spec)
    return rendition


# ---- as adapters see them


def image_of(media: Media, *, alt: str, rendition: Rendition | None = None, url: str = "") -> Image:
    """A picture as adapters see it; its bytes are read when a call needs them.

    It goes by the uid of the picture, whichever rendition it is sent as: one post sends one of them.
    """
    kept = rendition or media

    def read() -> bytes:
        # a handle of its own: two threads that send the same picture share the row
        with kept.file.storage.open(kept.file.name, "rb") as stored:
            return stored.read()

    return Image(
        uid=str(media.uid),
        mime=kept.mime,
        width=kept.width,
        height=kept.height,
        size=kept.size,
        alt=alt,
        read=read,
        url=url,
    )


def video_of(media: Media, *, alt: str, url: str = "") -> Video:
    """A video as adapters see it; each `open` is a file of its own."""

    def open_again() -> BinaryIO:
        return media.file.storage.open(media.file.name, "rb")

    return Video(
        uid=str(media.uid),
        mime=media.mime,
        width=media.width,
        height=media.height,
        seconds=media.seconds or 0.0,
        size=media.size,
        alt=alt,
        open=open_again,
        url=url,
    )
