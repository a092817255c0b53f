"""A figure over time as bars: the geometry of a small SVG drawing, for templates/pieces/_trend.html."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

WIDTH, HEIGHT = 360, 112  # of the drawing, in its own units
FLOOR = 92  # where bars stand; months are written below
HEADROOM = 22  # above the highest bar, for its value
LEAST = 2  # a value of nought is still seen as a line


@dataclass(frozen=True)
class Point:
    """One moment: its name under the bar, its value (None where nothing was measured), the value in words
    and as it is written on a bar."""

    label: str
    value: float | None
    words: str
    figure: str = ""


@dataclass(frozen=True)
class Bar:
    """A point as it is drawn. `height` is 0 where nothing was measured."""

    point: Point
    x: float
    y: float
    width: float
    height: float
    middle: float
    is_labelled: bool
    figure: str = ""
    figure_y: float = 0

    @property
    def end(self) -> float:
        return round(self.x + self.width, 1)


@dataclass(frozen=True)
class Trend:
    """Bars under a title. `name` is unique on its page; `summary` says in a sentence what they show, and
    `note` how to read them."""

    name: str
    title: str
    summary: str
    points: Sequence[Point]
    column: str = ""
    note: str = ""

    width = WIDTH
    height = HEIGHT
    floor = FLOOR

    @property
    def is_empty(self) -> bool:
        return all(point.value is None for point in self.points)

    @cached_property
    def bars(self) -> list[Bar]:
        """The points from left to right, the highest as high as there is room; the first and the last that
        were measured carry their value."""
        step = WIDTH / max(len(self.points), 1)
        most = max((point.value or 0 for point in self.points), default=0) or 1
        every = 4 if len(self.points) > 6 else 1
        last = len(self.points) - 1
        measured = [at for at, point in enumerate(self.points) if point.value is not None]
        written = {measured[-1]} if measured else set()
        if measured and measured[-1] - measured[0] > 1:  # side by side they would run into each other
            written.add(measured[0])
        drawn = []
        for at, point in enumerate(self.points):
            height = 0.0 if point.value is None else max(LEAST, (FLOOR - HEADROOM) * point.value / most)
            x = at * step + step * 0.15
            drawn.append(
                Bar(
                    point,
                    round(x, 1),
                    round(FLOOR - height, 1),
                    round(step * 0.7, 1),
                    round(height, 1),
                    round(at * step + step / 2, 1),
                    is_labelled=(last - at) % every == 0,
                    figure=point.figure if at in written else "",
                    figure_y=round(FLOOR - height - 6, 1),
                )
            )
        return drawn
