"""The state machine, cell by cell: every status to every other, each tried by the real verbs on a real post.

A cell names the verbs that lead there; an empty cell is refused, and a refused verb leaves every row as it
was. `*` marks a verb that leads there only in a chapter where review is optional.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.utils import timezone

from chapters.events import SYSTEM
from chapters.models import Event
from posts import workflow
from posts.models import Delivery, Post
from posts.problems import Refused
from posts.publishing import queue, repair
from tests.support import posts

pytestmark = pytest.mark.django_db

CELLS = {
    # from a draft
    ("draft", "draft"): "",
    ("draft", "in_review"): "submit",
    ("draft", "approved"): "",
    ("draft", "scheduled"): "schedule*",
    ("draft", "publishing"): "",
    ("draft", "published"): "",
    ("draft", "failed"): "",
    ("draft", "needs_attention"): "",
    # from review
    ("in_review", "draft"): "withdraw request_changes",
    ("in_review", "in_review"): "",
    ("in_review", "approved"): "approve",
    ("in_review", "scheduled"): "",
    ("in_review", "publishing"): "",
    ("in_review", "published"): "",
    ("in_review", "failed"): "",
    ("in_review", "needs_attention"): "",
    # from approved
    ("approved", "draft"): "reopen",
    ("approved", "in_review"): "",
    ("approved", "approved"): "",
    ("approved", "scheduled"): "schedule",
    ("approved", "publishing"): "",
    ("approved", "published"): "",
    ("approved", "failed"): "",
    ("approved", "needs_attention"): "",
    # from the schedule
    ("scheduled", "draft"): "reopen unschedule*",
    ("scheduled", "in_review"): "",
    ("scheduled", "approved"): "unschedule",
    ("scheduled", "scheduled"): "",
    ("scheduled", "publishing"): "start_due",
    ("scheduled", "published"): "",
    ("scheduled", "failed"): "",
    ("scheduled", "needs_attention"): "settle",
    # while it goes out
    ("publishing", "draft"): "settle",
    ("publishing", "in_review"): "",
    ("publishing", "approved"): "",
    ("publishing", "scheduled"): "",
    ("publishing", "publishing"): "",
    ("publishing", "published"): "settle",
    ("publishing", "failed"): "settle",
    ("publishing", "needs_attention"): "settle",
    # once it is out
    ("published", "draft"): "",
    ("published", "in_review"): "",
    ("published", "approved"): "",
    ("published", "scheduled"): "",
    ("published", "publishing"): "",
    ("published", "published"): "",
    ("published", "failed"): "",
    ("published", "needs_attention"): "",
    # when nothing went out
    ("failed", "draft"): "reopen settle",
    ("failed", "in_review"): "",
    ("failed", "approved"): "",
    ("failed", "scheduled"): "schedule",
    ("failed", "publishing"): "retry settle",
    ("failed", "published"): "settle",
    ("failed", "failed"): "",
    ("failed", "needs_attention"): "",
    # when a person has to decide
    ("needs_attention", "draft"): "reopen settle",
    ("needs_attention", "in_review"): "",
    ("needs_attention", "approved"): "",
    ("needs_attention", "scheduled"): "schedule",
    ("needs_attention", "publishing"): "retry settle",
    ("needs_attention", "published"): "settle",
    ("needs_attention", "failed"): "settle",
    ("needs_attention", "needs_attention"): "",
}

# Every verb that could lead to a status, tried in the cells where none does.
LEADING_TO = {
    "draft": "withdraw request_changes reopen unschedule settle",
    "in_review": "submit",
    "approved": "approve unschedule",
    "scheduled": "schedule",
    "publishing": "start_due retry settle",
    "published": "settle",
    "failed": "settle",
    "needs_attention": "settle",
}

# What the deliveries are while a post has a status, and what makes `settle` say so.
DELIVERIES = {
    "draft": "skipped",
    "publishing": "pending",
    "published": "published",
    "failed": "failed",
    "needs_attention": "held",
}


class World:
    """One post in one status, and the verbs that can be tried on it."""

    def __init__(self, cast: Any, status: str, *, optional: bool = False) -> None:
        self.chapter = cast.porto if optional else cast.lisbon
        self.author, self.reviewer = (cast.alba, cast.eva) if optional else (cast.ana, cast.rui)
        self.by = cast.actor(self.author)
        self.membership = cast.membership(self.reviewer, self.chapter)
        self.post = self._make(status, optional=optional)
        assert self.post.status == status

    def _make(self, status: str, *, optional: bool) -> Post:
        if status == "draft":
            return posts.draft(self.chapter, self.author)
        if status == "in_review":
            return posts.in_review(self.chapter, self.author)
        if status == "approved":
            return posts.approved(self.chapter, self.author, self.reviewer)
        reviewer = None if optional else self.reviewer
        scheduled = posts.scheduled(self.chapter, self.author, reviewer=reviewer)
        if status == "scheduled":
            return scheduled
        return (
            posts.begun(scheduled) if status == "publishing" else posts.settled(scheduled, DELIVERIES[status])
        )

    def deliveries_say(self, to: str) -> None:
        """Make the deliveries add up to `to`, on a post that may have none yet."""
        if self.post.status == "scheduled" and to != "needs_attention":
            return  # nothing is sent while a post is scheduled: all a delivery can do is wait or be held
        if not self.post.deliveries.exists():
            queue.enqueue(self.post, due_at=timezone.now())
        self.post.deliveries.update(status=DELIVERIES[to])

    def run(self, verb: str) -> None:
        """The real verb, as views and workers call it."""
        getattr(self, verb)()

    def submit(self) -> None:
        workflow.submit(post=self.post, by=self.by)

    def withdraw(self) -> None:
        workflow.withdraw(post=self.post, by=self.by)

    def request_changes(self) -> None:
        workflow.request_changes(
            post=self.post, membership=self.membership, revision=self.post.revision, text="Name the hall."
        )

    def approve(self) -> None:
        workflow.approve(post=self.post, membership=self.membership, revision=self.post.revision)

    def schedule(self) -> None:
        workflow.schedule(post=self.post, at=timezone.now() + timedelta(hours=3), by=self.by)

    def unschedule(self) -> None:
        workflow.unschedule(post=self.post, by=self.by)

    def reopen(self) -> None:
        workflow.reopen(post=self.post, by=self.by)

    def start_due(self) -> None:
        workflow.start_due(post=self._locked())

    def retry(self) -> None:
        delivery = self.post.deliveries.first()
        if delivery is not None:
            repair.retry(delivery=delivery, by=self.by)
        else:
            workflow.retried(post=self._locked(), by=self.by)

    def settle(self) -> None:
        workflow.settle(post=self._locked(), by=SYSTEM)

    def _locked(self) -> Post:
        return Post.objects.select_for_update(of=("self",)).select_related("chapter").get(pk=self.post.pk)


def everything() -> dict[str, Any]:
    """Every row that a verb could touch: counts of all tables, posts and deliveries column by column."""
    models = [
        model for app in ("chapters", "playbooks", "posts") for model in apps.get_app_config(app).get_models()
    ]
    return {
        "rows": {model._meta.label: model.objects.count() for model in models},
        "posts": list(Post.objects.order_by("pk").values()),
        "deliveries": list(Delivery.objects.order_by("pk").values()),
        "events": list(Event.objects.order_by("pk").values_list("pk", "verb")),
    }


def attempt(world: World, verb: str) -> bool:
    """Run the verb as its caller does, all or nothing. False where it refused."""
    try:
        with transaction.atomic():
            world.run(verb)
    except Refused:
        return False
    return True


def test_the_table_is_whole():
    statuses = [status.value for status in Post.Status]
    assert list(CELLS) == [(before, after) for before in statuses for after in statuses]
    declared = {
        (before.value, after.value)
        for moves in workflow.TABLE.values()
        for before, afters in moves.items()
        for after in afters
    }
    assert {cell for cell, verbs in CELLS.items() if verbs} == declared


@pytest.mark.parametrize(("before", "after"), [cell for cell, verbs in CELLS.items() if verbs])
def test_cell_is_reached(cast, before, after):
    for word in CELLS[before, after].split():
        verb = word.rstrip("*")
        world = World(cast, before, optional=word.endswith("*"))
        if verb == "settle":
            world.deliveries_say(after)
        event_count = Event.objects.count()

        assert attempt(world, verb), verb

        world.post.refresh_from_db()
        assert world.post.status == after, verb
        moved = [event for event in Event.objects.order_by("pk")[event_count:] if "came_from" in event.data]
        assert [(event.data["came_from"], event.data["to"]) for event in moved] == [(before, after)], verb


@pytest.mark.parametrize(("before", "after"), [cell for cell, verbs in CELLS.items() if not verbs])
def test_cell_is_refused(cast, before, after):
    for verb in LEADING_TO[after].split():
        world = World(cast, before)
        if verb == "settle":
            world.deliveries_say(after)
        as_it_was = everything()

        attempt(world, verb)

        assert everything() == as_it_was, verb
