"""Drains that wait for what comes due."""

from __future__ import annotations

import pytest
from django.db.models.functions import Now
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
    with slots.place(owner="somebody") as free:
        assert free is not None
        drain.drain()

    assert drains_woken(wakes) == 0


def test_drain_of_a_worker_that_ends_wakes_nobody(wakes):
    drain.stopping.set()

    drain.drain()

    assert drains_woken(wakes) == 0


@override_settings(HUB_DRAINS=2)
def test_no_more_drains_linger_than_there_are_places():
    with (
        slots.place(owner="a") as a,
        slots.place(owner="b") as b,
        slots.place(owner="c") as c,
    ):
        assert (a is None, b is None, c is None) == (False, False, True)
    with slots.place(owner="c") as c:
        assert c is not None


@override_settings(HUB_DRAINS=1)
def test_drain_that_lost_its_place_leaves(monkeypatch, wakes):
    monkeypatch.setattr(drain, "LINGER", 60.0)
    monkeypatch.setattr(drain, "SWEEP_EVERY", 0.0)
    monkeypatch.setattr(slots.Place, "keep", lambda place: False)

    drain.drain()

    assert drains_woken(wakes) == 1


@override_settings(HUB_DRAINS=1)
def test_place_of_a_frozen_drain_is_taken_and_not_kept():
    with slots.place(owner="frozen") as frozen:
        DrainSlot.objects.update(lease_until=Now() - slots.LEASE)
        with slots.place(owner="next") as later:
            assert later is not None
            assert not frozen.keep()
            assert later.keep()
