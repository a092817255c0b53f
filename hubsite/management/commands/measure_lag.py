"""manage.py measure_lag: how long after its time a post reaches the platform, on a hub that is running."""

from __future__ import annotations

import json
import statistics
import time
import uuid
from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from chapters.events import Actor
from chapters.models import Chapter, Membership
from chapters.permissions import Role
from posts import composing, workflow
from posts.models import Delivery, Heartbeat, Post, SocialAccount

LEAD_TIME = timedelta(seconds=5)
ALIVE = timedelta(seconds=30)
PATIENCE = 15.0  # seconds


class Command(BaseCommand):
    help = "Schedule posts on practice accounts of a running hub and print how late they arrived."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--posts", type=int, default=30)
        parser.add_argument("--over", type=float, default=15.0, help="seconds over which they come due")
        parser.add_argument("--wait", type=float, default=60.0, help="seconds to wait for the last one")

    def handle(self, *args: Any, **options: Any) -> None:
        if not self._worker_is_seen():
            raise CommandError("No worker is at work on this hub. Start it with `make run`, then measure.")
        accounts = list(self._accounts())
        if not accounts:
            raise CommandError("This hub has no practice account in a chapter where review is optional.")
        begins = timezone.now() + LEAD_TIME
        step = options["over"] / options["posts"]
        posts = [
            self._schedule(
                accounts[number % len(accounts)], number, begins + timedelta(seconds=number * step)
            )
            for number in range(options["posts"])
        ]
        lags = self._lags(posts, until=time.monotonic() + options["over"] + options["wait"])
        self._report(lags, options)

    def _worker_is_seen(self) -> bool:
        """Whether a worker is at work; one that has just started gets the time to say so."""
        end = time.monotonic() + PATIENCE
        while not Heartbeat.objects.filter(kind="worker", at__gt=timezone.now() - ALIVE).exists():
            if time.monotonic() > end:
                return False
            time.sleep(0.5)
        return True

    def _accounts(self) -> Any:
        return SocialAccount.objects.select_related("chapter").filter(
            platform="sandbox",
            disconnected_at=None,
            broken_at=None,
            lane__paused_at=None,
            chapter__review_rule=Chapter.ReviewRule.OPTIONAL,
            chapter__state=Chapter.State.ACTIVE,
        )

    def _schedule(self, account: SocialAccount, number: int, at: datetime) -> Post:
        lead = (
            Membership.objects.filter(chapter=account.chapter, role=Role.LEAD).select_related("user").first()
        )
        by = Actor.person(lead.user)
        post = composing.create(
            chapter=account.chapter,
            by=by,
            form_key=uuid.uuid4(),
            draft=composing.Draft(f"A measurement of the hub, {number + 1}", targets={account.pk: None}),
        )
        return workflow.schedule(post=post, at=at, by=by)

    def _lags(self, posts: list[Post], *, until: float) -> list[float]:
        """Seconds from due to the platform's receipt, for each post that arrived once."""
        waiting = Delivery.objects.filter(post__in=posts).exclude(status=Delivery.Status.PUBLISHED)
        while waiting.exists() and time.monotonic() < until:
            time.sleep(0.5)
        due = dict(Delivery.objects.filter(post__in=posts).values_list("external_id", "due_at"))
        arrived = [event for event in self._received() if event["id"] in due]
        return [
            (datetime.fromisoformat(event["received_at"]) - due[event["id"]]).total_seconds()
            for event in arrived
        ]

    def _received(self) -> list[dict[str, Any]]:
        lines = (settings.DATA_DIR / "sandbox" / "received.jsonl").read_text().splitlines()
        return [event for line in lines if (event := json.loads(line))["event"] == "post"]

    def _report(self, lags: list[float], options: dict[str, Any]) -> None:
        if len(lags) != options["posts"]:
            raise CommandError(f"{len(lags)} of {options['posts']} posts arrived once within the time.")
        cuts = statistics.quantiles(lags, n=100, method="inclusive")
        self.stdout.write(
            f"{len(lags)} posts over {options['over']:.0f} s, from due to the practice network's receipt: "
            f"p50 {cuts[49]:.2f} s, p95 {cuts[94]:.2f} s, max {max(lags):.2f} s"
        )
