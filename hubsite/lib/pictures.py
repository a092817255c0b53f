"""Pictures as people send them, made into what the hub keeps: decoded, turned upright, without metadata."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import IO

import pillow_heif
from django.utils.translation import gettext as _
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

pillow_heif.register_heif_opener()

ACCEPTED = {"JPEG", "PNG", "WEBP", "HEIF", "GIF"}
LONGEST_SIDE = 4096  # pixels; larger serves no platform and costs every upload
JPEG_QUALITY = 88


class Unusable(Exception):
    """The hub does not keep this file. `message` says why and what to choose instead."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = str(message)


@dataclass(frozen=True)
class Kept:
    """A picture encoded anew. Width and height are those that people see."""

    data: bytes
    mime: str
    width: int
    height: int


def reencode(upload: IO[bytes], *, pixels_max: int) -> Kept:
    """The picture as the hub keeps it. Raises Unusable."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Pillow.DecompressionBombWarning)
            picture = Pillow.open(upload)
            if picture.format not in ACCEPTED:
                raise Unusable(_("Choose a JPEG, PNG, WebP or HEIC picture."))
            if picture.width * picture.height > pixels_max:
                raise Unusable(
                    _("The picture has over %(max)d megapixels. Choose a smaller one; your text is kept.")
                    % {"max": pixels_max // 1_000_000}
                )
            picture.load()
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        Pillow.DecompressionBombError,
        Pillow.DecompressionBombWarning,
    ) as error:
        raise Unusable(
            _("This file is not a picture the hub can read. Choose a JPEG, PNG, WebP or HEIC file.")
        ) from error
    picture = ImageOps.exif_transpose(picture)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return _encode(picture)


def _encode(picture: Pillow.Image) -> Kept:
    out = io.BytesIO()
    if _is_transparent(picture):
        clean = picture.convert("RGBA")
        clean.info.clear()
        clean.save(out, "PNG", optimize=True)
        return Kept(out.getvalue(), "image/png", clean.width, clean.height)
    clean = picture.convert("RGB")
    clean.info.clear()
    clean.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return Kept(out.getvalue(), "image/jpeg", clean.width, clean.height)


def _is_transparent(picture: Pillow.Image) -> bool:
    if "transparency" in picture.info:
        return True
    return picture.mode in {"RGBA", "LA", "PA"} and picture.getchannel("A").getextrema()[0] < 255
