"""Shows the mail that a hub on one's own machine writes to files, so that a newcomer sees what it sends."""

from __future__ import annotations

from email import policy
from email.parser import BytesParser
from pathlib import Path

BETWEEN = b"-" * 79  # what Django's file backend writes after each message
LINES = 14  # of a body, then a word on where the rest is


class PrintedMail:
    """Prints the messages that appear in a folder, once each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._sizes = {path: path.stat().st_size for path in folder.iterdir()}
        self._printed = dict(self._sizes)

    def print_new(self) -> None:
        """Print what is complete: a file that has not grown since the last call."""
        for path in sorted(self.folder.iterdir()):
            size = path.stat().st_size
            begin = self._printed.get(path, 0)
            if size > begin and self._sizes.get(path) == size:
                self._printed[path] = size
                for message in path.read_bytes()[begin:size].split(BETWEEN):
                    if message.strip():
                        print(in_words(message.strip(), path), flush=True)
            self._sizes[path] = size


def in_words(raw: bytes, path: Path) -> str:
    """A message as a person would read it in a terminal."""
    message = BytesParser(policy=policy.default).parsebytes(raw)
    body = message.get_body(("plain", "html"))
    lines = body.get_content().strip().splitlines() if body else []
    shown = lines[:LINES] + ([f"... (the rest is in {path})"] if len(lines) > LINES else [])
    head = f"\n  Mail to {message['To']}: {message['Subject']}"
    return "\n".join([head, *(f"  | {line}".rstrip() for line in shown)])
