"""The form of volunteering."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chapters.models import Chapter


def chapter_languages() -> list[tuple[str, str]]:
    """The languages that chapters post in, by name: a hub knows a hundred, a federation a handful."""
    used = set(Chapter.objects.exclude(state=Chapter.State.LEFT).values_list("language", flat=True))
    return [(code, name) for code, name in settings.LANGUAGES if code in used]


class VolunteerForm(forms.Form):
    """Whether somebody looks at posts of other chapters, and in which languages."""

    on = forms.BooleanField(label=gettext_lazy("I look at posts of other chapters"), required=False)
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages I read well"), choices=chapter_languages, required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("on") and not cleaned.get("languages") and "languages" not in self.errors:
            self.add_error("languages", _("Choose at least one language that you read well."))
        return cleaned
