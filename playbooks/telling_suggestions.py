"""Telling people what came of a suggestion. Every notice names chapter, thing, reason and next step.

Nobody is told that a suggestion is new or has changed: that waits on the shelf and on the post it is about.
"""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from chapters.models import Chapter, Membership, User
from chapters.notices import members_who_can, notify, over
from chapters.permissions import Action
from playbooks.models import Decision, Suggestion
from playbooks.telling_back import quietly


@quietly
def sent_in(suggestion: Suggestion) -> None:
    """Tell the central team that a chapter offers one of its posts to others."""
    central = Chapter.objects.filter(kind=Chapter.Kind.CENTRAL).first()
    if central is None:
        return
    notify(
        members_who_can(central, Action.TEACH),
        chapter=central,
        cause=f"suggestion:{suggestion.uid}:sent_in",
        kind="suggestion_sent_in",
        title=_("%(chapter)s offers a post to other chapters") % {"chapter": suggestion.from_chapter.name},
        body=_("“%(title)s”. Look at it, put blanks where a place is named, and offer it with credit.")
        % {"title": suggestion.title},
        path=reverse("suggestion_manage", args=[suggestion.uid]),
    )


def seen(suggestion: Suggestion) -> None:
    """What a chapter sent in is answered, or taken back."""
    over("suggestion_sent_in", about=f"suggestion:{suggestion.uid}")


@quietly
def offered(suggestion: Suggestion) -> None:
    """Tell the chapter that sent it in that it is offered to others now."""
    if suggestion.from_chapter is None or suggestion.current.number != 1:
        return
    notify(
        _still_there(suggestion.from_person, suggestion.from_chapter),
        chapter=suggestion.from_chapter,
        cause=f"suggestion:{suggestion.uid}:offered",
        kind="suggestion_answered",
        title=_("Your post “%(title)s” is offered to other chapters now") % {"title": suggestion.title},
        body=_("%(chapter)s is credited. You see there how many chapters use it.")
        % {"chapter": suggestion.from_chapter.name},
        path=f"{reverse('shelf', args=[suggestion.from_chapter.slug])}?show=ours",
    )


@quietly
def answered_no(suggestion: Suggestion) -> None:
    """Tell the chapter that sent it in why it is not offered."""
    if suggestion.from_chapter is None or suggestion.current_id is not None:
        return
    notify(
        _still_there(suggestion.from_person, suggestion.from_chapter),
        chapter=suggestion.from_chapter,
        cause=f"suggestion:{suggestion.uid}:no:{suggestion.ended_at:%Y%m%d%H%M%S%f}",
        kind="suggestion_answered",
        title=_("The central team answered what you offered: “%(title)s”") % {"title": suggestion.title},
        body=suggestion.end_note,
        path=f"{reverse('shelf', args=[suggestion.from_chapter.slug])}?show=ours",
    )


@quietly
def decline_answered(decision: Decision) -> None:
    """Tell whoever said no what came of it, where the central team said something."""
    if not decision.answer:
        return
    notify(
        _still_there(decision.by, decision.chapter),
        chapter=decision.chapter,
        cause=f"decision:{decision.pk}:answered:{decision.answered_at:%Y%m%d%H%M%S%f}",
        kind="suggestion_answered",
        title=_("The central team answered your no to “%(title)s”") % {"title": decision.suggestion.title},
        body=_("%(answer)s\n\nYou wrote: “%(words)s”") % {"answer": decision.answer, "words": decision.words},
        path=f"{reverse('shelf', args=[decision.chapter.slug])}?show=answered",
    )


def _still_there(person: User | None, chapter: Chapter) -> list[User]:
    if person is None or not person.is_active:
        return []
    return [person] if Membership.objects.filter(user=person, chapter=chapter).exists() else []
