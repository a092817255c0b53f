"""Processes that a row starts and hurts: forked from the warm runner, or started from nothing."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.support import servers

TERM_SECONDS = 15.0


class Process:
    """A process of ours, by its id. Every way to hurt it is one method."""

    def __init__(self, pid: int, log: Path, popen: subprocess.Popen | None = None) -> None:
        self.pid, self.log, self._popen = pid, log, popen
        self._status: int | None = None

    def poll(self) -> int | None:
        """Its exit code (negative: the signal that ended it), None while it runs."""
        if self._status is not None:
            return self._status
        if self._popen is not None:
            self._status = self._popen.poll()
            return self._status
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid:
            self._status = os.waitstatus_to_exitcode(status)
        return self._status

    @property
    def running(self) -> bool:
        return self.poll() is None

    def wait(self, seconds: float) -> int:
        """Wait for its end. AssertionError where it outlives `seconds`."""
        end = time.monotonic() + seconds
        while (code := self.poll()) is None:
            if time.monotonic() > end:
                raise AssertionError(f"process {self.pid} still runs after {seconds} s")
            time.sleep(0.01)
        return code

    def signal(self, number: int) -> None:
        if self.running:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """As a power cut: now, without a word."""
        if self.running:
            os.kill(self.pid, signal.SIGKILL)
            self.wait(10)

    def freeze(self) -> None:
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.signal(signal.SIGCONT)

    def is_frozen(self) -> bool:
        with contextlib.suppress(OSError):
            return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
        return False

    def end(self) -> int:
        """Ask it to end, and make it end where it does not."""
        if self.running:
            self.thaw()
            self.signal(signal.SIGTERM)
            try:
                return self.wait(TERM_SECONDS)
            except AssertionError:
                self.kill()
        return self.poll()

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""


def fork(run: Callable[[], object], log: Path) -> Process:
    """Run `run` in a child of this warm process. It inherits settings and hooks, no connection."""
    from django.db import connections

    connections.close_all()
    pid = os.fork()
    if pid:
        return Process(pid, log)
    code = 1
    try:
        if dies := servers.dies_with_us(signal.SIGKILL):
            dies()
        for number in (signal.SIGALRM, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, 0)
        random.seed()
        target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(target, 1)
        os.dup2(target, 2)
        run()
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def start(command: list[str], env: dict[str, str], log: Path, **options: object) -> Process:
    """Start a Python process from nothing: `start(["manage.py", "publish"], ...)`."""
    with log.open("ab") as stream:
        popen = subprocess.Popen(
            [sys.executable, *command], env=env, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream,
            preexec_fn=servers.dies_with_us(signal.SIGKILL), **options,
        )  # fmt: skip
    return Process(popen.pid, log, popen)


def eventually(holds: Callable[[], object], what: str, *, seconds: float, every: float = 0.05) -> float:
    """Wait until `holds()`; the seconds it took. AssertionError naming `what` when time is up."""
    begun = time.monotonic()
    while not holds():
        if time.monotonic() - begun > seconds:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(every)
    return time.monotonic() - begun
