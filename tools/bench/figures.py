"""Rates, quantiles and quarters. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


def rate(times: Sequence[float], in_flight: int) -> float:
    """Posts a second between the first and the last receipt.

    The first `in_flight` posts open the window and are not counted: a perfect client has them all at the
    platform in the first moment, so that it gets exactly in_flight / latency. Whoever needs longer to get
    going pays for it. Raises ValueError where there is too little to measure.
    """
    if len(times) <= in_flight or max(times) <= min(times):
        raise ValueError(f"{len(times)} receipts are too few with {in_flight} in flight")
    return (len(times) - in_flight) / (max(times) - min(times))


def steady_rate(times: Sequence[float], in_flight: int) -> float:
    """Posts a second without the first and the last `in_flight` posts: nobody gets going or runs dry.

    Also in_flight / latency for a perfect client. Raises ValueError where there is too little to measure.
    """
    middle = sorted(times)[in_flight : len(times) - in_flight + 1]
    if len(middle) < 2 or middle[-1] <= middle[0]:
        raise ValueError(f"{len(times)} receipts are too few with {in_flight} in flight")
    return (len(middle) - 1) / (middle[-1] - middle[0])


@dataclass(frozen=True)
class Lags:
    """Seconds from due to the platform's receipt."""

    p50: float
    p99: float
    most: float
    number: int

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Lags:
        if len(seconds) < 2:
            raise ValueError(f"{len(seconds)} posts are too few for a quantile")
        cuts = statistics.quantiles(seconds, n=100, method="inclusive")
        return cls(cuts[49], cuts[98], max(seconds), len(seconds))


def quarters(samples: Sequence[float]) -> tuple[float, float]:
    """The means of the first and the last quarter of `samples`."""
    if not samples:
        raise ValueError("no samples")
    quarter = max(1, len(samples) // 4)
    return statistics.fmean(samples[:quarter]), statistics.fmean(samples[-quarter:])
