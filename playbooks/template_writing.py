"""Writing the templates of a playbook: the only writer of Template and TemplateVersion."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters.events import Actor, record
from playbooks.errors import NotNow, StaleTemplate
from playbooks.filling import FIELDS, unknown_fields
from playbooks.models import Playbook, Template, TemplateVersion


@dataclass(frozen=True)
class Wording:
    """What an author writes of a template."""

    name: str
    text: str
    note: str = ""

    @classmethod
    def of(cls, version: TemplateVersion) -> Wording:
        return cls(name=version.name, text=version.text, note=version.note)


@transaction.atomic
def add(*, playbook: Playbook, wording: Wording, by: Actor) -> Template:
    """Offer a new template at the end of the playbook's list. The same one twice is one (a double click)."""
    check_fields(wording.text)
    # the lock on the playbook makes adding one at a time, so the order and the twin check hold
    Playbook.objects.select_for_update().get(pk=playbook.pk)
    offered = playbook.templates.filter(archived_at=None).select_related("current")
    twin = next((template for template in offered if Wording.of(template.current) == wording), None)
    if twin is not None:
        return twin
    last = playbook.templates.aggregate(last=Max("order"))["last"]
    template = Template.objects.create(playbook=playbook, order=0 if last is None else last + 1)
    _put(template, wording, 1, by)
    record("template_added", template, chapter=None, by=by, playbook=playbook.slug)
    return template


@transaction.atomic
def revise(*, template: Template, number: int, wording: Wording, by: Actor) -> TemplateVersion:
    """Replace what chapters start from, written on top of version `number`. Raises StaleTemplate.

    Drafts that began from the earlier version keep it.
    """
    check_fields(wording.text)
    locked = _locked(template)
    if locked.current.number != number:
        raise StaleTemplate(locked, seen=number)
    if Wording.of(locked.current) == wording:
        return locked.current
    version = _put(locked, wording, number + 1, by)
    record("template_revised", locked, chapter=None, by=by, version=version.number)
    return version


@transaction.atomic
def withdraw(*, template: Template, by: Actor) -> Template:
    """Stop offering a template. Doing it twice changes nothing."""
    locked = _locked(template)
    if locked.archived_at is None:
        locked.archived_at = timezone.now()
        locked.save(update_fields=["archived_at"])
        record("template_withdrawn", locked, chapter=None, by=by)
    return locked


@transaction.atomic
def offer_again(*, template: Template, by: Actor) -> Template:
    """Undo a withdrawal. Doing it twice changes nothing."""
    locked = _locked(template)
    if locked.archived_at is not None:
        locked.archived_at = None
        locked.save(update_fields=["archived_at"])
        record("template_offered_again", locked, chapter=None, by=by)
    return locked


def check_fields(text: str) -> None:
    """Refuse double braces that no chapter could fill. Raises NotNow naming them."""
    unknown = unknown_fields(text)
    if unknown:
        raise NotNow(
            _("The hub cannot fill in %(unknown)s. The fields it knows are: %(known)s.")
            % {"unknown": ", ".join(unknown), "known": ", ".join(f.code for f in FIELDS.values())},
            detail=f"unknown fields {unknown!r}"[:500],
        )


def _locked(template: Template) -> Template:
    return Template.objects.select_for_update(of=("self",)).select_related("current").get(pk=template.pk)


def _put(template: Template, wording: Wording, number: int, by: Actor) -> TemplateVersion:
    version = TemplateVersion.objects.create(
        template=template,
        number=number,
        name=wording.name,
        note=wording.note,
        text=wording.text,
        created_by=by.user,
    )
    template.current = version
    template.save(update_fields=["current"])
    return version
