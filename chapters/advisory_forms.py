"""The forms of advisories."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chapters.models import Chapter, Region
from hubsite.lib import times


class AdvisoryForm(forms.Form):
    """Why chapters should consider pausing, which of them, and until when. `ends_at` is the instant."""

    reason = forms.CharField(
        label=gettext_lazy("Why should chapters consider pausing?"), max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=gettext_lazy("They read these words, and decide by them."),
    )  # fmt: skip
    date = forms.DateField(
        label=gettext_lazy("Until which day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    time = forms.TimeField(
        label=gettext_lazy("And what time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    regions = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Which regions"), queryset=Region.objects.all(), required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Without a tick it is for all chapters."),
    )  # fmt: skip
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        self.ends_at: datetime | None = None
        self.fields["form_key"].initial = uuid.uuid4()
        if not Region.objects.exists():
            del self.fields["regions"]

    @property
    def zone_label(self) -> str:
        return times.zone_label(self.zone)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned.setdefault("regions", Region.objects.none())
        if cleaned.get("date") and cleaned.get("time"):
            self._settle(datetime.combine(cleaned["date"], cleaned["time"]))
        return cleaned

    def _settle(self, wall: datetime) -> None:
        possible = times.instants(wall, self.zone)
        if not possible:
            self.add_error("time", _("Clocks skip this hour on that day. Choose another."))
            return
        self.ends_at = possible[-1]  # of an hour that comes twice the later: it is still within the advisory
        if self.ends_at <= timezone.now():
            self.add_error("date", _("That time has passed. Choose a later end."))


class AdvisoryRuleForm(forms.Form):
    """What a chapter wants to happen when the central team advises a pause."""

    advisory_rule = forms.ChoiceField(
        label=gettext_lazy("When the central team asks chapters to consider pausing"),
        choices=Chapter.AdvisoryRule.choices,
        widget=forms.RadioSelect,
    )
