"""What chapters say about a playbook, and its answers: the only writer of votes, notes and comments.

Everything said can be taken back by whoever said it. What waits for the central team is settled once, and
whoever said it hears of the answer.
"""

from __future__ import annotations

import uuid
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters.events import Actor, record
from chapters.models import Chapter
from playbooks import own_posts, telling_back
from playbooks.errors import NotNow
from playbooks.models import ChapterNote, Comment, Playbook, PlaybookVersion, Vote
from playbooks.models.feedback import Feedback, Said

Row = TypeVar("Row", bound=Feedback)


@transaction.atomic
def vote(*, version: PlaybookVersion, chapter: Chapter, helped: bool, by: Actor, word: str = "") -> Vote:
    """Say whether `version` helped. Saying it again changes the vote, and asks for a new answer."""
    _check_offered(version.playbook)
    fresh = {"playbook": version.playbook, "chapter": chapter, "helped": helped, "word": word}
    found, created = Vote.objects.get_or_create(
        by=by.user, version=version, defaults={**fresh, "said_at": timezone.now()}
    )
    if created:
        record("voted", found, chapter=chapter, by=by, helped=helped)
        return found
    locked = Vote.objects.select_for_update().get(pk=found.pk)
    if (locked.helped, locked.word) == (helped, word):
        return locked
    record("vote_changed", locked, chapter=chapter, by=by, helped=helped, replaced=_replaced(locked))
    for name, value in fresh.items():
        setattr(locked, name, value)
    locked.times += 1
    locked.said_at = timezone.now()
    locked.answer, locked.settled_by, locked.settled_at = "", None, None
    locked.save()
    return locked


@transaction.atomic
def add_note(
    *,
    version: PlaybookVersion,
    chapter: Chapter,
    text: str,
    by: Actor,
    key: uuid.UUID | None = None,
    post_uid: uuid.UUID | None = None,
) -> ChapterNote:
    """Tell all chapters what came of trying `version`, in the name of `chapter`.

    `post_uid` names one of its own published posts; raises NotNow for any other. `key` is the form's own, so
    that a double press makes one note.
    """
    _check_offered(version.playbook)
    if chapter.is_central:
        raise NotNow(_("Notes are for chapters that tried it."), detail="note of the central team")
    post = _own_post(chapter, post_uid)
    fields = {"playbook": version.playbook, "version": version, "chapter": chapter, "text": text}
    if post:
        fields |= {"post_uid": post.uid, "post_words": post.words[:200], "permalink": post.permalink[:500]}
    note, created = _once(ChapterNote, by, key, fields)
    if created:
        record("note_added", note, chapter=chapter, by=by, version=version.number)
    return note


@transaction.atomic
def comment(
    *,
    playbook: Playbook,
    chapter: Chapter,
    text: str,
    by: Actor,
    key: uuid.UUID | None = None,
    parent: Comment | None = None,
) -> Comment:
    """Say something about `playbook` where all chapters read it, or reply to `parent`.

    A reply to a reply stands beside it. A reply of the central team settles what it replies to.
    """
    _check_offered(playbook)
    above = parent
    if parent is not None:
        above = parent.parent or parent
        if parent.playbook_id != playbook.pk or not (parent.is_shown and above.is_shown):
            raise NotNow(_("That comment is not there any more."), detail=f"parent {parent.pk}")
    fields = {"playbook": playbook, "chapter": chapter, "text": text, "parent": above}
    if chapter.is_central:  # nobody has to answer the central team's own words
        fields |= {"settled_at": timezone.now(), "settled_by": by.user}
    made, created = _once(Comment, by, key, fields)
    if created:
        record("commented", made, chapter=chapter, by=by, reply_to=str(above.uid) if above else "")
        for written in filter(None, (parent, above)):
            telling_back.replied(made, written)
        if parent is not None and chapter.is_central and parent.settled_at is None:
            _settle(Comment.objects.select_for_update(of=("self",)).get(pk=parent.pk), text, by)
    return made


@transaction.atomic
def take_back(*, row: Said, by: Actor) -> Said:
    """Take a note or comment back; nobody reads it any more. Twice is as good as once.

    Whose right that is the door decides: a comment is its writer's, a note any speaking member's.
    """
    locked = _locked(row)
    if locked.removed_at is None:
        locked.removed_at = timezone.now()
        _close(locked, by)
        locked.save()
        record(f"{locked._meta.model_name}_taken_back", locked, chapter=locked.chapter, by=by)
    return locked


@transaction.atomic
def hide(*, row: Said, reason: str, by: Actor) -> Said:
    """Keep a note or comment from being read, with a reason that its writer hears. Raises NotNow."""
    locked = _locked(row)
    if not locked.is_shown:
        raise NotNow(_("It is not shown any more."), detail=f"{locked._meta.model_name} {locked.pk}")
    if not reason.strip():
        raise NotNow(_("Say why, so that whoever wrote it understands."), detail="no reason")
    locked.hidden_at, locked.hidden_by, locked.hidden_reason = timezone.now(), by.user, reason
    _close(locked, by)
    locked.save()
    record(f"{locked._meta.model_name}_hidden", locked, chapter=locked.chapter, by=by, reason=reason)
    telling_back.hidden(locked)
    return locked


@transaction.atomic
def show_again(*, row: Said, by: Actor) -> Said:
    """Undo `hide`."""
    locked = _locked(row)
    if locked.hidden_at is not None:
        locked.hidden_at, locked.hidden_by, locked.hidden_reason = None, None, ""
        locked.save()
        record(f"{locked._meta.model_name}_shown_again", locked, chapter=locked.chapter, by=by)
    return locked


@transaction.atomic
def answer_vote(*, vote: Vote, times: int, answer: str, by: Actor) -> Vote:
    """Answer why it did not help. `times` says which words were read; raises NotNow if they changed since."""
    locked = _locked(vote)
    if locked.times != times:
        raise NotNow(
            _("They changed what they said meanwhile. Read it again, then answer."),
            detail=f"vote {locked.pk}: {times} seen, {locked.times} now",
        )
    if not answer.strip():
        raise NotNow(_("Write an answer: they took the trouble to say why."), detail="no answer")
    _settle(locked, answer, by)
    telling_back.answered(locked, locked.word)
    return locked


@transaction.atomic
def answer_note(*, note: ChapterNote, answer: str, by: Actor) -> ChapterNote:
    """Thank for a note where all chapters read it; without words it is only settled."""
    locked = _locked(note)
    _settle(locked, answer, by)
    if answer:
        telling_back.answered(locked, locked.text)
    return locked


@transaction.atomic
def answer_comment(*, comment: Comment, answer: str, central: Chapter, by: Actor) -> Comment:
    """Settle a comment, with a reply of the central team where there are words."""
    locked = _locked(comment)
    _settle(locked, answer, by)
    if answer:
        reply = _reply(locked, answer, central, by)
        record("commented", reply, chapter=central, by=by, reply_to=str(reply.parent.uid))
        telling_back.answered(locked, locked.text)
    return locked


def _reply(comment: Comment, text: str, central: Chapter, by: Actor) -> Comment:
    return Comment.objects.create(
        playbook=comment.playbook,
        chapter=central,
        by=by.user,
        text=text,
        parent=comment.parent or comment,
        settled_at=timezone.now(),
        settled_by=by.user,
    )


def _check_offered(playbook: Playbook) -> None:
    if playbook.status != Playbook.Status.PUBLISHED:
        raise NotNow(
            _("The central team no longer offers this playbook, so there is nobody to tell."),
            detail=f"status {playbook.status}",
        )


def _own_post(chapter: Chapter, uid: uuid.UUID | None) -> own_posts.OwnPost | None:
    if uid is None:
        return None
    for post in own_posts.of(chapter):
        if post.uid == uid:
            return post
    raise NotNow(_("Choose one of your chapter's published posts, or none."), detail=f"post {uid}")


def _once(model: type[Row], by: Actor, key: uuid.UUID | None, fields: dict[str, Any]) -> tuple[Row, bool]:
    """The row of this form, made if it is not there yet. The same form with other words makes another."""
    key = key or uuid.uuid4()
    twin = model.objects.filter(by=by.user, form_key=key).first()
    if twin is not None and twin.text != fields["text"]:
        key = uuid.uuid4()
    return model.objects.get_or_create(by=by.user, form_key=key, defaults=fields)


def _locked(row: Row) -> Row:
    related = (
        type(row).objects.select_for_update(of=("self",)).select_related("playbook__current", "chapter", "by")
    )
    return related.get(pk=row.pk)


def _settle(row: Feedback, answer: str, by: Actor) -> None:
    if row.settled_at is not None:
        raise NotNow(_("Somebody else answered this already."), detail=f"{row._meta.model_name} {row.pk}")
    row.answer = answer
    _close(row, by)
    row.save()
    record(f"{row._meta.model_name}_settled", row, chapter=row.chapter, by=by, answer=answer)


def _close(row: Feedback, by: Actor) -> None:
    """Nobody has to do anything about it any more."""
    if row.settled_at is None:
        row.settled_at, row.settled_by = timezone.now(), by.user


def _replaced(vote: Vote) -> dict[str, Any]:
    return {"helped": vote.helped, "word": vote.word, "answer": vote.answer}
