"""Questions that are owed an answer, on the list of what waits for the whole team.

They are not on the list of one person: whoever helps has them on a page of their own, with who took which.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from chapters.models import Chapter, User
from hubsite.lib import times
from playbooks import asking, todos
from playbooks.models import Question
from playbooks.todos import Source, Todo


def _waiting(person: User | None) -> QuerySet[Question]:
    waiting = asking.waiting().select_related("chapter")
    return waiting if person is None else waiting.none()


def _in_words(rows: list[Question]) -> Iterable[Todo]:
    central = Chapter.objects.filter(kind=Chapter.Kind.CENTRAL).first()
    for question in rows:
        when = times.when(question.promised_at, (central or question.chapter).zone)
        yield Todo(
            what=question.title,
            why=_("%(chapter)s asks. An answer is promised by %(when)s.")
            % {"chapter": question.chapter.name, "when": when},
            url=reverse("question_help", args=[question.uid]),
            at=question.waiting_since or question.created_at,
            button=_("Answer"),
        )


todos.SOURCES.append(Source(_waiting, "promised_at", _in_words))
