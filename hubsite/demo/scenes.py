"""The demo's pictures."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageDraw

PALETTES = {
    "clay": ("#f4e7dc", "#b5563a", "#7a3b2a", "#e3a55b"),
    "moss": ("#eef0e2", "#5f7a45", "#33492f", "#d9b44a"),
    "sea": ("#e3eff0", "#2f7d86", "#1c4a57", "#f0b27a"),
    "dusk": ("#2d3145", "#5a5f86", "#a3a8cf", "#f2c46d"),
    "plum": ("#f2e6ee", "#7d3f66", "#4a2745", "#e39bb0"),
    "sun": ("#fdf3d8", "#d98e1f", "#8a5213", "#3e7c74"),
    "slate": ("#e9ecef", "#55626f", "#2c3640", "#d7793f"),
}


def draw(image: Mapping[str, Any], number: int) -> bytes:
    """A picture of `image`'s scene as JPEG bytes, the same on every run."""
    background, main, second, accent = PALETTES[image["palette"]]
    canvas = Image.new("RGB", (1200, 900), background)
    pen = ImageDraw.Draw(canvas)
    shift = number * 37 % 200 - 100
    pen.rectangle((0, 640, 1200, 900), fill=second)
    pen.ellipse((380 + shift, 200, 820 + shift, 640), fill=main)
    pen.ellipse((760 + shift, 160, 900 + shift, 300), fill=accent)
    out = io.BytesIO()
    canvas.save(out, "JPEG", quality=88)
    return out.getvalue()
