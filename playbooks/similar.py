"""What may already answer a question that somebody is typing, and who else asks it."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Count, F, Q

from chapters.models import Chapter
from playbooks import asking, library, search
from playbooks.models import Playbook, Question

MOST = 3  # of each kind
SHORTEST = 8  # letters of a question before anything similar is looked for


@dataclass(frozen=True)
class Similar:
    """Playbooks and answered questions, and besides questions that wait for an answer themselves."""

    playbooks: list[Playbook] = field(default_factory=list)
    answered: list[Question] = field(default_factory=list)
    waiting: list[Question] = field(default_factory=list)


def to(title: str, *, chapter: Chapter, language: str) -> Similar:
    """What is about the same as `title`, as far as `chapter` may read it. The same few queries always."""
    if len(title.strip()) < SHORTEST:
        return Similar()
    hits = search.about_the_same(title, language=language)
    keys = {kind: [hit.pk for hit in hits if hit.kind == kind] for kind in (search.PLAYBOOK, search.QUESTION)}
    questions = _questions(keys[search.QUESTION], chapter)
    answered = [question for question in questions if question.answers_of_others]
    waiting = [
        question
        for question in questions
        if not question.answers_of_others and question.state == Question.State.OPEN
    ]
    return Similar(library.in_order(keys[search.PLAYBOOK])[:MOST], answered[:MOST], waiting[:MOST])


def _questions(keys: list[int], chapter: Chapter) -> list[Question]:
    """The questions of these keys in their order, each with how many answers it has. One query."""
    shown = Q(answers__hidden_at=None)
    of_others = Count("answers", filter=shown & ~Q(answers__by=F("asker")))
    rows = asking.visible_in(chapter).filter(pk__in=keys)
    rows = rows.annotate(answer_count=Count("answers", filter=shown), answers_of_others=of_others)
    by_key = {question.pk: question for question in rows}
    return [by_key[key] for key in keys if key in by_key]
