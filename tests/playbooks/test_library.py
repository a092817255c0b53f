from __future__ import annotations

import pytest

from playbooks import library, teaching, template_writing
from playbooks.models import Playbook
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
        ("", ["Alt text", "Bench nights", "Café days"]),
        ("BENCH", ["Bench nights"]),
        ("room.", ["Bench nights"]),
        ("describe picture", ["Alt text"]),
        ("describe room", []),
        ("new-members", ["Bench nights"]),
        ("caf", ["Café days"]),
        ("café", ["Café days"]),
        ("100%", []),
        ("_", []),
        ('"', []),
        ("[", []),
        (",", []),
        ('",', []),
        ("cake", ["Café days"]),
    ],
)
def test_search_finds_every_word_in_title_summary_text_or_topics(three, query, found):
    assert titles(library.find(query=query)) == found


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
    )


def test_a_draft_is_never_found_nor_searched(cast):
    playbook = shelf.published(cast.cato)
    shelf.drafted(cast.cato, "Hidden draft")
    teaching.save_draft(
        playbook=playbook, draft_number=1, draft=shelf.draft("Rewritten", topics=["new"]),
        by=cast.actor(cast.cato),
    )  # fmt: skip
    assert titles(library.find()) == ["Ask before you film"]
    assert titles(library.find(query="Rewritten")) == []
    assert titles(library.find(query="Hidden")) == []
    assert library.readable("hidden-draft") is None


def test_an_archived_playbook_is_readable_but_not_found(cast):
    playbook = shelf.published(cast.cato)
    teaching.archive(playbook=playbook, by=cast.actor(cast.cato))
    assert titles(library.find()) == []
    assert library.readable(playbook.slug) == playbook


def test_the_template_to_use_is_one_that_is_offered(cast):
    by = cast.actor(cast.cato)
    playbook = shelf.published(cast.cato)
    template = shelf.template(playbook, cast.cato)
    hidden = shelf.template(shelf.drafted(cast.cato, "Draft"), cast.cato)
    first = template.current
    second = template_writing.revise(template=template, number=1, wording=Wording("Now", "Now"), by=by)
    assert library.template_to_use(first.pk) == first
    assert library.template_to_use(second.pk) == second
    assert library.template_to_use(hidden.current.pk) is None
    assert library.template_to_use(0) is None
    template_writing.withdraw(template=template, by=by)
    assert library.template_to_use(second.pk) is None
    template_writing.offer_again(template=template, by=by)
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
