"""manage.py publishing_health: one sentence about publishing, and an exit code for monitoring."""

from __future__ import annotations

import sys
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand

from posts.publishing import health


class Command(BaseCommand):
    help = "Say how publishing is. Exits with 1 when due posts have not been claimed for over a minute."

    def handle(self, *args: Any, **options: Any) -> None:
        condition = health.condition()
        self.stdout.write(condition.verdict(ZoneInfo("UTC")).sentence)
        if condition.is_stuck:
            sys.exit(1)
