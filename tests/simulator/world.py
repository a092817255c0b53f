"""Everything together: rows, platform, workers, people and time, stepped one at a time.

Nothing in it is random but the scheduler that steps it, so a run is what its steps were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from posts.platforms.base import Published
from posts.publishing import decide
from tests.simulator import ledger, people
from tests.simulator.clock import Clock
from tests.simulator.oracle import Broken, Oracle
from tests.simulator.platform import Platform, Tier
from tests.simulator.store import Account, Delivery, Lane, Store
from tests.simulator.worker import DatabaseDown, OurFault, Worker

STEP = 0.01  # seconds that one step takes
JUST_AFTER = 0.001  # seconds
PATIENCE = 3  # times a person sends again what a platform calls a duplicate
STEPS_MAX = 20_000  # of one run to quiet: past that it never will be


class World:
    def __init__(
        self, tier: Tier | None = None, *, accounts: int = 1, chance: Callable[[], float] = lambda: 0.5
    ):
        self.clock = Clock()
        self.store = Store()
        self.platform = Platform(self.clock, tier or Tier())
        self.oracle = Oracle()
        self.chance = chance
        self.workers: list[Worker] = []
        self.journal: dict[int, Published] = {}  # on disk: a dead worker's successor reads it
        self.scheduled = 0
        self.steps = 0
        self.hired = 0
        self.database_faults: list[str] = []  # of the next transactions: "away", "lost reply" or "none"
        self.begin_faults = 0
        with self.store.transaction() as store:
            for account in range(1, accounts + 1):
                store.accounts[account] = Account(account, self.platform.connect(account))
                store.lanes[account] = Lane(account, account)

    # ---- what workers ask

    @contextmanager
    def database(self) -> Iterator[Store]:
        """A worker's transaction. A fault in store fails it before its commit, or loses the answer to it."""
        fault = self.database_faults.pop(0) if self.database_faults else "none"
        with self.store.transaction() as store:
            yield store
            if fault == "away":
                raise DatabaseDown
        if fault == "lost reply":
            raise DatabaseDown

    def claimable(self) -> list[tuple[int, int]]:
        return ledger.claimable(self)

    def fail_if_told(self, delivery: int) -> None:
        if self.begin_faults:
            self.begin_faults -= 1
            raise OurFault(delivery)

    # ---- workers come and go

    def hire(self) -> Worker:
        """A new worker, which first writes down what the journal of a dead one holds."""
        self.hired += 1
        worker = Worker(self, f"worker {self.hired}")
        self.workers.append(worker)
        self.replay_journal()
        return worker

    def crash(self, worker: Worker) -> None:
        """The worker dies where it stands. Its journal stays."""
        self.workers.remove(worker)

    def keep(self, attempt: int, published: Published) -> None:
        """Put on disk what the database could not take."""
        self.journal[attempt] = published

    def replay_journal(self) -> None:
        for attempt, published in list(self.journal.items()):
            try:
                ledger.prove(self, attempt, published)
            except DatabaseDown:
                return
            del self.journal[attempt]

    # ---- time

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.platform.tick()

    def sweep(self) -> None:
        """What time does to deliveries, apart from leases: grace ends, checks end."""
        now = self.clock.now
        try:
            with self.database() as store:
                for delivery in store.deliveries.values():
                    if delivery.status == "pending" and now > delivery.late_after:
                        store.apply(
                            delivery, decide.Change("held", None, decide.held(decide.Hold.LATE)), None
                        )
                        store.retime(delivery.account)
                    elif self._is_overlooked(delivery) and now > delivery.checking_until:
                        store.apply(delivery, decide.Change("unconfirmed", None, decide.no_doubt()), None)
                        store.retime(delivery.account)
        except DatabaseDown:
            return
        self.replay_journal()

    def _is_overlooked(self, delivery: Delivery) -> bool:
        """Whether it should be looked for and its lane is held back."""
        lane = next(lane for lane in self.store.lanes.values() if lane.account == delivery.account)
        return delivery.is_checking and lane.is_hindered(self.clock.now)

    def step(self, worker: Worker, pick: int = 0) -> str | None:
        """Let a worker do one small step and judge what it left."""
        label = worker.step(pick)
        if label is not None:
            self.steps += 1
            self.advance(STEP)
            self.oracle.after_step(self)
        return label

    # ---- to the end

    def run_to_quiet(self, *, crashes: frozenset[int] = frozenset()) -> list[str]:
        """Step everybody, and time where nobody has anything to do, until nothing will ever happen again.

        A worker dies right after each step whose number is in `crashes`, and another one begins. Returns the
        names of all steps.
        """
        labels: list[str] = []
        while len(labels) < STEPS_MAX:
            label = self._step_anybody(labels, crashes)
            if label:
                continue
            at = self.next_event()
            if at is None:
                return labels
            self._pass_until(at)
        raise Broken(f"O1: not quiet after {STEPS_MAX} steps: {labels[-20:]}")

    def _step_anybody(self, labels: list[str], crashes: frozenset[int]) -> bool:
        worked = False
        for worker in list(self.workers):
            label = self.step(worker)
            if label is None:
                continue
            worked = True
            labels.append(label)
            if len(labels) in crashes:
                self.crash(worker)
                self.hire()
        return worked

    def work(self, steps: int) -> None:
        """Everybody works in turn for so many steps; where nobody has anything to do, time passes."""
        while steps > 0:
            labels: list[str] = []
            if self._step_anybody(labels, frozenset()):
                steps -= len(labels)
            elif (at := self.next_event()) is not None:
                self._pass_until(at)
                steps -= 1
            else:
                return

    def work_until(self, seconds: float) -> None:
        """Everybody works until so many seconds after the beginning."""
        while self.clock.boot() < seconds:
            at = self.next_event()
            if self._step_anybody([], frozenset()):
                continue
            left = seconds - self.clock.boot()
            self.advance(
                left if at is None else min(left, max((at - self.clock.now).total_seconds(), JUST_AFTER))
            )
            self.sweep()

    def _pass_until(self, at: datetime) -> None:
        self.advance(max((at - self.clock.now).total_seconds(), 0.0) + JUST_AFTER)
        self.sweep()
        self.oracle.after_step(self)

    def next_event(self) -> datetime | None:
        """The next moment at which something may happen by itself; None where nothing ever will."""
        moments = [at for at, _request in self.platform.late]
        for lane in self.store.lanes.values():
            if lane.lease_until is not None:
                moments.append(lane.lease_until)
            elif lane.next_due_at is not None and not lane.paused:
                holds = [at for at in (lane.not_before, lane.breaker_until) if at is not None]
                moments.append(max([lane.next_due_at, *holds]))
        for delivery in self.store.deliveries.values():
            if delivery.status == "pending":
                moments.append(delivery.late_after)
            elif self._is_overlooked(delivery):
                moments.append(delivery.checking_until)
        return min(moments, default=None)

    def heal(self) -> None:
        """Nothing goes wrong any more, and nobody sleeps."""
        self.database_faults.clear()
        self.begin_faults = 0
        self.platform.heal()
        for worker in self.workers:
            worker.frozen = False
        if not self.workers:
            self.hire()
        for account, row in self.store.accounts.items():
            works = row.tokens[0] == self.platform.access[account] and row.connected
            people.resume(self, account) if works else people.reconnect(self, account)
        self.replay_journal()

    def let_people_settle(self, *, rounds: int = 10) -> None:
        """People look at what asks for them and send again what did not go out, until nothing asks.

        What a platform calls a duplicate each time they let go in the end.
        """
        for number in range(rounds):
            asking = [d for d in self.store.deliveries.values() if d.status in {"unconfirmed", "held"}]
            if not asking:
                return
            self.advance(300.0)
            for delivery in asking:
                if self.platform.tier.refuses_duplicates and number >= PATIENCE:
                    people.skip(self, delivery)
                elif delivery.status == "held":
                    self.store.posts[delivery.post].approved = True
                    people.retry(self, delivery)
                else:
                    people.settle_doubt(self, delivery)
            self.run_to_quiet()
            self.oracle.at_rest(self)
        raise Broken("O1: people are asked again and again")
