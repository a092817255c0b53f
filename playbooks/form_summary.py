"""What is to be mended on a page of several forms: pieces/_form_errors.html reads it like one form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django import forms


@dataclass(frozen=True)
class Line:
    """One field with what is wrong with it; named and linked as the page shows it."""

    label: str
    id_for_label: str
    errors: Sequence[str]

    @property
    def auto_id(self) -> str:
        return self.id_for_label


@dataclass
class Summary:
    """The fields to be mended, in the order of the page, and what is wrong with the whole."""

    lines: list[Line] = field(default_factory=list)
    non_field_errors: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)

    @property
    def errors(self) -> list[Line | str]:
        """Everything, to be counted."""
        return [*self.non_field_errors, *self.lines]

    def add_form(self, form: forms.Form, *, part: str = "") -> None:
        """Add what is wrong with `form`; `part` says which of several like it, such as “Post 2”."""
        for bound in form:
            if bound.errors:
                label = f"{part}: {bound.label}" if part else str(bound.label)
                self.lines.append(Line(label, bound.id_for_label, bound.errors))

    def say(self, sentence: str) -> None:
        """Say what is wrong with the whole."""
        self.non_field_errors.append(sentence)
