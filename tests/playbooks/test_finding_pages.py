"""The list of playbooks with its search, the reading list, topics, and what is picked for a chapter."""

from __future__ import annotations

import pytest
from django.urls import reverse

from chapters.models import User
from playbooks import following, keeping, reading_list, teaching
from playbooks.models import PickAside
from tests.playbooks import shelf
from tests.playbooks.shelf import queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(cast):
    return cast.client(cast.ana)


@pytest.fixture
def playbook(cast):
    return shelf.published(
        cast.cato, "Alt text", topics=["accessibility"], time_needed="10 minutes",
        body="## Steps\n\nAsk for **consent** & a chair <b>now</b>.",
    )  # fmt: skip


def found(client, **asked):
    page = client.get(reverse("playbook_list", args=["lisbon"]), asked)
    return [row.playbook.title for row in page.context["rows"]]


def test_a_word_of_the_text_is_shown_with_what_stands_around_it(ana, playbook):
    html = ana.get(reverse("playbook_list", args=["lisbon"]), {"q": "consent"}).text
    assert "Ask for <mark>consent</mark> &amp; a chair &lt;b now" in html


def test_misspelt_word_finds_and_says_what_was_meant(ana, playbook):
    html = ana.get(reverse("playbook_list", args=["lisbon"]), {"q": "acessibility"}).text
    assert "these are about <strong>accessibility</strong>" in html
    assert "Alt text" in html


def test_of_a_playbook_and_its_translations_one_is_listed_in_the_readers_language(cast, ana, playbook):
    by = cast.actor(cast.cato)
    for language in ("nb", "pt"):
        shelf.publish(keeping.translate(playbook=playbook, language=language, by=by), cast.cato)

    def languages(**asked):
        rows = ana.get(reverse("playbook_list", args=["lisbon"]), asked).context["rows"]
        return [row.playbook.language for row in rows]

    for reader in ("en", "pt"):
        User.objects.filter(pk=cast.ana.pk).update(language=reader)
        assert languages() == languages(q="consent") == [reader]
    User.objects.filter(pk=cast.ana.pk).update(language="de")
    assert languages() == ["en"]
    assert languages(language="nb") == ["nb"]
    teaching.archive(playbook=playbook, by=by)
    User.objects.filter(pk=cast.ana.pk).update(language="pt")
    assert languages() == ["pt"]


def test_filters_by_time_and_language_together_with_words(cast, ana, playbook):
    shelf.published(cast.cato, "Alt text in depth", topics=["accessibility"], time_needed="2 hours")
    ours = shelf.published(cast.cato, "Texto alternativo", topics=["accessibility"])
    ours.language = "pt"
    ours.save(update_fields=["language"])

    assert found(ana, minutes="15") == ["Alt text"]
    assert found(ana, q="alt", minutes="15") == ["Alt text"]
    assert found(ana, language="pt") == ["Texto alternativo"]
    assert found(ana, topic="accessibility", language="en") == ["Alt text", "Alt text in depth"]
    assert len(found(ana, minutes="7")) == 3  # not a step of the filter


def test_what_was_looked_for_in_vain_can_be_asked(ana, playbook):
    html = ana.get(reverse("playbook_list", args=["lisbon"]), {"q": "zeppelin & qq"}).text
    assert 'href="/c/lisbon/questions/ask/?title=zeppelin+%26+qq"' in html


@pytest.mark.parametrize("asked", [{"q": "a\0b"}, {"minutes": "²"}, {"language": "\0"}, {"q": "x" * 9000}])
def test_nonsense_in_the_address_is_no_error(ana, playbook, asked):
    assert ana.get(reverse("playbook_list", args=["lisbon"]), asked).status_code == 200


def test_search_takes_the_same_queries_for_few_and_many(cast, ana, playbook):
    url = reverse("playbook_list", args=["lisbon"])
    few = queries(lambda: ana.get(url, {"q": "alt"}))
    for n in range(8):
        shelf.published(cast.cato, f"Alt text {n}")
    assert queries(lambda: ana.get(url, {"q": "alt"})) == few


def test_picks_stand_on_top_of_the_whole_list_alone(cast, ana, playbook):
    url = reverse("playbook_list", args=["lisbon"])
    assert "New from the central team." in ana.get(url).text
    assert "New from the central team." not in ana.get(url, {"q": "alt"}).text

    ana.post(reverse("pick_aside", args=["lisbon", playbook.slug]), {"back": "home"})

    assert "New from the central team." not in ana.get(url).text
    assert PickAside.objects.get().chapter == cast.lisbon


def test_saving_reading_and_dropping(cast, ana, playbook):
    detail = reverse("playbook_detail", args=["lisbon", playbook.slug])
    keep = reverse("playbook_keep", args=["lisbon", playbook.slug])
    listed = reverse("reading_list", args=["lisbon"])
    assert "Nothing saved yet" in ana.get(listed).text
    assert "Save for later" in ana.get(detail).text

    assert ana.post(keep, {"do": "save"}).url == detail
    ana.post(keep, {"do": "save"})
    assert "Mark as read" in ana.get(detail).text
    assert ana.get(listed).text.count("Mark as read") == 1
    assert "Take it off" in ana.get(listed).text
    assert "Take it off your list" in ana.get(detail).text
    assert "On your reading list" in ana.get(reverse("playbook_list", args=["lisbon"])).text
    assert "Alt text" not in cast.client(cast.eduardo).get(listed).text

    assert ana.post(keep, {"do": "done", "back": "reading"}).url == listed
    assert "Take it off" in ana.get(listed).text
    ana.post(keep, {"do": "drop", "back": "//evil.example"})
    assert reading_list.of(cast.ana).done == []


def test_following_a_topic_by_the_page(cast, ana, playbook):
    url = reverse("topic_list", args=["lisbon"])
    ana.post(url, {"topic": "accessibility"})
    assert following.topics_of(cast.ana) == ["accessibility"]
    assert "Stop following" in ana.get(url).text
    assert "Stop following" not in cast.client(cast.otto).get(reverse("topic_list", args=["braga"])).text

    refused = ana.post(url, {"topic": "se\0cret"}, follow=True)
    assert "No playbook is about that topic now" in refused.text
    ana.post(url, {"topic": "accessibility", "do": "unfollow"})
    assert following.topics_of(cast.ana) == []
