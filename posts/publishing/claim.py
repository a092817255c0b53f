"""Lanes: claimed by compare-and-swap on the fence, renewed and released by whoever holds it.

What is claimed is the account's lane, never a post: one account's posts keep their order and two workers
never share it. Times are the database's; how much of a lease is left is counted on this machine's boot clock
from before the claim, so that a frozen process knows it overslept.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Coalesce, Greatest, Now

from posts.models import Lane


@dataclass(slots=True)
class Lease:
    """A lane in this worker's hands."""

    lane_id: int
    account_id: int
    fence: int
    seconds: float
    taken: float  # boot clock

    def left(self) -> float:
        """Seconds until somebody else may take the lane."""
        return self.taken + self.seconds - boot_clock()


def boot_clock() -> float:
    """Seconds that also pass while the machine sleeps, where the system has such a clock."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def unhindered() -> Q:
    """The lanes that nothing holds back: no pause, no limit, no breaker."""
    return (
        Q(paused_at=None)
        & (Q(not_before=None) | Q(not_before__lte=Now()))
        & (Q(breaker_until=None) | Q(breaker_until__lte=Now()))
    )


def due_and_free() -> Q:
    """The lanes that may be claimed now. Only columns of the lane itself, so that the swap re-checks all."""
    return unhindered() & Q(next_due_at__lte=Now()) & (Q(lease_until=None) | Q(lease_until__lt=Now()))


def claim(limit: int, *, owner: str) -> list[Lease]:
    """Take up to `limit` due lanes, the longest due first. Losing one to another worker is no error."""
    if limit <= 0:
        return []
    candidates = (
        Lane.objects.filter(due_and_free(), account__chapter__state="active")
        .order_by("next_due_at", "id")
        .values_list("id", "account_id", "fence")[:limit]
    )
    return [
        lease
        for lane_id, account_id, fence in candidates
        if (lease := _swap(lane_id, account_id, fence, owner, due_and_free())) is not None
    ]


def take_over(lane_id: int, account_id: int, fence: int, *, owner: str) -> Lease | None:
    """Take a lane whose lease ran out, due or not; None where somebody was faster."""
    return _swap(lane_id, account_id, fence, owner, Q(lease_until__isnull=False, lease_until__lt=Now()))


def _swap(lane_id: int, account_id: int, fence: int, owner: str, when: Q) -> Lease | None:
    seconds = settings.HUB_LEASE_SECONDS
    taken = boot_clock()
    won = Lane.objects.filter(when, pk=lane_id, fence=fence).update(
        fence=fence + 1, lease_until=Now() + timedelta(seconds=seconds), lease_owner=owner
    )
    return Lease(lane_id, account_id, fence + 1, seconds, taken) if won else None


def renew(lease: Lease) -> bool:
    """Begin the lease anew, if it is still ours. Called inside the transaction that relies on it."""
    return _renew(lease, Q())


def renew_to_send(lease: Lease) -> bool:
    """As `renew`, and only while nothing holds the lane back: somebody may have paused it meanwhile."""
    return _renew(lease, unhindered())


def _renew(lease: Lease, when: Q) -> bool:
    taken = boot_clock()
    held = Lane.objects.filter(when, pk=lease.lane_id, fence=lease.fence, lease_until__gt=Now()).update(
        lease_until=Now() + timedelta(seconds=lease.seconds)
    )
    if held:
        lease.taken = taken
    return bool(held)


def release(lease: Lease) -> None:
    """Give the lane back, if it is still ours."""
    Lane.objects.filter(pk=lease.lane_id, fence=lease.fence).update(lease_until=None, lease_owner="")


def seconds_until_due() -> float | None:
    """Seconds, by the database's clock, until the next free lane comes due; None where nothing waits."""
    at = Greatest(
        "next_due_at", Coalesce("not_before", "next_due_at"), Coalesce("breaker_until", "next_due_at")
    )
    row = (
        Lane.objects.filter(
            Q(lease_until=None) | Q(lease_until__lt=Now()),
            paused_at=None,
            next_due_at__isnull=False,
            account__chapter__state="active",
        )
        .annotate(at=at, now=Now())
        .order_by("at")
        .values_list("at", "now")
        .first()
    )
    return None if row is None else (row[0] - row[1]).total_seconds()
