"""Thanking chapters by name in the version that has their words: the only writer of credits."""

from __future__ import annotations

from django.db.models import QuerySet

from chapters.models import Chapter
from playbooks.models import Playbook, PlaybookVersion, VersionCredit


def owe(*, playbook: Playbook, chapter: Chapter, reason: VersionCredit.Reason) -> None:
    """Thank `chapter` in the next version of `playbook`. Once for one reason, however often it is asked."""
    if not chapter.is_central:
        VersionCredit.objects.get_or_create(playbook=playbook, chapter=chapter, reason=reason, version=None)


def give(*, version: PlaybookVersion) -> None:
    """What was owed is said in `version`. Called by whoever publishes, in the same transaction."""
    VersionCredit.objects.filter(playbook=version.playbook, version=None).update(version=version)


def forget_edits(*, playbook: Playbook) -> None:
    """The draft went back to earlier words, so nobody's suggested ones are in it any more."""
    VersionCredit.objects.filter(playbook=playbook, version=None, reason=VersionCredit.Reason.EDIT).delete()


def of(playbook: Playbook) -> QuerySet[VersionCredit]:
    """Everybody who is thanked in a published version, in the order they were."""
    return VersionCredit.objects.filter(playbook=playbook, version__isnull=False).select_related("chapter")
