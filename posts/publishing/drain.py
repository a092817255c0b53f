"""The loop: claim due lanes, send, finish, until nothing is due; then linger and watch the clock.

Database work stays on the loop's own thread. The sending threads get frozen content and give back a result.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from posts.publishing import claim, heartbeat, ledger, queue, send, slots, sweep
from posts.publishing.claim import Lease
from posts.publishing.ledger import Call, LeaseLost, Result

log = logging.getLogger(__name__)

NAP = 0.2  # seconds at most between two looks at the clock
LINGER = 30.0  # seconds a drain stays after it began
SWEEP_EVERY = 5.0  # seconds
SENDS_PER_LEASE = 10  # then the lane goes back, so that others get their turn

stopping = threading.Event()


def owner_name() -> str:
    """Who holds a lease: machine, process and a word of its own."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


class Drain:
    """One run of the loop. `stop` is asked between steps and ends it; what is in flight is finished first."""

    def __init__(self, *, stop: Callable[[], bool] = stopping.is_set, senders: int | None = None) -> None:
        self.owner = owner_name()
        self.stop = stop
        self.senders = senders or settings.HUB_SENDERS
        self.flying: dict[Future[Result], Call] = {}
        self.landed: deque[tuple[Call, Result]] = deque()
        self.sends: dict[int, int] = {}
        self._swept = 0.0

    def run(self, *, linger: float) -> None:
        """Send what is due, and what comes due within `linger` seconds."""
        ends = time.monotonic() + linger
        with ThreadPoolExecutor(self.senders, thread_name_prefix="send") as pool:
            while True:
                leaving = self.stop() or time.monotonic() >= ends
                busy = self._step(pool, claiming=not leaving)
                if leaving and not busy:
                    return

    def run_due(self) -> None:
        """Send what is due now, without waiting for more."""
        with ThreadPoolExecutor(self.senders, thread_name_prefix="send") as pool:
            while self._step(pool, claiming=not self.stop(), nap=0.0):
                pass

    def _step(self, pool: ThreadPoolExecutor, *, claiming: bool, nap: float = NAP) -> bool:
        """One turn. Returns whether anything is in flight or was claimed."""
        try:
            self._finish_landed(pool, claiming)
            claimed = self._claim(pool) if claiming else 0
            self._housekeeping()
            self._rest(0.0 if claimed else nap)
        except (OperationalError, InterfaceError):
            log.exception("database out of reach; the loop goes on")
            connection.close()
            time.sleep(1.0)
            claimed = 0
        return bool(self.flying or self.landed or claimed)

    def _claim(self, pool: ThreadPoolExecutor) -> int:
        leases = claim.claim(self.senders - len(self.flying), owner=self.owner)
        for lease in leases:
            self.sends[lease.lane_id] = 0
            self._begin(pool, lease)
        return len(leases)

    def _begin(self, pool: ThreadPoolExecutor, lease: Lease) -> None:
        """Begin the lane's next delivery, or give the lane back."""
        try:
            call = ledger.begin(lease) if self.sends[lease.lane_id] < SENDS_PER_LEASE else None
        except LeaseLost:
            call = None
        if call is None:
            claim.release(lease)
            return
        self.sends[lease.lane_id] += 1
        self.flying[pool.submit(send.perform, call)] = call

    def _finish_landed(self, pool: ThreadPoolExecutor, claiming: bool) -> None:
        """Write down what came back. A result is kept until it is written, however long that takes."""
        for future in [future for future in self.flying if future.done()]:
            self.landed.append((self.flying.pop(future), future.result()))
        while self.landed:
            call, result = self.landed[0]
            try:
                ledger.finish(call, result)
            except (OperationalError, InterfaceError):
                raise
            except Exception:  # a fault of ours: the open attempt stays, and the lease's end makes it a doubt
                log.exception("result could not be written", extra={"attempt": call.attempt_id})
                self.landed.popleft()
                continue
            self.landed.popleft()
            if claiming:
                self._begin(pool, call.lease)
            else:
                claim.release(call.lease)

    def _rest(self, nap: float) -> None:
        """Sleep until something lands, the next lane is due or the nap is over."""
        if nap and not self.flying:
            due = claim.seconds_until_due()
            time.sleep(nap if due is None else min(nap, max(due, 0.005)))
        elif self.flying:
            wait(self.flying, timeout=NAP, return_when=FIRST_COMPLETED)

    def _housekeeping(self) -> None:
        if time.monotonic() - self._swept < SWEEP_EVERY:
            return
        self._swept = time.monotonic()
        close_old_connections()
        heartbeat.beat("worker", self.owner.rsplit(":", 1)[0])
        sweep.run(owner=self.owner)


def drain() -> None:
    """What a wake-up starts: send what is due, and linger where a place is free.

    Whoever gives up a place wakes the next one, so that no place stays empty until beat's turn.
    """
    loop = Drain()
    with slots.place(owner=loop.owner, seconds=LINGER + settings.HUB_SEND_DEADLINE_SECONDS + 10) as free:
        if free:
            loop.run(linger=LINGER)
        else:
            loop.run_due()
    if free and not loop.stop():
        queue.wake()
