"""Scenes of places and people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubsite.demo.scenes.canvas import WIDTH, Canvas, mix
from hubsite.demo.scenes.things import draw_lamp
from hubsite.demo.scenes.tools import DARK, HAMMER, METAL, SAW, TOOLS, outline, tool

Spec = Mapping[str, Any]
SKINS = ("#f1c9a5", "#8d5a3b", "#d9a066", "#5b3a29", "#e2b48c", "#a8704a")
HAIR = ("#3a2a20", "#1d1a1a", "#b5763a", "#d8d3c8", "#6b3f2a", "#2a2233")


def market_stall(c: Canvas, spec: Spec) -> None:
    p = c.palette
    c.room(740)
    c.shadow(600, 800, 510)
    for x in (150, 1030):
        c.box(x, 200, 20, 500, mix(p.second, "#ffffff", 0.25))
    _awning(c)
    c.box(120, 640, 960, 160, p.second, 8)
    for number in range(1, 6):
        c.box(120 + 160 * number, 650, 4, 150, mix(p.second, "#000000", 0.2))
    c.shape([(170, 420), (1030, 420), (1100, 624), (100, 624)], mix(p.ground, "#d9b58a", 0.55))
    c.box(98, 616, 1004, 30, mix(p.accent, "#8a5a2b", 0.4), 8)
    first = round(c.turn * 5)
    for number in range(8):
        kind = (number * 5 + first) % len(TOOLS)
        row, place = divmod(number, 4)
        degrees = (4 if kind == SAW else 84) - 20 * c.turn + 11 * (place % 2)
        x, y = (288 if row == 0 else 240) + (206 + 30 * row) * place, 474 + 86 * row
        tool(c, kind, x, y, degrees=degrees, size=0.62 + 0.1 * row)


def group_photo(c: Canvas, spec: Spec) -> None:
    p = c.palette
    c.room(700)
    first = round(c.turn * 6)
    for number in range(6):
        x = 190 + 164 * number
        tall = (0, 46, -20, 30, -36, 14)[(number + first) % 6]
        skin, hair = SKINS[(number + first) % 6], HAIR[(number * 5 + first) % 6]
        shirt = (p.main, c.paper, p.second)[number % 3]
        c.disc(x, 300 - tall, 66, hair)
        c.disc(x, 316 - tall, 54, skin)
        c.box(x - 18, 356 - tall, 36, 40, skin)
        c.box(x - 78, 384 - tall, 156, 360, shirt, 50)
        c.box(x - 48, 430 - tall, 96, 320, p.accent, 16)
        c.line([(x - 26, 432 - tall), (x - 20, 390 - tall)], p.accent, 9)
        c.line([(x + 26, 432 - tall), (x + 20, 390 - tall)], p.accent, 9)
        if number:
            c.line([(x - 84, 520), (x - 66, 470 - tall / 2)], skin, 30)
    c.box(60, 610, 1080, 36, mix(p.accent, "#8a5a2b", 0.35), 8)
    c.box(80, 646, 1040, 254, mix(p.second, "#000000", 0.15))


def poster(c: Canvas, spec: Spec) -> None:
    p = c.palette
    c.disc(240 + 700 * c.turn, 240, 320, mix(p.ground, "#ffffff", 0.4))
    c.shape(c.turned(612, 462, [(-290, -350), (290, -350), (290, 350), (-290, 350)], 2), c.shade)
    tilt = -1.5 + 3 * c.turn
    c.shape(c.turned(600, 450, [(-290, -350), (290, -350), (290, 350), (-290, 350)], tilt), c.paper)
    c.shape(c.turned(600, 450, [(-290, -350), (290, -350), (290, -250), (-290, -250)], tilt), p.main)
    c.words(spec.get("words", ""), 600, 420, 480, 86, p.lettering)
    c.screwdriver(600, 690, -14, 1.2)
    c.disc(600, 128, 16, p.accent)


def open_door(c: Canvas, spec: Spec) -> None:
    p = c.palette
    wall = mix(p.second, p.main, 0.3)
    c.box(0, 0, WIDTH, 900, wall)
    for row in range(9):
        for brick in range(8):
            x = brick * 170 - (85 if row % 2 else 0)
            c.box(x + 4, row * 84 + 4, 160, 74, mix(wall, "#ffffff", 0.05), 6)
    c.box(0, 760, WIDTH, 140, mix(p.ground, p.second, 0.45))
    x = 150 + 60 * c.turn
    c.box(x, 170, 330, 600, mix(p.second, "#000000", 0.3), 10)
    c.box(x + 24, 194, 282, 576, "#ffe6ad")
    c.disc(x + 165, 340, 60, "#fff6df")
    c.shape([(x + 24, 194), (x - 110, 250), (x - 110, 830), (x + 24, 770)], p.accent)
    c.disc(x - 84, 540, 12, p.second)
    c.shape([(x + 24, 770), (x + 306, 770), (x + 430, 900), (x - 40, 900)], mix("#ffe6ad", p.ground, 0.4))
    _board(c, 740, spec.get("words", ""))


def _board(c: Canvas, x: float, words: str) -> None:
    p = c.palette
    c.shape([(x + 40, 400), (x + 330, 400), (x + 390, 850), (x - 20, 850)], mix(p.second, "#000000", 0.45))
    c.shape([(x + 62, 430), (x + 308, 430), (x + 352, 790), (x + 18, 790)], "#33403b")
    if words:
        c.words(words, x + 185, 590, 260, 66, "#f6f2e4")
        return
    for number in range(3):
        c.box(x + 70 - 6 * number, 510 + 80 * number, 230 + 12 * number, 16, "#f6f2e4", 8)


def tea_table(c: Canvas, spec: Spec) -> None:
    p = c.palette
    c.disc(616, 476, 396, c.shade)
    c.disc(600, 460, 390, mix(p.accent, "#b98a55", 0.5))
    c.disc(600, 460, 340, mix(p.accent, "#ffffff", 0.3))
    c.disc(470, 380, 108, p.main)
    c.line([(560, 400), (640, 370)], p.main, 34)
    c.arc(372, 372, 56, 90, 270, p.main, 22)
    c.disc(470, 380, 60, mix(p.main, "#ffffff", 0.2))
    c.disc(470, 380, 16, p.second)
    c.disc(720, 560, 140, c.paper)
    start = 20 + 60 * c.turn
    c.slice(720, 560, 112, start + 55, start + 360, mix(p.second, "#7a4a2a", 0.5))
    for degrees in range(80, 360, 56):
        ((x, y),) = c.turned(720, 560, [(70, 0)], start + degrees)
        c.disc(x, y, 14, "#b53b3b")
    for degrees in (200, 255, 310, 5, 110):
        ((x, y),) = c.turned(600, 460, [(268, 0)], degrees + 20 * c.turn)
        c.disc(x, y, 52, c.paper)
        c.disc(x, y, 38, p.second)
        c.disc(x, y, 30, mix("#a8682e", p.second, 0.2))


def tool_wall(c: Canvas, spec: Spec) -> None:
    p = c.palette
    board = mix(p.ground, "#b98a55", 0.4)
    c.box(52, 44, 1104, 828, c.shade, 22)
    c.box(44, 32, 1112, 828, mix(board, "#000000", 0.22), 22)
    c.box(58, 46, 1084, 800, board, 14)
    for row in range(15):
        for column in range(20):
            c.disc(106 + 52 * column, 82 + 52 * row, 5, mix(board, "#000000", 0.22))
    painted = mix(board, "#000000", 0.45) if p.is_dark else mix(board, "#ffffff", 0.62)
    first = round(c.turn * 7)
    empty = (first * 3 + 2) % 8
    for number in range(8):
        kind = (number + first) % len(TOOLS)
        x, y = 204 + 264 * (number % 4), 252 + 388 * (number // 4)
        size = 0.82 if kind == SAW else 1.35
        outline(c, kind, x, y, painted, size=size)
        if number != empty:
            tool(c, kind, x, y, size=size)
            c.disc(x, y - 110 * size if kind not in (SAW, HAMMER) else y - 56 * size, 8, DARK)


def before_after(c: Canvas, spec: Spec) -> None:
    p = c.palette
    c.box(600, 0, 600, 900, mix(p.ground, p.accent, 0.25))
    c.box(0, 720, 600, 180, mix(p.second, p.ground, 0.3))
    c.box(600, 720, 600, 180, p.second)
    draw = {"lamp": _lamps, "jacket": _jackets}.get(spec.get("variant", "chair"), _chairs)
    draw(c)
    c.box(594, 0, 12, 900, c.paper)


def _lamps(c: Canvas) -> None:
    c.disc(1030, 420, 170, "#fff0c4")
    draw_lamp(c, 260, lit=False)
    draw_lamp(c, 860, lit=True)


def _chairs(c: Canvas) -> None:
    for x, broken in ((170, True), (770, False)):
        wood = mix(c.palette.main, "#8a5a2b", 0.2)
        lean = 7 if broken else 0

        def part(
            points: list[tuple[float, float]], x: float = x, lean: float = lean, wood: str = wood
        ) -> None:
            c.shape(c.turned(x + 130, 480, points, lean), wood)

        part([(-110, -290), (-80, -290), (-80, 240), (-110, 240)])
        part([(-110, -280), (110, -280), (110, -220), (-110, -220)])
        part([(-110, -170), (110, -170), (110, -120), (-110, -120)])
        part([(80, -290), (110, -290), (110, 20), (80, 20)])
        part([(-130, 0), (130, 0), (140, 44), (-130, 44)])
        part([(80, 40), (110, 40), (110, 100 if broken else 240), (80, 100 if broken else 240)])
        if broken:
            c.shape(c.turned(420, 760, [(-70, -15), (70, -15), (70, 15), (-70, 15)], -16), wood)
        else:
            c.disc(x + 130, 470, 100, c.palette.accent, ry=18)


def _jackets(c: Canvas) -> None:
    p = c.palette
    for x, torn in ((300, True), (900, False)):
        gap = 60 if torn else 6
        for side in (-1, 1):
            body = [(gap * side, 240), (150 * side, 220), (170 * side, 700), ((gap + 10) * side, 700)]
            c.shape([(x + px, py) for px, py in body], p.main)
            sleeve = [
                (140 * side, 225),
                (230 * side, 300),
                (250 * side, 600),
                (180 * side, 610),
                (150 * side, 380),
            ]
            c.shape([(x + px, py) for px, py in sleeve], mix(p.main, p.second, 0.3))
        c.disc(x, 224, 64, p.second, ry=26)
        if torn:
            c.line([(x - 58, 300), (x - 40, 420), (x - 70, 470), (x - 48, 690)], METAL, 8)
            c.line([(x + 58, 300), (x + 66, 520)], METAL, 8)
        else:
            c.line([(x, 250), (x, 694)], p.accent, 16)
            c.box(x - 10, 300, 20, 46, p.accent, 8)


def _awning(c: Canvas) -> None:
    p, wide, count = c.palette, 98, 10
    for number in range(count):
        fill = p.main if number % 2 else c.paper
        top, low = 160 + number * 88, 110 + number * wide
        c.shape([(top, 110), (top + 88, 110), (low + wide, 270), (low, 270)], fill)
        c.box(low, 269, wide, 26, mix(fill, "#000000", 0.08))
        c.slice(low + wide / 2, 293, wide / 2, 0, 180, mix(fill, "#000000", 0.08))
    c.box(150, 100, 900, 18, p.second, 8)
