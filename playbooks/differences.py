"""What changed between two texts, paragraph by paragraph and word by word, for people to read."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

KEPT_AROUND = 1  # unchanged paragraphs shown on each side of a change
MAX_WORDS = 1500  # of a paragraph compared word by word; a longer one is shown as replaced
MAX_PAIRS = 900  # of changed paragraphs compared with each other; beyond, all are shown as replaced
ALIKE = 0.35  # two paragraphs less alike than this are shown as one gone and one new
# how a line of Markdown begins that is not plain text
BLOCK_MARKS = {"heading": re.compile(r"#{1,6} +"), "item": re.compile(r" *(?:[-*+]|\d{1,3}[.)]) +")}


@dataclass(frozen=True)
class Stretch:
    """Some words. `kind` is same, added or removed."""

    kind: str
    text: str


@dataclass(frozen=True)
class Paragraph:
    """One paragraph of the difference. `skipped` counts unchanged ones left out in its place; `block` is
    heading or item where it is one, without the signs that make it one."""

    stretches: tuple[Stretch, ...] = ()
    skipped: int = 0
    block: str = ""

    @property
    def is_changed(self) -> bool:
        return any(stretch.kind != "same" for stretch in self.stretches)


def differences(old: str, new: str, *, is_markdown: bool = False) -> list[Paragraph]:
    """How `new` came from `old`; empty where nothing changed. Of Markdown, each change stands below the
    heading of its section."""
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
    if not is_markdown:
        return list(_shortened(shown))
    return list(_shortened([_laid_out(paragraph) for paragraph in shown]))


def _laid_out(paragraph: Paragraph) -> Paragraph:
    """A heading or an item without its signs, where those did not change themselves."""
    first, *rest = paragraph.stretches
    for block, begins in BLOCK_MARKS.items():
        found = begins.match(first.text)
        if found and (rest or found.end() < len(first.text)) and (first.kind == "same" or not rest):
            words = first.text[found.end() :]
            kept = (Stretch(first.kind, words), *rest) if words else tuple(rest)
            return replace(paragraph, stretches=kept, block=block)
    return paragraph


def _paragraphs(text: str) -> list[str]:
    lines = (line.rstrip() for line in text.replace("\r\n", "\n").split("\n"))
    return [line for line in lines if line]


def _whole(kind: str, text: str) -> Paragraph:
    return Paragraph((Stretch(kind, text),))


def _changed(before: list[str], after: list[str]) -> Iterator[Paragraph]:
    at_old = at_new = 0
    for old, new in [*_pairs(before, after), (len(before), len(after))]:
        yield from (_whole("removed", text) for text in before[at_old:old])
        yield from (_whole("added", text) for text in after[at_new:new])
        if old < len(before):
            yield _rewritten(before[old], after[new])
        at_old, at_new = old + 1, new + 1


def _pairs(before: list[str], after: list[str]) -> list[tuple[int, int]]:
    """Which paragraph became which, in order: the pairing that is most alike altogether."""
    if len(before) * len(after) > MAX_PAIRS:
        return []
    best: list[list[tuple[float, list[tuple[int, int]]]]] = [[(0.0, [])] * (len(after) + 1)]
    for i, old in enumerate(before):
        row = [(0.0, [])]
        for j, new in enumerate(after):
            likeness = _likeness(old, new)
            options = [best[i][j + 1], row[j]]
            if likeness >= ALIKE:
                score, pairs = best[i][j]
                options.append((score + likeness, [*pairs, (i, j)]))
            row.append(max(options, key=lambda option: option[0]))
        best.append(row)
    return best[-1][-1][1]


def _likeness(old: str, new: str) -> float:
    """From 0 to 1: how many words two paragraphs share. Too long ones count as different."""
    before, after = old.split(), new.split()
    if max(len(before), len(after)) > MAX_WORDS:
        return 0.0
    return SequenceMatcher(None, before, after, autojunk=False).ratio()


def _rewritten(old: str, new: str) -> Paragraph:
    before, after = re.findall(r"\s+|\S+", old), re.findall(r"\s+|\S+", new)
    stretches: list[Stretch] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            stretches.append(Stretch("same", "".join(before[i1:i2])))
            continue
        if i2 > i1:
            stretches.append(Stretch("removed", "".join(before[i1:i2])))
        if j2 > j1:
            stretches.append(Stretch("added", "".join(after[j1:j2])))
    return Paragraph(tuple(stretches))


def _shortened(paragraphs: list[Paragraph]) -> Iterator[Paragraph]:
    changed = [at for at, paragraph in enumerate(paragraphs) if paragraph.is_changed]
    near = {at + off for at in changed for off in range(-KEPT_AROUND, KEPT_AROUND + 1)}
    headings = [at for at, paragraph in enumerate(paragraphs) if paragraph.block == "heading"]
    near |= {headings[bisect_left(headings, at) - 1] for at in changed if headings and headings[0] < at}
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
