"""The pictures the demo draws for itself."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from hubsite.demo import content, scenes

USED = sorted(
    {
        (post["image"]["scene"], post["image"]["palette"], post["image"].get("variant", ""))
        for kind in ("posts", "fresh")
        for post in content.posts()[kind]
        if "image" in post
    }
)


@pytest.mark.parametrize(("scene", "palette", "variant"), USED)
def test_every_scene_in_use_draws(scene, palette, variant):
    image = {"scene": scene, "palette": palette, "words": "Open tonight"}
    if variant:
        image["variant"] = variant

    picture = Image.open(io.BytesIO(scenes.draw(image, 3)))

    assert picture.format == "JPEG"
    assert picture.size == (1200, 900)
    assert len(picture.quantize(32).getcolors()) > 5


def test_every_scene_the_hub_can_draw_is_used():
    assert {scene for scene, _palette, _variant in USED} == set(scenes.SCENES)


@pytest.mark.parametrize("scene", sorted(scenes.SCENES))
def test_pictures_are_the_same_on_every_run_and_differ_by_number(scene):
    image = {"scene": scene, "palette": "sea", "words": "Open"}

    assert scenes.draw(image, 5) == scenes.draw(image, 5)
    if scene not in {"before_after"}:
        assert scenes.draw(image, 5) != scenes.draw(image, 6)
