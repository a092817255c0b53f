"""What chapters read of questions: who reads them, which answer counts, and what may still be changed."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from chapters.models import Event, Notice
from playbooks import asking, correcting, search, similar
from playbooks.asking import Asked
from playbooks.errors import NotNow
from playbooks.models import Question
from tests.playbooks import shelf


def ask(cast, who, title="How do we photograph people?", **more):
    asked = Asked(title, **more)
    return asking.ask(membership=cast.membership(who), asked=asked, form_key=uuid.uuid4())


def answer(cast, question, who, body="Ask them first"):
    membership = cast.membership(who)
    return asking.answer(question=question, membership=membership, body=body, form_key=uuid.uuid4())


def page(cast, who, question, name="question_detail"):
    address = reverse(name, args=[cast.membership(who).chapter.slug, question.uid])
    return cast.client(who).get(address).content.decode()


def test_who_reads_a_private_question_is_said_in_the_same_words_everywhere(cast):
    question = ask(cast, cast.ana, audience=Question.Audience.CENTRAL)
    client, words = cast.client(cast.eduardo), "Only Lisbon and the central team"
    listed = client.get(reverse("question_list", args=["lisbon"])).content.decode()
    asking_page = client.get(reverse("question_ask", args=["lisbon"])).content.decode()
    assert words in listed
    assert words in asking_page
    assert words in page(cast, cast.eduardo, question)


def test_whoever_decides_marks_the_answer_and_everybody_else_says_that_it_helped_too(cast):
    question = ask(cast, cast.ana)
    answer(cast, question, cast.eduardo)
    mark, vote = "Mark as the answer", "It helped me too"
    assert [mark in page(cast, cast.ana, question), vote in page(cast, cast.ana, question)] == [True, False]
    for who in (cast.alba, cast.otto):
        assert [mark in page(cast, who, question), vote in page(cast, who, question)] == [False, True]
    own = page(cast, cast.eduardo, question)
    assert mark not in own
    assert vote not in own


def test_nobody_marks_their_own_words_as_the_answer(cast):
    question = ask(cast, cast.ana)
    said = answer(cast, question, cast.eduardo)
    with pytest.raises(NotNow):
        asking.accept(question=question, answer=said, membership=cast.membership(cast.eduardo))


def test_colleague_hears_whom_their_answer_helped_by_name(cast):
    question = ask(cast, cast.ana)
    said = answer(cast, question, cast.eduardo)
    asking.accept(question=question, answer=said, membership=cast.membership(cast.ana))
    assert Notice.objects.get(person=cast.eduardo, kind="answer_accepted").title == "Your answer helped Ana"
    assert Notice.objects.get(person=cast.ana).title == "Eduardo answered your question"


def test_asker_changes_the_words_and_search_follows(cast):
    question = ask(cast, cast.ana)
    address = reverse("question_edit", args=["lisbon", question.uid])
    client, said = cast.client(cast.ana), {"title": "How do we film a workshop?", "body": ""}
    for _time in range(2):
        assert client.post(address, said).status_code == 302
    question.refresh_from_db()
    assert (question.title, question.changed_at) == ("How do we film a workshop?", None)
    assert search.find("workshop").of(search.QUESTION) == [question.pk]
    assert search.find("photograph").hits == []
    kept = Event.objects.get(verb="question_corrected")
    assert kept.data["before"]["title"] == "How do we photograph people?"


def test_question_changed_after_an_answer_says_so(cast):
    question = ask(cast, cast.ana)
    answer(cast, question, cast.alba)
    correcting.correct(question=question, membership=cast.membership(cast.ana), title="How?", body="Indoors")
    question.refresh_from_db()
    assert question.changed_at is not None
    assert "changed " in page(cast, cast.alba, question)


def test_address_in_an_answer_is_a_link(cast):
    question = ask(cast, cast.ana)
    answer(cast, question, cast.alba, "As on https://example.org/photos it says")
    shown = page(cast, cast.ana, question)
    assert '<a href="https://example.org/photos" rel="noopener noreferrer nofollow">' in shown


def test_closed_question_keeps_its_words_and_an_empty_one_what_was_typed(cast):
    question = ask(cast, cast.ana)
    address, client = reverse("question_edit", args=["lisbon", question.uid]), cast.client(cast.ana)
    empty = client.post(address, {"title": "", "body": "Indoors, in the evening"})
    assert (empty.status_code, "Indoors, in the evening" in empty.content.decode()) == (422, True)
    asking.close(question=question, membership=cast.membership(cast.ana))
    assert client.post(address, {"title": "Why?", "body": ""}).status_code == 422
    question.refresh_from_db()
    assert question.title == "How do we photograph people?"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("How do we write picture descriptions?", ["Describe a picture"]),
        ("Where do we get donated paint?", []),  # both words stand in a text, and neither is what it is about
        ("Where do others get their people from?", []),  # what every title says finds nothing
    ],
)
def test_only_what_is_about_the_same_is_proposed(cast, typed, found):
    for title in ("Ask people", "Film people", "People who help", "Young people", "Tell people", "People"):
        shelf.published(cast.cato, title)
    shelf.published(cast.cato, "Describe a picture", body="Say what is in it, such as donated paint.")
    shelf.published(cast.cato, "Local partners", body="Send them a picture and its description.")
    shown = similar.to(typed, chapter=cast.lisbon, language="en")
    assert [playbook.current.title for playbook in shown.playbooks] == found


def test_question_without_an_answer_is_no_answer_to_another(cast):
    waiting = ask(cast, cast.alba, "Where do we find a choir?")
    asking.answer(
        question=waiting, membership=cast.membership(cast.alba), body="Anybody?", form_key=uuid.uuid4()
    )
    answered = ask(cast, cast.alba, "Does a choir sing for free?")
    answer(cast, answered, cast.ana)
    ended = ask(cast, cast.alba, "Which choir is it?")
    asking.close(question=ended, membership=cast.membership(cast.alba))
    shown = similar.to("Which choirs can we ask?", chapter=cast.lisbon, language="en")
    assert (shown.answered, shown.waiting) == ([answered], [waiting])
    client = cast.client(cast.ana)
    page = client.get(reverse("question_similar", args=["lisbon"]), {"title": "choir choir"}).content.decode()
    assert page.index("Does a choir") < page.index("Also asked") < page.index("Where do we find")
