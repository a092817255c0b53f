from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from chapters.models import Notice
from playbooks import asking, search
from playbooks.asking import Asked
from playbooks.errors import NotNow
from playbooks.models import Question
from tests.playbooks import shelf

LISBON = ZoneInfo("Europe/Lisbon")


@pytest.fixture
def question(cast):
    return ask(cast, cast.ana)


def ask(cast, who, title="How do we photograph people?", **more):
    membership = cast.membership(who)
    return asking.ask(membership=membership, asked=Asked(title, **more), form_key=uuid.uuid4())


def answer(cast, question, who, body="Ask them first"):
    membership = cast.membership(who)
    return asking.answer(question=question, membership=membership, body=body, form_key=uuid.uuid4())


def kinds(person):
    return list(Notice.objects.filter(person=person).values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("asked", "promised"),
    [
        (datetime(2026, 11, 23, 10, tzinfo=UTC), datetime(2026, 11, 25, 18, tzinfo=LISBON)),  # Monday
        (datetime(2026, 11, 27, 10, tzinfo=UTC), datetime(2026, 12, 1, 18, tzinfo=LISBON)),  # Friday
        (datetime(2026, 11, 28, 10, tzinfo=UTC), datetime(2026, 12, 1, 18, tzinfo=LISBON)),  # Saturday
    ],
)
def test_answer_is_promised_by_the_evening_of_the_second_working_day(asked, promised):
    assert asking.promise(asked, LISBON) == promised


def test_private_question_is_read_by_its_chapter_and_the_central_team_alone(cast):
    question = ask(cast, cast.ana, audience=Question.Audience.CENTRAL)
    own = reverse("question_detail", args=["lisbon", question.uid])
    assert cast.client(cast.vera).get(own).status_code == 200
    assert cast.client(cast.cato).get(reverse("question_help", args=[question.uid])).status_code == 200
    for who, slug in ((cast.alba, "porto"), (cast.otto, "braga"), (cast.cato, "central")):
        address = reverse("question_detail", args=[slug, question.uid])
        assert cast.client(who).get(address).status_code == 404
        data = {"body": "Me too", "key": uuid.uuid4()}
        assert (
            cast.client(who).post(reverse("question_answer", args=[slug, question.uid]), data).status_code
            == 404
        )
    assert search.find("photograph").hits == []
    assert question.answers.count() == 0


def test_other_chapter_answers_and_the_asker_says_that_it_helped(cast, question):
    said = answer(cast, question, cast.alba)
    question.refresh_from_db()
    assert question.first_answered_at == said.created_at
    asking.accept(question=question, answer=said, membership=cast.membership(cast.ana))
    question.refresh_from_db()
    assert (question.state, question.accepted) == (Question.State.SOLVED, said)
    assert kinds(cast.ana) == ["question_answered"]
    assert kinds(cast.alba) == ["answer_accepted"]


def test_own_chapters_words_are_not_the_first_answer(cast, question):
    answer(cast, question, cast.lucia)
    question.refresh_from_db()
    assert question.first_answered_at is None


def test_answerer_cannot_say_that_their_own_answer_helped(cast, question):
    said = answer(cast, question, cast.alba)
    with pytest.raises(NotNow):
        asking.accept(question=question, answer=said, membership=cast.membership(cast.alba))
    own = answer(cast, question, cast.ana, "I tried it")
    with pytest.raises(NotNow):
        asking.accept(question=question, answer=own, membership=cast.membership(cast.ana))


def test_same_form_twice_asks_and_answers_once(cast):
    key, client = uuid.uuid4(), cast.client(cast.ana)
    data = {"title": "How?", "audience": "everybody", "key": key}
    for _time in range(2):
        client.post(reverse("question_ask", args=["lisbon"]), data)
    question = Question.objects.get()
    for _time in range(2):
        client.post(reverse("question_answer", args=["lisbon", question.uid]), {"body": "So", "key": key})
    assert question.answers.count() == 1
    assert len(kinds(cast.cato)) == 1


def test_what_may_already_answer_is_shown_while_typing(cast, question):
    shelf.published(cast.cato, "Photos of people", body="Ask before you take a picture")
    answer(cast, question, cast.alba)
    page = cast.client(cast.paulo).get(
        reverse("question_similar", args=["porto"]), {"title": "photgraph people at events"}
    )
    assert "Photos of people" in page.content.decode()
    assert "How do we photograph people?" in page.content.decode()


def test_invalid_question_keeps_what_was_typed(cast):
    page = cast.client(cast.ana).post(
        reverse("question_ask", args=["lisbon"]),
        {"title": "", "body": "A long story", "audience": "central", "key": uuid.uuid4()},
    )
    assert page.status_code == 422
    assert "A long story" in page.content.decode()


def test_question_becomes_a_playbook_with_credit_in_one_step(cast, question):
    answer(cast, question, cast.alba, "Hang up a sign at the door.")
    playbook = asking.make_entry(question=question, by=cast.actor(cast.cato))
    assert "Hang up a sign at the door." in playbook.body
    assert "Alba of Porto" in playbook.body
    thanked = {(credit.chapter, credit.reason) for credit in playbook.credits.all()}
    assert thanked == {(cast.lisbon, "question"), (cast.porto, "answer")}
    question.refresh_from_db()
    assert asking.make_entry(question=question, by=cast.actor(cast.cleo)) == playbook
    assert "question_became_entry" in kinds(cast.alba)


def test_private_question_never_becomes_a_playbook(cast):
    question = ask(cast, cast.ana, audience=Question.Audience.CENTRAL)
    answer(cast, question, cast.cato)
    with pytest.raises(NotNow):
        asking.make_entry(question=question, by=cast.actor(cast.cato))


def test_queue_says_how_long_a_question_waits_and_how_late_it_is(cast, question):
    Question.objects.filter(pk=question.pk).update(
        created_at=timezone.now() - timedelta(days=5), promised_at=timezone.now() - timedelta(days=2)
    )
    page = cast.client(cast.cato).get(reverse("questions_waiting"), {"show": "late"}).content.decode()
    assert "Waits for 5 days." in page
    assert "2 days late." in page


def test_lists_take_the_same_queries_for_many_as_for_few(cast, question):
    client = cast.client(cast.cato)

    def look() -> None:
        client.get(reverse("questions_waiting"))
        client.get(reverse("question_list", args=["central"]), {"show": "all"})

    few = shelf.queries(look)
    for number in range(12):
        answer(cast, ask(cast, cast.alba, f"Number {number}?"), cast.ana)
    assert shelf.queries(look) == few
