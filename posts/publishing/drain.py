"""The loop: claim due lanes, do their turns, until nothing is due; then linger and watch the clock.

Database work stays on the loop's own thread, and is done for all lanes that wait for it at once. The sending
threads get frozen content and give back a result.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from posts.publishing import claim, clock, finish, heartbeat, ledger, protocol, queue, send, slots, sweep
from posts.publishing.calls import Call, Result
from posts.publishing.claim import Lease
from posts.publishing.journal import Journal
from posts.publishing.protocol import Begin, Finish, Release, Send

log = logging.getLogger(__name__)

NAP = 0.2  # seconds at most between two looks at the clock
AT_ONCE = 0.002  # seconds at least
LINGER = 30.0  # seconds a drain stays after it began
LINGER_BUSY = 600.0  # seconds at most while it always has something in hand: its connections are open
SWEEP_EVERY = 5.0  # seconds
JOBS_PER_LEASE = 10  # then the lane goes back; where other lanes wait already, after one
AHEAD = 6  # calls begun beyond the senders at most, so that none waits for the database

stopping = threading.Event()

Turn = Generator[protocol.Effect, Any, None]


def owner_name() -> str:
    """Who holds a lease: machine, process and a word of its own."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


class Drain:
    """One run of the loop. `stop` is asked between steps and ends it; what is in flight is finished first."""

    def __init__(self, *, stop: Callable[[], bool] = stopping.is_set, senders: int | None = None) -> None:
        self.owner = owner_name()
        self.place: slots.Place | None = None
        self.displaced = False  # another drain has our place: we overslept
        self.stop = stop
        self.senders = senders or settings.HUB_SENDERS
        self.durations: deque[float] = deque(maxlen=self.senders)  # of the last calls, in seconds
        self.journal = Journal(self.owner)
        self.flying = 0
        self.landed: SimpleQueue[tuple[Turn, Call, Result]] = SimpleQueue()
        self.beginning: list[tuple[Turn, Begin]] = []
        self.finishing: list[tuple[Turn, Finish]] = []
        self.releasing: list[tuple[Turn, Release]] = []
        self.turns: dict[Turn, Lease] = {}
        self.unsure = False  # the database went away in the middle of something
        self.crowded = False  # more lanes are due than could be taken
        self.in_step = True  # this machine's clock agrees with the database's
        self._pool: ThreadPoolExecutor | None = None
        self._swept = float("-inf")
        self._look_at = float("-inf")  # when a lane may be due, on the monotonic clock

    def run(self, *, linger: float) -> None:
        """Send what is due, and what comes due within `linger` seconds, or longer while there is no pause."""
        began = time.monotonic()
        with self._threads():
            while True:
                ends = began + (max(linger, LINGER_BUSY) if self.turns else linger)
                leaving = self.stop() or self.displaced or time.monotonic() >= ends
                busy = self._step(claiming=not leaving)
                if leaving and not busy:
                    return

    def run_due(self) -> None:
        """Send what is due now, without waiting for more."""
        with self._threads():
            while self._step(claiming=not self.stop(), nap=0.0) or (self.unsure and not self.stop()):
                pass

    @contextmanager
    def _threads(self) -> Generator[None, None, None]:
        with ThreadPoolExecutor(self.senders, thread_name_prefix="send") as self._pool:
            yield

    def _step(self, *, claiming: bool, nap: float = NAP) -> bool:
        """One round. Returns whether there was anything to do or is still."""
        had = bool(self.turns)
        claimed = 0
        try:
            self._make_sure()
            self._housekeeping()
            self._finish()
            claimed = self._claim() if claiming and self.in_step else 0
            self._begin(claiming)
            self._release()
            self._rest(nap)
        except (DatabaseError, InterfaceError):  # also one that a failover made read-only
            log.exception("database out of reach; the loop goes on")
            self.unsure = True
            self._look_at = float("-inf")
            self._keep_answers()
            connection.close()
            time.sleep(1.0)
        return bool(had or self.turns or claimed)

    def _make_sure(self) -> None:
        """After the database was away: what may have been committed without our learning of it is undone.

        Results are written again, which is harmless. Attempts that were never handed to a sender are taken
        back, and lanes we may have claimed without knowing are given back.
        """
        if not self.unsure:
            return
        for turn, effect in list(self.beginning):
            if not finish.take_back(effect.lease):
                self.beginning.remove((turn, effect))
                self.turns.pop(turn)
        known = [lease.lane_id for lease in self.turns.values()]
        claim.release([lease for lease in claim.unknown(self.owner, known) if sweep.settle_left(lease)])
        self.unsure = False

    def _finish(self) -> None:
        """Write down what came back. It is kept until it is written, however long that takes."""
        if not self.finishing:
            return
        ours = finish.finish([(effect.call, effect.result) for _turn, effect in self.finishing])
        self.journal.clear()
        written, self.finishing = self.finishing, []
        for turn, effect in written:
            self._go_on(turn, ours[effect.call.lease.lane_id])

    def _claim(self) -> int:
        """Begin the turns of due lanes, as many as can be in flight and a few ahead."""
        free = self.senders - self.flying - len(self.beginning) - len(self.finishing)
        ahead = self._ahead()
        if free + ahead <= 0 or time.monotonic() < self._look_at:
            return 0
        due = claim.due(free + ahead + AHEAD)
        now = max(0, free)
        # another worker may have idle senders: what is begun ahead is the least urgent, and leaves some
        later = max(0, min(free + ahead - now, len(due) - now - AHEAD))
        wanted = due[:now] + due[len(due) - later :]
        leases = claim.take(wanted, owner=self.owner)
        self.crowded = len(due) > len(wanted)
        self._look_at = time.monotonic() + self._pause(lost=len(leases) < len(wanted))
        for lease in leases:
            if not lease.inherited or sweep.settle_left(lease):
                turn = protocol.turn(lease, most=1 if self.crowded else JOBS_PER_LEASE)
                self.turns[turn] = lease
                self._go_on(turn)
        return len(leases)

    def _pause(self, *, lost: bool) -> float:
        """Seconds until a lane may be there to take. `lost` says that others took some that were seen."""
        if lost:
            return AT_ONCE
        at = None if self.crowded else claim.seconds_until_due(NAP)
        return NAP if at is None else min(NAP, max(at, AT_ONCE))

    def _ahead(self) -> int:
        """How many calls to begin before a sender is free for them: none while calls take long.

        A call that was begun has to start soon, and the database's time counts for little beside a long one.
        """
        slow = max(self.durations, default=0.0) > send.START_WITHIN / 2
        return 0 if slow else min(AHEAD, self.senders // 2)

    def _begin(self, claiming: bool) -> None:
        """Commit what the next calls need, and let them go."""
        while self.beginning:
            leases = [effect.lease for _turn, effect in self.beginning]
            calls = ledger.begin(leases) if claiming else {}
            begun, self.beginning = self.beginning, []
            for turn, effect in begun:
                self._go_on(turn, calls.get(effect.lease.lane_id))

    def _release(self) -> None:
        if not self.releasing:
            return
        claim.release([effect.lease for _turn, effect in self.releasing])
        released, self.releasing = self.releasing, []
        self._look_at = float("-inf")
        for turn, _effect in released:
            self._go_on(turn)

    def _go_on(self, turn: Turn, answer: Any = None) -> None:
        """Resume a turn and put what it wants next where it is done together with others'."""
        try:
            effect = turn.send(answer)
        except StopIteration:
            self.turns.pop(turn)
            return
        if isinstance(effect, Begin):
            self.beginning.append((turn, effect))
        elif isinstance(effect, Send):
            self.flying += 1
            self._pool.submit(self._send, turn, effect.call)
        elif isinstance(effect, Finish):
            self.finishing.append((turn, effect))
        else:
            self.releasing.append((turn, effect))

    def _send(self, turn: Turn, call: Call) -> None:
        """On a sending thread: make the call and hand the result to the loop."""
        began = time.monotonic()
        result = send.perform(call)
        self.durations.append(time.monotonic() - began)
        self.landed.put((turn, call, result))

    def _rest(self, nap: float) -> None:
        """Sleep until something lands, the next lane is due or the nap is over; take in what landed."""
        if not self.flying and not nap:
            return
        full = self.flying >= self.senders + self._ahead()
        seconds = NAP if full else self._look_at - time.monotonic()
        try:
            self._land(*self.landed.get(timeout=min(NAP, max(seconds, 0.001))))
            while True:
                self._land(*self.landed.get_nowait())
        except Empty:
            return

    def _land(self, turn: Turn, call: Call, result: Result) -> None:
        self.flying -= 1
        if self.crowded:
            self._look_at = float("-inf")
        self._go_on(turn, result)

    def _keep_answers(self) -> None:
        """The database is away: put on disk what the platforms said they published."""
        for _turn, effect in self.finishing:
            published = effect.result.published
            if published is not None:
                call = effect.call
                self.journal.keep(key=call.key, attempt_id=call.attempt_id, published=published)

    def _housekeeping(self) -> None:
        if time.monotonic() - self._swept < SWEEP_EVERY:
            return
        self._swept = time.monotonic()
        close_old_connections()
        self.in_step = clock.agrees()
        if not self.in_step:
            log.critical("this machine's clock and the database's differ; nothing is claimed here")
        if self.place is not None:
            self.displaced = not self.place.keep()
        heartbeat.beat("worker", self.owner.rsplit(":", 1)[0])
        sweep.run(owner=self.owner)


def drain() -> None:
    """What a wake-up starts: send what is due, and linger where a place is free.

    Whoever gives up a place wakes the next one, so that no place stays empty until beat's turn.
    """
    loop = Drain()
    with slots.place(owner=loop.owner) as loop.place:
        if loop.place is not None:
            loop.run(linger=LINGER)
        else:
            loop.run_due()
    if loop.place is not None and not loop.stop():
        queue.wake()
