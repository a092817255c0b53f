from __future__ import annotations

import pytest

from playbooks.audience import Audience, Standing, fit

LISBON = Standing("Lisbon", frozenset({1, 2}), frozenset({"mastodon", "sandbox"}), 6, 2, "pt-pt")


@pytest.mark.parametrize(
    ("audience", "fits"),
    [
        (Audience(), True),
        (Audience(regions={1: "South"}), True),
        (Audience(regions={9: "North"}), False),
        (Audience(platforms=("mastodon", "x")), True),
        (Audience(platforms=("any",)), True),
        (Audience(platforms=("x",)), False),
        (Audience(language="pt"), True),
        (Audience(language="de"), False),
        (Audience(min_members=6, max_members=6), True),
        (Audience(min_members=7), False),
        (Audience(max_members=5), False),
        (Audience(min_accounts=3), False),
        (Audience(max_accounts=2), True),
        (Audience(regions={1: "South"}, platforms=("x",)), False),
    ],
)
def test_everything_an_audience_asks_has_to_hold(audience: Audience, fits: bool) -> None:
    found = fit(audience, LISBON)
    assert found.fits is fits
    assert bool(found.why) is fits


def test_the_sentence_says_what_of_the_chapter_makes_it_fit() -> None:
    found = fit(Audience(regions={1: "South"}, platforms=("mastodon",), max_members=10), LISBON)
    assert found.why == "You see it because Lisbon is in South, is on Mastodon and has 6 members here."
    assert fit(Audience(), LISBON).why == "It is offered to every chapter."
