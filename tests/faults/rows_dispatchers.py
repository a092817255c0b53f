"""Rows 6, 7, 8 and 38: many workers at once, of both kinds, and messages that come three times or never."""

from __future__ import annotations

import random
import time

from posts.models import Delivery
from tests.faults.registry import POSTGRESQL, SQLITE, fault
from tests.faults.rows_killed import AFTERMATH, KILL_EVERY, _kill_and_replace
from tests.faults.world import World

Status = Delivery.Status


def all_published(world: World) -> None:
    """Nothing was broken that a person would have to mend."""
    told = world.statuses()
    assert set(told) <= {Status.PUBLISHED}, f"not all published: {told}"


def percentile(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))]


@fault(6, "two, then eight dispatchers at once", seconds=90, quick=True)
def dispatchers_at_once(world: World) -> str:
    """All of them start on the same due lanes: no lane has two holders."""
    targets = world.accounts(8 if world.options.quick else 20)
    for number in (2, 8):
        world.schedule_many(targets, 5)
        workers = [world.publisher() for _ in range(number)]
        world.quiet(seconds=45)
        for worker in workers:
            worker.end()
    world.judge()
    all_published(world)
    return f"{world.published()} posts, none claimed twice"


@fault(7, "Celery and the native dispatcher together", seconds=90)
def both_kinds(world: World) -> str:
    """A Celery worker and `manage.py publish --forever`, both started from nothing, on the same posts."""
    world.use_redis()
    targets = world.accounts(15)
    world.worker()
    world.start(["manage.py", "publish", "--forever"], "publish")
    world.wake(times=3)
    time.sleep(3)
    for _ in range(3):
        world.schedule_many(targets, 4)
        world.wake()
        time.sleep(0.5)
    world.quiet(seconds=45)
    world.stop_all()
    world.judge()
    all_published(world)
    return f"{world.published()} posts"


@fault(8, "every message three times", seconds=90)
def messages_three_times(world: World) -> str:
    """Each wake-up arrives three times at two Celery workers."""
    world.use_redis()
    targets = world.accounts(10)
    for _ in range(2):
        world.worker()
    for _ in range(4):
        world.schedule_many(targets, 3)
        world.wake(times=3)
        time.sleep(0.5)
    world.quiet(seconds=45)
    world.stop_all()
    world.judge()
    all_published(world)
    return f"{world.published()} posts"


@fault(8, "every message lost", part="b", seconds=90)
def messages_never(world: World) -> str:
    """No wake-up arrives at all: a lingering worker sees what is due by itself, within five seconds."""
    targets = world.accounts(6)
    world.publisher()
    time.sleep(1.0)
    for _ in range(4):
        world.schedule_many(targets, 2)
        time.sleep(0.7)
    world.quiet(seconds=30)
    world.stop_all()
    world.judge()
    all_published(world)
    worst = world.lags()[-1]
    assert worst <= 5.0, f"a post was {worst:.1f} s late"
    return f"at most {worst:.1f} s late"


@fault(38, "SQLite: four processes and kill -9", engines=SQLITE, seconds=150, quick=True)
def four_processes_on_sqlite(world: World) -> str:
    """Four writers on one file, one killed every half second; somebody else holds the lock too."""
    import sqlite3

    chance = random.Random(world.options.seed)
    posts = 60 if world.options.quick else 400
    targets = world.accounts(posts // 10)
    world.schedule_many(targets, 10)
    workers = [world.publisher() for _ in range(4)]
    path = world.database_url.removeprefix("sqlite:///")
    kills, end = 0, time.monotonic() + (6 if world.options.quick else 20)
    while world.unsettled() and time.monotonic() < end:
        with sqlite3.connect(path, timeout=20, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")  # `database is locked` for everybody else
            time.sleep(0.2)
            other.execute("ROLLBACK")
        time.sleep(KILL_EVERY)
        _kill_and_replace(world, workers, chance.randrange(4))
        kills += 1
    world.quiet(seconds=AFTERMATH + 15)
    world.stop_all()
    world.judge()
    with sqlite3.connect(path) as other:
        assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return f"{kills} kills over {posts} posts, the file is whole"


@fault(7, "Celery alone, from nothing", part="b", engines=POSTGRESQL, seconds=60, quick=True)
def celery_alone(world: World) -> str:
    """The deployment as it is shipped: worker and beat, and posts that come due while they run."""
    world.use_redis()
    target = world.account()
    world.worker()
    world.wake()
    world.schedule(target)
    world.quiet(seconds=30)
    world.stop_all()
    world.judge()
    all_published(world)
    return "published"
