"""Lanes: claimed by compare-and-swap on the fence, renewed and released by whoever holds it.

What is claimed is the account's lane, never a post: one account's posts keep their order and two workers
never share it. Times are the database's; how much of a lease is left is counted on this machine's boot clock
from before the claim, so that a frozen process knows it overslept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from operator import or_

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest, Now

from posts.models import Lane
from posts.publishing import waiting
from posts.publishing.clock import boot_clock

JUST_DUE = 0.05  # seconds that may pass between two questions to the database
RENEWED_IDLE_EVERY = 20 * 3600.0  # seconds between renewals of an access that nothing is sent with
TURN_IS_NEAR = 60.0  # seconds
CHAPTER_SHARE = 0.75  # of all senders that one chapter's lanes may hold at once


@dataclass(slots=True)
class Lease:
    """A lane in this worker's hands. `inherited` where the one before did not give it back."""

    lane_id: int
    account_id: int
    fence: int
    seconds: float
    taken: float  # boot clock
    inherited: bool = False

    def left(self) -> float:
        """Seconds until somebody else may take the lane."""
        return self.taken + self.seconds - boot_clock()


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


def due(limit: int) -> list[int]:
    """Up to `limit` lanes that may be taken now, chapters in turn."""
    room = max(1, int(CHAPTER_SHARE * settings.HUB_SENDERS * settings.HUB_DRAINS))
    return waiting.due_lanes(limit, of_one_chapter=room)


def take(lane_ids: Collection[int], *, owner: str) -> list[Lease]:
    """Claim these lanes where they are still due and free. Losing one to another worker is no error."""
    if not lane_ids:
        return []
    return _take(Lane.objects.filter(pk__in=lane_ids), due_and_free(), len(lane_ids), owner)


def claim_expired(limit: int, *, owner: str) -> list[Lease]:
    """Take up to `limit` lanes whose lease ran out, due or not."""
    expired = Q(lease_until__isnull=False, lease_until__lt=Now())
    lanes = Lane.objects.filter(expired).order_by("lease_until", "id")
    return _take(lanes, expired, limit, owner) if lanes.exists() else []


def take_stale(limit: int, *, owner: str, but: Collection[int] = ()) -> list[Lease]:
    """Take up to `limit` free lanes whose access is to be renewed, whether or not anything is due there.

    A pause holds posts back and not this: access that nobody keeps alive would end meanwhile. Where a post is
    about to go out, its own turn renews first. `but` names accounts to leave out.
    """
    turn_is_near = Q(paused_at=None, next_due_at__lte=Now() + timedelta(seconds=TURN_IS_NEAR))
    stale = (
        Q(refresh_at__lte=Now(), lease_until=None)
        & ~turn_is_near
        & (Q(not_before=None) | Q(not_before__lte=Now()))
        & (Q(breaker_until=None) | Q(breaker_until__lte=Now()))
    )
    idle = timedelta(seconds=RENEWED_IDLE_EVERY)
    lanes = Lane.objects.filter(
        stale, account__disconnected_at=None, account__broken_at=None,
        account__credential__changed_at__lte=Now() - idle,
    ).exclude(account__in=but)  # fmt: skip
    return _take(lanes.order_by("refresh_at", "id"), stale, limit, owner) if lanes.exists() else []


def unknown(owner: str, known: Collection[int]) -> list[Lease]:
    """The lanes that `owner` holds beside those it knows of: the answer to a claim was lost."""
    rows = Lane.objects.filter(lease_owner=owner).exclude(pk__in=known)
    seconds, taken = settings.HUB_LEASE_SECONDS, boot_clock()
    return [
        Lease(lane, account, fence, seconds, taken, inherited=True)
        for lane, account, fence in rows.values_list("id", "account_id", "fence")
    ]


def _take(lanes: QuerySet[Lane], when: Q, limit: int, owner: str) -> list[Lease]:
    """Swap the fences of the first `limit` of `lanes`, each only while `when` still holds for it.

    PostgreSQL passes over rows that another worker is taking at this moment; that only saves work. What
    decides is the swap, on both engines.
    """
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            lanes = lanes.select_for_update(skip_locked=True, of=("self",))
        rows = list(lanes.values_list("id", "account_id", "fence", "lease_until")[:limit])
        seconds, taken = settings.HUB_LEASE_SECONDS, boot_clock()
        leases = [
            Lease(lane, account, fence + 1, seconds, taken, inherited=until is not None)
            for lane, account, fence, until in rows
        ]
        return _swap(leases, owner, when)


def _swap(leases: list[Lease], owner: str, when: Q) -> list[Lease]:
    """The compare-and-swap itself: those whose fence was still the one that was seen."""
    if not leases:
        return []
    seen = reduce(or_, (Q(pk=lease.lane_id, fence=lease.fence - 1) for lease in leases))
    won = Lane.objects.filter(seen, when).update(
        fence=F("fence") + 1,
        lease_until=Now() + timedelta(seconds=leases[0].seconds),
        lease_owner=owner,
    )
    if won == len(leases):
        return leases
    ours = set(Lane.objects.filter(holding(leases), lease_owner=owner).values_list("pk", flat=True))
    return [lease for lease in leases if lease.lane_id in ours]


def holding(leases: Iterable[Lease]) -> Q:
    """The lanes that still carry these leases' fences."""
    return reduce(or_, (Q(pk=lease.lane_id, fence=lease.fence) for lease in leases))


def renew(leases: Sequence[Lease]) -> list[Lease]:
    """Begin these leases anew where they are still ours. Called inside the transaction that relies on it."""
    return _renew(leases, Q())


def renew_to_send(leases: Sequence[Lease]) -> list[Lease]:
    """As `renew`, and only while nothing holds the lane back: somebody may have paused it meanwhile."""
    return _renew(leases, unhindered())


def _renew(leases: Sequence[Lease], when: Q) -> list[Lease]:
    if not leases:
        return []
    taken = boot_clock()
    lanes = Lane.objects.filter(holding(leases), when, lease_until__gt=Now())
    renewed = lanes.update(lease_until=Now() + timedelta(seconds=leases[0].seconds))
    if renewed != len(leases):
        left = set(lanes.values_list("pk", flat=True))
        leases = [lease for lease in leases if lease.lane_id in left]
    for lease in leases:
        lease.taken = taken
    return list(leases)


def release(leases: Sequence[Lease]) -> None:
    """Give lanes back, where they are still ours, and note when each has its next job."""
    waiting.give_back([(lease.lane_id, lease.fence) for lease in leases])


def seconds_until_due(within: float) -> float | None:
    """Seconds, by the database's clock, until the next free lane comes due; None if none does `within`.

    What came due long before could have been taken: it is its chapter's share that holds it back.
    """
    at = Greatest(
        "next_due_at", Coalesce("not_before", "next_due_at"), Coalesce("breaker_until", "next_due_at")
    )
    row = (
        Lane.objects.filter(
            Q(lease_until=None) | Q(lease_until__lt=Now()),
            paused_at=None,
            next_due_at__lte=Now() + timedelta(seconds=within),
            account__chapter__state="active",
        )
        .annotate(at=at, now=Now())
        .filter(at__gt=Now() - timedelta(seconds=JUST_DUE))
        .order_by("at")
        .values_list("at", "now")
        .first()
    )
    return None if row is None else (row[0] - row[1]).total_seconds()
