"""What time does to deliveries: leases run out, grace ends. Safe to run anywhere, any number of times."""

from __future__ import annotations

import logging

from django.db.models.functions import Now

from posts.models import Delivery, Lane
from posts.publishing import claim, ledger
from posts.publishing.claim import Lease

log = logging.getLogger(__name__)

BATCH = 100


def run(*, owner: str) -> None:
    """Settle what dead workers left and hold what is too late."""
    reap(owner=owner)
    hold_late()


def reap(*, owner: str) -> int:
    """Take over lanes whose lease ran out and settle what was being sent there. Returns how many."""
    expired = list(
        Lane.objects.filter(lease_until__isnull=False, lease_until__lt=Now())
        .order_by("lease_until")
        .values_list("id", "account_id", "fence")[:BATCH]
    )
    return sum(_reap(lane_id, account_id, fence, owner) for lane_id, account_id, fence in expired)


def _reap(lane_id: int, account_id: int, fence: int, owner: str) -> bool:
    try:
        lease: Lease | None = claim.take_over(lane_id, account_id, fence, owner=owner)
        if lease is None:
            return False
        ledger.abandon_older(lease)
        claim.release(lease)
    except ledger.LeaseLost:
        return False
    except Exception:  # one lane in trouble must not keep the others waiting
        log.exception("lane could not be taken over", extra={"lane": lane_id})
        return False
    return True


def hold_late() -> int:
    """Hold pending deliveries whose grace is over: of paused or limited lanes too. Returns how many."""
    late = list(
        Delivery.objects.filter(status=Delivery.Status.PENDING, late_after__lt=Now())
        .order_by("late_after")
        .values_list("id", flat=True)[:BATCH]
    )
    held = 0
    for delivery_id in late:
        try:
            held += ledger.hold_if_late(delivery_id)
        except Delivery.DoesNotExist:  # taken off the schedule a moment ago
            continue
        except Exception:  # as above
            log.exception("late delivery could not be held", extra={"delivery": delivery_id})
    return held
