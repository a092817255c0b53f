"""What a delivery costs: queries, processor time, and whether memory and connections stay flat.

A backlog goes out to a platform that answers at once. Statements are those of the hub's database as
pg_stat_statements counts them, transactions those of pg_stat_database; the processor time of workers and
PostgreSQL is read from /proc, memory and connections are sampled from the first receipt to the last.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from tools.bench.figures import quarters, rate
from tools.bench.hub import Hub
from tools.bench.machine import Machine, rss
from tools.bench.report import Report

IN_FLIGHT = 32
ACCOUNTS = 512
EVERY = 0.25  # seconds between samples
LEAD = 2.5  # seconds between the first reading and the due time
FLAT = 1.10  # last quarter / first quarter


@dataclass(frozen=True)
class Meters:
    """What everything took so far."""

    workers: float  # processor seconds
    postgres: float
    transactions: int

    @classmethod
    def read(cls, machine: Machine, hub: Hub) -> Meters:
        return cls(hub.cpu(), hub.database_cpu(), _transactions(machine, hub))


@dataclass
class Samples:
    memory: list[float] = field(default_factory=list)  # bytes of all workers
    connections: list[float] = field(default_factory=list)


def measure(machine: Machine, report: Report, *, deliveries: int) -> None:
    """Send `deliveries` posts and print what each took."""
    from tools.bench import rows

    with Hub(machine, "cost", in_flight=IN_FLIGHT).running() as hub:
        accounts = rows.federation(ACCOUNTS, name="cost")
        _schedule(hub, accounts, ACCOUNTS, "warm-up")
        hub.wait_for_posts(ACCOUNTS, seconds=patience(ACCOUNTS))
        hub.wait_until_settled()
        due = _schedule(hub, accounts, deliveries, "cost")
        with _statements(machine, hub) as count_statements:
            time.sleep(max(0.0, due - time.monotonic() - LEAD))
            before, samples = Meters.read(machine, hub), Samples()
            _sample_until(hub, deliveries, samples, end=due + patience(deliveries))
            hub.wait_for_posts(deliveries, seconds=0.0)
            hub.wait_until_settled()
            after, statements = Meters.read(machine, hub), count_statements()
        received = hub.platform.received()
        losses = deliveries - len(received.first()) + hub.unpublished()
        report.count(posts=deliveries, duplicates=max(received.duplicates(), received.repeats), losses=losses)
    report.say(f"  {deliveries} deliveries at {rate(received.times, IN_FLIGHT):.1f}/s, platform at once")
    counted = "not counted" if statements is None else f"{statements / deliveries:.1f}"
    report.say(
        f"  for each: statements {counted}, "
        f"transactions {(after.transactions - before.transactions) / deliveries:.2f}, processor time "
        f"of the workers {1000 * (after.workers - before.workers) / deliveries:.2f} ms, "
        f"of PostgreSQL {1000 * (after.postgres - before.postgres) / deliveries:.2f} ms"
    )
    _say_samples(report, samples)


def patience(number: int) -> float:
    """Seconds after which a backlog is given up."""
    return 60 + number / 100


def _say_samples(report: Report, samples: Samples) -> None:
    memory, connections = quarters(samples.memory), quarters(samples.connections)
    report.say(
        "  memory of both workers, first and last quarter: "
        f"{memory[0] / 2**20:.1f} → {memory[1] / 2**20:.1f} MiB "
        f"({memory[1] / memory[0]:.3f}), {'flat' if memory[1] <= FLAT * memory[0] else 'NOT FLAT'}"
    )
    report.say(
        "  database connections of the hub, first and last quarter: "
        f"{connections[0]:.1f} → {connections[1]:.1f}, at most {max(samples.connections):.0f}"
    )


def _schedule(hub: Hub, accounts: list, number: int, label: str) -> float:
    """Write the rows. Returns when they are due, in seconds of the monotonic clock."""
    from django.utils import timezone

    from tools.bench import rows

    hub.platform.begin(0.0)
    lead = 2 * LEAD + number / 1000
    due = time.monotonic() + lead
    rows.schedule(accounts, [timezone.now() + timedelta(seconds=lead)] * number, label=label)
    return due


def _sample_until(hub: Hub, number: int, samples: Samples, *, end: float) -> None:
    """Sample while the posts go out, until `number` were received or the monotonic clock says `end`."""
    with hub.machine.sql() as sql:
        while (count := hub.platform.count()) < number and time.monotonic() < end:
            if count:
                samples.memory.append(float(sum(map(rss, hub.workers))))
                sql.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> %s",
                    [hub.name, _own_backend()],
                )
                samples.connections.append(float(sql.fetchone()[0]))
            time.sleep(EVERY)


def _own_backend() -> int:
    """The backend of this process's own Django connection, which is not the hub's."""
    from django.db import connection

    connection.ensure_connection()
    return connection.connection.info.backend_pid


def _transactions(machine: Machine, hub: Hub) -> int:
    time.sleep(1.1)  # backends hand in their counts once a second
    with machine.sql() as sql:
        sql.execute("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = %s", [hub.name])
        return sql.fetchone()[0]


@contextmanager
def _statements(machine: Machine, hub: Hub) -> Iterator[Callable[[], int | None]]:
    """Count statements in the block. Gives a function that says how many there were in the hub's database.

    Without BEGIN, COMMIT and the like; None where this PostgreSQL cannot count them.
    """
    if not machine.counts_statements:
        yield lambda: None
        return
    with machine.sql(hub.name) as sql:
        sql.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        machine.setting("pg_stat_statements.track", "top")
        sql.execute("SELECT pg_stat_statements_reset()")

        def count() -> int:
            sql.execute(
                "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements "
                "WHERE dbid = (SELECT oid FROM pg_database WHERE datname = %s) "
                r"AND query !~* '^\s*(begin|commit|rollback|savepoint|release|set|show)\M'",
                [hub.name],
            )
            return int(sql.fetchone()[0])

        try:
            yield count
        finally:
            machine.setting("pg_stat_statements.track", "none")
