"""Playbooks picked for one chapter, each with a sentence why. Nobody but the chapter sees its picks."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from chapters.events import Actor, record
from chapters.models import Chapter, Membership, User
from chapters.permissions import Role
from playbooks import library
from playbooks.models import PickAside, Playbook, SavedPlaybook, TemplateUse
from playbooks.picking import MOST, Facts, People, Pick, pick, reasons

LOOKED_AT = 200  # playbooks, the newest on what matters to the chapter

_sources: list[Callable[[Chapter], Facts]] = []


def learn_from(source: Callable[[Chapter], Facts]) -> None:
    """Let `source` say what a chapter has lived through: posts knows it, and this app doesn't know posts."""
    _sources[:] = [source]


def of(chapter: Chapter, *, language: str, reader: User | None = None) -> list[Pick]:
    """The picks for `chapter`, without what `reader` has read. The same few queries whatever the size."""
    facts = _sources[0](chapter) if _sources else Facts()
    people = _people(chapter)
    topics = {topic for reason in reasons(facts, people) for topic in reason.topics}
    aside = PickAside.objects.filter(chapter=chapter).values("playbook")
    # whoever began a post from it knows it
    taken = TemplateUse.objects.filter(chapter=chapter).values("version__template__playbook")
    read = SavedPlaybook.objects.filter(person=reader, done_at__isnull=False).values("playbook")
    offered = library.once_each(library.published(), language)
    offered = offered.exclude(Q(pk__in=aside) | Q(pk__in=taken) | Q(pk__in=read)).defer(
        "body", "current__body"
    )
    newest = offered.order_by("-current__published_at", "-pk")
    found = {playbook.pk: playbook for playbook in library.on(newest, topics)[:LOOKED_AT]} if topics else {}
    found |= {playbook.pk: playbook for playbook in newest[: 4 * MOST]}
    return pick(facts, people, found.values(), language=language, now=timezone.now())


@transaction.atomic
def put_aside(*, playbook: Playbook, chapter: Chapter, by: Actor) -> None:
    """`playbook` is no longer picked for `chapter`; it stays in the list. Once is enough."""
    made = PickAside.objects.get_or_create(chapter=chapter, playbook=playbook, defaults={"by": by.user})[1]
    if made:
        record("pick_put_aside", playbook, chapter=chapter, by=by)


def _people(chapter: Chapter) -> People:
    roles = list(Membership.objects.filter(chapter=chapter).values_list("role", flat=True)[:1000])
    return People(len(roles), roles.count(Role.LEAD))
