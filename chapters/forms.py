"""What people type about themselves and their chapters."""

from __future__ import annotations

import zoneinfo
from functools import cache
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.dates import WEEKDAYS
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from chapters.models import Chapter, Region, User
from chapters.notice_kinds import GROUPS, How
from chapters.permissions import Role
from chapters.rules import SETTINGS

MINUTES_A_WEEK = 7 * 24 * 60


@cache
def zone_choices() -> list[tuple[str, str]]:
    """Time zones by region and city; the old short names (EST, GB, ...) are left out."""
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name)
    kept = [name for name in names if name.split("/")[0] not in {"Etc", "SystemV", "US", "posix", "right"}]
    return [(name, name.replace("_", " ")) for name in ["UTC", *kept]]


class ZoneField(forms.ChoiceField):
    """A time zone from a list; one that a row already has stays possible."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Time zone"))
        super().__init__(choices=zone_choices, **kwargs)

    def valid_value(self, value: str) -> bool:
        return value in zoneinfo.available_timezones()


class EmailField(forms.EmailField):
    """An address, in the one spelling that the hub stores."""

    widget = forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"})

    def clean(self, value: str) -> str:
        return User.objects.normalize_email(super().clean(value))


class InviteForm(forms.Form):
    """Whom a lead invites, and as what."""

    email = EmailField(label=_("Their mail address"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.AUTHOR)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)


class LeadForm(forms.Form):
    """Whom the central team invites to lead a chapter."""

    email = EmailField(
        label=_("Their mail address"),
        max_length=254,
        help_text=_("They get a mail with a link; once they accept, the chapter is in their hands."),
    )


class ChapterForm(forms.Form):
    """A chapter to be founded."""

    name = forms.CharField(label=_("Name"), max_length=120)
    slug = forms.SlugField(
        label=_("Address part"),
        max_length=60,
        required=False,
        help_text=_("Part of the chapter’s web address, for good. Left empty, it is made from the name."),
    )
    region = forms.ModelChoiceField(
        label=_("Region"), queryset=Region.objects.all(), required=False, empty_label=_("No region")
    )
    time_zone = ZoneField(initial="UTC")
    language = forms.ChoiceField(label=_("Language of its posts"), choices=settings.LANGUAGES, initial="en")
    first_lead = EmailField(
        label=_("First lead’s mail address"),
        max_length=254,
        required=False,
        help_text=_("They are invited at once. You can also do that later."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("name") and not cleaned.get("slug") and "slug" not in self.errors:
            cleaned["slug"] = slugify(cleaned["name"])[:60]
            if not cleaned["slug"]:
                self.add_error(
                    "slug", _("Type one: the name has no Latin letters or digits to make it from.")
                )
        return cleaned


class ChapterSettingsForm(forms.ModelForm):
    """What a chapter's lead decides for the chapter."""

    time_zone = ZoneField(help_text=_("Planned times are in this zone."))
    language = forms.ChoiceField(label=_("Language of its posts"), choices=settings.LANGUAGES)
    late_after_minutes = forms.IntegerField(
        label=_("How many minutes late a post may go out"),
        validators=[MinValueValidator(1), MaxValueValidator(MINUTES_A_WEEK)],
        widget=forms.NumberInput(attrs={"min": 1, "max": MINUTES_A_WEEK, "inputmode": "numeric"}),
        help_text=_("A post that could not go out this long after its time waits for a person instead."),
    )

    website = forms.URLField(
        label=_("Website"), required=False, assume_scheme="https",
        # a plain field: browsers refuse an address without https://, which is put before it here
        widget=forms.TextInput(attrs={"dir": "ltr", "inputmode": "url", "placeholder": "https://"}),
    )  # fmt: skip

    class Meta:
        model = Chapter
        fields = [name for name in SETTINGS if name != "advisory_rule"]  # which has a page of its own
        widgets = {"review_rule": forms.RadioSelect, "accounts_by": forms.RadioSelect}
        help_texts = {
            "hashtag": _("As in #OpenBenchPorto. Post templates fill in these five."),
            "contact_email": _("Where people outside can write to."),
        }

    def clean_hashtag(self) -> str:
        """One word with one # before it."""
        word = self.cleaned_data["hashtag"].strip().lstrip("#")
        if not word:
            return ""
        if not word.replace("_", "").isalnum():
            raise forms.ValidationError(_("A hashtag is one word of letters, digits and underscores."))
        return f"#{word}"

    def changes(self) -> dict[str, Any]:
        """What to hand to the verb."""
        return {name: self.cleaned_data[name] for name in SETTINGS if name in self.cleaned_data}


class PauseForm(forms.Form):
    reason = forms.CharField(
        label=_("Why?"),
        max_length=300,
        help_text=_("The others read this: what they wait for, and until when if you know."),
    )


class PersonForm(forms.ModelForm):
    """What a person says about themselves."""

    time_zone = ZoneField(required=False, help_text=_("Leave empty to see times as the chapter does."))

    class Meta:
        model = User
        fields = ["name", "time_zone", "language"]
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}
        help_texts = {"name": _("As the others in your chapter know you.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True
        self.fields["time_zone"].choices = [("", _("As the chapter")), *zone_choices()]
        languages = translated_languages()
        if len(languages) > 1:
            self.fields["language"] = forms.ChoiceField(label=_("Language"), choices=languages)
        else:
            del self.fields["language"]


class WishesForm(forms.Form):
    """How a person wants to be told of each group, and when the weekly mail comes."""

    weekday = forms.TypedChoiceField(
        label=_("Day of the weekly mail"), coerce=int, choices=list(enumerate(WEEKDAYS.values()))
    )
    hour = forms.TypedChoiceField(
        label=_("Hour"), coerce=int, choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        help_text=_("By your clocks; see “You” for your time zone."),
    )  # fmt: skip

    def __init__(self, *args: Any, person: User, chosen: dict[str, How], **kwargs: Any) -> None:
        initial = {"weekday": person.digest_weekday, "hour": person.digest_hour, **chosen}
        super().__init__(*args, initial=initial, **kwargs)
        for group in GROUPS.values():
            self.fields[group.key] = forms.ChoiceField(
                label=group.label, help_text=group.about, choices=How.choices, widget=forms.RadioSelect
            )
        self.order_fields([*GROUPS, "weekday", "hour"])

    def choice(self) -> dict[str, Any]:
        """What to hand to `wishes.choose`."""
        data = dict(self.cleaned_data)
        return {"weekday": data.pop("weekday"), "hour": data.pop("hour"), "wishes": data}


class EmergencyForm(forms.Form):
    """What has happened, and how long it may last."""

    reason = forms.CharField(
        label=_("What has happened?"), max_length=300, help_text=_("Every chapter reads this.")
    )
    hours = forms.IntegerField(
        label=_("For how many hours"), min_value=1, max_value=72, initial=24,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip


def translated_languages() -> list[tuple[str, str]]:
    """The languages that the hub speaks: English, and those it has a catalogue for."""
    catalogues = {
        path.parent.parent.name.lower().replace("_", "-")
        for folder in settings.LOCALE_PATHS
        for path in folder.glob("*/LC_MESSAGES/django.mo")
    }
    return [(code, name) for code, name in settings.LANGUAGES if code == "en" or code in catalogues]
