"""One hub to be measured: its own database, two Celery workers and the scheduler, as processes.

Each worker has one task thread and takes no message ahead of its work, so that each of the two runs one drain
and the number of requests in flight is exactly what is said: twice `HUB_SENDERS`.
"""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tools.bench.machine import Machine, cpu_seconds, inherited

WORKERS = 2
TEMPLATE = "hub"
WORKER = [
    "-m", "celery", "-A", "hubsite", "worker", "--pool", "threads", "--concurrency", "1",
    "--disable-prefetch", "--queues", "publish,default", "--without-gossip", "--without-mingle",
]  # fmt: skip
BEAT = ["-m", "celery", "-A", "hubsite", "beat", "--pidfile="]
START_WITHIN = 60.0  # seconds
SETTLE_WITHIN = 60.0


def environment(machine: Machine, database: str, *, senders: int = 16) -> dict[str, str]:
    """What a process of the hub gets to see."""
    data = machine.folder / "hub"
    data.mkdir(exist_ok=True)
    return inherited() | {
        "DATABASE_URL": machine.address(database),
        "REDIS_URL": machine.redis.url,
        "SANDBOX_URL": machine.platform.url,
        "HUB_DATA": str(data),
        "HUB_ALLOW_LOOPBACK": "1",
        "HUB_DRAINS": str(WORKERS),
        "HUB_SENDERS": str(senders),
        "SECRET_KEY": "a-key-for-benchmarks-only-which-is-long-and-has-many-characters-0123456789",
        "HUB_ENCRYPTION_KEYS": "bench:" + base64.b64encode(b"b" * 32).decode(),
        "LOG_FORMAT": "plain",
        "DJANGO_SETTINGS_MODULE": "hubsite.settings",
    }


def prepare(machine: Machine) -> None:
    """Make the database that every hub here is a copy of, and Django ready in this process."""
    with machine.sql() as sql:
        sql.execute(f'CREATE DATABASE "{TEMPLATE}"')
    env = environment(machine, TEMPLATE)
    log = machine.folder / "migrate.log"
    with machine.child(["manage.py", "migrate", "--verbosity", "0"], env, log) as migrate:
        if migrate.wait(300):
            raise RuntimeError(f"migrate failed:\n{log.read_text()[-2000:]}")
    os.environ.update(env)
    import django

    django.setup()


class Hub:
    """A running hub."""

    def __init__(self, machine: Machine, name: str, *, in_flight: int) -> None:
        if in_flight % WORKERS:
            raise ValueError(f"{in_flight} requests in flight are not for {WORKERS} workers alike")
        self.machine, self.name, self.in_flight = machine, name, in_flight
        self.platform = machine.platform
        self.workers: list[int] = []
        self.log = machine.folder / f"{name}.log"

    @contextmanager
    def running(self) -> Iterator[Hub]:
        """The hub at work on an empty database, for as long as the block."""
        with ExitStack() as stack:
            stack.enter_context(self.machine.database(self.name, TEMPLATE))
            stack.enter_context(connected_to(self.name))
            self._flush_redis()
            env = environment(self.machine, self.name, senders=self.in_flight // WORKERS)
            for number in range(WORKERS):
                command = [*WORKER, "--hostname", f"bench{number}@%h"]
                worker = stack.enter_context(
                    self.machine.child(command, env, self._log_of(f"worker{number}"))
                )
                self.workers.append(worker.pid)
            stack.enter_context(self.machine.child(BEAT, env, self._log_of("beat")))
            self._wake()
            self.wait(self._all_at_work, START_WITHIN, f"{WORKERS} workers at work")
            yield self

    def _log_of(self, process: str) -> Path:
        return self.machine.folder / f"{self.name}-{process}.log"

    def said(self) -> str:
        """The end of what its processes logged."""
        logs = sorted(self.machine.folder.glob(f"{self.name}-*.log"))
        return "\n".join(f"-- {log.name}\n{log.read_text(errors='replace')[-3000:]}" for log in logs)

    def _flush_redis(self) -> None:
        import redis

        with redis.Redis.from_url(self.machine.redis.url) as client:
            client.flushall()

    def _wake(self) -> None:
        from hubsite.celery import app

        for _ in range(WORKERS):
            app.send_task("posts.drain", queue="publish")

    def _all_at_work(self) -> bool:
        from posts.models import Heartbeat

        return Heartbeat.objects.filter(kind="worker").count() >= WORKERS

    def wait(self, holds: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait until `holds()`. RuntimeError with what the processes logged where that takes too long."""
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise RuntimeError(f"not within {seconds:.0f} s: {what}\n{self.said()}")
            time.sleep(0.05)

    def settled(self) -> bool:
        """Whether every delivery that is due has come to its end."""
        from django.db.models.functions import Now

        from posts.models import Delivery

        return not Delivery.objects.filter(status__in=["pending", "sending"], due_at__lte=Now()).exists()

    def wait_until_settled(self) -> None:
        self.wait(self.settled, SETTLE_WITHIN, "every due delivery settled")

    def wait_for_posts(self, number: int, *, seconds: float) -> None:
        """Wait until the platform has `number` posts, or the hub has nothing left to send and lost some.

        RuntimeError where the hub is still at it after `seconds`.
        """
        if not self.platform.wait_for(number, seconds=seconds) and not self.settled():
            raise RuntimeError(
                f"too slow: {self.platform.count()} of {number} posts were received within {seconds:.0f} s"
            )

    def unpublished(self) -> int:
        """Due deliveries that the hub does not call published."""
        from django.db.models.functions import Now

        from posts.models import Delivery

        return Delivery.objects.filter(due_at__lte=Now()).exclude(status="published").count()

    def cpu(self) -> float:
        """Processor seconds of the workers so far."""
        return sum(cpu_seconds(pid) for pid in self.workers)

    def database_cpu(self) -> float:
        """Processor seconds of PostgreSQL so far, all of its processes."""
        return cpu_seconds(self.machine.postgres.process.pid, with_children=True)


@contextmanager
def connected_to(database: str) -> Iterator[None]:
    """Let this process's Django use `database`."""
    from django.db import connection

    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = database
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
