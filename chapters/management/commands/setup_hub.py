from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from chapters import founding


class Command(BaseCommand):
    help = (
        "Make the central team and print the link by which its first lead signs up. Safe to run again: while "
        "nobody leads the team it prints a fresh link, afterwards it changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="the central team's name, as people will see it")
        parser.add_argument("--email", required=True, help="the address of the team's first lead")

    def handle(self, *args: Any, name: str, email: str, **options: Any) -> None:
        name, email = name.strip(), email.strip()
        if not name:
            raise CommandError("Give the central team a name: --name 'Our central team'.")
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(
                f"{email!r} is not a mail address. Give one: --email somebody@example.org."
            ) from None
        setup = founding.set_up_central_team(name=name, email=email)
        made = "is made" if setup.is_new else "was there already"
        self.stdout.write(f"The central team “{setup.central.name}” {made}.")
        if not setup.link:
            self.stdout.write("Somebody leads it; they invite everybody else. Nothing was changed.")
            return
        self.stdout.write(
            f"Open this link within {settings.INVITATION_HOURS} hours to become its lead ({email}):"
        )
        self.stdout.write(setup.link)
        self.stdout.write("The link works once. Run this again for a new one, which ends this one.")
