"""What the central team types."""

from __future__ import annotations

import re
import uuid
from dataclasses import asdict
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from hubsite.lib.markdown import OWN_PICTURE
from playbooks import forms_sections, outline, platforms, topics
from playbooks.errors import NotNow
from playbooks.forms_sections import SectionField
from playbooks.models import Playbook, Template
from playbooks.teaching import Draft
from playbooks.template_writing import Wording, check_fields

MAX_BODY = 100_000  # characters; about 35 printed pages
MAX_TEMPLATE = 10_000
MAX_ITEMS = 12
MAX_ITEM = 40
PICTURE = re.compile(r"!\[(?:[^\]\\]|\\.)*\](?:\[|\((?P<address>[^)\s]*))|<img\b", re.IGNORECASE)


class CommaList(forms.CharField):
    """Several short names, with commas between them; the same one twice is one."""

    def prepare_value(self, value: object) -> object:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: object) -> list[str]:
        text = super().clean(value)
        found: dict[str, str] = {}
        for item in text.split(","):
            words = " ".join(item.split())
            if words:
                found.setdefault(words.casefold(), words)
        items = list(found.values())
        if len(items) > MAX_ITEMS:
            raise forms.ValidationError(_("Name at most %(max)s."), params={"max": MAX_ITEMS})
        for item in items:
            if len(item) > MAX_ITEM:
                raise forms.ValidationError(
                    _("“%(item)s” is too long: use at most %(max)s characters, and a comma between names."),
                    params={"item": item, "max": MAX_ITEM},
                )
        return items


def _is_own(address: str | None) -> bool:
    return address is not None and OWN_PICTURE.fullmatch(address) is not None


def _of(name: str) -> int | None:
    return Playbook._meta.get_field(name).max_length


LAYOUTS = ("sections", "whole")
UNKEPT = frozenset({"draft_number", "key", "topics_asked"})


class PlaybookForm(forms.Form):
    """A playbook's draft. `draft_number` says on top of which draft it was written."""

    draft_number = forms.IntegerField(widget=forms.HiddenInput, required=False)
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(
        label=_("Title"), max_length=_of("title"), help_text=_("What a chapter would look for.")
    )
    summary = forms.CharField(
        label=_("Benefit in one sentence"),
        max_length=_of("summary"),
        help_text=_("What the chapter gets out of it. Shown in the list and under the title."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    time_needed = forms.CharField(
        label=_("Time needed"),
        max_length=_of("time_needed"),
        required=False,
        help_text=_("For example: 20 minutes a week."),
    )
    people_needed = forms.CharField(
        label=_("People needed"),
        max_length=_of("people_needed"),
        required=False,
        help_text=_("For example: one or two."),
    )
    audience = forms.CharField(
        label=_("Who it is for"),
        max_length=_of("audience"),
        required=False,
        help_text=_("For example: chapters that begin with video."),
    )
    platforms = CommaList(
        label=_("Platforms"),
        required=False,
        help_text=_("With commas: Instagram, Mastodon. None means all."),
    )
    topics = CommaList(label=_("Topics"), required=False, help_text=_("With commas: events, photos."))
    topics_asked = CommaList(widget=forms.HiddenInput, required=False)  # new ones the writer was asked about
    body = forms.CharField(
        label=_("Text"),
        max_length=MAX_BODY,
        strip=False,
        help_text=_("Markdown: ## heading, **bold**, - list, [words](https://address) link."),
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "true"}),
    )

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(forms_sections.put_together(data), *args, **kwargs)
        self.original = ""  # the text that a translation is made from
        body = str(self["body"].value() or "")
        asked = self.data.get("layout") if self.is_bound else self.initial.get("layout")
        self.layout = asked if asked in LAYOUTS else ("sections" if outline.keeps(body) else "whole")

    @cached_property
    def known_topics(self) -> list[str]:
        """What other playbooks are about."""
        return topics.known()

    @property
    def sections(self) -> list[SectionField]:
        """The text as a field for each section, and one for what has other headings."""
        return forms_sections.of(str(self["body"].value() or ""), original=self.original)

    def laid_out(self, layout: str) -> PlaybookForm:
        """The same words by sections, or as one text."""
        if layout in LAYOUTS:
            self.layout = layout
        return self

    def words(self) -> dict[str, str]:
        """What was typed, right or wrong, to be kept until it is saved."""
        return {name: str(self[name].value() or "") for name in self.fields if name not in UNKEPT}

    @classmethod
    def of(cls, draft: Draft, draft_number: int) -> PlaybookForm:
        """The form filled with how the draft stands."""
        values = {name: getattr(draft, name) for name in cls.base_fields if hasattr(draft, name)}
        named = [] if platforms.is_any(draft.platforms) else draft.platforms
        values["platforms"] = [platforms.name(key) for key in named]
        return cls(initial={**values, "draft_number": draft_number})

    @classmethod
    def empty(cls, body: str) -> PlaybookForm:
        """The form of a new playbook."""
        return cls(initial={"body": body, "key": uuid.uuid4()})

    def rebased(self, draft_number: int) -> PlaybookForm:
        """The same words on top of another draft, for somebody who has now seen that one."""
        data = self.data.copy()
        data["draft_number"] = str(draft_number)
        form = type(self)(data)
        form.is_valid()
        return form

    def clean_summary(self) -> str:
        return " ".join(self.cleaned_data["summary"].split())

    def clean_body(self) -> str:
        body = self.cleaned_data["body"].replace("\r\n", "\n").rstrip() + "\n"
        foreign = (found for found in PICTURE.finditer(body) if not _is_own(found["address"]))
        if any(foreign):
            raise forms.ValidationError(
                _(
                    "Only pictures added to this playbook can be shown, since others would tell their server "
                    "who reads. Add it under Pictures, or link to it: [words](https://…)."
                )
            )
        return outline.written_only(body).rstrip() + "\n"

    def clean_platforms(self) -> list[str]:
        for name in self.cleaned_data["platforms"]:
            if meant := platforms.meant(name):
                raise forms.ValidationError(
                    _("“%(typed)s” is no platform we know. Did you mean %(meant)s?"),
                    params={"typed": name, "meant": meant},
                )
        keys = list(dict.fromkeys(platforms.key(name) for name in self.cleaned_data["platforms"]))
        return [] if platforms.is_any(keys) else keys

    def clean_topics(self) -> list[str]:
        slugs = (slugify(topic, allow_unicode=True) for topic in self.cleaned_data["topics"])
        chosen = list(dict.fromkeys(slug for slug in slugs if slug))
        before = self.initial.get("topics") or []
        asked = str(self.data.get("topics_asked", "")).split(", ")
        new = [topic for topic in chosen if topic not in before and topic not in asked]
        if alike := topics.lookalikes(new, self.known_topics):
            self.data = self.data.copy()
            self.data["topics_asked"] = ", ".join([*filter(None, asked), *alike])
            raise forms.ValidationError(
                [
                    forms.ValidationError(
                        _("“%(new)s” looks like “%(known)s”. Write that, or save again to keep a new topic."),
                        params={"new": new, "known": known},
                    )
                    for new, known in alike.items()
                ]
            )
        return chosen

    def draft(self) -> Draft:
        """What was typed, of a valid form."""
        return Draft(**{name: self.cleaned_data[name] for name in Draft.__dataclass_fields__})


class PublishForm(forms.Form):
    """What chapters are told of a new version, and when they get it."""

    NOW, LATER = "now", "later"

    draft_number = forms.IntegerField(widget=forms.HiddenInput)
    change_note = forms.CharField(
        label=_("What changed"),
        max_length=240,
        help_text=_("One sentence, shown to chapters beside the version."),
    )
    alone = forms.CharField(
        label=_("Why without a second look"),
        max_length=240,
        help_text=_("Nobody else of the team can look at it. The history keeps your reason."),
    )
    when = forms.ChoiceField(
        label=_("When"),
        choices=[(NOW, _("Now")), (LATER, _("At a day and a time"))],
        required=False,
        initial=NOW,
        widget=forms.RadioSelect,
    )
    publish_at = forms.DateTimeField(
        label=_("Publish on"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, is_first: bool, is_alone: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_alone = is_alone
        self.fields["change_note"].required = not is_first
        self.fields["alone"].required = is_alone

    @property
    def is_later(self) -> bool:
        """Whether a time was chosen, of a valid form."""
        return self.cleaned_data.get("when") == self.LATER

    def clean(self) -> dict[str, Any]:
        at = self.cleaned_data.get("publish_at")
        if self.is_later and "publish_at" not in self.errors:
            if at is None:
                self.add_error("publish_at", _("Choose a day and a time."))
            elif at <= timezone.now():
                self.add_error("publish_at", _("That time has passed. Choose a later one."))
        return self.cleaned_data

    def words(self) -> dict[str, Any]:
        """What the verbs are told, of a valid form."""
        return {name: self.cleaned_data[name] for name in ("draft_number", "change_note", "alone")}


class DraftNumberForm(forms.Form):
    """Says on top of which draft something is asked."""

    draft_number = forms.IntegerField(widget=forms.HiddenInput)


class TemplateForm(forms.Form):
    """A template's wording. `number` says on top of which change it was written."""

    number = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("What the post is for, such as “Call for helpers”.")
    )
    note = forms.CharField(label=_("When to use it"), max_length=240, required=False)
    text = forms.CharField(
        label=_("Text of the post"),
        max_length=MAX_TEMPLATE,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "true", "dir": "auto"}),
        help_text=_("Fields in double braces are filled in with the chapter's own details."),
    )

    @classmethod
    def of(cls, template: Template) -> TemplateForm:
        """The form filled with how the template is drafted."""
        return cls(initial={"number": template.change_number, **asdict(Wording.of(template))})

    def rebased(self, number: int) -> TemplateForm:
        """The same words on top of another version, for somebody who has now seen that one."""
        data = self.data.copy()
        data["number"] = str(number)
        form = type(self)(data)
        form.is_valid()
        return form

    def clean_text(self) -> str:
        text = self.cleaned_data["text"].replace("\r\n", "\n")
        try:
            check_fields(text)
        except NotNow as refused:
            raise forms.ValidationError(refused.message) from refused
        return text

    def wording(self) -> Wording:
        """What was typed, of a valid form."""
        return Wording(
            name=self.cleaned_data["name"], text=self.cleaned_data["text"], note=self.cleaned_data["note"]
        )
