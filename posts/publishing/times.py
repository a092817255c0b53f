"""Deliveries follow their wall time when a country changes its clocks.

A delivery keeps the wall time, zone and fold that people chose beside the instant. When the release of the
time-zone data changes, `recompute` moves what still waits to the instant that its wall time now means.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.db.models import QuerySet

from chapters import events
from chapters.events import SYSTEM
from hubsite.lib import times
from posts.models import Delivery, Post
from posts.publishing import queue
from posts.publishing.clock import database_now
from posts.publishing.rows import lock

log = logging.getLogger(__name__)

BATCH = 200


@dataclass(frozen=True, slots=True)
class Moved:
    """One delivery whose wall time now means another instant."""

    delivery: Delivery
    before: datetime
    after: datetime


@dataclass(slots=True)
class Summary:
    """What a run did, in deliveries: looked at, moved, and left as they were because of an error."""

    looked: int = 0
    moved: int = 0
    failed: int = 0


def recompute(*, tell: Callable[[Moved], None] | None = None) -> Summary:
    """Bring every future pending delivery to the current time-zone data. Returns what it did.

    `tell` hears of each one that moved, once that is committed. Due ones stay where they are. Safe to run
    anywhere, any number of times: what was brought up to date is not looked at again.
    """
    summary = Summary()
    for zone in list(_waiting().order_by("zone").values_list("zone", flat=True).distinct()):
        try:
            version = times.data_version(zone)
        except (ZoneInfoNotFoundError, ValueError):
            log.exception("time zone is not in the data", extra={"zone": zone})
            summary.failed += _waiting().filter(zone=zone).count()
            continue
        for batch in _outdated(zone, version):
            _bring_up_to_date(batch, version, summary, tell)
    return summary


def _waiting() -> QuerySet[Delivery]:
    return Delivery.objects.filter(status=Delivery.Status.PENDING, due_at__gt=database_now())


def _outdated(zone: str, version: str) -> Iterator[list[Delivery]]:
    """What of `zone` was computed with other data, a batch at a time."""
    last = 0
    columns = ("pk", "due_at", "wall_time", "zone", "fold")
    outdated = _waiting().filter(zone=zone).exclude(zone_data=version).order_by("pk").only(*columns)
    while batch := list(outdated.filter(pk__gt=last)[:BATCH]):
        yield batch
        last = batch[-1].pk


def _bring_up_to_date(
    batch: list[Delivery], version: str, summary: Summary, tell: Callable[[Moved], None] | None
) -> None:
    """Most rules do not change: those deliveries are stamped together, the others moved one by one."""
    summary.looked += len(batch)
    unchanged = []
    for delivery in batch:
        try:
            if meant(delivery) == delivery.due_at:
                unchanged.append(delivery.pk)
                continue
            moved = _move(delivery.pk, version)
        except (Delivery.DoesNotExist, Post.DoesNotExist):  # taken off the schedule a moment ago
            continue
        except Exception:  # one bad row must not keep the others at the wrong time
            log.exception("delivery's time could not be recomputed", extra={"delivery": delivery.pk})
            summary.failed += 1
            continue
        if moved is not None:
            summary.moved += 1
            if tell is not None:
                tell(moved)
    _stamp(unchanged, version)


@transaction.atomic
def _stamp(delivery_ids: list[int], version: str) -> None:
    rows = Delivery.objects.filter(pk__in=delivery_ids, status=Delivery.Status.PENDING).order_by("pk")
    locked = list(rows.select_for_update().values_list("pk", flat=True))  # in one order: no deadlock
    Delivery.objects.filter(pk__in=locked).update(zone_data=version)


@transaction.atomic
def _move(delivery_id: int, version: str) -> Moved | None:
    post, delivery = lock(delivery_id)
    before = delivery.due_at
    if delivery.status != Delivery.Status.PENDING or before <= database_now():
        return None
    if delivery.zone_data == version:
        return None
    after = meant(delivery)
    delivery.due_at, delivery.late_after = after, after + (delivery.late_after - before)
    delivery.zone_data = version
    delivery.save(update_fields=["due_at", "late_after", "zone_data", "updated_at"])
    if after == before:  # a process with other data was here meanwhile
        return None
    Post.objects.filter(pk=post.pk, planned_at=before).update(planned_at=after)
    queue.retime([delivery.account_id])
    events.record(
        "time_zone_changed", delivery, chapter=post.chapter, by=SYSTEM, post=str(post.uid),
        before=before.isoformat(), at=after.isoformat(), zone=delivery.zone, zone_data=version,
    )  # fmt: skip
    return Moved(delivery, before, after)


def meant(delivery: Delivery) -> datetime:
    """The instant that the delivery's wall time means by the time-zone data of this process.

    The wall time is kept to the minute; the seconds are the instant's own, the same in every zone.
    """
    within = timedelta(seconds=delivery.due_at.second, microseconds=delivery.due_at.microsecond)
    wall = datetime.fromisoformat(delivery.wall_time) + within
    return times.instant(wall, ZoneInfo(delivery.zone), fold=delivery.fold)
