from __future__ import annotations

from datetime import date, datetime, time, timedelta

from posts.rhythm import FURTHEST, PER_WEEKDAY, Wish, spread, usual_hours

MONDAY = date(2026, 11, 30)


def test_the_usual_hour_is_the_median_of_the_last_twenty_on_that_weekday() -> None:
    mondays = [datetime(2026, 11, 30, hour) - timedelta(weeks=n) for n, hour in enumerate([9, 19, 20])]
    old = [datetime(2020, 1, 6, 3)] * PER_WEEKDAY * 2
    latest = [datetime(2026, 11, 29, 18, 30, 12)] * PER_WEEKDAY
    hours = usual_hours([*mondays, *latest, datetime(2020, 1, 5, 3)])
    assert hours == {0: time(19, 0), 6: time(18, 30)}
    assert usual_hours([*mondays * 7, *old])[0] == time(19, 0)  # only the last twenty count


def test_three_posts_are_spread_over_the_week_at_the_usual_hour() -> None:
    found = spread([Wish()] * 3, begin=MONDAY, hours={0: time(9, 30)})
    assert found == [
        datetime(2026, 11, 30, 9, 30), datetime(2026, 12, 2, 18), datetime(2026, 12, 4, 18)
    ]  # fmt: skip


def test_days_that_have_a_plan_already_are_left_free() -> None:
    taken = {MONDAY, MONDAY + timedelta(days=1)}
    assert spread([Wish()], begin=MONDAY, hours={}, taken=taken)[0].date() == MONDAY + timedelta(days=2)


def test_a_kits_own_dates_and_hours_are_kept_and_the_others_go_around_them() -> None:
    wishes = [
        Wish(on=MONDAY + timedelta(days=2), at=time(7, 15)),
        Wish(day=2),
        Wish(),
        Wish(on=date(2020, 1, 1)),
    ]
    found = spread(wishes, begin=MONDAY, hours={})
    assert found[0] == datetime(2026, 12, 2, 7, 15)
    assert found[1] == datetime(2026, 12, 1, 18)
    assert len({at.date() for at in found}) == 4
    assert all(at.date() >= MONDAY for at in found)


def test_a_day_gets_two_only_when_there_are_more_posts_than_days() -> None:
    full = spread([Wish()] * FURTHEST, begin=MONDAY, hours={})
    assert len({at.date() for at in full}) == FURTHEST
    more = spread([Wish()] * (FURTHEST + 2), begin=MONDAY, hours={})
    assert len(set(more)) == FURTHEST + 2  # two of one day are hours apart
    assert len({at.date() for at in more}) == FURTHEST
