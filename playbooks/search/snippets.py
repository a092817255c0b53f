"""The part of a text in which words were found, with the words marked: what a list of results shows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

BEFORE, LONG = 60, 200  # characters: before the first word found, and altogether
SHORTEST = 2  # letters of a word that is marked

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Stretch:
    """Some text, found or not."""

    text: str
    found: bool = False


def marked(text: str, words: Iterable[str]) -> list[Stretch]:
    """`text` in stretches; each word that begins with one of `words` is a stretch of its own, found."""
    wanted = _wanted(words)
    shown: list[Stretch] = []
    at = 0
    for match in _WORD.finditer(text) if wanted else ():
        if match[0].lower().startswith(wanted):
            if match.start() > at:
                shown.append(Stretch(text[at : match.start()]))
            shown.append(Stretch(match[0], found=True))
            at = match.end()
    return [*shown, Stretch(text[at:])] if at < len(text) else shown


def snippet(text: str, words: Iterable[str]) -> list[Stretch]:
    """A line of `text` around the first word found, marked; empty where none of `words` is in it."""
    wanted = _wanted(words)
    if not wanted:
        return []
    flat = " ".join(text.split())
    first = next((match for match in _WORD.finditer(flat) if match[0].lower().startswith(wanted)), None)
    if first is None:
        return []
    begin = max(0, first.start() - BEFORE)
    begin = flat.find(" ", begin, first.start()) + 1 if begin else 0
    end = begin + LONG if begin + LONG < len(flat) else len(flat)
    if end < len(flat):
        end = max(flat.rfind(" ", begin, end), first.end())
    cut = f"{'… ' if begin else ''}{flat[begin:end]}{' …' if end < len(flat) else ''}"
    return marked(cut, words)


def _wanted(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(word.lower() for word in words if len(word) >= SHORTEST)
