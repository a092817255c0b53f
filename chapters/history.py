"""What was done to a chapter and its people, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chapters.models import Chapter, Event, User
from chapters.permissions import Role

SHOWN = 30

# verb -> icon, sentence; {who} did it, to {whom}
WORDS = {
    "chapter_created": ("flag", gettext_noop("{who} founded the chapter")),
    "settings_changed": ("settings", gettext_noop("{who} changed the settings")),
    "changed_in_admin": ("shield", gettext_noop("{who} changed something as administrator")),
    "chapter_paused": ("pause", gettext_noop("{who} paused publishing")),
    "chapter_resumed": ("play", gettext_noop("{who} resumed publishing")),
    "advisory_followed": (
        "megaphone",
        gettext_noop("Publishing was paused because this chapter follows advisories by itself"),
    ),
    "advisory_goes_on": ("megaphone", gettext_noop("{who} answered an advisory: we go on")),
    "volunteered": ("life-buoy", gettext_noop("{whom} looks at posts of other chapters from now on")),
    "stopped_volunteering": ("life-buoy", gettext_noop("{whom} no longer looks at posts of other chapters")),
    "invited": ("mail", gettext_noop("{who} invited somebody as {role}")),
    "invitation_sent_again": ("mail", gettext_noop("{who} sent an invitation again")),
    "invitation_revoked": ("mail-x", gettext_noop("{who} withdrew an invitation")),
    "joined": ("user-plus", gettext_noop("{whom} joined as {role}")),
    "role_changed": ("user-cog", gettext_noop("{who} made {whom} {role}")),
    "member_removed": ("user-minus", gettext_noop("{who} took {whom} out of the chapter")),
    "member_left": ("user-minus", gettext_noop("{whom} left the chapter")),
}


@dataclass(frozen=True)
class Line:
    """One line of a timeline; `said` are somebody's own words."""

    icon: str
    text: str
    at: datetime
    said: str = ""


def of_chapter(chapter: Chapter) -> list[Line]:
    """The newest lines about the chapter and its people. Two queries."""
    events = list(
        Event.objects.filter(
            chapter=chapter, verb__in=WORDS, subject_type__in=["chapter", "user", "invitation"]
        ).select_related("actor")[:SHOWN]
    )
    people = _people(event.subject_uid for event in events if event.subject_type == "user")
    return [_line(event, people) for event in events]


def actor_name(event: Event) -> str:
    """Who did it, as others see them."""
    return event.actor.display_name if event.actor else _("The hub")


def _people(uids: Iterable[str]) -> dict[str, str]:
    return {str(user.uid): user.display_name for user in User.objects.filter(uid__in=[UUID(u) for u in uids])}


def _line(event: Event, people: dict[str, str]) -> Line:
    icon, sentence = WORDS[event.verb]
    role = event.data.get("new") or event.data.get("role")
    return Line(
        icon,
        _(sentence).format(
            who=actor_name(event),
            whom=people.get(event.subject_uid, _("Former member")),
            role=Role(role).label if role in Role.values else "",
        ),
        event.at,
        event.data.get("reason", ""),
    )
