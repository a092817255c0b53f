"""The forms of asking and answering."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from chapters.models import Chapter
from playbooks import library
from playbooks.agenda import Point
from playbooks.asking import Asked, readers_of_private
from playbooks.models import Playbook, Question

TEXT_MAX = 10_000


def _topics() -> list[tuple[str, str]]:
    """The topics that published playbooks have."""
    known = [(topic, topic.replace("-", " ")) for topic in library.choices().topics]
    return [("", _now("No topic in particular")), *known]


class WordsForm(forms.Form):
    """The words of a question."""

    title = forms.CharField(
        label=_("Your question"),
        max_length=160,
        help_text=_("In one sentence, as you would ask somebody at the table."),
        error_messages={"required": _("Write your question in one sentence first.")},
    )
    body = forms.CharField(
        label=_("More about it"),
        required=False,
        max_length=TEXT_MAX,
        help_text=_("What you tried, what you see, by when you need it."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class AskForm(WordsForm):
    """A question. `key` makes a double click ask once; `about` is the playbook it was asked from."""

    audience = forms.ChoiceField(
        label=_("Who may read it"),
        choices=Question.Audience.choices,
        initial=Question.Audience.EVERYBODY,
        widget=forms.RadioSelect,
        help_text=_("Other chapters may know the answer, and the next one finds it here."),
    )
    topic = forms.ChoiceField(label=_("Topic"), choices=_topics, required=False)
    about = forms.CharField(required=False, widget=forms.HiddenInput)
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, chapter: Chapter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["audience"].choices = [
            (Question.Audience.EVERYBODY, Question.Audience.EVERYBODY.label),
            (Question.Audience.CENTRAL, readers_of_private(chapter)),
        ]

    @classmethod
    def empty(
        cls, *, chapter: Chapter, about: Playbook | None, title: str = "", point: Point | None = None
    ) -> AskForm:
        """A new form. What went wrong with a post, `point`, is for the central team alone, unless the asker
        says otherwise."""
        initial = {"key": uuid.uuid4(), "about": about.slug if about else "", "title": title}
        if about is not None and about.current is not None:
            initial["topic"] = next(iter(about.current.topics), "")
        if point is not None:
            initial |= {"body": point.words, "audience": Question.Audience.CENTRAL}
        return cls(initial=initial, chapter=chapter)

    def asked(self, about: Playbook | None) -> Asked:
        """The valid form's question."""
        data = self.cleaned_data
        return Asked(data["title"], data["body"], data["audience"], about, data["topic"])


class AnswerForm(forms.Form):
    """An answer, or a word back from the asker."""

    body = forms.CharField(
        label=_("Your answer"),
        max_length=TEXT_MAX,
        error_messages={"required": _("Write your answer first.")},
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)
    still = forms.BooleanField(
        label=_("I still need an answer"),
        required=False,
        help_text=_("Where the answers so far do not help: your question then waits in the queue again."),
    )

    @classmethod
    def empty(cls) -> AnswerForm:
        return cls(initial={"key": uuid.uuid4()})


class TakeForm(forms.Form):
    """By which day somebody of the central team promises an answer, if they do."""

    on = forms.DateField(
        label=_("Answer by"),
        required=False,
        help_text=_("Whoever asked is told of the day."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class HideForm(forms.Form):
    """Why words are taken out of a thread."""

    why = forms.CharField(max_length=240, required=False)


class PromiseForm(forms.Form):
    """How soon the central team answers."""

    working_days = forms.IntegerField(label=_("Working days"), min_value=1, max_value=10)
