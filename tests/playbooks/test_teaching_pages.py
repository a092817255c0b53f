"""Where the central team writes."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from playbooks import teaching, usage
from playbooks.models import Playbook, PlaybookVersion
from playbooks.outline import PARTS, starting_text
from tests.playbooks import shelf
from tests.playbooks.shelf import queries

WORDS = {"title": "Ask first", "summary": "People say yes.", "body": "## Steps\r\n\r\nAsk.\r\n"}


@pytest.fixture
def cato(cast):
    return cast.client(cast.cato)


@pytest.fixture
def playbook(cast):
    return shelf.published(cast.cato)


def hidden(html, name):
    return re.search(rf'name="{name}" value="([^"]*)"', html).group(1)


def typed(playbook, **words):
    draft = teaching.Draft.of(playbook)
    return {
        "draft_number": playbook.draft_number,
        "title": draft.title,
        "summary": draft.summary,
        "body": draft.body,
        **words,
    }


def test_the_list_shows_state_use_and_changes_that_wait(cast, cato, playbook):
    version = shelf.template(playbook, cast.cato).current
    for post in ("00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"):
        usage.record_use(version=version, chapter=cast.lisbon, post_uid=post)
    teaching.save_draft(
        playbook=playbook, draft_number=1, draft=shelf.draft("Ask twice"), by=cast.actor(cast.cato)
    )
    shelf.drafted(cast.cato, "A draft")
    html = cato.get(reverse("teaching")).content.decode()
    for words in ("Ask twice", "2 posts begun in 1 chapter", "Changes not published", "A draft"):
        assert words in html
    only = cato.get(reverse("teaching"), {"status": "draft"}).content.decode()
    assert "A draft" in only
    assert "Ask twice" not in only


def test_the_list_takes_the_same_queries_at_10_and_1000_rows(cato):
    def look():
        cato.get(reverse("teaching"))

    shelf.many(10)
    few = queries(look)
    shelf.many(990, first=10)
    assert queries(look) == few


def test_a_new_playbook_begins_with_the_ten_headings(cato):
    html = cato.get(reverse("playbook_new")).content.decode()
    assert len(PARTS) == 10
    for heading, _hint in PARTS:
        assert str(heading).replace("'", "&#x27;") in html


def test_writing_a_new_playbook_keeps_it_as_a_draft(cast, cato):
    form = cato.get(reverse("playbook_new")).content.decode()
    answer = cato.post(
        reverse("playbook_new"),
        {
            **WORDS,
            "key": hidden(form, "key"),
            "platforms": "mastodon, Instagram",
            "topics": "New members, photos",
        },
        follow=True,
    )
    playbook = Playbook.objects.get()
    assert answer.redirect_chain[-1][0] == reverse("playbook_manage", args=[playbook.slug])
    assert (playbook.status, playbook.owner) == ("draft", cast.cato)
    assert playbook.platforms == ["mastodon", "instagram"]
    assert playbook.topics == ["new-members", "photos"]
    assert playbook.body == "## Steps\n\nAsk.\n"


def test_sending_the_new_form_twice_makes_one_playbook(cato):
    key = hidden(cato.get(reverse("playbook_new")).content.decode(), "key")
    for _ in range(2):
        assert cato.post(reverse("playbook_new"), {**WORDS, "key": key}).status_code == 302
    assert Playbook.objects.count() == 1


def test_preview_shows_the_page_saves_nothing_and_keeps_what_was_typed(cato, playbook):
    address = reverse("playbook_edit", args=[playbook.slug])
    html = cato.post(address, typed(playbook, title="Half", body="**bold**", preview="1")).content.decode()
    assert "<strong>bold</strong>" in html
    assert 'value="Half"' in html
    assert "**bold**" in html
    assert not teaching.has_changes(Playbook.objects.get())
    new = cato.post(reverse("playbook_new"), {"body": "**bold**", "preview": "1"})
    assert new.status_code == 200
    assert "<strong>bold</strong>" in new.content.decode()


def test_live_preview_is_a_fragment_of_sanitised_text(cato):
    answer = cato.post(
        reverse("playbook_preview"), {**WORDS, "title": "<b>T</b>", "body": "*x* <img src=x onerror=y>"}
    )
    html = answer.content.decode()
    assert "<em>x</em>" in html
    assert "<img" not in html
    assert "<b>T</b>" not in html
    assert "<html" not in html


def test_an_incomplete_form_comes_back_with_everything_typed(cato, playbook):
    answer = cato.post(
        reverse("playbook_edit", args=[playbook.slug]), typed(playbook, title="", summary="S!")
    )
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Not saved yet" in html
    assert "S!" in html


def test_a_stale_form_shows_both_versions_and_loses_nothing(cast, cato, playbook):
    mine = typed(playbook, title="My title", body="My words\n")
    theirs = shelf.draft("Their title", body="Their words\n")
    teaching.save_draft(playbook=playbook, draft_number=1, draft=theirs, by=cast.actor(cast.cleo))
    answer = cato.post(reverse("playbook_edit", args=[playbook.slug]), mine)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody else saved this playbook" in html
    assert "Cleo saved on" in html
    for words in ("Their title", "Their words", 'value="My title"', "My words"):
        assert words in html
    assert Playbook.objects.get().title == "Their title"


def test_having_seen_both_versions_one_may_save_over_the_other(cast, cato, playbook):
    mine = typed(playbook, title="My title")
    teaching.save_draft(
        playbook=playbook, draft_number=1, draft=shelf.draft("Their title"), by=cast.actor(cast.cleo)
    )
    address = reverse("playbook_edit", args=[playbook.slug])
    number = hidden(cato.post(address, mine).content.decode(), "draft_number")
    assert cato.post(address, {**mine, "draft_number": number}).status_code == 302
    assert Playbook.objects.get().title == "My title"


def test_publishing_shows_what_changes_and_asks_for_a_note(cast, cato, playbook):
    teaching.save_draft(
        playbook=playbook, draft_number=1, draft=shelf.draft("Ask twice"), by=cast.actor(cast.cato)
    )
    shelf.looked_at(playbook, cast.cleo)
    address = reverse("playbook_publish", args=[playbook.slug])
    html = cato.get(address).content.decode()
    assert "Ask" in html
    assert "<ins>" in html
    number = hidden(html, "draft_number")
    assert cato.post(address, {"draft_number": number, "change_note": ""}).status_code == 422
    assert cato.post(address, {"draft_number": number, "change_note": "Twice."}).status_code == 302
    assert Playbook.objects.get().current.change_note == "Twice."


def test_the_first_publishing_needs_no_note(cast, cato):
    playbook = shelf.looked_at(shelf.drafted(cast.cato), cast.cleo)
    address = reverse("playbook_publish", args=[playbook.slug])
    assert "every chapter will be able to read" in cato.get(address).content.decode()
    assert cato.post(address, {"draft_number": "1", "change_note": ""}).status_code == 302
    assert PlaybookVersion.objects.count() == 1


def test_publishing_a_draft_that_moved_on_is_refused_and_keeps_the_note(cast, cato, playbook):
    by = cast.actor(cast.cleo)
    teaching.save_draft(playbook=playbook, draft_number=1, draft=shelf.draft("Two"), by=by)
    teaching.save_draft(playbook=playbook, draft_number=2, draft=shelf.draft("Three"), by=by)
    answer = cato.post(
        reverse("playbook_publish", args=[playbook.slug]), {"draft_number": "2", "change_note": "My note"}
    )
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "My note" in html
    assert hidden(html, "draft_number") == "3"
    assert PlaybookVersion.objects.count() == 1


def test_publishing_an_empty_playbook_says_what_it_needs(cast, cato):
    playbook = shelf.drafted(cast.cato, body="\n")
    answer = cato.post(reverse("playbook_publish", args=[playbook.slug]), {"draft_number": "1"})
    assert answer.status_code == 422
    assert "needs a title" in answer.content.decode()


def test_archive_and_restore_by_button(cato, playbook):
    cato.post(reverse("playbook_archive", args=[playbook.slug]))
    assert Playbook.objects.get().status == "archived"
    assert "Restore" in cato.get(reverse("playbook_manage", args=[playbook.slug])).content.decode()
    cato.post(reverse("playbook_restore", args=[playbook.slug]))
    assert Playbook.objects.get().status == "published"


def test_pressing_archive_twice_says_why_not_and_breaks_nothing(cato, playbook):
    address = reverse("playbook_archive", args=[playbook.slug])
    cato.post(address)
    assert "Only a published playbook" in cato.post(address, follow=True).content.decode()


def test_going_back_to_a_version_shows_the_difference_first(cast, cato, playbook):
    playbook = shelf.revised(playbook, cast.cato, title="Second")
    address = reverse("playbook_revise", args=[playbook.slug, 1])
    html = cato.get(address).content.decode()
    assert "<del>" in html
    assert cato.post(address, {"draft_number": hidden(html, "draft_number")}).status_code == 302
    assert Playbook.objects.get().title == "Ask before you film"
    assert cato.post(address, {"draft_number": "1"}).url == address
    assert cato.post(address, {}).url == address


def test_the_page_of_a_playbook_tells_its_history(cast, cato, playbook):
    shelf.template(playbook, cast.cleo)
    html = cato.get(reverse("playbook_manage", args=[playbook.slug])).content.decode()
    for words in ("Cato began this playbook", "Cato published version 1", "Cleo added the template"):
        assert words in html


def test_the_page_of_a_playbook_takes_the_same_queries_however_long_its_past(cast, cato, playbook):
    def look():
        cato.get(reverse("playbook_manage", args=[playbook.slug]))

    counts = []
    for n in range(9):
        shelf.template(playbook, cast.cato, name=f"Template {n}")
        shelf.revised(playbook, cast.cato, title=f"Title {n}")
        counts.append(queries(look))
    assert set(counts) == {counts[0]}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("topics", ", ".join(f"topic {n}" for n in range(13)), "at most 12"),
        ("platforms", "x" * 41, "too long"),
        ("title", "x" * 141, "at most 140"),
    ],
)
def test_too_much_is_refused_in_words(cato, playbook, field, value, words):
    answer = cato.post(reverse("playbook_edit", args=[playbook.slug]), typed(playbook, **{field: value}))
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_platforms_come_back_by_name_and_topics_without_doubles(cato, playbook):
    address = reverse("playbook_edit", args=[playbook.slug])
    cato.post(address, typed(playbook, platforms="LinkedIn, My Forum, linkedin", topics="Photos, photos"))
    saved = Playbook.objects.get()
    assert (saved.platforms, saved.topics) == (["linkedin", "My Forum"], ["photos"])
    assert 'value="LinkedIn, My Forum"' in cato.get(address).content.decode()


def test_mistyped_platform_is_asked_about_and_an_unlisted_one_taken(cato, playbook):
    address = reverse("playbook_edit", args=[playbook.slug])
    page = cato.post(address, typed(playbook, platforms="Instagrm, Mastodon"))
    assert page.status_code == 422
    assert "Did you mean Instagram?" in page.text
    assert cato.post(address, typed(playbook, platforms="mastodon, Mixcloud")).status_code == 302
    playbook.refresh_from_db()
    assert playbook.platforms == ["mastodon", "Mixcloud"]


@pytest.mark.parametrize("picture", ["![A map](https://x.org/m.png)", '<IMG src="x">', "![A map][1]"])
def test_picture_in_a_playbook_is_refused_with_a_sentence(cato, playbook, picture):
    page = cato.post(
        reverse("playbook_edit", args=[playbook.slug]), typed(playbook, body=f"## A\n\n{picture}")
    )
    assert page.status_code == 422
    assert "Only pictures added to this playbook" in page.text


def test_untouched_parts_of_the_skeleton_are_named_before_publishing(cast, cato):
    body = starting_text().replace(
        "Something that can be done today, in ten minutes, by one person.", "Wave."
    )
    playbook = shelf.drafted(cast.cato, "Half done", body=body)
    page = cato.get(reverse("playbook_publish", args=[playbook.slug]))
    assert "Some parts still say only what belongs there:" in page.text
    assert "Steps" in page.context["untouched"]
    assert "First small step" not in page.context["untouched"]
