"""Makes the database ready to be used, on a hub of one's own machine."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError


class Command(BaseCommand):
    """Check, migrate, make the cache's table, recompute times: one process, since starting takes a while."""

    help = "Check the settings, migrate the database and make the cache's table, where there is one."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("check")
        try:
            call_command("migrate", interactive=False, verbosity=0)
            call_command("createcachetable")
            call_command("recompute_times")
        except OperationalError as error:
            raise CommandError(
                f"The database can't be used; is DATABASE_URL right? It said: {' '.join(str(error).split())}"
            ) from error
