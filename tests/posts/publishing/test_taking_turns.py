"""Who goes first where more is due than can be sent at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from posts import workflow
from posts.models import Delivery, Lane
from posts.publishing import claim, queue
from posts.publishing.drain import Drain

pytestmark = pytest.mark.django_db(transaction=True)


def lanes_due(cast, practice, chapter, number: int, *, ago: float = 60) -> list[int]:
    """New accounts of `chapter` with a lane that is due since `ago` seconds."""
    accounts = [practice.connect(chapter) for _ in range(number)]
    lanes = Lane.objects.filter(account__in=accounts)
    lanes.update(next_due_at=timezone.now() - timedelta(seconds=ago))
    return list(lanes.order_by("id").values_list("id", flat=True))


def test_chapters_take_turns_however_much_one_of_them_has(cast, practice):
    flood = lanes_due(cast, practice, cast.porto, 4, ago=600)
    other = lanes_due(cast, practice, cast.lisbon, 1)

    assert claim.due(2) == [flood[0], *other]


def test_what_a_chapter_is_sending_already_counts_as_its_turn(cast, practice):
    flood = lanes_due(cast, practice, cast.porto, 4, ago=600)
    claim.take(flood[:2], owner="busy")
    other = lanes_due(cast, practice, cast.lisbon, 2)

    assert claim.due(3) == [*other, flood[2]]


@override_settings(HUB_SENDERS=4, HUB_DRAINS=1)
def test_one_chapter_never_has_every_sender(cast, practice):
    lanes_due(cast, practice, cast.porto, 6)

    assert len(claim.take(claim.due(6), owner="one")) == 3
    assert claim.due(6) == []


def test_old_backlog_waits_for_its_next_turn_behind_what_came_due_meanwhile(cast, practice):
    old, older = lanes_due(cast, practice, cast.porto, 2, ago=6000)
    (fresh,) = lanes_due(cast, practice, cast.porto, 1, ago=5)
    now = timezone.now()
    Lane.objects.filter(pk=old).update(released_at=now - timedelta(seconds=1))
    Lane.objects.filter(pk=older).update(released_at=now - timedelta(seconds=2))

    assert claim.due(3) == [fresh, older, old]


def test_lane_that_is_given_back_goes_to_the_end_of_the_row(cast, practice):
    first, second = lanes_due(cast, practice, cast.porto, 2)
    (lease,) = claim.take([first], owner="one turn")
    Lane.objects.filter(pk=second).update(next_due_at=timezone.now() - timedelta(seconds=1))

    claim.release([lease])
    Lane.objects.filter(pk=first).update(next_due_at=timezone.now() - timedelta(seconds=60))

    assert claim.due(2) == [second, first]


@override_settings(HUB_SENDERS=4, HUB_DRAINS=1)
def test_backlog_of_one_account_does_not_keep_another_waiting(cast, practice, write):
    """Where others wait a lane goes back after each post: posts go out in turn, not account by account."""
    accounts = [practice.connect(cast.porto) for _ in range(2)]
    for account in accounts:
        for text in ("one", "two", "three"):
            workflow.schedule(post=write(account, text=text), at=timezone.now(), by=cast.actor(cast.alba))
    moment = timezone.now() - timedelta(seconds=1)
    Delivery.objects.update(due_at=moment)
    queue.retime([account.pk for account in accounts])

    Drain(senders=1).run_due()

    sent = list(Delivery.objects.order_by("published_at", "id").values_list("account_id", flat=True))
    assert len(sent) == 6
    assert sent[:2] in ([accounts[0].pk, accounts[1].pk], [accounts[1].pk, accounts[0].pk])
