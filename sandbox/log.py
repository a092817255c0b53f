"""The durable log: one JSON line an event, on disk before anyone hears of it."""

import asyncio
import fcntl
import json
import logging
import os
import threading
from array import array
from pathlib import Path

from .errors import Refusal

logger = logging.getLogger("sandbox.log")

# json.dumps would make an encoder for every line
_as_json = json.JSONEncoder(separators=(",", ":")).encode


class LogError(Exception):
    """The log can't be opened or trusted; the text says what to do."""


class EventLog:
    """Append-only `received.jsonl`. One process may hold it.

    `append` writes at once (so a killed process loses nothing) and `durable` waits for the disk; requests
    that wait at the same time share one fsync.
    """

    def __init__(self, path: Path, *, fsync=True):
        self.path = path
        self.fsync = fsync
        self._starts = array("Q")
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._size = 0
        self._dirty = False
        self._broken = None
        self._waiting = []
        self._flusher = None
        self._sync_lock = threading.Lock()
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            raise LogError(f"Another practice network is already using {path.parent}.") from error

    @property
    def length(self) -> int:
        """How many events there are; the newest has this number."""
        return len(self._starts)

    def replay(self):
        """Yield every stored event. A last line cut short by a crash was never answered and is removed."""
        with open(self.path, "rb") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.endswith(b"\n"):
                    logger.warning(
                        "Removing an unfinished last line (%d bytes) from %s", len(line), self.path
                    )
                    os.ftruncate(self._file, self._size)
                    break
                try:
                    event = json.loads(line)
                    known = isinstance(event, dict) and isinstance(event.get("event"), str)
                except ValueError:
                    known = False
                if not known:
                    raise LogError(
                        f"Line {number} of {self.path} is not an event. Repair it or move the file away."
                    )
                self._starts.append(self._size)
                self._size += len(line)
                yield event

    def append(self, event: dict) -> int:
        """Write one event and return its number. Raises Refusal (503) when the disk does not take it."""
        if self._broken:
            raise _unwritable()
        number = len(self._starts) + 1
        line = _as_json({"seq": number, **event}).encode() + b"\n"
        try:
            written = os.write(self._file, line)
            if written != len(line):
                raise OSError(f"short write, {written} of {len(line)} bytes")
        except OSError as error:
            self._undo_write(error)
            raise _unwritable() from error
        self._starts.append(self._size)
        self._size += len(line)
        self._dirty = True
        return number

    def _undo_write(self, error):
        logger.error("Writing %s failed: %s", self.path, error)
        try:
            os.ftruncate(self._file, self._size)
        except OSError as second:
            self._broken = second

    async def durable(self) -> None:
        """Return once everything appended so far is on disk."""
        if not self._dirty:
            return
        if not self.fsync:
            self._dirty = False
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush())
        await waiter

    async def _flush(self):
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                size = self._size
                try:
                    await loop.run_in_executor(None, self._sync)
                except OSError as error:
                    logger.error("fsync of %s failed: %s", self.path, error)
                    self._broken = error
                if self._size == size and not self._broken:
                    self._dirty = False
                for waiter in batch:
                    if waiter.done():
                        continue
                    if self._broken:
                        waiter.set_exception(_unwritable())
                    else:
                        waiter.set_result(None)
        finally:
            self._flusher = None

    def _sync(self):
        with self._sync_lock:
            os.fdatasync(self._file)

    def read_after(self, number: int, limit: int | None = None) -> tuple[bytes, int]:
        """The events after `number` as a JSON array, and the number of the last one in it."""
        count = len(self._starts)
        first = min(max(number, 0), count)
        last = count if limit is None else min(count, first + limit)
        if first == last:
            return b"[]", first
        end = self._starts[last] if last < count else self._size
        chunk = os.pread(self._file, end - self._starts[first], self._starts[first])
        return b"[" + chunk.rstrip(b"\n").replace(b"\n", b",") + b"]", last

    def read_lines(self, numbers) -> bytes:
        """The events with these numbers as a JSON array."""
        return b"[" + b",".join(map(self._line, numbers)) + b"]"

    def _line(self, number: int) -> bytes:
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else self._size
        return os.pread(self._file, end - start, start).rstrip(b"\n")

    def close(self):
        if not self._broken:
            self._sync()
        os.close(self._file)


def _unwritable() -> Refusal:
    return Refusal(
        503,
        "log_unavailable",
        "The practice network can't write its log, so nothing was accepted. Check the disk.",
    )
