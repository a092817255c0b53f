"""The part of an upload that every platform with its own media store shares: names and progress.

What was uploaded is kept as `{"media": {image uid: {...}}}`, JSON that the engine stores between tries.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .base import Image, Video

_ENDINGS = {
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif", "video/mp4": "mp4",
}  # fmt: skip


def file_name(file: Image | Video) -> str:
    """A neutral name: the person's own file name is nobody's business."""
    return f"{file.mime.partition('/')[0]}.{_ENDINGS.get(file.mime, 'bin')}"


def bytes_of(file: Image | Video) -> bytes:
    """All of it, in memory."""
    if isinstance(file, Video):
        with file.open() as stored:
            return stored.read()
    return file.read()


def begun(staged: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """A copy of what earlier tries uploaded, by image uid."""
    media = staged.get("media")
    if not isinstance(media, Mapping):
        return {}
    return {
        uid: dict(entry) for uid, entry in media.items() if isinstance(entry, Mapping) and entry.get("id")
    }
