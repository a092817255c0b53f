"""Telling chapters, quietly, of suggestions that suit them and of newer words for copies that are not out.

Both wait on their pages anyway; the notices go into the weekly mail of whoever did not wish otherwise. To run
it again tells nobody twice.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters.models import Chapter, Membership, Notice, User
from chapters.notices import notify
from chapters.permissions import Action, can
from playbooks import suggested
from playbooks.audience import Standing
from playbooks.models import Adoption, Decision, Suggestion
from posts import adopting, standings
from posts.models import Post
from posts.telling import quietly

NEWS = timedelta(days=7)  # after that a suggestion is no news any more
AT_ONCE = 500  # changed copies told of in one run; the others come with the next


def tell(now: datetime | None = None) -> None:
    """Tell of everything that is new; what cannot be told is logged and stops nothing else."""
    now = now or timezone.now()
    fresh = [each for each in suggested.offered(now) if _visible_since(each) > now - NEWS]
    if fresh:
        chapters = list(_active_chapters())
        here = standings.standings_of(chapters)
        for suggestion in fresh:
            new_suggestion(suggestion, chapters, here)
    changed_copies()


@quietly
def new_suggestion(suggestion: Suggestion, chapters: list[Chapter], here: dict[int, Standing]) -> None:
    """Tell the writers of every chapter it fits that did not answer it and was not told yet."""
    cause = f"suggestion:{suggestion.uid}:offered"
    done = set(Notice.objects.filter(cause=cause).values_list("chapter_id", flat=True))
    answered = Decision.objects.filter(suggestion=suggestion).exclude(state=Decision.State.WITHDRAWN)
    done |= set(answered.values_list("chapter_id", flat=True)) | {suggestion.from_chapter_id}
    fits = {
        chapter.pk: fit.why
        for chapter in chapters
        if chapter.pk not in done and (fit := suggested.fits(suggestion, here[chapter.pk])).fits
    }
    writers = _writers(list(fits))
    for chapter in chapters:
        if writers.get(chapter.pk):
            notify(
                writers[chapter.pk],
                chapter=chapter,
                cause=cause,
                kind="suggestion_offered",
                title=_("A suggestion for %(chapter)s: “%(title)s”")
                % {"chapter": chapter.name, "title": suggestion.current.title},
                body=f"{suggestion.current.why}\n\n{fits[chapter.pk]}",
                path=reverse("shelf_one", args=[chapter.slug, suggestion.uid]),
            )


@quietly
def changed_copies() -> None:
    """Tell whoever made a copy that its suggestion has newer words, while the copy is not out."""
    behind = list(
        adopting.behind()
        .filter(by__is_active=True, post_uid__in=_unpublished().values("uid"))
        .annotate(number=F("suggestion__current__number"))
        .select_related("suggestion__current", "chapter", "by")
        .order_by("-id")[:AT_ONCE]
    )
    causes = {_cause(each): each for each in behind}
    told = set(Notice.objects.filter(cause__in=causes).values_list("cause", flat=True))
    for cause, adoption in causes.items():
        if cause not in told and _is_member(adoption.by, adoption.chapter):
            notify(
                [adoption.by],
                chapter=adoption.chapter,
                cause=cause,
                kind="suggestion_changed",
                title=_("Newer words for a draft of %(chapter)s") % {"chapter": adoption.chapter.name},
                body=_("“%(title)s” changed. %(note)s Yours stays as it is until you take something.")
                % {"title": adoption.suggestion.title, "note": adoption.suggestion.current.change_note},
                path=reverse("post_suggestion", args=[adoption.chapter.slug, adoption.post_uid]),
            )


def _cause(adoption: Adoption) -> str:
    return f"suggestion:{adoption.suggestion.uid}:{adoption.number}:{adoption.post_uid}"


def _unpublished() -> QuerySet[Post]:
    return Post.objects.filter(status__in=adopting.CHANGEABLE)


def _visible_since(suggestion: Suggestion) -> datetime:
    return max(at for at in (suggestion.offered_at, suggestion.visible_from) if at is not None)


def _active_chapters() -> QuerySet[Chapter]:
    active = Chapter.objects.filter(state=Chapter.State.ACTIVE).exclude(kind=Chapter.Kind.CENTRAL)
    return active.order_by("id")


def _writers(chapters: list[int]) -> dict[int, list[User]]:
    found: dict[int, list[User]] = defaultdict(list)
    memberships = Membership.objects.filter(chapter__in=chapters, user__is_active=True)
    for membership in memberships.select_related("user", "chapter"):
        if can(membership, Action.WRITE):
            found[membership.chapter_id].append(membership.user)
    return found


def _is_member(person: User, chapter: Chapter) -> bool:
    return Membership.objects.filter(user=person, chapter=chapter).exists()
