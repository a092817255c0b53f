"""Which suggestions a chapter sees: what is offered now, is for it, and what it did with the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters.models import Chapter
from playbooks import platforms
from playbooks.audience import Audience, Fit, Standing, fit, language_name
from playbooks.models import Decision, Suggestion, SuggestionItem

SHELF_MAX = 200  # offered at one time; more than anybody looks through


@dataclass(frozen=True)
class Shown:
    """A suggestion as one chapter sees it, with why."""

    suggestion: Suggestion
    why: str

    @property
    def items(self) -> list[SuggestionItem]:
        return list(self.suggestion.current.items.all())


def offered(now: datetime | None = None) -> QuerySet[Suggestion]:
    """What is offered at this time to anybody, the newest first. Two queries."""
    now = now or timezone.now()
    return (
        Suggestion.objects.filter(status=Suggestion.Status.OFFERED)
        .filter(Q(visible_from=None) | Q(visible_from__lte=now), Q(until=None) | Q(until__gt=now))
        .select_related("current", "from_chapter")
        .prefetch_related("regions")
        .order_by("-offered_at", "-pk")
    )


def new_for(chapter: Chapter, standing: Callable[[], Standing], now: datetime | None = None) -> list[Shown]:
    """What fits and the chapter has not answered yet, the newest first; nobody is offered their own.

    `standing` is asked only where there is something: one query where there is nothing.
    """
    settled = Decision.objects.filter(chapter=chapter).exclude(state=Decision.State.WITHDRAWN)
    waiting = offered(now).exclude(pk__in=settled.values("suggestion")).exclude(from_chapter=chapter)
    found = list(waiting[:SHELF_MAX])
    if not found:
        return []
    here = standing()
    asked = [(suggestion, fits(suggestion, here)) for suggestion in found]
    return [Shown(suggestion, one.why) for suggestion, one in asked if one.fits]


def with_items(shown: list[Shown]) -> list[Shown]:
    """The same with the posts of each. One query for all."""
    prefetch_related_objects([one.suggestion for one in shown], _items())
    return shown


def may_take(suggestion: Suggestion, standing: Standing, now: datetime | None = None) -> Fit:
    """Whether the chapter may use this suggestion at this time: offered, in its time, and for it."""
    now = now or timezone.now()
    is_open = (
        suggestion.status == Suggestion.Status.OFFERED
        and (suggestion.visible_from is None or suggestion.visible_from <= now)
        and (suggestion.until is None or suggestion.until > now)
    )
    return fits(suggestion, standing) if is_open else Fit(False)


def may_read(suggestion: Suggestion, chapter: Chapter, standing: Standing) -> bool:
    """Whether the chapter may look at it: what it may take, what it answered, what it sent in itself."""
    if suggestion.from_chapter_id == chapter.pk:
        return True
    if suggestion.current_id is None:
        return False
    if suggestion.decisions.filter(chapter=chapter).exclude(state=Decision.State.WITHDRAWN).exists():
        return True
    return may_take(suggestion, standing).fits


def fits(suggestion: Suggestion, standing: Standing) -> Fit:
    """The audience of a suggestion, asked of one chapter."""
    return fit(audience_of(suggestion), standing)


def audience_of(suggestion: Suggestion) -> Audience:
    return Audience(
        regions={region.pk: region.name for region in suggestion.regions.all()},
        platforms=tuple(suggestion.platforms),
        language=suggestion.language,
        min_members=suggestion.min_members,
        max_members=suggestion.max_members,
        min_accounts=suggestion.min_accounts,
        max_accounts=suggestion.max_accounts,
    )


def answered_by(chapter: Chapter) -> QuerySet[Decision]:
    """What the chapter used, adapted or declined, the latest first."""
    return (
        Decision.objects.filter(chapter=chapter)
        .exclude(state=Decision.State.WITHDRAWN)
        .select_related("suggestion__current", "suggestion__from_chapter", "by", "answered_by")
    )


def sent_in_by(chapter: Chapter) -> QuerySet[Suggestion]:
    """What the chapter offered to others, the latest first."""
    return Suggestion.objects.filter(from_chapter=chapter).select_related("current").order_by("-pk")


def with_words(queryset: QuerySet[Suggestion]) -> QuerySet[Suggestion]:
    """`queryset` with what a page of one shows."""
    return queryset.select_related("current", "from_chapter", "owner").prefetch_related("regions", _items())


def _items() -> Prefetch:
    return Prefetch("current__items", SuggestionItem.objects.order_by("order", "pk"))


def audience_words(audience: Audience) -> list[str]:
    """For whom something is, in short facts; one fact where it is for everybody."""
    facts = []
    if audience.regions:
        facts.append(", ".join(sorted(audience.regions.values())))
    if not platforms.is_any(audience.platforms):
        facts.append(_("on %(names)s") % {"names": ", ".join(map(platforms.name, audience.platforms))})
    if audience.language:
        facts.append(_("writing in %(language)s") % {"language": language_name(audience.language)})
    members = _range(audience.min_members, audience.max_members)
    if members:
        facts.append(_("%(range)s members") % {"range": members})
    accounts = _range(audience.min_accounts, audience.max_accounts)
    if accounts:
        facts.append(_("%(range)s accounts") % {"range": accounts})
    return facts or [_("Every chapter")]


def _range(least: int | None, most: int | None) -> str:
    if least is not None and most is not None:
        return _("%(least)d to %(most)d") % {"least": least, "most": most}
    if least is not None:
        return _("at least %(n)d") % {"n": least}
    return _("at most %(n)d") % {"n": most} if most is not None else ""
