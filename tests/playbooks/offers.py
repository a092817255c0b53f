"""Suggestions for tests, made by the verbs that make real ones."""

from __future__ import annotations

from typing import Any

from chapters.events import Actor
from chapters.models import User
from playbooks import suggested, suggesting
from playbooks.models import Suggestion, SuggestionItem
from playbooks.suggesting import Terms
from playbooks.suggestion_words import ItemWords, SuggestionWords

TEXT = "Repair evening in {{ chapter.city }}. Bring what is broken."


def words(
    *texts: str, title: str = "Repair evening", why: str = "People come.", **item: Any
) -> SuggestionWords:
    """What an author might write."""
    return SuggestionWords(title, why, tuple(ItemWords(text, **item) for text in texts or (TEXT,)))


def drafted(by: User, *texts: str, terms: Terms | None = None, **details: Any) -> Suggestion:
    """A suggestion that nobody outside the central team has seen."""
    kind = Suggestion.Kind.KIT if len(texts) > 1 else Suggestion.Kind.POST
    return suggesting.create(words=words(*texts, **details), kind=kind, by=Actor.person(by), terms=terms)


def offered(by: User, *texts: str, **details: Any) -> Suggestion:
    """A suggestion on the shelves."""
    suggestion = drafted(by, *texts, **details)
    suggesting.offer(suggestion=suggestion, draft_number=1, by=Actor.person(by))
    return fresh(suggestion)


def revised(
    suggestion: Suggestion, by: User, *texts: str, note: str = "Shorter.", **details: Any
) -> Suggestion:
    """The same suggestion with one more version: its posts keep their keys and get other words."""
    now = SuggestionWords.of_draft(fresh(suggestion))
    items = tuple(
        ItemWords(**{**vars(old), "text": text, **details})
        for old, text in zip(now.items, texts, strict=True)
    )
    saved = suggesting.save_draft(
        suggestion=suggestion, draft_number=fresh(suggestion).draft_number, by=Actor.person(by),
        words=SuggestionWords(now.title, now.why, items),
    )  # fmt: skip
    suggesting.offer(suggestion=saved, draft_number=saved.draft_number, change_note=note, by=Actor.person(by))
    return fresh(suggestion)


def fresh(suggestion: Suggestion) -> Suggestion:
    return suggested.with_words(Suggestion.objects.all()).get(pk=suggestion.pk)


def items(suggestion: Suggestion) -> list[SuggestionItem]:
    """The posts of its current version, as verbs take them."""
    found = SuggestionItem.objects.filter(version=fresh(suggestion).current)
    return list(found.select_related("version__suggestion__current").order_by("order"))
