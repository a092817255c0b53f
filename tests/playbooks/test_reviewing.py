"""A second look before chapters get a draft, and publishing later."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chapters.models import Event, Membership, Notice
from playbooks import planned, reviewing, teaching
from playbooks.errors import NotNow, StaleDraft
from playbooks.models import Playbook, PlaybookReview
from tests.playbooks import shelf

Status = Playbook.Status


@pytest.fixture
def draft(cast):
    return shelf.drafted(cast.cato)


def publish(playbook, by, **words):
    number = Playbook.objects.get(pk=playbook.pk).draft_number
    return teaching.publish(playbook=playbook, draft_number=number, change_note="x", by=by, **words)


def test_nobody_publishes_a_draft_without_a_second_look(cast, draft):
    for who in (cast.cato, cast.cleo):
        with pytest.raises(NotNow, match="second look"):
            publish(draft, cast.actor(who), alone="I am in a hurry")
    assert not draft.versions.exists()


def test_nobody_approves_the_draft_they_wrote_last(cast, draft):
    with pytest.raises(NotNow, match="wrote this draft"):
        reviewing.approve(playbook=draft, draft_number=1, by=cast.actor(cast.cato))
    assert not PlaybookReview.objects.exists()


def test_an_approved_draft_is_published_by_its_writer(cast, draft):
    reviewing.ask(playbook=draft, draft_number=1, note="Is step 2 clear?", by=cast.actor(cast.cato))
    assert Notice.objects.get(kind="look_asked").person == cast.cleo
    reviewing.approve(playbook=draft, draft_number=1, by=cast.actor(cast.cleo))
    assert Notice.objects.get(kind="looked_at").person == cast.cato
    assert publish(draft, cast.actor(cast.cato)).number == 1


def test_an_approval_speaks_of_one_draft_only(cast, draft):
    reviewing.approve(playbook=draft, draft_number=1, by=cast.actor(cast.cleo))
    teaching.save_draft(
        playbook=draft, draft_number=1, draft=shelf.draft("Sneaked in"), by=cast.actor(cast.cato)
    )
    with pytest.raises(NotNow, match="second look"):
        publish(draft, cast.actor(cast.cato))
    with pytest.raises(StaleDraft):  # the reviewer's page was open all the while
        reviewing.approve(playbook=draft, draft_number=1, by=cast.actor(cast.cleo))


def test_wanted_changes_need_a_word_and_close_the_way(cast, draft):
    cleo = cast.actor(cast.cleo)
    with pytest.raises(NotNow, match="should change"):
        reviewing.want_changes(playbook=draft, draft_number=1, comment=" ", by=cleo)
    reviewing.approve(playbook=draft, draft_number=1, by=cleo)
    reviewing.want_changes(playbook=draft, draft_number=1, comment="Name a chapter.", by=cleo)
    with pytest.raises(NotNow, match="second look"):
        publish(draft, cast.actor(cast.cato))


def test_the_only_editor_publishes_with_a_reason_that_the_history_keeps(cast, draft):
    Membership.objects.filter(user=cast.cleo).delete()
    cato = cast.actor(cast.cato)
    with pytest.raises(NotNow, match="only editor"):
        reviewing.ask(playbook=draft, draft_number=1, by=cato)
    with pytest.raises(NotNow, match="Say why"):
        publish(draft, cato)
    publish(draft, cato, alone="Cleo left; the rules change on Monday.")
    assert Event.objects.get(verb="playbook_published").data["alone"].startswith("Cleo left")


def plan(cast, draft, minutes=5):
    reviewing.approve(playbook=draft, draft_number=1, by=cast.actor(cast.cleo))
    at = timezone.now() + timedelta(minutes=minutes)
    planned.plan(playbook=draft, draft_number=1, change_note="", at=at, by=cast.actor(cast.cato))
    return at


def test_a_planned_draft_is_published_once_when_its_time_has_come(cast, draft):
    at = plan(cast, draft)
    assert planned.publish_due() == 0
    assert planned.publish_due(now=at) == 1
    assert planned.publish_due(now=at) == 0
    draft.refresh_from_db()
    assert (draft.status, draft.versions.count(), draft.publish_at) == (Status.PUBLISHED, 1, None)
    assert draft.current.published_by == cast.cato


def test_a_plan_needs_the_second_look_and_a_time_to_come(cast, draft):
    late = timezone.now() + timedelta(hours=1)
    with pytest.raises(NotNow, match="second look"):
        planned.plan(playbook=draft, draft_number=1, change_note="", at=late, by=cast.actor(cast.cato))
    with pytest.raises(NotNow, match="passed"):
        plan(cast, draft, minutes=-1)


def test_a_later_draft_takes_the_plan_away(cast, draft):
    at = plan(cast, draft)
    teaching.save_draft(playbook=draft, draft_number=1, draft=shelf.draft("Later"), by=cast.actor(cast.cato))
    assert planned.publish_due(now=at) == 0
    assert Event.objects.filter(verb="playbook_unplanned").count() == 1


def test_one_plan_that_fails_is_told_of_and_does_not_stop_the_others(cast, draft):
    at = plan(cast, draft)
    other = shelf.drafted(cast.cato, "Another")
    plan(cast, other)
    PlaybookReview.objects.filter(playbook=draft).update(verdict="changes")
    later = at + timedelta(minutes=5)
    assert planned.publish_due(now=later) == 1
    assert {n.person for n in Notice.objects.filter(kind="plan_failed")} == {cast.cato}
    draft.refresh_from_db()
    assert (draft.status, draft.publish_at) == (Status.DRAFT, None)
    assert planned.publish_due(now=later) == 0
