"""What one wording of a suggestion says differently from another, post by post."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from playbooks import platforms
from playbooks.differences import Paragraph, differences
from playbooks.suggestion_words import ItemWords, SuggestionWords


@dataclass(frozen=True)
class ChangedItem:
    """One part that changed: a line of the head, or a post of the suggestion."""

    label: str
    paragraphs: list[Paragraph]


def changed(old: SuggestionWords, new: SuggestionWords) -> list[ChangedItem]:
    """The parts that differ, in the order a reader meets them; a post is known by its key."""
    parts = [(_("Title"), old.title, new.title), (_("Why it is worth it"), old.why, new.why)]
    before = {item.key: item for item in old.items}
    after = {item.key: item for item in new.items}
    for number, (key, item) in enumerate(after.items(), 1):
        was = before.get(key)
        parts.append((item.name or _("Post %(n)d") % {"n": number}, _lines(was) if was else "", _lines(item)))
    for key, item in before.items():
        if key not in after:
            parts.append((item.name or _("A post taken out"), _lines(item), ""))
    found = [ChangedItem(label, differences(was, now)) for label, was, now in parts]
    return [part for part in found if part.paragraphs]


def _lines(item: ItemWords) -> str:
    """A post as text to compare: its words, then what goes with them."""
    lines = [item.text, item.link]
    if item.day:
        lines.append(_("Day %(n)d of the kit") % {"n": item.day})
    if item.on:
        lines.append(_("On %(day)s") % {"day": date_format(item.on, "j F Y")})
    if item.at:
        lines.append(_("At %(time)s") % {"time": item.at.strftime("%H:%M")})
    if item.platforms:
        lines.append(_("For %(names)s") % {"names": ", ".join(platforms.name(key) for key in item.platforms)})
    lines += [_("Picture: %(alt)s") % {"alt": image.alt or "…"} for image in item.images]
    return "\n".join(line for line in lines if line)
