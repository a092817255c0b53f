"""One turn of a lane, as effects that somebody else carries out. Pure.

The drain carries them out on the database and the network, for many lanes at once; the simulator of the tests
on made-up ones, in any order, with crashes in between. A turn that is never resumed is a worker that died.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Begin:
    """Commit what the lane's next job needs. Answer: the call to make, or None where nothing is due."""

    lease: Any


@dataclass(frozen=True, slots=True)
class Send:
    """Make the call. Answer: what came of it."""

    call: Any


@dataclass(frozen=True, slots=True)
class Finish:
    """Write down what came of the call. Answer: whether the lane is still ours."""

    call: Any
    result: Any


@dataclass(frozen=True, slots=True)
class Release:
    """Give the lane back. No answer."""

    lease: Any


Effect = Begin | Send | Finish | Release


def turn(lease: Any, *, most: int) -> Generator[Effect, Any, None]:
    """Do a claimed lane's jobs one after the other, at most `most`, then give the lane back."""
    for _ in range(most):
        call = yield Begin(lease)
        if call is None:
            break
        result = yield Send(call)
        ours = yield Finish(call, result)
        if not ours:
            return
    yield Release(lease)
