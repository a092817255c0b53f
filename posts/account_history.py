"""What was done to an account, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chapters import events
from chapters.models import Event
from posts.history import Line
from posts.models import SocialAccount

SHOWN = 20

# verb -> icon, meaning, words
WORDS = {
    "connected": ("plug", "success", gettext_noop("%(who)s connected it")),
    "reconnected": ("plug", "success", gettext_noop("%(who)s connected it again")),
    "disconnected": ("unplug", "", gettext_noop("%(who)s disconnected it")),
    "revoke_failed": ("triangle-alert", "attention", gettext_noop("The platform did not confirm the end")),
    "paused_account": ("pause", "attention", gettext_noop("%(who)s paused it: %(reason)s")),
    "resumed_account": ("play", "", gettext_noop("%(who)s let posts go out again")),
    "resending_allowed": (
        "circle-question-mark", "", gettext_noop("%(who)s lets the hub send again what is not there"),
    ),
    "resending_forbidden": (
        "circle-question-mark", "", gettext_noop("%(who)s wants to be asked after a lost answer"),
    ),
}  # fmt: skip


def of(account: SocialAccount) -> list[Line]:
    """The newest lines about the account. One query."""
    found = events.history(account).filter(verb__in=WORDS).order_by("-id")[:SHOWN]
    return [_line(event) for event in found]


def _line(event: Event) -> Line:
    icon, kind, sentence = WORDS[event.verb]
    text = _(sentence) % {"who": _who(event), "reason": event.data.get("reason", "")}
    return Line(icon, kind, text, event.at)


def _who(event: Event) -> str:
    if event.actor is not None:
        return event.actor.display_name
    by_link = event.actor_kind == Event.ActorKind.LINK
    return _("Somebody with a connection link") if by_link else _("The hub")
