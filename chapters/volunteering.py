"""Saying "I look at posts of other chapters", and taking it back: a switch per person and chapter."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from chapters import events
from chapters.events import Actor
from chapters.models import Membership, Volunteer
from chapters.permissions import Action, can
from chapters.problems import Refused


@transaction.atomic
def volunteer(*, membership: Membership, languages: Collection[str]) -> Volunteer:
    """Be asked, from now on, when another chapter wants any volunteer to look at a post in `languages`."""
    if membership.chapter.is_central or not can(membership, Action.HELP):
        raise Refused(_("Authors, editors and leads of chapters look at the posts of others."))
    if not languages:
        raise Refused(_("Choose at least one language that you read well."))
    row, made = Volunteer.objects.update_or_create(
        membership=membership, defaults={"languages": sorted(languages)}
    )
    if made:
        _record("volunteered", membership)
    return row


@transaction.atomic
def stop(*, membership: Membership, by: Actor | None = None) -> None:
    """No longer be asked. What somebody took already stays theirs until it is handed back.

    `by` is who says so where it is not the member.
    """
    deleted, _rows = Volunteer.objects.filter(membership=membership).delete()
    if deleted:
        _record("stopped_volunteering", membership, by)


def _record(verb: str, membership: Membership, by: Actor | None = None) -> None:
    by = by or Actor.person(membership.user)
    events.record(verb, membership.user, chapter=membership.chapter, by=by)
