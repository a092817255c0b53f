"""The to-dos that drafts and dates make: a second look that is asked for, and a review that is due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters.models import User
from playbooks import todos
from playbooks.feedback_todos import of_keeper
from playbooks.models import Playbook, PlaybookReview
from playbooks.todos import Source, Todo


def looks(person: User | None) -> QuerySet[PlaybookReview]:
    """Drafts that wait for a second look, which is anybody's but their writer's."""
    waiting = PlaybookReview.objects.filter(
        verdict=PlaybookReview.Verdict.WAITING, draft_number=F("playbook__draft_number")
    )
    if person is not None:
        waiting = waiting.exclude(playbook__draft_by=person)
    return waiting.select_related("playbook__owner", "asked_by")


def due(person: User | None) -> QuerySet[Playbook]:
    """Published playbooks whose day to be looked at again has come."""
    rows = Playbook.objects.filter(
        of_keeper(person), status=Playbook.Status.PUBLISHED, next_review__lte=timezone.localdate()
    )
    return rows.select_related("owner", "current").defer("body", "current__body")


def _look_todos(rows: list[PlaybookReview]) -> Iterable[Todo]:
    for review in rows:
        who = review.asked_by.display_name if review.asked_by else _("Somebody")
        yield Todo(
            what=review.playbook.title,
            why=_("%(who)s asks for a second look at the draft.") % {"who": who},
            url=reverse("playbook_review", args=[review.playbook.slug]),
            at=review.asked_at,
            said=review.note,
            button=_("Look"),
        )


def _due_todos(rows: list[Playbook]) -> Iterable[Todo]:
    for playbook in rows:
        day = datetime.combine(playbook.next_review, time.min, tzinfo=timezone.get_current_timezone())
        yield Todo(
            what=playbook.current.title,
            why=_("It is time to look whether this still holds."),
            url=reverse("playbook_manage", args=[playbook.slug]),
            at=day,
            by=playbook.owner.display_name if playbook.owner else "",
            button=_("Look"),
        )


todos.SOURCES += [Source(looks, "asked_at", _look_todos), Source(due, "next_review", _due_todos)]
