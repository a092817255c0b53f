"""Rows 28 and 29: clocks that jump, drift or differ, and the hours that a year has too many or too few of."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta

from _pytest.outcomes import Failed, Skipped
from django.utils import timezone

from posts.models import Delivery
from tests.faults.processes import Process
from tests.faults.registry import POSTGRESQL, NotHere, fault
from tests.faults.rows_dispatchers import all_published
from tests.faults.rows_killed import AFTERMATH
from tests.faults.world import ROOT, World
from tests.support.faketime import FakeClock

Status = Delivery.Status
TIME_TESTS = ("tests/hubsite/test_times.py", "tests/posts/publishing/test_time_zones_change.py")


def _clock(world: World, offset: str = "+0") -> FakeClock:
    try:
        return FakeClock(world.folder, offset)
    except (Skipped, Failed) as lacking:
        raise NotHere(str(lacking)) from None


def _with_clock(world: World, clock: FakeClock) -> Process:
    """`manage.py publish --forever` by a wall clock of its own."""
    return world.start(["manage.py", "publish", "--forever"], "faketime", **clock.environment())


@fault(28, "the worker's clock is an hour off", engines=POSTGRESQL, seconds=120)
def clock_off(world: World) -> str:
    """A worker that is an hour ahead or behind refuses to start; nothing is early.

    Not on SQLite, whose clock is the worker's own: there is nothing to differ from.
    """
    told = []
    for off in ("+3600", "-3600"):
        target = world.account()
        world.schedule(target, at=timezone.now() + timedelta(minutes=30))
        worker = _with_clock(world, _clock(world, off))
        time.sleep(6)
        assert not world.network.requests(), f"with a clock of {off} s something was sent early"
        told.append("refused" if not worker.running else "waited")
        worker.end()
    Delivery.objects.update(due_at=timezone.now())
    from posts.publishing import queue

    queue.retime(Delivery.objects.values_list("account_id", flat=True))
    world.publisher()
    world.quiet(seconds=30)
    world.stop_all()
    world.judge()
    all_published(world)
    assert told == ["refused", "refused"], f"started with a clock an hour off: {told}"
    return "start refused, nothing early"


@fault(28, "the worker's clock jumps while it works", part="b", engines=POSTGRESQL, seconds=150)
def clock_jumps(world: World) -> str:
    """It jumps an hour ahead and back: nothing is early, leases keep their length, all goes out once."""
    clock = _clock(world)
    targets = world.accounts(3)
    worker = _with_clock(world, clock)
    time.sleep(4)
    world.schedule_many(targets, 10, at=timezone.now() + timedelta(seconds=1), apart=1.0)
    for jump in ("+3600", "+0", "-3600", "+0"):
        time.sleep(2)
        clock.set(jump)
    time.sleep(2)
    if not worker.running:
        world.publisher()
    world.quiet(seconds=AFTERMATH + 20)
    world.stop_all()
    lags = world.lags()
    world.judge()
    assert lags[0] >= -0.05, f"{-lags[0]:.1f} s early"
    all_published(world)
    return f"never early, {'went on' if worker.poll() in (None, 0) else 'ended itself'}"


@fault(28, "five seconds ahead", part="c", engines=POSTGRESQL, seconds=90)
def clock_drift(world: World) -> str:
    """Five seconds ahead: beyond what is allowed, so it does not send; a right one beside it does."""
    world.schedule(world.account(), at=timezone.now() + timedelta(seconds=8))
    worker = _with_clock(world, _clock(world, "+5"))
    time.sleep(5)
    assert not world.network.requests(), "sent early"
    world.publisher()
    world.quiet(seconds=30)
    ended = worker.poll()
    world.stop_all()
    world.judge()
    all_published(world)
    assert ended is not None, "a worker five seconds off went on"
    return "refused to work"


@fault(29, "daylight saving, odd zones, leap day, new zone data", seconds=300)
def wall_times(world: World) -> str:
    """The property tests of the wall clock, run on this engine: one instant an intention, none twice."""
    found = [path for path in TIME_TESTS if (ROOT / path).exists()]
    if not found:
        raise NotHere("the property tests of times are not in this checkout")
    environment = {
        name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "HUB_DATA"}
    }
    command = [sys.executable, "-m", "pytest", *found, "-q", "-n", "0", "-p", "no:cacheprovider"]
    environment["HUB_TEST_ENGINE"] = world.engine
    if world.engine == "postgresql":
        environment["TEST_DATABASE_URL"] = world.session.postgres.url()
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    last = ended.stdout.strip().splitlines()[-1] if ended.stdout.strip() else ended.stderr[-300:]
    assert ended.returncode == 0, last
    world.judge()
    return last.strip("= ")
