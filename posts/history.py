"""A post's events in words: what templates/pieces/_event.html draws."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chapters.events import subject_uid
from chapters.models import Event
from hubsite.lib import times
from posts.models import Delivery, Post

# verb -> icon, meaning, words
POST_WORDS = {
    "created": ("pencil", "", gettext_noop("%(who)s began this post")),
    "edited": ("pencil-line", "", gettext_noop("%(who)s changed it")),
    "adopted": ("gift", "", gettext_noop("%(who)s made it from a suggestion")),
    "difference_taken": (
        "git-compare",
        "",
        gettext_noop("%(who)s took wording from a newer version of the suggestion"),
    ),
    "difference_kept": (
        "shield-check",
        "",
        gettext_noop("%(who)s kept it as it is beside a newer suggestion"),
    ),
    "submit": ("send", "accent", gettext_noop("%(who)s submitted it for review")),
    "withdraw": ("undo-2", "", gettext_noop("%(who)s took it back from review")),
    "request_changes": ("message-square-text", "attention", gettext_noop("%(who)s asked for changes")),
    "approve": ("badge-check", "accent", gettext_noop("%(who)s approved it")),
    "commented": ("message-circle", "", gettext_noop("%(who)s commented")),
    "asked_help": ("life-buoy", "", gettext_noop("%(who)s asked %(of)s for help")),
    "took_help": ("life-buoy", "accent", gettext_noop("%(who)s of %(of)s took the request for help")),
    "handed_back_help": ("life-buoy", "", gettext_noop("%(who)s of %(of)s handed the request back")),
    "proposal_offered": ("pencil-line", "", gettext_noop("%(who)s proposed a wording")),
    "proposal_settled": ("check-check", "", gettext_noop("%(who)s answered a proposed wording")),
    "proposal_withdrawn": ("undo-2", "", gettext_noop("%(who)s took a proposed wording back")),
    "practices_marked": ("tag", "", gettext_noop("%(who)s said which practices it uses")),
    "thanked": ("heart", "", gettext_noop("%(who)s thanked %(of)s")),
    "closed_help": ("life-buoy", "", gettext_noop("%(who)s ended the request for help to %(of)s")),
    "schedule": ("clock-3", "accent", gettext_noop("%(who)s scheduled it for %(at)s")),
    "unschedule": ("calendar-x", "", gettext_noop("%(who)s took it off the schedule")),
    "reopen": ("pencil", "", gettext_noop("%(who)s made it a draft again")),
    "start_due": ("send", "accent", gettext_noop("The hub began to send it")),
    "retry": ("send", "accent", gettext_noop("%(who)s had it sent again")),
}
SETTLED_WORDS = {
    Post.Status.PUBLISHED: (
        "circle-check",
        "success",
        gettext_noop("It is out everywhere it was meant to go"),
    ),
    Post.Status.FAILED: ("circle-x", "failure", gettext_noop("It could not go out")),
    Post.Status.NEEDS_ATTENTION: ("triangle-alert", "attention", gettext_noop("It needs somebody to look")),
    Post.Status.PUBLISHING: ("send", "accent", gettext_noop("It is on its way again")),
    Post.Status.DRAFT: ("pencil", "", gettext_noop("Every account was skipped, so it is a draft again")),
}
DELIVERY_WORDS = {
    "retried": ("rotate-cw", "", gettext_noop("%(who)s sends it to %(account)s again")),
    "confirmed": ("circle-check", "success", gettext_noop("%(who)s found it on %(account)s")),
    "taken_down": ("eraser", "", gettext_noop("%(who)s took it down on %(account)s")),
    "link_corrected": ("link", "", gettext_noop("%(who)s corrected the link on %(account)s")),
    "denied": (
        "rotate-cw",
        "",
        gettext_noop("%(who)s found that it is not on %(account)s, so it is sent again"),
    ),
    "skipped": ("skip-forward", "", gettext_noop("%(who)s skipped %(account)s")),
    "time_zone_changed": (
        "globe",
        "attention",
        gettext_noop(
            "The rules of the clocks changed: %(account)s would have gone out at %(before)s, "
            "so the hub moved it to %(at)s"
        ),
    ),
    "restored": (
        "archive-restore",
        "attention",
        gettext_noop("A backup was restored, so it is not known whether this went out to %(account)s"),
    ),
}


@dataclass(frozen=True)
class Line:
    """One line of the timeline."""

    icon: str
    kind: str
    text: str
    at: datetime


def events_of(post: Post, deliveries: Iterable[Delivery]) -> QuerySet[Event]:
    """Everything that was done to the post and to its deliveries, newest first. One query."""
    uids = [subject_uid(delivery) for delivery in deliveries]
    about = Q(subject_type="post", subject_uid=subject_uid(post))
    if uids:
        about |= Q(subject_type="delivery", subject_uid__in=uids)
    return Event.objects.filter(about).select_related("actor").order_by("-id")


def timeline(post: Post, deliveries: Iterable[Delivery], zone: ZoneInfo, *, most: int = 100) -> list[Line]:
    """The post's history in words, newest first."""
    deliveries = list(deliveries)
    handles = {subject_uid(delivery): delivery.account.handle for delivery in deliveries}
    return [_line(event, handles, zone) for event in events_of(post, deliveries)[:most]]


def _line(event: Event, handles: dict[str, str], zone: ZoneInfo) -> Line:
    if event.subject_type == "delivery":
        words = DELIVERY_WORDS.get(event.verb)
    elif event.verb == "settle":
        words = SETTLED_WORDS.get(event.data.get("to"))
    else:
        words = POST_WORDS.get(event.verb)
    icon, kind, sentence = words or ("circle-dot", "", "%(who)s: %(verb)s")
    at, before = (parse_datetime(event.data.get(name) or "") for name in ("at", "before"))
    text = _(sentence) % {
        "who": who(event),
        "of": event.data.get("of", ""),
        "at": times.when(at, zone) if at else "",
        "before": times.when(before, zone) if before else "",
        "account": handles.get(event.subject_uid, ""),
        "verb": event.verb,
    }
    return Line(icon, kind, text, event.at)


def who(event: Event) -> str:
    """The name of whoever did it."""
    if event.actor is not None:
        return event.actor.display_name
    return _("The hub") if event.actor_kind == Event.ActorKind.SYSTEM else event.actor_label
