"""kill -9 of a real Celery worker at four named points, judged by the practice network's own log."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from hubsite.celery import app
from posts import composing, workflow
from posts.models import Attempt, Delivery, Lane, Post
from tests.support import processes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

LEASE = 6.0  # seconds
MARGIN = 5.0  # seconds beyond the lease within which the right state must be there
FAST = {"HUB_LEASE_SECONDS": str(LEASE), "HUB_SEND_DEADLINE_SECONDS": "1.5", "HUB_DRAINS": "1"}


@pytest.fixture(params=["filesystem", "redis"])
def broker(request):
    """Where wake-ups go: the folder of the first run, or Redis."""
    if request.param == "filesystem":
        return {}
    return {"REDIS_URL": request.getfixturevalue("redis_url")}


@pytest.fixture
def post(cast, practice):
    account = practice.connect(cast.porto)
    made = composing.create(
        chapter=cast.porto,
        by=cast.actor(cast.alba),
        form_key=uuid.uuid4(),
        draft=composing.Draft("Sent by a worker that may die", targets={account.pk: None}),
    )
    return workflow.schedule(post=made, at=timezone.now(), by=cast.actor(cast.alba))


def worker(point, data, broker):
    env = processes.hub_environment(data, **FAST, **broker)
    return processes.process(["-m", "tests.support.crashing_worker", point], env, data / f"{point}.log")


def send_wake_up(data, broker):
    """What a page does after it saved: one message on the broker that this worker reads."""
    code = "import django; django.setup(); from posts.publishing.queue import wake; wake()"
    env = processes.hub_environment(data, DJANGO_SETTINGS_MODULE="hubsite.settings", **FAST, **broker)
    with processes.process(["-c", code], env, data / "wake.log") as waking:
        assert waking.wait(30) == 0


CASES = [
    # point, what the delivery becomes, posts on the platform
    ("before_ledger_commit", Delivery.Status.PUBLISHED, 1),
    ("after_ledger_commit", Delivery.Status.UNCONFIRMED, 0),
    ("after_platform_commit", Delivery.Status.UNCONFIRMED, 1),
    ("before_finish", Delivery.Status.UNCONFIRMED, 1),
]


@pytest.mark.parametrize(("point", "becomes", "on_the_platform"), CASES)
def test_worker_killed_in_the_middle_never_sends_twice(
    cast, practice, post, point, becomes, on_the_platform, broker, request
):
    if broker and point not in {"after_platform_commit"}:
        pytest.skip("one point is enough to show that the broker makes no difference")
    data = processes.data_folder("killed")
    account = post.deliveries.get().account
    with worker(point, data, broker) as first:
        send_wake_up(data, broker)
        processes.eventually(lambda: first.poll() is not None, seconds=30)
    assert first.returncode == -9, (data / f"{point}.log").read_text()[-2000:]
    lease_ends = Lane.objects.get(account=account).lease_until

    with worker("never", data, broker):
        send_wake_up(data, broker)
        processes.eventually(
            lambda: Delivery.objects.get(post=post).status == becomes and timezone.now() >= lease_ends,
            seconds=LEASE + MARGIN + 10,  # starting the process counts for nothing in the assertion below
        )
        settled = Delivery.objects.get(post=post).updated_at
        processes.eventually(lambda: timezone.now() > settled + timedelta(seconds=2), seconds=4)

    assert (settled - lease_ends).total_seconds() <= MARGIN
    assert len(practice.received(account)) == on_the_platform
    post.refresh_from_db()
    expected = Post.Status.PUBLISHED if becomes == Delivery.Status.PUBLISHED else Post.Status.NEEDS_ATTENTION
    assert post.status == expected
    assert Attempt.objects.filter(outcome=None).count() == (becomes == Delivery.Status.UNCONFIRMED)


def test_the_app_under_test_is_the_hubs_own():
    assert {"posts.drain", "posts.sweep", "chapters.mail_notices"} <= set(app.tasks)
