"""manage.py rotate_keys: write every encrypted value again under the current key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from posts import credentials


class Command(BaseCommand):
    help = (
        "Encrypt every account's tokens with the first key of HUB_ENCRYPTION_KEYS. Put the new key first, "
        "keep the old one behind it, restart, run this, then take the old one away."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        changed = credentials.rotate()
        self.stdout.write(f"{changed} value(s) written again.")
