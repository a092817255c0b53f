"""Processes that belong together: started in groups of their own, ended together, never left behind.

Only the standard library, since nothing of the hub may be needed to end it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

POLL = 0.1  # seconds between two looks at a process
LAST_WORDS = 10.0  # seconds that children have to end after we were killed outright


@dataclass
class Child:
    """A running process, the leader of its own group."""

    name: str
    process: subprocess.Popen
    log: Path | None
    grace: float

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def end(self) -> str:
        """How it ended, in words."""
        code = self.process.returncode
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def reason(self) -> str:
        """Why it ended, as far as its log says: a failed system check, else its last line."""
        if self.log is None or not self.log.is_file():
            return ""
        lines = [line.strip() for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        checks = [line.removeprefix("?: ") for line in lines if line.startswith("?: (")]
        return (checks + lines[-1:])[0][:500] if lines else ""


class Guardian:
    """A process that does nothing until we are gone; then it ends the children we could not end ourselves.

    It learns of our end from a pipe that only we hold open, which works for every way to die.
    """

    def __init__(self) -> None:
        reading, self._writing = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                os.close(self._writing)
                _watch(reading)
            finally:
                os._exit(0)
        os.close(reading)

    def keep(self, group: int) -> None:
        os.write(self._writing, f"keep {group}\n".encode())

    def forget(self, group: int) -> None:
        os.write(self._writing, f"forget {group}\n".encode())

    def dismiss(self) -> None:
        """Everything has ended in order."""
        os.close(self._writing)
        os.waitpid(self._pid, 0)


def _watch(reading: int) -> None:
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    with os.fdopen(reading) as lines:
        for line in lines:
            word, _, group = line.partition(" ")
            (groups.add if word == "keep" else groups.discard)(int(group))
    _signal_all(groups, signal.SIGTERM)
    end = time.monotonic() + LAST_WORDS
    while groups and time.monotonic() < end:
        groups = {group for group in groups if _signal(group, 0)}
        time.sleep(POLL)
    _signal_all(groups, signal.SIGKILL)


def _signal_all(groups: Iterable[int], number: int) -> None:
    for group in groups:
        _signal(group, number)


def _signal(group: int, number: int) -> bool:
    """Whether there was anybody to get it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


class Family:
    """The children of this process. `stop()` ends all of them, whatever state they are in."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self._guardian = Guardian()

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        log: Path | None = None,
        grace: float = 10.0,
    ) -> Child:
        """Run `command` with its output in `log`, or on our own where there is none.

        `grace`: seconds it has to end after SIGTERM.
        """
        with open(log or os.devnull, "ab") as stream:
            process = subprocess.Popen(  # noqa: S603 - commands come from the launcher alone
                command,
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=stream if log else None,
                stderr=subprocess.STDOUT if log else None,
                start_new_session=True,
            )
        child = Child(name=name, process=process, log=log, grace=grace)
        self._guardian.keep(process.pid)
        self.children.append(child)
        return child

    def dead(self) -> Child | None:
        """A child that ended without being asked to."""
        return next((child for child in self.children if child.ended), None)

    def stop(
        self, children: Sequence[Child] | None = None, *, hurry: Callable[[], bool] = lambda: False
    ) -> None:
        """Ask `children` (or all) to end; end those that don't in their time, or once `hurry()` is true."""
        chosen = list(self.children if children is None else children)
        asked = time.monotonic()
        for child in chosen:
            if not child.ended:
                with suppress(ProcessLookupError):
                    child.process.send_signal(signal.SIGTERM)
        while not hurry() and any(
            not child.ended and time.monotonic() - asked < child.grace for child in chosen
        ):
            time.sleep(POLL)
        for child in chosen:
            # also what a child started and did not end itself
            _signal(child.process.pid, signal.SIGKILL)
            child.process.wait()
            self._guardian.forget(child.process.pid)
            self.children.remove(child)

    def close(self) -> None:
        """End whoever is left, and the guardian."""
        self.stop()
        self._guardian.dismiss()
