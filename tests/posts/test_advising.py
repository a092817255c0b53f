"""Advice for a post that is being written, and what a chapter has lived through."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from playbooks.models import AdviceAside
from posts import advising, lived, workflow
from posts.advising import Sheet, advice, remarks
from posts.models import Delivery, Post
from tests.playbooks import shelf
from tests.support import posts


def seen(**sheet):
    return [remark.topics[0] for remark in remarks(Sheet(**sheet))]


@pytest.mark.parametrize(
    ("sheet", "topic"),
    [
        ({"text": "Hello", "descriptions": ("", "A bench")}, "accessibility"),
        ({"text": "Come on Saturday, bring a chair"}, "events"),
        ({"text": "Doors open 18:30"}, "events"),
        ({"text": "In May we meet on 12 May"}, "events"),
        ({"text": "A day", "descriptions": ("Two women laugh at a bench",)}, "consent"),
        ({"text": "Look https://example.org/a"}, "links"),
        ({"text": "Look", "link": "https://example.org/a"}, "links"),
        ({"text": "#a #b #c #d #e #f word"}, "hashtags"),
        ({"text": "More on https://example.org/x for all of you out there now",
          "platforms": frozenset({"instagram"})}, "links"),
        ({"text": "COME TO OUR GREAT FAIR"}, "accessibility"),
        ({"text": "word " * 200}, "writing"),
        ({"text": "We look for helping hands"}, "volunteers"),
        ({"text": "Thanks to our sponsors"}, "funding"),
    ],
)  # fmt: skip
def test_each_rule_sees_what_it_is_for(sheet, topic):
    assert topic in seen(**sheet)


@pytest.mark.parametrize(
    "sheet",
    [
        {},
        {"text": "A quiet line about nothing much"},
        {"text": "Come on Saturday to Mill Lane, at the library", "descriptions": ("A bench",)},
        {"text": "Saturday in Lisbon we mend chairs", "places": ("Lisbon", ""), "descriptions": ("A chair",)},
        {"text": "Five words and more are here https://example.org", "descriptions": ("A chair",)},
        {"text": "#a #b #c word word word word word"},
        {"text": "NASA and UNICEF say hello"},
    ],
)
def test_rules_are_silent_where_there_is_nothing_to_say(sheet):
    assert seen(**sheet) == []


HARD = "<" * 20_000, "#" * 20_000, "A " * 20_000, "AAA " * 5000, "at " * 9000, "\0١٢:٣٤", "12 " * 9000


@pytest.mark.parametrize("text", HARD, ids=range(len(HARD)))
def test_no_text_makes_a_rule_slow_or_fail(text):
    began = timezone.now()
    list(remarks(Sheet(text=text, descriptions=(text,))))
    assert timezone.now() - began < timedelta(seconds=2)


# ---- playbooks for the sheet


@pytest.fixture
def taught(cast):
    return {
        topic: shelf.published(cast.cato, f"On {topic}", topics=[topic])
        for topic in ("accessibility", "events", "consent", "writing")
    }


ALL_OF_IT = Sheet(
    text="#a #b #c #d #e #f on Saturday", descriptions=("", "Two people laugh")
)  # four rules have something to say


def test_at_most_three_playbooks_each_with_its_reason(cast, taught):
    found = advice(ALL_OF_IT, person=cast.ana)
    assert [one.playbook.title for one in found] == ["On accessibility", "On events", "On consent"]
    assert found[0].why == "1 picture has no description."


def test_advice_put_aside_does_not_come_back_for_this_person_alone(cast, taught):
    advising.put_aside(playbook=taught["events"], person=cast.ana)
    advising.put_aside(playbook=taught["events"], person=cast.ana)
    assert "On events" not in [one.playbook.title for one in advice(ALL_OF_IT, person=cast.ana)]
    assert "On events" in [one.playbook.title for one in advice(ALL_OF_IT, person=cast.eduardo)]


def test_advice_takes_one_query_or_none(cast, taught, django_assert_num_queries):
    shelf.many(200, topics=["events"])
    with django_assert_num_queries(1):
        advice(ALL_OF_IT, person=cast.ana)
    with django_assert_num_queries(0):
        advice(Sheet(text="Nothing to say here"), person=cast.ana)


def sheet(**data):
    return {"form_key": uuid.uuid4(), "text": "Come on Saturday, bring a chair", **data}


def test_the_composer_advises_and_putting_aside_keeps_what_was_typed(cast, taught):
    client = cast.client(cast.ana)
    check = reverse("post_check", args=["lisbon"])
    assert "On events" in client.post(check, sheet()).text
    assert "On events" not in client.post(check, sheet(do="aside on-events")).text
    assert AdviceAside.objects.get().person == cast.ana

    # without script the button sends the whole sheet to the page itself
    page = client.post(
        reverse("post_new", args=["lisbon"]), sheet(text="#a #b #c #d #e #f typed", do="aside on-writing")
    )
    assert page.status_code == 200
    assert "#f typed" in page.text
    assert "On writing" not in page.text
    assert not Post.objects.exists()


def test_a_playbook_nobody_got_cannot_be_put_aside(cast):
    shelf.drafted(cast.cato, "Hidden")
    client = cast.client(cast.ana)
    for slug in ("hidden", "no-such", "", "a\0b"):
        answer = client.post(reverse("post_check", args=["lisbon"]), sheet(do=f"aside {slug}"))
        assert answer.status_code == 200
    assert not AdviceAside.objects.exists()


# ---- what a chapter has lived through


def test_facts_count_posts_by_what_was_said_of_them(cast):
    two = posts.account(cast.porto), posts.account(cast.porto)
    failed = posts.settled(posts.scheduled(cast.porto, cast.alba, *two), "failed", "failed")
    failed.deliveries.update(message="The image is larger than 36 megapixels.")
    late = posts.settled(posts.scheduled(cast.porto, cast.alba), "held")
    Delivery.objects.filter(post__in=[failed, late]).update(due_at=timezone.now())
    review = posts.in_review(cast.lisbon, cast.ana)
    workflow.request_changes(
        post=review, membership=cast.membership(cast.rui), revision=review.revision,
        text="Did the people in the photo give their consent?",
    )  # fmt: skip

    facts = lived.of(cast.porto)
    assert facts.refused == {"pictures": 1}
    assert (facts.late, facts.changes, facts.platforms) == (1, {}, {"sandbox"})
    assert lived.of(cast.lisbon).changes == {"consent": 1}
    assert lived.of(cast.lisbon).refused == {}


def test_home_says_why_a_playbook_is_picked(cast, taught):
    photos = shelf.published(cast.cato, "On photos", topics=["photos"])
    failed = posts.settled(posts.scheduled(cast.porto, cast.alba), "failed")
    failed.deliveries.update(message="The image is too large.", due_at=timezone.now())
    page = cast.client(cast.alba).get(reverse("chapter_home", args=["porto"]))
    assert page.context["picks"][0].playbook == photos
    assert "1 post was refused for its pictures this month." in page.text
