"""Changes to the running code, made in a forked worker before it starts: it stops, waits or dies at a point.

Points are named by what leaves the process (SQL, an adapter's call), so that they survive a change inside.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from posts.platforms.sandbox import SandboxAdapter
from posts.publishing import send

Act = Callable[[], None]


def once(act: Act) -> Act:
    """`act` the first time, in whichever thread, and nothing afterwards."""
    lock, left = threading.Lock(), [1]

    def first() -> None:
        with lock:
            mine, left[0] = left[0], 0
        if mine:
            act()

    return first


def freeze(marker: Path) -> Act:
    """Leave `marker` and stop the whole process until somebody sends SIGCONT.

    The signal is for this thread: sent to the process, another one may take it while this one goes on.
    """

    def stop() -> None:
        marker.touch()
        signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)

    return once(stop)


def wait(marker: Path, go: Path, *, seconds: float = 60) -> Act:
    """Leave `marker` and hold this thread until `go` exists."""

    def hold() -> None:
        marker.touch()
        end = time.monotonic() + seconds
        while not go.exists() and time.monotonic() < end:
            time.sleep(0.02)

    return once(hold)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before_guard(act: Act) -> None:
    """After the attempt is committed, before the check whether the lease is long enough to send."""
    _before(send, "perform", act)


def before_publish(act: Act) -> None:
    """After that check, before the adapter does anything."""
    _before(SandboxAdapter, "publish", act)


def after_publish(act: Act) -> None:
    """The platform has said yes; nothing of that is written down yet."""
    original = SandboxAdapter.publish

    def publish(self: SandboxAdapter, *args: Any, **kwargs: Any) -> Any:
        result = original(self, *args, **kwargs)
        act()
        return result

    SandboxAdapter.publish = publish


def before_answer(act: Act) -> None:
    """The request has left, nothing of the answer is read."""
    _before(HTTPResponse, "begin", act)


def before_sql(words: tuple[str, ...], act: Act) -> None:
    """Before the first statement that begins with `words[0]` and contains the others."""

    def wrapper(execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
        if sql.startswith(words[0]) and all(word in sql for word in words[1:]):
            act()
        return execute(sql, params, many, context)

    original = BaseDatabaseWrapper.__init__

    def init(self: BaseDatabaseWrapper, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.execute_wrappers.append(wrapper)

    BaseDatabaseWrapper.__init__ = init
    from django.db import connections

    for each in connections.all(initialized_only=True):
        each.execute_wrappers.append(wrapper)


CLAIM = ('UPDATE "posts_lane"', '"fence" =')
LEDGER = ('INSERT INTO "posts_attempt"',)
FINISH = ('UPDATE "posts_attempt"', '"outcome" =')


def _before(owner: Any, name: str, act: Act) -> None:
    original = getattr(owner, name)

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        act()
        return original(*args, **kwargs)

    setattr(owner, name, wrapper)
