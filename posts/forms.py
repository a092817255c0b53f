"""The forms of writing, scheduling and settling posts."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chapters.models import Chapter
from hubsite.lib import times
from posts import workflow
from posts.checking import Choice
from posts.composing import Draft, Picture
from posts.models import Post

TEXT_MAX = 20_000  # far beyond every platform: a guard, not a limit anybody should meet
COMMENT_MAX = 5_000


GRACES = (15, 60, 180, 720, 1440)  # minutes that a post may be late, to choose from


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class LocalTimeForm(forms.Form):
    """A day and a time of day on the chapter's clocks. `at` is the instant after a valid form, or None, and
    `grace_minutes` how late that may become, None where the chapter's setting is to hold.

    An hour that the zone skips is refused, and the next that exists put in its place; of an hour that comes
    twice the first is taken until the person says otherwise, and they are asked.
    """

    date = forms.DateField(label=gettext_lazy("Day"), required=False, widget=DateInput())
    time = forms.TimeField(label=gettext_lazy("Time"), required=False, widget=TimeInput())
    fold = forms.TypedChoiceField(
        label=gettext_lazy("Which of the two"), required=False, coerce=int, empty_value=None,
        choices=[("0", gettext_lazy("The first")), ("1", gettext_lazy("The second"))],
        widget=forms.RadioSelect, initial="0",
    )  # fmt: skip

    def __init__(
        self,
        *args: Any,
        chapter: Chapter,
        time_required: bool = False,
        asks_fold: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.chapter = chapter
        self.fields["grace"] = _grace_field(chapter)
        self.time_required = time_required
        self.asks_fold = asks_fold or time_required
        self.at: datetime | None = None
        self.comes_twice: list[datetime] = []
        day, clock = self.initial.get("date"), self.initial.get("time")
        if not self.is_bound and day and clock:
            wall = datetime.combine(day, clock)
            possible = times.instants(wall, chapter.zone)
            if len(possible) == 2:
                self._offer_both(wall, possible, ask=False)

    @property
    def zone_label(self) -> str:
        return times.zone_label(self.chapter.zone)

    @property
    def grace_minutes(self) -> int | None:
        return self.cleaned_data.get("grace")

    @staticmethod
    def initial_for(at: datetime | None, chapter: Chapter, *, grace: int | None = None) -> dict[str, Any]:
        """The fields' first values for an instant and for the minutes it may be late."""
        if at is None:
            return {"grace": grace}
        local = at.astimezone(chapter.zone)
        return {
            "grace": grace,
            "date": local.date(),
            "time": local.time().replace(second=0, microsecond=0),
            "fold": str(local.fold),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        day, clock = cleaned.get("date"), cleaned.get("time")
        if self.errors.keys() & {"date", "time"}:
            return cleaned
        if day and clock:
            self._settle(datetime.combine(day, clock), cleaned.get("fold"))
        elif day:
            self.add_error("time", _("Choose the time of day too, or clear the day."))
        elif clock:
            self.add_error("date", _("Choose the day too, or clear the time."))
        elif self.time_required:
            self.add_error("date", _("Choose a day and a time."))
        return cleaned

    def refuse_past(self) -> None:
        """Add an error where the chosen time is over: for a form whose post has yet to go out at it."""
        if self.at is not None and self.at < timezone.now() - workflow.PAST_TOLERANCE:
            self.add_error("date", _("That time has passed. Choose a later one, or clear it."))

    def _settle(self, wall: datetime, fold: int | None) -> None:
        zone = self.chapter.zone
        possible = times.instants(wall, zone)
        if not possible:
            self._offer_next(wall)
            return
        self.at = possible[min(fold or 0, len(possible) - 1)]
        if len(possible) == 2:
            self._offer_both(wall, possible, ask=self.asks_fold and fold is None)

    def _offer_next(self, wall: datetime) -> None:
        following = times.next_existing(wall, self.chapter.zone)
        self.data = self.data.copy()
        self.data[self.add_prefix("date")] = following.date().isoformat()
        self.data[self.add_prefix("time")] = following.strftime("%H:%M")
        self.add_error(
            "time",
            _("Clocks in %(zone)s skip %(time)s on that day. The next time there is %(next)s; "
              "it stands in the field now.")
            % {"zone": self.zone_label, "time": wall.strftime("%H:%M"), "next": following.strftime("%H:%M")},
        )  # fmt: skip

    @staticmethod
    def _which_words() -> tuple[str, str]:
        return (
            _("The first, before the clocks go back (UTC%(offset)s)"),
            _("The second, an hour later (UTC%(offset)s)"),
        )

    def _offer_both(self, wall: datetime, possible: list[datetime], *, ask: bool) -> None:
        self.comes_twice = possible
        self.fields["fold"].required = True
        self.fields["fold"].choices = [
            (str(fold), words % {"offset": _offset(at, self.chapter.zone)})
            for fold, at, words in zip(range(2), possible, self._which_words(), strict=True)
        ]
        if ask:
            self.data = self.data.copy()
            self.data[self.add_prefix("fold")] = "0"
            self.add_error(
                "fold",
                _("%(time)s comes twice on that day, because the clocks go back. Say which you mean.")
                % {"time": wall.strftime("%H:%M")},
            )


def _grace_field(chapter: Chapter) -> forms.TypedChoiceField:
    usual = _("As usual here: %(time)s") % {"time": times.span(timedelta(minutes=chapter.late_after_minutes))}
    choices = [(str(minutes), times.span(timedelta(minutes=minutes))) for minutes in GRACES]
    return forms.TypedChoiceField(
        label=_("If it can’t go out in time, ask me after"), required=False, coerce=int, empty_value=None,
        choices=[("", usual), *choices],
    )  # fmt: skip


def _offset(at: datetime, zone: ZoneInfo) -> str:
    raw = at.astimezone(zone).strftime("%z")
    return f"{raw[:3]}:{raw[3:]}"


class ComposeForm(LocalTimeForm):
    """Everything of a post but its pictures, which are in the tray. `choices` are the accounts on offer."""

    text = forms.CharField(
        label=gettext_lazy("Text"), required=False, strip=False, max_length=TEXT_MAX,
        widget=forms.Textarea(
            attrs={
                "rows": 8, "dir": "auto", "spellcheck": "true",
                "aria-describedby": "id_text_error problems-text",
            }
        ),
    )  # fmt: skip
    link = forms.URLField(
        label=gettext_lazy("Link"), required=False, max_length=2048, assume_scheme="https",
        widget=forms.URLInput(
            attrs={
                "dir": "ltr", "inputmode": "url", "placeholder": "https://", "maxlength": None,
                "aria-describedby": "id_link_error problems-link",
            }
        ),
    )  # fmt: skip
    form_key = forms.UUIDField(widget=forms.HiddenInput)
    revision = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    template = forms.IntegerField(required=False, widget=forms.HiddenInput)
    suggestion = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, choices: Sequence[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = list(choices)
        ids = [str(choice.account.pk) for choice in choices]
        self.fields["targets"] = forms.MultipleChoiceField(
            label=_("Where"), required=False, choices=[(pk, pk) for pk in ids]
        )
        for choice in choices:
            self.fields[f"text_{choice.account.pk}"] = forms.CharField(
                label=_("Other words for %(account)s") % {"account": choice.account.handle},
                required=False, strip=False, max_length=TEXT_MAX,
                widget=forms.Textarea(
                    attrs={"rows": 5, "dir": "auto", "aria-describedby": f"problems-text-{choice.account.pk}"}
                ),
            )  # fmt: skip

    @classmethod
    def initial_of(cls, post: Post) -> dict[str, Any]:
        """The form's first values for a stored post."""
        targets = list(post.targets.all())
        own = {f"text_{target.account_id}": target.text for target in targets if target.text is not None}
        return {
            "text": post.text, "link": post.link, "form_key": post.form_key, "revision": post.revision,
            "targets": [str(target.account_id) for target in targets], **own,
            **cls.initial_for(post.planned_at, post.chapter, grace=post.grace_minutes),
        }  # fmt: skip

    @property
    def chosen(self) -> list[int]:
        """Ids of the accounts that are ticked, of those on offer."""
        ticked = {str(value) for value in self["targets"].value() or []}
        return [choice.account.pk for choice in self.choices if str(choice.account.pk) in ticked]

    def own_text(self, account_id: int) -> str | None:
        """The account's own words, or None where it gets the common ones."""
        words = _plain(self[f"text_{account_id}"].value())
        return words if words.strip() else None

    @property
    def words(self) -> str:
        """The common text as it stands in the form, valid or not."""
        return _plain(self["text"].value())

    @property
    def address(self) -> str:
        """The link: cleaned where it is valid, else as it was typed."""
        cleaned = getattr(self, "cleaned_data", {})
        return cleaned.get("link") or (self["link"].value() or "").strip()

    def draft(self, pictures: Sequence[Picture]) -> Draft:
        """What a valid form asks for."""
        return Draft(
            text=self.words,
            link=self.cleaned_data["link"],
            targets={account_id: self.own_text(account_id) for account_id in self.chosen},
            pictures=tuple(pictures),
            planned_at=self.at,
            grace_minutes=self.grace_minutes,
        )


class CommentForm(forms.Form):
    """Words about a post."""

    text = forms.CharField(
        label=gettext_lazy("Comment"), max_length=COMMENT_MAX,
        error_messages={"required": gettext_lazy("Write something first.")},
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )  # fmt: skip


class ReviewForm(forms.Form):
    """A reviewer's word on the revision they saw."""

    text = forms.CharField(
        label=gettext_lazy("Your words to the author"), required=False, max_length=COMMENT_MAX,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text=gettext_lazy("Needed when you ask for changes, welcome when you approve."),
    )  # fmt: skip
    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class ConfirmForm(forms.Form):
    """Where somebody found a post that the hub was not sure of."""

    permalink = forms.URLField(
        label=gettext_lazy("Address of the post"), max_length=500, assume_scheme="https",
        error_messages={
            "required": gettext_lazy("Paste the address of the post, so that everybody finds it."),
            "invalid": gettext_lazy("Paste the whole address of the post, as your browser shows it."),
        },
        widget=forms.URLInput(attrs={"dir": "ltr", "inputmode": "url", "placeholder": "https://"}),
    )  # fmt: skip


class DenyForm(forms.Form):
    """Somebody looked and did not find the post. `warning` is why sending it again might put it out twice;
    where there is one, they have to say that they are sure."""

    sure = forms.BooleanField(
        label=gettext_lazy("I looked there, and it is not there"),
        error_messages={"required": gettext_lazy("Look at the account first, then tick this.")},
    )

    def __init__(self, *args: Any, warning: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.warning = warning
        if not warning:
            del self.fields["sure"]


def new_form_key() -> uuid.UUID:
    """What makes one form one post, however often it is sent."""
    return uuid.uuid4()


def _plain(text: str | None) -> str:
    """Line ends as platforms count them: one sign, not the two that browsers send."""
    return (text or "").replace("\r\n", "\n")
