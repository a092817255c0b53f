"""The to-dos that suggestions make: chapters that declined with a word, and posts that chapters sent in."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from chapters.models import User
from playbooks import todos
from playbooks.feedback_todos import of_keeper
from playbooks.models import Decision, Suggestion
from playbooks.suggesting import waiting
from playbooks.todos import Source, Todo


def declines(person: User | None) -> QuerySet[Decision]:
    """Those who said no and why, in their own words, and were not answered yet."""
    said = Decision.objects.filter(state=Decision.State.DECLINED, answered_at=None).exclude(words="")
    return said.filter(of_keeper(person, "suggestion__")).select_related(
        "suggestion__owner", "suggestion__current", "chapter"
    )


def sent_in(person: User | None) -> QuerySet[Suggestion]:
    """What chapters offer to others: anybody's of the team, since nobody keeps them yet."""
    return waiting().filter(of_keeper(person)).select_related("from_chapter", "owner")


def _about_declines(rows: list[Decision]) -> Iterable[Todo]:
    for row in rows:
        yield Todo(
            what=row.suggestion.title,
            why=_("%(chapter)s said no: %(reason)s")
            % {"chapter": row.chapter.name, "reason": row.get_reason_display()},
            url=reverse("suggestion_manage", args=[row.suggestion.uid]),
            at=row.at,
            by=row.suggestion.owner.display_name if row.suggestion.owner else "",
            said=row.words,
            button=_("Answer"),
        )


def _about_sent_in(rows: list[Suggestion]) -> Iterable[Todo]:
    for row in rows:
        yield Todo(
            what=row.title,
            why=_("%(chapter)s offers a post to other chapters") % {"chapter": row.from_chapter.name},
            url=reverse("suggestion_manage", args=[row.uid]),
            at=row.created_at,
            said=row.draft.get("why", ""),
            button=_("Look"),
        )


todos.SOURCES += [
    Source(declines, "at", _about_declines),
    Source(sent_in, "created_at", _about_sent_in),
]
