"""When each process was last seen at work, for the operator and for start-up checks."""

from __future__ import annotations

from django.db.models.functions import Now

from posts.models import Heartbeat


def woken() -> None:
    """Note that a wake-up arrived."""
    beat("wake", "wake")


def beat(kind: str, name: str) -> None:
    """Note that process `name` of `kind` is at work now."""
    if not Heartbeat.objects.filter(name=name).update(at=Now(), kind=kind):
        Heartbeat.objects.bulk_create([Heartbeat(name=name, kind=kind, at=Now())], ignore_conflicts=True)
