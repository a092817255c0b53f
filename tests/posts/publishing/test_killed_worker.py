"""kill -9 of a real Celery worker at named points, judged by the practice network's own log."""

from __future__ import annotations

import contextlib
import signal
import time
import uuid

import pytest
from django.utils import timezone

from posts import composing, workflow
from posts.models import Attempt, Delivery, Heartbeat, Lane, Post
from tests.support import processes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

LEASE = 6.0  # seconds
MARGIN = 5.0  # seconds beyond the lease within which the right state must be there
FAST = {"HUB_LEASE_SECONDS": str(LEASE), "HUB_SEND_DEADLINE_SECONDS": "1.5", "HUB_DRAINS": "1"}


@pytest.fixture
def broker(request):
    """Where wake-ups go: the folder of the first run, or Redis."""
    if request.param == "filesystem":
        return {}
    return {"REDIS_URL": request.getfixturevalue("redis_url")}


@pytest.fixture
def account(cast, practice):
    return practice.connect(cast.porto)


def schedule(cast, account):
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


def wake_until(holds, data, broker):
    """Wake, and again where a message went to the frozen worker: each may be lost, as beat's are."""
    for _ in range(8):
        send_wake_up(data, broker)
        with contextlib.suppress(AssertionError):
            processes.eventually(holds, seconds=6)
            return
    processes.eventually(holds, seconds=1)


# every other point is killed by `make faults`, at each single statement
CASES = [
    # broker, point, what the delivery becomes, posts on the platform
    ("filesystem", "before_ledger_commit", Delivery.Status.PUBLISHED, 1),
    ("redis", "after_platform_commit", Delivery.Status.UNCONFIRMED, 1),
]


@pytest.mark.parametrize(("broker", "point", "becomes", "on_the_platform"), CASES, indirect=["broker"])
def test_worker_killed_in_the_middle_never_sends_twice(
    cast, practice, account, broker, point, becomes, on_the_platform
):
    data = processes.data_folder("killed")
    with worker("never", data, broker) as standby:
        # ready and then frozen, so that the other worker gets the post and this one the aftermath
        send_wake_up(data, broker)
        processes.eventually(lambda: Heartbeat.objects.filter(kind="worker").exists(), seconds=40)
        standby.send_signal(signal.SIGSTOP)
        post = schedule(cast, account)
        with worker(point, data, broker) as dying:
            wake_until(lambda: dying.poll() is not None, data, broker)
        assert dying.returncode == -signal.SIGKILL, (data / f"{point}.log").read_text()[-2000:]
        lease_ends = Lane.objects.get(account=account).lease_until
        standby.send_signal(signal.SIGCONT)
        wake_until(lambda: Delivery.objects.get(post=post).status == becomes, data, broker)
        settled = Delivery.objects.get(post=post).updated_at
        time.sleep(2)  # time to do it again, if it would

    assert (settled - lease_ends).total_seconds() <= MARGIN
    assert len(practice.received(account)) == on_the_platform
    post.refresh_from_db()
    expected = Post.Status.PUBLISHED if becomes == Delivery.Status.PUBLISHED else Post.Status.NEEDS_ATTENTION
    assert post.status == expected
    assert Attempt.objects.filter(outcome=None).count() == (becomes == Delivery.Status.UNCONFIRMED)
