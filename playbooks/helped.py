"""Whether playbooks help, counted over people of all chapters. It grades the playbook, never a chapter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from chapters.models import Chapter
from playbooks.models import Playbook, Vote


@dataclass(frozen=True)
class Helped:
    """How many people said that a playbook helped, of those who said something."""

    helped: int = 0
    asked: int = 0


def of(playbooks: Iterable[Playbook]) -> dict[int, Helped]:
    """The votes on each of `playbooks` by its key, in one query; without a vote it is there with zeros.

    A person who voted on several versions counts once, with the newest. The central team does not count.
    """
    keys = [playbook.pk for playbook in playbooks]
    newer = Vote.objects.filter(
        playbook=OuterRef("playbook"), by=OuterRef("by"), version__number__gt=OuterRef("version__number")
    )
    rows = (
        Vote.objects.filter(~Exists(newer), playbook__in=keys)
        .exclude(chapter__kind=Chapter.Kind.CENTRAL)
        .order_by()
        .values("playbook")
        .annotate(helped_count=Count("pk", filter=Q(helped=True)), asked=Count("pk"))
    )
    found = {row["playbook"]: Helped(row["helped_count"], row["asked"]) for row in rows}
    return {key: found.get(key, Helped()) for key in keys}
