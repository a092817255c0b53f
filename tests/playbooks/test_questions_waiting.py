"""Whose turn it is, what an answer is worth to others, and what is taken out of a thread."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from chapters.models import Notice
from playbooks import agenda, answer_marks, asking, search
from playbooks.errors import NotNow
from playbooks.models import HelpfulMark, Question
from posts import needs
from tests.access import inquiring
from tests.playbooks.test_office_hours import failed

pytestmark = pytest.mark.django_db
ALL = Question.Audience.EVERYBODY


@pytest.fixture
def question(cast):
    return inquiring.ask(cast.ana, cast.lisbon, "The hall echoes.", ALL)


def write_again(cast, question, *, still):
    form = {"body": "We tried that.", "key": uuid.uuid4(), **({"still": "on"} if still else {})}
    address = reverse("question_answer", args=["lisbon", question.uid])
    assert cast.client(cast.ana).post(address, form).status_code == 302


def test_an_answer_hands_the_turn_to_the_asker_who_may_hand_it_back(cast, question):
    assert question in asking.waiting()
    inquiring.answer(question, cast.cato, cast.central)
    assert not asking.waiting().exists()
    (group,) = needs.of(cast.membership(cast.ana)).groups
    assert [need.why for need in group.rows] == ["An answer waits for you. Did it help?"]
    assert needs.of(cast.membership(cast.lucia)).count == 0
    write_again(cast, question, still=False)  # a thank-you asks for nothing
    assert not asking.waiting().exists()
    write_again(cast, question, still=True)
    assert question in asking.waiting()
    assert Notice.objects.filter(person=cast.cleo, kind="question_asked").count() == 2
    page = cast.client(cast.cato).get(reverse("questions_waiting")).content.decode()
    assert "An answer is promised by" in page


def test_nobody_but_the_asker_says_that_an_answer_is_still_owed(cast, question):
    inquiring.answer(question, cast.cato, cast.central)
    asking.answer(
        question=question, membership=cast.membership(cast.rui), body="Hm.", form_key=uuid.uuid4(),
        still_waiting=True,
    )  # fmt: skip
    assert not asking.waiting().exists()


def test_home_shows_the_answer_that_waits(cast, question):
    inquiring.answer(question, cast.cato, cast.central)
    page = cast.client(cast.ana).get(reverse("chapter_home", args=["lisbon"])).content.decode()
    assert "An answer waits for you" in page
    assert reverse("question_detail", args=["lisbon", question.uid]) in page


def test_the_central_team_says_how_soon_it_answers(cast):
    address = reverse("questions_promise")
    assert cast.client(cast.cato).post(address, {"working_days": "0"}).status_code == 302
    assert asking.working_days() == 2
    cast.client(cast.cato).post(address, {"working_days": "5"})
    assert asking.promise(datetime(2026, 11, 24, 10, tzinfo=UTC), cast.central.zone, 5).day == 1
    page = cast.client(cast.vera).get(reverse("question_ask", args=["lisbon"])).content.decode()
    assert "within 5 working days" in page


def test_only_the_asker_opens_what_was_asked_in_private(cast):
    private = inquiring.ask(cast.ana, cast.lisbon, "Between us")
    for person in (cast.lucia, cast.cleo, cast.otto):
        with pytest.raises(NotNow):
            asking.open_to_all(question=private, membership=cast.membership(person))
    asking.open_to_all(question=private, membership=cast.membership(cast.ana))
    private.refresh_from_db()
    assert private.is_for_all


def test_a_private_question_takes_no_word_of_another_chapter_even_past_the_door(cast):
    private = inquiring.ask(cast.ana, cast.lisbon, "Between us")
    with pytest.raises(NotNow):
        inquiring.answer(private, cast.eva, cast.porto)
    assert not private.answers.exists()


def test_an_answer_to_another_question_is_not_the_one_that_helped(cast, question):
    elsewhere = inquiring.answer(inquiring.ask(cast.eva, cast.porto, "Else", ALL), cast.cato, cast.central)
    with pytest.raises(NotNow):
        asking.accept(question=question, answer=elsewhere, membership=cast.membership(cast.ana))


def test_a_hidden_answer_is_gone_and_the_promise_owed_again(cast, question):
    said = inquiring.answer(question, cast.eva, cast.porto, "Buy our lavalier")
    address = reverse("answer_hide", args=[question.uid, said.pk])
    cato = cast.client(cast.cato)
    cato.post(address)  # without a reason
    assert search.find("lavalier").hits
    cato.post(address, {"why": "An advertisement"})
    assert not search.find("lavalier").hits
    assert question in asking.waiting()
    thread = reverse("question_detail", args=["lisbon", question.uid])
    assert "lavalier" not in cast.client(cast.ana).get(thread).content.decode()
    with pytest.raises(NotNow):
        asking.accept(question=question, answer=said, membership=cast.membership(cast.ana))
    cato.post(address, {"show": "1"})
    assert not asking.waiting().exists()


def test_one_takes_back_ones_own_words_and_nobody_elses(cast, question):
    said = inquiring.answer(question, cast.eva, cast.porto)
    for person, slug, code in (
        (cast.otto, "braga", 404),
        (cast.ana, "lisbon", 404),
        (cast.eva, "porto", 302),
    ):
        address = reverse("answer_take_back", args=[slug, question.uid, said.pk])
        assert cast.client(person).post(address).status_code == code
    said.refresh_from_db()
    assert said.hidden_by == cast.eva


def test_what_helped_the_chapter_is_not_hidden(cast, question):
    said = inquiring.answer(question, cast.eva, cast.porto)
    asking.accept(question=question, answer=said, membership=cast.membership(cast.ana))
    for person in (cast.cleo, cast.eva):
        with pytest.raises(NotNow):
            answer_marks.hide(answer=said, by=cast.actor(person), why="Old")


def test_an_answer_helps_a_person_once_and_never_its_author(cast, question):
    said = inquiring.answer(question, cast.eva, cast.porto)
    otto = cast.membership(cast.otto)
    assert answer_marks.mark_helpful(answer=said, membership=otto)
    assert not answer_marks.mark_helpful(answer=said, membership=otto)
    with pytest.raises(NotNow):
        answer_marks.mark_helpful(answer=said, membership=cast.membership(cast.eva))
    assert not HelpfulMark.objects.exists()


def test_asking_about_a_failed_post_begins_in_private_with_what_went_wrong(cast):
    post = failed(cast.porto, cast.eva)
    delivery = post.deliveries.get()
    address = reverse("question_ask", args=["porto"]) + f"?point=delivery:{delivery.uid}"
    detail = cast.client(cast.eva).get(reverse("post_detail", args=["porto", post.uid])).content.decode()
    assert address in detail
    form = cast.client(cast.eva).get(address).context["form"]
    assert "The picture is too large." in form["body"].value()
    assert form["audience"].value() == Question.Audience.CENTRAL
    elsewhere = reverse("question_ask", args=["braga"]) + f"?point=delivery:{delivery.uid}"
    assert not cast.client(cast.otto).get(elsewhere).context["form"]["body"].value()
    assert agenda.points(cast.braga) == []
