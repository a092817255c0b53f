"""Offering a wording, and taking the pieces of it that help: the only writer of a proposal's state.

The text itself is written by whoever owns it: `settle` says what it becomes, inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters.events import Actor, record, subject_uid
from chapters.models import Chapter
from chapters.notices import over
from playbooks.errors import NotNow
from playbooks.models import Proposal
from playbooks.pieces import Piece, join, pieces

PIECES_MAX = 400


@dataclass(frozen=True)
class Settled:
    """What the text becomes, and the pieces that were taken but found no place in it any more."""

    proposal: Proposal
    text: str
    unfitting: tuple[Piece, ...]


def open_for(subject: models.Model) -> models.QuerySet[Proposal]:
    """The proposals for `subject` that wait for an answer, newest first."""
    return of(subject).filter(state=Proposal.State.OPEN)


def of(subject: models.Model) -> models.QuerySet[Proposal]:
    """Every proposal for `subject`, newest first."""
    return Proposal.objects.filter(
        subject_type=subject._meta.model_name, subject_uid=subject_uid(subject)
    ).select_related("by", "by_chapter", "decided_by")


def pieces_of(proposal: Proposal) -> list[Piece]:
    """What the proposal would change, in the order of the text."""
    return pieces(proposal.base, proposal.offered)


@transaction.atomic
def offer(
    *,
    subject: models.Model,
    of_chapter: Chapter,
    part: str,
    base: str,
    offered: str,
    by: Actor,
    by_chapter: Chapter,
    note: str = "",
) -> Proposal:
    """Offer `offered` in place of `base`, a text of `of_chapter`. Raises NotNow where they say the same."""
    found = pieces(base, offered)
    if not found:
        raise NotNow(
            _("Your wording is the same as the one there. Change something, then offer it."),
            detail="nothing changed",
        )
    if len(found) > PIECES_MAX:
        raise NotNow(
            _("That is a new text rather than some changes. Offer it in smaller parts."),
            detail=f"{len(found)} pieces",
        )
    proposal = Proposal.objects.create(
        chapter=of_chapter,
        subject_type=subject._meta.model_name,
        subject_uid=subject_uid(subject),
        part=part,
        base=base,
        offered=offered,
        note=note,
        by=by.user,
        by_chapter=by_chapter,
    )
    record("proposal_offered", subject, chapter=of_chapter, by=by, proposal=str(proposal.uid), part=part)
    return proposal


@transaction.atomic
def settle(
    *,
    proposal: Proposal,
    subject: models.Model,
    taken: Collection[int],
    current: str,
    by: Actor,
    answer: str = "",
) -> Settled:
    """Take the pieces numbered in `taken` into `current`, or leave all. Raises NotNow if it was answered."""
    locked = _open(proposal)
    every = pieces_of(locked)
    joined = join(locked.base, locked.offered, taken, current)
    unfit = {piece.number for piece in joined.unfitting}
    fitted = [piece.number for piece in every if piece.number in taken and piece.number not in unfit]
    locked.taken = fitted
    locked.state = _state(len(fitted), len(every))
    locked.answer = answer
    locked.decided_by = by.user
    locked.decided_at = timezone.now()
    locked.save(update_fields=["taken", "state", "answer", "decided_by", "decided_at"])
    record(
        "proposal_settled", subject, chapter=locked.chapter, by=by, proposal=str(locked.uid),
        taken=len(fitted), offered=len(every),
    )  # fmt: skip
    over("proposal_offered", about=f"proposal:{locked.uid}")
    return Settled(locked, joined.text, joined.unfitting)


@transaction.atomic
def withdraw(*, proposal: Proposal, subject: models.Model, by: Actor) -> Proposal:
    """Take an offered wording back. Raises NotNow if it was answered."""
    locked = _open(proposal)
    locked.state = Proposal.State.WITHDRAWN
    locked.decided_at = timezone.now()
    locked.save(update_fields=["state", "decided_at"])
    record("proposal_withdrawn", subject, chapter=locked.chapter, by=by, proposal=str(locked.uid))
    over("proposal_offered", about=f"proposal:{locked.uid}")
    return locked


def forget(*, subject: models.Model) -> None:
    """`subject` is about to be deleted, and its wordings with it. In the caller's transaction."""
    of(subject).delete()


def _state(taken: int, offered: int) -> Proposal.State:
    if not taken:
        return Proposal.State.LEFT
    return Proposal.State.TAKEN if taken == offered else Proposal.State.PARTLY


def _open(proposal: Proposal) -> Proposal:
    locked = Proposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    if locked.state != Proposal.State.OPEN:
        raise NotNow(
            _("This proposal was answered already: %(state)s.") % {"state": locked.get_state_display()},
            detail=f"proposal {locked.pk} is {locked.state}",
        )
    return locked
