"""At most `HUB_DRAINS` drains linger at once, over all workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now

from posts.models import DrainSlot


@contextmanager
def place(*, owner: str, seconds: float) -> Iterator[bool]:
    """Take a free place for at most `seconds`; False where all are taken."""
    number = _take(owner, seconds)
    try:
        yield number is not None
    finally:
        if number is not None:
            DrainSlot.objects.filter(number=number, lease_owner=owner).update(
                lease_until=None, lease_owner=""
            )


def _take(owner: str, seconds: float) -> int | None:
    free = Q(lease_until=None) | Q(lease_until__lt=Now())
    if DrainSlot.objects.filter(number__lt=settings.HUB_DRAINS).count() < settings.HUB_DRAINS:
        DrainSlot.objects.bulk_create(
            [DrainSlot(number=number) for number in range(settings.HUB_DRAINS)], ignore_conflicts=True
        )
    for number in range(settings.HUB_DRAINS):
        taken = DrainSlot.objects.filter(free, number=number).update(
            lease_until=Now() + timedelta(seconds=seconds), lease_owner=owner
        )
        if taken:
            return number
    return None
