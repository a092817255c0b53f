"""A chapter proposes a playbook that is not there yet: the only writer of an entry proposal's state."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters.events import Actor, record
from chapters.models import Chapter
from playbooks import credits, teaching, telling_back
from playbooks.errors import NotNow
from playbooks.models import EntryProposal, Playbook, VersionCredit
from playbooks.outline import begun_with
from playbooks.teaching import Draft


@transaction.atomic
def propose(
    *,
    chapter: Chapter,
    title: str,
    why: str,
    by: Actor,
    first_steps: str = "",
    key: uuid.UUID | None = None,
) -> EntryProposal:
    """Propose a playbook in the name of `chapter`. `key` is the form's, so that a double press makes one."""
    if chapter.is_central:
        raise NotNow(_("The central team writes playbooks itself."), detail="of the central team")
    key = key or uuid.uuid4()
    twin = EntryProposal.objects.filter(by=by.user, form_key=key).first()
    if twin is not None and (twin.title, twin.why, twin.first_steps) != (title, why, first_steps):
        key = uuid.uuid4()
    proposal, created = EntryProposal.objects.get_or_create(
        by=by.user,
        form_key=key,
        defaults={"chapter": chapter, "title": title, "why": why, "first_steps": first_steps},
    )
    if created:
        record("entry_proposed", proposal, chapter=chapter, by=by)
    return proposal


@transaction.atomic
def make_draft(*, proposal: EntryProposal, by: Actor, answer: str = "") -> Playbook:
    """Begin the playbook with the chapter's words; it is thanked in the first version. Raises NotNow."""
    locked = _open(proposal)
    draft = Draft(
        title=locked.title,
        summary=_one_sentence(locked.why),
        body=begun_with(benefit=locked.why, first_step=locked.first_steps),
    )
    playbook = teaching.create(draft=draft, by=by)
    credits.owe(playbook=playbook, chapter=locked.chapter, reason=VersionCredit.Reason.ENTRY)
    locked.playbook = playbook
    _decide(locked, EntryProposal.State.DRAFTED, answer, by)
    return playbook


@transaction.atomic
def decline(*, proposal: EntryProposal, reason: str, by: Actor) -> EntryProposal:
    """Say why this is not written. Raises NotNow without a reason."""
    locked = _open(proposal)
    if not reason.strip():
        raise NotNow(_("Say why, so that the chapter understands."), detail="no reason")
    _decide(locked, EntryProposal.State.DECLINED, reason, by)
    return locked


@transaction.atomic
def withdraw(*, proposal: EntryProposal, by: Actor) -> EntryProposal:
    """Take a proposal back that nobody answered yet. Raises NotNow."""
    locked = _open(proposal)
    locked.state = EntryProposal.State.WITHDRAWN
    locked.decided_at = timezone.now()
    locked.save(update_fields=["state", "decided_at"])
    record("entry_withdrawn", locked, chapter=locked.chapter, by=by)
    return locked


def _decide(proposal: EntryProposal, state: EntryProposal.State, answer: str, by: Actor) -> None:
    proposal.state = state
    proposal.answer = answer
    proposal.decided_by = by.user
    proposal.decided_at = timezone.now()
    proposal.save()
    record(f"entry_{state}", proposal, chapter=proposal.chapter, by=by, answer=answer)
    telling_back.entry_answered(proposal)


def _open(proposal: EntryProposal) -> EntryProposal:
    locked = (
        EntryProposal.objects.select_for_update(of=("self",))
        .select_related("chapter", "by")
        .get(pk=proposal.pk)
    )
    if locked.state != EntryProposal.State.OPEN:
        raise NotNow(
            _("This was answered already: %(state)s.") % {"state": locked.get_state_display()},
            detail=f"entry {locked.pk} is {locked.state}",
        )
    return locked


def _one_sentence(text: str) -> str:
    """The first sentence, as long as a summary may be."""
    words = " ".join(text.split())
    end = words.find(". ")
    first = words[: end + 1] if end > 0 else words
    longest = Playbook._meta.get_field("summary").max_length
    return first if len(first) <= longest else first[: longest - 1].rsplit(" ", 1)[0] + "…"
