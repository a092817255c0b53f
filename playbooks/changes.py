"""What one wording of a playbook says differently from another, part by part."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from playbooks import platforms
from playbooks.differences import Paragraph, differences
from playbooks.teaching import Draft


@dataclass(frozen=True)
class ChangedPart:
    """One part of a playbook that changed, and how."""

    label: str
    paragraphs: list[Paragraph]


def changed_parts(old: Draft, new: Draft) -> list[ChangedPart]:
    """The parts that differ, in the order a reader meets them."""
    before, after = _texts(old), _texts(new)
    found = [ChangedPart(label, differences(before[label], after[label])) for label in before]
    body = differences(old.body, new.body, is_markdown=True)
    return [part for part in [*found, ChangedPart(_("Text"), body)] if part.paragraphs]


def _texts(draft: Draft) -> dict[str, str]:
    return {
        _("Title"): draft.title,
        _("Benefit in one sentence"): draft.summary,
        _("Time needed"): draft.time_needed,
        _("People needed"): draft.people_needed,
        _("Who it is for"): draft.audience,
        _("Platforms"): ", ".join(platforms.name(key) for key in draft.platforms),
        _("Topics"): ", ".join(draft.topics),
    }
