"""The rows of the fault plan: each a function with a number, a name and the engines it runs on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

BOTH = ("postgresql", "sqlite")
POSTGRESQL = ("postgresql",)
SQLITE = ("sqlite",)

MODULES = (
    "crash",
    "killed",
    "dispatchers",
    "broker",
    "database",
    "network",
    "answers",
    "time",
    "people",
    "operations",
)


class NotHere(Exception):
    """This machine cannot make the fault; the message names what it lacks."""


@dataclass(frozen=True)
class Row:
    """One row. `run` gets a fresh world, breaks it, and returns what it checked; it raises where that fails.

    `seconds` bounds it; `quick` puts it into the short selection.
    """

    number: int
    name: str
    run: Callable
    engines: tuple[str, ...]
    seconds: float
    quick: bool
    part: str = ""

    @property
    def label(self) -> str:
        return f"{self.number}{self.part}"


ROWS: list[Row] = []


def fault(
    number: int,
    name: str,
    *,
    engines: tuple[str, ...] = BOTH,
    seconds: float = 60,
    quick: bool = False,
    part: str = "",
) -> Callable:
    """Register a function as row `number` of the plan; `part` tells apart several ways to make one fault.

    `seconds` bounds the row: longer is a failure. `quick` rows also run in the short selection.
    """

    def register(run: Callable) -> Callable:
        ROWS.append(Row(number, name, run, engines, seconds, quick, part))
        return run

    return register


def rows() -> list[Row]:
    """All rows, in the plan's order."""
    for module in MODULES:
        import_module(f"tests.faults.rows_{module}")  # after Django's setup: rows use the hub's models
    return sorted(ROWS, key=lambda row: (row.number, row.part))
