"""What chapters see of playbooks."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from playbooks import teaching, template_writing
from tests.playbooks import shelf
from tests.playbooks.shelf import queries


@pytest.fixture
def ana(cast):
    return cast.client(cast.ana)


@pytest.fixture
def playbook(cast):
    return shelf.published(cast.cato, summary="People say yes.", time_needed="1 hour", people_needed="two")


def page(client, name, *args, **query):
    response = client.get(reverse(name, args=["lisbon", *args]), query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_shows_what_a_playbook_gives_and_asks(ana, playbook):
    html = page(ana, "playbook_list")
    for words in ("Ask before you film", "People say yes.", "1 hour", "two"):
        assert words in html


def test_the_list_filters_by_what_was_asked_and_keeps_it_in_the_form(cast, ana, playbook):
    shelf.published(cast.cato, "Bench nights", topics=["events"], platforms=["mastodon"])
    html = page(ana, "playbook_list", q="bench", topic="events", platform="mastodon")
    assert "<mark>Bench</mark> nights" in html
    assert "Ask before you film" not in html
    assert 'value="bench"' in html
    assert html.count(" selected") == 2


def test_a_search_without_result_says_so_and_leads_on(ana, playbook):
    html = page(ana, "playbook_list", q="zebra")
    assert "Nothing matches that" in html
    assert "Show all playbooks" in html


def test_an_empty_shelf_says_what_it_is_for(ana):
    assert "No playbooks yet" in page(ana, "playbook_list")


def test_long_lists_go_on_from_page_to_page_with_the_filter(ana):
    shelf.many(25, topics=["photos"])
    html = page(ana, "playbook_list", topic="photos")
    assert "Row 0019" in html
    assert "Row 0020" not in html
    onward = re.search(r'rel="next" href="\?([^"]+)"', html).group(1).replace("&amp;", "&")
    assert onward.startswith("topic=photos&after=")
    html = ana.get(f"{reverse('playbook_list', args=['lisbon'])}?{onward}").content.decode()
    assert "Row 0024" in html
    assert 'rel="next"' not in html
    assert 'rel="prev"' in html


def test_the_list_takes_the_same_queries_at_10_and_1000_rows(ana):
    def look():
        page(ana, "playbook_list", q="row", topic="photos")

    shelf.many(10)
    few = queries(look)
    shelf.many(990, first=10)
    assert queries(look) == few


def test_a_playbook_reads_with_facts_contents_and_sanitised_text(cast, ana):
    playbook = shelf.published(
        cast.cato, time_needed="1 hour", body="## Steps\n\n<script>x</script> **go**\n"
    )
    html = page(ana, "playbook_detail", playbook.slug)
    assert '<h2 id="steps">Steps</h2>' in html
    assert 'href="#steps"' in html
    assert "<strong>go</strong>" in html
    assert "&lt;script&gt;x&lt;/script&gt;" in html
    assert "1 hour" in html
    assert "Any platform" in html


def test_templates_come_filled_with_missing_values_marked_and_a_button(cast, ana, playbook):
    template = shelf.template(playbook, cast.cato, text="In {{ chapter.city }} {{ chapter.hashtag }}")
    html = page(ana, "playbook_detail", playbook.slug)
    assert '<mark class="local-field">Lisbon</mark>' in html
    assert '<mark class="local-field missing">[hashtag]</mark>' in html
    assert "Your chapter has not given: hashtag." in " ".join(html.split())
    assert f"{reverse('post_new', args=['lisbon'])}?template={template.current.pk}" in html


def test_a_template_shows_peoples_text_as_text(cast, ana, playbook):
    shelf.template(playbook, cast.cato, name="<b>x</b>", text="<script>x</script> {{ chapter.name }}")
    cast.lisbon.name = "<img src=x>"
    cast.lisbon.save()
    html = page(ana, "playbook_detail", playbook.slug)
    assert "<script>x" not in html
    assert "<b>x</b>" not in html
    assert "<img src=x>" not in html


def test_who_may_not_write_sees_the_template_without_the_button(cast, playbook):
    shelf.template(playbook, cast.cato)
    html = page(cast.client(cast.vera), "playbook_detail", playbook.slug)
    assert "See you in" in html
    assert "?template=" not in html


def test_who_sets_the_chapter_up_is_led_to_the_settings(cast, playbook):
    shelf.template(playbook, cast.cato, text="{{ chapter.hashtag }}")
    settings = reverse("chapter_settings", args=["lisbon"])
    html = page(cast.client(cast.lucia), "playbook_detail", playbook.slug)
    assert f'href="{settings}">Add it' in html
    assert "A lead of the chapter can add it" in page(cast.client(cast.ana), "playbook_detail", playbook.slug)


def test_withdrawn_templates_are_not_offered(cast, ana, playbook):
    template = shelf.template(playbook, cast.cato)
    template_writing.withdraw(template=template, by=cast.actor(cast.cato))
    assert "See you in" not in page(ana, "playbook_detail", playbook.slug)


def test_a_draft_stays_with_the_central_team(cast, ana, playbook):
    draft = shelf.drafted(cast.cato, "Not yet")
    assert ana.get(reverse("playbook_detail", args=["lisbon", draft.slug])).status_code == 404
    teaching.save_draft(
        playbook=playbook, draft_number=1, draft=shelf.draft("Half a thought"), by=cast.actor(cast.cato)
    )
    assert "Half a thought" not in page(ana, "playbook_list")
    assert "Half a thought" not in page(ana, "playbook_detail", playbook.slug)


def test_an_archived_playbook_is_readable_with_a_word_of_warning(cast, ana, playbook):
    shelf.template(playbook, cast.cato)
    teaching.archive(playbook=playbook, by=cast.actor(cast.cato))
    html = page(ana, "playbook_detail", playbook.slug)
    assert "no longer recommends" in html
    assert "?template=" not in html


def test_an_older_version_reads_as_it_was_and_leads_to_the_newest(cast, ana, playbook):
    shelf.template(playbook, cast.cato)
    playbook = shelf.revised(playbook, cast.cato, note="Shorter.", title="Newer title", body="Newer words\n")
    html = page(ana, "playbook_version", playbook.slug, 1)
    assert "Look around the room." in html
    assert "Newer words" not in html
    assert "You are reading version 1. Version 2 is the newest." in html
    assert "?template=" not in html
    newest = page(ana, "playbook_detail", playbook.slug)
    assert "Shorter." in newest
    assert reverse("playbook_version", args=["lisbon", playbook.slug, 1]) in newest


def test_what_changed_between_versions_is_shown_word_by_word(cast, ana, playbook):
    playbook = shelf.revised(playbook, cast.cato, body=shelf.BODY.replace("the room", "the yard"))
    html = page(ana, "playbook_changes", playbook.slug, 2)
    assert re.search(r"<del>.*?room\.</del><ins>.*?yard\.</ins>", html)
    assert "Title" not in re.findall(r"<h3>(.*?)</h3>", html)


@pytest.mark.parametrize(("name", "number"), [("playbook_version", 7), ("playbook_changes", 1)])
def test_versions_that_do_not_exist_are_not_found(ana, playbook, name, number):
    assert ana.get(reverse(name, args=["lisbon", playbook.slug, number])).status_code == 404


def test_reading_takes_the_same_queries_however_many_versions_and_templates(cast, ana, playbook):
    def read():
        page(ana, "playbook_detail", playbook.slug)

    counts = []
    for n in range(9):
        shelf.template(playbook, cast.cato, name=f"Template {n}")
        shelf.revised(playbook, cast.cato, title=f"Title {n}")
        counts.append(queries(read))
    assert set(counts) == {counts[0]}


def test_printed_playbook_says_which_version_it_is_and_where_to_find_it(cast):
    playbook = shelf.published(cast.cato)
    address = reverse("playbook_detail", args=["lisbon", playbook.slug])
    shown = cast.client(cast.vera).get(address).content.decode()
    foot = shown.partition('class="only-print')[2].partition("</p>")[0]
    assert "Version 1, " in foot
    assert f"http://testserver{address}" in foot
