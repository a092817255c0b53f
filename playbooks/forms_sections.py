"""The text of a playbook as a field for each of its sections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from playbooks import outline

OPTIONAL = frozenset({"opening", "more"})


@dataclass(frozen=True)
class SectionField:
    """One section of a playbook in the editor. `original` is what a translation is made from."""

    key: str
    label: str | Promise
    hint: str | Promise
    text: str
    original: str = ""
    is_open: bool = False

    @property
    def rows(self) -> int:
        return max(4, min(16, self.text.count("\n") + len(self.text) // 90 + 2))

    @property
    def is_optional(self) -> bool:
        return self.key in OPTIONAL


def of(body: str, *, original: str = "") -> list[SectionField]:
    """A field for each section of the outline, and one for what has other headings. Open are those with a
    text; where nothing is written yet, all that a playbook should have."""
    written = outline.split(outline.written_only(body))
    first = outline.split(original)
    fields = [
        SectionField("opening", _("Before the first heading"), "", written.opening, first.opening),
        *(
            SectionField(
                part.key,
                part.heading,
                part.hint,
                written.texts.get(part.key, ""),
                first.texts.get(part.key, ""),
            )
            for part in outline.OUTLINE
        ),
        SectionField(
            "more",
            _("More sections"),
            _("Anything else, under ## headings of its own."),
            written.more,
            first.more,
        ),
    ]
    is_begun = any(each.text for each in fields)
    return [replace(each, is_open=bool(each.text) or not (is_begun or each.is_optional)) for each in fields]


def put_together(data: Any) -> Any:
    """What was sent, with the sections put together as the one text."""
    if not data or data.get("layout") != "sections" or "section-more" not in data:
        return data
    whole = data.copy()
    whole["body"] = _text(data)
    return whole


def _text(data: Mapping[str, str]) -> str:
    texts = {part.key: data.get(f"section-{part.key}", "") for part in outline.OUTLINE}
    written = outline.Written(data.get("section-opening", ""), texts, data.get("section-more", ""))
    body = outline.join(written).replace("\r\n", "\n")
    return body if body.strip() else ""
