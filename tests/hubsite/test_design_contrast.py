"""The colours of tokens.css keep their promises: contrast in both themes, hex like OKLCH."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "static" / "css"
THEMES = ("light", "dark")
COLOUR = r"(oklch\([\d. ]+\)|#[0-9a-f]{6})"
PAIR = re.compile(rf"--([a-z-]+): var\(--in-light, {COLOUR}\) var\(--in-dark, {COLOUR}\);")
HUE_PART = re.compile(
    r"--(hue-[a-z]+): var\(--in-light, oklch\(([\d.]+) ([\d.]+) var\(--hue\)\)\)"
    r" var\(--in-dark, oklch\(([\d.]+) ([\d.]+) var\(--hue\)\)\);"
)

GROUNDS = ("paper", "surface", "sunken")
MEANINGS = ("accent", "attention", "failure", "success")
BODY_TEXT = [("ink", ground) for ground in (*GROUNDS, *(f"{m}-tint" for m in MEANINGS))]
BODY_TEXT += [("ink-soft", ground) for ground in GROUNDS]
OTHER_TEXT = [(f"{m}-ink", ground) for m in MEANINGS for ground in (*GROUNDS, f"{m}-tint")]
OTHER_TEXT += [(f"{m}-on", f"{m}-fill") for m in MEANINGS]
OTHER_TEXT += [("accent-on", "accent-fill-strong"), ("failure-on", "failure-fill-strong")]
OTHER_TEXT += [("film-on", "film")]  # on a video, whichever the theme
SHAPES = [("control-line", ground) for ground in GROUNDS]
SHAPES += [("accent-fill", ground) for ground in (*GROUNDS, "accent-tint")]
SHAPES += [("failure-fill", ground) for ground in GROUNDS]


def linear_from_oklch(lightness: float, chroma: float, hue: float) -> list[float]:
    """Linear sRGB of an OKLCH colour, by the matrices of CSS Color 4; may lie outside 0 to 1."""
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return [
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    ]


def linear_from_hex(code: str) -> list[float]:
    channels = [int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def linear(colour: str) -> list[float]:
    if colour.startswith("#"):
        return linear_from_hex(colour)
    return linear_from_oklch(*(float(part) for part in colour[6:-1].split()))


def luminance(rgb: list[float]) -> float:
    red, green, blue = (min(1.0, max(0.0, channel)) for channel in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: list[float], other: list[float]) -> float:
    """The WCAG ratio, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def tokens(*, fallback: bool) -> dict[str, dict[str, str]]:
    """Theme to token to colour: the OKLCH ones, or the hex ones for older browsers."""
    modern, _, older = (CSS / "tokens.css").read_text().partition("@supports not")
    found = PAIR.findall(older if fallback else modern)
    return {
        "light": {name: light for name, light, _ in found},
        "dark": {name: dark for name, _, dark in found},
    }


def shortfalls(pairs: list[tuple[str, str]], at_least: float) -> list[str]:
    return [
        f"{theme}: {front} on {ground} is {ratio:.2f}"
        for fallback in (False, True)
        for theme, colours in tokens(fallback=fallback).items()
        for front, ground in pairs
        if (ratio := contrast(linear(colours[front]), linear(colours[ground]))) < at_least
    ]


def test_body_text_has_seven_to_one_in_both_themes():
    assert shortfalls(BODY_TEXT, 7) == []


def test_every_other_text_has_four_and_a_half_to_one():
    assert shortfalls(OTHER_TEXT, 4.5) == []


def test_borders_of_controls_and_focus_rings_have_three_to_one():
    assert shortfalls(SHAPES, 3) == []


def test_every_colour_has_a_fallback_that_looks_the_same():
    modern, older = tokens(fallback=False), tokens(fallback=True)
    for theme in THEMES:
        assert modern[theme].keys() == older[theme].keys()
        for name, colour in modern[theme].items():
            seen = [min(1.0, max(0.0, channel)) for channel in linear(colour)]
            assert seen == pytest.approx(linear(older[theme][name]), abs=0.01), f"{theme} {name}"


def test_chapter_hues_are_twelve_and_legible():
    css = (CSS / "hues.css").read_text()
    hues = [float(hue) for hue in re.findall(r"--hue: (\d+);", css)]
    parts = {name: values for name, *values in HUE_PART.findall(css)}
    assert len(hues) == 12
    for at in (0, 2):
        for hue in hues:
            ink, tint = (
                linear_from_oklch(float(parts[name][at]), float(parts[name][at + 1]), hue)
                for name in ("hue-ink", "hue-tint")
            )
            assert contrast(ink, tint) >= 4.5


def test_account_marks_carry_white_letters_legibly():
    css = (CSS / "account.css").read_text()
    fills = re.findall(r"--mark-fill: oklch\(([\d. ]+)\)", css)
    assert fills
    for fill in fills:
        assert contrast(linear(f"oklch({fill})"), linear("oklch(0.99 0 0)")) >= 4.5, fill


def test_no_stylesheet_but_the_palettes_names_a_colour():
    """Everything else goes through tokens, or dark mode would forget it."""
    palettes = {"tokens.css", "hues.css", "account.css", "print.css"}
    stray = [
        f"{path.name}: {line.strip()}"
        for path in sorted(CSS.glob("*.css"))
        if path.name not in palettes
        for line in path.read_text().splitlines()
        if re.search(r"#[0-9a-f]{3,8}\b\s*[;,)]|\brgba?\(|oklch\((?!1 0 0\))", line)
    ]
    assert stray == []
