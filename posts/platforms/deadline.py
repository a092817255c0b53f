"""Time limits that hold: a total per call, and a watchdog that closes the socket when it is over.

A read time-out starts anew with every byte, so a server that sends one byte now and then could hold a worker
for ever. The watchdog does not care what the socket is doing.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from typing import Protocol


class Deadline:
    """A moment by which a piece of work has to be over; seconds of the monotonic clock."""

    __slots__ = ("at",)

    def __init__(self, seconds: float) -> None:
        self.at = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left; negative once it is over."""
        return self.at - time.monotonic()


class Guard:
    """A second handle on a connection's socket, by which another thread can shut it down.

    It is a duplicate: it stays valid while TLS takes the first handle over and while the HTTP library closes
    the connection early, and its number can't be reused by another file in between.
    """

    __slots__ = ("abandoned", "sock")

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock.dup()
        self.abandoned = False  # the connection was closed while the call still reads from it

    def shut(self) -> None:
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.sock.close()


class Watched(Protocol):
    """A call in progress. The watchdog reads and writes these under its lock."""

    at: float
    guard: Guard | None
    expired: bool


class Watchdog:
    """One thread that shuts down the sockets of calls whose time is over."""

    def __init__(self) -> None:
        self._reset()
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        # Re-entrant: the garbage collector may close a connection, and so call `drop`, at any allocation.
        self._lock = threading.RLock()
        self._wake = threading.Condition(self._lock)
        self._calls: set[Watched] = set()
        self._wakes_at = float("inf")
        self._thread: threading.Thread | None = None

    def enter(self, call: Watched) -> None:
        """Watch `call` until `leave`."""
        with self._lock:
            self._calls.add(call)
            if call.at < self._wakes_at:
                self._wakes_at = call.at
                self._wake.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="hub-deadline", daemon=True)
                self._thread.start()

    def leave(self, call: Watched) -> None:
        """`call` is over. Closes its guard if the connection has already let go of it."""
        with self._lock:
            self._calls.discard(call)
        self.give_back(call)

    def take(self, call: Watched, guard: Guard) -> None:
        """`call` now works on the connection that `guard` belongs to."""
        with self._lock:
            call.guard = guard
            if call.expired:
                guard.shut()

    def give_back(self, call: Watched) -> None:
        """The connection is free for other calls: `call` must not shut it down any more."""
        with self._lock:
            guard, call.guard = call.guard, None
        if guard is not None and guard.abandoned:
            guard.close()

    def drop(self, call: Watched | None, guard: Guard) -> None:
        """The connection was closed. Its guard lives on while `call` may still be reading from it."""
        with self._lock:
            if call is not None and call.guard is guard:
                guard.abandoned = True
                return
        guard.close()

    def _run(self) -> None:
        with self._lock:
            while True:
                now = time.monotonic()
                for call in [call for call in self._calls if call.at <= now]:
                    self._calls.discard(call)
                    call.expired = True
                    if call.guard is not None:
                        call.guard.shut()
                self._wakes_at = min((call.at for call in self._calls), default=float("inf"))
                idle = self._wakes_at == float("inf")
                self._wake.wait(None if idle else max(0.0, self._wakes_at - time.monotonic()))


watchdog = Watchdog()
