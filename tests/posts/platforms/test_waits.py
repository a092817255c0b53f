"""How long platforms ask to wait. No Django, no database."""

from __future__ import annotations

import datetime as dt
import email.utils
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posts.platforms.waits import CAP_SECONDS, reset_at, retry_after, wait_of

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC).timestamp()
MOMENTS = st.integers(min_value=-(10**7), max_value=10**7)


@given(st.integers(min_value=0, max_value=10**9))
def test_retry_after_in_seconds(seconds):
    assert retry_after(str(seconds), now=NOW) == seconds
    assert retry_after(f" {seconds} ", now=NOW) == seconds


@given(MOMENTS)
def test_retry_after_as_http_date(offset):
    value = email.utils.formatdate(NOW + offset, usegmt=True)
    assert retry_after(value, now=NOW) == max(0, offset)


@given(MOMENTS, st.integers(min_value=-12, max_value=14))
def test_reset_as_iso_time_in_any_zone(offset, hours):
    zone = dt.timezone(dt.timedelta(hours=hours))
    assert reset_at(dt.datetime.fromtimestamp(NOW + offset, zone).isoformat(), now=NOW) == max(0, offset)


@given(MOMENTS)
def test_reset_as_mastodon_writes_it_and_as_epoch(offset):
    moment = dt.datetime.fromtimestamp(NOW + offset, dt.UTC)
    assert reset_at(moment.strftime("%Y-%m-%dT%H:%M:%S.000000Z"), now=NOW) == max(0, offset)
    assert reset_at(str(int(NOW) + offset), now=NOW) == max(0, offset)


def test_a_small_reset_is_a_span():
    assert reset_at("120", now=NOW) == 120


@given(st.text())
def test_nonsense_never_fails_and_never_is_negative(text):
    for parse in (retry_after, reset_at):
        assert (parse(text, now=NOW) or 0) >= 0
    wait = wait_of({"Retry-After": text, "X-RateLimit-Reset": text}, now=NOW)
    assert wait is None or 1 <= wait <= CAP_SECONDS


@pytest.mark.parametrize(
    "text",
    ["", "-5", "soon", "nan", "inf", "1e9", "٣", "0x10", "9" * 30, "Mon, 99 Foo 2026 00:00:00 GMT",
     "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-13-01", "\x00"],
)  # fmt: skip
def test_no_hint_or_a_harmless_one(text):
    wait = wait_of({"Retry-After": text}, now=NOW)
    assert wait is None or (math.isfinite(wait) and wait <= CAP_SECONDS)


@given(st.floats(min_value=0, max_value=10**9, allow_nan=False))
def test_wait_is_kept_between_floor_and_cap(seconds):
    wait = wait_of({"Retry-After": f"{seconds:.3f}"}, floor=5, cap=600, now=NOW)
    assert 5 <= wait <= 600


def test_retry_after_is_heard_before_the_reset_of_a_window():
    assert wait_of({"Retry-After": "30", "X-RateLimit-Reset": "300"}, now=NOW) == 30
    assert wait_of({"Retry-After": "soon", "X-RateLimit-Reset": "300"}, now=NOW) == 300
    assert wait_of({"RateLimit-Reset": "40"}, now=NOW) == 40
    assert wait_of({}, now=NOW) is None
