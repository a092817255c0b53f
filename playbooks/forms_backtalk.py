"""What chapters type about playbooks, and what the central team answers."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from chapters.models import Chapter
from playbooks import own_posts, sections
from playbooks.forms import MAX_BODY
from playbooks.models import Playbook, PlaybookVersion

MAX_WORD = 500
MAX_WORDS = 3_000


def _words(rows: int = 4) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "dir": "auto", "spellcheck": "true"})


def _longest(name: str) -> int | None:
    return Playbook._meta.get_field(name).max_length


class VoteForm(forms.Form):
    """Whether it helped, said by the button that was pressed."""

    helped = forms.TypedChoiceField(
        choices=[("yes", _("It helped")), ("no", _("It did not help"))],
        coerce=lambda value: value == "yes",
        widget=forms.HiddenInput,
        error_messages={
            "required": _("Say whether it helped."),
            "invalid_choice": _("Say whether it helped."),
        },
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
    word = forms.CharField(
        label=_("In a word"),
        required=False,
        max_length=MAX_WORD,
        widget=_words(2),
        help_text=_(
            "What helped, or what got in the way. The central team reads it with your chapter's name."
        ),
    )


class NoteForm(forms.Form):
    """What came of it, and the post that shows it."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    text = forms.CharField(
        label=_("What you tried and what came of it"),
        max_length=MAX_WORDS,
        widget=_words(6),
        help_text=_("All chapters read it, with your chapter's name."),
    )
    post = forms.UUIDField(label=_("The post that shows it"), required=False)

    def __init__(self, *args: Any, chapter: Chapter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        posts = own_posts.of(chapter)
        if posts:
            choices = [("", _("No post")), *((str(post.uid), post.words or _("A picture")) for post in posts)]
            self.fields["post"].widget = forms.Select(choices=choices)
            self.fields["post"].help_text = _(
                "One of your published posts. Others see its first words and link."
            )
        else:
            del self.fields["post"]
        self.fields["key"].initial = uuid.uuid4

    @property
    def post_uid(self) -> uuid.UUID | None:
        """The chosen post, of a valid form."""
        return self.cleaned_data.get("post")


class TalkForm(forms.Form):
    """A comment, or a reply to one."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    parent = forms.UUIDField(widget=forms.HiddenInput, required=False)
    text = forms.CharField(
        label=_("Your comment"),
        max_length=MAX_WORDS,
        widget=_words(3),
        help_text=_("All chapters read it, with your name and your chapter's."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid.uuid4


class SuggestForm(forms.Form):
    """The words of `version`, the one they were read in, to change. `section` is the number of the part whose
    words are in `body` where that is not the whole text; `so_far` is the whole text as changed elsewhere."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    section = forms.IntegerField(widget=forms.HiddenInput, required=False)
    so_far = forms.CharField(
        widget=forms.HiddenInput, required=False, strip=False, max_length=MAX_BODY, label=_("Text")
    )
    body = forms.CharField(
        label=_("Text"),
        max_length=MAX_BODY,
        required=False,
        strip=False,
        widget=_words(12),
        help_text=_(
            "Change only what you would say differently; the rest stays as it is. “**” on both sides makes "
            "words bold, “- ” begins an item of a list, “## ” a heading."
        ),
    )
    note = forms.CharField(
        label=_("Why"),
        max_length=MAX_WORD,
        required=False,
        widget=_words(2),
        help_text=_("One sentence is enough. The central team reads it, with your name and your chapter's."),
    )
    title = forms.CharField(label=_("Title"), max_length=_longest("title"))
    summary = forms.CharField(
        label=_("Benefit in one sentence"), max_length=_longest("summary"), widget=_words(2)
    )

    def __init__(self, *args: Any, there: PlaybookVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.there = there
        part = self.part
        if part is not None and part.heading:
            self.fields["body"].label = part.heading

    @classmethod
    def of(cls, version: PlaybookVersion, section: int | None = None) -> SuggestForm:
        """The form with the words of a version, or of one section of it."""
        return cls._with(version, section, version.body, {"title": version.title, "summary": version.summary})

    def moved_to(self, section: int | None) -> SuggestForm:
        """Another section, or the whole text, with what was typed so far, of a valid form."""
        kept = {name: self.cleaned_data[name] for name in ("title", "summary", "note")}
        return self._with(self.there, section, self._body(), kept)

    @classmethod
    def _with(
        cls, version: PlaybookVersion, section: int | None, text: str, rest: dict[str, str]
    ) -> SuggestForm:
        parts = sections.of(text)
        number = section if section is not None and 0 <= section < len(parts) else None
        initial = {
            "version": version.number,
            "section": number,
            "so_far": text if text != version.body else "",
            "body": text if number is None else parts[number].words.strip("\n"),
        }
        return cls(initial={**initial, **rest}, there=version)

    @property
    def start(self) -> str:
        """The whole text before what is in `body` now is put into it."""
        return (self["so_far"].value() or "").replace("\r\n", "\n") or self.there.body

    @property
    def parts(self) -> list[sections.Section]:
        return sections.of(self.start)

    @property
    def number(self) -> int | None:
        """The number of the section that is in `body`; None where it is the whole text."""
        value = self["section"].value()
        raw = "" if value is None else str(value)
        is_number = raw.isascii() and raw.isdecimal() and len(raw) < 6
        return int(raw) if is_number and int(raw) < len(self.parts) else None

    @property
    def part(self) -> sections.Section | None:
        """The section that is in `body`, if it is one."""
        return None if self.number is None else self.parts[self.number]

    @property
    def is_changed(self) -> bool:
        """Whether something was typed into another section already."""
        return bool(self["so_far"].value())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.number is None and not (cleaned.get("body") or "").strip() and "body" not in self.errors:
            self.add_error("body", _now("Leave some of the text, or press Cancel."))
        return cleaned

    def wording(self) -> dict[str, str]:
        """What was typed, of a valid form; spaces that a browser changes are no change."""
        typed = {
            part: sections.spaced_as(self.cleaned_data[part], getattr(self.there, part))
            for part in ("title", "summary")
        }
        return {**typed, "body": self._body()}

    def _body(self) -> str:
        typed = self.cleaned_data["body"]
        if self.number is None:
            return sections.spaced_as(typed, self.start)
        return sections.changed(self.start, self.number, typed)


class EntryForm(forms.Form):
    """A playbook that a chapter would like to see."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(
        label=_("What it teaches"),
        max_length=_longest("title"),
        help_text=_("What a chapter would look for."),
    )
    why = forms.CharField(
        label=_("Why it is worth it"),
        max_length=MAX_WORDS,
        widget=_words(4),
        help_text=_("What your chapter got out of it, or what you would like to be able to do."),
    )
    first_steps = forms.CharField(
        label=_("First steps"),
        max_length=MAX_WORDS,
        required=False,
        widget=_words(4),
        help_text=_("If you know them. The central team writes the rest and names your chapter."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid.uuid4

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())


class AnswerForm(forms.Form):
    """What the central team answers. `times` says which words of a vote were read."""

    times = forms.IntegerField(widget=forms.HiddenInput, required=False)
    answer = forms.CharField(label=_("Answer"), max_length=MAX_WORDS, required=False, widget=_words(4))


class ReasonForm(forms.Form):
    """Why words are hidden."""

    reason = forms.CharField(
        label=_("Why"),
        max_length=MAX_WORD,
        widget=_words(2),
        help_text=_("Whoever wrote it hears this."),
        error_messages={"required": _("Say why, so that whoever wrote it understands.")},
    )


class PiecesForm(forms.Form):
    """Which pieces of an edit are taken, and what is said about it."""

    piece = forms.TypedMultipleChoiceField(coerce=int, required=False)
    answer = forms.CharField(
        label=_("Answer"),
        max_length=MAX_WORDS,
        required=False,
        widget=_words(3),
        help_text=_("The chapter hears it. If you leave all of it, say why."),
    )

    def __init__(self, *args: Any, numbers: list[int], leaves: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leaves = leaves
        self.fields["piece"].choices = [(number, str(number)) for number in numbers]
        self.fields["piece"].error_messages["invalid_choice"] = _now("That piece is not there.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.leaves and "piece" not in self.errors and not cleaned.get("piece"):
            raise forms.ValidationError(
                _now("Tick what you want to take first. To take none, press “Leave all of it”.")
            )
        return cleaned
