"""Rows 11 to 17 and 37: the database crashes, hangs up, is full, locked, crowded, or behind a pool."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from django.db import connection

from posts.models import Attempt, Delivery, Lane
from tests.faults import plants, servers
from tests.faults.disks import fill, small_disk
from tests.faults.processes import Process, eventually
from tests.faults.registry import POSTGRESQL, SQLITE, NotHere, fault
from tests.faults.rows_dispatchers import all_published
from tests.faults.rows_killed import AFTERMATH
from tests.faults.world import World
from tests.support import servers as support

Status = Delivery.Status


def _held_at(world: World, point, name: str) -> tuple[Process, Path, Path]:
    """A publisher that will wait at `point`: the file it leaves there, and the one it waits for."""
    marker, go = world.folder / f"{name}-reached", world.folder / f"{name}-go"
    worker = world.publisher(lambda: point(plants.wait(marker, go)))
    return worker, marker, go


@fault(11, "PostgreSQL crashes in claim, ledger and finish", engines=POSTGRESQL, seconds=150)
def crash_of_the_server(world: World) -> str:
    """An immediate stop and a start while a worker stands before each of the three writes."""
    points = {"claim": plants.CLAIM, "ledger": plants.LEDGER, "finish": plants.FINISH}
    for name, words in points.items():
        worker, marker, go = _held_at(world, lambda act, words=words: plants.before_sql(words, act), name)
        world.schedule_many(world.accounts(3), 2)
        eventually(marker.exists, f"the worker reaches {name}", seconds=15)
        _restart(world)
        go.touch()
        world.quiet(seconds=AFTERMATH)
        worker.end()
    world.judge()
    return f"{world.statuses()}"


def _restart(world: World, *, away: float = 0.0) -> None:
    connection.close()
    world.session.postgres.stop("immediate")
    time.sleep(away)
    world.session.postgres.start()


@contextmanager
def _wire(world: World, mode: str, word: str) -> Iterator[str]:
    """A proxy between the workers and PostgreSQL that cuts one COMMIT. Yields the address through it."""
    target = str(world.session.postgres.port)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.tcp", target, mode, word], stdout=subprocess.PIPE, text=True,
        preexec_fn=support.dies_with_us(signal.SIGKILL),
    )  # fmt: skip
    try:
        port = int(process.stdout.readline())
        yield world.database_url.replace(f":{target}/", f":{port}/")
        assert process.stdout.readline() == "cut\n", "no COMMIT was cut"
    finally:
        process.kill()
        process.wait()


@fault(12, "hung up on during COMMIT", engines=POSTGRESQL, seconds=150)
def cut_commit(world: World) -> str:
    """The COMMIT of ledger or finish takes effect, or does not, and the worker is not told which."""
    direct = world.database_url
    for mode in ("after", "before"):
        for word in ('INSERT INTO "posts_attempt"', 'UPDATE "posts_attempt"'):
            with _wire(world, mode, word) as through:
                world.use_database(through)
                worker = world.publisher()
                world.use_database(direct)
                world.schedule_many(world.accounts(2), 2)
                world.quiet(seconds=AFTERMATH)
                worker.end()
    world.judge()
    all_published(world)
    return "two COMMITs, each with and without effect"


@fault(13, "PostgreSQL away just after the platform said yes", engines=POSTGRESQL, seconds=120)
def away_after_the_answer(world: World) -> str:
    """The answer is kept in memory until the database is back. Away for five seconds; longer is the same."""
    worker, marker, go = _held_at(world, plants.after_publish, "answered")
    delivery = world.schedule(world.account())[0]
    eventually(marker.exists, "the platform has answered", seconds=15)
    connection.close()
    world.session.postgres.stop("immediate")
    go.touch()
    time.sleep(5)
    world.session.postgres.start()
    world.quiet(seconds=AFTERMATH)
    worker.end()
    world.judge()
    all_published(world)
    assert len(world.network.requests()) == 1, "asked twice"
    return f"published by attempt {Attempt.objects.get(delivery=delivery).number}"


@fault(13, "and the worker dies before it is back", part="b", engines=POSTGRESQL, seconds=120)
def away_and_killed(world: World) -> str:
    """Only the journal on disk knows the answer; the next worker writes it down."""
    worker, marker, go = _held_at(world, plants.after_publish, "answered")
    world.schedule(world.account())
    eventually(marker.exists, "the platform has answered", seconds=15)
    connection.close()
    world.session.postgres.stop("immediate")
    go.touch()
    journal = world.data / "journal"
    eventually(lambda: list(journal.glob("*")), "the answer is in the journal", seconds=10)
    worker.kill()
    world.session.postgres.start()
    world.publisher()
    world.quiet(seconds=AFTERMATH)
    world.stop_all()
    world.judge()
    all_published(world)
    assert len(world.network.requests()) == 1, "asked twice"
    assert not list(journal.glob("*.jsonl")), "the journal was not cleared"
    return "journal replayed"


@fault(14, "the database's disk is full", seconds=150)
def database_disk_full(world: World) -> str:
    """Nothing is sent while no attempt can be committed; when there is space again, all goes out."""
    room = {"postgresql": 260, "sqlite": 24}[world.engine]
    with small_disk(world.folder / "disk", room) as disk:
        server = _move_database(world, disk)
        try:
            targets = world.accounts(4)
            world.schedule_many(targets, 10)
            ballast = fill(disk)
            worker = world.publisher()
            time.sleep(5)
            calls = len(world.network.requests())
            ballast.unlink()
            if server is not None and server.process.poll() is not None:
                server.start()
            world.quiet(seconds=AFTERMATH)
            worker.end()
            world.judge()
            all_published(world)
        finally:
            connection.close()
            for process in world.processes:
                process.kill()
            if server is not None:
                server.stop("immediate")
    return f"{calls} of 40 sent while it was full, all of them with a committed attempt"


def _move_database(world: World, disk: Path) -> servers.Durable | None:
    """Let the row's database live on `disk`."""
    if world.engine == "sqlite":
        connection.close()
        source = Path(world.database_url.removeprefix("sqlite:///"))
        for path in source.parent.glob(f"{source.name}*"):
            shutil.copy(path, disk / path.name)
        world.use_database(f"sqlite:///{disk / source.name}")
        return None
    server = servers.Durable(disk / "cluster", max_wal_size="32MB", min_wal_size="32MB")
    server.sql('CREATE DATABASE "full"')
    dump = subprocess.run(
        [server.cluster.binaries / "pg_dump", world.database_url], capture_output=True, check=True
    )
    subprocess.run(
        [server.cluster.binaries / "psql", "-q", server.url("full")], input=dump.stdout, check=True,
        capture_output=True,
    )  # fmt: skip
    world.use_database(server.url("full"))
    return server


@fault(14, "the database takes no writes", part="b", engines=POSTGRESQL, seconds=90)
def database_read_only(world: World) -> str:
    """Read-only for five seconds: nothing is sent without a committed attempt."""
    name = servers.parts(world.database_url)["NAME"]
    targets = world.accounts(4)
    world.schedule_many(targets, 2)
    world.session.postgres.sql(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    world.publisher()
    time.sleep(5)
    assert not world.network.requests(), "sent although nothing could be written down"
    world.session.postgres.sql(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    connection.close()
    world.session.postgres.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", name
    )
    world.quiet(seconds=AFTERMATH)
    world.stop_all()
    world.judge()
    all_published(world)
    return "nothing sent meanwhile"


@fault(15, "the worker's disk is full", engines=POSTGRESQL, seconds=120)
def worker_disk_full(world: World) -> str:
    """The database is away and the journal cannot be written: the answer stays in memory, with an alarm."""
    with small_disk(world.folder / "disk", 2) as disk:
        world.use_settings(DATA_DIR=disk, BROKER_DIR=disk / "broker")
        worker, marker, go = _held_at(world, plants.after_publish, "answered")
        world.schedule(world.account())
        eventually(marker.exists, "the platform has answered", seconds=15)
        fill(disk)
        connection.close()
        world.session.postgres.stop("immediate")
        go.touch()
        time.sleep(4)
        world.session.postgres.start()
        world.quiet(seconds=AFTERMATH)
        worker.end()
        world.judge()
        all_published(world)
        assert "journal cannot be written" in worker.said(), "no alarm in the log"
    return "kept in memory, alarm in the log"


@fault(16, "locks held by somebody else, and a deadlock", engines=POSTGRESQL, seconds=120)
def locks(world: World) -> str:
    """Another session holds lane, delivery and post; lock time-outs and deadlocks are tried again."""
    url = world.database_url
    name = servers.parts(url)["NAME"]
    world.session.postgres.sql(f"ALTER DATABASE \"{name}\" SET lock_timeout = '700ms'")
    world.session.postgres.sql(f"ALTER DATABASE \"{name}\" SET deadlock_timeout = '100ms'")
    connection.close()
    targets = world.accounts(3)
    world.schedule_many(targets, 3)
    world.publisher()
    stop = threading.Event()
    threads = [
        threading.Thread(target=_grab, args=(url, order, stop))
        for order in (("posts_lane", "posts_post"), ("posts_delivery", "posts_post"))
    ]
    for thread in threads:
        thread.start()
    time.sleep(8)
    stop.set()
    for thread in threads:
        thread.join()
    world.quiet(seconds=AFTERMATH)
    world.stop_all()
    world.judge()
    all_published(world)
    return "all published"


def _grab(url: str, tables: tuple[str, str], stop: threading.Event) -> None:
    """Lock rows in an order of our own, again and again, each time for half a second."""
    session = psycopg2.connect(url)
    with session.cursor() as cursor:
        while not stop.wait(0.2):
            try:
                for table in tables:
                    cursor.execute(f"SELECT id FROM {table} FOR UPDATE")
                    time.sleep(0.25)
            except psycopg2.Error:
                pass  # a deadlock may end us as well as the worker
            session.rollback()
    session.close()


@fault(16, "the file is locked by somebody else", part="b", engines=SQLITE, seconds=90)
def file_locked(world: World) -> str:
    """Another process holds SQLite's write lock for three seconds, and once longer than the lease."""
    path = world.database_url.removeprefix("sqlite:///")
    targets = world.accounts(3)
    world.schedule_many(targets, 3)
    world.publisher()
    for seconds in (3.0, 8.0):
        with sqlite3.connect(path, timeout=20, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            other.execute("ROLLBACK")
        time.sleep(0.3)
    world.quiet(seconds=AFTERMATH)
    world.stop_all()
    world.judge()
    all_published(world)
    return "all published"


@fault(17, "no connection left", engines=POSTGRESQL, seconds=90)
def no_connection_left(world: World) -> str:
    """All of the role's connections are taken: the worker fails before the send, and goes on later."""
    postgres, url = world.session.postgres, world.database_url
    name = servers.parts(url)["NAME"]
    postgres.sql("DROP ROLE IF EXISTS crowded")
    postgres.sql("CREATE ROLE crowded LOGIN PASSWORD 'crowded' CONNECTION LIMIT 2")
    for grant in ("ALL ON ALL TABLES IN SCHEMA public", "ALL ON ALL SEQUENCES IN SCHEMA public"):
        postgres.sql(f"GRANT {grant} TO crowded", database=name)
    crowded = f"postgresql://crowded:crowded@127.0.0.1:{postgres.port}/{name}"
    held = [psycopg2.connect(crowded) for _ in range(2)]
    try:
        world.use_database(crowded)
        worker = world.publisher()
        world.use_database(url)
        world.schedule_many(world.accounts(3), 2)
        time.sleep(4)
        assert worker.running, f"the worker gave up:\n{worker.said()[-800:]}"
        assert not world.network.requests(), "sent without a connection"
        assert Lane.objects.filter(fence__gt=0).count() == 0
    finally:
        for each in held:
            each.close()
    world.quiet(seconds=AFTERMATH)
    world.stop_all()
    world.judge()
    all_published(world)
    postgres.sql("DROP OWNED BY crowded", database=name)
    return "nothing sent meanwhile"


@fault(37, "PgBouncer in transaction mode", engines=POSTGRESQL, seconds=120)
def pooled(world: World) -> str:
    """Workers share three server connections and change them with every transaction; one is killed."""
    binary = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if binary is None:
        raise NotHere("pgbouncer is not installed (`apt-get install pgbouncer`)")
    direct = world.database_url
    with _pgbouncer(world, binary) as pooled_url:
        world.use_database(pooled_url)
        workers = [world.publisher() for _ in range(3)]
        world.use_database(direct)
        world.schedule_many(world.accounts(8), 4)
        time.sleep(0.6)
        workers[0].kill()
        world.quiet(seconds=AFTERMATH)
        for worker in workers:
            worker.end()
    world.judge()
    return f"{world.statuses()}"


@contextmanager
def _pgbouncer(world: World, binary: str) -> Iterator[str]:
    of, port, folder = servers.parts(world.database_url), support.free_port(), world.folder / "pgbouncer"
    folder.mkdir(mode=0o755)
    (folder / "users").write_text(f'"{of["USER"]}" "{of["PASSWORD"]}"\n')
    (folder / "ini").write_text(
        f"[databases]\n* = host=127.0.0.1 port={of['PORT']}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
        f"listen_port = {port}\nauth_type = scram-sha-256\nauth_file = {folder / 'users'}\n"
        f"pool_mode = transaction\ndefault_pool_size = 3\nunix_socket_dir =\n"
        f"ignore_startup_parameters = extra_float_digits,options\n"
    )
    command = [binary, str(folder / "ini")]
    somebody = world.session.postgres.cluster.identity
    world.folder.chmod(0o711)
    log = folder.with_suffix(".out")
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, stdout=stream, stderr=stream, preexec_fn=support.dies_with_us(signal.SIGKILL), **somebody
        )
    url = world.database_url.replace(f":{of['PORT']}/", f":{port}/")

    def answers() -> bool:
        try:
            psycopg2.connect(url, connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True

    try:
        support.wait_for(answers, process, "PgBouncer", log, seconds=15)
        yield url
    finally:
        process.kill()
        process.wait()
