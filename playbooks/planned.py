"""Publishing a playbook later: the plan, and the sweep that carries it out."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters import notices
from chapters.events import Actor, record
from chapters.models import Chapter
from chapters.notices import quietly
from playbooks import reviewing, teaching
from playbooks.drafting import forget_plan
from playbooks.errors import NotNow, StaleDraft, TeachingError
from playbooks.models import Playbook

log = logging.getLogger(__name__)


@transaction.atomic
def plan(
    *, playbook: Playbook, draft_number: int, change_note: str, at: datetime, by: Actor, alone: str = ""
) -> Playbook:
    """Publish this draft at `at`. What publishing needs is needed now. Raises StaleDraft, NotNow.

    Another draft takes the plan away, since nobody has looked at that one.
    """
    locked = Playbook.objects.select_for_update().get(pk=playbook.pk)
    if locked.draft_number != draft_number:
        raise StaleDraft(locked, seen=draft_number, by=by.user)
    if at <= timezone.now():
        raise NotNow(_("That time has passed. Choose a later one, or publish now."), detail=f"at {at}")
    teaching.check_publishable(locked, change_note)
    reviewing.check_looked_at(locked, by=by, alone=alone)
    locked.publish_at, locked.publish_draft, locked.publish_by = at, draft_number, by.user
    locked.publish_note, locked.publish_alone = change_note, alone
    locked.save()
    record("playbook_planned", locked, chapter=None, by=by, draft=draft_number, at=at.isoformat())
    return locked


@transaction.atomic
def unplan(*, playbook: Playbook, by: Actor) -> Playbook:
    """Take the plan away; done already, it changes nothing."""
    locked = Playbook.objects.select_for_update().get(pk=playbook.pk)
    if forget_plan(locked):
        locked.save()
        record("playbook_unplanned", locked, chapter=None, by=by, draft=locked.draft_number)
    return locked


def publish_due(*, now: datetime | None = None) -> int:
    """Publish what is due. Returns how many. One that can't be published never stops the rest."""
    due = Playbook.objects.filter(publish_at__lte=now or timezone.now()).order_by("publish_at", "pk")
    done = 0
    for pk in due.values_list("pk", flat=True):
        try:
            done += _publish(pk, now or timezone.now())
        except Exception:
            log.exception("planned playbook could not be published", extra={"playbook": pk})
    return done


@transaction.atomic
def _publish(pk: int, now: datetime) -> bool:
    locked = Playbook.objects.select_for_update().filter(pk=pk, publish_at__lte=now).first()
    if locked is None:  # another sweep did it, or the plan was taken away
        return False
    by = Actor.person(locked.publish_by)
    try:
        with transaction.atomic():
            teaching.publish(
                playbook=locked,
                draft_number=locked.publish_draft,
                change_note=locked.publish_note,
                by=by,
                alone=locked.publish_alone,
            )
    except TeachingError as refused:
        log.warning("planned playbook not published: %s", refused.detail)
        planner = locked.publish_by
        forget_plan(locked)
        locked.save()
        record("playbook_plan_failed", locked, chapter=None, by=by, note=refused.message)
        _tell(locked, planner, refused.message, now)
        return False
    return True


@quietly
def _tell(playbook: Playbook, planner: object, why: str, now: datetime) -> None:
    notices.notify(
        [person for person in (planner, playbook.owner) if person is not None],
        chapter=Chapter.objects.filter(kind=Chapter.Kind.CENTRAL).first(),
        cause=f"playbook:{playbook.pk}:plan-failed:{now.isoformat()}",
        kind="plan_failed",
        title=_("“%(title)s” was not published as planned") % {"title": playbook.title},
        body=why,
        path=f"/central/playbooks/{playbook.slug}/",
    )
