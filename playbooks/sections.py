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


def of(body: str) -> list[Section]:
    """The sections in their order; their texts joined are `body` again."""
    parts = [part for part in _BEGIN.split(body) if part]
    return [Section(_heading(part), part) for part in parts]


def changed(body: str, number: int, text: str) -> str:
    """`body` with the section of that number, from 0, saying `text`."""
    return "".join(text if at == number else each.text for at, each in enumerate(of(body)))


def _heading(text: str) -> str:
    first = text.split("\n", 1)[0]
    return first.removeprefix("## ").strip() if first.startswith("## ") else ""
