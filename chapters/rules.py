"""What a chapter decides for itself: its settings, and whether it publishes at all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from chapters import events, notices
from chapters.events import Actor
from chapters.membership import APPROVERS_NEEDED, lock, possible_approvers
from chapters.models import Chapter
from chapters.permissions import Action
from chapters.problems import Refused

# The fields a chapter's lead may change. Name and region are the central team's, the slug nobody's.
SETTINGS = (
    "review_rule",
    "advisory_rule",
    "accounts_by",
    "late_after_minutes",
    "time_zone",
    "language",
    "city",
    "website",
    "contact_email",
    "hashtag",
    "meeting_place",
)


@transaction.atomic
def change_settings(*, chapter: Chapter, by: Actor, **changes: Any) -> Chapter:
    """Change some of SETTINGS. Raises Refused where review could not work."""
    unknown = set(changes) - set(SETTINGS)
    if unknown:
        raise TypeError(f"not settings of a chapter: {sorted(unknown)}")
    chapter = lock(chapter)
    changed = {name: value for name, value in changes.items() if getattr(chapter, name) != value}
    if not changed:
        return chapter
    if changed.get("review_rule") == Chapter.ReviewRule.REQUIRED:
        require_approvers(chapter)
    for name, value in changed.items():
        setattr(chapter, name, value)
    chapter.save(update_fields=list(changed))
    events.record("settings_changed", chapter, chapter=chapter, by=by, fields=sorted(changed))
    return chapter


def require_approvers(chapter: Chapter) -> None:
    """Raise Refused unless two people could approve: one alone could never have a post of theirs approved."""
    if possible_approvers(chapter) < APPROVERS_NEEDED:
        raise Refused(
            _(
                "Review by a second person needs two people who may approve. Invite another editor or lead, "
                "or make a member one, and then switch it on."
            )
        )


@transaction.atomic
def pause(*, chapter: Chapter, reason: str, by: Actor, until: datetime | None = None, **data: Any) -> Chapter:
    """Nothing of the chapter goes out until somebody resumes it; what is due waits. Raises Refused.

    `until` is when somebody means to resume, for people to read; `data` goes into the history.
    """
    chapter = lock(chapter)
    reason = " ".join(reason.split())
    if not reason:
        raise Refused(_("Say why, so that the others know what to wait for."))
    if chapter.state != Chapter.State.ACTIVE:
        raise Refused(_("Publishing is paused already: %(reason)s") % {"reason": chapter.paused_reason})
    chapter.state = Chapter.State.PAUSED
    chapter.paused_reason, chapter.paused_until = reason[:300], until
    chapter.save(update_fields=["state", "paused_reason", "paused_until"])
    event = events.record(
        "chapter_paused", chapter, chapter=chapter, by=by, reason=chapter.paused_reason, **data
    )
    _tell(
        chapter, event.pk, by, _("Publishing is paused for %(chapter)s") % {"chapter": chapter.name}, reason
    )
    return chapter


@transaction.atomic
def resume(*, chapter: Chapter, by: Actor, **data: Any) -> Chapter:
    """Publishing goes on. Posts that are too late by now wait for a person. Raises Refused."""
    chapter = lock(chapter)
    if chapter.state != Chapter.State.PAUSED:
        raise Refused(_("Publishing is not paused."))
    chapter.state = Chapter.State.ACTIVE
    chapter.paused_reason, chapter.paused_until = "", None
    chapter.save(update_fields=["state", "paused_reason", "paused_until"])
    event = events.record("chapter_resumed", chapter, chapter=chapter, by=by, **data)
    _tell(chapter, event.pk, by, _("Publishing goes on for %(chapter)s") % {"chapter": chapter.name}, "")
    return chapter


def _tell(chapter: Chapter, event_id: int, by: Actor, title: str, body: str) -> None:
    notices.notify(
        notices.members_who_can(chapter, Action.SCHEDULE, excluding=[by.user.pk] if by.user else []),
        chapter=chapter,
        cause=f"chapter:{event_id}",
        kind="chapter_state",
        title=title,
        body=body,
        path=reverse("chapter_about", args=[chapter.slug]),
    )
