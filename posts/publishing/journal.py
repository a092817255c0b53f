"""Answers that the database could not take, kept on this machine's disk until it can.

One file a process, locked while the process lives. A line is on disk before `keep` returns; whoever finds a
file that nobody holds writes its lines down and removes it. Only the platform's word that it published
something is kept: everything else the end of the lease settles as well.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings

from posts.platforms.base import Published

log = logging.getLogger(__name__)

Prove = Callable[..., bool]


def folder() -> Path:
    """Where the journals are: on a disk that outlives the process."""
    return settings.DATA_DIR / "journal"


class Journal:
    """The journal of this process. Its file exists only while something is kept in it."""

    def __init__(self, owner: str) -> None:
        self._path = folder() / f"{owner.replace(':', '-').replace('/', '-')}.jsonl"
        self._file: int | None = None
        self._kept: set[int] = set()

    def keep(self, *, key: str, attempt_id: int, published: Published) -> None:
        """Put an answer on disk. A disk that refuses is logged: the answer is then kept in memory alone."""
        if attempt_id in self._kept:
            return
        line = {
            "key": key,
            "attempt": attempt_id,
            "external_id": published.external_id,
            "permalink": published.permalink,
            "reference": dict(published.reference),
        }
        try:
            if self._file is None:
                self._file = _open(self._path)
            os.write(self._file, json.dumps(line).encode() + b"\n")
            os.fsync(self._file)
        except OSError as error:
            log.critical("the send journal cannot be written", extra={"error": type(error).__name__})
            return
        self._kept.add(attempt_id)

    def clear(self) -> None:
        """Everything kept is in the database now."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._path.unlink()
            os.close(self._file)
            self._file = None
        self._kept.clear()


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    parent = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)
    return file


def replay(prove: Prove) -> int:
    """Write down what dead processes of this machine kept. Returns how many deliveries that settled."""
    return sum(_replay(path, prove) for path in sorted(folder().glob("*.jsonl")))


def _replay(path: Path, prove: Prove) -> int:
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return 0
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        settled = sum(
            prove(
                key=line["key"],
                attempt_id=line["attempt"],
                published=Published(line["external_id"], line["permalink"], line.get("reference", {})),
            )
            for line in _lines(path)
        )
        path.unlink(missing_ok=True)
    except BlockingIOError:  # its process lives, or somebody else is at it
        return 0
    else:
        return settled
    finally:
        os.close(file)


def _lines(path: Path) -> Iterator[dict]:
    """The whole lines of a journal; one cut short was never answered for."""
    for line in path.read_bytes().splitlines(keepends=True):
        with contextlib.suppress(ValueError):
            if line.endswith(b"\n"):
                yield json.loads(line)
