"""Whether worker or scheduler are at work, by their heartbeat in the database. For health checks."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models.functions import Now

from posts.models import Heartbeat

# A worker is seen while it drains, which each of several workers does less often than a single one.
# The scheduler is seen when a worker takes its tick, so it can't be alive without one.
LATE_AFTER = {"worker": timedelta(minutes=3), "beat": timedelta(minutes=1)}


class Command(BaseCommand):
    """Exit code 0 when the process of this machine was seen lately, else 1 with a sentence."""

    help = "Tell whether this machine's worker, or the scheduler, was seen at work lately."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=sorted(LATE_AFTER))

    def handle(self, *args: Any, kind: str, **options: Any) -> None:
        seen = Heartbeat.objects.filter(kind=kind)
        if kind == "worker":
            seen = seen.filter(name__startswith=f"{socket.gethostname()}:")
        if not seen.filter(at__gte=Now() - LATE_AFTER[kind]).exists():
            raise CommandError(f"No {kind} was seen in the last {LATE_AFTER[kind].seconds} seconds.")
        self.stdout.write(f"{kind} is at work")
