"""Rows 3, 4, 5, 32 and 35: workers that are killed, frozen, poisoned and told to end."""

from __future__ import annotations

import random
import resource
import signal
import time
from functools import partial
from pathlib import Path

from django.utils import timezone

from posts.models import Attempt, Delivery
from posts.platforms.sandbox import SandboxAdapter
from tests.faults import plants
from tests.faults.processes import Process, eventually
from tests.faults.registry import POSTGRESQL, fault
from tests.faults.world import DEADLINE, LEASE, QUARANTINE, RECHECK, World, measured

Status = Delivery.Status

SWEEP = 5.0  # seconds between two sweeps of a drain
AFTERMATH = LEASE + DEADLINE + QUARANTINE + RECHECK + 3 * SWEEP  # until what a dead worker left is settled
KILLED_FOR = 20.0  # seconds at least
KILL_EVERY = 0.5


@fault(3, "a worker of four killed every 0.5 s", engines=POSTGRESQL, seconds=180)
def killed_again_and_again(world: World) -> str:
    """Random kill -9 while many posts are due at once. Also on SQLite, with fewer posts, in row 38."""
    chance = random.Random(world.options.seed)
    targets = world.accounts(max(20, world.options.posts // 10))
    clean = _clean_run(world, targets)
    world.schedule_many(targets, world.options.posts // len(targets))
    world.use_settings(HUB_SENDERS=4)
    workers = [world.publisher() for _ in range(4)]
    kills, begun = 0, time.monotonic()
    killing = max(KILLED_FOR, clean / 0.7)
    while world.unsettled() and time.monotonic() - begun < killing:
        time.sleep(KILL_EVERY)
        place = chance.randrange(4)
        _kill_and_replace(world, workers, place)
        kills += 1
    world.quiet(seconds=AFTERMATH + clean)
    took = time.monotonic() - begun
    world.stop_all()
    world.judge()
    # what is in doubt when the killing ends has its time, and what waited behind it is sent then
    assert took <= killing + AFTERMATH + clean, f"{took:.1f} s, {clean:.1f} s undisturbed"
    return f"{kills} kills over {world.options.posts} posts, {took:.0f} s (undisturbed {clean:.0f} s)"


def _clean_run(world: World, targets: list) -> float:
    """Seconds that the same number of posts takes four workers that nobody kills."""
    workers = [world.publisher() for _ in range(4)]
    time.sleep(0.5)
    world.schedule_many(targets, world.options.posts // len(targets))
    took = measured(lambda: world.quiet(seconds=90))
    for worker in workers:
        worker.end()
    return took


def _kill_and_replace(world: World, workers: list[Process], place: int) -> None:
    workers[place].kill()
    world.processes.remove(workers[place])
    workers[place] = world.publisher()


def _frozen(world: World, point) -> tuple[Process, Delivery]:
    """A worker that is frozen at `point` with a delivery in hand."""
    marker = world.folder / "frozen"
    worker = world.publisher(lambda: point(plants.freeze(marker)))
    delivery = world.schedule(world.account())[0]
    eventually(lambda: marker.exists() and worker.is_frozen(), "the worker is frozen", seconds=15)
    return worker, delivery


def _calls(world: World, delivery: Delivery) -> int:
    return sum(call["idempotency_key"] == delivery.uid.hex for call in world.network.requests())


@fault(4, "frozen before the send, beyond its lease", seconds=90)
def frozen_before_the_guard(world: World) -> str:
    """Another worker takes over; when the frozen one goes on, its lease is too old to send anything."""
    worker, delivery = _frozen(world, plants.before_guard)
    other = world.publisher()
    eventually(lambda: _fence_moved(delivery), "the lane is taken over", seconds=LEASE + 2 * SWEEP)
    before = _calls(world, delivery)
    worker.thaw()
    time.sleep(1.0)
    assert _calls(world, delivery) - before <= int(other.running), "the thawed worker sent"
    world.quiet(seconds=AFTERMATH)
    world.stop_all()
    world.judge()
    calls, attempts = _calls(world, delivery), Attempt.objects.filter(delivery=delivery).count()
    assert calls < attempts, f"{calls} calls for {attempts} attempts: the frozen one was sent"
    return f"send refused, {calls} call(s)"


def _fence_moved(delivery: Delivery) -> bool:
    """Whether somebody else has taken the lane since the first attempt."""
    first = Attempt.objects.filter(delivery=delivery).order_by("id").first()
    return (
        first is not None
        and delivery.account.lane.__class__.objects.filter(
            account_id=delivery.account_id, fence__gt=first.fence
        ).exists()
    )


@fault(4, "frozen after the last check", part="b", seconds=90)
def frozen_after_the_guard(world: World) -> str:
    """Shorter than deadline and quarantine together: what it then sends is found by the look, not doubled."""
    world.use_settings(HUB_QUARANTINE_SECONDS=LEASE + 6.0)
    worker, delivery = _frozen(world, plants.before_publish)
    world.publisher()
    eventually(lambda: _fence_moved(delivery), "the lane is taken over", seconds=LEASE + 2 * SWEEP)
    worker.thaw()
    world.quiet(seconds=AFTERMATH + LEASE + 6)
    world.stop_all()
    world.judge()
    assert _calls(world, delivery) <= 1, "sent again although the first call went out"
    return "one call, found"


@fault(5, "frozen after the send, before the answer", seconds=90)
def frozen_before_the_answer(world: World) -> str:
    """The other worker finds the post by reading the account; the frozen one's finish changes nothing."""
    worker, delivery = _frozen(world, plants.before_answer)
    world.publisher()
    eventually(lambda: _fence_moved(delivery), "the lane is taken over", seconds=LEASE + 2 * SWEEP)
    world.quiet(seconds=AFTERMATH)
    settled = Delivery.objects.values("status", "external_id", "updated_at").get(pk=delivery.pk)
    worker.thaw()
    time.sleep(2.0)
    world.stop_all()
    assert settled == Delivery.objects.values("status", "external_id", "updated_at").get(pk=delivery.pk)
    world.judge()
    assert settled["status"] == Status.PUBLISHED, f"not found by reading back: {settled['status']}"
    assert _calls(world, delivery) == 1
    return "found by reading back, late finish fenced"


def _poisoned(how: str, text: str) -> None:
    """In a worker: sending `text` breaks our own code ("raise") or ends the process ("die")."""
    original = SandboxAdapter.publish

    def publish(self, content, *args, **kwargs):
        if content.text == text:
            if how == "raise":
                raise RuntimeError("poison")
            plants.die()
        return original(self, content, *args, **kwargs)

    SandboxAdapter.publish = publish


@fault(32, "a post that breaks the worker", seconds=150)
def poison(world: World) -> str:
    """One post's own code raises, another ends the process each time. They are held; the others go on."""
    others = world.accounts(3)
    raising, killing = world.account(), world.account()
    raised = world.schedule(raising, text="This one raises")[0]
    killed = world.schedule(killing, text="This one ends the process")[0]
    after_killed = world.schedule(killing, text="Behind the one that ends the process")[0]
    world.schedule_many(others, 5)

    def plant() -> None:
        _poisoned("raise", "This one raises")
        _poisoned("die", "This one ends the process")

    _supervised(world, plant, seconds=100)
    world.stop_all()
    world.judge()
    raised.refresh_from_db(), killed.refresh_from_db(), after_killed.refresh_from_db()
    assert raised.status == Status.HELD, f"the raising post is {raised.status}"
    assert raised.held_reason == Delivery.HeldReason.POISON
    assert killed.status in {Status.HELD, Status.UNCONFIRMED}, f"the killing post is {killed.status}"
    assert after_killed.status == Status.PUBLISHED, "the lane did not go on"
    return f"held as poison, {killed.crashes} crash(es) counted, the others published"


def _supervised(world: World, plant, *, seconds: float) -> None:
    """A worker that is started again whenever it dies, until all is settled."""
    end = time.monotonic() + seconds
    worker = world.publisher(plant)
    while world.unsettled():
        assert time.monotonic() < end, f"not settled within {seconds} s: {world.statuses()}"
        if not worker.running:
            world.processes.remove(worker)
            worker = world.publisher(plant)
        time.sleep(0.1)


@fault(32, "too little memory", part="b", seconds=120)
def out_of_memory(world: World) -> str:
    """A worker that may not take more memory than it has: nothing is lost or doubled."""
    targets = world.accounts(4)
    pictured = [world.schedule(target, pictures=[world.picture()])[0] for target in targets]
    worker = world.publisher(_starve)
    time.sleep(3)
    worker.kill()
    world.processes.remove(worker)
    world.publisher()
    world.quiet(seconds=AFTERMATH + 15)
    world.stop_all()
    world.judge()
    return f"{len(pictured)} pictures, {world.published()} published"


def _starve() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 2**21,) * 2)


@fault(35, "SIGTERM in the middle, once and twice", seconds=120)
def told_to_end(world: World) -> str:
    """Ends within a call's deadline, finishes what is in flight and gives its lanes back."""
    tell = []
    for times in (1, 2):
        targets = world.accounts(4)
        for target in targets:
            world.network.misbehave(target.handle, "delay", seconds=0.8)
        worker = world.publisher()
        world.schedule_many(targets, 3)
        eventually(
            lambda: Delivery.objects.filter(status=Status.SENDING).exists(),
            "something is in flight",
            seconds=15,
        )
        took = measured(partial(_terminate, worker, times))
        assert took <= DEADLINE + 5, f"took {took:.1f} s to end"
        if times == 1:
            assert not Delivery.objects.filter(status=Status.SENDING).exists(), "left something in flight"
        tell.append(f"{took:.1f} s")
        world.processes.remove(worker)
        follower = world.publisher()
        world.quiet(seconds=AFTERMATH)
        follower.end()
        world.network.behave()
    world.judge()
    return f"ended after {' and '.join(tell)}"


def _terminate(worker: Process, times: int) -> None:
    for _ in range(times):
        worker.signal(signal.SIGTERM)
        time.sleep(0.05)
    worker.wait(30)


@fault(35, "SIGTERM while uploading, Celery", part="b", engines=POSTGRESQL, seconds=90)
def celery_told_to_end(world: World) -> str:
    """A real Celery worker ends warm: the upload in flight is finished or repeated, never doubled."""
    world.use_redis()
    world.use_settings(HUB_SEND_DEADLINE_SECONDS=3.0, HUB_LEASE_SECONDS=9.0)
    target = world.account()
    world.network.misbehave(target.handle, "delay", path="/api/media", seconds=1.5)
    worker = world.worker()
    world.wake()
    world.schedule(target, pictures=[world.picture()], at=timezone.now())
    eventually(lambda: Attempt.objects.filter(phase="media").exists(), "the upload begins", seconds=30)
    took = measured(partial(_terminate, worker, 1))
    world.publisher()
    world.quiet(seconds=AFTERMATH)
    world.stop_all()
    world.judge()
    assert took <= 12, f"took {took:.1f} s to end"
    return f"ended after {took:.1f} s"
