"""Lists of any length, and how many queries a page asks: the same at ten rows and at a thousand."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chapters.models import User
from posts.models import Post, SocialAccount, Target


def queries(client: Client, url: str) -> int:
    """How many queries the page at `url` asks of a process that remembers nothing."""
    caches["process"].clear()
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(url)
    assert answer.status_code == 200, f"{url} answers {answer.status_code}"
    return len(asked)


def bulk(
    account: SocialAccount, author: User, number: int, *, status: str = "draft", first: datetime | None = None
) -> list[Post]:
    """`number` posts to `account`, an hour apart, written past the verbs."""
    now = timezone.now()
    first = first or now
    made = Post.objects.bulk_create(
        Post(
            chapter=account.chapter,
            author=author,
            submitted_by=author,
            text=f"{status} number {each}",
            status=status,
            planned_at=first + timedelta(hours=each),
            published_at=now if status == Post.Status.PUBLISHED else None,
            form_key=uuid.uuid4(),
        )
        for each in range(number)
    )
    Target.objects.bulk_create(Target(chapter=account.chapter, post=post, account=account) for post in made)
    return made
