"""What publishing a playbook would change of its templates, for people to read."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from playbooks import template_writing
from playbooks.changes import ChangedPart
from playbooks.differences import differences
from playbooks.models import Playbook, Template
from playbooks.template_writing import Wording


@dataclass(frozen=True)
class TemplateChange:
    """One template that chapters would get, get otherwise or get no longer: its state, and the parts that
    were written anew."""

    template: Template
    state: str  # new, revised, withdrawn, again
    parts: list[ChangedPart] = field(default_factory=list)


def of(playbook: Playbook) -> list[TemplateChange]:
    """In the order of the templates. One query."""
    return [change(template) for template in template_writing.unpublished([playbook])]


def change(template: Template) -> TemplateChange:
    """What the draft of a template says that chapters have not got."""
    if template.is_withdrawn:
        return TemplateChange(template, "withdrawn")
    if template.current is None:
        return TemplateChange(template, "new")
    parts = _parts(Wording.of(template.current), Wording.of(template))
    return TemplateChange(template, "again" if template.archived_at else "revised", parts)


def _parts(old: Wording, new: Wording) -> list[ChangedPart]:
    found = [
        ChangedPart(_("Name"), differences(old.name, new.name)),
        ChangedPart(_("When to use it"), differences(old.note, new.note)),
        ChangedPart(_("Text of the post"), differences(old.text, new.text)),
    ]
    return [part for part in found if part.paragraphs]
