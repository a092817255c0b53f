"""What chapters ask the central team to look at, as to-dos of the team, by the time an answer is wanted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from chapters.models import Chapter, User
from hubsite.lib import times
from playbooks.todos import Source, Todo
from posts import pages
from posts.models import HelpRequest, Post


def _waiting(person: User | None) -> QuerySet[Any]:
    """Open requests that nobody of the team answered yet: the whole team's, and nobody's in particular."""
    wanted = HelpRequest.objects.filter(
        of_chapter__kind=Chapter.Kind.CENTRAL, closed_at=None, answered_at=None
    )
    wanted = wanted.exclude(post__status=Post.Status.PUBLISHED)
    wanted = wanted.exclude(post__chapter__state=Chapter.State.LEFT)
    waiting = pages.by_time(wanted).select_related("post__chapter")
    return waiting if person is None else waiting.none()


def _todos(requests: list[HelpRequest]) -> Iterable[Todo]:
    for request in requests:
        why = _("%(chapter)s asks for a second look.") % {"chapter": request.post.chapter.name}
        if request.wanted_by is not None:
            when = times.when(request.wanted_by, request.post.chapter.zone)
            why = _("%(why)s An answer is wanted by %(when)s.") % {"why": why, "when": when}
        yield Todo(
            what=request.post.first_words or _("A post without words yet"),
            why=why,
            url=reverse("asked_post", args=[request.post.uid]),
            at=request.wanted_by or request.created_at,
            said=request.note,
            button=_("Look"),
        )


SOURCE = Source(_waiting, "wanted", _todos)
