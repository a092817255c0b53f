"""Questions and their answers: the only writer of a question's state.

Every verb takes the membership of whoever does it, locks the question, and refuses with a TeachingError that
changes nothing.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters.events import Actor, record
from chapters.models import Chapter, Membership, User
from chapters.permissions import Action, can
from playbooks import credits, search, teaching, telling_questions
from playbooks.errors import NotNow
from playbooks.models import Answer, AnswerPromise, Playbook, Question, VersionCredit
from playbooks.outline import PARTS

WORKING_DAYS = 2  # in which the central team promises a first answer, until it says otherwise
CLOSE_OF_DAY = time(18, 0)  # on the central team's clocks
_SATURDAY = 5

S = Question.State


@dataclass(frozen=True)
class Asked:
    """What somebody wants to know."""

    title: str
    body: str = ""
    audience: str = Question.Audience.EVERYBODY
    about: Playbook | None = None
    topic: str = ""


def promise(now: datetime, zone: ZoneInfo, working_days: int = WORKING_DAYS) -> datetime:
    """Until when a question asked `now` is to be answered: the evening of the last promised working day."""
    day, left = now.astimezone(zone).date(), working_days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return datetime.combine(day, CLOSE_OF_DAY, tzinfo=zone)


def working_days() -> int:
    """How many the central team promises at present. One query."""
    promised = AnswerPromise.objects.filter(chapter__kind=Chapter.Kind.CENTRAL).first()
    return promised.working_days if promised else WORKING_DAYS


@transaction.atomic
def promise_within(*, team: Chapter, working_days: int, by: Actor) -> AnswerPromise:
    """Promise answers within so many working days, from the next question on."""
    kept, _is_new = AnswerPromise.objects.update_or_create(
        chapter=team, defaults={"working_days": working_days}
    )
    record("answers_promised", team, chapter=team, by=by, working_days=working_days)
    return kept


def waiting() -> QuerySet[Question]:
    """Questions that are owed an answer."""
    return Question.objects.filter(state=S.OPEN, waiting_since__isnull=False)


def waits_for_asker(membership: Membership) -> QuerySet[Question]:
    """The member's own questions with answers of others to look at."""
    mine = Question.objects.filter(chapter=membership.chapter_id, asker=membership.user_id)
    return mine.filter(state=S.OPEN, waiting_since=None)


def visible_in(chapter: Chapter) -> QuerySet[Question]:
    """The questions that members of `chapter` may read: their own, and those for all chapters."""
    return Question.objects.filter(Q(chapter=chapter) | Q(audience=Question.Audience.EVERYBODY))


def topics_of(questions: QuerySet[Question]) -> list[str]:
    """The topics to narrow a list of questions to. One query."""
    named = questions.exclude(topic="").order_by().values_list("topic", flat=True).distinct()
    return sorted(named, key=str.casefold)


def readers_of_private(chapter: Chapter) -> str:
    """“Only Lisbon and the central team”: who reads a question of `chapter` that is not for all."""
    if chapter.is_central:
        return _("Only the central team")
    return _("Only %(chapter)s and the central team") % {"chapter": chapter.name}


def may_decide(question: Question, membership: Membership) -> bool:
    """Whether this member says what helped: the asker, or who edits other people's things in the chapter."""
    if membership.chapter_id != question.chapter_id:
        return False
    return membership.user_id == question.asker_id or can(membership, Action.EDIT_OTHERS)


@transaction.atomic
def ask(*, membership: Membership, asked: Asked, form_key: uuid.UUID) -> Question:
    """Ask. The same form sent twice asks once."""
    by = Actor.person(membership.user)
    try:
        with transaction.atomic():
            question = Question.objects.create(
                chapter=membership.chapter,
                asker=membership.user,
                form_key=form_key,
                title=asked.title,
                body=asked.body,
                audience=asked.audience,
                about=asked.about,
                topic=asked.topic,
                promised_at=_promised(membership.chapter),
            )
    except IntegrityError:
        return Question.objects.get(asker=membership.user, form_key=form_key)
    offer_to_search(question)
    record("question_asked", question, chapter=question.chapter, by=by, audience=question.audience)
    telling_questions.asked(question)
    return question


@transaction.atomic
def answer(
    *,
    question: Question,
    membership: Membership,
    body: str,
    form_key: uuid.UUID,
    still_waiting: bool = False,
) -> Answer:
    """Answer, or ask back. `still_waiting` is the asker's: what was said does not settle it yet.

    Raises NotNow for a question that was closed, or is not for the member's chapter to read.
    """
    locked = _locked(question)
    if not (locked.is_for_all or membership.chapter.is_central or membership.chapter_id == locked.chapter_id):
        raise NotNow(_("This question is private."), detail=f"question {locked.pk} of another chapter")
    if locked.state == S.CLOSED:
        raise NotNow(_("This question was closed. Ask a new one if something is left."), detail="closed")
    try:
        with transaction.atomic():
            said = Answer.objects.create(
                question=locked,
                by=membership.user,
                by_chapter=membership.chapter,
                body=body,
                form_key=form_key,
            )
    except IntegrityError:
        return Answer.objects.get(by=membership.user, form_key=form_key)
    is_from_outside = membership.chapter_id != locked.chapter_id
    is_first = locked.first_answered_at is None and is_from_outside
    if is_first:
        locked.first_answered_at = said.created_at
    if is_from_outside:
        locked.waiting_since = None
    elif still_waiting and membership.user_id == locked.asker_id and locked.waiting_since is None:
        locked.waiting_since, locked.promised_at = said.created_at, _promised(locked.chapter)
    locked.save(update_fields=["first_answered_at", "waiting_since", "promised_at"])
    offer_to_search(locked)
    if is_from_outside:
        telling_questions.over_for_team(locked)
    elif membership.user_id == locked.asker_id:
        telling_questions.over_for_asker(locked)
    record(
        "question_answered", locked, chapter=locked.chapter, by=Actor.person(membership.user), first=is_first
    )
    telling_questions.answered(locked, said)
    return said


@transaction.atomic
def accept(*, question: Question, answer: Answer, membership: Membership) -> Question:
    """Say which answer helped; another one may be said later. Raises NotNow for one's own words."""
    locked = _locked(question)
    _require_decider(locked, membership)
    if not locked.answers.filter(pk=answer.pk, hidden_at=None).exists():
        raise NotNow(_("That answer is no longer there. Choose another one."), detail=f"answer {answer.pk}")
    if answer.by_id in (locked.asker_id, membership.user_id):
        raise NotNow(_("Those are your own words. Choose the answer that helped you."), detail="own answer")
    if locked.accepted_id == answer.pk:
        return locked
    locked.accepted = answer
    locked.accepted_at = timezone.now()
    locked.state = S.SOLVED
    locked.save(update_fields=["accepted", "accepted_at", "state"])
    record("answer_accepted", locked, chapter=locked.chapter, by=Actor.person(membership.user))
    _is_over(locked)
    telling_questions.accepted(locked, answer)
    return locked


@transaction.atomic
def close(*, question: Question, membership: Membership) -> Question:
    """End a question that needs no answer any more."""
    locked = _locked(question)
    _require_decider(locked, membership)
    if locked.state == S.OPEN:
        locked.state = S.CLOSED
        locked.save(update_fields=["state"])
        record("question_closed", locked, chapter=locked.chapter, by=Actor.person(membership.user))
        _is_over(locked)
    return locked


@transaction.atomic
def open_to_all(*, question: Question, membership: Membership) -> Question:
    """Let all chapters read a question that only the central team could: the asker's alone to decide, since
    it was said in private. There is no way back."""
    locked = _locked(question)
    if membership.user_id != locked.asker_id or membership.chapter_id != locked.chapter_id:
        raise NotNow(
            _("Only %(name)s, who asked in private, can let all chapters read it.")
            % {"name": locked.asker.display_name},
            detail="not the asker",
        )
    if not locked.is_for_all:
        locked.audience = Question.Audience.EVERYBODY
        locked.save(update_fields=["audience"])
        offer_to_search(locked)
        record("question_opened_to_all", locked, chapter=locked.chapter, by=Actor.person(membership.user))
    return locked


@transaction.atomic
def assign(*, question: Question, to: User | None, by: Actor) -> Question:
    """Say who of the central team takes it; nobody with None."""
    locked = _locked(question)
    if locked.assigned_to_id == (to.pk if to else None):
        return locked
    locked.assigned_to = to
    locked.save(update_fields=["assigned_to"])
    record("question_assigned", locked, chapter=locked.chapter, by=by, to=to.pk if to else None)
    if to is not None and to != by.user:
        telling_questions.assigned(locked, to)
    return locked


@transaction.atomic
def make_entry(*, question: Question, by: Actor) -> Playbook:
    """Begin a playbook from a question and the answer that helped, credited to who asked and answered.

    A second time gives the playbook that was begun. Raises NotNow for a question without an answer, or one
    that only the central team may read.
    """
    locked = _locked(question)
    if locked.entry is not None:
        return locked.entry
    if not locked.is_for_all:
        raise NotNow(
            _("Only its chapter may show this question to others. Ask them to open it to all first."),
            detail="private question",
        )
    shown = locked.answers.filter(hidden_at=None)
    said = locked.accepted or shown.exclude(by=locked.asker).order_by("id").last()
    if said is None:
        raise NotNow(_("Nobody has answered yet. Answer it, then make it a playbook."), detail="no answer")
    draft = teaching.Draft(
        title=locked.title.rstrip("?")[:140],
        summary=_("An answer to what %(chapter)s asked.") % {"chapter": locked.chapter.name},
        body=_laid_out(locked, said),
    )
    locked.entry = teaching.create(draft=draft, by=by, key=locked.uid)
    locked.save(update_fields=["entry"])
    credits.owe(playbook=locked.entry, chapter=locked.chapter, reason=VersionCredit.Reason.QUESTION)
    credits.owe(playbook=locked.entry, chapter=said.by_chapter, reason=VersionCredit.Reason.ANSWER)
    record("question_became_entry", locked, chapter=locked.chapter, by=by, playbook=locked.entry.pk)
    telling_questions.became_entry(locked, said)
    return locked.entry


def _laid_out(question: Question, said: Answer) -> str:
    """The question, the answer and the credit under the headings that every playbook has."""
    credit = _("Asked by %(asker)s of %(chapter)s; answered by %(name)s of %(home)s.") % {
        "asker": question.asker.display_name,
        "chapter": question.chapter.name,
        "name": said.by.display_name,
        "home": said.by_chapter.name,
    }
    own = {0: f"{question.title}\n\n{question.body}".strip(), 3: said.body, 4: credit}
    parts = (f"## {heading}\n\n{own.get(at, hint)}" for at, (heading, hint) in enumerate(PARTS))
    return "\n\n".join(parts) + "\n"


def offer_all_to_search() -> None:
    """Let every question that all chapters may read be found, where the texts of search are made afresh."""
    for question in Question.objects.select_related("chapter").iterator():
        offer_to_search(question)


def offer_to_search(question: Question) -> None:
    """Let a question for all chapters be found by its words and those of its answers."""
    if not question.is_for_all:
        return
    answers = question.answers.filter(hidden_at=None).order_by("id").values_list("body", flat=True)[:20]
    search.put(
        search.QUESTION,
        question.pk,
        title=question.title,
        summary=question.body,
        body="\n".join(answers),
        language=question.chapter.language,
    )


def _promised(asking: Chapter) -> datetime:
    """The promise for what is asked now, on the central team's clocks."""
    central = Chapter.objects.filter(kind=Chapter.Kind.CENTRAL).first()
    return promise(timezone.now(), (central or asking).zone, working_days())


def _is_over(question: Question) -> None:
    """Nothing is asked of anybody any more."""
    telling_questions.over_for_team(question)
    telling_questions.over_for_asker(question)


def _require_decider(question: Question, membership: Membership) -> None:
    if not may_decide(question, membership):
        raise NotNow(
            _("Whoever asked decides about this, or an editor or lead of their chapter."), detail="not theirs"
        )


def _locked(question: Question) -> Question:
    rows = Question.objects.select_for_update(of=("self",))
    return rows.select_related("chapter", "asker", "entry", "accepted").get(pk=question.pk)
