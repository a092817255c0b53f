"""Celery tasks, each an envelope around one verb."""

from __future__ import annotations

import logging

from celery import shared_task
from celery.signals import worker_init, worker_shutting_down
from django.db import DatabaseError, InterfaceError, connection

from posts import connecting, shelf_news
from posts.publishing import clock, heartbeat, keep_alive, sweep, times
from posts.publishing import drain as publishing

log = logging.getLogger(__name__)


@worker_init.connect
def _begin_on_time(**kwargs: object) -> None:
    """A worker with a wrong clock ends at once; one with new time-zone data moves what waits.

    While the database is away the worker starts all the same, and the drain asks again before it claims.
    """
    try:
        clock.require_agreement()
        times.recompute()
    except clock.ClockSkew as reason:
        log.critical("%s", reason)
        raise SystemExit(1) from None
    except (DatabaseError, InterfaceError):
        log.exception("the database could not be asked at start")
    finally:
        connection.close()


@worker_shutting_down.connect
def _stop_lingering(**kwargs: object) -> None:
    publishing.stopping.set()


@shared_task(name="posts.drain")
def drain() -> None:
    """Send what is due, and linger."""
    heartbeat.woken()
    publishing.drain()


@shared_task(name="posts.shelf_news")
def tell_shelf_news() -> None:
    """Tell chapters of suggestions that suit them."""
    shelf_news.tell()


@shared_task(name="posts.sweep")
def sweep_all() -> None:
    """Settle what dead workers left and hold what is too late."""
    sweep.run(owner=publishing.owner_name())


@shared_task(name="posts.keep_alive")
def keep_access_alive() -> None:
    """Renew access, tell of what ends soon, and forget connections that nobody finished."""
    connecting.forget_expired()
    keep_alive.run(owner=publishing.owner_name(), stop=publishing.stopping.is_set)


@shared_task(name="posts.beat_seen")
def beat_seen() -> None:
    """Note that the scheduler is alive."""
    heartbeat.beat("beat", "beat")


@shared_task(name="posts.probe")
def probe(token: str) -> None:
    """Show that a message went through the broker to a worker."""
    heartbeat.beat("probe", f"probe:{token}"[:120])
