"""manage.py publish: send what is due, without Celery."""

from __future__ import annotations

import logging
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, connection

from posts.publishing import clock, keep_alive
from posts.publishing.drain import LINGER, Drain, owner_name, stopping

log = logging.getLogger(__name__)

KEEP_ALIVE_EVERY = 900.0  # seconds


class Command(BaseCommand):
    help = "Send what is due now; with --forever, keep doing so until stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--forever", action="store_true", help="keep sending until SIGTERM or Ctrl-C")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            clock.require_agreement()
        except clock.ClockSkew as reason:
            raise CommandError(str(reason)) from None
        except (DatabaseError, InterfaceError):
            if not options["forever"]:
                raise
            log.exception("the database could not be asked at start")  # the loop asks again before it claims
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        if not options["forever"]:
            Drain().run_due()
            keep_alive.run(owner=owner_name(), stop=stopping.is_set)
            return
        threading.Thread(target=_keep_access_alive, name="keep-alive", daemon=True).start()
        while not stopping.is_set():
            Drain().run(linger=LINGER)


def _keep_access_alive() -> None:
    """Beside the loop, so that no post waits for it."""
    while not stopping.is_set():
        try:
            keep_alive.run(owner=owner_name(), stop=stopping.is_set)
        except Exception:  # the database is away, say: the next round is soon enough
            log.exception("access was not looked after")
        finally:
            connection.close()
        stopping.wait(KEEP_ALIVE_EVERY)
