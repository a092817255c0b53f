"""Saying a question differently after it was asked; its state stays as `playbooks.asking` left it."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters.events import Actor, record
from chapters.models import Membership
from playbooks import asking
from playbooks.errors import NotNow
from playbooks.models import Question


def is_asker(question: Question, membership: Membership) -> bool:
    """Whether the words are this member's own."""
    return (membership.user_id, membership.chapter_id) == (question.asker_id, question.chapter_id)


def may_correct(question: Question, membership: Membership) -> bool:
    """Whether this member may change the words: who asked, until the question is closed."""
    return is_asker(question, membership) and question.state != Question.State.CLOSED


def is_answered(question: Question) -> bool:
    """Whether somebody else wrote something below it."""
    return question.answers.exclude(by=question.asker_id).exists()


@transaction.atomic
def correct(*, question: Question, membership: Membership, title: str, body: str) -> Question:
    """Change title and words. Once somebody answered, the question says that it was changed, and when.

    The history keeps what it said before. Raises NotNow where `may_correct` says no.
    """
    rows = Question.objects.select_for_update(of=("self",)).select_related("chapter", "asker")
    locked = rows.get(pk=question.pk)
    if not may_correct(locked, membership):
        raise NotNow(
            _("Whoever asked can change the words, until the question is closed. Ask a new one instead."),
            detail=f"question {locked.pk}, {locked.state}",
        )
    before = {"title": locked.title, "body": locked.body}
    if before == {"title": title, "body": body}:
        return locked
    locked.title, locked.body = title, body
    if is_answered(locked):
        locked.changed_at = timezone.now()
    locked.save(update_fields=["title", "body", "changed_at"])
    asking.offer_to_search(locked)
    by = Actor.person(membership.user)
    record("question_corrected", locked, chapter=locked.chapter, by=by, before=before)
    return locked
