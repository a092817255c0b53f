"""A worker: claims lanes and carries out their turns, one small step at a time.

Every step is named after the point at which the worker then stands. A worker that is dropped at a point has
died there: its memory is gone, its journal stays. One that is not stepped while time passes is frozen.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from posts.platforms.base import PlatformError, Transient, UnknownOutcome
from posts.publishing import matching, protocol
from posts.publishing.decide import Kind
from tests.simulator import ledger
from tests.simulator.ledger import DEADLINE, MARGIN, START_WITHIN, Call, Lease, Result
from tests.simulator.platform import Request

if TYPE_CHECKING:
    from tests.simulator.world import World

MOST = 10  # jobs of one turn

Steps = Generator[str, None, Any]


class DatabaseDown(Exception):
    """The database could not be asked, or its answer was lost."""


class OurFault(Exception):
    """The engine's own code failed on a delivery before anything was begun."""

    def __init__(self, delivery: int) -> None:
        super().__init__(delivery)
        self.delivery = delivery


class Worker:
    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.frozen = False
        self.turns: list[Steps] = []
        self.claiming: Steps | None = None

    def step(self, pick: int = 0) -> str | None:
        """One small step of one of the things in hand; None where there is nothing to do now.

        `pick` chooses among the turns in hand; past the last one, and where there are none, it claims.
        """
        if self.frozen:
            return None
        if pick < len(self.turns):
            return self._advance(self.turns[pick])
        return self._claim() or (self._advance(self.turns[0]) if self.turns else None)

    def _advance(self, turn: Steps) -> str:
        try:
            return next(turn)
        except StopIteration:
            self.turns.remove(turn)
            return "turn: over"

    # ---- claiming

    def _claim(self) -> str | None:
        if self.claiming is None:
            self.claiming = self._look_and_swap()
        try:
            return next(self.claiming)
        except StopIteration as end:
            self.claiming = None
            return end.value

    def _look_and_swap(self) -> Steps:
        taken = self.world.clock.boot()
        seen = self.world.claimable()
        if not seen:
            return None
        yield "claim: seen"
        won = 0
        for lane, fence in seen:
            try:
                lease = ledger.claim(self.world, lane, fence, taken=taken)
            except DatabaseDown:
                return "claim: database away"
            if lease is not None:
                self.turns.append(self._carry_out(lease))
                won += 1
        return "claim: won" if won else "claim: lost"

    # ---- one lane's turn

    def _carry_out(self, lease: Lease) -> Steps:
        """The turn's effects, each in steps. Where the database is away the lane is left to its lease."""
        try:
            if lease.inherited:
                yield "abandon: before commit"
                ledger.settle_abandoned(self.world, lease)
                yield "abandon: after commit"
            effects = protocol.turn(lease, most=MOST)
            answer: Any = None
            while True:
                answer = yield from self._carry_out_one(effects.send(answer))
        except (StopIteration, DatabaseDown):
            return

    def _carry_out_one(self, effect: protocol.Effect) -> Steps:
        match effect:
            case protocol.Begin(lease):
                return (yield from self._begin(lease))
            case protocol.Send(call):
                return (yield from self._send(call))
            case protocol.Finish(call, result):
                return (yield from self._finish(call, result))
            case protocol.Release(lease):
                yield "release: before commit"
                yield from self._insist(lambda: ledger.release(self.world, lease))
                yield "release: after commit"
        return None

    def _insist(self, write: Callable[[], Any]) -> Steps:
        """Try again until the database takes it."""
        while True:
            try:
                return write()
            except DatabaseDown:
                yield "database away"

    def _begin(self, lease: Lease) -> Steps:
        yield "begin: before commit"
        while True:
            try:
                call = ledger.begin(self.world, lease)
                break
            except OurFault as fault:
                yield "begin: failed"
                ledger.set_aside(self.world, fault.delivery)
                call = None
                break
            except DatabaseDown:  # it may be committed all the same
                yield "begin: not known"
                if not (yield from self._insist(lambda: ledger.take_back(self.world, lease))):
                    return None
                yield "begin: taken back"
        yield "begin: after commit"
        return call

    def _send(self, call: Call) -> Steps:
        now = self.world.clock.boot()
        if now > call.lease.taken + START_WITHIN or call.lease.left(now) < DEADLINE + MARGIN:
            return Result(error=Transient("Too busy to send this in time."), begun=False)
        began = self.world.clock.boot()
        yield f"send {call.kind}: guard passed"
        result = self._on_the_wire(call)
        yield f"send {call.kind}: at the platform"
        if self.world.clock.boot() - began > DEADLINE:  # the watchdog has closed the socket
            return Result(error=UnknownOutcome("No answer in time."))
        return result

    def _on_the_wire(self, call: Call) -> Result:
        platform, account = self.world.platform, call.lease.lane
        try:
            match call.kind:
                case Kind.REFRESH:
                    return Result(tokens=platform.refresh(account, call.tokens[1]))
                case Kind.STAGE:
                    return Result(staged=platform.stage(account, call.tokens[0], call.media))
                case Kind.CHECK:
                    return Result(
                        read=platform.read_back(account, call.tokens[0], matching.listed_since(call.began))
                    )
            request = Request(
                account, call.text, call.media, call.key, call.tokens[0], call.delivery, call.attempt
            )
            self.world.oracle.at_write(self.world.store, request)
            return Result(published=platform.publish(request))
        except PlatformError as error:
            return Result(error=error)
        except ValueError:
            return Result(error=UnknownOutcome("Something unexpected happened."), fault=True)

    def _finish(self, call: Call, result: Result) -> Steps:
        """Kept until it is written down: in memory, and in the journal once the database was away."""
        while True:
            yield f"finish {call.kind}: before commit"
            try:
                ours = ledger.finish(self.world, call, result)
            except DatabaseDown:
                if result.published is not None:
                    self.world.keep(call.attempt, result.published)
                continue
            yield f"finish {call.kind}: after commit"
            return ours
