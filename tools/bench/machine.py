"""PostgreSQL, Redis and child processes of one run, and what they cost. All of it ends with the run."""

from __future__ import annotations

import os
import platform as python_platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg2

from tests.support import servers
from tools.bench.platform import Platform

ROOT = Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")

# Nothing is made faster at the price of durability; the rest is what a small server would be given.
POSTGRES = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "autovacuum": "on",
    "shared_buffers": "512MB",
    "max_wal_size": "8GB",
}
STATEMENTS = {"shared_preload_libraries": "pg_stat_statements"}


def inherited() -> dict[str, str]:
    """The little of our environment that children see: nobody's hub may leak into a measurement."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


class Machine:
    """The servers of one run. Use as a context."""

    def __enter__(self) -> Machine:
        self.stack = ExitStack()
        self.folder = Path(tempfile.mkdtemp(prefix=f"hub-bench-{os.getpid()}-"))
        self.stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        try:
            self.counts_statements = _has_statements()
            settings = POSTGRES | (STATEMENTS if self.counts_statements else {})
            self.postgres = servers.Postgres.start(self.folder / "postgres", **settings)
            self.stack.callback(self.postgres.stop)
            if self.counts_statements:
                self.setting("pg_stat_statements.track", "none")  # counted only where it is asked for
            self.redis = servers.Redis.start(self.folder / "redis", password="bench")
            self.stack.callback(self.redis.stop)
            self.platform = self.stack.enter_context(serving())
        except BaseException:
            self.stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    @contextmanager
    def child(self, command: list[str], env: dict[str, str], log: Path) -> Iterator[subprocess.Popen]:
        """A Python process of the project, for as long as the block."""
        with log.open("ab") as stream:
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if "tools.bench.raw" in command else stream,
                stderr=stream,
                text=True,
                preexec_fn=servers.dies_with_us(signal.SIGKILL),
            )
        try:
            yield process
        finally:
            end(process)

    # ---- the database

    def address(self, database: str) -> str:
        return self.postgres.url.rpartition("/")[0] + f"/{database}"

    @contextmanager
    def sql(self, database: str = "postgres") -> Iterator[psycopg2.extensions.cursor]:
        """A cursor of a connection of its own, without a transaction around what it does."""
        connection = psycopg2.connect(self.address(database), connect_timeout=10, application_name="bench")
        connection.autocommit = True
        try:
            yield connection.cursor()
        finally:
            connection.close()

    @contextmanager
    def database(self, name: str, template: str) -> Iterator[str]:
        """A copy of `template` for as long as the block; its address."""
        with self.sql() as sql:
            sql.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield self.address(name)
        finally:
            with self.sql() as sql:
                sql.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def setting(self, name: str, value: str) -> None:
        """Change a setting of the whole server while it runs."""
        with self.sql() as sql:
            sql.execute(f"ALTER SYSTEM SET {name} = %s", [value])
            sql.execute("SELECT pg_reload_conf()")
        time.sleep(0.3)  # the server's processes read it one by one

    # ---- what it is

    def describe(self) -> list[str]:
        import celery
        import django
        import requests

        with self.sql() as sql:
            durable = {}
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                sql.execute(f"SHOW {name}")
                durable[name] = sql.fetchone()[0]
        if set(durable.values()) != {"on"}:
            raise RuntimeError(f"PostgreSQL is not durable: {durable}")
        redis = subprocess.run([servers.redis_binary(), "--version"], capture_output=True, text=True)
        words = dict(part.split("=", 1) for part in redis.stdout.split() if "=" in part)
        return [
            f"machine       {os.cpu_count()} cores, {_memory():.0f} GiB, {_processor()}, "
            f"Linux {python_platform.release()}; load {os.getloadavg()[0]:.2f} at the start",
            f"versions      Python {python_platform.python_version()}, Django {django.__version__}, "
            f"Celery {celery.__version__}, requests {requests.__version__}, "
            f"PostgreSQL {self.postgres.version}, Redis {words.get('v', '?')}",
            "PostgreSQL    " + ", ".join(f"{name} {value}" for name, value in durable.items())
            + f"; one fdatasync takes {_fdatasync(self.folder) * 1000:.2f} ms here ({self.folder.parent})",
        ]  # fmt: skip


@contextmanager
def serving() -> Iterator[Platform]:
    """A platform, for as long as the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.bench.platform"],
        cwd=ROOT,
        env=inherited(),
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=servers.dies_with_us(signal.SIGKILL),
    )
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("the platform did not start")
        yield Platform(int(line))
    finally:
        end(process)


def end(process: subprocess.Popen) -> None:
    """End a child of ours: asked first, then killed."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
    for stream in (process.stdin, process.stdout):
        if stream:
            stream.close()


def _has_statements() -> bool:
    """Whether this PostgreSQL can count statements."""
    binaries = servers.postgres_binaries()
    folders = (binaries.parent, Path("/usr/share/postgresql") / binaries.parent.name)
    return any(
        next(folder.rglob("pg_stat_statements.control"), None) for folder in folders if folder.is_dir()
    )


def _memory() -> float:
    return os.sysconf("SC_PHYS_PAGES") * PAGE / 1024**3


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )


def _fdatasync(folder: Path) -> float:
    """Seconds that it takes to make 8 kB durable, the median of a hundred times."""
    taken = []
    with (folder / "sync").open("wb", buffering=0) as stream:
        for _ in range(100):
            begun = time.perf_counter()
            stream.write(b"x" * 8192)
            os.fdatasync(stream.fileno())
            taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


# ---- what processes cost (Linux)


def cpu_seconds(pid: int, *, with_children: bool = False) -> float:
    """Processor time of a process so far, `with_children` also of those that it has and had."""
    fields = _stat(pid)
    if fields is None:
        return 0.0
    own = sum(map(int, fields[11:13]))
    if not with_children:
        return own / TICKS
    ended = sum(map(int, fields[13:15]))
    living = sum(cpu_seconds(child, with_children=True) for child in _children(pid))
    return (own + ended) / TICKS + living


def rss(pid: int) -> int:
    """Bytes of memory that a process has resident."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def _stat(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:  # it has just ended
        return None


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
