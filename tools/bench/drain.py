"""How fast a backlog goes out, beside raw loops with the same number of requests in flight.

For each number in flight and each latency of the platform, three contestants in turn, in another order each
round: the hub, `requests` loops and bare sockets (see `raw`; both as two processes). All post to the same
platform process, the hub and the `requests` loops the same number. Before each measured round each sends one
warm-up post for each request in flight, answered after 100 ms. The hub's posts lie on four accounts for each
request in flight and are all due at one instant. The rates are taken from the platform's receipts alone
(`figures.rate`, `figures.steady_rate`).

Without latency the number of posts follows from unmeasured rounds of each contestant, so that each is
measured for about as long as the others. Bare sockets have fewer: they keep step with the platform, so that
their rate is the same after a few waves, a wave being as many posts as there are requests in flight.
"""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from tools.bench import figures, raw
from tools.bench.hub import WORKERS, Hub
from tools.bench.machine import Machine, inherited
from tools.bench.report import Report

OURS, REQUESTS, SOCKETS = "hub", "requests", "sockets"
WARM_UP_LATENCY = 0.1  # seconds: long enough that every connection is opened
ACCOUNTS_PER_REQUEST = 4
CALIBRATION = 5  # unmeasured posts for each request in flight
LEAST_WAVES, SOCKETS_WAVES = 4, 3
WITHOUT_LATENCY = 0.5  # of the usual time: there are so many more posts to count
MOST_POSTS = 60_000  # a round of bare sockets without latency is long enough with these
HEADLINE = (32, 0.3)  # in flight, latency
HEADLINE_LONGER = 2.5  # times a usual round: its beginning and its end are to count for little


@dataclass(frozen=True)
class Round:
    """One contestant, once."""

    posts: int
    rate: float  # a second, of the whole backlog
    steady: float  # a second, without the first and the last wave
    duplicates: int
    losses: int
    peak: int  # requests in flight at once


class Contestant(Protocol):
    name: str

    def run(self, latency: float, number: int, label: str) -> Round:
        """Warm up, send `number` posts, and say how it went."""


class Ours:
    name = OURS

    def __init__(self, hub: Hub) -> None:
        from tools.bench import rows

        self.rows, self.hub = rows, hub
        self.accounts = rows.federation(hub.in_flight * ACCOUNTS_PER_REQUEST, name="drain")

    def run(self, latency: float, number: int, label: str) -> Round:
        self.hub.wait_until_settled()
        self._send(WARM_UP_LATENCY, self.hub.in_flight, f"warm-up {label}", lead=0.0)
        self.hub.wait_until_settled()
        self._send(latency, number, label, lead=0.5 + number / 1500)
        received = self.hub.platform.received()
        self.hub.wait_until_settled()
        return Round(
            posts=number,
            rate=figures.rate(received.times, self.hub.in_flight),
            steady=figures.steady_rate(received.times, self.hub.in_flight),
            duplicates=max(received.duplicates(), received.repeats),
            losses=number - len(received.first()) + self.hub.unpublished(),
            peak=received.peak,
        )

    def _send(self, latency: float, number: int, label: str, *, lead: float) -> None:
        from django.utils import timezone

        self.hub.platform.begin(latency)
        due = timezone.now() + timedelta(seconds=lead)
        self.rows.schedule(self.accounts, [due] * number, label=label)
        self.hub.wait_for_posts(number, seconds=patience(latency, number, self.hub.in_flight) + lead)


class Raw:
    def __init__(self, kind: str, machine: Machine, in_flight: int) -> None:
        self.name, self.machine, self.in_flight = kind, machine, in_flight

    def run(self, latency: float, number: int, label: str) -> Round:
        platform = self.machine.platform
        platform.begin(WARM_UP_LATENCY)
        seconds = patience(latency, number, self.in_flight)
        with ExitStack() as stack:
            halves = [number // WORKERS, number - number // WORKERS]
            runners = [self._start(stack, f"{label} {each}", half) for each, half in enumerate(halves)]
            for runner in runners:
                if runner.stdout.readline() != "ready\n":
                    raise RuntimeError(
                        f"the {self.name} loop did not start:\n{self._log().read_text()[-2000:]}"
                    )
            platform.begin(latency)
            start = time.time() + 0.3
            for runner in runners:
                runner.stdin.write(f"{start}\n")
                runner.stdin.flush()
            for runner in runners:
                try:
                    ended = runner.wait(seconds)
                except subprocess.TimeoutExpired:
                    raise RuntimeError(f"the {self.name} loop did not end in {seconds:.0f} s") from None
                if ended:
                    raise RuntimeError(f"the {self.name} loop failed:\n{self._log().read_text()[-2000:]}")
        received = platform.received()
        platform.begin(0.0, keep=False)  # keys that nobody will send again
        return Round(
            posts=number,
            rate=figures.rate(received.times, self.in_flight),
            steady=figures.steady_rate(received.times, self.in_flight),
            duplicates=received.duplicates(),
            losses=number - len(received.first()),
            peak=received.peak,
        )

    def _start(self, stack: ExitStack, label: str, number: int) -> subprocess.Popen:
        path = self.machine.folder / f"raw-{label.rpartition(' ')[2]}.jsonl"
        raw.write_posts(path, label, number)
        command = ["-m", "tools.bench.raw", self.name, str(self.machine.platform.port)]
        command += [str(self.in_flight // WORKERS), str(path)]
        return stack.enter_context(self.machine.child(command, inherited(), self._log()))

    def _log(self) -> Path:
        return self.machine.folder / f"raw-{self.name}.log"


def patience(latency: float, number: int, in_flight: int) -> float:
    """Seconds after which a round is given up."""
    return 30 + 5 * latency * number / in_flight + number / 50


@dataclass
class Cell:
    """All rounds of one number in flight and one latency."""

    in_flight: int
    latency: float
    rounds: dict[str, list[Round]]
    hub_at_rest: list[float]  # share of a core that the waiting hub took while the others ran

    def rates(self, name: str) -> list[float]:
        return [each.rate for each in self.rounds[name]]

    def ratio(self, name: str) -> float:
        return statistics.median(self.rates(OURS)) / statistics.median(self.rates(name))


def measure(
    machine: Machine,
    report: Report,
    *,
    in_flight: Sequence[int],
    latencies: Sequence[float],
    rounds: int,
    seconds: float,
) -> None:
    """Run all cells and print their medians."""
    cells: list[Cell] = []
    for number in in_flight:
        with report.piece(f"drain, {number} requests in flight: {rounds} rounds"):
            cells += _cells(machine, report, number, latencies, rounds, seconds)
    for cell in cells:
        if (cell.in_flight, cell.latency) == HEADLINE:
            report.headline = cell.ratio(REQUESTS)


def _cells(
    machine: Machine,
    report: Report,
    in_flight: int,
    latencies: Sequence[float],
    rounds: int,
    seconds: float,
) -> Iterator[Cell]:
    """The cells of one number in flight, each printed as soon as it is there."""
    with Hub(machine, f"drain{in_flight}", in_flight=in_flight).running() as hub:
        contestants = [Ours(hub), Raw(REQUESTS, machine, in_flight), Raw(SOCKETS, machine, in_flight)]
        for latency in latencies:
            cell = _cell(hub, report, contestants, latency, rounds, seconds)
            _say(report, cell)
            yield cell


def _cell(
    hub: Hub,
    report: Report,
    contestants: list[Contestant],
    latency: float,
    rounds: int,
    seconds: float,
) -> Cell:
    in_flight = hub.in_flight
    cell = Cell(in_flight, latency, {each.name: [] for each in contestants}, [])
    numbers = {
        each.name: _number(each, latency, in_flight, seconds, f"calibration {in_flight}")
        for each in contestants
    }
    for turn in range(rounds):
        for contestant in _order(contestants, turn):
            label = f"{contestant.name} {in_flight} {latency} {turn}"
            before, begun = hub.cpu(), time.monotonic()
            done = contestant.run(latency, numbers[contestant.name], label)
            if contestant.name != OURS:
                cell.hub_at_rest.append((hub.cpu() - before) / (time.monotonic() - begun))
            cell.rounds[contestant.name].append(done)
            report.count(posts=done.posts, duplicates=done.duplicates, losses=done.losses)
            report.progress(
                f"{in_flight:3} in flight, {latency * 1000:4.0f} ms, round {turn + 1}: "
                f"{contestant.name:8} {done.rate:8.1f}/s of {done.posts} posts"
            )
    return cell


def _order(contestants: list[Contestant], turn: int) -> Iterator[Contestant]:
    """Everybody comes first, in the middle and last in turn, forwards and backwards."""
    start = turn % len(contestants)
    order = contestants[start:] + contestants[:start]
    yield from order if turn % 2 == 0 else reversed(order)


def _number(contestant: Contestant, latency: float, in_flight: int, seconds: float, label: str) -> int:
    """How many posts keep a contestant busy for about `seconds`."""
    if latency and contestant.name == SOCKETS:
        return in_flight * SOCKETS_WAVES
    if latency:
        longer = HEADLINE_LONGER if (in_flight, latency) == HEADLINE else 1.0
        return in_flight * max(LEAST_WAVES, round(longer * seconds / latency))
    # an unmeasured round, long enough that the first moments do not decide
    trial = contestant.run(latency, in_flight * CALIBRATION, f"{label} {contestant.name} a")
    trial = contestant.run(
        latency, max(in_flight * CALIBRATION, round(trial.rate)), f"{label} {contestant.name} b"
    )
    return min(
        MOST_POSTS, max(in_flight * ACCOUNTS_PER_REQUEST, round(trial.rate * seconds * WITHOUT_LATENCY))
    )


def _say(report: Report, cell: Cell) -> None:
    def spread(name: str) -> str:
        rates = cell.rates(name)
        return f"{statistics.median(rates):.1f}/s ({min(rates):.1f}–{max(rates):.1f})"

    rounds = [each for rounds in cell.rounds.values() for each in rounds]
    report.say(
        f"  {cell.latency * 1000:4.0f} ms   "
        + "   ".join(f"{name} {spread(name)}" for name in cell.rounds)
        + f"   hub/requests {cell.ratio(REQUESTS):.3f}   hub/sockets {cell.ratio(SOCKETS):.3f}"
    )
    steady = {name: statistics.median(each.steady for each in done) for name, done in cell.rounds.items()}
    report.say(
        "            without first and last wave: "
        + ", ".join(f"{name} {each:.1f}/s" for name, each in steady.items())
        + f", hub/requests {steady[OURS] / steady[REQUESTS]:.3f}"
    )
    peaks = ", ".join(f"{name} {max(each.peak for each in done)}" for name, done in cell.rounds.items())
    report.say(
        f"            duplicates {sum(each.duplicates for each in rounds)}, "
        f"losses {sum(each.losses for each in rounds)}, most in flight at once: {peaks}; "
        f"waiting hub beside the raw loops {100 * statistics.median(cell.hub_at_rest):.1f} % of a core"
    )
    if max(each.peak for each in rounds) > cell.in_flight:
        report.fail(f"more than {cell.in_flight} requests were in flight at once")
