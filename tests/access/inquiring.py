"""Questions for the access matrix: one of each chapter, which nobody but it and the central team may read."""

from __future__ import annotations

import uuid
from typing import Any

from chapters.models import Chapter, User
from playbooks import asking
from playbooks.asking import Asked
from playbooks.models import Question
from tests.support.cast import Cast


def ask(asker: User, chapter: Chapter, words: str, audience: str = Question.Audience.CENTRAL) -> Question:
    """A question that `asker` asks in their chapter."""
    return asking.ask(
        membership=Cast.membership(asker, chapter),
        asked=Asked("Where do we begin?", words, audience),
        form_key=uuid.uuid4(),
    )


def answer(question: Question, by: User, chapter: Chapter, words: str = "At the door") -> Any:
    """What `by`, of `chapter`, answers."""
    return asking.answer(
        question=question, membership=Cast.membership(by, chapter), body=words, form_key=uuid.uuid4()
    )


def things_of(chapter: Chapter, asker: User, cast: Cast) -> dict[str, Any]:
    """A chapter's private question, with an answer by the central team: where that is the chapter's own, by
    its viewer, since nobody decides about their own words."""
    question = ask(asker, chapter, "Between us")
    helper = User.objects.get(name="Cora") if chapter == cast.central else cast.cato
    return {"question": question, "answer": answer(question, helper, cast.central)}


def shared(cast: Cast) -> dict[str, Any]:
    """What the central team finds in its queue."""
    for_all = ask(cast.alba, cast.porto, "Said to all", Question.Audience.EVERYBODY)
    return {
        "answer_for_all": answer(for_all, cast.ana, cast.lisbon),
        "asked_question": ask(cast.alba, cast.porto, "Said to the central team"),
        "for_all": for_all,
    }
