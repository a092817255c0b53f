"""What is typed about office hours."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from playbooks.agenda import Point
from playbooks.models import Agreed, OfficeHour
from playbooks.office_hours import Offer

MINUTES = (15, 20, 30, 45, 60)
WEEKS = (1, 2, 4, 8)


class OfferForm(forms.Form):
    """Hours that somebody of the central team offers, on its own clocks."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    begins = forms.TimeField(label=_("From"), widget=forms.TimeInput(attrs={"type": "time"}))
    ends = forms.TimeField(label=_("Until"), widget=forms.TimeInput(attrs={"type": "time"}))
    minutes = forms.TypedChoiceField(
        label=_("Each lasts"),
        choices=[(n, _("%(n)d minutes") % {"n": n}) for n in MINUTES],
        coerce=int,
        initial=30,
    )
    weeks = forms.TypedChoiceField(
        label=_("On this weekday"),
        choices=[
            (1, _("Once")), (2, _("For 2 weeks")), (4, _("For 4 weeks")), (8, _("For 8 weeks")),
        ],
        coerce=int,
        initial=1,
    )  # fmt: skip
    place = forms.CharField(
        label=_("Where"),
        max_length=OfficeHour._meta.get_field("place").max_length,
        help_text=_("A phone number or the address of a call. Told to whoever books."),
    )
    note = forms.CharField(
        label=_("What it is good for"),
        max_length=OfficeHour._meta.get_field("note").max_length,
        required=False,
        help_text=_("For example: first steps with video."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        begins, ends, minutes = (cleaned.get(name) for name in ("begins", "ends", "minutes"))
        if begins and ends and minutes:
            length = datetime.combine(datetime.min, ends) - datetime.combine(datetime.min, begins)
            if length < timedelta(minutes=minutes):
                self.add_error("ends", _("Between these times not one of them fits."))
        return cleaned

    def offer(self) -> Offer:
        """What was typed, of a valid form."""
        said = self.cleaned_data
        return Offer(
            begins=datetime.combine(said["day"], said["begins"]),
            ends=datetime.combine(said["day"], said["ends"]),
            minutes=said["minutes"],
            place=said["place"],
            note=said["note"],
            weeks=said["weeks"],
        )


class Ticked(forms.MultipleChoiceField):
    """What was ticked of a list that may have grown shorter since the page was opened."""

    def valid_value(self, value: str) -> bool:
        return True


class BookForm(forms.Form):
    """What a chapter wants to talk about. Only what it ticks is told; `ticked` are the keys that begin so."""

    wishes = forms.CharField(
        label=_("What would you like to talk about?"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )
    agenda = Ticked(
        label=_("Put on the agenda"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The central team reads what you tick, and nothing else of this list."),
    )

    def __init__(self, *args: Any, points: list[Point], ticked: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agenda"].choices = [(point.key, point.words) for point in points]
        self.fields["agenda"].initial = list(ticked)
        if not points:
            del self.fields["agenda"]


class CancelForm(forms.Form):
    """Why an office hour is called off."""

    why = forms.CharField(label=_("Why"), max_length=240, required=False)

    def __init__(self, *args: Any, is_needed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].required = is_needed


class NoteForm(forms.Form):
    """One thing that was agreed."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    words = forms.CharField(label=_("What was agreed"), max_length=240)
    whose = forms.ChoiceField(label=_("Who does it"), choices=Agreed.Whose.choices, widget=forms.RadioSelect)

    @classmethod
    def empty(cls) -> NoteForm:
        return cls(initial={"key": uuid.uuid4(), "whose": Agreed.Whose.CHAPTER})
