"""Pictures: decoded, turned upright, stripped of metadata, re-encoded once, and kept with stable bytes."""

from __future__ import annotations

import hashlib
import io
import warnings
from typing import IO

import pillow_heif
from django.conf import settings
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from chapters.models import Chapter, User
from posts.models import Media
from posts.platforms.base import Image
from posts.problems import Refused

pillow_heif.register_heif_opener()

ACCEPTED = {"JPEG", "PNG", "WEBP", "HEIF", "GIF"}
LONGEST_SIDE = 4096  # pixels; larger serves no platform and costs every upload
JPEG_QUALITY = 88


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
        with warnings.catch_warnings():
            warnings.simplefilter("error", Pillow.DecompressionBombWarning)
            picture = Pillow.open(upload)
            if picture.format not in ACCEPTED:
                raise Refused(_("Choose a JPEG, PNG, WebP or HEIC picture."))
            if picture.width * picture.height > settings.MEDIA_MAX_PIXELS:
                raise Refused(
                    _("The picture has over %(max)d megapixels. Choose a smaller one; your text is kept.")
                    % {"max": settings.MEDIA_MAX_PIXELS // 1_000_000}
                )
            picture.load()
    except Refused:
        raise
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        Pillow.DecompressionBombError,
        Pillow.DecompressionBombWarning,
    ) as error:
        raise Refused(
            _("This file is not a picture the hub can read. Choose a JPEG, PNG, WebP or HEIC file.")
        ) from error
    picture = ImageOps.exif_transpose(picture)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return _encode(picture)


def _encode(picture: Pillow.Image) -> tuple[bytes, str, int, int]:
    out = io.BytesIO()
    if _is_transparent(picture):
        clean = picture.convert("RGBA")
        clean.info.clear()
        clean.save(out, "PNG", optimize=True)
        return out.getvalue(), "image/png", clean.width, clean.height
    clean = picture.convert("RGB")
    clean.info.clear()
    clean.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return out.getvalue(), "image/jpeg", clean.width, clean.height


def _is_transparent(picture: Pillow.Image) -> bool:
    if "transparency" in picture.info:
        return True
    return picture.mode in {"RGBA", "LA", "PA"} and picture.getchannel("A").getextrema()[0] < 255


def image_of(media: Media, *, alt: str) -> Image:
    """A picture as adapters see it; its bytes are read when a call needs them."""

    def read() -> bytes:
        with media.file.open("rb") as stored:
            return stored.read()

    return Image(
        uid=str(media.uid),
        mime=media.mime,
        width=media.width,
        height=media.height,
        size=media.size,
        alt=alt,
        read=read,
    )
