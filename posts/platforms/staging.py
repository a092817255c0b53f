"""The part of an upload that every platform with its own media store shares: names and progress.

What was uploaded is kept as `{"media": {image uid: {...}}}`, JSON that the engine stores between tries.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .base import Image

_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}


def file_name(image: Image) -> str:
    """A neutral name: the person's own file name is nobody's business."""
    return f"image.{_ENDINGS.get(image.mime, 'bin')}"


def begun(staged: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """A copy of what earlier tries uploaded, by image uid."""
    media = staged.get("media")
    if not isinstance(media, Mapping):
        return {}
    return {
        uid: dict(entry) for uid, entry in media.items() if isinstance(entry, Mapping) and entry.get("id")
    }
