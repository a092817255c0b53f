"""Rows 9 and 10: Redis loses everything, dies, was never there, or stands still."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import redis
from django.utils import timezone

from posts.models import Heartbeat
from tests.faults.processes import eventually
from tests.faults.registry import POSTGRESQL, fault
from tests.faults.rows_dispatchers import all_published, percentile
from tests.faults.world import World, measured
from tests.support import servers as support

ON_TIME = 2.0  # seconds late at most, on a machine that others use too


def _celery_at_work(world: World) -> None:
    world.worker()
    world.beat()
    world.wake()
    eventually(lambda: Heartbeat.objects.filter(kind="worker").exists(), "the worker is at work", seconds=40)


def _spread(world: World, *, seconds: int) -> None:
    """Three posts a second over the next `seconds`, each to its own account."""
    targets = world.accounts(3)
    world.schedule_many(targets, seconds, at=timezone.now() + timedelta(seconds=1), apart=1.0)


def _on_time(world: World) -> str:
    lags = world.lags()
    assert lags[0] >= -0.05, f"{-lags[0]:.2f} s early"
    late = percentile(lags, 0.99)
    assert late <= ON_TIME, f"p99 {late:.2f} s late"
    return f"p99 {late * 1000:.0f} ms late"


@fault(9, "Redis: FLUSHALL every second", engines=POSTGRESQL, seconds=120)
def flushed(world: World) -> str:
    """Every message in the broker is lost again and again; posts go out on time."""
    server = world.use_redis()
    _celery_at_work(world)
    _spread(world, seconds=12)
    with redis.Redis.from_url(server.url) as client:
        for _ in range(13):
            client.flushall()
            time.sleep(1)
    world.quiet(seconds=30)
    world.stop_all()
    world.judge()
    all_published(world)
    return _on_time(world)


@fault(9, "Redis: kill -9 and started again empty", part="b", engines=POSTGRESQL, seconds=120)
def redis_killed(world: World) -> str:
    """The broker dies with all it had while posts come due."""
    server = world.use_redis()
    _celery_at_work(world)
    _spread(world, seconds=12)
    time.sleep(3)
    server.stop()
    time.sleep(3)
    world.redis = support.Redis.start(world.folder / "redis", port=server.port)
    time.sleep(6)
    world.quiet(seconds=45)
    world.stop_all()
    world.judge()
    all_published(world)
    return _on_time(world)


@fault(9, "Redis: absent from the start", part="c", engines=POSTGRESQL, seconds=90)
def redis_absent(world: World) -> str:
    """There never was a broker: the native dispatcher publishes on time, and pages can still schedule."""
    world.env["REDIS_URL"] = f"redis://127.0.0.1:{support.free_port()}/0"
    world.worker()
    world.start(["manage.py", "publish", "--forever"], "publish")
    eventually(
        lambda: Heartbeat.objects.filter(kind="worker").exists(), "the dispatcher is at work", seconds=30
    )
    _spread(world, seconds=5)
    took = _page_saves(world)
    world.quiet(seconds=30)
    world.stop_all()
    world.judge()
    all_published(world)
    assert took <= 2.5, f"saving a post took {took:.1f} s"
    return f"{_on_time(world)}, a page saves in {took:.1f} s"


@fault(10, "Redis stands still for 10 s", engines=POSTGRESQL, seconds=120)
def redis_asleep(world: World) -> str:
    """DEBUG SLEEP: pages wait a second at most, and what is due goes out on time."""
    server = world.use_redis("--enable-debug-command", "yes")
    _celery_at_work(world)
    _spread(world, seconds=10)
    sleeping = threading.Thread(target=_sleep, args=(server.url, 10), daemon=True)
    sleeping.start()
    time.sleep(0.5)
    took = [_page_saves(world) for _ in range(3)]
    sleeping.join()
    world.quiet(seconds=30)
    world.stop_all()
    world.judge()
    all_published(world)
    assert max(took) <= 2.5, f"saving a post took {max(took):.1f} s"
    return f"{_on_time(world)}, a page saves in {max(took):.1f} s at most"


def _sleep(url: str, seconds: int) -> None:
    with redis.Redis.from_url(url, socket_timeout=seconds + 10) as client:
        client.execute_command("DEBUG", "SLEEP", seconds)


def _page_saves(world: World) -> float:
    """Seconds that scheduling a post takes a process which sends real wake-ups to this broker."""
    from django.conf import settings

    from hubsite.celery import app
    from hubsite.lib import broker

    post = world.draft(world.account())

    def save() -> None:
        from chapters.events import Actor
        from posts import workflow

        settings.REDIS_URL = world.env["REDIS_URL"]
        app.conf.broker_url = app.conf.broker_write_url = settings.REDIS_URL
        broker._quiet = False
        at = timezone.now()
        took = measured(lambda: workflow.schedule(post=post, at=at, by=Actor.person(world.author)))
        (world.folder / "took").write_text(str(took))

    world.once(save, "page")
    world.scheduled.update(delivery.uid.hex for delivery in post.deliveries.all())
    return float((world.folder / "took").read_text())
