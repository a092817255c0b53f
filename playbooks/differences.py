"""What changed between two texts, paragraph by paragraph and word by word, for people to read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

KEPT_AROUND = 1  # unchanged paragraphs shown on each side of a change
MAX_WORDS = 1500  # of a paragraph compared word by word; a longer one is shown as replaced
ALIKE = 0.35  # two paragraphs less alike than this are shown as one gone and one new


@dataclass(frozen=True)
class Stretch:
    """Some words. `kind` is same, added or removed."""

    kind: str
    text: str


@dataclass(frozen=True)
class Paragraph:
    """One paragraph of the difference. `skipped` counts unchanged ones left out in its place."""

    stretches: tuple[Stretch, ...] = ()
    skipped: int = 0

    @property
    def is_changed(self) -> bool:
        return any(stretch.kind != "same" for stretch in self.stretches)


def differences(old: str, new: str) -> list[Paragraph]:
    """How `new` came from `old`; empty where nothing changed."""
    before, after = _paragraphs(old), _paragraphs(new)
    if before == after:
        return []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    shown: list[Paragraph] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            shown.extend(_whole("same", text) for text in before[i1:i2])
        else:
            shown.extend(_changed(before[i1:i2], after[j1:j2]))
    return list(_shortened(shown))


def _paragraphs(text: str) -> list[str]:
    lines = (line.rstrip() for line in text.replace("\r\n", "\n").split("\n"))
    return [line for line in lines if line]


def _whole(kind: str, text: str) -> Paragraph:
    return Paragraph((Stretch(kind, text),))


def _changed(before: list[str], after: list[str]) -> Iterator[Paragraph]:
    for old, new in zip_longest(before, after):
        if old is None:
            yield _whole("added", new)
        elif new is None:
            yield _whole("removed", old)
        else:
            yield from _rewritten(old, new)


def _rewritten(old: str, new: str) -> Iterator[Paragraph]:
    before, after = re.findall(r"\s+|[^\s]+", old), re.findall(r"\s+|[^\s]+", new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if max(len(before), len(after)) > MAX_WORDS or matcher.ratio() < ALIKE:
        yield _whole("removed", old)
        yield _whole("added", new)
        return
    stretches: list[Stretch] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            stretches.append(Stretch("same", "".join(before[i1:i2])))
            continue
        if i2 > i1:
            stretches.append(Stretch("removed", "".join(before[i1:i2])))
        if j2 > j1:
            stretches.append(Stretch("added", "".join(after[j1:j2])))
    yield Paragraph(tuple(stretches))


def _shortened(paragraphs: list[Paragraph]) -> Iterator[Paragraph]:
    changed = [at for at, paragraph in enumerate(paragraphs) if paragraph.is_changed]
    near = {at + off for at in changed for off in range(-KEPT_AROUND, KEPT_AROUND + 1)}
    skipped = 0
    for at, paragraph in enumerate(paragraphs):
        if at not in near:
            skipped += 1
            continue
        if skipped:
            yield Paragraph(skipped=skipped)
            skipped = 0
        yield paragraph
    if skipped:
        yield Paragraph(skipped=skipped)
