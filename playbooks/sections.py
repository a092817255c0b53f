"""A playbook's text by its second headings, to change one of them and leave the rest alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BEGIN = re.compile(r"^(?=## )", re.MULTILINE)


@dataclass(frozen=True)
class Section:
    """A heading (empty before the first one) and the text from it up to the next, heading and all."""

    heading: str
    text: str

    @property
    def words(self) -> str:
        """What stands below the line of the heading."""
        return self.text[len(self._line) :]

    def saying(self, words: str) -> str:
        """The section with other words below the line of its heading."""
        if words.strip() and not self.words.strip():
            return f"{self._line.rstrip()}\n\n{words.strip()}\n\n"
        return self._line + spaced_as(words, self.words)

    @property
    def _line(self) -> str:
        return "".join(self.text.partition("\n")[:2]) if self.heading else ""


def of(body: str) -> list[Section]:
    """The sections in their order; their texts joined are `body` again."""
    parts = [part for part in _BEGIN.split(body) if part]
    return [Section(_heading(part), part) for part in parts]


def changed(body: str, number: int, words: str) -> str:
    """`body` with the section of that number, from 0, saying `words` below its heading."""
    return "".join(each.saying(words) if at == number else each.text for at, each in enumerate(of(body)))


def spaced_as(words: str, there: str) -> str:
    """`words` with the empty space around `there`, so that none of it looks like a change."""
    words = words.replace("\r\n", "\n").strip()
    if words == there.strip():
        return there
    begin = there[: len(there) - len(there.lstrip())]
    return begin + words + there[len(there.rstrip()) :]


def _heading(text: str) -> str:
    first = text.split("\n", 1)[0]
    return first.removeprefix("## ").strip() if first.startswith("## ") else ""
