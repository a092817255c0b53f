"""Suggesting an edit to a playbook, and taking pieces of it into the draft.

The draft is what changes; chapters read nothing of it until somebody publishes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, replace

from django.db import transaction
from django.utils.translation import gettext as _

from chapters.events import Actor
from chapters.models import Chapter
from playbooks import credits, proposals, teaching, telling_back
from playbooks.errors import NotNow
from playbooks.models import Playbook, PlaybookVersion, Proposal, VersionCredit
from playbooks.proposals import Settled
from playbooks.teaching import Draft

PARTS = ("title", "summary", "body")


@transaction.atomic
def suggest(
    *,
    version: PlaybookVersion,
    wording: Mapping[str, str],
    by: Actor,
    by_chapter: Chapter,
    central: Chapter,
    note: str = "",
) -> list[Proposal]:
    """Offer other words for parts of `version`: one proposal for each part that they change.

    Saying the same again makes nothing new. Raises NotNow where nothing was changed.
    """
    playbook = Playbook.objects.select_for_update(of=("self",)).get(pk=version.playbook_id)
    if playbook.status != Playbook.Status.PUBLISHED:
        raise NotNow(_("The central team no longer offers this playbook."), detail=playbook.status)
    offered: list[Proposal] = []
    for part in PARTS:
        base = getattr(version, part)
        text = wording.get(part, base)
        if text == base:
            continue
        twin = proposals.open_for(playbook).filter(part=part, base=base, offered=text, by=by.user).first()
        if twin is not None:
            offered.append(twin)
            continue
        proposal = proposals.offer(
            subject=playbook, of_chapter=central, part=part, base=base, offered=text,
            by=by, by_chapter=by_chapter, note=note,
        )  # fmt: skip
        telling_back.edit_offered(playbook, proposal)
        offered.append(proposal)
    if not offered:
        raise NotNow(
            _("Your wording is the same as the one there. Change something, then send it."),
            detail="nothing changed",
        )
    return offered


@transaction.atomic
def settle(*, proposal: Proposal, taken: Collection[int], by: Actor, answer: str = "") -> Settled:
    """Take the pieces numbered in `taken` into the draft, or leave all with an answer.

    Raises NotNow where it was answered already, where none of the chosen pieces has a place in the draft any
    more, where all are left without a word why, or where a part would become too long.
    """
    playbook = subject_of(proposal, for_update=True)
    draft = Draft.of(playbook)
    if not taken and not answer.strip():
        raise NotNow(
            _("Say why you leave all of it, so that the chapter understands."), detail="left without a word"
        )
    settled = proposals.settle(
        proposal=proposal,
        subject=playbook,
        taken=taken,
        current=asdict(draft)[proposal.part],
        by=by,
        answer=answer,
    )
    if taken and not settled.proposal.taken:
        raise NotNow(
            _("The draft changed there since, so these pieces have no place in it: %(pieces)s. Write them "
              "in by hand, or leave all of them with a word why.") % {"pieces": named(settled)},
            detail="no piece fits",
        )  # fmt: skip
    if settled.proposal.taken:
        _check_length(proposal.part, settled.text)
        teaching.save_draft(
            playbook=playbook,
            draft_number=playbook.draft_number,
            draft=replace(draft, **{proposal.part: settled.text}),
            by=by,
        )
        credits.owe(playbook=playbook, chapter=proposal.by_chapter, reason=VersionCredit.Reason.EDIT)
    telling_back.edit_settled(playbook, settled.proposal)
    return settled


@transaction.atomic
def withdraw(*, proposal: Proposal, by: Actor) -> Proposal:
    """Take a suggested edit back. Raises NotNow if it was answered."""
    return proposals.withdraw(proposal=proposal, subject=subject_of(proposal), by=by)


def subject_of(proposal: Proposal, *, for_update: bool = False) -> Playbook:
    """The playbook that a proposal is about. Raises NotNow where it is about something else."""
    if proposal.subject_type != "playbook" or proposal.part not in PARTS:
        raise NotNow(_("This is not about a playbook."), detail=f"{proposal.subject_type} {proposal.part}")
    playbooks = Playbook.objects.select_for_update(of=("self",)) if for_update else Playbook.objects
    return playbooks.get(pk=int(proposal.subject_uid))


def named(settled: Settled) -> str:
    """The pieces that found no place, in words."""
    return ", ".join(f"“{(piece.added or piece.removed).strip()[:60]}”" for piece in settled.unfitting)


def _check_length(part: str, text: str) -> None:
    longest = Playbook._meta.get_field(part).max_length
    if longest and len(text) > longest:
        raise NotNow(
            _("With these pieces it would be longer than %(max)d characters. Take fewer of them.")
            % {"max": longest},
            detail=f"{part}: {len(text)}",
        )
