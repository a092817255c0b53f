from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from playbooks import asking, scorecard
from playbooks.asking import Asked
from playbooks.models import Question, Vote
from tests.playbooks import shelf

ZONE = ZoneInfo("Europe/Copenhagen")


def ask(cast, who, *, days_ago, answered_after=None):
    membership = cast.membership(who)
    question = asking.ask(membership=membership, asked=Asked("How?"), form_key=uuid.uuid4())
    at = timezone.now() - timedelta(days=days_ago)
    answered = at + answered_after if answered_after else None
    Question.objects.filter(pk=question.pk).update(created_at=at, first_answered_at=answered)
    return question


def first_answer():
    return scorecard.of(timezone.now(), ZONE)[0]


def test_share_of_few_is_said_in_numbers_alone():
    assert scorecard.share(3, 4) == "3 of 4"
    assert scorecard.share(30, 40) == "30 of 40 (75 %)"


def test_hub_without_a_past_says_so(cast):
    for measure in scorecard.of(timezone.now(), ZONE):
        assert measure.headline
        assert measure.trend is None or measure.trend.is_empty


def test_middle_wait_for_a_first_answer_counts_what_is_answered(cast):
    for hours in (2, 4, 30):
        ask(cast, cast.ana, days_ago=3, answered_after=timedelta(hours=hours))
    ask(cast, cast.alba, days_ago=1)
    measure = first_answer()
    assert measure.headline == "Half of them had it within 4 hours."
    assert measure.trend.summary == "4 hours; 3 of 4 answered"


def test_score_moves_when_a_question_is_answered(cast):
    question = ask(cast, cast.ana, days_ago=1)
    before = first_answer()
    asking.answer(question=question, membership=cast.membership(cast.cato), body="So", form_key=uuid.uuid4())
    after = first_answer()
    assert before.trend.is_empty
    assert after.trend.summary == "1 day; 1 of 1 answered"


def test_central_teams_own_questions_do_not_count(cast):
    ask(cast, cast.cato, days_ago=2, answered_after=timedelta(hours=1))
    assert first_answer().trend.is_empty


def test_chapter_that_came_back_within_thirty_days_counts_once_a_month(cast):
    for days in (100, 72, 45):
        ask(cast, cast.ana, days_ago=days)
    ask(cast, cast.alba, days_ago=90)
    back = scorecard.of(timezone.now(), ZONE)[4]
    # of Lisbon's three months two were followed by another; Porto's one was not
    assert back.headline == "2 of 4 times a chapter came back within 30 days."


def test_no_chapter_is_named_on_the_scorecard(cast):
    ask(cast, cast.ana, days_ago=3, answered_after=timedelta(hours=2))
    page = cast.client(cast.otto).get(reverse("scorecard", args=["braga"])).content.decode()
    main = page.partition("<main")[2]
    assert "Lisbon" not in main
    assert "Porto" not in main


def test_scorecard_takes_the_same_queries_for_many_as_for_few(cast):
    client = cast.client(cast.ana)

    def look() -> None:
        client.get(reverse("scorecard", args=["lisbon"]))

    few = shelf.queries(look)
    for number in range(12):
        ask(cast, cast.ana, days_ago=number * 20, answered_after=timedelta(hours=number + 1))
    assert shelf.queries(look) == few


@pytest.mark.parametrize(
    ("now", "first"),
    [
        (datetime(2026, 11, 25, tzinfo=UTC), "2025-12-01"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "2026-02-01"),
    ],
)
def test_months_are_those_of_the_central_teams_clocks(now, first):
    assert scorecard.Calendar.until(now, ZONE).months[0].isoformat() == first


def test_votes_of_a_month_are_counted(cast):
    playbook = shelf.published(cast.cato)
    for person, helped in ((cast.ana, True), (cast.alba, False), (cast.otto, True)):
        Vote.objects.create(
            playbook=playbook, version=playbook.current, by=person, helped=helped, said_at=timezone.now(),
            chapter=cast.membership(person).chapter,
        )  # fmt: skip
    assert scorecard.of(timezone.now(), ZONE)[3].headline == "Playbooks helped in 2 of 3 votes."
