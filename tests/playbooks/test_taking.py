"""Questions of chapters on the central side: who takes one and by when, what is late, how much waits."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from chapters.models import Event, Notice
from playbooks import asking, taking
from playbooks.errors import NotNow
from playbooks.models import Question
from tests.access import inquiring
from tests.playbooks import shelf

pytestmark = pytest.mark.django_db
LIST, HOME = "/central/questions/", "/c/central/"


@pytest.fixture
def question(cast):
    return inquiring.ask(cast.ana, cast.lisbon, "The hall echoes", Question.Audience.EVERYBODY)


def make_late(question, **by):
    Question.objects.filter(pk=question.pk).update(promised_at=timezone.now() - timedelta(**by))


def take(cast, who, question, **data):
    return cast.client(who).post(reverse("question_take", args=[question.uid]), data)


def test_one_press_takes_it_and_the_slower_one_does_not_steal_it(cast, question):
    assert "I take it" in cast.client(cast.cato).get(LIST).text
    for _twice in range(2):
        assert take(cast, cast.cato, question).status_code == 302
    late = take(cast, cast.cleo, question)
    assert late.status_code == 422
    assert "Cato took it meanwhile" in late.text
    question.refresh_from_db()
    assert question.assigned_to == cast.cato
    assert Event.objects.filter(verb="question_assigned").count() == 1


def test_a_day_is_promised_for_one_question_and_told_once(cast, question):
    day = timezone.localdate() + timedelta(days=9)
    for _twice in range(2):
        take(cast, cast.cato, question, on=f"{day}")
    question.refresh_from_db()
    until = question.promised_at.astimezone(cast.central.zone)
    assert (until.date(), until.time()) == (day, asking.CLOSE_OF_DAY)
    told = Notice.objects.get(person=cast.ana, kind="question_promised")
    assert "Cato promises you an answer by" in told.title
    assert Event.objects.get(verb="answer_promised").data["until"] == until.isoformat()


@pytest.mark.parametrize("days", [-1, 400])
def test_a_day_that_is_over_or_far_away_is_not_promised_and_nothing_is_taken(cast, question, days):
    day = timezone.localdate() + timedelta(days=days)
    refused = take(cast, cast.cato, question, on=f"{day}")
    assert refused.status_code == 422
    assert f'value="{day}"' in refused.text
    question.refresh_from_db()
    assert question.assigned_to is None


def test_no_day_is_promised_where_no_answer_is_owed(cast, question):
    inquiring.answer(question, cast.cato, cast.central)
    with pytest.raises(NotNow):
        taking.promise_day(question=question, on=timezone.localdate(), by=cast.actor(cast.cato))


def test_late_looks_late_and_the_tabs_count(cast, question):
    make_late(question, hours=34)
    other = inquiring.ask(cast.alba, cast.porto, "Which paint?")
    taking.take(question=other, by=cast.actor(cast.cleo))
    ended = asking.close(
        question=inquiring.ask(cast.eva, cast.porto, "Never mind"), membership=cast.membership(cast.eva)
    )
    page = cast.client(cast.cato).get(LIST)
    assert "Late by 1 day" in page.text
    counts = {tab["key"]: tab["count"] for tab in page.context["tabs"]}
    assert counts == {"waiting": 2, "late": 1, "unassigned": 1, "mine": 0, "answered": 0, "done": 0}
    done = cast.client(cast.cato).get(LIST, {"show": "done"}).text
    assert "Ended" in done
    assert ended.title in done


def test_a_question_has_a_topic_of_the_playbooks_and_both_lists_narrow_to_it(cast, question):
    playbook = shelf.published(cast.cato, topics=["consent", "photos"])
    ana, ask = cast.client(cast.ana), reverse("question_ask", args=["lisbon"])
    assert ana.get(ask, {"about": playbook.slug}).context["form"]["topic"].value() == "consent"
    asked = {"title": "May we film the choir?", "audience": "everybody", "key": uuid.uuid4()}
    assert ana.post(ask, {**asked, "topic": "invented"}).status_code == 422
    assert ana.post(ask, {**asked, "topic": "photos"}).status_code == 302
    everything = reverse("question_list", args=["porto"]) + "?show=all"
    for client, url in (
        (cast.client(cast.eva), everything),
        (cast.client(cast.cato), f"{LIST}?show=waiting"),
    ):
        assert question.title in client.get(url).text
        page = client.get(f"{url}&topic=photos").text
        assert "May we film the choir?" in page
        assert question.title not in page


def test_home_has_what_waits_for_me_on_top_late_first_and_counts_it(cast, question):
    inquiring.ask(cast.alba, cast.porto, "Which paint?")
    taken = inquiring.ask(cast.eva, cast.porto, "Which lamp?")
    taking.take(question=taken, by=cast.actor(cast.cleo))
    make_late(question, hours=1)
    page = cast.client(cast.cato).get(HOME)
    assert page.context["owed"][0] == question
    assert len(page.context["owed"]) == 2
    assert page.context["summary"].startswith("2 things need you.")
    assert "2 things wait" in page.text  # on the phone's More
    assert "Questions, late first" in page.text
    team = cast.client(cast.cato).get(reverse("todo_list"), {"tab": "team"}).text
    assert reverse("question_help", args=[taken.uid]) in team
