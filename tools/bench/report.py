"""What is printed: tables as they come, and totals that decide the exit code."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Report:
    """One run's results."""

    duplicates: int = 0
    losses: int = 0
    posts: int = 0
    failures: list[str] = field(default_factory=list)
    headline: float | None = None  # ours / raw requests loop, 300 ms, 32 in flight
    _begun: float = field(default_factory=time.monotonic)

    def say(self, text: str = "") -> None:
        print(text, flush=True)

    def progress(self, text: str) -> None:
        """A line for whoever watches; not part of the result."""
        print(f"  [{time.monotonic() - self._begun:6.0f} s] {text}", file=sys.stderr, flush=True)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
        for row in [head, *rows]:
            self.say("  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))

    def count(self, *, posts: int, duplicates: int, losses: int) -> None:
        self.posts += posts
        self.duplicates += duplicates
        self.losses += losses

    def fail(self, what: str) -> None:
        self.failures.append(what)
        self.say(f"  FAILED: {what}")

    @contextmanager
    def piece(self, title: str) -> Iterator[None]:
        """A part of the run. An error in it is printed, and the rest goes on."""
        self.say(f"\n{title}")
        try:
            yield
        except Exception as error:
            traceback.print_exc()
            self.fail(f"{title.split(':')[0]}: {error}")

    def end(self) -> int:
        """Print the totals and the headline. Returns the exit code."""
        minutes = (time.monotonic() - self._begun) / 60
        self.say(
            f"\nposts sent {self.posts}, duplicates {self.duplicates}, losses {self.losses}; "
            f"{minutes:.1f} min"
        )
        for failure in self.failures:
            self.say(f"FAILED: {failure.splitlines()[0]}")
        ratio = "not measured" if self.headline is None else f"{self.headline:.3f}"
        self.say(f"drain ratio at 300 ms: {ratio}")
        return 1 if self.failures or self.duplicates or self.losses else 0
