"""Drains that wait for what comes due."""

from __future__ import annotations

import pytest
from django.test import override_settings

from posts.models import DrainSlot
from posts.publishing import drain, slots

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    monkeypatch.setattr(drain, "LINGER", 0.1)
    drain.stopping.clear()
    yield
    drain.stopping.clear()


def drains_woken(wakes):
    return [wake.task for wake in wakes].count("posts.drain")


def test_drain_that_gives_up_its_place_wakes_the_next(wakes):
    drain.drain()

    assert drains_woken(wakes) == 1
    assert not DrainSlot.objects.exclude(lease_until=None).exists()


@override_settings(HUB_DRAINS=1)
def test_drain_without_a_place_looks_once_and_wakes_nobody(wakes):
    with slots.place(owner="somebody", seconds=60) as free:
        assert free
        drain.drain()

    assert drains_woken(wakes) == 0


def test_drain_of_a_worker_that_ends_wakes_nobody(wakes):
    drain.stopping.set()

    drain.drain()

    assert drains_woken(wakes) == 0


@override_settings(HUB_DRAINS=2)
def test_no_more_drains_linger_than_there_are_places():
    with (
        slots.place(owner="a", seconds=60) as a,
        slots.place(owner="b", seconds=60) as b,
        slots.place(owner="c", seconds=60) as c,
    ):
        assert (a, b, c) == (True, True, False)
    with slots.place(owner="c", seconds=60) as c:
        assert c
