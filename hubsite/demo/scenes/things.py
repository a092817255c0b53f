"""Scenes of one thing: what lies on the bench."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubsite.demo.scenes.canvas import Canvas, mix
from hubsite.demo.scenes.tools import DARK, METAL

Spec = Mapping[str, Any]


def toaster(c: Canvas, spec: Spec) -> None:
    p, x = c.palette, 380 + 60 * c.turn
    c.room()
    c.shadow(x + 190, 690, 260)
    for slot in (70, 210):
        c.box(x + slot, 330, 110, 60, mix(p.accent, "#8a5a2b", 0.35), 16)
    c.box(x, 370, 390, 310, p.main, 60)
    c.box(x + 30, 385, 330, 26, mix(p.main, "#000000", 0.35), 12)
    c.box(x + 40, 470, 200, 150, mix(p.main, "#ffffff", 0.18), 24)
    c.box(x + 330, 440, 22, 170, mix(p.main, "#000000", 0.3), 10)
    c.box(x + 318, 470 + 60 * c.turn, 46, 30, DARK, 10)
    plate = c.turned(930, 740, [(-150, -34), (120, -34), (150, 34), (-120, 34)], -4)
    c.shape(plate, METAL)
    for hole in (-90, 0, 90):
        c.disc(930 + hole, 742, 9, mix(METAL, "#000000", 0.4))
    c.disc(250, 770, 96, c.paper, ry=30)
    for number in range(3):
        c.line([(215 + 32 * number, 764), (225 + 32 * number, 752)], mix(METAL, "#000000", 0.35), 9)


def kettle(c: Canvas, spec: Spec) -> None:
    p, x = c.palette, 460 + 80 * c.turn
    c.room()
    c.shadow(x + 110, 690, 230)
    c.shape([(x - 60, 680), (x + 280, 680), (x + 235, 360), (x - 15, 360)], p.main)
    c.shape([(x - 30, 450), (x - 130, 390), (x - 120, 440), (x - 40, 540)], p.main)
    c.arc(x + 270, 500, 110, 265, 85, p.second, 34)
    c.shape(c.turned(x + 225, 350, [(-240, -26), (0, -12), (0, 14), (-240, 14)], 38), p.second)
    c.disc(x + 85, 262 - 20 * c.turn, 20, p.accent)
    c.box(x - 10, 360, 240, 18, mix(p.main, "#000000", 0.35), 8)
    c.box(x + 10, 430, 34, 200, mix(p.main, "#ffffff", 0.25), 16)
    c.shadow(250, 770, 170)
    c.disc(250, 752, 160, p.second, ry=44)
    c.disc(250, 742, 50, mix(p.second, "#ffffff", 0.3), ry=14)
    c.screwdriver(560, 800, -8)


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
    p, lift = c.palette, 12 * c.turn
    c.room(720)
    c.box(636, 250, 18, 500, mix(p.second, "#ffffff", 0.2), 6)
    c.line([(560, 770), (645, 730), (730, 770)], mix(p.second, "#ffffff", 0.2), 18)
    c.box(590, 296 - lift, 110, 30, DARK, 10)
    _wheel(c, 380, 560 - lift, 150)
    c.line(
        [(380, 560 - lift), (480, 370 - lift), (800, 360 - lift), (580, 560 - lift), (380, 560 - lift)],
        p.main,
        20,
    )
    c.line([(480, 370 - lift), (580, 560 - lift)], p.main, 20)
    c.line([(465, 320 - lift), (490, 390 - lift)], p.second, 16)
    c.line([(420, 316 - lift), (520, 312 - lift)], DARK, 26)
    c.line([(800, 360 - lift), (850, 560 - lift)], p.main, 18)
    c.line([(800, 360 - lift), (788, 300 - lift), (860, 276 - lift)], p.second, 16)
    c.ring(580, 560 - lift, 44, p.second, 14)
    c.line([(580, 560 - lift), (630, 610 - lift)], p.second, 12)
    _wheel(c, 985, 600, 150)


def _wheel(c: Canvas, x: float, y: float, r: float) -> None:
    c.ring(x, y, r, DARK, 16)
    for degrees in range(0, 180, 20):
        spoke = c.turned(x, y, [(-r + 14, 0), (r - 14, 0)], degrees + 20 * c.turn)
        c.line(spoke, METAL, 3)
    c.disc(x, y, 16, c.palette.accent)


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
