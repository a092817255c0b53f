"""manage.py after_restore: before the worker starts on a restored backup."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from posts.models import Delivery
from posts.publishing import restored


def moment(text: str) -> datetime:
    """A moment with its zone."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ArgumentTypeError(f"{text} is no moment with its zone; write 2026-11-25T10:00Z for UTC.")
    return at


def minutes(text: str) -> timedelta:
    """A length of time, not negative."""
    if not text.isascii() or not text.isdigit():
        raise ArgumentTypeError(f"{text} is no number of minutes.")
    return timedelta(minutes=int(text))


class Command(BaseCommand):
    help = (
        "Before the worker starts on a restored backup: whatever may have gone out since the backup was "
        "taken is looked for on its account, or a person is asked, before anything is sent again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--backup-taken", type=moment, required=True, help="when the backup was begun: 2026-11-25T10:00Z"
        )
        parser.add_argument(
            "--margin-minutes", type=minutes, default="10", dest="margin",
            help="how far before that the doubt begins (10)",
        )  # fmt: skip
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")

    def handle(
        self, *args: Any, backup_taken: datetime, margin: timedelta, dry_run: bool, **options: Any
    ) -> None:
        try:
            done = restored.after_restore(
                backup_taken=backup_taken, margin=margin, dry_run=dry_run, tell=self._tell
            )
        except ValueError as reason:
            raise CommandError(str(reason)) from None
        if done.done_before:
            self.stdout.write("This was done before for the same backup; nothing was changed.")
            return
        self.stdout.write(
            f"{done.looked_for} will be looked for by the hub, {done.asked} wait for a person."
            + (" Nothing was changed: this was a dry run." if dry_run else " The worker may start now.")
        )
        if done.failed:
            raise CommandError(
                f"{done.failed} posts could not be put in doubt; the log says why. Do not start the worker "
                "before they are settled; run this again for the rest."
            )

    def _tell(self, doubted: restored.Doubted) -> None:
        delivery, was = doubted.delivery, Delivery.Status(doubted.was).label
        what = "looked for" if doubted.looked_for else "a person is asked"
        self.stdout.write(f"{delivery.account.handle}: {delivery.post.first_words} ({was}): {what}")
