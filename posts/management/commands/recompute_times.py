"""manage.py recompute_times: move what waits to where its wall time now is."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand

from hubsite.lib.times import when
from posts.publishing import times


class Command(BaseCommand):
    help = "After new time-zone data: move future deliveries to the instant their wall time now means."

    def handle(self, *args: Any, **options: Any) -> None:
        done = times.recompute(tell=self._tell)
        if done.moved or done.failed or options["verbosity"] > 1:
            self.stdout.write(f"{done.looked} looked at, {done.moved} moved")
        if done.failed:
            self.stderr.write(f"{done.failed} could not be recomputed; the log says why.")

    def _tell(self, moved: times.Moved) -> None:
        delivery = moved.delivery
        self.stdout.write(
            f"{delivery.account.handle}, {when(moved.after, ZoneInfo(delivery.zone))}: "
            f"{moved.before:%Y-%m-%d %H:%M} UTC is now {moved.after:%Y-%m-%d %H:%M} UTC"
        )
