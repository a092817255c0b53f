"""Servers in trouble: after failures in a row their accounts wait, one tries, and then they come back gently.

One row a server; it is written only while something is wrong, so healthy servers cost nothing.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Q

from posts.models import Breaker, Lane, SocialAccount
from posts.platforms.base import PlatformError
from posts.publishing import decide
from posts.publishing.decide import Change, Health

REMEMBERED = 5.0  # seconds for which it is known which servers are in trouble
PROBE_AHEAD = timedelta(seconds=30)  # by which one lane comes back before the others
STEPS = 20  # in which the lanes of a server that works again come back

_known: tuple[float, frozenset[tuple[str, str]]] = (float("-inf"), frozenset())


def answered(account: SocialAccount, error: PlatformError | None, change: Change, now: datetime) -> Change:
    """Note how a server answered. Returns `change`, with a longer wait where its retry budget is spent."""
    server = (account.platform, account.host)
    if error is None:
        if server in _in_trouble():
            _recovered(server, now)
        return change
    if not error.trouble:
        return change
    row = _row(server, now)
    before = _health(row)
    health = decide.after_trouble(before, now)
    if change.retries:
        health, paid = decide.pay_for_retry(health, now)
        if not paid:
            change = _later(change, now)
    _save(row, health)
    if health.open_until is not None and health.open_until != before.open_until:
        _open(server, health.open_until)
    _remember(server)
    return change


def _later(change: Change, now: datetime) -> Change:
    at = max(change.delivery["next_attempt_at"], now + timedelta(seconds=decide.RETRY_CAP))
    return replace(change, delivery={**change.delivery, "next_attempt_at": at})


def _row(server: tuple[str, str], now: datetime) -> Breaker:
    platform, host = server
    fresh = Breaker(platform=platform, host=host, retries=decide.RETRIES_MAX, retries_at=now)
    Breaker.objects.bulk_create([fresh], ignore_conflicts=True)
    return Breaker.objects.select_for_update().get(platform=platform, host=host)


def _health(row: Breaker) -> Health:
    return Health(row.failures, row.openings, row.open_until, row.retries, row.retries_at)


def _save(row: Breaker, health: Health) -> None:
    row.failures, row.openings, row.open_until = health.failures, health.openings, health.open_until
    row.retries, row.retries_at = health.retries, health.retries_at or row.retries_at
    row.save()


def _lanes(server: tuple[str, str]):
    platform, host = server
    accounts = SocialAccount.objects.filter(platform=platform, host=host, disconnected_at=None)
    return Lane.objects.filter(account__in=accounts)


def _open(server: tuple[str, str], until: datetime) -> None:
    """Hold the server's lanes back; the one whose turn is next tries first."""
    lanes = _lanes(server)
    probe = lanes.filter(next_due_at__isnull=False).order_by("next_due_at", "id").values_list("pk", flat=True)
    first = probe.first()
    lanes.exclude(pk=first).update(breaker_until=until + PROBE_AHEAD)
    lanes.filter(pk=first).update(breaker_until=until)


def _recovered(server: tuple[str, str], now: datetime) -> None:
    """The server works again: its lanes come back a few a second, the longest due first."""
    platform, host = server
    row = Breaker.objects.select_for_update().filter(~Q(failures=0), platform=platform, host=host).first()
    if row is not None:
        _save(row, decide.after_good_answer(_health(row)))
        held = _lanes(server).filter(breaker_until__gt=now).order_by("next_due_at", "id")
        ids = list(held.values_list("pk", flat=True))
        size = max(int(decide.LANES_BACK_PER_SECOND), -(-len(ids) // STEPS))
        for step, start in enumerate(range(0, len(ids), size)):
            at = now + timedelta(seconds=step)
            Lane.objects.filter(pk__in=ids[start : start + size]).update(breaker_until=at)
    _forget(server)


def _in_trouble() -> frozenset[tuple[str, str]]:
    """The servers with failures, as known a moment ago."""
    global _known
    if time.monotonic() - _known[0] > REMEMBERED:
        troubled = Breaker.objects.filter(failures__gt=0).values_list("platform", "host")
        _known = (time.monotonic(), frozenset(troubled))
    return _known[1]


def _remember(server: tuple[str, str]) -> None:
    global _known
    _known = (_known[0], _known[1] | {server})


def _forget(server: tuple[str, str]) -> None:
    global _known
    _known = (_known[0], _known[1] - {server})
