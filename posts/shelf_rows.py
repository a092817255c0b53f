"""The drafts that suggestions would become, looked at before: when, where, and whether at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time

from django.http import QueryDict
from django.utils.translation import gettext as _

from chapters.models import Chapter
from playbooks import filling
from playbooks.models import SuggestionItem
from posts import adopting, habits, spreading
from posts.checking import Choice
from posts.shelf_forms import DateForm
from posts.spreading import Planned


@dataclass(frozen=True)
class Place:
    """An account in a list of boxes to tick."""

    choice: Choice
    ticked: bool

    @property
    def pk(self) -> int:
        return self.choice.account.pk


@dataclass(frozen=True)
class Row:
    """One draft to be: what it is made from, how it reads here, its day, and which accounts it leaves out.

    `places` are the accounts that it may go to, each ticked where this draft alone leaves it out.
    """

    item: SuggestionItem
    filled: filling.Filled
    form: DateForm
    places: Sequence[Place]
    is_wanted: bool = True
    why_then: str = ""

    @property
    def leaves_out(self) -> bool:
        return any(place.ticked for place in self.places)

    def planned(self, where: Iterable[Place]) -> Planned:
        """What is made of it, of a valid form: `where` are the accounts of all the drafts."""
        wanted = {place.pk for place in where if place.ticked}
        kept = (place.pk for place in self.places if place.pk in wanted and not place.ticked)
        return Planned(self.item, self.form.at, tuple(kept))


def proposed(chapter: Chapter, items: Sequence[SuggestionItem], choices: Sequence[Choice]) -> list[Row]:
    """Each with the day and hour that are proposed for it. Two queries."""
    hours = spreading.usual_hours(chapter)
    return [
        Row(
            planned.item,
            filling.fill(planned.item.text, chapter),
            DateForm(
                chapter=chapter, prefix=f"item{planned.item.pk}",
                initial=DateForm.initial_for(planned.at, chapter),
            ),
            [Place(choice, ticked=False) for choice in _meant(planned.item, choices)],
            why_then=_why_then(planned, chapter, hours),
        )
        for planned in spreading.dates_for(chapter, items)
    ]  # fmt: skip


def typed(
    chapter: Chapter, items: Sequence[SuggestionItem], choices: Sequence[Choice], data: QueryDict
) -> list[Row]:
    """Each as it was sent."""
    wanted = set(data.getlist("make"))
    return [
        Row(
            item,
            filling.fill(item.text, chapter),
            DateForm(data, chapter=chapter, prefix=f"item{item.pk}"),
            _sent(data, f"item{item.pk}-without", _meant(item, choices)),
            is_wanted=str(item.pk) in wanted,
        )
        for item in items
    ]


def usual_places(chapter: Chapter, choices: Sequence[Choice]) -> list[Place]:
    """The accounts for all the drafts, those ticked that the chapter usually posts to."""
    usual = {account.pk for account in habits.usual_accounts(chapter)}
    return [Place(choice, choice.account.pk in usual) for choice in choices]


def sent_places(choices: Sequence[Choice], data: QueryDict) -> list[Place]:
    """The same as it was sent."""
    return _sent(data, "account", choices)


def _sent(data: QueryDict, name: str, choices: Sequence[Choice]) -> list[Place]:
    ticked = set(data.getlist(name))
    return [Place(choice, str(choice.account.pk) in ticked) for choice in choices]


def _meant(item: SuggestionItem, choices: Sequence[Choice]) -> list[Choice]:
    return [choice for choice in choices if adopting.is_meant_for(item, choice.account)]


def _why_then(planned: Planned, chapter: Chapter, hours: Mapping[int, time]) -> str:
    """Why this day and hour are proposed, in a sentence."""
    item, local = planned.item, planned.at.astimezone(chapter.zone)
    own_day = bool(item.day) or item.on == local.date()
    if own_day and item.at:
        return _("The day and the hour are the suggestion’s own.")
    if local.weekday() not in hours and not item.at:
        return _("The day is the suggestion’s own.") if own_day else _("A day on which you have nothing yet.")
    if own_day:
        return _("The suggestion’s own day, at the hour you usually post on it.")
    if item.at:
        return _("A day on which you have nothing yet, at the suggestion’s own hour.")
    return _("A day on which you have nothing yet, at the hour you usually post on it.")
