"""Thanking chapters by name in the version that has their words: the only writer of credits."""

from __future__ import annotations

from chapters.models import Chapter
from playbooks.models import Playbook, PlaybookVersion, VersionCredit


def owe(*, playbook: Playbook, chapter: Chapter, reason: VersionCredit.Reason) -> None:
    """Thank `chapter` in the next version of `playbook`. Once for one reason, however often it is asked."""
    if not chapter.is_central:
        VersionCredit.objects.get_or_create(playbook=playbook, chapter=chapter, reason=reason, version=None)


def owed(playbook: Playbook) -> list[VersionCredit]:
    """Whom the next version will thank. One query."""
    return list(VersionCredit.objects.filter(playbook=playbook, version=None).select_related("chapter"))


def give(*, version: PlaybookVersion) -> None:
    """What was owed is said in `version`. Called by whoever publishes, in the same transaction."""
    VersionCredit.objects.filter(playbook=version.playbook, version=None).update(version=version)


def forget_edits(*, playbook: Playbook) -> None:
    """The draft went back to earlier words, so nobody's suggested ones are in it any more."""
    VersionCredit.objects.filter(playbook=playbook, version=None, reason=VersionCredit.Reason.EDIT).delete()


def of(version: PlaybookVersion) -> list[VersionCredit]:
    """Who is thanked for `version` and those before it, once for a reason: words stay. One query."""
    upto = VersionCredit.objects.filter(playbook=version.playbook_id, version__number__lte=version.number)
    thanked: dict[tuple[int, str], VersionCredit] = {}
    for credit in upto.select_related("chapter").order_by("id"):
        thanked.setdefault((credit.chapter_id, credit.reason), credit)
    return list(thanked.values())
