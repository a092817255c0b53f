"""A chapter takes suggestions over: drafts of its own, made because somebody of it pressed the button.

Nothing here submits, schedules or publishes. What a later version of a suggestion says is offered as a
difference; the copy changes only when somebody of the chapter takes pieces of it.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _

from chapters import events
from chapters.events import Actor
from chapters.models import Chapter
from playbooks import deciding, filling, pieces, platforms, suggested
from playbooks.models import Adoption, SuggestionImage, SuggestionItem
from posts import composing, habits, media_store, spreading, standings, workflow
from posts.composing import Draft, Picture
from posts.models import Post, SocialAccount
from posts.problems import Refused
from posts.spreading import Planned

S = Post.Status
CHANGEABLE = frozenset({S.DRAFT, S.IN_REVIEW, S.APPROVED, S.SCHEDULED})


@dataclass(frozen=True)
class Difference:
    """What a suggestion says differently now from `base`, the wording a copy began with."""

    adoption: Adoption
    item: SuggestionItem
    base: str
    new: str
    pieces: list[pieces.Piece]
    new_link: str | None = None  # None where the link did not change
    pictures_changed: bool = False
    is_kept: bool = False  # the chapter kept its own words over these already

    @property
    def note(self) -> str:
        return self.item.version.change_note

    def taken_into(self, text: str, taken: Collection[int]) -> pieces.Joined:
        """`text` with the pieces numbered in `taken`."""
        return pieces.join(self.base, self.new, taken, text)


# ---- taking over


def missing(chapter: Chapter, items: Sequence[SuggestionItem]) -> list[filling.LocalField]:
    """The local values that `items` want and the chapter has not given, each once."""
    found = {field.attribute: field for item in items for field in filling.fill(item.text, chapter).missing}
    return list(found.values())


def filled(item: SuggestionItem, chapter: Chapter, given: Mapping[str, str]) -> str:
    """The text of `item` as the chapter gets it, with values given for this once in place of missing ones."""
    return filling.fill(item.text, with_given(chapter, given)).text


def with_given(chapter: Chapter, given: Mapping[str, str]) -> Chapter:
    """The chapter with `given` in place of what its settings lack; never saved."""
    lacking = {
        name: value.strip()
        for name, value in given.items()
        if name in filling.FIELDS and not str(getattr(chapter, name)).strip()
    }
    values = {name: lacking.get(name, getattr(chapter, name)) for name in filling.FIELDS}
    return Chapter(**values)


def offered_item(chapter: Chapter, value: str | None) -> SuggestionItem | None:
    """The item with that key, as it came in a request, if its suggestion is offered to the chapter now."""
    if not (value and value.isascii() and value.isdecimal() and len(value) < 18):
        return None
    item = (
        SuggestionItem.objects.filter(pk=int(value), version__suggestion__current=F("version"))
        .select_related("version__suggestion")
        .first()
    )
    if item is None or not suggested.may_take(item.version.suggestion, standings.standing_of(chapter)).fits:
        return None
    return item


def first_words(item: SuggestionItem, chapter: Chapter) -> dict[str, Any]:
    """What a sheet that begins from `item` has on it: the composer's initial values."""
    (planned,) = spreading.dates_for(chapter, [item])
    local = planned.at.astimezone(chapter.zone)
    return {
        "suggestion": item.pk,
        "text": filling.fill(item.text, chapter).text,
        "link": item.link,
        "targets": [str(pk) for pk in accounts_for(item, chapter)],
        "date": local.date(),
        "time": local.time(),
    }


def note_adapted(*, post: Post, item: SuggestionItem, by: Actor) -> None:
    """Say that somebody wrote `post` from `item`, unless the chapter has a copy of it already."""
    if existing_copy(item, post.chapter) is None:
        note_copy(post=post, item=item, by=by, mode=Adoption.Mode.ADAPTED)


def use(
    *,
    chapter: Chapter,
    planned: Sequence[Planned],
    by: Actor,
    form_key: uuid.UUID,
    given: Mapping[str, str] | None = None,
) -> list[Post]:
    """Make a draft of each of `planned`, all or none, and nothing but drafts. The same press twice, or two
    people at once, make one draft of each post: the one that is there is given back.

    Raises Refused where one of them is not offered to this chapter.
    """
    given = dict(given or {})
    require_offered(chapter, [each.item for each in planned])
    # bytes are copied before the rows are locked: this is the slow part
    pictures = {each.item.pk: copy_pictures(each.item, chapter=chapter, by=by) for each in planned}
    with transaction.atomic():
        return [
            _use_one(chapter, each, by, _key(form_key, each.item), given, pictures[each.item.pk])
            for each in planned
        ]


def require_offered(chapter: Chapter, items: Sequence[SuggestionItem]) -> None:
    """Raise Refused unless every one of `items` is offered to the chapter now. Two queries for any number."""
    standing = standings.standing_of(chapter)
    for suggestion in {item.version.suggestion_id: item.version.suggestion for item in items}.values():
        if not suggested.may_take(suggestion, standing).fits:
            raise Refused(
                _("“%(title)s” is not offered to %(chapter)s any more. Look at what is new.")
                % {"title": suggestion.title, "chapter": chapter.name}
            )


def existing_copy(item: SuggestionItem, chapter: Chapter) -> Post | None:
    """The post the chapter has from this item already, if it is still there. Call it in a transaction."""
    adoption = deciding.copy_of(item=item, chapter=chapter)
    return Post.objects.filter(chapter=chapter, uid=adoption.post_uid).first() if adoption else None


def note_copy(
    *, post: Post, item: SuggestionItem, by: Actor, mode: str, given: Mapping[str, str] | None = None
) -> Adoption:
    """Say that `post` was made from `item`, in the transaction that made it."""
    given = dict(given or {})
    adoption = deciding.adopt(
        item=item, chapter=post.chapter, post_uid=post.uid, base=filled(item, post.chapter, given),
        mode=mode, by=by, given=given,
    )  # fmt: skip
    events.record(
        "adopted", post, chapter=post.chapter, by=by, suggestion=str(item.version.suggestion.uid),
        version=item.version.number,
    )  # fmt: skip
    return adoption


def copy_pictures(item: SuggestionItem, *, chapter: Chapter, by: Actor) -> tuple[Picture, ...]:
    """The pictures of `item` as the chapter's own: one that is gone is left out."""
    wanted = {image["uid"]: image["alt"] for image in item.images}
    rows = SuggestionImage.objects.filter(suggestion_id=item.version.suggestion_id, uid__in=wanted)
    found = {str(image.uid): image for image in rows}
    copied = []
    for uid, alt in wanted.items():
        if uid in found:
            with found[uid].file.open("rb") as stored:
                data = stored.read()
            media = media_store.store(io.BytesIO(data), size=len(data), chapter=chapter, by=by.user)
            copied.append(Picture(str(media.uid), alt))
    return tuple(copied)


def accounts_for(item: SuggestionItem, chapter: Chapter) -> dict[int, str | None]:
    """The accounts that a draft of the item begins with: of those the chapter usually posts to, the ones that
    the item is meant for."""
    return {each.pk: None for each in habits.usual_accounts(chapter) if is_meant_for(item, each)}


def is_meant_for(item: SuggestionItem, account: SocialAccount) -> bool:
    """Whether the item may go to the account: to any where it names no platform."""
    return platforms.is_any(item.platforms) or account.platform in item.platforms


def _use_one(
    chapter: Chapter,
    planned: Planned,
    by: Actor,
    form_key: uuid.UUID,
    given: dict[str, str],
    pictures: tuple[Picture, ...],
) -> Post:
    item = planned.item
    there = existing_copy(item, chapter)
    if there is not None:
        return there
    aimed = planned.accounts
    draft = Draft(
        text=filled(item, chapter, given),
        link=item.link,
        targets=accounts_for(item, chapter) if aimed is None else dict.fromkeys(aimed),
        pictures=pictures,
        planned_at=planned.at,
    )
    post = composing.create(chapter=chapter, by=by, draft=draft, form_key=form_key)
    note_copy(post=post, item=item, by=by, mode=Adoption.Mode.USED, given=given)
    return post


def _key(form_key: uuid.UUID, item: SuggestionItem) -> uuid.UUID:
    """A key for each draft of one form."""
    return uuid.uuid5(form_key, str(item.key))


# ---- a later version


def changed_copies(chapter: Chapter) -> QuerySet[Post]:
    """The chapter's posts that are not out and whose suggestion has other words now, soonest first."""
    copies = behind().filter(chapter=chapter).values("post_uid")
    posts = Post.objects.filter(chapter=chapter, status__in=CHANGEABLE, uid__in=copies)
    return posts.order_by(F("planned_at").asc(nulls_last=True), "id")


def behind() -> QuerySet[Adoption]:
    """Copies whose suggestion has another text or link now than the one they were last compared with."""
    other = SuggestionItem.objects.filter(
        version=OuterRef("suggestion__current"), key=OuterRef("item_key")
    ).exclude(text=OuterRef("item__text"), link=OuterRef("item__link"))
    return Adoption.objects.filter(Exists(other))


def origin(post: Post) -> Adoption | None:
    """The note that the post was made from a suggestion, if it was. One query."""
    found = Adoption.objects.filter(chapter=post.chapter_id, post_uid=post.uid)
    return found.select_related("suggestion__current").first()


def difference(post: Post) -> Difference | None:
    """What the suggestion says differently now, for a copy that is not out yet; None where nothing is.

    One query for a post that is no copy.
    """
    adoption = _changeable(post)
    return _difference(adoption, post.chapter, adoption.item, adoption.base) if adoption else None


def kept_difference(post: Post) -> Difference | None:
    """The newer words over which the chapter kept its own, of which it may still take some."""
    adoption = _changeable(post)
    if adoption is None or adoption.kept_item is None:
        return None
    found = _difference(adoption, post.chapter, adoption.kept_item, adoption.kept_base)
    return replace(found, is_kept=True) if found else None


def has_kept(post: Post, adoption: Adoption | None) -> bool:
    """Whether the copy may have newer words that the chapter left."""
    return adoption is not None and adoption.kept_item_id is not None and post.status in CHANGEABLE


def _changeable(post: Post) -> Adoption | None:
    if post.status not in CHANGEABLE:
        return None
    found = Adoption.objects.filter(chapter=post.chapter_id, post_uid=post.uid)
    return found.select_related("suggestion__current", "item__version", "kept_item").first()


def _difference(adoption: Adoption, chapter: Chapter, old: SuggestionItem, base: str) -> Difference | None:
    current = adoption.suggestion.current
    if current is None or current.pk == old.version_id:
        return None
    item = current.items.filter(key=adoption.item_key).select_related("version__suggestion").first()
    if item is None:
        return None
    new = filled(item, chapter, adoption.given)
    found = Difference(
        adoption=adoption,
        item=item,
        base=base,
        new=new,
        pieces=pieces.pieces(base, new),
        new_link=item.link if item.link != old.link else None,
        pictures_changed=item.images != old.images,
    )
    return found if found.pieces or found.new_link is not None or found.pictures_changed else None


@transaction.atomic
def take_difference(
    *, post: Post, taken: Collection[int], version: int, by: Actor, takes_link: bool = False
) -> pieces.Joined:
    """Take the pieces numbered in `taken` into the copy, as an edit of `by`: an approval is void, and what is
    scheduled comes off the schedule first. `version` is the one whose pieces the person saw.

    Pieces whose place was rewritten since are given back as unfitting. Raises Refused.
    """
    post, found = _open_difference(post, version)
    joined = found.taken_into(post.text, taken)
    draft = replace(composing.draft_of(post), text=joined.text)
    if takes_link and found.new_link is not None:
        draft = replace(draft, link=found.new_link)
    if (draft.text.strip(), draft.link) != (post.text, post.link):
        if post.status not in composing.EDITABLE:
            post = workflow.reopen(post=post, by=by)
        post = composing.update(post=post, by=by, draft=draft, seen_revision=post.revision)
    _settle(post, found, "difference_taken", by)
    return joined


@transaction.atomic
def keep_own(*, post: Post, version: int, by: Actor) -> None:
    """Leave the copy as it is and stop asking about this difference. Raises Refused."""
    post, found = _open_difference(post, version)
    if not found.is_kept:
        _settle(post, found, "difference_kept", by)


def _settle(post: Post, found: Difference, verb: str, by: Actor) -> None:
    keeps = verb == "difference_kept"
    deciding.settle(adoption=found.adoption, item=found.item, base=found.new, keeps=keeps)
    events.record(verb, post, chapter=post.chapter, by=by, version=found.item.version.number)


def _open_difference(post: Post, version: int) -> tuple[Post, Difference]:
    locked = Post.objects.select_for_update(of=("self",)).select_related("chapter").get(pk=post.pk)
    found = difference(locked) or kept_difference(locked)
    if found is None:
        raise Refused(
            _("No change of the suggestion waits for an answer here any more. Your post is as it was.")
        )
    if found.item.version.number != version:
        raise Refused(_("The suggestion changed again while you looked. Look at the newest change below."))
    return locked, found
