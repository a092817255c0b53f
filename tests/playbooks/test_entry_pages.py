"""Pages around a playbook: second looks, sections, unsaved words, pictures, translations, the public page."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from playbooks import keeping, practising, teaching
from playbooks.models import Playbook, PlaybookAutosave, PlaybookPicture
from posts import practices
from posts.models import Post
from tests.playbooks import shelf
from tests.playbooks.shelf import queries

CENTRAL_ONLY = ("Edit", "lisbon", "Lisbon", "Versions", "Did it help")


@pytest.fixture
def cato(cast):
    return cast.client(cast.cato)


@pytest.fixture
def cleo(cast):
    return cast.client(cast.cleo)


@pytest.fixture
def playbook(cast):
    return shelf.published(cast.cato)


def upload():
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    return SimpleUploadedFile("hall.png", out.getvalue(), "image/png")


def fresh(playbook):
    return Playbook.objects.select_related("current").get(pk=playbook.pk)


def test_a_draft_goes_from_its_writer_over_a_second_editor_to_chapters(cast, cato, cleo):
    draft = shelf.drafted(cast.cato)
    publish = reverse("playbook_publish", args=[draft.slug])
    assert "Ask for a second look" in cato.get(publish).text
    assert cato.post(publish, {"draft_number": "1"}).status_code == 422
    cato.post(reverse("playbook_ask", args=[draft.slug]), {"draft_number": "1", "note": "Is it clear?"})
    assert "second look at the draft" in cleo.get(reverse("todo_list")).text
    review = reverse("playbook_review", args=[draft.slug])
    assert "Is it clear?" in cleo.get(review).text
    unsaid = cleo.post(review, {"draft_number": "1", "changes": "1"})
    assert unsaid.status_code == 422
    assert "autofocus" in unsaid.text  # the field is below the whole draft
    assert cleo.post(review, {"draft_number": "1", "comment": "Yes."}).status_code == 302
    assert cato.post(publish, {"draft_number": "1"}).status_code == 302
    assert fresh(draft).current.number == 1


def test_publishing_later_keeps_the_time_of_the_person_and_can_be_taken_back(cast, cato):
    draft = shelf.looked_at(shelf.drafted(cast.cato), cast.cleo)
    publish = reverse("playbook_publish", args=[draft.slug])
    assert cato.post(publish, {"draft_number": "1", "plan": "1"}).status_code == 422
    cato.post(publish, {"draft_number": "1", "plan": "1", "publish_at": "2099-01-15T10:00"})
    assert fresh(draft).publish_at.isoformat() == "2099-01-15T09:00:00+00:00"  # Copenhagen's ten o'clock
    assert "Do not publish it then" in cato.get(reverse("playbook_manage", args=[draft.slug])).text
    cato.post(reverse("playbook_unplan", args=[draft.slug]))
    assert fresh(draft).publish_at is None


def test_sections_are_put_together_as_one_text(cast, cato):
    new = reverse("playbook_new")
    words = {"title": "T", "summary": "S", "layout": "sections", "section-more": "## Own\r\n\r\nOurs"}
    html = cato.post(new, {**words, "section-steps": "1. Go", "to": "whole"}).text
    assert "## Steps\n\n1. Go" in html
    cato.post(new, {**words, "section-steps": "1. Go"})
    made = Playbook.objects.get()
    assert made.body == "## Steps\n\n1. Go\n\n## Own\n\nOurs\n"
    assert "First small step" in cato.get(reverse("playbook_publish", args=[made.slug])).text
    assert cato.post(new, {**words, "section-more": ""}).status_code == 422


def test_unsaved_words_are_kept_for_their_writer_alone_until_saved(cast, cato, cleo, playbook):
    typed = {"title": "Half", "summary": "S", "body": "Half a text", "draft_number": "1"}
    assert "Kept for you" in cato.post(reverse("playbook_autosave", args=[playbook.slug]), typed).text
    edit = reverse("playbook_edit", args=[playbook.slug])
    assert "Half a text" not in cato.get(edit).text
    assert "You left words here" in cato.get(edit).text
    assert "Half a text" in cato.get(edit, {"left": "1"}).text
    for page in (cleo.get(edit), cleo.get(edit, {"left": "1"})):
        assert "You left words" not in page.text
        assert "Half a text" not in page.text
    assert fresh(playbook).draft_number == 1
    cato.post(edit, typed)
    assert not PlaybookAutosave.objects.exists()


def test_a_kept_text_from_before_somebody_elses_save_is_not_put_over_it(cast, cato, playbook):
    typed = {"title": "Half", "summary": "S", "body": "Half a text", "draft_number": "1"}
    cato.post(reverse("playbook_autosave", args=[playbook.slug]), typed)
    teaching.save_draft(
        playbook=playbook, draft_number=1, draft=shelf.draft("Theirs"), by=cast.actor(cast.cleo)
    )
    edit = reverse("playbook_edit", args=[playbook.slug])
    assert 'name="draft_number" value="1"' in cato.get(edit, {"left": "1"}).text
    assert cato.post(edit, typed).status_code == 409


def test_readers_of_a_replaced_playbook_are_led_on_with_a_sentence(cast, cato, playbook):
    newer = shelf.published(cast.cato, "Newer")
    cato.post(reverse("playbook_archive", args=[playbook.slug]), {"replaced_by": newer.slug})
    ana = cast.client(cast.ana)
    answer = ana.get(reverse("playbook_detail", args=["lisbon", playbook.slug]), follow=True)
    assert answer.redirect_chain[0][0] == reverse("playbook_detail", args=["lisbon", newer.slug])
    assert "is no longer recommended. This takes its place." in answer.text
    assert ana.get(reverse("playbook_version", args=["lisbon", playbook.slug, 1])).status_code == 200


def test_a_translation_is_linked_and_says_when_its_original_moved_on(cast, cato, playbook):
    answer = cato.post(reverse("playbook_translate", args=[playbook.slug]), {"language": "nb"})
    norsk = Playbook.objects.get(language="nb")
    assert answer.url == reverse("playbook_edit", args=[norsk.slug])
    shelf.publish(norsk, cast.cato)
    ana = cast.client(cast.ana)
    assert 'hreflang="nb"' in ana.get(reverse("playbook_detail", args=["lisbon", playbook.slug])).text
    shelf.revised(playbook, cast.cato, title="Second")
    assert "something newer" in ana.get(reverse("playbook_detail", args=["lisbon", norsk.slug])).text
    assert "The original moved on" in cato.get(reverse("playbook_manage", args=[norsk.slug])).text


def test_the_public_page_shows_the_published_words_and_nothing_of_chapters(cast, playbook):
    shared = keeping.open_to_all(playbook=playbook, by=cast.actor(cast.cato))
    teaching.save_draft(
        playbook=playbook, draft_number=1, draft=shelf.draft("Secret draft"), by=cast.actor(cast.cato)
    )
    address = reverse("public_playbook", args=[shared.public_token])
    page = cast.client().get(address)
    assert page.status_code == 200
    assert "Look around the room" in page.text
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    for words in (*CENTRAL_ONLY, "Secret draft", "Cato"):
        assert words not in page.text
    keeping.close_to_all(playbook=playbook, by=cast.actor(cast.cato))
    assert cast.client().get(address).status_code == 404
    for guess in (playbook.slug, "None", "x", shared.public_token + "x"):
        assert cast.client().get(f"/p/{guess}/").status_code == 404


def test_an_archived_playbook_is_not_public_whatever_its_address(cast, playbook):
    shared = keeping.open_to_all(playbook=playbook, by=cast.actor(cast.cato))
    teaching.archive(playbook=playbook, by=cast.actor(cast.cato))
    assert cast.client().get(reverse("public_playbook", args=[shared.public_token])).status_code == 404


def test_a_picture_is_for_members_until_its_playbook_is_open(cast, cato, playbook):
    cato.post(reverse("playbook_pictures", args=[playbook.slug]), {"picture": upload(), "alt": "A hall"})
    picture = PlaybookPicture.objects.get()
    assert cast.client(cast.ana).get(picture.address).status_code == 200
    assert cast.client().get(picture.address).status_code == 404
    assert cast.client(cast.ada).get(picture.address).status_code == 404
    keeping.open_to_all(playbook=playbook, by=cast.actor(cast.cato))
    assert cast.client().get(picture.address).status_code == 404  # it is not in the published text
    shelf.revised(playbook, cast.cato, body=f"## Steps\n\n{picture.markdown}\n")
    assert cast.client().get(picture.address).status_code == 200
    page = cast.client(cast.ana).get(reverse("playbook_detail", args=["lisbon", playbook.slug])).text
    assert f'<img src="{picture.address}" alt="A hall"' in page


def test_a_post_opened_from_a_practice_is_marked_with_it(cast):
    words = practising.Words("Open with a question", "Ask first.", "Comments in two days")
    practice = practising.name(words=words, playbooks=[], by=cast.actor(cast.cato))
    ana = cast.client(cast.ana)
    new = reverse("post_new", args=["lisbon"])
    html = ana.get(new, {"practice": practice.slug}).text
    assert f'value="{practice.slug}" checked' in html
    key = html.partition('name="form_key" value="')[2][:36]
    sheet = {"form_key": key, "practices_shown": "1", "practice": [practice.slug, "no-such"], "do": "save"}
    refused = ana.post(new, {**sheet, "text": ""})
    assert refused.status_code == 422
    assert f'value="{practice.slug}" checked' in refused.text
    ana.post(new, {**sheet, "text": "Who is coming?"})
    post = Post.objects.get()
    assert practices.of(post) == [practice]
    edit = reverse("post_edit", args=["lisbon", post.uid])
    ana.post(edit, {"text": "Who comes?", "form_key": key, "revision": "1", "do": "save"})
    assert practices.of(post) == [practice]  # a sheet without the boxes says nothing of them


def test_lists_of_practices_take_the_same_queries_at_3_and_30(cast, playbook):
    ana = cast.client(cast.ana)

    def name(numbers):
        for number in numbers:
            words = practising.Words(f"Practice {number}", "S", "M")
            practising.name(words=words, playbooks=[playbook], by=cast.actor(cast.cato))

    def look():
        ana.get(reverse("practice_list", args=["lisbon"]))

    name(range(3))
    few = queries(look)
    name(range(3, 30))
    assert queries(look) == few


def test_practices_are_found_below_playbooks_in_the_rail(cast, cato):
    page = cast.client(cast.ana).get(reverse("practice_list", args=["lisbon"]))
    here = [entry.key for entry in page.context["frame"].entries if entry.current]
    assert here == ["playbooks"]
    of_team = cato.get(reverse("practices_teach")).context["frame"].entries
    assert [entry.key for entry in of_team if entry.current] == ["teaching"]
