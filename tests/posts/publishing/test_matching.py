"""Which post of an account is the one in doubt: rather none than the wrong one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posts.platforms.base import Seen
from posts.publishing.matching import SKEW, Found, Wanted, find

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
WANTED = Wanted("key-1", "Bring a toaster: https://a.example/x", 1, NOW, NOW + timedelta(seconds=150))
OURS = Seen("p1", "https://s.example/p1", NOW, WANTED.text, media=1)


def found(*posts: Seen, bound=()) -> Found:
    return find(WANTED, posts, bound=bound)


def test_post_that_agrees_in_everything_is_found():
    assert found(OURS) == Found((OURS,))


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Bring a kettle: https://a.example/x"},
        {"text": "bring a toaster: https://a.example/x"},
        {"text": "Bring a toaster: https://a.example/x !"},
        {"media": 2},
        {"created_at": NOW - SKEW - timedelta(seconds=1)},
        {"created_at": None},
        {"key": "key-2"},
        {"external_id": ""},
    ],
)
def test_neighbour_that_differs_is_not_taken_for_it(change):
    assert found(replace(OURS, **change)) == Found()


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Bring  a\ntoaster:\u00a0https://a.example/x "},
        {"media": None},
        {"created_at": NOW - SKEW},
        {"created_at": WANTED.latest + SKEW},
    ],
)
def test_what_platforms_change_does_not_matter(change):
    post = replace(OURS, **change)
    assert found(post) == Found((post,))


def test_post_bound_to_another_delivery_never_counts():
    assert found(OURS, replace(OURS, key="key-1"), bound={"p1"}) == Found()


def test_our_key_counts_alone_whatever_else_changed():
    keyed = replace(OURS, external_id="p2", key="key-1", text="edited since", created_at=None)
    assert found(OURS, keyed) == Found((keyed,))


def test_shortened_link_is_similar_and_not_sure():
    short = replace(OURS, text="Bring a toaster: https://s.example/1")
    assert found(short) == Found((), (short,))
    assert found(short, OURS) == Found((OURS,), (short,))


def test_same_post_later_than_it_should_have_come_is_similar_and_not_sure():
    late = replace(OURS, created_at=WANTED.latest + SKEW + timedelta(seconds=1))
    assert found(late) == Found((), (late,))


POSTS = st.builds(
    Seen,
    external_id=st.integers(1, 50).map(str),
    permalink=st.just(""),
    created_at=st.none() | st.integers(-400, 400).map(lambda s: NOW + timedelta(seconds=s)),
    text=st.sampled_from(["a", "b", "a b", WANTED.text]),
    media=st.none() | st.integers(0, 2),
    key=st.sampled_from(["", "key-1", "key-2"]),
)


@given(st.lists(POSTS, max_size=8), st.sets(st.integers(1, 50).map(str)))
def test_nothing_bound_and_nothing_under_another_key_is_ever_found(posts, bound):
    result = find(WANTED, posts, bound=bound)
    for post in (*result.sure, *result.similar):
        assert post.external_id not in bound
        assert post.key in ("", WANTED.key)


@given(st.lists(POSTS.filter(lambda post: post.text in ("a", "b") and not post.key), max_size=8), st.data())
def test_ours_among_others_is_always_found(posts, data):
    ours = replace(OURS, external_id="ours")
    mixed = data.draw(st.permutations([*posts, ours]))
    assert find(WANTED, mixed, bound=set()).sure == (ours,)
