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
    """A playbook's words, to change. `version` is the one they were read in, `section` the number of the part
    that is in `body` where that is not the whole text."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    section = forms.IntegerField(widget=forms.HiddenInput, required=False)
    note = forms.CharField(
        label=_("Why"),
        max_length=MAX_WORD,
        required=False,
        widget=_words(2),
        help_text=_("One sentence is enough. The central team reads it, with your name and your chapter's."),
    )
    body = forms.CharField(
        label=_("Text"),
        max_length=MAX_BODY,
        strip=False,
        widget=_words(12),
        help_text=_("Change only what you would say differently; the rest stays as it is."),
    )
    title = forms.CharField(label=_("Title"), max_length=_longest("title"))
    summary = forms.CharField(
        label=_("Benefit in one sentence"), max_length=_longest("summary"), widget=_words(2)
    )

    @classmethod
    def of(cls, version: PlaybookVersion, section: int | None = None) -> SuggestForm:
        """The form with the words of a version, or of one section of it."""
        text = version.body if section is None else sections.of(version.body)[section].text
        return cls(
            initial={
                "version": version.number, "section": section, "title": version.title,
                "summary": version.summary, "body": text,
            }
        )  # fmt: skip

    def is_about(self, version: PlaybookVersion) -> bool:
        """Whether the version has the section that was changed, of a valid form."""
        number = self.cleaned_data["section"]
        return number is None or 0 <= number < len(sections.of(version.body))

    def wording(self, version: PlaybookVersion) -> dict[str, str]:
        """What was typed, of a valid form; spaces that a browser changes are no change."""
        there = {part: getattr(version, part) for part in ("title", "summary", "body")}
        typed = {part: _as_in(self.cleaned_data[part], there[part]) for part in ("title", "summary")}
        return {**typed, "body": self._body(there["body"])}

    def _body(self, there: str) -> str:
        text, number = self.cleaned_data["body"], self.cleaned_data["section"]
        if number is None:
            return _as_in(text, there)
        return sections.changed(there, number, _as_in(text, sections.of(there)[number].text))


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


def _as_in(typed: str, there: str) -> str:
    """`typed` with the empty space around `there`, so that none of it looks like a change."""
    begin = there[: len(there) - len(there.lstrip())]
    end = there[len(there.rstrip()) :]
    return begin + typed.replace("\r\n", "\n").strip() + end
