"""Scenes of one thing: what lies on the bench."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from hubsite.demo.scenes.canvas import Canvas, Point, mix
from hubsite.demo.scenes.tools import DARK, METAL

Spec = Mapping[str, Any]


def toaster(c: Canvas, spec: Spec) -> None:
    p, x = c.palette, 400 + 60 * c.turn
    dark = mix(p.main, "#000000", 0.35)
    c.room()
    c.shadow(x + 200, 690, 250)
    for foot in (40, 310):
        c.box(x + foot, 670, 50, 24, DARK, 8)
    c.box(x, 300, 400, 380, mix(p.main, "#ffffff", 0.28), 64)
    for slot in (330, 368):
        c.box(x + 50, slot, 300, 22, dark, 11)
    c.box(x, 402, 400, 278, p.main, 48)
    c.box(x + 40, 450, 210, 170, mix(p.main, "#ffffff", 0.16), 24)
    c.box(x + 330, 450, 20, 160, dark, 10)
    c.box(x + 312, 470 + 70 * c.turn, 56, 30, DARK, 10)
    plate = c.turned(975, 770, [(-170, -50), (130, -50), (170, 50), (-150, 50)], -5 + 4 * c.turn)
    c.shape([(px + 4, py + 12) for px, py in plate], mix(p.second, "#000000", 0.3))
    c.shape(plate, METAL)
    for across, down in ((-128, -34), (112, -34), (136, 32), (-124, 32)):
        ((px, py),) = c.turned(975, 770, [(across, down)], -5 + 4 * c.turn)
        c.disc(px, py, 9, mix(METAL, "#000000", 0.5), ry=6)
    c.disc(250, 790, 140, mix(p.second, "#000000", 0.3), ry=46)
    c.disc(250, 780, 140, c.paper, ry=46)
    c.disc(250, 782, 100, mix(c.paper, "#000000", 0.08), ry=30)
    for px, py, degrees in ((206, 784, -50), (254, 774, 20), (286, 792, -20)):
        _screw(c, px, py, degrees + 30 * c.turn)


def kettle(c: Canvas, spec: Spec) -> None:
    p, x = c.palette, 610 + 60 * c.turn
    dark = mix(p.main, "#000000", 0.35)
    c.room()
    c.shadow(x + 130, 716, 210)
    c.line([(x + 262, 392), (x + 372, 400), (x + 378, 560), (x + 282, 640)], p.second, 42)
    c.line([(x + 316, 424), (x + 330, 424)], p.accent, 26)
    c.shape([(x + 10, 452), (x - 66, 366), (x + 60, 366)], mix(p.main, "#000000", 0.12))
    c.shape([(x + 6, 366), (x + 254, 366), (x + 300, 700), (x - 40, 700)], p.main)
    c.disc(x + 130, 700, 170, p.main, ry=20)
    c.shape([(x + 34, 430), (x + 66, 430), (x + 52, 660), (x + 6, 660)], mix(p.main, "#ffffff", 0.28))
    c.disc(x + 130, 366, 124, dark, ry=20)
    c.disc(x + 130, 369, 104, mix(p.main, "#000000", 0.6), ry=13)
    lid = c.turned(
        x + 246, 358, [(-236, -12), (-220, -34), (-16, -34), (0, -12), (0, 6), (-236, 6)], 52 + 12 * c.turn
    )
    knob = c.turned(x + 246, 358, [(-118, -38), (-118, -52)], 52 + 12 * c.turn)
    c.line(knob, p.accent, 34)
    c.shape(lid, mix(p.main, "#ffffff", 0.14))
    c.box(x + 232, 348, 34, 26, dark, 8)
    _kettle_base(c, 290)
    c.screwdriver(570, 822, -10 + 12 * c.turn, 1.3)


def sewing(c: Canvas, spec: Spec) -> None:
    p = c.palette
    c.room()
    for number in range(6):
        x = 190 + 74 * number
        c.box(x, 250, 50, 70, (p.accent, p.main, c.paper)[(number + round(c.turn * 5)) % 3], 6)
        c.box(x - 6, 240, 62, 14, p.second, 4)
        c.box(x - 6, 316, 62, 14, p.second, 4)
    c.box(170, 330, 480, 14, p.second, 6)
    c.shadow(620, 692, 400)
    c.box(270, 610, 700, 76, p.main, 24)
    c.box(820, 380, 130, 250, p.main, 30)
    c.box(360, 370, 590, 110, p.main, 50)
    c.box(360, 370, 110, 180, p.main, 40)
    c.box(408, 548, 14, 62, METAL)
    c.disc(980, 450, 56, p.second)
    c.disc(980, 450, 20, p.accent)
    c.disc(640, 425, 20, c.paper)
    c.disc(720, 425, 20, p.accent)
    cloth = [(130, 640), (520, 596), (560, 640), (470, 780), (170, 820)]
    c.shape(cloth, p.accent)
    for number in range(4):
        c.disc(220 + 80 * number, 720 - 14 * number, 17, c.paper)


def bicycle(c: Canvas, spec: Spec) -> None:
    p, lift = c.palette, 14 * c.turn
    c.room(720)
    c.shadow(640, 830, 250)
    post = mix(p.second, "#ffffff", 0.3)
    c.line([(520, 836), (640, 776), (760, 836)], mix(post, "#000000", 0.2), 20)
    c.line([(640, 776), (640, 240)], post, 22)
    rear, crank, seat = (330, 560 - lift), (530, 560 - lift), (455, 330 - lift)
    _wheel(c, *rear, 158)
    c.line([rear, crank, (475, 392 - lift), rear], p.main, 18)
    c.line([(475, 392 - lift), (812, 362 - lift), crank, seat], p.main, 22)
    c.line([(790, 280 - lift), (822, 400 - lift)], p.main, 26)
    c.line([(822, 400 - lift), (842, 480 - lift), (880, 560 - lift)], mix(p.main, "#000000", 0.2), 18)
    c.line([(872, 566 - lift), (890, 560 - lift)], METAL, 14)
    c.line(
        [(788, 274 - lift), (780, 236 - lift), (846, 226 - lift), (880, 252 - lift), (858, 280 - lift)],
        DARK,
        15,
    )
    c.line([(455, 330 - lift), (448, 292 - lift)], METAL, 14)
    c.shape(
        [(376, 268 - lift), (400, 258 - lift), (520, 274 - lift), (518, 290 - lift), (400, 300 - lift)], DARK
    )
    c.ring(*crank, 48, p.second, 12)
    for side in (-1, 1):
        pedal = c.turned(*crank, [(0, 0), (84 * side, 0)], 40 + 40 * c.turn)
        c.line(pedal, DARK, 12)
        c.box(pedal[1][0] - 28, pedal[1][1] - 7, 56, 14, DARK, 6)
    c.box(610, 356 - lift, 66, 48, DARK, 12)
    c.disc(643, 380 - lift, 12, p.accent)
    _wheel(c, 722, 672, 158, wide=0.5)


def _wheel(c: Canvas, x: float, y: float, r: float, *, wide: float = 1) -> None:
    """A wheel from the side; `wide` below 1 turns it away from us, and it leans a little."""
    lean = 0 if wide == 1 else -9
    c.line(c.turned(x, y, _ellipse(r * wide, r), lean), DARK, 17)
    c.line(c.turned(x, y, _ellipse((r - 15) * wide, r - 15), lean), METAL, 6)
    for degrees in range(0, 180, 20):
        angle = math.radians(degrees + 20 * c.turn)
        spoke = ((r - 18) * wide * math.cos(angle), (r - 18) * math.sin(angle))
        c.line(c.turned(x, y, [spoke, (-spoke[0], -spoke[1])], lean), METAL, 3)
    c.disc(x, y, 17 * (1 + wide) / 2, c.palette.accent)


def lamp(c: Canvas, spec: Spec) -> None:
    p, x = c.palette, 520 + 80 * c.turn
    c.box(0, 0, 1200, 900, mix(p.ground, p.second, 0.35))
    for r, share in ((330, 0.35), (260, 0.6), (190, 0.85)):
        c.disc(x + 170, 420, r, mix(mix(p.ground, p.second, 0.35), "#ffe9b8", share))
    c.box(0, 700, 1200, 200, mix(p.second, "#000000", 0.1))
    draw_lamp(c, x, lit=True)


def draw_lamp(c: Canvas, x: float, *, lit: bool, size: float = 1.0) -> None:
    """A desk lamp standing at `x`; unlit, its head hangs."""
    p = c.palette

    def at(px: float, py: float) -> tuple[float, float]:
        return x + px * size, 720 + (py - 720) * size

    head = (170, 400) if lit else (150, 560)
    c.disc(*at(0, 720), 120 * size, p.main, ry=30 * size)
    c.line([at(0, 710), at(-90, 540), at(60, 380), at(*head)], p.main, 20 * size)
    shade = [(-60, -50), (60, -50), (120, 70), (-120, 70)]
    turned = c.turned(*at(*head), [(a * size, b * size) for a, b in shade], -12 if lit else 58)
    if lit:
        c.disc(*at(184, 470), 46 * size, "#fff3cf")
    c.shape(turned, p.accent if lit else mix(p.accent, p.second, 0.45))


def radio(c: Canvas, spec: Spec) -> None:
    p, x = c.palette, 230 + 60 * c.turn
    c.room()
    c.shadow(x + 340, 692, 400)
    c.box(x, 280, 680, 400, mix(p.main, "#8a5a2b", 0.25), 46)
    c.box(x + 24, 304, 632, 352, mix(p.main, "#000000", 0.14), 34)
    c.disc(x + 190, 480, 145, mix(p.second, "#000000", 0.25))
    for r in (118, 90, 62, 34):
        c.ring(x + 190, 480, r, mix(p.main, "#ffffff", 0.25), 7)
    c.box(x + 370, 340, 256, 110, "#ffeec2", 14)
    for number in range(9):
        c.box(x + 390 + 26 * number, 360, 3, 34 if number % 2 else 52, p.second)
    c.box(x + 400 + 190 * c.turn, 348, 6, 94, "#c2402b")
    for knob in (430, 570):
        c.disc(x + knob, 555, 48, p.accent)
        c.line([(x + knob, 555), (x + knob + 24, 524)], p.second, 8)
    c.box(x + 60, 676, 60, 18, DARK, 6)
    c.box(x + 560, 676, 60, 18, DARK, 6)


def hands(c: Canvas, spec: Spec) -> None:
    p = c.palette
    c.disc(600, 470, 420, mix(p.ground, "#ffffff", 0.4))
    _arm(c, (0, 830), (360, 560), "#8d5a3b")
    _arm(c, (1200, 830), (840, 560), "#e2b48c")
    c.box(370, 380, 460, 300, p.second, 34)
    c.box(396, 406, 408, 248, "#2f6b4f", 18)
    for x, y, w in ((420, 430, 90), (540, 440, 60), (430, 560, 130)):
        c.box(x, y, w, 44, DARK, 6)
    for number in range(5):
        c.line([(520 + 16 * number, 520), (520 + 16 * number, 600)], "#d9b44a", 4)
    for degrees in range(0, 360, 45):
        tooth = c.turned(690, 540, [(60, -14), (84, -10), (84, 10), (60, 14)], degrees + 40 * c.turn)
        c.shape(tooth, p.accent)
    c.disc(690, 540, 64, p.accent)
    c.disc(690, 540, 22, p.second)
    for side, skin in ((380, "#8d5a3b"), (820, "#e2b48c")):
        c.disc(side, 610, 44, skin, ry=64)
    _arm(c, (760, 0), (690, 250), "#5b3a29")
    c.screwdriver(650, 350, 72, 1.1)
    c.disc(672, 270, 56, "#5b3a29")


def _arm(c: Canvas, start: tuple[float, float], end: tuple[float, float], skin: str) -> None:
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    c.line([start, end], skin, 110)
    c.line([start, middle], c.palette.main, 140)


def _screw(c: Canvas, x: float, y: float, degrees: float) -> None:
    grey = mix(METAL, "#000000", 0.5)
    c.shape(c.turned(x, y, [(0, -5), (34, -1), (34, 1), (0, 5)], degrees), grey)
    c.line(c.turned(x, y, [(0, -8), (0, 8)], degrees), grey, 7)


def _kettle_base(c: Canvas, x: float) -> None:
    p = c.palette
    cord = [(x - 100 - 60 * step, 764 + (0, 22, 30, 16, -6)[step]) for step in range(5)]
    c.line(cord, DARK, 11)
    c.disc(x, 778, 176, mix(p.second, "#000000", 0.4), ry=50)
    c.disc(x, 758, 172, mix(p.main, "#000000", 0.3), ry=48)
    c.disc(x, 750, 150, mix(p.main, "#ffffff", 0.12), ry=38)
    c.disc(x, 748, 46, DARK, ry=14)
    c.disc(x, 738, 24, METAL, ry=9)


def _ellipse(rx: float, ry: float) -> list[Point]:
    turns = (math.radians(degrees) for degrees in range(0, 366, 6))
    return [(rx * math.cos(turn), ry * math.sin(turn)) for turn in turns]
