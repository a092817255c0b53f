"""What a chapter could bring to an office hour: what went wrong lately, and what it asked.

Playbooks know nothing of posts: the apps that have something hand their look-ups in when the hub starts. What
they find is shown to the chapter alone, until it puts something on the agenda.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chapters.models import Chapter
from playbooks.models import Question

SHOWN = 6  # of each kind


@dataclass(frozen=True)
class Point:
    """One thing to talk about. `key` names it in a form; `is_known` says that the central team may read it
    already; `person` is whose it is, where it is one person's."""

    key: str
    kind: str
    words: str
    is_known: bool = False
    person: int | None = None


Lookup = Callable[[Chapter], list[Point]]

_lookups: list[Lookup] = []


def offer(lookup: Lookup) -> None:
    """Have `lookup` say what a chapter may want to talk about: at most SHOWN, most urgent first."""
    if lookup not in _lookups:
        _lookups.append(lookup)


def points(chapter: Chapter) -> list[Point]:
    """What `chapter` could put on an agenda: its open questions, then what the look-ups find."""
    return [*_questions(chapter), *(point for lookup in _lookups for point in lookup(chapter))]


def kept(points: Sequence[Point]) -> list[dict[str, str]]:
    """The points as a booking keeps them: as they read when they were put on the agenda."""
    return [{"key": point.key, "kind": point.kind, "words": point.words} for point in points]


def of_booking(stored: Sequence[dict[str, str]]) -> list[Point]:
    """The points that a booking keeps. Those from before there were keys are named by their place."""
    return [
        Point(point.get("key", f"kept:{place}"), point["kind"], point["words"])
        for place, point in enumerate(stored)
    ]


def to_choose_from(on_it: Sequence[Point], points: Sequence[Point]) -> list[Point]:
    """What a changed agenda may hold: what is on it, as it read, then what else there is."""
    known = {(point.kind, point.words) for point in on_it} | {(point.kind, point.key) for point in on_it}
    others = [point for point in points if not {(point.kind, point.words), (point.kind, point.key)} & known]
    return [*on_it, *others]


def _questions(chapter: Chapter) -> list[Point]:
    """Those that wait, the longest-waiting first; they were asked of the central team already."""
    waiting = Question.objects.filter(chapter=chapter, state=Question.State.OPEN).order_by(
        "promised_at", "pk"
    )
    return [
        Point(f"question:{question.uid}", "question", question.title, is_known=True, person=question.asker_id)
        for question in waiting.order_by("promised_at", "pk")[:SHOWN]
    ]
