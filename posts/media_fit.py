"""How a picture is made to fit what a platform accepts: nothing is ever cut off, what fits stays as it is.

`as_sent` says what becomes of a picture without touching its bytes, for the composer and the check at submit;
`encode` does it, when the post is scheduled. Both follow `plan_of`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import math
from dataclasses import dataclass

from PIL import Image as Pillow

from posts.platforms.base import Image, Limits

VERSION = 1  # a new one makes every fitted picture anew
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}  # what can be made
QUALITIES = (88, 82, 76, 70)  # below it a smaller picture looks better than a coarser one
SHRINK = 0.85  # a side, where the lowest quality is still too large
SMALLEST = 64  # pixels of the longer side; below it there is no picture left to send
BORDER = 48  # pixels a side of the small copy that the border's colour is read from
WHITE = (255, 255, 255)


class CannotFit(Exception):
    """No picture is left at the size that is asked."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A picture of `inner` pixels on a canvas of `width` by `height`, as `mime` in `bytes_max` bytes."""

    mime: str
    width: int
    height: int
    inner: tuple[int, int]
    bytes_max: int

    @property
    def is_padded(self) -> bool:
        return self.inner != (self.width, self.height)


def spec_of(limits: Limits) -> str:
    """A hash of what `limits` ask of a picture: the same asked is the same picture got."""
    asked = {
        "version": VERSION,
        "types": limits.image_types,
        "bytes": limits.image_bytes_max,
        "pixels": limits.image_pixels_max,
        "width": limits.image_width_max,
        "ratio": limits.image_ratio,
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def plan_of(mime: str, width: int, height: int, size: int, limits: Limits) -> Plan | None:
    """What has to become of a picture; None where it goes out as it is, or where no plan could help."""
    canvas, inner = _sizes(width, height, limits)
    fits = mime in limits.image_types and size <= limits.image_bytes_max
    if fits and canvas == inner == (width, height):
        return None
    into = next((each for each in limits.image_types if each in FORMATS), None)
    if into is None:
        return None
    return Plan(into, *canvas, inner, limits.image_bytes_max)


def as_sent(image: Image, limits: Limits) -> Image:
    """`image` as it will be once it is fitted; its size is then an upper bound."""
    plan = plan_of(image.mime, image.width, image.height, image.size, limits)
    if plan is None:
        return image
    return dataclasses.replace(
        image,
        mime=plan.mime,
        width=plan.width,
        height=plan.height,
        size=min(image.size, limits.image_bytes_max),
    )


def is_padded(image: Image, limits: Limits) -> bool:
    """Whether the picture gets plain borders, because its shape is not taken."""
    plan = plan_of(image.mime, image.width, image.height, image.size, limits)
    return plan is not None and plan.is_padded


def encode(data: bytes, plan: Plan) -> tuple[bytes, int, int]:
    """The picture `data` as `plan` says: its bytes, width and height. Raises CannotFit.

    The quality goes down first, then the size, until the bytes fit.
    """
    with Pillow.open(io.BytesIO(data)) as opened:
        picture = _on_canvas(opened, plan)
    while True:
        for quality in QUALITIES:
            encoded = _encoded(picture, plan.mime, quality)
            if len(encoded) <= plan.bytes_max:
                return encoded, picture.width, picture.height
            if plan.mime == "image/png":  # it has no quality to lower
                break
        smaller = (round(picture.width * SHRINK), round(picture.height * SHRINK))
        if max(smaller) < SMALLEST or min(smaller) < 1:
            raise CannotFit
        picture = picture.resize(smaller, Pillow.Resampling.LANCZOS)


# ---- sizes


def _sizes(width: int, height: int, limits: Limits) -> tuple[tuple[int, int], tuple[int, int]]:
    """The canvas and, on it, the picture: as large as allowed, in a shape that is taken."""
    wide, high = _padded(width, height, limits.image_ratio)
    scale = min(1.0, math.sqrt(limits.image_pixels_max / (wide * high)))
    if limits.image_width_max:
        scale = min(scale, limits.image_width_max / wide)
    inner = (width, height)
    while True:
        canvas = _padded(*inner, limits.image_ratio)
        is_small = canvas[0] * canvas[1] <= limits.image_pixels_max
        is_narrow = canvas[0] <= (limits.image_width_max or canvas[0])
        if (is_small and is_narrow) or inner == (1, 1):
            return canvas, inner
        inner = (max(1, math.floor(width * scale)), max(1, math.floor(height * scale)))
        scale *= 0.998  # rounding may have made the canvas a pixel too large


def _padded(width: int, height: int, ratio: tuple[float, float] | None) -> tuple[int, int]:
    """The smallest canvas around a picture whose width by height lies within `ratio`."""
    if ratio is None:
        return width, height
    narrowest, widest = ratio
    if width / height < narrowest:
        width = math.ceil(height * narrowest)
        while width / height < narrowest:
            width += 1
    elif width / height > widest:
        height = math.ceil(width / widest)
        while width / height > widest:
            height += 1
    return width, height


# ---- pixels


def _on_canvas(opened: Pillow.Image, plan: Plan) -> Pillow.Image:
    picture = opened.convert("RGBA" if _shows_through(opened) else "RGB")
    if picture.size != plan.inner:
        picture = picture.resize(plan.inner, Pillow.Resampling.LANCZOS)
    if picture.mode == "RGBA" and plan.mime == "image/jpeg":
        paper = Pillow.new("RGB", picture.size, WHITE)
        paper.paste(picture, mask=picture.getchannel("A"))
        picture = paper
    if not plan.is_padded:
        return picture
    canvas = Pillow.new(picture.mode, (plan.width, plan.height), _border_colour(picture))
    canvas.paste(picture, ((plan.width - picture.width) // 2, (plan.height - picture.height) // 2))
    return canvas


def _shows_through(picture: Pillow.Image) -> bool:
    return "transparency" in picture.info or picture.mode in {"RGBA", "LA", "PA"}


def _border_colour(picture: Pillow.Image) -> tuple[int, ...]:
    """The colour in the middle of those along the picture's edge; of one that shows through, nothing."""
    if picture.mode == "RGBA":
        return (255, 255, 255, 0)
    small = picture.resize((BORDER, BORDER), Pillow.Resampling.BOX)
    last = BORDER - 1
    edge = [small.getpixel(at) for i in range(BORDER) for at in ((i, 0), (i, last), (0, i), (last, i))]
    return tuple(sorted(values)[len(values) // 2] for values in zip(*edge, strict=True))


def _encoded(picture: Pillow.Image, mime: str, quality: int) -> bytes:
    out = io.BytesIO()
    picture.info.clear()
    options = {"optimize": True} if mime == "image/png" else {"quality": quality}
    if mime == "image/jpeg":
        options["optimize"] = True
    picture.save(out, FORMATS[mime], **options)
    return out.getvalue()
