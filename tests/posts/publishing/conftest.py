"""What the engine's tests share: an account on the practice network, drafts, and a clock turned forward."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone
from PIL import Image

from posts import composing, media_store, workflow
from posts.models import Attempt, Delivery, Post, SocialAccount
from posts.publishing import queue
from posts.publishing.drain import Drain


@pytest.fixture
def account(cast, practice):
    return practice.connect(cast.porto)


@pytest.fixture
def write(cast):
    """A draft of Alba's in Porto, for the accounts given."""

    def draft(*accounts: SocialAccount, text: str = "Repair café on Saturday", pictures=()) -> Post:
        return composing.create(
            chapter=cast.porto, by=cast.actor(cast.alba), form_key=uuid.uuid4(),
            draft=composing.Draft(text, targets={a.pk: None for a in accounts}, pictures=pictures),
        )  # fmt: skip

    return draft


@pytest.fixture
def picture(cast) -> Callable[[], composing.Picture]:
    """A stored picture to put on a draft."""

    def made(color: str = "teal", alt: str = "A teal square") -> composing.Picture:
        data = io.BytesIO()
        Image.new("RGB", (80, 60), color).save(data, "PNG")
        data.seek(0)
        media = media_store.store(data, size=100, chapter=cast.porto, by=cast.alba)
        return composing.Picture(str(media.uid), alt)

    return made


@pytest.fixture
def send_now(cast):
    """Schedule a draft for now and let the engine do what is due."""

    def send(post: Post) -> Delivery:
        workflow.schedule(post=post, at=timezone.now(), by=cast.actor(cast.alba))
        Drain().run_due()
        return post.deliveries.get()

    return send


@pytest.fixture
def look(account):
    """Let the next look at the account be due, look, and give the delivery as it is then."""

    def looked(delivery: Delivery) -> Delivery:
        due = timezone.now() - timedelta(seconds=1)  # SQLite tells the time in milliseconds
        Delivery.objects.filter(pk=delivery.pk, check_at__isnull=False).update(check_at=due)
        queue.retime([delivery.account_id])
        Drain().run_due()
        delivery.refresh_from_db()
        return delivery

    return looked


def end_quarantine(delivery: Delivery) -> None:
    """As if the call in doubt had been made ten minutes earlier."""
    Attempt.objects.filter(delivery=delivery, outcome=None).update(
        send_deadline=F("send_deadline") - timedelta(minutes=10)
    )


def pass_time(delivery: Delivery, seconds: float) -> None:
    """As if `seconds` had passed: everything that waits for a moment is that much nearer to it."""
    by = timedelta(seconds=seconds)
    Delivery.objects.filter(pk=delivery.pk).update(
        due_at=F("due_at") - by, next_attempt_at=F("next_attempt_at") - by, stage_at=F("stage_at") - by,
        check_at=F("check_at") - by, checking_until=F("checking_until") - by,
    )  # fmt: skip
    queue.retime([delivery.account_id])
