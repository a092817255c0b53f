"""A small drawing table: flat shapes on 1200 x 900, drawn twice as large and scaled down for soft edges."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageColor, ImageDraw, ImageFont

WIDTH, HEIGHT, SCALE = 1200, 900, 2
Point = tuple[float, float]


@dataclass(frozen=True)
class Palette:
    """Four colours: a quiet ground, two that carry the picture, one that catches the eye."""

    ground: str
    main: str
    second: str
    accent: str

    @property
    def is_dark(self) -> bool:
        return sum(ImageColor.getrgb(self.ground)) < 384

    @property
    def lettering(self) -> str:
        """A colour that reads well on paper."""
        return self.ground if self.is_dark else self.second


def mix(one: str, other: str, share: float) -> str:
    """The colour that lies `share` (0 to 1) of the way from `one` to `other`."""
    pairs = zip(ImageColor.getrgb(one), ImageColor.getrgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


class Canvas:
    """What scenes draw on. `turn` in [0, 1) is the small difference between two pictures of one scene."""

    def __init__(self, palette: Palette, turn: float) -> None:
        self.palette, self.turn = palette, turn
        self.paper = mix(palette.ground, "#ffffff", 0.85 if palette.is_dark else 0.55)
        self.shade = mix(palette.ground, palette.second, 0.16)
        self._image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), palette.ground)
        self._pen = ImageDraw.Draw(self._image)

    @staticmethod
    def _at(numbers: Sequence[float]) -> list[float]:
        return [number * SCALE for number in numbers]

    def box(self, x: float, y: float, w: float, h: float, fill: str, radius: float = 0) -> None:
        self._pen.rounded_rectangle(self._at((x, y, x + w, y + h)), radius * SCALE, fill=fill)

    def disc(self, x: float, y: float, r: float, fill: str, ry: float | None = None) -> None:
        ry = r if ry is None else ry
        self._pen.ellipse(self._at((x - r, y - ry, x + r, y + ry)), fill=fill)

    def ring(self, x: float, y: float, r: float, line: str, width: float) -> None:
        self._pen.ellipse(self._at((x - r, y - r, x + r, y + r)), outline=line, width=round(width * SCALE))

    def line(self, points: Sequence[Point], line: str, width: float) -> None:
        """A stroke with round ends."""
        flat = [(x * SCALE, y * SCALE) for x, y in points]
        self._pen.line(flat, fill=line, width=round(width * SCALE), joint="curve")
        for x, y in (points[0], points[-1]):
            self.disc(x, y, width / 2, line)

    def shape(self, points: Sequence[Point], fill: str) -> None:
        self._pen.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=fill)

    def arc(self, x: float, y: float, r: float, start: float, end: float, line: str, width: float) -> None:
        """Part of a circle, in degrees clockwise from three o'clock."""
        box = self._at((x - r, y - r, x + r, y + r))
        self._pen.arc(box, start, end, fill=line, width=round(width * SCALE))

    def slice(self, x: float, y: float, r: float, start: float, end: float, fill: str) -> None:
        self._pen.pieslice(self._at((x - r, y - r, x + r, y + r)), start, end, fill=fill)

    def words(self, text: str, x: float, y: float, width: float, size: float, fill: str) -> None:
        """Centred lettering, wrapped into `width`."""
        font = ImageFont.load_default(size * SCALE)
        lines: list[str] = []
        for word in text.split():
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and font.getlength(longer) <= width * SCALE:
                lines[-1] = longer
            else:
                lines.append(word)
        top = y - (len(lines) - 1) * size * 0.6
        for number, line in enumerate(lines):
            place = (x * SCALE, (top + number * size * 1.2) * SCALE)
            self._pen.text(place, line, font=font, fill=fill, anchor="mm")

    @staticmethod
    def turned(x: float, y: float, points: Sequence[Point], degrees: float) -> list[Point]:
        """Points given around (0, 0), turned and put at (x, y)."""
        sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
        return [(x + px * cosine - py * sine, y + px * sine + py * cosine) for px, py in points]

    # ---- what several scenes have

    def room(self, floor: float = 640) -> None:
        """A wall with a patch of light, and a bench or floor in front."""
        self.disc(300 + 600 * self.turn, 300, 330, mix(self.palette.ground, "#ffffff", 0.35))
        self.box(0, floor, WIDTH, HEIGHT - floor, mix(self.palette.second, self.palette.ground, 0.18))
        self.box(0, floor, WIDTH, 16, mix(self.palette.second, "#ffffff", 0.28))

    def shadow(self, x: float, y: float, r: float) -> None:
        self.disc(x, y, r, mix(self.palette.second, "#000000", 0.18), ry=r * 0.1)

    def screwdriver(self, x: float, y: float, degrees: float, size: float = 1.0) -> None:
        """A screwdriver with its handle to the left, turned by `degrees`."""
        handle, dark = self.palette.accent, mix(self.palette.accent, "#000000", 0.25)
        blade = [(0, -5), (120, -5), (132, -9), (132, 9), (120, 5), (0, 5)]
        grip = [(-110, -17), (0, -13), (0, 13), (-110, 17)]
        cap = [(-110, -17), (-84, -16), (-84, 16), (-110, 17)]
        for points, fill in ((blade, "#b9c0c4"), (grip, handle), (cap, dark)):
            self.shape(self.turned(x, y, [(px * size, py * size) for px, py in points], degrees), fill)

    def jpeg(self) -> bytes:
        out = io.BytesIO()
        self._image.reduce(SCALE).save(out, "JPEG", quality=88)
        return out.getvalue()
