"""An offered wording as the pieces it would change, each taken or left on its own.

A piece is a run of words that the offered text has differently. Taking some pieces into a text that has moved
on since is a three-way merge: a piece is put where its old words still stand untouched, and is reported as no
longer fitting where they do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from difflib import SequenceMatcher

CLOSE = 2  # equal words between two changes of one line that still count as one piece
AROUND = 6  # words shown on each side of a piece
MAX_WORDS = 6000  # beyond this, whole lines are compared, so that a long text stays quick

_TOKEN = re.compile(r"\n|[^\S\n]+|\S+")


@dataclass(frozen=True)
class Piece:
    """One change, counted from 1. `before` and `after` are the words around it, for people to find it by."""

    number: int
    removed: str
    added: str
    before: str
    after: str
    start: int
    end: int

    @property
    def removed_words(self) -> str:
        """What goes, for people to read: without the line ends around it."""
        return _readable(self.removed)

    @property
    def added_words(self) -> str:
        """What comes, for people to read: without the line ends around it."""
        return _readable(self.added)


@dataclass(frozen=True)
class Joined:
    """A text with the taken pieces in it, and the pieces that found no place any more."""

    text: str
    unfitting: tuple[Piece, ...] = ()


def pieces(base: str, offered: str) -> list[Piece]:
    """What `offered` would change in `base`, in the order of the text; empty where nothing."""
    by_line = _is_long(base, offered)
    old, new = _split(base, by_line), _split(offered, by_line)
    found: list[Piece] = []
    for i1, i2, j1, j2 in _changes(old, new):
        found.append(
            Piece(
                number=len(found) + 1,
                removed="".join(old[i1:i2]),
                added="".join(new[j1:j2]),
                before=_end_of_line("".join(old[max(i1 - 2 * AROUND, 0) : i1])),
                after=_start_of_line("".join(old[i2 : i2 + 2 * AROUND])),
                start=i1,
                end=i2,
            )
        )
    return found


def join(base: str, offered: str, taken: Collection[int], current: str | None = None) -> Joined:
    """`current` (or `base` itself) with the pieces numbered in `taken`; other numbers mean nothing."""
    chosen = [piece for piece in pieces(base, offered) if piece.number in taken]
    by_line = _is_long(base, offered)
    now = _split(base if current is None else current, by_line)
    place = _places(_split(base, by_line), now)
    unfitting: list[Piece] = []
    edits: list[tuple[int, int, str]] = []
    for piece in chosen:
        at = place(piece)
        if at is None:
            unfitting.append(piece)
        else:
            edits.append((at, at + piece.end - piece.start, piece.added))
    for start, end, added in reversed(edits):
        now = [*now[:start], added, *now[end:]]
    return Joined("".join(now), tuple(unfitting))


def _is_long(base: str, offered: str) -> bool:
    """Whether these are compared line by line, since word by word would take too long."""
    return max(len(base.split()), len(offered.split())) > MAX_WORDS


def _split(text: str, by_line: bool) -> list[str]:
    text = text.replace("\r\n", "\n")
    return text.splitlines(keepends=True) if by_line else _TOKEN.findall(text)


def _changes(old: list[str], new: list[str]) -> list[tuple[int, int, int, int]]:
    merged: list[list[int]] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        between = old[merged[-1][1] : i1] if merged else []
        if merged and "\n" not in between and sum(not token.isspace() for token in between) <= CLOSE:
            merged[-1][1], merged[-1][3] = i2, j2
        else:
            merged.append([i1, i2, j1, j2])
    return [(i1, i2, j1, j2) for i1, i2, j1, j2 in merged]


def _places(base: list[str], now: list[str]) -> Callable[[Piece], int | None]:
    """A function that finds where a piece of `base` stands in `now`, or None where it was touched since."""
    if base == now:
        return lambda piece: piece.start
    blocks = SequenceMatcher(None, base, now, autojunk=False).get_matching_blocks()

    def find(piece: Piece) -> int | None:
        for block in blocks:
            end = block.a + block.size
            # an insertion needs a neighbour that still stands, the rest needs its own words
            if block.a <= piece.start and piece.end <= end and block.size:
                return block.b + piece.start - block.a
        return None

    return find


def _readable(words: str) -> str:
    return words.strip("\n") or ("¶" if words else "")


def _end_of_line(text: str) -> str:
    return text.rsplit("\n", 1)[-1]


def _start_of_line(text: str) -> str:
    return text.split("\n", 1)[0]
