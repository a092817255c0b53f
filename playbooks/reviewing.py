"""A second look at a draft before chapters get it: the only writer of PlaybookReview.

An approval speaks of one draft number. Nobody approves words they wrote last. Where the team has no second
editor there is nobody to ask; then a draft is published with a reason that the history keeps.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters import notices
from chapters.events import Actor, record
from chapters.models import Chapter, Membership, User
from chapters.notices import quietly
from chapters.permissions import TABLE, Action
from playbooks.errors import NotNow, StaleDraft
from playbooks.models import Playbook, PlaybookReview

Verdict = PlaybookReview.Verdict


def editors() -> list[User]:
    """Everybody of the central team who may write and look at drafts, by name."""
    memberships = Membership.objects.filter(
        chapter__kind=Chapter.Kind.CENTRAL, role__in=TABLE[Action.TEACH], user__is_active=True
    ).select_related("user")
    return [membership.user for membership in memberships.order_by("user__name", "pk")]


def require_editor(person: User) -> None:
    """Raise NotNow for somebody who may not write what the central team offers."""
    if person not in editors():
        raise NotNow(
            _("%(name)s does not edit in the central team. Choose somebody who does.")
            % {"name": person.display_name},
            detail=f"person {person.pk} is no editor",
        )


def of(playbook: Playbook) -> PlaybookReview | None:
    """What was asked or said of the draft as it stands."""
    return (
        PlaybookReview.objects.filter(playbook=playbook, draft_number=playbook.draft_number)
        .select_related("asked_by", "reviewer")
        .first()
    )


def earlier_look(playbook: Playbook, person: User) -> PlaybookReview | None:
    """The last look at an earlier draft of what is still not published: their own, or else anybody's."""
    looks = PlaybookReview.objects.filter(
        playbook=playbook, draft_number__lt=playbook.draft_number, reviewer__isnull=False
    )
    if playbook.current is not None:
        looks = looks.filter(decided_at__gt=playbook.current.published_at)
    newest = looks.select_related("reviewer").order_by("-draft_number")
    return newest.filter(reviewer=person).first() or newest.first()


def is_only_editor(user: User | None) -> bool:
    """Whether nobody but `user` could give a draft a second look."""
    return all(editor == user for editor in editors())


@transaction.atomic
def ask(*, playbook: Playbook, draft_number: int, by: Actor, note: str = "") -> PlaybookReview:
    """Ask the other editors for a second look at this draft. Raises StaleDraft, NotNow."""
    locked = _locked(playbook, draft_number)
    if is_only_editor(by.user):
        raise NotNow(
            _("You are the only editor of the central team. Publish it yourself, and say why."),
            detail="nobody to ask",
        )
    review, made = PlaybookReview.objects.get_or_create(
        playbook=locked, draft_number=draft_number, defaults={"asked_by": by.user, "note": note.strip()}
    )
    if not made and review.verdict == Verdict.APPROVED:
        raise NotNow(_("This draft is approved already."), detail=f"review {review.pk}")
    if made or review.verdict == Verdict.CHANGES:
        review.verdict, review.asked_by, review.note = Verdict.WAITING, by.user, note.strip()
        review.save()
        record("look_asked", locked, chapter=None, by=by, draft=draft_number, note=note.strip())
        _tell_editors(locked, review)
    return review


@transaction.atomic
def approve(*, playbook: Playbook, draft_number: int, by: Actor, comment: str = "") -> PlaybookReview:
    """Say that this draft may go to chapters. Raises StaleDraft, NotNow for the draft's own writer."""
    return _decide(playbook, draft_number, Verdict.APPROVED, comment, by)


@transaction.atomic
def want_changes(*, playbook: Playbook, draft_number: int, by: Actor, comment: str) -> PlaybookReview:
    """Say what should change first. Raises StaleDraft, NotNow without a comment or for its writer."""
    if not comment.strip():
        raise NotNow(_("Say what should change, so that the writer can go on."), detail="no comment")
    return _decide(playbook, draft_number, Verdict.CHANGES, comment, by)


def check_looked_at(playbook: Playbook, *, by: Actor, alone: str = "") -> None:
    """Refuse to publish a draft that nobody but its writer has approved. Raises NotNow."""
    review = of(playbook)
    if review is not None and review.verdict == Verdict.APPROVED:
        return
    if not is_only_editor(by.user):
        raise NotNow(
            _("A second editor looks at a draft before chapters get it. Ask for a second look first."),
            detail=f"draft {playbook.draft_number} of {playbook.pk} is not approved",
        )
    if not alone.strip():
        raise NotNow(
            _("Nobody else of the team can look at it. Say why you publish it without a second look."),
            detail="alone without a reason",
        )


def over(playbook: Playbook) -> None:
    """Whatever was asked or said of a look at this playbook's drafts is settled."""
    notices.over("look_asked", "looked_at", about=f"playbook:{playbook.pk}")


def _decide(
    playbook: Playbook, draft_number: int, verdict: PlaybookReview.Verdict, comment: str, by: Actor
) -> PlaybookReview:
    locked = _locked(playbook, draft_number)
    if by.user is None or locked.draft_by_id == by.user.pk:
        raise NotNow(
            _("You wrote this draft last, so somebody else looks at it."),
            detail=f"draft {draft_number} of {locked.pk} is their own",
        )
    review, _made = PlaybookReview.objects.get_or_create(playbook=locked, draft_number=draft_number)
    if (review.verdict, review.reviewer_id, review.comment) == (verdict, by.user.pk, comment.strip()):
        return review
    review.verdict, review.reviewer, review.comment = verdict, by.user, comment.strip()
    review.decided_at = timezone.now()
    review.save()
    record(f"look_{verdict}", locked, chapter=None, by=by, draft=draft_number, note=comment.strip())
    over(locked)
    _tell_writer(locked, review)
    return review


def _locked(playbook: Playbook, draft_number: int) -> Playbook:
    locked = Playbook.objects.select_for_update().get(pk=playbook.pk)
    if locked.draft_number != draft_number:
        raise StaleDraft(locked, seen=draft_number)
    return locked


@quietly
def _tell_editors(playbook: Playbook, review: PlaybookReview) -> None:
    left_out = {review.asked_by_id, playbook.draft_by_id}
    notices.notify(
        [editor for editor in editors() if editor.pk not in left_out],
        chapter=_central(),
        cause=f"playbook:{playbook.pk}:look:{review.draft_number}:{review.asked_by_id}",
        kind="look_asked",
        title=_("A second look at “%(title)s”, please") % {"title": playbook.title},
        body=review.note or _("The draft waits for a second editor before it is published."),
        path=f"/central/playbooks/{playbook.slug}/review/",
    )


@quietly
def _tell_writer(playbook: Playbook, review: PlaybookReview) -> None:
    heard = {None, review.reviewer}
    people = [person for person in (playbook.draft_by, review.asked_by) if person not in heard]
    title = (
        _("“%(title)s” is approved: publish it when you like")
        if review.verdict == Verdict.APPROVED
        else _("“%(title)s” should change before it is published")
    )
    notices.notify(
        people,
        chapter=_central(),
        cause=f"playbook:{playbook.pk}:looked:{review.draft_number}:{review.decided_at.isoformat()}",
        kind="looked_at",
        title=title % {"title": playbook.title},
        body=review.comment,
        path=f"/central/playbooks/{playbook.slug}/",
    )


def _central() -> Chapter | None:
    return Chapter.objects.filter(kind=Chapter.Kind.CENTRAL).first()
