"""The words of a playbook that everybody may read."""

from __future__ import annotations

from playbooks import outline, sections
from playbooks.models import Playbook

EXAMPLES = "examples"


def open_words(playbook: Playbook) -> str:
    """What is published, without the examples that name chapters and their people."""
    body = playbook.current.body
    places = _places(body, playbook)
    return "".join(part.text for at, part in enumerate(sections.of(body)) if at not in places)


def _places(body: str, playbook: Playbook) -> set[int]:
    """Where the examples stand. Headings of a translation are its writer's own: there it is the place that
    they have in the original, if both have as many sections."""
    found = outline.places(body, EXAMPLES)
    original = playbook.translated_version
    if found or original is None:
        return found
    if len(sections.of(original.body)) != len(sections.of(body)):
        return set()
    return outline.places(original.body, EXAMPLES)
