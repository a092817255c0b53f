"""manage.py publish: send what is due, without Celery."""

from __future__ import annotations

import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from posts.publishing import clock
from posts.publishing.drain import LINGER, Drain, stopping


class Command(BaseCommand):
    help = "Send what is due now; with --forever, keep doing so until stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--forever", action="store_true", help="keep sending until SIGTERM or Ctrl-C")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            clock.require_agreement()
        except clock.ClockSkew as reason:
            raise CommandError(str(reason)) from None
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        if not options["forever"]:
            Drain().run_due()
            return
        while not stopping.is_set():
            Drain().run(linger=LINGER)
