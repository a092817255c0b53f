"""How text is counted and how figures grow; no server needed."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from sandbox.counts import counts, followers
from sandbox.limits import count_text

BORN = datetime(2025, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("hello", 5),
        ("é", 1),
        ("e\u0301", 1),
        ("👩‍👩‍👧‍👦", 1),
        ("🇵🇹🇪🇪", 2),
        ("大阪", 2),
        ("a\r\nb", 3),
        ("https://example.org/", 23),
        ("see https://example.org/a-very-long-address?with=parameters&and=more now", 4 + 23 + 4),
        ("http://a.b HTTPS://C.D", 23 + 1 + 23),
        ("ftp://example.org", 17),
    ],
)
def test_text_counts_graphemes_and_addresses_as_23(text, length):
    assert count_text(text) == length


def _account(followers=400):
    return SimpleNamespace(id="a1", followers=followers, created_at=BORN)


def _post(post_id="p1", account=None):
    return SimpleNamespace(id=post_id, account=account or _account(), media=(), created_at=BORN)


def test_figures_never_fall_and_level_off():
    ages = [timedelta(minutes=n**3) for n in range(40)]
    for number in range(50):
        series = [counts(_post(f"p{number}"), BORN + age) for age in ages]
        for name in ("likes", "replies", "shares", "views"):
            figures = [point[name] for point in series]
            assert figures == sorted(figures)
            assert figures[0] == 0
        month, year = (counts(_post(f"p{number}"), BORN + timedelta(days=d))["views"] for d in (30, 365))
        assert month == pytest.approx(year, rel=0.01, abs=1)


def test_figures_are_the_same_for_everybody():
    moment = BORN + timedelta(hours=7)
    assert counts(_post(), moment) == counts(_post(), moment)
    assert counts(_post("p1"), moment) != counts(_post("p2"), moment)


def test_figures_stay_believable():
    for number in range(300):
        figures = counts(_post(f"p{number}"), BORN + timedelta(days=20))
        assert 0 < figures["likes"] < figures["views"] / 10
        assert figures["replies"] <= figures["likes"]
        assert figures["shares"] <= figures["likes"]


def test_followers_grow_by_a_few_a_week():
    account = _account()
    weeks = [followers(account, BORN + timedelta(weeks=n)) for n in range(53)]
    assert weeks[0] == 400
    assert weeks == sorted(weeks)
    assert 400 <= weeks[-1] <= 400 + 52 * 9
    assert followers(account, BORN - timedelta(days=3)) == 400
