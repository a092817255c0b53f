"""Celery tasks, each an envelope around one verb."""

from __future__ import annotations

from celery import shared_task
from celery.signals import worker_shutting_down

from posts.publishing import drain as publishing
from posts.publishing import heartbeat, sweep


@worker_shutting_down.connect
def _stop_lingering(**kwargs: object) -> None:
    publishing.stopping.set()


@shared_task(name="posts.drain")
def drain() -> None:
    """Send what is due, and linger."""
    heartbeat.woken()
    publishing.drain()


@shared_task(name="posts.sweep")
def sweep_all() -> None:
    """Settle what dead workers left and hold what is too late."""
    sweep.run(owner=publishing.owner_name())


@shared_task(name="posts.beat_seen")
def beat_seen() -> None:
    """Note that the scheduler is alive."""
    heartbeat.beat("beat", "beat")


@shared_task(name="posts.probe")
def probe(token: str) -> None:
    """Show that a message went through the broker to a worker."""
    heartbeat.beat("probe", f"probe:{token}"[:120])
