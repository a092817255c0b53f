"""Whether one chapter's flood makes the others late.

The others have posts at a steady rate, once alone and once from the moment in which the posts of one chapter
are all due, on twice as many accounts as there are requests in flight. The platform answers after 300 ms,
as a platform would. A post of the others that did not come counts with the time that it was waited for.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from tools.bench import lag
from tools.bench.figures import Lags
from tools.bench.hub import Hub
from tools.bench.machine import Machine
from tools.bench.report import Report

IN_FLIGHT = 32
LATENCY = 0.3
RATE = 5.0  # posts of the others a second
OTHERS = 128  # accounts
WAIT = 15.0  # seconds after the last due time


def measure(machine: Machine, report: Report, *, flood: int, seconds: float) -> None:
    """Print the others' lag without and with the flood."""
    from tools.bench import rows

    with Hub(machine, "noisy", in_flight=IN_FLIGHT).running() as hub:
        others = rows.federation(OTHERS, name="other")
        noisy = rows.federation(2 * IN_FLIGHT, name="noisy", per_chapter=2 * IN_FLIGHT)
        alone, missing_alone = _run(hub, report, others, seconds, "alone", lead=3.0)
        hub.wait_until_settled()
        due = lag.spread(float("inf"), 0, lead=3 + flood / 1000, number=flood)
        rows.schedule(noisy, due, label="flood")
        lead = due[0].timestamp() - time.time()
        if lead < 2:
            raise RuntimeError("the machine is too slow: the flood was not written before it was due")
        beside, missing_beside = _run(hub, report, others, seconds, "beside", lead=lead)
    report.table(
        ["others", "posts", "p50", "p99", "max", "not received"],
        [
            ["alone", *_cells(alone), str(missing_alone)],
            [f"beside {flood}", *_cells(beside), str(missing_beside)],
        ],
    )
    least = "at least " if missing_beside else ""
    report.say(f"  p99 with / without the flood: {least}{beside.p99 / alone.p99:.2f}")
    if missing_alone or missing_beside:
        report.fail(
            f"noisy chapter: {missing_alone + missing_beside} posts of the others did not come in time"
        )


def _cells(lags: Lags) -> list[str]:
    return [str(lags.number), *(lag.milliseconds(each) for each in (lags.p50, lags.p99, lags.most))]


def _run(
    hub: Hub, report: Report, others: list, seconds: float, label: str, *, lead: float
) -> tuple[Lags, int]:
    """The others' lags, those of missing posts as long as they were waited for, and how many were missing."""
    from django.utils import timezone

    from tools.bench import rows

    hub.platform.begin(LATENCY)
    due = [
        timezone.now() + timedelta(seconds=lead + number / RATE) for number in range(round(RATE * seconds))
    ]
    when = rows.schedule(others, due, label=label)
    _sleep_until(due[-1])  # the report is long, so it is not asked for while the posts go out
    end = due[-1] + timedelta(seconds=WAIT)
    while when.keys() - hub.platform.received().first().keys() and timezone.now() < end:
        time.sleep(1.0)
    received = hub.platform.received()
    first = received.first()
    came = lag.lags(received, when)
    waited = [(timezone.now() - at).total_seconds() for text, at in when.items() if text not in first]
    duplicates = max(received.duplicates(), received.repeats)
    report.count(posts=len(received.receipts), duplicates=duplicates, losses=0)
    report.progress(f"noisy chapter, others {label}: {len(came)} of {len(when)} received")
    return Lags.of(came + waited), len(waited)


def _sleep_until(moment: datetime) -> None:
    time.sleep(max(0.0, moment.timestamp() - time.time()))
