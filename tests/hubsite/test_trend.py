from __future__ import annotations

from django.template.loader import render_to_string

from hubsite.lib.trend import FLOOR, HEADROOM, Point, Trend


def trend(*values: float | None) -> Trend:
    points = [Point(f"M{at}", value, f"{value} hours", f"{value} h") for at, value in enumerate(values)]
    return Trend("answers", "Time to first answer", "It fell from 9 to 3 hours.", points)


def test_highest_bar_fills_the_drawing_and_the_others_are_in_proportion() -> None:
    full, half, none = trend(8, 4, 0).bars
    assert full.height == FLOOR - HEADROOM
    assert half.height * 2 == full.height
    assert 0 < none.height < 5


def test_first_and_last_measure_carry_their_value_unless_they_stand_side_by_side() -> None:
    assert [bar.figure for bar in trend(8, 4, None, 3, None).bars] == ["8 h", "", "", "3 h", ""]
    assert [bar.figure for bar in trend(8, 4).bars] == ["", "4 h"]


def test_month_without_a_measure_has_no_bar_but_a_row_in_the_table() -> None:
    drawn = render_to_string("pieces/_trend.html", {"trend": trend(8, None, 3)})
    assert drawn.count("<rect") == 2
    assert drawn.count('<th scope="row">') == 3


def test_drawing_without_any_measure_says_so_in_words_alone() -> None:
    drawn = render_to_string("pieces/_trend.html", {"trend": trend(None, None)})
    assert "<svg" not in drawn
    assert "It fell from 9 to 3 hours." in drawn
