"""Which practices a post uses, as its people say: the only writer of PostPractice."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from chapters.events import Actor, record
from playbooks.models import Practice
from posts.models import Post, PostPractice


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


def of(post: Post) -> list[Practice]:
    """The practices a post is marked with, by name."""
    return list(Practice.objects.filter(uses__post=post))
