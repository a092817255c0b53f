"""Which practices a post uses, as its people say: the only writer of PostPractice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, QueryDict

from chapters.events import Actor, record
from playbooks.models import Practice
from posts.models import Post, PostPractice

FIELD, SHOWN = "practice", "practices_shown"


@transaction.atomic
def mark(*, post: Post, practices: Iterable[Practice], by: Actor) -> bool:
    """Say that the post uses exactly these. Its revision stays, so approvals do. Whether anything changed."""
    locked = Post.objects.select_for_update(of=("self",)).select_related("chapter").get(pk=post.pk)
    wanted = {practice.pk: practice for practice in practices}
    marked = dict(PostPractice.objects.filter(post=locked).values_list("practice_id", "practice__slug"))
    if set(wanted) == set(marked):
        return False
    PostPractice.objects.filter(post=locked).exclude(practice_id__in=wanted).delete()
    PostPractice.objects.bulk_create(
        PostPractice(chapter_id=locked.chapter_id, post=locked, practice=practice)
        for pk, practice in wanted.items()
        if pk not in marked
    )
    slugs = sorted(practice.slug for practice in wanted.values())
    record("practices_marked", locked, chapter=locked.chapter, by=by, practices=slugs)
    return True


def mark_typed(*, post: Post, data: QueryDict, by: Actor) -> None:
    """Mark the post as the sheet says. A sheet without the boxes changes nothing."""
    if SHOWN in data:
        ticked = set(data.getlist(FIELD))
        mark(post=post, practices=[each for each in on_offer(post) if each.slug in ticked], by=by)


@dataclass(frozen=True)
class Box:
    """A practice on the sheet, ticked or not."""

    practice: Practice
    is_ticked: bool


def boxes(request: HttpRequest, post: Post | None) -> list[Box]:
    """What to tick on the sheet: as it was sent, else as asked for by the address, else as it is stored."""
    offered = on_offer(post)
    if SHOWN in request.POST:
        ticked = set(request.POST.getlist(FIELD))
    else:
        ticked = {practice.slug for practice in of(post)} if post else set()
        ticked |= set(request.GET.getlist(FIELD))
    return [Box(practice, practice.slug in ticked) for practice in offered]


def on_offer(post: Post | None) -> list[Practice]:
    """Every practice that can be ticked: those on offer, and those the post has already."""
    rows = Q(archived_at=None)
    if post is not None:
        rows |= Q(pk__in=PostPractice.objects.filter(post=post).values("practice"))
    return list(Practice.objects.filter(rows))


def of(post: Post) -> list[Practice]:
    """The practices a post is marked with, by name."""
    return list(Practice.objects.filter(uses__post=post))
