"""Waits until worker and scheduler are at work, as the database tells."""

from __future__ import annotations

import time
import uuid
from typing import Any

from celery import current_app
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from posts.models import Heartbeat

QUEUES = ("publish", "default")
POLL = 0.1


class Command(BaseCommand):
    """Sends a probe through each queue of the broker and waits for its trace, and for a tick of beat."""

    help = "Wait until a probe task went through the broker on every queue and beat has ticked."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=float, default=60.0, help="how long to wait")

    def handle(self, *args: Any, seconds: float, **options: Any) -> None:
        end = time.monotonic() + seconds
        marker = f"wait:{uuid.uuid4().hex}"
        Heartbeat.objects.bulk_create([Heartbeat(name=marker, kind="wait", at=Now())])
        began = Heartbeat.objects.get(name=marker).at  # by the database's clock, as all heartbeats
        probes = [f"{uuid.uuid4().hex}-{queue}" for queue in QUEUES]
        names = [f"probe:{probe}" for probe in probes]
        try:
            self._send(dict(zip(QUEUES, probes, strict=True)), expires=seconds)
            self._wait(lambda: Heartbeat.objects.filter(name__in=names).count() == len(names), end,
                       "No worker took the probe from the broker.")  # fmt: skip
            self._wait(lambda: Heartbeat.objects.filter(kind="beat", at__gte=began).exists(), end,
                       "The scheduler has not ticked.")  # fmt: skip
        finally:
            Heartbeat.objects.filter(name__in=[marker, *names]).delete()
        self.stdout.write("Worker and scheduler are at work.")

    def _send(self, probes: dict[str, str], *, expires: float) -> None:
        try:
            for queue, probe in probes.items():
                current_app.send_task("posts.probe", args=[probe], queue=queue, expires=expires, retry=False)
        except OperationalError as error:
            raise CommandError(
                f"The broker does not take messages; is REDIS_URL right? It said: {error}"
            ) from error

    def _wait(self, done: Any, end: float, otherwise: str) -> None:
        while not done():
            if time.monotonic() > end:
                raise CommandError(otherwise)
            time.sleep(POLL)
