"""What the central team types of a suggestion."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chapters.models import Region
from hubsite.lib import times
from playbooks import platforms, reach
from playbooks.audience import Audience, root_of
from playbooks.errors import NotNow
from playbooks.form_summary import Line, Summary
from playbooks.forms import MAX_TEMPLATE, CommaList
from playbooks.models import Suggestion
from playbooks.suggesting import Terms
from playbooks.suggestion_words import ITEMS_MAX, ItemWords, PictureWords, SuggestionWords
from playbooks.template_writing import check_fields

ALT_MAX = 1500
DAYS_MAX = 120  # of a kit


class HeadForm(forms.Form):
    """What a suggestion says of itself. `number` says on top of which draft it was written."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    number = forms.IntegerField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(
        label=gettext_lazy("Title"), max_length=140, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    why = forms.CharField(
        label=gettext_lazy("Why it is worth it"), max_length=400,
        help_text=gettext_lazy("To a volunteer with twenty minutes: what does the chapter get from it?"),
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )  # fmt: skip


class ItemForm(forms.Form):
    """One post of a suggestion; its pictures come beside it. `picture_error` says what became of them."""

    picture_error = ""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(
        label=gettext_lazy("Name of this post"), max_length=120, required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("Text"), max_length=MAX_TEMPLATE, strip=False, required=False,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
    )  # fmt: skip
    link = forms.URLField(
        label=gettext_lazy("Link"), required=False, max_length=2048, assume_scheme="https",
        widget=forms.URLInput(attrs={"dir": "ltr", "inputmode": "url", "placeholder": "https://"}),
    )  # fmt: skip
    day = forms.IntegerField(
        label=gettext_lazy("Day of the kit"), min_value=1, max_value=DAYS_MAX, required=False,
        help_text=gettext_lazy("1 is the first day after a chapter takes it."),
    )  # fmt: skip
    on = forms.DateField(
        label=gettext_lazy("Fixed date"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    at = forms.TimeField(
        label=gettext_lazy("Hour"), required=False,
        help_text=gettext_lazy("Empty: each chapter’s usual one."),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )  # fmt: skip
    platforms = CommaList(
        label=gettext_lazy("Made for"), required=False,
        help_text=gettext_lazy("Platforms with commas between them; empty for any."),
    )  # fmt: skip

    @classmethod
    def of(cls, words: ItemWords, place: int) -> ItemForm:
        names = [platforms.name(key) for key in words.platforms]
        return cls(prefix=f"i{place}", initial={**vars(words), "platforms": names})

    def clean_text(self) -> str:
        text = self.cleaned_data["text"].replace("\r\n", "\n").strip()
        if not text:
            raise forms.ValidationError(_("Write the text of this post, or take the post out."))
        try:
            check_fields(text)
        except NotNow as refused:
            raise forms.ValidationError(refused.message) from refused
        return text

    def clean_platforms(self) -> list[str]:
        return [platforms.key(each) for each in self.cleaned_data["platforms"]]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("day") and cleaned.get("on"):
            self.add_error("on", _("Choose a day of the kit or a fixed date, not both."))
        return cleaned


@dataclass
class Picture:
    """A picture of one post as the editor shows it."""

    uid: str
    alt: str


class Editor:
    """The whole form: the head, and each post with its pictures. `data` is what was sent, or None.

    Pictures are named by their uid; those that come anew are in `uploads`, by the place of their post.
    `refused` is why it could not be saved as it is.
    """

    refused = ""

    def __init__(
        self,
        data: QueryDict | None = None,
        files: MultiValueDict | None = None,
        *,
        words: SuggestionWords | None = None,
        head: dict[str, Any] | None = None,
    ) -> None:
        self.data, self.files = data, files
        if data is None:
            items = words.items if words else (ItemWords(""),)
            self.head = HeadForm(initial=head)
            self.items = [ItemForm.of(each, at) for at, each in enumerate(items)]
            self.pictures = [[Picture(p.uid, p.alt) for p in each.images] for each in items]
            return
        self.head = HeadForm(data)
        places = self._places(data)
        self.items = [ItemForm(data, prefix=f"i{at}") for at in places]
        self.pictures = [
            [
                Picture(uid, data.get(f"i{at}-alt-{uid}", "")[:ALT_MAX])
                for uid in data.getlist(f"i{at}-picture")
                if uid not in data.getlist(f"i{at}-remove") and _is_uid(uid)
            ]
            for at in places
        ]

    @staticmethod
    def _places(data: QueryDict) -> list[int]:
        """The numbers of the posts that were sent and not taken out, and of one more if that was asked."""
        places = [int(at) for at in data.getlist("place") if at.isascii() and at.isdecimal() and len(at) < 4]
        places = list(dict.fromkeys(places))[:ITEMS_MAX] or [0]
        out = data.get("take_out", "")
        if out and len(places) > 1:
            places = [at for at in places if str(at) != out]
        if "add" in data and len(places) < ITEMS_MAX:
            places.append(max(places) + 1)
        return places

    @property
    def rows(self) -> Iterable[tuple[int, ItemForm, list[Picture]]]:
        """Each post with the number its fields are sent under."""
        for form, pictures in zip(self.items, self.pictures, strict=True):
            yield int(form.prefix.removeprefix("i")), form, pictures

    @property
    def kind(self) -> str:
        """Several posts are a kit."""
        return Suggestion.Kind.KIT if len(self.items) > 1 else Suggestion.Kind.POST

    @property
    def is_full(self) -> bool:
        return len(self.items) >= ITEMS_MAX

    def is_valid(self) -> bool:
        return all([self.head.is_valid(), *[form.is_valid() for form in self.items]])

    def keep_quiet(self) -> None:
        """Find nothing wrong: somebody adds a post or takes one out, and is not done yet."""
        for form in (self.head, *self.items):
            form.errors.clear()

    @property
    def summary(self) -> Summary:
        """What is to be mended, each with a link to its field."""
        summary = Summary()
        if self.refused:
            summary.say(self.refused)
        summary.add_form(self.head)
        for number, (place, form, _pictures) in enumerate(self.rows, 1):
            part = _("Post %(number)d") % {"number": number} if len(self.items) > 1 else ""
            summary.add_form(form, part=part)
            if form.picture_error:
                label = _("Pictures")
                label = f"{part}: {label}" if part else label
                summary.lines.append(Line(label, f"i{place}-new", [form.picture_error]))
        return summary

    def uploads(self, place: int) -> list[UploadedFile]:
        return self.files.getlist(f"i{place}-new") if self.files is not None else []

    def words(self) -> SuggestionWords:
        """What a valid form says."""
        head = self.head.cleaned_data
        items = (
            ItemWords(
                text=form.cleaned_data["text"],
                key=str(form.cleaned_data["key"] or ""),
                name=form.cleaned_data["name"],
                link=form.cleaned_data["link"],
                day=form.cleaned_data["day"],
                on=form.cleaned_data["on"],
                at=form.cleaned_data["at"],
                platforms=tuple(form.cleaned_data["platforms"]),
                images=tuple(PictureWords(p.uid, p.alt.strip()) for p in pictures),
            )
            for form, pictures in zip(self.items, self.pictures, strict=True)
        )
        return SuggestionWords(head["title"], head["why"], tuple(items))

    def texts(self) -> list[tuple[str, str]]:
        """Names and texts as they stand in the form, valid or not: for the preview."""
        return [(str(form["name"].value() or ""), str(form["text"].value() or "")) for form in self.items]


class TermsForm(forms.Form):
    """For whom a suggestion is, and when."""

    visible_from = forms.DateTimeField(
        label=gettext_lazy("Visible from"), required=False, help_text=gettext_lazy("Empty: at once."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip
    until = forms.DateTimeField(
        label=gettext_lazy("Until"), required=False, help_text=gettext_lazy("Empty: until you end it."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip
    regions = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Regions"), queryset=Region.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple, help_text=gettext_lazy("None ticked: every region."),
    )  # fmt: skip
    platforms = CommaList(
        label=gettext_lazy("Chapters on one of"), required=False,
        help_text=gettext_lazy("Platforms with commas between them; empty for any."),
    )  # fmt: skip
    language = forms.ChoiceField(label=gettext_lazy("Chapters that write in"), required=False)
    min_members = forms.IntegerField(label=gettext_lazy("Members at least"), min_value=0, required=False)
    max_members = forms.IntegerField(label=gettext_lazy("Members at most"), min_value=0, required=False)
    min_accounts = forms.IntegerField(label=gettext_lazy("Accounts at least"), min_value=0, required=False)
    max_accounts = forms.IntegerField(label=gettext_lazy("Accounts at most"), min_value=0, required=False)

    def __init__(self, *args: Any, zone: ZoneInfo, language: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        self.fields["language"].choices = [("", _("Any language")), *reach.languages(language)]
        self.fields["regions"].queryset = Region.objects.order_by("name")

    @classmethod
    def of(cls, suggestion: Suggestion, zone: ZoneInfo) -> TermsForm:
        names = [name for name in cls.base_fields if name not in {"regions", "visible_from", "until"}]
        initial: dict[str, Any] = {name: getattr(suggestion, name) for name in names}
        initial["platforms"] = [platforms.name(key) for key in suggestion.platforms]
        initial["regions"] = list(suggestion.regions.all())
        initial["language"] = root_of(suggestion.language)
        for name in ("visible_from", "until"):
            at = getattr(suggestion, name)
            initial[name] = at.astimezone(zone).replace(tzinfo=None) if at else None
        return cls(initial=initial, zone=zone, language=suggestion.language)

    def clean_platforms(self) -> list[str]:
        return [platforms.key(each) for each in self.cleaned_data["platforms"]]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("visible_from", "until"):
            if cleaned.get(name):
                cleaned[name] = self._instant(cleaned[name])
        for least, most in (("min_members", "max_members"), ("min_accounts", "max_accounts")):
            low, high = cleaned.get(least), cleaned.get(most)
            if low is not None and high is not None and low > high:
                self.add_error(most, _("This is less than the least. No chapter would see it."))
        begins, ends = cleaned.get("visible_from"), cleaned.get("until")
        if begins and ends and ends <= begins:
            self.add_error("until", _("It would end before it begins. Choose a later end."))
        return cleaned

    def _instant(self, at: datetime) -> datetime:
        return times.instant(at.replace(tzinfo=None), self.zone)

    def terms(self) -> Terms:
        cleaned = self.cleaned_data
        return Terms(
            **{
                **cleaned,
                "regions": tuple(cleaned["regions"]),
                "platforms": tuple(cleaned["platforms"]),
            }
        )

    def audience(self) -> Audience:
        """For whom it would be, of a valid form."""
        asked = {each.name: self.cleaned_data[each.name] for each in fields(Audience)}
        regions = {region.pk: region.name for region in asked["regions"]}
        return Audience(**{**asked, "regions": regions, "platforms": tuple(asked["platforms"])})


class NoteForm(forms.Form):
    """A word with a step: what changed, why it ended, what a chapter hears."""

    note = forms.CharField(required=False, max_length=240, widget=forms.TextInput(attrs={"dir": "auto"}))


def _is_uid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
