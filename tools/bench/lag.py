"""How long after its time a post reaches the platform.

The lag is the moment in which the platform has the whole request minus the delivery's due time, on one
clock: everything runs on this machine. The platform answers at once. The rows are there before the first is
due and no wake-up is sent: this is what the engine's own watch on the clock is worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tools.bench.figures import Lags
from tools.bench.hub import Hub
from tools.bench.machine import Machine
from tools.bench.platform import Received
from tools.bench.report import Report

IN_FLIGHT = 32
ACCOUNTS = 512
PATIENCE = 60.0  # seconds after the last due time


def measure(machine: Machine, report: Report, *, rates: Sequence[float], seconds: float, burst: int) -> None:
    """Posts at steady rates and `burst` posts at one instant; print the lags."""
    from tools.bench import rows

    with Hub(machine, "lag", in_flight=IN_FLIGHT).running() as hub:
        accounts = rows.federation(ACCOUNTS, name="lag")
        lines = []
        for rate in rates:
            due = spread(rate, seconds, lead=2 + rate * seconds / 500)
            lags = _run(hub, report, accounts, due, f"steady {rate}")
            lines.append((f"{rate:g}/s for {seconds:g} s", lags))
        due = spread(float("inf"), 0, lead=2 + burst / 500, number=burst)
        lines.append((f"{burst} at one instant", _run(hub, report, accounts, due, "burst")))
    report.table(
        ["due", "posts", "p50", "p99", "max"],
        [
            [what, str(lags.number), *(milliseconds(each) for each in (lags.p50, lags.p99, lags.most))]
            for what, lags in lines
        ],
    )


def spread(rate: float, seconds: float, *, lead: float, number: int | None = None) -> list[datetime]:
    """Due times `1 / rate` seconds apart, from `lead` seconds from now on."""
    from django.utils import timezone

    begin = timezone.now() + timedelta(seconds=lead)
    return [
        begin + timedelta(seconds=each / rate)
        for each in range(round(rate * seconds) if number is None else number)
    ]


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _run(hub: Hub, report: Report, accounts: list, due: list[datetime], label: str) -> Lags:
    from django.utils import timezone

    from tools.bench import rows

    hub.wait_until_settled()
    hub.platform.begin(0.0)
    when = rows.schedule(accounts, due, label=label)
    if timezone.now() >= due[0]:
        raise RuntimeError("the machine is too slow: the rows were not written before the first was due")
    left = (due[-1] - timezone.now()).total_seconds()
    hub.wait_for_posts(len(due), seconds=left + PATIENCE)
    received = hub.platform.received()
    hub.wait_until_settled()
    losses = len(due) - len(received.first()) + hub.unpublished()
    report.count(posts=len(due), duplicates=max(received.duplicates(), received.repeats), losses=losses)
    report.progress(f"lag, {label}: {len(received.receipts)} of {len(due)} received")
    return Lags.of(lags(received, when))


def lags(received: Received, when: dict[str, datetime]) -> list[float]:
    """Seconds from due to first receipt, for each post that was received."""
    first = received.first()
    return [first[text] - due.timestamp() for text, due in when.items() if text in first]
