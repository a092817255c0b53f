"""What a suggestion says, as a value: how it is written, kept as a draft and compared."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, replace
from datetime import date, time
from typing import Any

from playbooks.models import Suggestion, SuggestionItem, SuggestionVersion

ITEMS_MAX = 12  # posts of one kit


@dataclass(frozen=True)
class PictureWords:
    """A picture of the suggestion, by its uid, with the words for people who do not see it."""

    uid: str
    alt: str = ""


@dataclass(frozen=True)
class ItemWords:
    """One post of a suggestion. `day` counts the days of a kit from 1; `on` is a fixed date instead."""

    text: str
    key: str = ""
    name: str = ""
    link: str = ""
    day: int | None = None
    on: date | None = None
    at: time | None = None
    platforms: tuple[str, ...] = ()
    images: tuple[PictureWords, ...] = ()

    @classmethod
    def of(cls, item: SuggestionItem) -> ItemWords:
        return cls(
            text=item.text,
            key=str(item.key),
            name=item.name,
            link=item.link,
            day=item.day,
            on=item.on,
            at=item.at,
            platforms=tuple(item.platforms),
            images=tuple(PictureWords(**image) for image in item.images),
        )


@dataclass(frozen=True)
class SuggestionWords:
    """Everything an author writes of a suggestion: what a version keeps."""

    title: str
    why: str = ""
    items: tuple[ItemWords, ...] = ()

    @classmethod
    def of_version(cls, version: SuggestionVersion) -> SuggestionWords:
        items = tuple(ItemWords.of(item) for item in version.items.all())
        return cls(version.title, version.why, items)

    @classmethod
    def of_draft(cls, suggestion: Suggestion) -> SuggestionWords:
        return loads(suggestion.draft)

    def keyed(self) -> SuggestionWords:
        """The same with a key for every post that has none yet."""
        items = (item if item.key else replace(item, key=str(uuid.uuid4())) for item in self.items)
        return replace(self, items=tuple(items))


def dumps(words: SuggestionWords) -> dict[str, Any]:
    """`words` as the draft column keeps them."""
    kept = asdict(words)
    for item in kept["items"]:
        item["on"] = item["on"].isoformat() if item["on"] else None
        item["at"] = item["at"].strftime("%H:%M") if item["at"] else None
    return kept


def loads(kept: dict[str, Any]) -> SuggestionWords:
    """What `dumps` made."""
    return SuggestionWords(
        title=kept.get("title", ""),
        why=kept.get("why", ""),
        items=tuple(_item(item) for item in kept.get("items", ())),
    )


def _item(kept: dict[str, Any]) -> ItemWords:
    return ItemWords(
        **{
            **kept,
            "on": date.fromisoformat(kept["on"]) if kept.get("on") else None,
            "at": time.fromisoformat(kept["at"]) if kept.get("at") else None,
            "platforms": tuple(kept.get("platforms", ())),
            "images": tuple(PictureWords(**image) for image in kept.get("images", ())),
        }
    )
