"""The simulator's clock: the database's time and every worker's boot clock. It moves when it is told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def boot(self) -> float:
        """Seconds since the simulation began; they pass for a frozen worker too."""
        return (self.now - START).total_seconds()

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("time goes forward")
        self.now += timedelta(seconds=seconds)
