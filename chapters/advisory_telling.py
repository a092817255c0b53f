"""Who is told of an advisory: those who can pause their chapter, once when it comes and once when it ends."""

from __future__ import annotations

from collections import defaultdict

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _

from chapters.models import Advisory, Chapter, Membership, User
from chapters.notices import members_who_can, notify
from chapters.permissions import Action, can
from hubsite.lib import times


def advised(advisory: Advisory, chapters: models.QuerySet[Chapter]) -> None:
    """Tell those who can pause a chapter in scope. One query for the people of all."""
    members = Membership.objects.filter(chapter__in=chapters, user__is_active=True)
    people: dict[Chapter, list[User]] = defaultdict(list)
    for member in members.select_related("user", "chapter"):
        if can(member, Action.PAUSE):
            people[member.chapter].append(member.user)
    for chapter, asked in people.items():
        notify(
            asked,
            chapter=chapter,
            cause=f"advisory:{advisory.uid}",
            kind="advisory",
            title=_("The central team asks: please consider pausing until %(when)s")
            % {"when": times.when(advisory.ends_at, chapter.zone)},
            body=f"{advisory.reason}\n\n{_('You decide. Pause, or say that you go on.')}",
            path=_path(chapter),
        )


def over(advisory: Advisory, chapter: Chapter) -> None:
    """Remind those who can resume that the advisory they paused for is over."""
    notify(
        members_who_can(chapter, Action.PAUSE),
        chapter=chapter,
        cause=f"advisory:{advisory.uid}:over",
        kind="advisory_over",
        title=_("The advisory is over; %(chapter)s is still paused") % {"chapter": chapter.name},
        body=_("Resume publishing when you are ready. Nothing goes out until somebody does."),
        path=_path(chapter),
    )


def _path(chapter: Chapter) -> str:
    return f"{reverse('chapter_about', args=[chapter.slug])}#publishing"
