"""What time does to deliveries: leases run out, grace and checks end. Safe anywhere, any number of times."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from posts.models import Delivery, Lane
from posts.publishing import claim, finish, journal, keep_alive, ledger
from posts.publishing.claim import Lease

log = logging.getLogger(__name__)

BATCH = 100


def run(*, owner: str) -> None:
    """Settle what dead workers left, hold what is too late, and end checks that found no end."""
    journal.replay(finish.prove)
    reap(owner=owner)
    hold_late()
    stop_looking()
    keep_alive.wake_now_and_then()


def reap(*, owner: str) -> int:
    """Take over lanes whose lease ran out and settle what was being sent there. Returns how many."""
    settled = [lease for lease in claim.claim_expired(BATCH, owner=owner) if settle_left(lease)]
    claim.release(settled)
    return len(settled)


def settle_left(lease: Lease) -> bool:
    """Settle what an earlier holder left in a lane. False where the lane is not ours to go on with."""
    try:
        return finish.settle_left(lease)
    except (OperationalError, InterfaceError):
        raise
    except finish.NewerProtocol:
        log.warning("lane is left to a newer worker", extra={"lane": lease.lane_id})
    except Exception:  # one lane in trouble must not keep the others waiting
        log.exception("lane could not be settled", extra={"lane": lease.lane_id})
    return False


def hold_late() -> int:
    """Hold pending deliveries whose grace is over: of paused or limited lanes too. Returns how many."""
    late = Delivery.objects.filter(status=Delivery.Status.PENDING, late_after__lt=Now())
    return _each(late.order_by("late_after"), ledger.hold_if_late)


def stop_looking() -> int:
    """Ask a person where a check should have ended and nothing looks: of paused lanes, say. Returns how many.

    A lane that nothing hinders has its look however late it is.
    """
    looked_after = Lane.objects.filter(claim.unhindered(), account=OuterRef("account"))
    endless = Delivery.objects.filter(
        ~Exists(looked_after), status=Delivery.Status.UNCONFIRMED, checking_until__lt=Now()
    )
    return _each(endless.order_by("checking_until"), ledger.stop_looking)


def _each(deliveries: QuerySet[Delivery], verb: Callable[[int], bool]) -> int:
    done = 0
    for delivery_id in list(deliveries.values_list("id", flat=True)[:BATCH]):
        try:
            done += verb(delivery_id)
        except Delivery.DoesNotExist:  # taken off the schedule a moment ago
            continue
        except Exception:
            log.exception("delivery could not be settled", extra={"delivery": delivery_id})
    return done
