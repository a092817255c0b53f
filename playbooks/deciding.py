"""What chapters make of suggestions: the only writer of Decision and Adoption.

A copy that was adopted is a post of the chapter, which this app does not know: it keeps the post's uid.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters.events import Actor, record
from chapters.models import Chapter
from playbooks import telling_suggestions
from playbooks.errors import NotNow
from playbooks.models import Adoption, Decision, Suggestion, SuggestionItem

TAKEN = (Decision.State.USED, Decision.State.ADAPTED)


@dataclass(frozen=True)
class Tally:
    """What chapters made of one suggestion, over all of them together."""

    used: int = 0
    adapted: int = 0
    declined: int = 0

    @property
    def taken(self) -> int:
        return self.used + self.adapted

    @property
    def answered(self) -> int:
        return self.taken + self.declined


@transaction.atomic
def decline(*, suggestion: Suggestion, chapter: Chapter, reason: str, by: Actor, words: str = "") -> Decision:
    """Not for us, with a reason of `Decision.Reason`. It is not shown as new to this chapter again.

    Raises NotNow where the chapter already uses it.
    """
    decision = _decision_of(suggestion, chapter)
    if decision is not None and decision.state in TAKEN:
        raise NotNow(
            _("%(chapter)s uses this suggestion already. Delete the draft if you do not want it.")
            % {"chapter": chapter.name},
            detail=f"decision {decision.pk} is {decision.state}",
        )
    said = (Decision.State.DECLINED, reason, words.strip())
    if decision is not None and (decision.state, decision.reason, decision.words) == said:
        return decision
    return _write(
        suggestion, chapter, by, state=Decision.State.DECLINED, reason=Decision.Reason(reason),
        words=words.strip(), answer="", answered_by=None, answered_at=None,
    )  # fmt: skip


@transaction.atomic
def take_back(*, suggestion: Suggestion, chapter: Chapter, by: Actor) -> Decision | None:
    """Undo a “not for us”: the suggestion is new to the chapter again. Without one, nothing happens."""
    decision = _decision_of(suggestion, chapter)
    if decision is None or decision.state != Decision.State.DECLINED:
        return decision
    return _write(
        suggestion, chapter, by, state=Decision.State.WITHDRAWN, reason="", words="", answer="",
        answered_by=None, answered_at=None,
    )  # fmt: skip


def copy_of(*, item: SuggestionItem, chapter: Chapter) -> Adoption | None:
    """The copy the chapter made of this post of the suggestion, in whatever version. Locks it, so that two
    people who press at once make one: call it in the transaction that makes the copy."""
    suggestion = item.version.suggestion
    # the row every copy of this chapter passes by; it is made by the first
    Decision.objects.get_or_create(
        suggestion=suggestion,
        chapter=chapter,
        defaults={"state": Decision.State.WITHDRAWN, "version": item.version.number, "at": timezone.now()},
    )
    Decision.objects.select_for_update().get(suggestion=suggestion, chapter=chapter)
    return Adoption.objects.filter(chapter=chapter, suggestion=suggestion, item_key=item.key).first()


@transaction.atomic
def adopt(
    *,
    item: SuggestionItem,
    chapter: Chapter,
    post_uid: uuid.UUID,
    base: str,
    mode: str,
    by: Actor,
    given: dict[str, str] | None = None,
) -> Adoption:
    """Note that the post `post_uid` of `chapter` was made from `item`, whose filled text is `base`.

    A copy made earlier of the same item gives way to this one.
    """
    suggestion = item.version.suggestion
    kept: dict[str, Any] = {
        "item": item, "post_uid": post_uid, "mode": mode, "given": given or {}, "base": base, "by": by.user,
    }  # fmt: skip
    adoption, _made = Adoption.objects.update_or_create(
        chapter=chapter, suggestion=suggestion, item_key=item.key, defaults=kept
    )
    state = Decision.State.ADAPTED if mode == Adoption.Mode.ADAPTED else Decision.State.USED
    decision = _decision_of(suggestion, chapter)
    if decision is None or decision.state not in TAKEN:
        _write(suggestion, chapter, by, state=state, reason="", words="", answer="", answered_by=None,
               answered_at=None)  # fmt: skip
    return adoption


@transaction.atomic
def settle(*, adoption: Adoption, item: SuggestionItem, base: str, keeps: bool = False) -> Adoption:
    """The chapter answered the wording of `item`: from now on its copy is compared with that one.

    Where it `keeps` its own, what the copy was compared with so far is remembered.
    """
    locked = Adoption.objects.select_for_update(of=("self",)).get(pk=adoption.pk)
    if not keeps:
        locked.kept_item, locked.kept_base = None, ""
    elif locked.kept_item_id is None:
        locked.kept_item_id, locked.kept_base = locked.item_id, locked.base
    locked.item, locked.base = item, base
    locked.save(update_fields=["item", "base", "kept_item", "kept_base"])
    return locked


@transaction.atomic
def answer(*, decision: Decision, by: Actor, words: str = "") -> Decision:
    """The central team read why a chapter declined; the words, if any, go back to it.

    The same words of the same person twice settle it once. Raises NotNow where somebody else settled it, or
    the chapter no longer declines.
    """
    related = Decision.objects.select_related("suggestion", "chapter", "answered_by")
    locked = related.select_for_update(of=("self",)).get(pk=decision.pk)
    if locked.state != Decision.State.DECLINED:
        raise NotNow(
            _("%(chapter)s took its “not for us” back meanwhile. Your words were not sent.")
            % {"chapter": locked.chapter.name},
            detail=f"decision {locked.pk} is {locked.state}",
        )
    if locked.answered_at is not None:
        if (locked.answered_by_id, locked.answer) == (by.user.pk, words.strip()):
            return locked
        raise NotNow(
            _("%(name)s settled this while you wrote. Your words were not sent.")
            % {"name": locked.answered_by.display_name if locked.answered_by else _("Somebody else")},
            detail=f"decision {locked.pk} is answered",
        )
    locked.answer, locked.answered_by, locked.answered_at = words.strip(), by.user, timezone.now()
    locked.save(update_fields=["answer", "answered_by", "answered_at"])
    record("suggestion_decline_read", locked.suggestion, chapter=None, by=by)
    telling_suggestions.decline_answered(locked)
    return locked


def tallies(suggestions: list[Suggestion]) -> dict[int, Tally]:
    """The decisions on each of `suggestions` by its key, without the central team's own. One query."""
    keys = [suggestion.pk for suggestion in suggestions]
    counted = {name: Count("pk", filter=Q(state=name)) for name in ("used", "adapted", "declined")}
    rows = (
        Decision.objects.filter(suggestion__in=keys)
        .exclude(chapter__kind=Chapter.Kind.CENTRAL)
        .order_by()
        .values("suggestion")
        .annotate(**counted)
    )
    found = {row["suggestion"]: Tally(row["used"], row["adapted"], row["declined"]) for row in rows}
    return {key: found.get(key, Tally()) for key in keys}


def _decision_of(suggestion: Suggestion, chapter: Chapter) -> Decision | None:
    return (
        Decision.objects.select_for_update(of=("self",))
        .filter(suggestion=suggestion, chapter=chapter)
        .first()
    )


def _write(suggestion: Suggestion, chapter: Chapter, by: Actor, **values: Any) -> Decision:
    now: datetime = timezone.now()
    number = suggestion.current.number if suggestion.current else 0
    decision, _made = Decision.objects.update_or_create(
        suggestion=suggestion,
        chapter=chapter,
        defaults={**values, "version": number, "by": by.user, "at": now},
    )
    record(f"suggestion_{decision.state}", suggestion, chapter=chapter, by=by, version=number)
    return decision
