"""What the central team says about an entry besides its words."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf.global_settings import LANGUAGES
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chapters.models import Chapter
from playbooks import reviewing
from playbooks.models import Playbook, Practice
from playbooks.practising import Words
from playbooks.templatetags.playbook_words import language_named


class PictureForm(forms.Form):
    """A picture for the text, and what it shows."""

    picture = forms.FileField(
        label=_("Picture"),
        help_text=_("JPEG, PNG, WebP or HEIC. The hub takes out where and when it was taken."),
        widget=forms.FileInput(attrs={"accept": "image/*"}),
    )
    alt = forms.CharField(
        label=_("What it shows"), max_length=300, help_text=_("For people who can’t see it.")
    )


class PictureWordsForm(forms.Form):
    """What a picture shows, put better."""

    alt = forms.CharField(label=_("What it shows"), max_length=300)


class AskForm(forms.Form):
    """What the second editor is asked to look at."""

    draft_number = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(
        label=_("What to look at"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )


class VerdictForm(forms.Form):
    """What the second editor says of a draft."""

    draft_number = forms.IntegerField(widget=forms.HiddenInput)
    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        max_length=4000,
        help_text=_("Needed when something should change."),
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )


class KeepForm(forms.Form):
    """Who keeps a playbook, in which language it is, when it is looked at again, what it teaches."""

    owner = forms.ChoiceField(label=_("Kept up to date by"), required=False)
    language = forms.ChoiceField(label=_("Language"))
    next_review = forms.DateField(
        label=_("Look at it again on"),
        required=False,
        help_text=_("Whoever keeps it finds it in their list on that day."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    practices = forms.MultipleChoiceField(
        label=_("Practices it teaches"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, playbook: Playbook, **kwargs: Any) -> None:
        taught = [str(pk) for pk in playbook.practices.values_list("pk", flat=True)]
        kwargs["initial"] = {
            "owner": str(playbook.owner_id or ""),
            "language": playbook.language,
            "next_review": playbook.next_review,
            "practices": taught,
        }
        super().__init__(*args, **kwargs)
        people = {editor.pk: editor for editor in reviewing.editors()}
        if playbook.owner is not None:
            people.setdefault(playbook.owner.pk, playbook.owner)
        self.people = {str(pk): person for pk, person in people.items()}
        names = [(pk, person.display_name) for pk, person in self.people.items()]
        self.fields["owner"].choices = [("", _("Nobody")), *names]
        self.fields["language"].choices = languages(playbook.language)
        rows = Practice.objects.filter(archived_at=None) | Practice.objects.filter(pk__in=taught)
        self.offered = {str(practice.pk): practice for practice in rows.distinct()}
        self.fields["practices"].choices = [(pk, row.name) for pk, row in self.offered.items()]

    def arranged(self) -> dict[str, Any]:
        """What was chosen, of a valid form."""
        chosen = self.cleaned_data
        return {
            "owner": self.people.get(chosen["owner"]),
            "language": chosen["language"],
            "next_review": chosen["next_review"],
            "practices": [self.offered[pk] for pk in chosen["practices"]],
        }

    def clean_next_review(self) -> Any:
        day = self.cleaned_data["next_review"]
        if day and "next_review" in self.changed_data and day <= timezone.localdate():
            raise forms.ValidationError(_("Choose a day to come."))
        return day


class ArchiveForm(forms.Form):
    """What takes the place of an archived playbook."""

    replaced_by = forms.ModelChoiceField(
        label=_("What replaces it"),
        required=False,
        to_field_name="slug",
        queryset=Playbook.objects.none(),
        empty_label=_("Nothing"),
        help_text=_("Whoever opens the old one is led there."),
    )

    def __init__(self, *args: Any, playbook: Playbook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["replaced_by"].queryset = (
            Playbook.objects.filter(status=Playbook.Status.PUBLISHED)
            .exclude(pk=playbook.pk)
            .order_by("title")
        )


class LanguageForm(forms.Form):
    """Into which language a playbook is translated."""

    language = forms.ChoiceField(label=_("Language"))

    def __init__(self, *args: Any, taken: set[str] = frozenset(), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [("", _("Choose a language")), *languages(taken=taken)]


class PracticeForm(forms.Form):
    """A practice in words. `seen` says on top of which change it was written."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Such as “Open with a question”."))
    sentence = forms.CharField(
        label=_("In one sentence"), max_length=240, widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"})
    )
    measure = forms.CharField(
        label=_("How it is measured"),
        max_length=240,
        help_text=_("One figure and by when, such as “comments in the first two days”."),
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )
    playbooks = forms.ModelMultipleChoiceField(
        label=_("Taught by"),
        required=False,
        queryset=Playbook.objects.exclude(status=Playbook.Status.ARCHIVED).order_by("title"),
        widget=forms.CheckboxSelectMultiple,
    )

    @classmethod
    def of(cls, practice: Practice) -> PracticeForm:
        """The form filled with how the practice stands."""
        return cls(
            initial={
                "seen": practice.change_number,
                "name": practice.name,
                "sentence": practice.sentence,
                "measure": practice.measure,
                "playbooks": practice.playbooks.all(),
            }
        )

    def words(self) -> Words:
        """What was typed, of a valid form."""
        return Words(**{part: self.cleaned_data[part].strip() for part in ("name", "sentence", "measure")})


def languages(now: str = "", *, taken: set[str] = frozenset()) -> list[tuple[str, list[tuple[str, str]]]]:
    """Languages to choose from, each as those who speak it call it: the chapters' own first. `now` is among
    them in any case."""
    own = set(Chapter.objects.exclude(state=Chapter.State.LEFT).values_list("language", flat=True))
    codes = {code for code, _name in LANGUAGES} | own | {now} - {""}
    groups = [(_("Languages of chapters"), own), (_("Other languages"), codes - own)]
    return [(title, _by_name(group - taken)) for title, group in groups if group - taken]


def _by_name(codes: set[str]) -> list[tuple[str, str]]:
    names = {code: language_named(code) for code in codes}
    return sorted(
        ((code, name[:1].upper() + name[1:]) for code, name in names.items()), key=lambda each: each[1]
    )
