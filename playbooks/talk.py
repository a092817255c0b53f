"""What a member reads of what was said about a playbook: read-only queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from chapters.models import Membership
from chapters.permissions import Action, can
from playbooks import credits, helped, proposals, usage
from playbooks.forms_backtalk import TalkForm, VoteForm
from playbooks.models import (
    ChapterNote,
    Comment,
    Playbook,
    PlaybookVersion,
    Proposal,
    VersionCredit,
    Vote,
)

NOTES = 3
THREADS = 5
EDITS = 10

SHOWN = Q(removed_at=None, hidden_at=None)


@dataclass(frozen=True)
class Thread:
    """A comment and the replies that the reader sees."""

    comment: Comment
    replies: list[Comment]
    is_readable: bool


@dataclass(frozen=True)
class Talk:
    """Everything that was said about a playbook, as one member reads it on its page."""

    use: usage.Use
    helped: helped.Helped
    vote: Vote | None  # the member's own, of this version or else of the newest before it
    has_voted: bool  # of this version
    notes: list[ChapterNote]
    notes_count: int
    threads: list[Thread]
    threads_count: int
    edits: list[Proposal]
    credits: list[VersionCredit]
    may_vote: bool
    may_speak: bool
    may_note: bool
    may_hide: bool
    vote_form: VoteForm
    lacks_word: bool = False  # the member said that this version did not help, and not why
    form: TalkForm = field(default_factory=TalkForm)


def of(member: Membership, playbook: Playbook, version: PlaybookVersion) -> Talk:
    """What `member` reads on the page of `version`. A constant number of queries."""
    is_open = playbook.status == Playbook.Status.PUBLISHED
    is_central = member.chapter.is_central
    speaks = is_open and can(member, Action.SPEAK)
    vote = _vote(member, version)
    has_voted = vote is not None and vote.version_id == version.pk
    may_vote = is_open and not is_central and can(member, Action.SAY_BACK)
    said, notes = comments(member, playbook), notes_of(member, playbook)
    return Talk(
        use=usage.of([playbook])[playbook.pk],
        helped=helped.of([playbook])[playbook.pk],
        vote=vote,
        has_voted=has_voted,
        notes=list(notes[:NOTES]),
        notes_count=notes.count(),
        threads=threads(member, said[:THREADS]),
        threads_count=said.count(),
        edits=list(own_edits(member, playbook)[:EDITS]),
        credits=credits.of(version),
        may_vote=may_vote,
        may_speak=speaks,
        may_note=speaks and not is_central,
        may_hide=can(member, Action.TEACH),
        vote_form=VoteForm(initial={"version": version.number, "word": vote.word if has_voted else ""}),
        lacks_word=may_vote and has_voted and not vote.helped and not vote.word,
    )


def notes_of(member: Membership, playbook: Playbook) -> QuerySet[ChapterNote]:
    """The notes that `member` reads, newest first: hidden ones only in their own chapter and where hidden."""
    seen = SHOWN | Q(removed_at=None, chapter=member.chapter_id)
    if can(member, Action.TEACH):
        seen |= Q(removed_at=None)
    found = ChapterNote.objects.filter(seen, playbook=playbook)
    return found.select_related("chapter", "version", "settled_by").order_by("-id")


def comments(member: Membership, playbook: Playbook) -> QuerySet[Comment]:
    """The comments that `member` reads, newest first, each with its replies.

    Of one that is gone only the place is left, and only while somebody replied to it.
    """
    replies = Comment.objects.filter(_seen(member))
    has_replies = Exists(Comment.objects.filter(SHOWN, parent=OuterRef("pk")))
    return (
        Comment.objects.filter(_seen(member) | Q(has_replies), playbook=playbook, parent=None)
        .select_related("chapter", "by")
        .prefetch_related(Prefetch("replies", replies.select_related("chapter", "by").order_by("id")))
        .order_by("-id")
    )


def threads(member: Membership, rows: Iterable[Comment]) -> list[Thread]:
    """Comments of `comments` with their replies."""
    hides = can(member, Action.TEACH)
    return [
        Thread(
            row,
            list(row.replies.all()),
            is_readable=row.is_shown or (row.removed_at is None and (hides or row.by_id == member.user_id)),
        )
        for row in rows
    ]


def own_edits(member: Membership, playbook: Playbook) -> QuerySet[Proposal]:
    """What the member's chapter suggested here, newest first, with what came of it."""
    return proposals.of(playbook).filter(by_chapter=member.chapter_id)


def _vote(member: Membership, version: PlaybookVersion) -> Vote | None:
    own = Vote.objects.filter(
        by=member.user_id, playbook=version.playbook_id, version__number__lte=version.number
    )
    return own.select_related("version").order_by("-version__number").first()


def _seen(member: Membership) -> Q:
    seen = SHOWN | Q(removed_at=None, by=member.user_id)
    return seen | Q(removed_at=None) if can(member, Action.TEACH) else seen
