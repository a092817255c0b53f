"""The to-dos that back-talk makes: votes with a “no” and a word, notes, comments, edits and new entries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _

from chapters.models import Chapter, Membership, User
from chapters.permissions import TABLE, Action
from playbooks import todos
from playbooks.models import ChapterNote, Comment, EntryProposal, Playbook, Proposal, Vote
from playbooks.models.feedback import Feedback
from playbooks.todos import Source, Todo


def of_keeper(person: User | None, playbook: str = "") -> Q:
    """Rows whose playbook `person` keeps, or nobody who could; of the whole team where that is None.

    `playbook` is the way from the row to its playbook, such as "playbook__".
    """
    if person is None:
        return Q()
    team = Membership.objects.filter(
        chapter__kind=Chapter.Kind.CENTRAL, role__in=TABLE[Action.TEACH], user__is_active=True
    ).values("user")
    owner = f"{playbook}owner"
    return Q(**{owner: person}) | Q(**{owner: None}) | ~Q(**{f"{owner}__in": team})


def _unsettled(rows: QuerySet[Feedback], person: User | None) -> QuerySet[Feedback]:
    waiting = rows.filter(of_keeper(person, "playbook__"), settled_at=None)
    return waiting.select_related("playbook__owner", "chapter")


def votes(person: User | None) -> QuerySet[Vote]:
    """Those who said that it did not help, and why."""
    return _unsettled(Vote.objects.filter(helped=False).exclude(word=""), person)


def notes(person: User | None) -> QuerySet[ChapterNote]:
    """Notes nobody looked at yet."""
    return _unsettled(ChapterNote.objects.all(), person)


def comments(person: User | None) -> QuerySet[Comment]:
    """Comments nobody answered or looked at yet."""
    return _unsettled(Comment.objects.all(), person)


def edits(person: User | None) -> QuerySet[Proposal]:
    """Suggested edits that wait."""
    waiting = Proposal.objects.filter(subject_type="playbook", state=Proposal.State.OPEN)
    if person is not None:
        mine = Playbook.objects.filter(of_keeper(person)).order_by().values(uid=Cast("pk", CharField()))
        waiting = waiting.filter(subject_uid__in=mine)
    return waiting.select_related("by_chapter")


def entries(person: User | None) -> QuerySet[EntryProposal]:
    """Proposed playbooks: anybody's of the team, since nobody keeps them yet."""
    return EntryProposal.objects.filter(state=EntryProposal.State.OPEN).select_related("chapter")


def _about_votes(rows: list[Vote]) -> Iterable[Todo]:
    for vote in rows:
        why = _("%(chapter)s: it did not help") % {"chapter": vote.chapter.name}
        url = reverse("todo_vote", args=[vote.pk])
        yield _todo(vote, why, url, vote.word, _("Answer"), vote.said_at)


def _about_notes(rows: list[ChapterNote]) -> Iterable[Todo]:
    for note in rows:
        why = _("%(chapter)s tried it") % {"chapter": note.chapter.name}
        url = reverse("todo_note", args=[note.uid])
        yield _todo(note, why, url, note.text, _("Look"), note.created_at)


def _about_comments(rows: list[Comment]) -> Iterable[Todo]:
    for comment in rows:
        why = _("%(chapter)s commented") % {"chapter": comment.chapter.name}
        url = reverse("todo_comment", args=[comment.uid])
        yield _todo(comment, why, url, comment.text, _("Answer"), comment.created_at)


def _about_edits(rows: list[Proposal]) -> Iterable[Todo]:
    keys = [int(row.subject_uid) for row in rows]
    playbooks = Playbook.objects.select_related("owner").defer("body").in_bulk(keys)
    parts = {"title": _("the title"), "summary": _("the benefit"), "body": _("the text")}
    for row in rows:
        playbook = playbooks[int(row.subject_uid)]
        yield Todo(
            what=playbook.title,
            why=_("%(chapter)s suggests other words for %(part)s")
            % {"chapter": row.by_chapter.name, "part": parts.get(row.part, row.part)},
            url=reverse("todo_edit", args=[row.uid]),
            at=row.created_at,
            by=_keeper(playbook),
            said=row.note,
            button=_("Look"),
        )


def _about_entries(rows: list[EntryProposal]) -> Iterable[Todo]:
    for row in rows:
        yield Todo(
            what=row.title,
            why=_("%(chapter)s proposes a new playbook") % {"chapter": row.chapter.name},
            url=reverse("todo_entry", args=[row.uid]),
            at=row.created_at,
            said=row.why,
            button=_("Look"),
        )


def _todo(row: Feedback, why: str, url: str, said: str, button: str, at: datetime) -> Todo:
    return Todo(row.playbook.title, why, url, at, by=_keeper(row.playbook), said=said, button=button)


def _keeper(playbook: Playbook) -> str:
    return playbook.owner.display_name if playbook.owner else ""


todos.SOURCES += [
    Source(votes, "said_at", _about_votes),
    Source(notes, "created_at", _about_notes),
    Source(comments, "created_at", _about_comments),
    Source(edits, "created_at", _about_edits),
    Source(entries, "created_at", _about_entries),
]
