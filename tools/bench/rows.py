"""Accounts and scheduled posts, in bulk: the rows that connecting and scheduling would have left.

A delivery is a copy of one that `queue.enqueue` made for the first of the posts, with its own post, account,
text and time, so that what the engine writes into new deliveries is in these too.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from chapters.models import Chapter, Membership, User
from chapters.permissions import Role
from posts import credentials
from posts.models import Delivery, Post, SocialAccount, Target
from posts.publishing import queue
from tools.bench.platform import LIMITS

OWN = {"id", "uid", "chapter", "post", "account", "payload", "due_at", "wall_time", "late_after"}
OWN |= {"created_at", "updated_at"}
BATCH = 2000


@transaction.atomic
def federation(accounts: int, *, name: str, per_chapter: int = 8) -> list[SocialAccount]:
    """`accounts` practice accounts, connected, in chapters of `per_chapter` with one author each."""
    chapters = Chapter.objects.bulk_create(
        Chapter(name=f"{name} {number}", slug=f"{name}-{number}", time_zone="UTC")
        for number in range(-(-accounts // per_chapter))
    )
    people = User.objects.bulk_create(
        User(email=f"{chapter.slug}@example.org", name=chapter.name, password="!") for chapter in chapters
    )
    Membership.objects.bulk_create(
        Membership(user=user, chapter=chapter, role=Role.LEAD)
        for user, chapter in zip(people, chapters, strict=True)
    )
    made = SocialAccount.objects.bulk_create(
        SocialAccount(
            chapter=chapters[number // per_chapter],
            platform="sandbox",
            external_id=f"{name}-{number}",
            handle=f"@{name}{number}",
            connected_by=people[number // per_chapter],
            capabilities=LIMITS,
        )
        for number in range(accounts)
    )
    for account in made:
        credentials.save(account, {"access_token": f"token-{account.uid}"})
        queue.make_lane(account)
    return made


@transaction.atomic
def schedule(
    accounts: Sequence[SocialAccount], due: Sequence[datetime], *, label: str
) -> dict[str, datetime]:
    """A scheduled post for each time in `due`, to each account in turn. Returns when each text is due.

    The lanes learn of all of it in the moment this commits.
    """
    posts = Post.objects.bulk_create(
        (_post(accounts[number % len(accounts)], at, f"{label} {number}") for number, at in enumerate(due)),
        batch_size=BATCH,
    )
    targets = Target.objects.bulk_create(
        (
            Target(chapter=post.chapter, post=post, account=accounts[number % len(accounts)])
            for number, post in enumerate(posts)
        ),
        batch_size=BATCH,
    )
    model = _enqueued(posts[0])
    Delivery.objects.bulk_create(
        (_delivery(model, target, at) for target, at in zip(targets, due, strict=True)), batch_size=BATCH
    )
    queue.retime({target.account_id for target in targets})
    return {post.text: post.planned_at for post in posts}


def _post(account: SocialAccount, at: datetime, text: str) -> Post:
    return Post(
        chapter=account.chapter,
        author=account.connected_by,
        submitted_by=account.connected_by,
        text=text,
        status=Post.Status.SCHEDULED,
        planned_at=at,
        form_key=uuid.uuid4(),
    )


def _enqueued(post: Post) -> Delivery:
    """What scheduling makes of `post`; nothing of it stays."""
    with transaction.atomic():
        (delivery,) = queue.enqueue(post, due_at=post.planned_at)
        transaction.set_rollback(True)
    return delivery


def _delivery(model: Delivery, target: Target, at: datetime) -> Delivery:
    names = [field.name for field in Delivery._meta.concrete_fields if field.name not in OWN]
    return Delivery(
        chapter=target.chapter,
        post=target.post,
        account=target.account,
        payload={**model.payload, "text": target.post.text},
        due_at=at,
        wall_time=at.strftime("%Y-%m-%dT%H:%M"),
        late_after=at + (model.late_after - model.due_at),
        **{name: getattr(model, name) for name in names},
    )
