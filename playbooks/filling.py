"""Local fields: `{{ chapter.city }}` in a template becomes the chapter's own city.

Only the names in FIELDS are ever replaced, by one regular expression in one pass: what people write never
meets a template engine, and a value that looks like a field stays as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chapters.models import Chapter


@dataclass(frozen=True)
class LocalField:
    """A value of the chapter that templates may name. `attribute` is the column of Chapter."""

    attribute: str
    label: str | Promise
    example: str

    @property
    def code(self) -> str:
        """How a template names it."""
        return f"{{{{ chapter.{self.attribute} }}}}"

    @property
    def placeholder(self) -> str:
        """What stands in the text of a chapter that has not given this value."""
        return f"[{self.label}]"


FIELDS: dict[str, LocalField] = {
    field.attribute: field
    for field in (
        LocalField("name", _("chapter name"), "Riverside"),
        LocalField("city", _("city"), "Riverside"),
        LocalField("meeting_place", _("meeting place"), "the hall on Mill Lane"),
        LocalField("website", _("website"), "https://example.org/riverside"),
        LocalField("contact_email", _("contact address"), "riverside@example.org"),
        LocalField("hashtag", _("hashtag"), "#Riverside"),
    )
}

_ANY_FIELD = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_PREFIX = "chapter."
_PLACE = re.compile(r"\[[^\[\]\n]{1,120}\](?!\()")  # but not the words of a [link](...)


@dataclass(frozen=True)
class Part:
    """A stretch of filled text: as the template has it, or put there for `field`."""

    text: str
    field: LocalField | None = None
    is_missing: bool = False


@dataclass(frozen=True)
class Filled:
    """A template's text as one chapter gets it."""

    parts: tuple[Part, ...]

    @cached_property
    def text(self) -> str:
        """The text with values in place and `[city]` where one is missing."""
        return "".join(part.text for part in self.parts)

    @cached_property
    def missing(self) -> list[LocalField]:
        """What the chapter has not given, each once, in the order of the text."""
        found = {part.field.attribute: part.field for part in self.parts if part.field and part.is_missing}
        return list(found.values())


def fill(text: str, chapter: Chapter) -> Filled:
    """`text` with the chapter's own values. Names that are not in FIELDS stay as they were written."""
    parts: list[Part] = []
    end = 0
    for match in _ANY_FIELD.finditer(text):
        field = _field(match.group(1))
        if field is None:
            continue
        if match.start() > end:
            parts.append(Part(text[end : match.start()]))
        value = str(getattr(chapter, field.attribute)).strip()
        parts.append(Part(value or field.placeholder, field, is_missing=not value))
        end = match.end()
    if end < len(text):
        parts.append(Part(text[end:]))
    return Filled(tuple(parts))


def open_places(text: str) -> list[str]:
    """What somebody still has to write in place of, `[city]` or `[the story in two sentences]`: each once."""
    return list(dict.fromkeys(_PLACE.findall(text)))


def unknown_fields(text: str) -> list[str]:
    """What stands in double braces without being a field, as it was written, each once."""
    found = {m.group(0): None for m in _ANY_FIELD.finditer(text) if _field(m.group(1)) is None}
    return list(found)


def sample_chapter() -> Chapter:
    """An invented chapter with every value, for previews: nobody's settings are shown to the central team."""
    return Chapter(**{field.attribute: field.example for field in FIELDS.values()})


def bare_chapter() -> Chapter:
    """An invented chapter that has given nothing but its name."""
    return Chapter(name=FIELDS["name"].example)


def _field(inside: str) -> LocalField | None:
    return FIELDS.get(inside.removeprefix(_PREFIX)) if inside.startswith(_PREFIX) else None
