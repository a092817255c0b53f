"""Reading a list page by page, over any list and any page size. No Django, no database."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posts.platforms.base import Seen
from posts.platforms.deadline import Deadline
from posts.platforms.readback import PAGES_MAX, Page, gather, moment_of

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def post(number: int, seconds: int) -> Seen:
    return Seen(f"p{number}", "", NOON + timedelta(seconds=seconds), f"Text {number}")


@given(
    seconds=st.lists(st.integers(-20, 20), max_size=40),
    size=st.integers(1, 9),
    shuffle=st.randoms() | st.none(),
)
def test_what_is_complete_misses_nothing(seconds: list[int], size: int, shuffle: random.Random | None):
    posts = sorted((post(*pair) for pair in enumerate(seconds)), key=lambda one: one.created_at, reverse=True)
    places = {one.external_id: place for place, one in enumerate(posts)}
    calls = []

    def fetch(cursor: str) -> Page:
        calls.append(cursor)
        start = places[cursor] + 1 if cursor else 0
        listed = posts[start : start + size]
        more = start + size < len(posts)
        if shuffle:
            shuffle.shuffle(listed)
        return Page(tuple(listed), whole=True, more=more)

    back = gather(fetch, since=NOON, by=Deadline(5))
    wanted = {one.external_id for one in posts if one.created_at >= NOON}
    got = [one.external_id for one in back.posts]
    assert len(calls) <= PAGES_MAX
    assert len(got) == len(set(got))
    assert set(got) <= wanted
    if back.complete:
        assert set(got) == wanted
    if not shuffle and len(posts) <= PAGES_MAX * size:
        assert back.complete


def test_no_page_is_asked_for_twice_where_pages_are_shuffled():
    posts = [post(number, -number) for number in range(9)]
    cursors = []

    def fetch(cursor: str) -> Page:
        cursors.append(cursor)
        start = int(cursor[1:]) + 1 if cursor else 0
        return Page(tuple(posts[start : start + 3][::-1]), whole=True, more=start + 3 < len(posts))

    assert gather(fetch, since=NOON - timedelta(minutes=1), by=Deadline(5)).complete
    assert cursors == ["", "p2", "p5"]


def test_the_moment_counts_from_its_whole_second():
    page = Page((post(1, 0), post(2, -1)), whole=True, more=False)
    back = gather(lambda cursor: page, since=NOON + timedelta(microseconds=900_000), by=Deadline(5))
    assert [one.external_id for one in back.posts] == ["p1"]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-01T12:00:00Z", NOON),
        ("2026-05-01T12:00:00.000Z", NOON),
        ("2026-05-01T14:00:00+02:00", NOON),
        ("2026-05-01 12:00:00", NOON),
        ("yesterday", None),
        ("", None),
        (None, None),
        (1777636800, None),
        ("9999-12-31T23:59:59-14:00", None),
        ("2026-05-01T12:00:00" + "0" * 100, None),
    ],
)
def test_moments(text, moment):
    assert moment_of(text) == moment
