"""What becomes of single answers: found helpful, hidden, shown again."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters.events import Actor, record
from chapters.models import Membership
from playbooks import asking
from playbooks.errors import NotNow
from playbooks.models import Answer, HelpfulMark, Question


@transaction.atomic
def mark_helpful(*, answer: Answer, membership: Membership) -> bool:
    """Say that an answer helped; a second time takes it back. Returns whether it stands now.

    Raises NotNow for one's own answer and for one that is hidden.
    """
    question, fresh = _locked(answer)
    if fresh.by_id == membership.user_id or fresh.hidden_at is not None:
        raise NotNow(_("Others say whether your answer helped."), detail=f"answer {fresh.pk}")
    mark, is_new = HelpfulMark.objects.get_or_create(answer=fresh, by=membership.user)
    if not is_new:
        mark.delete()
    verb = "answer_found_helpful" if is_new else "helpful_mark_taken_back"
    record(verb, question, chapter=question.chapter, by=Actor.person(membership.user), answer=fresh.pk)
    return is_new


@transaction.atomic
def hide(*, answer: Answer, by: Actor, why: str = "") -> Answer:
    """Take words out of the thread: one's own, or for the central team anybody's, and then with a reason.

    Raises NotNow for the answer that was said to have helped.
    """
    question, fresh = _locked(answer)
    if fresh.hidden_at is not None:
        return fresh
    if question.accepted_id == fresh.pk:
        raise NotNow(
            _("This answer was marked as the one that helped. Ask the chapter to choose another one first."),
            detail=f"answer {fresh.pk} is accepted",
        )
    if fresh.by_id != by.user.pk and not why.strip():
        raise NotNow(_("Say in a sentence why you hide it."), detail="no reason")
    fresh.hidden_at, fresh.hidden_by, fresh.hidden_why = timezone.now(), by.user, why.strip()
    _keep(question, fresh, "answer_hidden", by)
    return fresh


@transaction.atomic
def show(*, answer: Answer, by: Actor) -> Answer:
    """Put hidden words back."""
    question, fresh = _locked(answer)
    if fresh.hidden_at is None:
        return fresh
    fresh.hidden_at = fresh.hidden_by = None
    fresh.hidden_why = ""
    _keep(question, fresh, "answer_shown", by)
    return fresh


def _locked(answer: Answer) -> tuple[Question, Answer]:
    """The question, which is what verbs lock, and the answer as it stands."""
    rows = Question.objects.select_for_update(of=("self",)).select_related("chapter", "asker")
    question = rows.get(pk=answer.question_id)
    return question, question.answers.get(pk=answer.pk)


def _keep(question: Question, answer: Answer, verb: str, by: Actor) -> None:
    answer.save(update_fields=["hidden_at", "hidden_by", "hidden_why"])
    record(verb, question, chapter=question.chapter, by=by, answer=answer.pk)
    _count_again(question)
    asking.offer_to_search(question)


def _count_again(question: Question) -> None:
    """Is there an answer from outside still? Without one the question waits, as it did from the start."""
    outside = question.answers.filter(hidden_at=None).exclude(by_chapter=question.chapter_id)
    first = outside.order_by("id").first()
    question.first_answered_at = first.created_at if first else None
    if first is None and question.waiting_since is None:
        question.waiting_since = question.created_at
    elif first and question.waiting_since and question.waiting_since <= first.created_at:
        question.waiting_since = None
    question.save(update_fields=["first_answered_at", "waiting_since"])
