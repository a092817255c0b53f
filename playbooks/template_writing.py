"""Writing the templates of a playbook: the only writer of Template and TemplateVersion.

What is written is part of the playbook's draft and counts as a change of it. Chapters get it when the
playbook is published.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters.events import Actor, record
from playbooks import drafting
from playbooks.errors import NotNow, StaleTemplate
from playbooks.filling import FIELDS, unknown_fields
from playbooks.models import Playbook, Template, TemplateVersion

_SAYS_THE_SAME = Q(name=F("current__name"), note=F("current__note"), text=F("current__text"))
_IS_OFFERED = Q(current__isnull=False, archived_at=None)


@dataclass(frozen=True)
class Wording:
    """What an author writes of a template."""

    name: str
    text: str
    note: str = ""

    @classmethod
    def of(cls, row: Template | TemplateVersion) -> Wording:
        """The draft of a template, or the words of a version."""
        return cls(name=row.name, text=row.text, note=row.note)


@transaction.atomic
def add(*, playbook: Playbook, wording: Wording, by: Actor) -> Template:
    """Add a template at the end of the playbook's list. The same one twice is one (a double click)."""
    check_fields(wording.text)
    # the lock on the playbook makes adding one at a time, so the order and the twin check hold
    locked = Playbook.objects.select_for_update().get(pk=playbook.pk)
    kept = locked.templates.filter(is_withdrawn=False)
    twin = next((template for template in kept if Wording.of(template) == wording), None)
    if twin is not None:
        return twin
    last = locked.templates.aggregate(last=Max("order"))["last"]
    template = Template.objects.create(
        playbook=locked, order=0 if last is None else last + 1, changed_by=by.user, **asdict(wording)
    )
    _count(locked, template, "template_added", by)
    return template


@transaction.atomic
def revise(*, template: Template, number: int, wording: Wording, by: Actor) -> Template:
    """Write a template anew, on top of its change `number`. Raises StaleTemplate."""
    check_fields(wording.text)
    playbook, locked = _locked(template)
    if locked.change_number != number:
        raise StaleTemplate(locked, seen=number, by=by.user)
    before = asdict(Wording.of(locked))
    changed = {name: words for name, words in asdict(wording).items() if words != before[name]}
    if changed:
        _change(locked, by, **changed)
        replaced = {name: before[name] for name in changed}
        _count(playbook, locked, "template_revised", by, replaced=replaced)
    return locked


@transaction.atomic
def withdraw(*, template: Template, by: Actor) -> Template:
    """Offer it no longer from the next version of the playbook on. Doing it twice changes nothing."""
    playbook, locked = _locked(template)
    if not locked.is_withdrawn:
        _change(locked, by, is_withdrawn=True)
        _count(playbook, locked, "template_withdrawn", by)
    return locked


@transaction.atomic
def offer_again(*, template: Template, by: Actor) -> Template:
    """Undo a withdrawal. Doing it twice changes nothing."""
    playbook, locked = _locked(template)
    if locked.is_withdrawn:
        _change(locked, by, is_withdrawn=False)
        _count(playbook, locked, "template_offered_again", by)
    return locked


def unpublished(playbooks: Iterable[Playbook]) -> QuerySet[Template]:
    """The templates whose draft says something else than chapters get."""
    as_offered = Q(is_withdrawn=False) & _IS_OFFERED & _SAYS_THE_SAME
    as_withdrawn = Q(is_withdrawn=True) & ~_IS_OFFERED
    rows = Template.objects.filter(playbook__in=[playbook.pk for playbook in playbooks])
    return rows.exclude(as_offered).exclude(as_withdrawn).select_related("current")


def publish(*, playbook: Playbook, by: Actor) -> list[Template]:
    """Give chapters the templates as they are drafted. Called by whoever publishes, in the same transaction.

    Posts that began from an earlier version keep it.
    """
    changed = list(unpublished([playbook]))
    for template in changed:
        template.archived_at = timezone.now() if template.is_withdrawn else None
        if not template.is_withdrawn and not _is_current(template):
            template.current = _version(template, by)
        template.save(update_fields=["archived_at", "current"])
    return changed


def check_fields(text: str) -> None:
    """Refuse double braces that no chapter could fill. Raises NotNow naming them."""
    unknown = unknown_fields(text)
    if unknown:
        raise NotNow(
            _("The hub cannot fill in %(unknown)s. The fields it knows are: %(known)s.")
            % {"unknown": ", ".join(unknown), "known": ", ".join(f.code for f in FIELDS.values())},
            detail=f"unknown fields {unknown!r}"[:500],
        )


def _locked(template: Template) -> tuple[Playbook, Template]:
    playbook = Playbook.objects.select_for_update().get(pk=template.playbook_id)
    rows = Template.objects.select_for_update(of=("self",)).select_related("current", "changed_by")
    return playbook, rows.get(pk=template.pk)


def _change(template: Template, by: Actor, **values: object) -> None:
    for name, value in values.items():
        setattr(template, name, value)
    template.change_number += 1
    template.changed_by = by.user
    template.save()


def _count(playbook: Playbook, template: Template, verb: str, by: Actor, **data: object) -> None:
    drafting.count_change(playbook, by, is_text=False)
    changed = {"playbook": playbook.slug, "draft": playbook.draft_number, **data}
    record(verb, template, chapter=None, by=by, **changed)


def _is_current(template: Template) -> bool:
    return template.current is not None and Wording.of(template.current) == Wording.of(template)


def _version(template: Template, by: Actor) -> TemplateVersion:
    return TemplateVersion.objects.create(
        template=template,
        number=template.current.number + 1 if template.current else 1,
        created_by=template.changed_by or by.user,
        **asdict(Wording.of(template)),
    )
