"""manage.py load_demo: fill an empty hub with the demo federation, or bring it up to today."""

from __future__ import annotations

import os
import secrets
from argparse import ArgumentParser
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from chapters.models import Chapter, Notice
from hubsite.demo import cast, content, later, library, people, story, talk
from hubsite.demo.practice import PracticeNetwork
from hubsite.lib import broker
from posts.models import Post

SIGN_INS = "demo-sign-ins.txt"
NEXT_OUT = "demo-next-post.txt"
FRESH_NOTICES = timedelta(days=4)
WORDS = ("amber", "bench", "copper", "darning", "hinge", "kettle", "lantern", "mallet", "needle", "solder",
         "spanner", "thimble")  # fmt: skip


class Command(BaseCommand):
    help = "Fill an empty hub with the demo federation, or bring the demo up to today."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--no-first-post", action="store_true", help="schedule nothing for the first minute"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SANDBOX_URL:
            raise CommandError(
                "The demo lives on the practice network. Set SANDBOX_URL to its address first."
            )
        with broker.quiet():
            if Post.objects.filter(is_demo=True).exists():
                with transaction.atomic():
                    fresh = later.refresh()
                self._tell_next_out()
                self.stdout.write("The demo is up to today" + (", with a fresh post." if fresh else "."))
                return
            if Chapter.objects.exists():
                raise CommandError("This hub has chapters of its own, so the demo is not loaded into it.")
            self._load(first_post=not options["no_first_post"])

    def _load(self, *, first_post: bool) -> None:
        now = timezone.now()
        password = "-".join(secrets.SystemRandom().sample(WORDS, 3)) + f"-{secrets.randbelow(90) + 10}"
        network = PracticeNetwork(os.environ.get("SANDBOX_ADMIN_KEY", ""))
        with transaction.atomic():
            self.stdout.write("People, chapters and accounts …")
            people.load(network, password=password, began=now - people.FOUNDED_BEFORE)
            self.stdout.write("Playbooks …")
            library.load(now)
            self.stdout.write("Posts and pictures …")
            told_by = cast.Cast(now)
            talk.begin(told_by)
            story.Teller(network, now, began=partial(talk.began, told_by)).tell_all()
            self.stdout.write("Questions, suggestions and what chapters say …")
            talk.load(told_by)
            # told long ago: nobody wants a hundred mails about the demo's past
            Notice.objects.update(sent_at=F("created_at"))
            Notice.objects.filter(created_at__lt=now - FRESH_NOTICES).update(read_at=F("created_at"))
            if first_post:
                later.first_post()
        (settings.DATA_DIR / SIGN_INS).write_text(sign_ins(password))
        self._tell_next_out()
        self.stdout.write(f"{Post.objects.count()} posts in {Chapter.objects.count()} chapters.")

    def _tell_next_out(self) -> None:
        """For the launcher, which says when the first post can be watched."""
        at = later.next_out()
        (settings.DATA_DIR / NEXT_OUT).write_text(at.isoformat() if at else "")


def sign_ins(password: str) -> str:
    """Who can sign in with what, for the newcomer."""
    names = {chapter["slug"]: chapter["name"] for chapter in content.federation()["chapters"]}
    lines = [f"Everybody's password: {password}", ""]
    for person in content.federation()["people"]:
        if "front_door" not in person:
            continue
        chapter = names.get(person["memberships"][0][0], "") if person["memberships"] else ""
        where = f" in {chapter}" if chapter and "central" not in person["front_door"] else ""
        lines.append(f"  {content.address(person['email']):32} {person['front_door']}{where}")
    return "\n".join(lines) + "\n"
