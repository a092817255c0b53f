"""What is kept of containers between tries, as JSON: Instagram and Threads.

`{"media": {uid: {"id", "at", "ready"}}, "container", "at", "ready", "reply_to", "failures", "lost"}`: `at` is
Unix time, `media` are the parts of a carousel, `container` is the one to publish.
"""

from __future__ import annotations

import time
from collections.abc import Container, Mapping
from typing import Any

from .base import InvalidContent, MediaFetchFailed, PlatformError

LIFE_SECONDS = 23 * 3600.0  # containers end after 24 hours
FAILURES_MAX = 3


def begun(staged: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of what earlier tries made, without what makes no sense."""
    media = staged.get("media")
    entries = media.items() if isinstance(media, Mapping) else ()
    kept = {name: staged[name] for name in _KEPT if isinstance(staged.get(name), _KEPT[name])}
    kept["media"] = {uid: dict(entry) for uid, entry in entries if _is_entry(entry)}
    return kept


_KEPT: Mapping[str, type | tuple[type, ...]] = {
    "container": str,
    "at": (int, float),
    "ready": bool,
    "reply_to": str,
    "failures": int,
    "lost": int,
}


def _is_entry(entry: object) -> bool:
    return isinstance(entry, Mapping) and isinstance(entry.get("id"), str) and bool(entry["id"])


def age_of(entry: Mapping[str, Any]) -> float:
    """Seconds since a container was made."""
    return time.time() - entry.get("at", 0.0)


def drop_container(kept: dict[str, Any]) -> None:
    """Forget the container to publish; the parts of a carousel are used again."""
    for name in ("container", "at", "ready", "lost"):
        kept.pop(name, None)


def forget_old(kept: dict[str, Any], parts: Container[str]) -> None:
    """Forget what has ended, and parts that are not among `parts`."""
    media = kept["media"]
    for uid in [uid for uid in media if uid not in parts or age_of(media[uid]) > LIFE_SECONDS]:
        del media[uid]
    if kept.get("container") and age_of(kept) > LIFE_SECONDS:
        drop_container(kept)


def given_up(error: PlatformError, kept: dict[str, Any], who: str) -> PlatformError:
    """`error`, or a refusal for good where the same was tried too often."""
    if not isinstance(error, MediaFetchFailed):
        return error
    kept["failures"] = kept.get("failures", 0) + 1
    if kept["failures"] < FAILURES_MAX:
        return error
    return InvalidContent(
        f"{who} could not load an image or video of this post, {FAILURES_MAX} times. Try another file; if "
        "that does not help, ask the hub's administrator whether its media can be reached from outside.",
        detail=error.detail,
    )
