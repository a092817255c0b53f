"""Telling people what came of what they said. Every notice names chapter, thing, reason and next step."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from chapters.models import Chapter, Membership, User
from chapters.notices import members_who_can, notify, quietly
from chapters.permissions import Action
from playbooks.models import Comment, EntryProposal, Playbook, Proposal
from playbooks.models.feedback import Feedback, Said


def page_of(playbook: Playbook, chapter: Chapter, place: str = "back-talk", query: str = "") -> str:
    """Where `chapter` reads what was said about the playbook."""
    return f"{reverse('playbook_detail', args=[chapter.slug, playbook.slug])}{query}#{place}"


@quietly
def answered(row: Feedback, said: str) -> None:
    """Tell whoever said something what the central team answered; nobody else, since it was theirs."""
    notify(
        _if_member(row.by, row.chapter),
        chapter=row.chapter,
        cause=f"{row._meta.model_name}:{row.pk}:answered:{row.settled_at:%Y%m%d%H%M%S%f}",
        kind="feedback_answered",
        title=_("The central team answered what you said about “%(playbook)s”")
        % {"playbook": _name(row.playbook)},
        body=_("%(answer)s\n\nYou wrote: “%(said)s”") % {"answer": row.answer, "said": said},
        path=page_of(row.playbook, row.chapter),
    )


@quietly
def replied(comment: Comment, to: Comment) -> None:
    """Tell the writer of `to` that somebody replied; somebody who wrote twice in a thread hears once."""
    if to.by_id == comment.by_id:
        return
    notify(
        _if_member(to.by, to.chapter),
        chapter=to.chapter,
        cause=f"comment:{comment.pk}:reply",
        kind="feedback_answered",
        title=_("%(chapter)s replied to your comment on “%(playbook)s”")
        % {"chapter": comment.chapter.name, "playbook": _name(comment.playbook)},
        body=_("%(answer)s\n\nYou wrote: “%(said)s”") % {"answer": comment.text, "said": to.text},
        path=page_of(comment.playbook, to.chapter, "comments"),
    )


@quietly
def hidden(row: Said) -> None:
    """Tell the writer that their words are hidden, and why."""
    notify(
        _if_member(row.by, row.chapter),
        chapter=row.chapter,
        cause=f"{row._meta.model_name}:{row.pk}:hidden:{row.hidden_at:%Y%m%d%H%M%S%f}",
        kind="feedback_answered",
        title=_("The central team hid your words on “%(playbook)s”") % {"playbook": _name(row.playbook)},
        body=_("The reason: %(reason)s\n\nYou wrote: “%(said)s”\n\nYou can say it again in other words.")
        % {"reason": row.hidden_reason, "said": row.text},
        path=page_of(row.playbook, row.chapter),
    )


@quietly
def edit_offered(playbook: Playbook, proposal: Proposal) -> None:
    """Tell whoever keeps the playbook that a chapter suggests other words."""
    central = proposal.chapter
    notify(
        _if_teaching(playbook.owner, central) or members_who_can(central, Action.TEACH),
        chapter=central,
        cause=f"proposal:{proposal.uid}:offered",
        kind="proposal_offered",
        title=_("%(chapter)s suggests an edit to “%(playbook)s”")
        % {"chapter": proposal.by_chapter.name, "playbook": _name(playbook)},
        body=proposal.note or _("Look at the pieces and take what helps."),
        path=reverse("todo_edit", args=[proposal.uid]),
    )


@quietly
def edit_settled(playbook: Playbook, proposal: Proposal) -> None:
    """Tell whoever suggested the words what came of them."""
    what = {
        Proposal.State.TAKEN: _("Your words go into the next version of “%(playbook)s”"),
        Proposal.State.PARTLY: _("Some of your words go into the next version of “%(playbook)s”"),
    }.get(Proposal.State(proposal.state), _("“%(playbook)s” keeps its words for now"))
    notify(
        _if_member(proposal.by, proposal.by_chapter) or _leads(proposal.by_chapter),
        chapter=proposal.by_chapter,
        cause=f"proposal:{proposal.uid}:settled",
        kind="proposal_settled",
        title=what % {"playbook": _name(playbook)},
        body=proposal.answer or _("Thank you. Your chapter is named in the version with your words."),
        path=page_of(playbook, proposal.by_chapter, "edits"),
    )


@quietly
def entry_answered(proposal: EntryProposal) -> None:
    """Tell whoever proposed a playbook what came of it."""
    if proposal.state == EntryProposal.State.DRAFTED:
        title = _("The central team began the playbook you proposed: “%(title)s”")
    else:
        title = _("The central team answered your proposal “%(title)s”")
    notify(
        _if_member(proposal.by, proposal.chapter) or _leads(proposal.chapter),
        chapter=proposal.chapter,
        cause=f"entry:{proposal.uid}:answered",
        kind="entry_proposal_answered",
        title=title % {"title": proposal.title},
        body=proposal.answer or _("You will find it among the playbooks when it is published."),
        path=reverse("entry_propose", args=[proposal.chapter.slug]),
    )


def _name(playbook: Playbook) -> str:
    """The title that chapters know, which is not the draft's."""
    return playbook.current.title if playbook.current else playbook.title


def _if_member(person: User | None, chapter: Chapter) -> list[User]:
    """The person while they are in the chapter: what it said and heard is not for those who left."""
    if person is None or not person.is_active:
        return []
    return [person] if Membership.objects.filter(user=person, chapter=chapter).exists() else []


def _if_teaching(person: User | None, central: Chapter) -> list[User]:
    return [one for one in members_who_can(central, Action.TEACH) if person and one.pk == person.pk]


def _leads(chapter: Chapter) -> list[User]:
    return members_who_can(chapter, Action.MANAGE_PEOPLE)
