"""The forms with which a chapter answers suggestions and offers its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chapters.forms import ChapterSettingsForm
from chapters.models import Chapter
from playbooks.filling import LocalField
from playbooks.models import Decision
from posts.forms import LocalTimeForm

WORDS_MAX = Decision._meta.get_field("words").max_length


class DeclineForm(forms.Form):
    """Not for us: one tap on a reason, and a word more from whoever likes."""

    reason = forms.ChoiceField(choices=Decision.Reason.choices)
    words = forms.CharField(label=gettext_lazy("A word more"), required=False, max_length=WORDS_MAX)


class ValuesForm(forms.Form):
    """The local values that some suggestions want and the chapter's settings do not have."""

    keep = forms.BooleanField(label=gettext_lazy("Keep these in the chapter’s settings"), required=False)

    def __init__(
        self,
        *args: Any,
        chapter: Chapter,
        missing: Sequence[LocalField],
        may_keep: bool,
        needed: Collection[str] | None = None,
        **kwargs: Any,
    ) -> None:
        """`needed` names those that cannot stay empty, all of them unless it is said."""
        super().__init__(*args, prefix="value", **kwargs)
        self.chapter = chapter
        self.missing = list(missing)
        for field in missing:
            self.fields[field.attribute] = forms.CharField(
                label=str(field.label).capitalize(),
                max_length=200,
                required=needed is None or field.attribute in needed,
                widget=forms.TextInput(attrs={"dir": "auto"}),
                help_text=_("For example “%(example)s”.") % {"example": field.example},
                error_messages={"required": _("The text needs this. You can change it in each draft later.")},
            )
        self.order_fields([field.attribute for field in missing])
        if not (may_keep and missing):
            del self.fields["keep"]

    @property
    def given(self) -> dict[str, str]:
        typed = {field.attribute: self.cleaned_data[field.attribute] for field in self.missing}
        return {attribute: value for attribute, value in typed.items() if value}

    @property
    def keeps(self) -> bool:
        return bool(self.cleaned_data.get("keep"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("keep"):
            return cleaned
        settings = ChapterSettingsForm(
            {
                **forms.model_to_dict(self.chapter),
                **{f.attribute: cleaned.get(f.attribute) for f in self.missing},
            },
            instance=Chapter.objects.get(pk=self.chapter.pk),
        )
        for field in self.missing:
            for error in settings.errors.get(field.attribute, []):
                self.add_error(field.attribute, error)
            if field.attribute in settings.cleaned_data and field.attribute not in self.errors:
                cleaned[field.attribute] = settings.cleaned_data[field.attribute]
        return cleaned


class DateForm(LocalTimeForm):
    """The day and hour one draft is planned for; both may be cleared, and neither may be over."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["grace"]
        self.fields["time"].label = _("Time, %(zone)s") % {"zone": self.zone_label}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.refuse_past()
        return cleaned


class SendInForm(forms.Form):
    """What a chapter says of a published post that it offers to others."""

    title = forms.CharField(
        label=gettext_lazy("A name for it"), max_length=140,
        help_text=gettext_lazy("What others see first, such as “Repair evening, with three photos”."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )  # fmt: skip
    why = forms.CharField(
        label=gettext_lazy("Why it is worth it"), max_length=400,
        help_text=gettext_lazy("What came of it at your place, in a sentence or two."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )  # fmt: skip
