"""What a chapter could bring to an office hour: what went wrong lately, and what it asked.

Playbooks know nothing of posts: the apps that have something hand their look-ups in when the hub starts. What
they find is shown to the chapter alone, until it puts something on the agenda.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chapters.models import Chapter
from playbooks.models import Question

SHOWN = 6  # of each kind


@dataclass(frozen=True)
class Point:
    """One thing to talk about. `key` names it in a form; `is_known` says that the central team may read it
    already."""

    key: str
    kind: str
    words: str
    is_known: bool = False


Lookup = Callable[[Chapter], list[Point]]

_lookups: list[Lookup] = []


def offer(lookup: Lookup) -> None:
    """Have `lookup` say what a chapter may want to talk about: at most SHOWN, most urgent first."""
    if lookup not in _lookups:
        _lookups.append(lookup)


def points(chapter: Chapter) -> list[Point]:
    """What `chapter` could put on an agenda: its open questions, then what the look-ups find."""
    return [*_questions(chapter), *(point for lookup in _lookups for point in lookup(chapter))]


def _questions(chapter: Chapter) -> list[Point]:
    """Those that wait, the longest-waiting first; they were asked of the central team already."""
    waiting = Question.objects.filter(chapter=chapter, state=Question.State.OPEN).order_by(
        "promised_at", "pk"
    )
    return [
        Point(f"question:{question.uid}", "question", question.title, is_known=True)
        for question in waiting.order_by("promised_at", "pk")[:SHOWN]
    ]
