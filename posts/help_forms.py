"""The forms of help with a post: asking, proposing a wording, answering one, thanking."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from chapters.models import Chapter
from playbooks.audience import language_name
from posts import helping
from posts.forms import COMMENT_MAX, TEXT_MAX, LocalTimeForm

CANDIDATES = 4  # chapters named where what was typed fits several
LIKE_ENOUGH = 0.6  # of a name beside what was typed, to be offered
LIKE_THE_BEST = 0.1  # less than the best name that is offered


class AskHelpForm(LocalTimeForm):
    """Whom a chapter asks to look at a post, what would help, and by when on the chapter's clocks.

    After a valid form `of_chapter` is whom to ask, None for any volunteer, and `at` the wanted-by time. The
    languages and names to choose from are read only where the form is shown.
    """

    CENTRAL, CHAPTER, VOLUNTEERS = "central", "chapter", "volunteers"

    whom = forms.ChoiceField(
        label=gettext_lazy("Whom do you ask?"), required=False, widget=forms.RadioSelect, initial=CENTRAL,
        choices=[
            (CENTRAL, gettext_lazy("The central team")),
            (CHAPTER, gettext_lazy("A chapter, by name")),
            (VOLUNTEERS, gettext_lazy("Any volunteer: the first who takes it sees the post, nobody else")),
        ],
    )  # fmt: skip
    name = forms.CharField(
        label=gettext_lazy("Which chapter"), required=False, max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto", "list": "help-chapters"}),
    )  # fmt: skip
    language = forms.ChoiceField(label=gettext_lazy("The post is in"), required=False)
    note = forms.CharField(
        label=gettext_lazy("What would help you"), required=False, max_length=COMMENT_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )  # fmt: skip
    may_approve = forms.BooleanField(
        label=gettext_lazy("Their approval counts as ours"), required=False,
        help_text=gettext_lazy("Without this they can only advise. Volunteers always only advise."),
    )  # fmt: skip

    def __init__(self, *args: Any, chapter: Chapter, **kwargs: Any) -> None:
        super().__init__(*args, chapter=chapter, asks_fold=True, **kwargs)
        del self.fields["grace"]
        self.fields["date"].label = _("An answer is wanted by")
        self.fields["language"].choices = self._languages
        self.fields["language"].initial = self.chapter.language
        self.of_chapter: Chapter | None = None

    @cached_property
    def readers(self) -> Counter[str]:
        """How many volunteers of other chapters read each language."""
        people = {each.user_id: each.volunteer.languages for each in helping.volunteers_for(self.chapter)}
        return Counter(code for languages in people.values() for code in languages)

    @cached_property
    def others(self) -> list[Chapter]:
        """The chapters that may be asked by name."""
        found = Chapter.objects.filter(kind=Chapter.Kind.CHAPTER).exclude(state=Chapter.State.LEFT)
        return list(found.exclude(pk=self.chapter.pk).order_by("name"))

    def _languages(self) -> list[tuple[str, str]]:
        """The chapter's language, then the others that volunteers read, each with how many do."""
        codes = [self.chapter.language, *sorted(set(self.readers) - {self.chapter.language})]
        return [(code, f"{language_name(code)} ({_volunteers(self.readers[code])})") for code in codes]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        whom = cleaned.get("whom") or self.CENTRAL
        if self.at is not None and self.at <= timezone.now():
            self.add_error("date", _("That time has passed. Choose a later one, or none."))
        if whom == self.VOLUNTEERS and cleaned.get("may_approve"):
            self.add_error(
                "may_approve",
                _("Volunteers advise. For an approval ask the central team or a chapter by name."),
            )
        if whom == self.VOLUNTEERS:
            self._require_readers(cleaned.get("language") or self.chapter.language)
        if whom == self.CENTRAL:
            self.of_chapter = Chapter.objects.filter(kind=Chapter.Kind.CENTRAL).first()
        elif whom == self.CHAPTER:
            self._find(" ".join((cleaned.get("name") or "").split()))
        return cleaned

    def _require_readers(self, language: str) -> None:
        self.cleaned_data["language"] = language
        if not self.readers[language]:
            nobody = _("Nobody reads %(language)s yet. Choose another language, or ask the central team.")
            self.add_error("language", nobody % {"language": language_name(language)})

    def _find(self, name: str) -> None:
        if not name:
            self.add_error("name", _("Type the chapter's name."))
            return
        sought = name.casefold()
        found = [each for each in self.others if each.name.casefold() == sought]
        found = found or [each for each in self.others if sought in each.name.casefold()]
        if len(found) == 1:
            self.of_chapter = found[0]
            return
        near = [each.name for each in found] or _near(sought, [each.name for each in self.others])
        said = _("No other chapter has this name. Look at how it is written.")
        if found:
            said = _("Which one? There are: %(names)s.")
        elif near:
            said = _("No other chapter has this name. Near it: %(names)s.")
        self.add_error("name", said % {"names": ", ".join(near[:CANDIDATES])})


def _near(sought: str, names: list[str]) -> list[str]:
    """The names that may be meant, the likest first: chapters of one federation often begin alike."""
    alike = sorted(((_likeness(sought, name), name) for name in names), key=lambda pair: -pair[0])
    best = max(LIKE_ENOUGH, alike[0][0] - LIKE_THE_BEST) if alike else 1
    return [name for likeness, name in alike if likeness >= best]


def _likeness(sought: str, name: str) -> float:
    """How alike what was typed and a chapter's name are, or one word of the name: 1 is the same."""
    words = name.casefold()
    return max(SequenceMatcher(None, sought, each).ratio() for each in [words, *words.split()])


def _volunteers(number: int) -> str:
    if not number:
        return _("no volunteer yet")
    return ngettext("%(n)d volunteer", "%(n)d volunteers", number) % {"n": number}


class WordingForm(forms.Form):
    """A wording that a reviewer offers. `revision` is the one they saw."""

    text = forms.CharField(
        label=gettext_lazy("The text as you would word it"), max_length=TEXT_MAX, strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "dir": "auto", "spellcheck": "true"}),
        help_text=gettext_lazy(
            "Change what you like. The author sees each change by itself and takes those that help."
        ),
    )  # fmt: skip
    note = forms.CharField(
        label=gettext_lazy("Why"), required=False, max_length=COMMENT_MAX,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )  # fmt: skip
    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class AnswerForm(forms.Form):
    """Which pieces somebody takes, and a word to whoever offered them."""

    piece = forms.TypedMultipleChoiceField(coerce=int, required=False)
    answer = forms.CharField(
        label=gettext_lazy("A word to them"), required=False, max_length=COMMENT_MAX,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )  # fmt: skip

    def __init__(self, *args: Any, pieces: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["piece"].choices = [(str(number), number) for number in range(1, pieces + 1)]


class ThanksForm(forms.Form):
    """A word of thanks."""

    text = forms.CharField(
        label=gettext_lazy("A word of thanks"), required=False, max_length=300,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )  # fmt: skip
