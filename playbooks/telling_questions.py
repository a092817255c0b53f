"""Who is told of what about questions."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from chapters.models import Chapter, Membership, User
from chapters.notices import members_who_can, notify, over, quietly
from chapters.permissions import Action
from playbooks.models import Answer, Question


def page_of(question: Question, chapter: Chapter) -> str:
    """Where members of `chapter` read the question."""
    if chapter.is_central:
        return reverse("question_help", args=[question.uid])
    return reverse("question_detail", args=[chapter.slug, question.uid])


@quietly
def asked(question: Question) -> None:
    """Tell those of the central team who help."""
    central = Chapter.objects.filter(kind=Chapter.Kind.CENTRAL).first()
    if central is None or central.pk == question.chapter_id:
        return
    _tell(
        question,
        members_who_can(central, Action.HELP, excluding=[question.asker_id]),
        central,
        "question_asked",
        "asked",
        _("%(chapter)s asks a question") % {"chapter": question.chapter.name},
    )


def over_for_team(question: Question) -> None:
    """The central team owes no answer any more."""
    over("question_asked", "question_assigned", about=f"question:{question.pk}")


def over_for_asker(question: Question) -> None:
    """The asker has looked at the answers so far."""
    over("question_answered", "question_promised", about=f"question:{question.pk}")


@quietly
def answered(question: Question, said: Answer) -> None:
    """Tell the asker; or, where the asker wrote again, whoever of the central team took the question."""
    if said.by_id == question.asker_id:
        central = Chapter.objects.filter(kind=Chapter.Kind.CENTRAL).first()
        if central is not None and not said.by_chapter.is_central:
            people = _who_goes_on(question, said, central)
            _tell(
                question, people, central, "question_asked", f"again:{said.pk}",
                _("%(chapter)s wrote again") % {"chapter": question.chapter.name},
            )  # fmt: skip
        return
    _tell(
        question,
        _members(question.chapter, question.asker_id),
        question.chapter,
        "question_answered",
        f"answer:{said.pk}",
        _answered_by(question, said),
        said.body,
    )


@quietly
def accepted(question: Question, said: Answer) -> None:
    """Tell the answerer that it helped."""
    _tell(
        question,
        _members(said.by_chapter, said.by_id),
        said.by_chapter,
        "answer_accepted",
        f"accepted:{said.pk}",
        _("Your answer helped %(whom)s") % {"whom": _whom(question, said)},
    )


@quietly
def assigned(question: Question, to: User) -> None:
    """Tell whoever is to answer."""
    central = Chapter.objects.get(kind=Chapter.Kind.CENTRAL)
    _tell(
        question, [to], central, "question_assigned", f"assigned:{to.pk}",
        _("A question of %(chapter)s is yours to answer") % {"chapter": question.chapter.name},
    )  # fmt: skip


@quietly
def promised(question: Question, who: User, by_when: str) -> None:
    """Tell the asker of the day that somebody promised for this question, once for each day."""
    _tell(
        question,
        _members(question.chapter, question.asker_id),
        question.chapter,
        "question_promised",
        f"promised:{question.promised_at:%Y%m%d}",
        _("%(name)s promises you an answer by %(when)s") % {"name": who.display_name, "when": by_when},
    )


@quietly
def became_entry(question: Question, said: Answer) -> None:
    """Tell asker and answerer that a playbook grows from their words."""
    title = _("Your question is becoming a playbook")
    for person, chapter in ((question.asker_id, question.chapter), (said.by_id, said.by_chapter)):
        _tell(question, _members(chapter, person), chapter, "question_became_entry", "entry", title)


def _answered_by(question: Question, said: Answer) -> str:
    """Who answered; within a chapter everybody knows of which."""
    if said.by_chapter_id == question.chapter_id:
        return _("%(name)s answered your question") % {"name": said.by.display_name}
    return _("%(name)s of %(chapter)s answered your question") % {
        "name": said.by.display_name,
        "chapter": said.by_chapter.name,
    }


def _whom(question: Question, said: Answer) -> str:
    """Whom an answer helped: another chapter, or the colleague who asked."""
    is_colleague = said.by_chapter_id == question.chapter_id
    return question.asker.display_name if is_colleague else question.chapter.name


def _who_goes_on(question: Question, said: Answer, central: Chapter) -> list[User]:
    """Whoever took the question; where nobody did and an answer is owed again, those who help."""
    if question.assigned_to is not None:
        return [question.assigned_to]
    is_owed_again = question.waiting_since == said.created_at
    return members_who_can(central, Action.HELP) if is_owed_again else []


def _members(chapter: Chapter, person_id: int) -> list[User]:
    found = Membership.objects.filter(chapter=chapter, user_id=person_id, user__is_active=True)
    return [membership.user for membership in found.select_related("user")]


def _tell(
    question: Question,
    people: Iterable[User],
    chapter: Chapter,
    kind: str,
    moment: str,
    title: str,
    words: str = "",
) -> None:
    notify(
        people,
        chapter=chapter,
        cause=f"question:{question.pk}:{moment}",
        kind=kind,
        title=title,
        body=f"{words}\n\n“{question.title}”".strip(),
        path=page_of(question, chapter),
    )
