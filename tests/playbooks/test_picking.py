"""Which playbooks are picked for a chapter and the sentence that says why; how long a playbook takes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chapters.models import Event
from playbooks import for_you, reading_list
from playbooks.durations import minutes
from playbooks.models import PickAside, Playbook, PlaybookVersion
from playbooks.picking import Facts, People, pick, reasons
from playbooks.search.snippets import marked, snippet
from tests.playbooks import shelf

NOW = timezone.now()
MANY = People(members=9, leads=2)


def playbook(pk, *topics, days=400, language="en", platforms=(), number=1, note=""):
    """A published playbook that is in no database."""
    made = Playbook(pk=pk, slug=f"p{pk}", title=f"P{pk}", language=language)
    made.current = PlaybookVersion(
        playbook=made, number=number, title=f"P{pk}", topics=list(topics), platforms=list(platforms),
        published_at=NOW - timedelta(days=days), change_note=note,
    )  # fmt: skip
    return made


def picked(facts, *playbooks, people=MANY, language="en", left_out=frozenset()):
    found = pick(facts, people, playbooks, language=language, now=NOW, left_out=left_out)
    return [(one.playbook.pk, one.why) for one in found]


def test_refused_pictures_pick_the_playbook_on_pictures_and_say_how_many():
    facts = Facts(refused={"pictures": 2, "other": 5})
    assert picked(facts, playbook(1, "writing"), playbook(2, "events", "photos")) == [
        (2, "2 posts were refused for their pictures this month.")
    ]
    assert picked(Facts(refused={"pictures": 1}), playbook(2, "photos"))[0][1].startswith(
        "1 post was refused"
    )


def test_what_weighs_more_comes_first_and_at_most_three_are_shown():
    facts = Facts(
        refused={"length": 1}, changes={"consent": 3}, late=2, planned=0, platforms=frozenset({"x"})
    )
    shelf_of = [playbook(1, "planning"), playbook(2, "consent"), playbook(3, "writing"), playbook(4, days=1)]
    assert [pk for pk, _why in picked(facts, *shelf_of)] == [3, 2, 1]


def test_one_playbook_is_picked_for_one_reason():
    facts = Facts(refused={"pictures": 1}, changes={"pictures": 1})
    assert len(picked(facts, playbook(1, "photos", "accessibility"))) == 1


def test_what_is_put_aside_gives_its_place_to_the_next():
    facts = Facts(refused={"pictures": 1})
    both = playbook(1, "photos"), playbook(2, "photos", "events")
    assert picked(facts, *both)[0][0] == 1
    assert picked(facts, *both, left_out=frozenset({1}))[0][0] == 2


def test_the_readers_language_comes_first():
    both = playbook(1, "photos"), playbook(2, "photos", language="pt")
    facts = Facts(refused={"pictures": 1})
    assert picked(facts, *both, language="pt")[0][0] == 2
    assert picked(facts, *both, language="en")[0][0] == 1


def test_without_a_reason_what_is_new_then_what_is_about_the_chapters_platforms():
    facts = Facts(platforms=frozenset({"mastodon"}))
    assert picked(
        facts,
        playbook(1, platforms=["mastodon", "x"]),
        playbook(2, days=3),
        playbook(3, days=5, number=2, note="Shorter."),
        playbook(4, platforms=["tiktok"]),
    ) == [
        (2, "New from the central team."),
        (3, "Changed by the central team: Shorter."),
        (1, "It is about Mastodon, which you use."),
    ]


def test_a_small_chapter_with_one_lead_hears_of_both():
    said = [reason.why for reason in reasons(Facts(), People(members=2, leads=1))]
    assert said == [
        "One person leads your chapter; somebody else should know how.",
        "You are 2 people. This is how few hands do much.",
    ]


@pytest.mark.django_db
def test_put_aside_counts_for_the_whole_chapter_once_and_for_no_other(cast):
    new = shelf.published(cast.cato)
    assert [one.playbook for one in for_you.of(cast.lisbon, language="en")] == [new]
    for person in (cast.ana, cast.lucia):
        for_you.put_aside(playbook=new, chapter=cast.lisbon, by=cast.actor(person))
    assert for_you.of(cast.lisbon, language="en") == []
    assert [one.playbook for one in for_you.of(cast.porto, language="en")] == [new]
    assert PickAside.objects.get().by == cast.ana
    assert Event.objects.filter(verb="pick_put_aside").count() == 1


@pytest.mark.django_db
def test_picking_takes_the_same_queries_whatever_there_is(cast):
    shelf.published(cast.cato)
    few = shelf.queries(lambda: for_you.of(cast.lisbon, language="en"))
    shelf.many(300, topics=["planning", "accounts"])
    assert shelf.queries(lambda: for_you.of(cast.lisbon, language="en")) == few


# ---- times and marked words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20 minutes, then 5 for each reminder", 20),
        ("1 hour together, 20 minutes of preparation", 60),
        ("half an hour", 30),
        ("an hour", 60),
        ("1.5 hours a week", 90),
        ("2 h", 120),
        ("one or two evenings", None),
        ("", None),
        ("hours of fun", None),
    ],
)
def test_minutes_are_read_from_what_people_write(text, expected):
    assert minutes(text) == expected


def test_words_are_marked_where_they_begin_and_text_is_kept_whole():
    text = "Photos, photographers & <b>pho</b>"
    shown = marked(text, ["photo"])
    assert [one.text for one in shown if one.found] == ["Photos", "photographers"]
    assert "".join(one.text for one in shown) == text
    assert "".join(one.text for one in marked(text, [])) == text


def test_snippet_shows_the_surroundings_of_the_first_word_found():
    text = "word " * 60 + "Then a Consent form is signed. " + "tail " * 60
    shown = "".join(one.text for one in snippet(text, ["consent"]))
    assert "Consent form is signed" in shown
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) < 210
    assert snippet(text, ["absent"]) == []
    assert snippet("", ["x"]) == []


def test_what_somebody_has_read_is_not_picked_for_them(cast):
    new = shelf.published(cast.cato, "New")
    reading_list.save(playbook=new, person=cast.ana)
    reading_list.finish(playbook=new, person=cast.ana)
    assert for_you.of(cast.lisbon, language="en", reader=cast.ana) == []
    assert [one.playbook for one in for_you.of(cast.lisbon, language="en", reader=cast.eduardo)] == [new]
