"""kill -9 at every step: a child of the warm runner counts what it does to the world and dies before step k.

Steps are the SQL statements, the ends of transactions, and what goes through a Python socket: connect, send
and receive. The driver is asked too, so that a statement which the hooks do not see fails the run.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

HEALTH_CHECK = "SELECT 1"  # Django's own look at a connection, past the wrappers


class Steps:
    """Counts the steps of this process and ends it just before step `die_at` (0: never)."""

    def __init__(self, die_at: int = 0) -> None:
        self.die_at = die_at
        self.count = 0
        self.kinds: Counter[str] = Counter()
        self.trail: list[str] = []
        self.on = False
        self._lock = threading.Lock()

    def step(self, kind: str) -> None:
        if not self.on:
            return
        with self._lock:
            self.count += 1
            self.kinds[kind] += 1
            self.trail.append(kind)
            if self.count == self.die_at:
                os.kill(os.getpid(), signal.SIGKILL)


class Driver:
    """What the database driver itself was asked to run."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.on = False

    def note(self, statement: Any) -> None:
        if not self.on or statement == HEALTH_CHECK:
            return
        text = statement.decode() if isinstance(statement, bytes) else str(statement)
        if connection.vendor == "sqlite" and self.statements[-1:] == [text]:
            return  # SQLite tells a statement again for each of its triggers
        self.statements.append(text)


_here: tuple[Steps, Driver] | None = None


@contextmanager
def uncounted() -> Iterator[None]:
    """What happens inside is no step of the hub."""
    for each in _here or ():
        each.on = False
    try:
        yield
    finally:
        for each in _here or ():
            each.on = True


def hook(steps: Steps, driver: Driver) -> None:
    """Plant the hooks in this process; for good, so only in a forked one."""
    _hook_sql(steps)
    _hook_transactions(steps)
    _hook_sockets(steps)
    _ask_driver(driver)


def _hook_sql(steps: Steps) -> None:
    """Every connection of the process, also one that another thread opens."""

    def before(execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
        steps.step(f"sql {sql.split(None, 1)[0].upper()}")
        return execute(sql, params, many, context)

    original = BaseDatabaseWrapper.__init__

    def init(self: BaseDatabaseWrapper, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.execute_wrappers.append(before)

    BaseDatabaseWrapper.__init__ = init
    for each in connections.all(initialized_only=True):
        each.execute_wrappers.append(before)


def _hook_transactions(steps: Steps) -> None:
    for name in ("_commit", "_rollback"):
        original = getattr(BaseDatabaseWrapper, name)

        def ending(self: BaseDatabaseWrapper, original: Callable = original, name: str = name) -> Any:
            if self.connection is not None:
                steps.step(f"{name[1:].upper()}")
            return original(self)

        setattr(BaseDatabaseWrapper, name, ending)


def _hook_sockets(steps: Steps) -> None:
    for name in ("connect", "send", "sendall", "recv", "recv_into"):
        original = getattr(socket.socket, name)

        def touch(self: socket.socket, *args: Any, original: Callable = original, name: str = name) -> Any:
            steps.step(f"socket {name}")
            return original(self, *args)

        setattr(socket.socket, name, touch)


def _ask_driver(driver: Driver) -> None:
    if connection.vendor == "sqlite":
        from django.db.backends.sqlite3.base import DatabaseWrapper

        original = DatabaseWrapper.get_new_connection

        def traced(self: DatabaseWrapper, params: dict) -> Any:
            made = original(self, params)
            made.set_trace_callback(driver.note)
            return made

        DatabaseWrapper.get_new_connection = traced
        return
    import psycopg2.extensions

    class Cursor(psycopg2.extensions.cursor):
        def execute(self, query: Any, vars: Any = None) -> Any:
            driver.note(query)
            return super().execute(query, vars)

    class Told(psycopg2.extensions.connection):
        def cursor(self, *args: Any, **kwargs: Any) -> Any:
            kwargs.setdefault("cursor_factory", Cursor)
            return super().cursor(*args, **kwargs)

    connection.settings_dict["OPTIONS"] = {
        **connection.settings_dict["OPTIONS"],
        "connection_factory": Told,
    }


def unseen(steps: Steps, driver: Driver) -> list[str]:
    """Statements that the driver ran and the hooks did not count, by their first word."""
    asked = Counter(
        statement.split(None, 1)[0].upper()
        for statement in driver.statements
        if not statement.startswith("--")
    )
    ends = {"COMMIT", "ROLLBACK"}
    seen = Counter(
        {kind.removeprefix("sql "): number for kind, number in steps.kinds.items() if kind.startswith("sql ")}
    )
    return [
        f"{word} ({number - seen[word]})"
        for word, number in asked.items()
        if word not in ends and number > seen[word]
    ]


def counted(script: Callable[[], object], *, die_at: int, report: int = -1) -> None:
    """Run `script` in this (forked) process, dying before step `die_at`; tell `report` the counts."""
    global _here
    steps, driver = Steps(die_at), Driver()
    hook(steps, driver)
    _here = (steps, driver)
    connection.ensure_connection()  # opening and preparing it is no step of the protocol
    steps.on = driver.on = True
    script()
    steps.on = driver.on = False
    if report >= 0:
        told = {
            "count": steps.count,
            "kinds": steps.kinds,
            "trail": steps.trail,
            "unseen": unseen(steps, driver),
        }
        os.write(report, json.dumps(told).encode())
