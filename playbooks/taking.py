"""Who of the central team takes a question, and by which day that person promises an answer.

What it writes of a question it writes as `asking` does: under its lock, and with an event.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters.events import Actor, record
from chapters.models import Chapter, User
from hubsite.lib import times
from playbooks import asking, telling_questions
from playbooks.errors import NotNow
from playbooks.models import Question

FURTHEST = timedelta(days=60)  # a day beyond is a slip of the finger, or no help


def left_for(person: User) -> QuerySet[Question]:
    """Questions that are owed an answer by this person, or by nobody in particular."""
    return asking.waiting().filter(Q(assigned_to=None) | Q(assigned_to=person))


def in_turn(questions: QuerySet[Question]) -> QuerySet[Question]:
    """`questions` with what a list of them shows, the oldest promise first: the late ones are on top."""
    related = questions.select_related("chapter", "asker", "assigned_to")
    shown = Count("answers", filter=Q(answers__hidden_at=None))
    return related.annotate(answer_count=shown).order_by("promised_at", "pk")


@transaction.atomic
def take(*, question: Question, by: Actor, on: date | None = None) -> Question:
    """Take a question oneself, and promise an answer by the evening of `on`. Twice is as good as once.

    Raises NotNow where somebody else took it, or the day cannot be promised.
    """
    locked = _locked(question)
    if locked.state != Question.State.OPEN:
        raise NotNow(_("This question has ended. Nobody has to take it."), detail=f"state {locked.state}")
    if locked.assigned_to_id not in {None, by.user.pk}:
        raise NotNow(
            _("%(name)s took it meanwhile. Give it to yourself if you agreed on that.")
            % {"name": locked.assigned_to.display_name},
            detail=f"question {locked.pk} is taken",
        )
    taken = asking.assign(question=locked, to=by.user, by=by)
    return promise_day(question=taken, on=on, by=by) if on is not None else taken


@transaction.atomic
def promise_day(*, question: Question, on: date, by: Actor) -> Question:
    """Promise an answer by the close of that day on the central team's clocks; whoever asked hears of it.

    Raises NotNow for a day that is over or far away, and where no answer is owed.
    """
    locked = _locked(question)
    if not locked.is_owed:
        raise NotNow(
            _("No answer is owed at present. A day can be promised when the chapter asks again."),
            detail=f"question {locked.pk} is not owed an answer",
        )
    until = _close_of(on, locked.chapter)
    if until <= timezone.now():
        raise NotNow(_("That day is over. Promise a later one."), detail=f"{on}")
    if until > timezone.now() + FURTHEST:
        raise NotNow(_("Promise a day within the next two months."), detail=f"{on}")
    if locked.promised_at == until:
        return locked
    before, locked.promised_at = locked.promised_at, until
    locked.save(update_fields=["promised_at"])
    record(
        "answer_promised", locked, chapter=locked.chapter, by=by, until=until.isoformat(),
        before=before.isoformat(),
    )  # fmt: skip
    telling_questions.promised(locked, by.user, times.when(until, locked.chapter.zone))
    return locked


def _close_of(day: date, asking_chapter: Chapter) -> datetime:
    central = Chapter.objects.filter(kind=Chapter.Kind.CENTRAL).first() or asking_chapter
    return datetime.combine(day, asking.CLOSE_OF_DAY, tzinfo=central.zone)


def _locked(question: Question) -> Question:
    rows = Question.objects.select_for_update(of=("self",))
    return rows.select_related("chapter", "asker", "assigned_to").get(pk=question.pk)
