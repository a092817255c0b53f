"""`make bench-publish`, or `python -m tools.bench`: all measurements in one run. See docs/benchmarks.md."""

from __future__ import annotations

import argparse
import signal
import sys
from dataclasses import dataclass, replace

from tools.bench import claim, cost, drain, lag, noisy
from tools.bench.hub import WORKER, WORKERS, prepare
from tools.bench.machine import Machine
from tools.bench.report import Report

PIECES = ("drain", "lag", "cost", "noisy", "claim")


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    rounds: int = 5
    in_flight: tuple[int, ...] = (8, 32, 64)
    latencies: tuple[float, ...] = (0.0, 0.3, 2.0)
    seconds: float = 8.0  # that a drain's measured part takes
    rates: tuple[float, ...] = (25.0, 100.0)
    lag_seconds: float = 30.0
    burst: int = 2000
    deliveries: int = 20_000
    flood: int = 20_000
    noisy_seconds: float = 30.0
    rows: int = 10_000_000


QUICK = Scale(
    rounds=2, in_flight=(8, 32), latencies=(0.0, 0.3), seconds=2.0, lag_seconds=4.0, burst=200,
    deliveries=1000, flood=1000, noisy_seconds=6.0, rows=100_000,
)  # fmt: skip


def main() -> int:
    options = _options()
    scale = QUICK if options.quick else Scale()
    if options.rounds:
        scale = replace(scale, rounds=options.rounds)
    if options.in_flight:
        scale = replace(scale, in_flight=tuple(options.in_flight))
    if options.rows is not None:
        scale = replace(scale, rows=options.rows)
    pieces = [piece for piece in options.only if not (options.skip_claim and piece == "claim")]
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))  # so that servers and folders are tidied away
    report = Report()
    with Machine() as machine:
        for line in machine.describe():
            report.say(line)
        prepare(machine)
        _say_settings(report, scale)
        _run(machine, report, scale, pieces)
    return report.end()


def _run(machine: Machine, report: Report, scale: Scale, pieces: list[str]) -> None:
    if "drain" in pieces:
        drain.measure(
            machine,
            report,
            in_flight=scale.in_flight,
            latencies=scale.latencies,
            rounds=scale.rounds,
            seconds=scale.seconds,
        )
    if "lag" in pieces:
        with report.piece("lag: the platform's receipt minus the due time, platform at once"):
            lag.measure(machine, report, rates=scale.rates, seconds=scale.lag_seconds, burst=scale.burst)
    if "cost" in pieces:
        with report.piece("cost of a delivery"):
            cost.measure(machine, report, deliveries=scale.deliveries)
    if "noisy" in pieces:
        flood = f"{scale.flood} posts of one chapter at once"
        with report.piece(f"noisy chapter: {flood}, others {noisy.RATE:g}/s, platform 300 ms"):
            noisy.measure(machine, report, flood=scale.flood, seconds=scale.noisy_seconds)
    if "claim" in pieces:
        with report.piece(f"claim of {claim.LIMIT} lanes by rows in posts_delivery"):
            sizes = sorted({0, scale.rows // 10, scale.rows})
            claim.measure(machine, report, sizes=sizes)


def _say_settings(report: Report, scale: Scale) -> None:
    from django.conf import settings

    known = {name: getattr(settings, name) for name in sorted(dir(settings)) if name.startswith("HUB_")}
    shown = {
        name: value
        for name, value in known.items()
        if isinstance(value, int | float) and name not in ("HUB_DRAINS", "HUB_SENDERS")
    }
    report.say(
        f"engine        {WORKERS} Celery workers ({' '.join(WORKER[5:])}) and beat; HUB_DRAINS={WORKERS}, "
        "HUB_SENDERS=half of what is in flight (16 where not said); "
        + ", ".join(f"{name}={value}" for name, value in shown.items())
    )
    report.say(f"scale         {scale}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that all of it works")
    parser.add_argument("--rounds", type=int, help="rounds of each drain")
    parser.add_argument(
        "--in-flight", type=int, nargs="+", help="requests in flight of the drains, even numbers"
    )
    parser.add_argument("--rows", type=int, help="rows of the largest table that is claimed from")
    parser.add_argument("--skip-claim", action="store_true", help="as if claim were not in --only")
    parser.add_argument("--only", nargs="+", choices=PIECES, default=PIECES, help="what to measure")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
