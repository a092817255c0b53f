"""What verbs refuse with: one plain sentence for the person, and nothing changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from posts.models import Post


class Refused(Exception):
    """The verb does not apply now. `message` says why and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = str(message)


class NotYours(Refused):
    """The person may not do this to this post, whatever its state."""


class Stale(Refused):
    """Somebody else changed the post since this person looked; `current` is as it is now."""

    def __init__(self, message: str, current: Post) -> None:
        super().__init__(message)
        self.current = current
