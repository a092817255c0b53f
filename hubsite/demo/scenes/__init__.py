"""The demo's pictures, drawn by the hub itself: what content/scenes.md describes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hubsite.demo.scenes import places, things
from hubsite.demo.scenes.canvas import Canvas, Palette

PALETTES = {
    "clay": Palette("#f4e7dc", "#b5563a", "#7a3b2a", "#e3a55b"),
    "moss": Palette("#eef0e2", "#5f7a45", "#33492f", "#d9b44a"),
    "sea": Palette("#e3eff0", "#2f7d86", "#1c4a57", "#f0b27a"),
    "dusk": Palette("#2d3145", "#5a5f86", "#a3a8cf", "#f2c46d"),
    "plum": Palette("#f2e6ee", "#7d3f66", "#4a2745", "#e39bb0"),
    "sun": Palette("#fdf3d8", "#d98e1f", "#8a5213", "#3e7c74"),
    "slate": Palette("#e9ecef", "#55626f", "#2c3640", "#d7793f"),
}

SCENES: dict[str, Callable[[Canvas, Mapping[str, Any]], None]] = {
    "toaster": things.toaster,
    "kettle": things.kettle,
    "bicycle": things.bicycle,
    "sewing": things.sewing,
    "lamp": things.lamp,
    "radio": things.radio,
    "hands": things.hands,
    "market_stall": places.market_stall,
    "group_photo": places.group_photo,
    "poster": places.poster,
    "before_after": places.before_after,
    "tea_table": places.tea_table,
    "tool_wall": places.tool_wall,
    "open_door": places.open_door,
}

STEPS = 17  # pictures of one scene that differ before the first comes again


def draw(image: Mapping[str, Any], number: int) -> bytes:
    """A picture of `image`'s scene as JPEG bytes: the same on every run, a little different by `number`."""
    canvas = Canvas(PALETTES[image["palette"]], turn=number * 7 % STEPS / STEPS)
    SCENES[image["scene"]](canvas, image)
    return canvas.jpeg()
