"""At most `HUB_DRAINS` drains linger at once, over all workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now

from posts.models import DrainSlot

LEASE = timedelta(seconds=30)  # a place that was not kept for so long is free


@dataclass(frozen=True, slots=True)
class Place:
    """A place that is taken, to be kept every few seconds."""

    number: int
    owner: str

    def keep(self) -> bool:
        """Say that it is still needed. False where somebody else has it by now."""
        ours = DrainSlot.objects.filter(number=self.number, lease_owner=self.owner)
        return bool(ours.update(lease_until=Now() + LEASE))


@contextmanager
def place(*, owner: str) -> Iterator[Place | None]:
    """Take a free place; None where all are taken."""
    taken = _take(owner)
    try:
        yield taken
    finally:
        if taken is not None:
            ours = DrainSlot.objects.filter(number=taken.number, lease_owner=owner)
            ours.update(lease_until=None, lease_owner="")


def _take(owner: str) -> Place | None:
    free = Q(lease_until=None) | Q(lease_until__lt=Now())
    if DrainSlot.objects.filter(number__lt=settings.HUB_DRAINS).count() < settings.HUB_DRAINS:
        DrainSlot.objects.bulk_create(
            [DrainSlot(number=number) for number in range(settings.HUB_DRAINS)], ignore_conflicts=True
        )
    for number in range(settings.HUB_DRAINS):
        mine = DrainSlot.objects.filter(free, number=number)
        if mine.update(lease_until=Now() + LEASE, lease_owner=owner):
            return Place(number, owner)
    return None
