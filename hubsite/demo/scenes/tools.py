"""Hand tools, as they hang on the wall and lie on a stall."""

from __future__ import annotations

from hubsite.demo.scenes.canvas import Canvas, Palette, Point, mix

METAL = "#b9c0c4"
DARK = "#2b2b2e"
HANDLE = "#a5713f"

Part = tuple[str, list[Point], float]
"""A colour, points around (0, 0) in a picture about 200 wide, and a stroke's width; 0 is a filled shape."""


def _hammer(p: Palette) -> list[Part]:
    head = [(-26, -100), (48, -100), (58, -92), (58, -58), (48, -50), (-26, -50), (-72, -66), (-72, -76)]
    return [(HANDLE, [(0, -60), (0, 96)], 24), (p.accent, [(0, 30), (0, 98)], 30), (DARK, head, 0)]


def _saw(p: Palette) -> list[Part]:
    teeth = [(140 - 16 * step, 24 if step % 2 else 38) for step in range(12)]
    grip = [(-62, -42), (-104, -52), (-136, -20), (-128, 34), (-96, 46), (-62, 26), (-62, -42)]
    return [(METAL, [(-60, -44), (142, -4), *teeth, (-60, 30)], 0), (p.main, grip, 24)]


def _spanner(p: Palette) -> list[Part]:
    jaw = [(-27, -116), (-34, -84), (-16, -58), (16, -58), (34, -84), (27, -116)]
    eye = [(0, 60), (20, 72), (20, 94), (0, 106), (-20, 94), (-20, 72), (0, 60)]
    return [(METAL, [(0, -54), (0, 60)], 22), (METAL, jaw, 20), (METAL, eye, 16)]


def _pliers(p: Palette) -> list[Part]:
    left = [(14, -30), (-18, 0), (-34, 40), (-30, 100)]
    right = [(-x, y) for x, y in left]
    jaws = [[(side * 2, -104), (side * 22, -40), (side * 16, -10), (side * 2, -4)] for side in (-1, 1)]
    handles = [(p.accent, left[1:], 22), (p.accent, right[1:], 22)]
    return [*handles, *((METAL, jaw, 0) for jaw in jaws), (DARK, [(0, -22), (0, -21)], 30)]


def _screwdriver(p: Palette) -> list[Part]:
    tip = [(-5, -96), (-9, -112), (9, -112), (5, -96)]
    grip = [(-18, 4), (18, 4), (20, 92), (10, 106), (-10, 106), (-20, 92)]
    band = mix(p.main, "#000000", 0.25)
    return [
        (METAL, [(0, 10), (0, -98)], 11),
        (METAL, tip, 0),
        (p.main, grip, 0),
        (band, [(-14, 24), (14, 24)], 8),
    ]


def _brush(p: Palette) -> list[Part]:
    hair = [(-34, -50), (34, -50), (38, -108), (-38, -108)]
    ferrule = [(-36, -52), (36, -52), (36, -20), (-36, -20)]
    handle = [(-34, -22), (34, -22), (14, 30), (16, 100), (-16, 100), (-14, 30)]
    return [("#d8c49a", hair, 0), (p.accent, handle, 0), (METAL, ferrule, 0)]


TOOLS = (_hammer, _saw, _spanner, _pliers, _screwdriver, _brush)
HAMMER, SAW, SPANNER, PLIERS, SCREWDRIVER, BRUSH = range(len(TOOLS))


def tool(c: Canvas, kind: int, x: float, y: float, *, degrees: float = 0, size: float = 1.0) -> None:
    """The tool `kind` around (x, y), upright (the saw lies) and turned by `degrees`."""
    for fill, points, width in TOOLS[kind](c.palette):
        placed = c.turned(x, y, [(px * size, py * size) for px, py in points], degrees)
        if width:
            c.line(placed, fill, width * size)
        else:
            c.shape(placed, fill)


def outline(
    c: Canvas, kind: int, x: float, y: float, fill: str, *, size: float = 1.0, margin: float = 14
) -> None:
    """The painted shape behind the tool `kind`, wider than it by `margin`."""
    for _fill, points, width in TOOLS[kind](c.palette):
        placed = [(x + px * size, y + py * size) for px, py in points]
        if not width:
            c.shape(placed, fill)
            placed.append(placed[0])
        c.line(placed, fill, width * size + 2 * margin)
