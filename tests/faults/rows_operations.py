"""Rows 33, 34 and 36: a chapter that floods the hub, a deployment in the middle, and a restored backup."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from posts.models import Delivery
from tests.faults import servers
from tests.faults.processes import eventually
from tests.faults.registry import POSTGRESQL, NotHere, fault
from tests.faults.rows_dispatchers import percentile
from tests.faults.rows_killed import AFTERMATH
from tests.faults.world import ROOT, World

Status = Delivery.Status
SECONDS = 12  # for which posts of the quiet accounts come due
FAIR_TURN = 5.0  # seconds late at most, where everybody waits for a turn
SOON_ENOUGH = 0.25  # seconds late that nobody minds, on a machine that others use too


@fault(33, "one chapter floods the hub", engines=POSTGRESQL, seconds=240)
def noisy_chapter(world: World) -> str:
    """Twenty thousand posts of a chapter with five accounts are due at once; the others' stay on time.

    What is left of the flood when that is measured is taken off the schedule.
    """
    idle, busy, sent = _beside_a_flood(world, accounts=5)
    allowed = 2 * max(idle, SOON_ENOUGH)
    assert busy <= allowed, f"p99 {busy:.2f} s late, {idle:.2f} s when idle"
    return f"p99 {busy * 1000:.0f} ms beside {sent} posts of the flood, {idle * 1000:.0f} ms when idle"


@fault(33, "more lanes overdue than senders", engines=POSTGRESQL, seconds=240, part="b")
def more_lanes_than_senders(world: World) -> str:
    """After an outage, say: what comes due now waits for a turn of the others, not for the end of all."""
    idle, busy, sent = _beside_a_flood(world, accounts=40)
    assert busy <= FAIR_TURN, f"p99 {busy:.2f} s late, {idle:.2f} s when idle"
    return f"p99 {busy * 1000:.0f} ms beside {sent} posts of the flood, {idle * 1000:.0f} ms when idle"


def _beside_a_flood(world: World, *, accounts: int) -> tuple[float, float, int]:
    """The quiet accounts' p99 in seconds, idle and beside the flood, and how much of that was sent."""
    quiet_ones, noisy = world.accounts(3), world.accounts(accounts)
    for _ in range(2):
        world.publisher()
    time.sleep(1)
    idle = _lag_of(world, quiet_ones, SECONDS)
    world.schedule_many(noisy, world.options.noise // len(noisy))
    before = len(world.network.posts())
    busy = _lag_of(world, quiet_ones, SECONDS)
    sent = len(world.network.posts()) - before
    assert sent < world.options.noise, "the flood was over too soon to tell anything"
    _stop_the_flood(world)
    world.quiet(seconds=AFTERMATH)
    world.stop_all()
    world.judge()
    return idle, busy, sent


def _lag_of(world: World, targets: list, seconds: int) -> float:
    """The 99th percentile of how late posts of `targets` are, one a second each."""
    known = {post["id"] for post in world.network.posts()}
    world.schedule_many(targets, seconds, at=timezone.now() + timedelta(seconds=1), apart=1.0)
    ids = [target.pk for target in targets]
    on_their_way = Delivery.objects.filter(account__in=ids, status__in=[Status.PENDING, Status.SENDING])
    eventually(
        lambda: not on_their_way.all().exists(), "the quiet accounts' posts are out", seconds=seconds + 40
    )
    due = dict(Delivery.objects.filter(account__in=ids).values_list("external_id", "due_at"))
    lags = sorted(
        (datetime.fromisoformat(post["received_at"]) - due[post["id"]]).total_seconds()
        for post in world.network.posts() if post["id"] in due and post["id"] not in known
    )  # fmt: skip
    return percentile(lags, 0.99)


def _stop_the_flood(world: World) -> None:
    from django.db.models.functions import Now

    from posts.models import Lane

    Lane.objects.filter(account__deliveries__status=Status.PENDING).update(
        paused_at=Now(), paused_reason="flood"
    )
    eventually(
        lambda: not Delivery.objects.filter(status=Status.SENDING).exists(),
        "nothing is in flight",
        seconds=20,
    )
    left = Delivery.objects.filter(status=Status.PENDING, attempts=None)
    world.scheduled -= {uid.hex for uid in left.values_list("uid", flat=True)}
    left.delete()
    Lane.objects.update(paused_at=None, paused_reason="")


def _before_the_engine(folder: Path) -> Path:
    """The code as it was before migration 0002 of posts, checked out beside this one."""
    git = ["git", "-C", str(ROOT)]
    engine = "posts/migrations/0002_publishing_engine.py"
    try:
        told = subprocess.run(
            [*git, "log", "--diff-filter=A", "--format=%H", "--", engine],
            check=True, capture_output=True, text=True,
        ).stdout.split()  # fmt: skip
        archive = subprocess.run([*git, "archive", f"{told[-1]}^"], check=True, capture_output=True).stdout
    except (OSError, IndexError, subprocess.CalledProcessError) as error:
        raise NotHere("this checkout has no history to take the older version from") from error
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    return folder


@fault(34, "old and new version together, migrated meanwhile", engines=POSTGRESQL, seconds=150)
def rolling_deployment(world: World) -> str:
    """The version before the last engine publishes on the old tables, they are migrated under it, and the new
    version works beside it; then the old one is killed."""
    old = _before_the_engine(world.folder / "old")
    targets = world.accounts(6)
    world.schedule_many(targets, 10, at=timezone.now() + timedelta(seconds=9), apart=1.0)
    world.once(lambda: call_command("migrate", "posts", "0001", verbosity=0), "back")
    older = world.start(["manage.py", "publish", "--forever"], "old", cwd=old, PYTHONPATH=str(old))
    connection.close()
    eventually(lambda: len(world.network.posts()) >= 6, "the old version publishes", seconds=40)
    world.once(lambda: call_command("migrate", verbosity=0), "migrate", seconds=60)
    at_migration = len(world.network.posts())
    newer = world.publisher()
    time.sleep(3)
    assert older.running, f"the old version ended:\n{older.said()[-1500:]}"
    older.kill()
    world.quiet(seconds=AFTERMATH + 10)
    newer.end()
    world.judge()
    return f"{at_migration} posts before the migration was through, {world.statuses()}"


@fault(36, "the database is restored from a backup", seconds=120)
def restored(world: World) -> str:
    """What went out after the backup is looked for, not sent again, on a platform that ignores keys."""
    targets = world.accounts(3)
    for target in targets:
        world.network.traits(target.handle, keys="ignored")
    worker = world.publisher()
    world.schedule_many(targets, 2)
    world.quiet(seconds=30)
    worker.end()
    world.schedule_many(targets, 2, at=timezone.now() + timedelta(seconds=1))
    later = world.schedule(*targets, at=timezone.now() + timedelta(seconds=25))
    taken = datetime.now(UTC)
    backup = _back_up(world)
    worker = world.publisher()
    eventually(lambda: len(world.network.posts()) == 12, "posts go out after the backup", seconds=30)
    worker.end()
    _restore(world, backup)
    world.once(lambda: call_command("after_restore", f"--backup-taken={taken.isoformat()}"), "after_restore")
    sent = len(world.network.requests())
    world.publisher()
    for _ in range(20):
        if world.unsettled() <= len(later):
            break
        time.sleep(1)
        world.let_pass(30)
    assert len(world.network.requests()) == sent or world.published() > 12, (
        "sent again before it was looked for"
    )
    world.quiet(seconds=60)
    world.stop_all()
    world.judge(committed_before=False)  # a restored row was committed when it was restored
    return f"{world.statuses()}"


def _back_up(world: World) -> Path:
    backup = world.folder / "backup"
    connection.close()
    if world.engine == "sqlite":
        path = world.database_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(backup)) as target:
            source.backup(target)
        return backup
    _client(world, "pg_dump", "--format=custom", f"--file={backup}", world.database_url)
    return backup


def _restore(world: World, backup: Path) -> None:
    connection.close()
    if world.engine == "sqlite":
        path = Path(world.database_url.removeprefix("sqlite:///"))
        for rest in ("-wal", "-shm"):
            Path(f"{path}{rest}").unlink(missing_ok=True)
        shutil.copy(backup, path)
        return
    postgres, name = world.session.postgres, servers.parts(world.database_url)["NAME"]
    postgres.drop(name)
    postgres.sql(f'CREATE DATABASE "{name}"')
    _client(world, "pg_restore", "--exit-on-error", f"--dbname={world.database_url}", str(backup))


def _client(world: World, program: str, *arguments: str) -> None:
    command = [world.session.postgres.cluster.binaries / program, *arguments]
    if not command[0].exists():
        raise NotHere(f"{program} is not beside PostgreSQL")
    subprocess.run(command, check=True, capture_output=True)
