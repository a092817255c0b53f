"""Rows 1 and 2: kill -9 at every step of a delivery's way, and again while it is being put right."""

from __future__ import annotations

import json
import os
import random
import signal
from collections.abc import Callable
from dataclasses import dataclass

from posts.models import Attempt, Delivery, Lane
from posts.platforms import sockets
from posts.publishing import drain as drains
from posts.publishing.drain import Drain
from tests.faults import crashes
from tests.faults.registry import fault
from tests.faults.world import DEADLINE, LEASE, QUARANTINE, World, let_pass

Status = Delivery.Status

A_WHILE = LEASE + DEADLINE + QUARANTINE + 1  # seconds after which anything left behind is looked at again
ROUNDS = 12


def send() -> None:
    """One look at what is due."""
    # the number of steps must not hang on the clock: wake up for answers only, and use connections again
    drains.NAP = 30.0
    sockets.SETTLED_SECONDS = 0.0
    Drain().run_due()


def send_and_look() -> None:
    """Until a doubt is settled: sending, and two looks at the account."""
    for _ in range(4):
        send()
        unhurried()


def unhurried() -> None:
    """Let a while pass; not a step of the hub."""
    with crashes.uncounted():
        let_pass(A_WHILE)


@dataclass(frozen=True)
class Path:
    """One way a delivery can go: how it is prepared, what runs, how it may end.

    `steps` is how many steps it takes on PostgreSQL and on SQLite. A change of the engine changes them; then
    look at what `--verbose` tells and put the new numbers here.
    """

    name: str
    prepare: Callable[[World], Delivery]
    run: Callable[[], None]
    ends: frozenset[str]
    steps: dict[str, int]


def _text(world: World) -> Delivery:
    return world.schedule(world.account())[0]


def _picture(world: World) -> Delivery:
    return world.schedule(world.account(), pictures=[world.picture()])[0]


def _with(effect: str, **details: object) -> Callable[[World], Delivery]:
    def prepare(world: World) -> Delivery:
        account = world.account()
        world.network.misbehave(account.handle, effect, **details)
        return world.schedule(account)[0]

    return prepare


def _expired(world: World) -> Delivery:
    account = world.renewable_account()
    world.network.expire(account.handle)
    return world.schedule(account)[0]


DOUBT = frozenset({Status.PUBLISHED, Status.UNCONFIRMED})
PATHS = (
    Path("text", _text, send, DOUBT, {"postgresql": 45, "sqlite": 49}),
    Path("picture", _picture, send, DOUBT, {"postgresql": 67, "sqlite": 73}),
    Path("lost answer", _with("accept_then_drop"), send_and_look, DOUBT, {"postgresql": 110, "sqlite": 117}),
    Path("hung up on", _with("drop_before"), send_and_look, DOUBT, {"postgresql": 163, "sqlite": 175}),
    Path(
        "limited",
        _with("rate_limit", retry_after=1),
        send_and_look,
        DOUBT,
        {"postgresql": 103, "sqlite": 111},
    ),
    Path("refused", _with("refuse"), send, DOUBT | {Status.FAILED}, {"postgresql": 52, "sqlite": 56}),
    Path("expired", _expired, send_and_look, DOUBT, {"postgresql": 121, "sqlite": 129}),
)


def run_counted(world: World, path: Path, *, die_at: int) -> dict | None:
    """Run `path` in a child that dies before step `die_at`; what it counted, None where it died."""
    reading, writing = os.pipe()
    child = world.fork(lambda: crashes.counted(path.run, die_at=die_at, report=writing), "crash")
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        told = stream.read()
    code = child.wait(30)
    world.processes.remove(child)
    if code == -signal.SIGKILL and die_at:
        return None
    if code:
        raise AssertionError(f"{path.name}, step {die_at}: ended with {code}\n{child.said()[-1500:]}")
    return json.loads(told)


def put_right(world: World, delivery: Delivery) -> None:
    """Other workers come by until the delivery is settled and no lane is in a dead worker's hands."""
    for _ in range(ROUNDS):
        delivery.refresh_from_db()
        waits = delivery.status in {Status.PENDING, Status.SENDING}
        looked_for = delivery.status == Status.UNCONFIRMED and delivery.checking_until is not None
        if not (waits or looked_for or Lane.objects.filter(lease_until__isnull=False).exists()):
            return
        let_pass(A_WHILE)
        world.drain()


def check(world: World, path: Path, delivery: Delivery, where: str, *, deaths: int = 1) -> None:
    """The oracle in short, for one delivery; the row asks the whole one at the end.

    Two deaths with the same delivery in hand make it poison, which is held.
    """
    ends = path.ends | ({Status.HELD} if deaths > 1 else set())
    delivery.refresh_from_db()
    out = [post for post in world.network.posts() if post["idempotency_key"] == delivery.uid.hex]
    assert delivery.status in ends, f"{path.name}, {where}: {delivery.status} {delivery.message}"
    assert len(out) <= 1, f"{path.name}, {where}: on the platform {len(out)} times"
    if delivery.status == Status.PUBLISHED:
        assert len(out) == 1, f"{path.name}, {where}: published and not on the platform"
    open_ones = Attempt.objects.filter(delivery=delivery, outcome=None).count()
    assert open_ones <= 1, f"{path.name}, {where}: {open_ones} open attempts"


def measure(world: World, path: Path) -> dict:
    """The undisturbed run: what it counts."""
    delivery = path.prepare(world)
    told = run_counted(world, path, die_at=0)
    put_right(world, delivery)
    check(world, path, delivery, "undisturbed")
    assert not told["unseen"], f"{path.name}: statements that no hook saw: {', '.join(told['unseen'])}"
    return told


def points(trail: list[str], tried: set[tuple[str, ...]], *, every: bool) -> list[int]:
    """The steps to die before.

    Left out is what leaves the same behind: of several reads in a row all but the first, and until something
    is sent what was `tried` on an earlier way.
    """
    found = []
    for number, kind in enumerate(trail, start=1):
        before = tuple(trail[:number])
        again = kind == "sql SELECT" and number > 1 and trail[number - 2] == kind
        known = before in tried and not any(step.startswith("socket") for step in before)
        tried.add(before)
        if every or not (again or known):
            found.append(number)
    return found


def enumerate_path(world: World, path: Path, tried: set[tuple[str, ...]]) -> int:
    """Die before every step of `path`, one after the other. Returns how many steps there are."""
    told = measure(world, path)
    if world.options.verbose:
        print(f"     {path.name}: {told['count']} steps: {' | '.join(told['trail'])}")
    if world.options.count:
        return told["count"]
    for step in points(told["trail"], tried, every=world.options.every_step):
        delivery = path.prepare(world)
        run_counted(world, path, die_at=step)
        put_right(world, delivery)
        check(world, path, delivery, f"killed at step {step} ({told['trail'][step - 1]})")
    return told["count"]


@fault(1, "killed at every step", seconds=420, quick=True)
def killed_at_every_step(world: World) -> str:
    """A worker dies before each SQL statement, end of a transaction and byte on the network, on seven ways.

    The short selection takes the first way alone.
    """
    ways = PATHS[:1] if world.options.quick else PATHS
    tried: set[tuple[str, ...]] = set()
    counts = {path.name: enumerate_path(world, path, tried) for path in ways}
    pinned = {path.name: path.steps[world.engine] for path in ways}
    world.judge(committed_before=True)
    assert counts == pinned, f"steps are now {counts}, the table says {pinned}; look and update it"
    return f"{sum(counts.values())} steps on {len(counts)} ways"


@fault(2, "killed twice", seconds=240)
def killed_twice(world: World) -> str:
    """A worker dies at one step and the one that puts it right dies at another, drawn by chance."""
    chance = random.Random(f"{world.options.seed} {world.engine}")
    ways = PATHS[:4]
    pairs = world.options.pairs // 2  # the other half runs on the other engine
    told = {path.name: measure(world, path) for path in ways}
    for number in range(pairs):
        path = ways[number % len(ways)]
        steps = told[path.name]["count"]
        first, second = chance.randint(1, steps), chance.randint(1, steps)
        delivery = path.prepare(world)
        run_counted(world, path, die_at=first)
        let_pass(A_WHILE)
        run_counted(world, path, die_at=second)
        put_right(world, delivery)
        check(world, path, delivery, f"killed at {first} and then at {second}", deaths=2)
    world.judge()
    return f"{pairs} pairs, seed {world.options.seed}"
