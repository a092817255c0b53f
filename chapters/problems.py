"""What verbs about people and chapters refuse with: one plain sentence, and nothing changed."""

from __future__ import annotations


class Refused(Exception):
    """The verb does not apply now. `message` says why and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = str(message)
