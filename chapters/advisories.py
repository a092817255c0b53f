"""Advisories: the central team asks chapters to consider pausing, and each chapter decides.

The central team writes a reason, a scope and an end, and that is all it can do. A chapter is paused by
somebody of it, or because it said beforehand in its own settings that it follows advisories by itself.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters import advisory_telling as telling
from chapters import events, rules
from chapters.events import SYSTEM, Actor
from chapters.membership import lock
from chapters.models import Advisory, AdvisoryAnswer, Chapter, Event, Membership, Region
from chapters.permissions import Action, can
from chapters.problems import Refused
from hubsite.lib import broker

log = logging.getLogger(__name__)

Answer = AdvisoryAnswer.Answer
Rule = Chapter.AdvisoryRule

FEW = 5  # chapters in scope; below that, counting answers would name who gave them


# ---- the central team


@transaction.atomic
def issue(
    *,
    reason: str,
    ends_at: datetime,
    regions: Collection[Region] = (),
    membership: Membership,
    form_key: uuid.UUID | None = None,
) -> Advisory:
    """Ask all chapters, or those of some regions, to consider pausing until `ends_at`. Raises Refused.

    The same form sent twice gives the one advisory. A worker then tells the chapters, and pauses those that
    chose to follow advisories by themselves.
    """
    if not can(membership, Action.ADVISE):
        raise Refused(_("Advisories come from editors and leads of the central team."))
    reason = " ".join(reason.split())[:300]
    if not reason:
        raise Refused(_("Say why, so that chapters can decide."))
    if ends_at <= timezone.now():
        raise Refused(_("That time has passed. Choose a later end."))
    advisory, made = Advisory.objects.get_or_create(
        form_key=form_key or uuid.uuid4(),
        defaults={"reason": reason, "ends_at": ends_at, "issued_by": membership.user},
    )
    if made:
        advisory.regions.set(regions)
        by = Actor.person(membership.user)
        events.record(
            "advisory_issued", advisory, chapter=membership.chapter, by=by, ends_at=ends_at.isoformat(),
            regions=sorted(region.slug for region in regions),
        )  # fmt: skip
        transaction.on_commit(lambda: broker.wake("chapters.advisories"))
    return advisory


@transaction.atomic
def withdraw(*, advisory: Advisory, membership: Membership) -> None:
    """End an advisory before its time: each chapter decides about its pause as at any end. Raises Refused."""
    if not can(membership, Action.ADVISE):
        raise Refused(_("Advisories come from editors and leads of the central team."))
    now = timezone.now()
    ended = Advisory.objects.filter(pk=advisory.pk, withdrawn_at=None, ends_at__gt=now).update(
        withdrawn_at=now, withdrawn_by=membership.user
    )
    if not ended:
        raise Refused(_("This advisory is over already."))
    by = Actor.person(membership.user)
    events.record("advisory_withdrawn", advisory, chapter=membership.chapter, by=by)
    transaction.on_commit(lambda: broker.wake("chapters.advisories"))


@dataclass(frozen=True)
class Tally:
    """How many chapters an advisory is for and what they answered, and no names. `few` is where even a number
    would name somebody; then there are none."""

    asked: int
    paused: int = 0
    goes_on: int = 0
    few: bool = False

    @property
    def silent(self) -> int:
        return self.asked - self.paused - self.goes_on


def tally(advisory: Advisory) -> Tally:
    """Three queries."""
    chapters = in_scope(advisory)
    asked = chapters.count()
    if asked < FEW:
        return Tally(asked, few=True)
    answers = AdvisoryAnswer.objects.filter(advisory=advisory, chapter__in=chapters)
    found = answers.aggregate(
        paused=models.Count("pk", filter=Q(answer__in=[Answer.PAUSED, Answer.FOLLOWED])),
        goes_on=models.Count("pk", filter=Q(answer=Answer.GOES_ON)),
    )
    return Tally(asked, found["paused"], found["goes_on"])


# ---- a chapter


@dataclass(frozen=True)
class Standing:
    """An advisory that is on, as one chapter sees it. `answer` is None until somebody of it answered."""

    advisory: Advisory
    answer: AdvisoryAnswer | None


def current() -> models.QuerySet[Advisory]:
    """The advisories that are on now, newest first."""
    return Advisory.objects.filter(withdrawn_at=None, settled_at=None, ends_at__gt=timezone.now())


def current_for(chapter: Chapter) -> list[Standing]:
    """The advisories that are on for this chapter. One query where there is none, four otherwise."""
    if chapter.is_central or chapter.state == Chapter.State.LEFT:
        return []
    found = [each for each in current().prefetch_related("regions") if _concerns(each, chapter)]
    if not found:
        return []
    answers = AdvisoryAnswer.objects.filter(chapter=chapter, advisory__in=found).select_related("by")
    by_advisory = {answer.advisory_id: answer for answer in answers}
    return [Standing(each, by_advisory.get(each.pk)) for each in found]


@transaction.atomic
def pause_for(*, advisory: Advisory, membership: Membership) -> AdvisoryAnswer:
    """Somebody of the chapter pauses it because of the advisory. Raises Refused."""
    chapter = _locked(advisory, membership)
    by = Actor.person(membership.user)
    event = _pause(advisory, chapter, by) if chapter.is_active else None
    return _answer(advisory, chapter, Answer.PAUSED, by, event)


@transaction.atomic
def go_on(*, advisory: Advisory, membership: Membership) -> AdvisoryAnswer:
    """Somebody of the chapter says that it goes on. Publishing stays as it is. Raises Refused."""
    chapter = _locked(advisory, membership)
    if chapter.state == Chapter.State.PAUSED:
        raise Refused(_("Publishing is paused. To go on, resume it."))
    by = Actor.person(membership.user)
    events.record("advisory_goes_on", chapter, chapter=chapter, by=by, advisory=str(advisory.uid))
    return _answer(advisory, chapter, Answer.GOES_ON, by, None)


@transaction.atomic
def follow(*, advisory: Advisory, chapter: Chapter) -> AdvisoryAnswer | None:
    """The hub pauses a chapter that chose in its settings to follow advisories. None where it did not choose
    so, is not concerned, or has answered for itself."""
    chapter = lock(chapter)
    if chapter.advisory_rule != Rule.FOLLOW or not _is_on(advisory) or not _concerns(advisory, chapter):
        return None
    if AdvisoryAnswer.objects.filter(advisory=advisory, chapter=chapter).exists():
        return None
    event = None
    if chapter.is_active:
        event = _pause(advisory, chapter, SYSTEM, setting=f"advisory_rule={chapter.advisory_rule}")
        events.record(
            "advisory_followed", chapter, chapter=chapter, by=SYSTEM, advisory=str(advisory.uid),
            setting=f"advisory_rule={chapter.advisory_rule}",
        )  # fmt: skip
    return _answer(advisory, chapter, Answer.FOLLOWED, SYSTEM, event)


def follow_all(advisory: Advisory) -> None:
    """`follow` for every chapter that chose it, each on its own."""
    unanswered = in_scope(advisory).filter(advisory_rule=Rule.FOLLOW)
    unanswered = unanswered.exclude(pk__in=advisory.answers.values("chapter"))
    _each(unanswered, lambda chapter: follow(advisory=advisory, chapter=chapter))


# ---- the end


def sweep() -> None:
    """What a worker does: followers pause, all are told, what is over is settled. Safe to repeat."""
    for advisory in current():
        follow_all(advisory)
        if advisory.told_at is None:
            _tell(advisory)
    over = Q(ends_at__lte=timezone.now()) | Q(withdrawn_at__isnull=False)
    for advisory in Advisory.objects.filter(over, settled_at=None):
        settle(advisory)


@transaction.atomic
def _tell(advisory: Advisory) -> None:
    telling.advised(advisory, in_scope(advisory))
    Advisory.objects.filter(pk=advisory.pk).update(told_at=timezone.now())


def settle(advisory: Advisory) -> None:
    """An advisory is over: chapters that said so resume, the others that paused for it are reminded."""
    paused = Chapter.objects.filter(
        pk__in=advisory.answers.filter(paused_event__isnull=False).values("chapter")
    )
    if _each(paused, lambda chapter: _settle_one(advisory, chapter)):
        Advisory.objects.filter(pk=advisory.pk).update(settled_at=timezone.now())


@transaction.atomic
def _settle_one(advisory: Advisory, chapter: Chapter) -> None:
    chapter = lock(chapter)
    answer = AdvisoryAnswer.objects.get(advisory=advisory, chapter=chapter)
    if chapter.state != Chapter.State.PAUSED or _last_pause(chapter) != answer.paused_event:
        return  # somebody decided anew since
    by_itself = {Rule.ASK_AND_RESUME, Rule.FOLLOW}
    if chapter.advisory_rule in by_itself:
        rules.resume(chapter=chapter, by=SYSTEM, advisory=str(advisory.uid),
                     setting=f"advisory_rule={chapter.advisory_rule}")  # fmt: skip
    else:
        telling.over(advisory, chapter)


# ---- who is concerned


def in_scope(advisory: Advisory) -> models.QuerySet[Chapter]:
    """The chapters that the advisory is for."""
    chapters = Chapter.objects.filter(kind=Chapter.Kind.CHAPTER).exclude(state=Chapter.State.LEFT)
    regions = {region.pk for region in advisory.regions.all()}
    return chapters.filter(region__in=_with_parts(regions)) if regions else chapters


def _concerns(advisory: Advisory, chapter: Chapter) -> bool:
    if chapter.is_central:
        return False
    regions = {region.pk for region in advisory.regions.all()}
    return not regions or chapter.region_id in _with_parts(regions)


def _with_parts(regions: set[int]) -> set[int]:
    """These regions and every region within them."""
    parents = dict(Region.objects.values_list("pk", "parent_id"))
    found: set[int] = set()
    for region in parents:
        at: int | None = region
        seen: set[int] = set()
        while at is not None and at not in seen:
            seen.add(at)
            if at in regions:
                found.add(region)
                break
            at = parents.get(at)
    return found


# ---- helpers


def _is_on(advisory: Advisory) -> bool:
    return current().filter(pk=advisory.pk).exists()


def _locked(advisory: Advisory, membership: Membership) -> Chapter:
    """The chapter of a member who may answer for it, locked. Raises Refused."""
    if not can(membership, Action.PAUSE):
        raise Refused(_("Editors and leads decide whether the chapter pauses."))
    chapter = lock(membership.chapter)
    if not _is_on(advisory) or not _concerns(advisory, chapter):
        raise Refused(_("This advisory is over. Publishing stays as it is."))
    return chapter


def _pause(advisory: Advisory, chapter: Chapter, by: Actor, **data: str) -> int:
    """Pause by the chapter's own verb. Returns the line of history that it left."""
    rules.pause(
        chapter=chapter, reason=advisory.reason, by=by, until=advisory.ends_at, advisory=str(advisory.uid),
        **data,
    )  # fmt: skip
    return _last_pause(chapter)


def _last_pause(chapter: Chapter) -> int:
    """The newest line of history in which the chapter paused or resumed."""
    lines = Event.objects.filter(chapter=chapter, verb__in=["chapter_paused", "chapter_resumed"])
    return lines.order_by("-pk").values_list("pk", flat=True).first() or 0


def _answer(
    advisory: Advisory, chapter: Chapter, answer: AdvisoryAnswer.Answer, by: Actor, event: int | None
) -> AdvisoryAnswer:
    row, _made = AdvisoryAnswer.objects.update_or_create(
        advisory=advisory, chapter=chapter, defaults={"answer": answer, "by": by.user}
    )
    if event is not None:
        row.paused_event = event
        row.save(update_fields=["paused_event"])
    return row


def _each(chapters: Iterable[Chapter], verb) -> bool:
    """Do `verb` to each in its own try. True where every one went well."""
    went_well = True
    for chapter in chapters:
        try:
            verb(chapter)
        except Exception:
            went_well = False
            log.exception("advisory", extra={"chapter": chapter.slug})
    return went_well
