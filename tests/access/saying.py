"""What chapters said about a playbook, for the access matrix: but for a vote's word all chapters read it."""

from __future__ import annotations

from typing import Any

from chapters.events import Actor
from chapters.models import Chapter, User
from playbooks import edits, entry_proposals, feedback
from playbooks.models import Comment, Playbook
from tests.support.cast import Cast


def said(chapter: Chapter, lead: User, central: Chapter, playbook: Playbook) -> dict[str, Any]:
    """What the lead of `chapter` said; the central team only comments."""
    by = Actor.person(lead)
    made: dict[str, Any] = {"comment": _comment(playbook, chapter, by, f"A comment of {chapter.slug}")}
    if chapter.is_central:
        return made
    return made | {
        "note": _note(playbook, chapter, by, f"A note of {chapter.slug}"),
        "edit": _edit(playbook, chapter, central, by, "in two words"),
        "entry": entry_proposals.propose(
            chapter=chapter, title=f"Entry of {chapter.slug}", why="It works", by=by
        ),
    }


def waiting(cast: Cast, playbook: Playbook) -> dict[str, Any]:
    """What Braga said, for the central team to settle."""
    by, braga = Actor.person(cast.otto), cast.braga
    hidden_note = _note(playbook, braga, by, "A hidden note")
    hidden_comment = _comment(playbook, braga, by, "A hidden comment")
    for row in (hidden_note, hidden_comment):
        feedback.hide(row=row, reason="A private number", by=Actor.person(cast.cato))
    return {
        "said_vote": feedback.vote(
            version=playbook.current, chapter=braga, helped=False, word="Too long", by=by
        ),
        "said_note": _note(playbook, braga, by, "We tried it"),
        "hidden_note": hidden_note,
        "said_comment": _comment(playbook, braga, by, "A remark"),
        "hidden_comment": hidden_comment,
        "said_edit": _edit(playbook, braga, cast.central, by, "in three words"),
        "said_entry": entry_proposals.propose(chapter=braga, title="Thank helpers", why="It works", by=by),
    }


def _note(playbook: Playbook, chapter: Chapter, by: Actor, text: str) -> Any:
    return feedback.add_note(version=playbook.current, chapter=chapter, text=text, by=by)


def _comment(playbook: Playbook, chapter: Chapter, by: Actor, text: str) -> Comment:
    return feedback.comment(playbook=playbook, chapter=chapter, text=text, by=by)


def _edit(playbook: Playbook, chapter: Chapter, central: Chapter, by: Actor, more: str) -> Any:
    body = f"{playbook.current.body}\nSay it {more}.\n"
    [proposal] = edits.suggest(
        version=playbook.current, wording={"body": body}, by=by, by_chapter=chapter, central=central
    )
    return proposal
