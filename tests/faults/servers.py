"""A PostgreSQL that keeps its promises (fsync on), can be stopped the hard way, and copies databases."""

from __future__ import annotations

import secrets
import signal
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2

from tests.support import servers

SETTINGS = {
    "listen_addresses": "127.0.0.1", "max_connections": 120, "shared_buffers": "64MB", "timezone": "UTC",
    "track_commit_timestamp": "on", "log_min_messages": "warning", "max_wal_size": "256MB",
}  # fmt: skip


class Durable:
    """One cluster. `stop("immediate")` is a crash; `start` recovers on the same port."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.password = secrets.token_hex(12)
        self.cluster = servers.Cluster.prepare(folder, user="postgres", password=self.password)
        self.port = servers.free_port()
        self.settings = SETTINGS | settings
        self.log = folder / "log"
        self.start()

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        command = [self.cluster.binaries / "postgres", "-D", self.cluster.data, "-p", str(self.port)]
        command += [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]
        with self.log.open("ab") as stream:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT,
                cwd=self.cluster.folder, start_new_session=True,
                preexec_fn=servers.dies_with_us(signal.SIGQUIT), **self.cluster.identity,
            )  # fmt: skip
        servers.wait_for(self.answers, self.process, "PostgreSQL", self.log)

    def stop(self, mode: str = "immediate") -> None:
        """End it: "immediate" without a checkpoint, "fast" with one."""
        self.process.send_signal({"immediate": signal.SIGQUIT, "fast": signal.SIGINT}[mode])
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def answers(self) -> bool:
        try:
            psycopg2.connect(self.url(), connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True

    def sql(self, statement: str, *values: object, database: str = "postgres") -> list[tuple]:
        """Run one statement outside of any transaction block; its rows, if it has any."""
        return run_sql(self.url(database), statement, *values)

    def copy(self, source: str, name: str) -> str:
        """A new database like `source`, and its address."""
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY FILE_COPY')
        return self.url(name)

    def drop(self, name: str) -> None:
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def run_sql(url: str, statement: str, *values: object) -> list[tuple]:
    """As `Durable.sql`, for any address."""
    connection = psycopg2.connect(url, connect_timeout=5)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def parts(url: str) -> dict[str, object]:
    """A database address as Django's settings name its parts."""
    split = urlsplit(url)
    return {
        "HOST": split.hostname, "PORT": split.port, "NAME": split.path[1:],
        "USER": split.username, "PASSWORD": split.password,
    }  # fmt: skip
