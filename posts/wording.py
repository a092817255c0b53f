"""How one state of a post's content differs from another, for people to read.

Contents are the dictionaries that `composing.snapshot` makes and revisions keep.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from playbooks.differences import Paragraph, differences
from posts import composing
from posts.checking import Choice
from posts.composing import Draft


@dataclass(frozen=True)
class Changes:
    """What is different: the common text, accounts' own texts, and the rest in sentences."""

    text: list[Paragraph] = field(default_factory=list)
    own: list[tuple[str, list[Paragraph]]] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.text or self.own or self.sentences)


def changes(old: dict[str, Any], new: dict[str, Any]) -> Changes:
    """How `new` came from `old`."""
    before = {target["account"]: target for target in old["targets"]}
    after = {target["account"]: target for target in new["targets"]}
    own = [
        (after[account]["handle"], differences(_words(before[account], old), _words(after[account], new)))
        for account in after
        if account in before and (before[account]["text"] or after[account]["text"])
    ]
    return Changes(
        text=differences(old["text"], new["text"]),
        own=[(handle, paragraphs) for handle, paragraphs in own if paragraphs],
        sentences=[*_targets(before, after), *_link(old["link"], new["link"]), *_pictures(old, new)],
    )


def of_draft(draft: Draft, choices: Iterable[Choice]) -> dict[str, Any]:
    """A draft that is not stored, as content."""
    accounts = {choice.account.pk: choice.account for choice in choices}
    return {
        "text": draft.text.strip(),
        "link": draft.link,
        "targets": [
            {"account": str(accounts[pk].uid), "handle": accounts[pk].handle, "text": _own(text)}
            for pk, text in sorted(draft.targets.items())
        ],
        "pictures": [
            composing.picture_facts(picture.media_uid, picture.alt.strip(), is_video=picture.is_video)
            for picture in draft.pictures
        ],
    }


def essence(draft: Draft) -> tuple[Any, ...]:
    """What makes two drafts the same for people: equal where a second click sent the same form."""
    return (
        draft.text.strip(),
        draft.link,
        tuple((pk, _own(text)) for pk, text in sorted(draft.targets.items())),
        tuple((picture.media_uid, picture.alt.strip()) for picture in draft.pictures),
    )


def _own(text: str | None) -> str | None:
    return text.strip() if text is not None and text.strip() else None


def _words(target: dict[str, Any], content: dict[str, Any]) -> str:
    return content["text"] if target["text"] is None else target["text"]


def _targets(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    added = [target["handle"] for account, target in after.items() if account not in before]
    gone = [target["handle"] for account, target in before.items() if account not in after]
    said = []
    if added:
        said.append(_("It now also goes to %(accounts)s.") % {"accounts": ", ".join(added)})
    if gone:
        said.append(_("It no longer goes to %(accounts)s.") % {"accounts": ", ".join(gone)})
    return said


def _link(old: str, new: str) -> list[str]:
    if old == new:
        return []
    if not old:
        return [_("Link added: %(new)s") % {"new": new}]
    if not new:
        return [_("Link taken out: %(old)s") % {"old": old}]
    return [_("Link changed from %(old)s to %(new)s") % {"old": old, "new": new}]


def _pictures(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    before, after = _alts(old, video=False), _alts(new, video=False)
    said = _video(_alts(old, video=True), _alts(new, video=True))
    if added := len(after.keys() - before.keys()):
        said.append(ngettext("%(n)d picture added.", "%(n)d pictures added.", added) % {"n": added})
    if gone := len(before.keys() - after.keys()):
        said.append(ngettext("%(n)d picture taken out.", "%(n)d pictures taken out.", gone) % {"n": gone})
    for number, (media, alt) in enumerate(after.items(), 1):
        if media in before and before[media] != alt:
            said.append(
                _("Picture %(number)d is now described as “%(alt)s”.") % {"number": number, "alt": alt}
                if alt
                else _("Picture %(number)d lost its description.") % {"number": number}
            )
    kept = [media for media in after if media in before]
    if kept != [media for media in before if media in after]:
        said.append(_("The pictures stand in another order."))
    return said


def _video(before: dict[str, str], after: dict[str, str]) -> list[str]:
    if before == after:
        return []
    if before.keys() == after.keys():
        alt = next(iter(after.values()))
        if not alt:
            return [_("The video lost its description.")]
        return [_("The video is now described as “%(alt)s”.") % {"alt": alt}]
    if not after:
        return [_("The video was taken out.")]
    return [_("There is another video.") if before else _("A video was added.")]


def _alts(content: dict[str, Any], *, video: bool) -> dict[str, str]:
    """The descriptions by media: of the video, or of the pictures."""
    return {one["media"]: one["alt"] for one in content["pictures"] if (one.get("kind") == "video") == video}
