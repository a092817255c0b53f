from __future__ import annotations

import io
import uuid

import pytest
from django.core.management import call_command

from playbooks import asking, library, search, teaching, template_writing
from playbooks.models import Playbook, Question
from playbooks.paging import PER_PAGE, page
from playbooks.template_writing import Wording
from tests.playbooks import shelf


def titles(queryset):
    return [playbook.current.title for playbook in queryset]


@pytest.fixture
def three(cast):
    shelf.published(cast.cato, "Alt text", body="Describe the picture", topics=["accessibility"])
    shelf.published(
        cast.cato, "Bench nights", summary="Fill the room.", topics=["events", "new-members"],
        platforms=["mastodon"],
    )  # fmt: skip
    shelf.published(
        cast.cato, "Café days", body="Coffee", topics=["café", "cake"], platforms=["instagram", "facebook"]
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("BENCH", ["Bench nights"]),
        ("room.", ["Bench nights"]),
        ("describe picture", ["Alt text"]),
        ("new-members", ["Bench nights"]),
        ("caf", ["Café days"]),
        ("café", ["Café days"]),
        ("accesibility", ["Alt text"]),
        ("bensh nihgts", ["Bench nights"]),
        ("100%", []),
        ("_", []),
        ('"', []),
        ("' & | !:*", []),
        ("cake", ["Café days"]),
    ],
)
def test_search_finds_words_of_title_summary_text_or_topics_misspelt_or_not(three, query, found):
    assert [playbook.current.title for playbook in library.look_up(query).playbooks] == found


def test_title_comes_before_a_mention_in_the_text(cast):
    shelf.published(cast.cato, "Bench nights", body="Photos of the evening")
    shelf.published(cast.cato, "Photos people like", body="A bench is nice")
    found = [playbook.current.title for playbook in library.look_up("photos").playbooks]
    assert found == ["Photos people like", "Bench nights"]


def test_a_title_is_found_among_more_mentions_than_are_ranked(db, monkeypatch):
    monkeypatch.setattr("playbooks.search.postgresql.CANDIDATES", 5)
    for pk in range(12):
        search.put("question", pk, title=f"Something {pk}", body="photos photos photos")
    search.put("question", 99, title="Photos")
    assert search.find("photos").hits[0].pk == 99


def test_rebuilding_finds_the_same_playbooks_and_questions(cast, three):
    for audience in Question.Audience.values:
        asking.ask(
            membership=cast.membership(cast.ana),
            asked=asking.Asked(title=f"Which bench is ours? {audience}", audience=audience),
            form_key=uuid.uuid4(),
        )
    before = {(hit.kind, hit.pk) for hit in search.find("bench").hits}
    call_command("rebuild_search", stdout=io.StringIO())
    assert {(hit.kind, hit.pk) for hit in search.find("bench").hits} == before
    assert sorted(kind for kind, _pk in before) == ["playbook", "question"]


def test_where_no_playbook_has_every_word_some_are_shown(three):
    assert {p.current.title for p in library.look_up("describe room").playbooks} == {
        "Alt text",
        "Bench nights",
    }


def test_misspelt_word_is_said_with_what_was_looked_for(three):
    assert library.look_up("accesibility").meant == {"accesibility": "accessibility"}


def test_search_takes_as_many_queries_for_many_as_for_few(three):
    def asked() -> None:
        library.look_up("bensh nihgts")

    few = shelf.queries(asked)
    for at in range(30):
        search.put("playbook", 10_000 + at, title=f"Bench {at}", summary="Nights")
    assert shelf.queries(asked) == few


def test_filters_by_topic_and_platform(three):
    assert titles(library.find(topic="events")) == ["Bench nights"]
    assert titles(library.find(topic="café")) == ["Café days"]
    assert titles(library.find(topic="event")) == []
    assert titles(library.find(platform="mastodon")) == ["Alt text", "Bench nights"]
    assert titles(library.find(platform="instagram", topic="café")) == ["Café days"]


def test_a_playbook_for_any_platform_is_found_under_each(cast):
    shelf.published(cast.cato, platforms=["any"])
    assert titles(library.find(platform="mastodon")) == ["Ask before you film"]


def test_choices_are_those_of_what_is_published(cast, three):
    shelf.drafted(cast.cato, "Secret", topics=["secret"])
    assert library.choices() == library.Choices(
        topics=["accessibility", "café", "cake", "events", "new-members"],
        platforms=["facebook", "instagram", "mastodon"],
        languages=["en"],
    )


def test_a_draft_is_never_found_nor_searched(cast):
    playbook = shelf.published(cast.cato)
    shelf.drafted(cast.cato, "Hidden draft")
    teaching.save_draft(
        playbook=playbook, draft_number=1, draft=shelf.draft("Rewritten", topics=["new"]),
        by=cast.actor(cast.cato),
    )  # fmt: skip
    assert titles(library.find()) == ["Ask before you film"]
    assert library.look_up("Rewritten").playbooks == []
    assert library.look_up("Hidden").playbooks == []
    assert library.readable("hidden-draft") is None


def test_an_archived_playbook_is_readable_but_not_found(cast):
    playbook = shelf.published(cast.cato)
    teaching.archive(playbook=playbook, by=cast.actor(cast.cato))
    assert titles(library.find()) == []
    assert library.look_up("film").playbooks == []
    assert library.readable(playbook.slug) == playbook


def test_the_template_to_use_is_one_that_is_offered(cast):
    by = cast.actor(cast.cato)
    playbook = shelf.published(cast.cato)
    template = shelf.template(playbook, cast.cato)
    hidden = shelf.template(shelf.drafted(cast.cato, "Draft"), cast.cato)
    first = template.current
    template_writing.revise(template=template, number=1, wording=Wording("Now", "Now"), by=by)
    template_writing.publish(playbook=playbook, by=by)
    second = template.versions.first()
    assert library.template_to_use(first.pk) == first
    assert library.template_to_use(second.pk) == second
    assert library.template_to_use(hidden.current.pk) is None
    assert library.template_to_use(0) is None
    shelf.withdrawn(template, cast.cato)
    assert library.template_to_use(second.pk) is None
    template_writing.offer_again(template=template, by=by)
    template_writing.publish(playbook=playbook, by=by)
    teaching.archive(playbook=playbook, by=by)
    assert library.template_to_use(second.pk) is None


def test_pages_go_through_everything_once_forwards_and_backwards(db):
    shelf.many(2 * PER_PAGE + 5)
    Playbook.objects.filter(pk__in=Playbook.objects.values("pk")[:30]).update(title="Same title")
    seen, pages = [], []
    listed = page(Playbook.objects.all(), by="title")
    while True:
        pages.append([row.pk for row in listed.rows])
        seen += pages[-1]
        if listed.after is None:
            break
        listed = page(Playbook.objects.all(), by="title", after=str(listed.after))
    assert len(seen) == len(set(seen)) == 2 * PER_PAGE + 5
    back = []
    while listed.before is not None:
        listed = page(Playbook.objects.all(), by="title", before=str(listed.before))
        back.append([row.pk for row in listed.rows])
    assert back == pages[-2::-1]


@pytest.mark.parametrize("key", ["", "x", "-1", "²", "99999999999999999999999", "0"])
def test_a_place_that_does_not_exist_shows_the_first_page(db, key):
    shelf.many(3)
    assert len(page(Playbook.objects.all(), by="title", after=key).rows) == 3
