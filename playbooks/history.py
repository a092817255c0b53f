"""What was done to a playbook and its templates, in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chapters.models import Event
from playbooks.models import Playbook
from playbooks.teaching import Draft

SHOWN = 30


@dataclass(frozen=True)
class Line:
    """One line of the timeline."""

    event: Event
    icon: str
    text: str


_WORDS: dict[str, tuple[str, str | Promise]] = {
    "playbook_begun": ("file-pen", _("%(who)s began this playbook")),
    "draft_saved": ("pencil", _("%(who)s changed the draft")),
    "draft_taken_from_version": ("undo-2", _("%(who)s went back to the words of version %(version)s")),
    "playbook_published": ("book-open", _("%(who)s published version %(version)s")),
    "look_asked": ("eye", _("%(who)s asked for a second look")),
    "look_approved": ("circle-check", _("%(who)s approved the draft")),
    "look_changes": ("message-square-reply", _("%(who)s wants changes before it is published")),
    "playbook_planned": ("calendar-clock", _("%(who)s planned when it is published")),
    "playbook_unplanned": ("calendar-x", _("The plan to publish later ended, by %(who)s")),
    "playbook_plan_failed": ("circle-alert", _("It was not published as planned")),
    "playbook_arranged": ("settings", _("%(who)s changed who keeps it, its language or its dates")),
    "playbook_still_good": ("badge-check", _("%(who)s looked: it still holds")),
    "playbook_translation_begun": ("languages", _("%(who)s began a translation")),
    "playbook_caught_up": ("languages", _("%(who)s compared it with the original")),
    "playbook_made_public": ("globe", _("%(who)s opened it to everybody with the address")),
    "playbook_made_private": ("lock", _("%(who)s closed its public address")),
    "playbook_picture_added": ("image-plus", _("%(who)s added a picture")),
    "playbook_picture_described": ("image", _("%(who)s corrected what a picture shows")),
    "playbook_picture_removed": ("image-off", _("%(who)s removed a picture")),
    "playbook_archived": ("archive", _("%(who)s archived it")),
    "playbook_restored": ("archive-restore", _("%(who)s restored it")),
    "proposal_offered": ("message-square-quote", _("%(who)s suggested an edit")),
    "proposal_settled": ("message-square-reply", _("%(who)s answered a suggested edit")),
    "proposal_withdrawn": ("undo-2", _("%(who)s took a suggested edit back")),
    "template_added": ("copy-plus", _("%(who)s added the template “%(label)s”")),
    "template_revised": ("pencil", _("%(who)s revised the template “%(label)s”")),
    "template_withdrawn": ("archive", _("%(who)s withdrew the template “%(label)s”")),
    "template_offered_again": ("archive-restore", _("%(who)s offered the template “%(label)s” again")),
}


def lines(playbook: Playbook) -> list[Line]:
    """The latest lines, newest first. Two queries."""
    templates = [str(pk) for pk in playbook.templates.values_list("pk", flat=True)]
    events = Event.objects.filter(
        Q(subject_type="playbook", subject_uid=str(playbook.pk))
        | Q(subject_type="template", subject_uid__in=templates)
    )
    return [_line(event) for event in events.select_related("actor")[:SHOWN]]


def draft_at(playbook: Playbook, number: int) -> Draft:
    """The words of the draft of that number: each save since then kept what it replaced. One query."""
    saved = Event.objects.filter(
        subject_type="playbook",
        subject_uid=str(playbook.pk),
        data__has_key="replaced",
        data__draft__gt=number,
    )
    words = asdict(Draft.of(playbook))
    for data in saved.order_by("-id").values_list("data", flat=True):
        words |= {name: value for name, value in data["replaced"].items() if name in words}
    return Draft(**words)


def _line(event: Event) -> Line:
    icon, words = _WORDS.get(event.verb, ("circle-dot", "%(who)s: %(verb)s"))
    return Line(
        event,
        icon,
        str(words)
        % {
            "who": event.actor.display_name if event.actor else event.actor_label,
            "version": event.data.get("version", ""),
            "label": event.subject_label,
            "verb": event.verb,
        },
    )
