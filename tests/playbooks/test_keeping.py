"""Owners and reviews, what replaces what, translations, the public address, practices and pictures."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from chapters.models import Event
from playbooks import keeping, outline, pictures, practising, teaching
from playbooks.errors import NotNow
from playbooks.models import Playbook, PlaybookPicture
from posts import practices
from posts.models import Post, PostPractice
from tests.playbooks import shelf
from tests.support import posts as making


@pytest.fixture
def by(cast):
    return cast.actor(cast.cato)


@pytest.fixture
def playbook(cast):
    return shelf.published(cast.cato)


def named(by, name="Open with a question", playbooks=()):
    words = practising.Words(name, "Ask before you tell.", "Comments in the first day")
    return practising.name(words=words, playbooks=list(playbooks), by=by)


def upload(exif=None):
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "JPEG", **({"exif": exif} if exif else {}))
    return SimpleUploadedFile("holiday.jpg", out.getvalue(), "image/jpeg")


def test_publishing_sets_the_day_to_look_again_and_looking_moves_it(by, playbook):
    today = timezone.localdate()
    assert playbook.next_review == today + teaching.GOOD_FOR
    Playbook.objects.update(next_review=today - timedelta(days=1))
    assert keeping.still_good(playbook=playbook, by=by).next_review == today + teaching.GOOD_FOR


def test_new_version_counts_as_a_look_but_a_day_that_somebody_set_stays(cast, by, playbook):
    today = timezone.localdate()
    long_ago = today - timedelta(days=100)
    Playbook.objects.update(last_reviewed=long_ago, next_review=long_ago + teaching.GOOD_FOR)
    assert shelf.revised(playbook, cast.cato, time_needed="1 hour").next_review == today + teaching.GOOD_FOR
    Playbook.objects.update(next_review=today + timedelta(days=20))
    assert shelf.revised(playbook, cast.cato, time_needed="2 hours").next_review == today + timedelta(days=20)


def test_archived_with_a_pointer_to_what_replaces_it(cast, by, playbook):
    newer = shelf.published(cast.cato, "Newer")
    for wrong in (playbook, shelf.drafted(cast.cato, "A draft")):
        with pytest.raises(NotNow, match="takes its place"):
            teaching.archive(playbook=playbook, replaced_by=wrong, by=by)
    archived = teaching.archive(playbook=playbook, replaced_by=newer, by=by)
    assert archived.replaced_by == newer
    assert teaching.restore(playbook=playbook, by=by).replaced_by is None


def test_a_translation_begins_once_and_says_when_its_original_moved_on(cast, by, playbook):
    norsk = keeping.translate(playbook=playbook, language="nb", by=by)
    assert keeping.translate(playbook=playbook, language="nb", by=by) == norsk
    assert (norsk.language, norsk.translation_group) == ("nb", playbook.translation_group)
    assert keeping.translations_of(playbook) == []
    shelf.publish(norsk, cast.cato)
    assert keeping.translations_of(playbook) == [norsk]
    assert not keeping.has_moved_on(norsk)
    shelf.revised(playbook, cast.cato, title="Second")
    norsk = Playbook.objects.get(pk=norsk.pk)
    assert keeping.has_moved_on(norsk)
    assert not keeping.has_moved_on(keeping.caught_up(translation=norsk, by=by))


def test_two_translations_never_share_a_language(by, playbook):
    norsk = keeping.translate(playbook=playbook, language="nb", by=by)
    with pytest.raises(NotNow, match="already"):
        keeping.arrange(playbook=norsk, owner=None, language="en", next_review=None, practices=[], by=by)


def test_a_public_address_ends_for_good_and_is_kept_in_the_history(by, playbook):
    first = keeping.open_to_all(playbook=playbook, by=by).public_token
    assert keeping.open_to_all(playbook=playbook, by=by).public_token == first
    keeping.close_to_all(playbook=playbook, by=by)
    assert keeping.open_to_all(playbook=playbook, by=by).public_token != first
    verbs = list(Event.objects.filter(verb__startswith="playbook_made").order_by("id").values_list("verb"))
    assert verbs == [("playbook_made_public",), ("playbook_made_private",), ("playbook_made_public",)]


def test_a_draft_is_never_open_to_everybody(cast, by):
    with pytest.raises(NotNow):
        keeping.open_to_all(playbook=shelf.drafted(cast.cato, "Draft"), by=by)


def test_a_practice_is_named_once_and_reworded_only_by_who_saw_it(by, playbook):
    practice = named(by, playbooks=[playbook])
    assert named(by) == practice
    words = practising.Words("Ask first", "Ask.", "Comments")
    practising.reword(practice=practice, seen=1, words=words, playbooks=[], by=by)
    with pytest.raises(NotNow, match="Somebody else"):
        practising.reword(practice=practice, seen=1, words=words, playbooks=[], by=by)
    practising.withdraw(practice=practice, by=by)
    assert not practising.offered().exists()


def test_marking_a_post_leaves_its_revision_and_is_said_once(cast, by):
    practice = named(by)
    post = making.draft(cast.lisbon, cast.ana)
    ana = cast.actor(cast.ana)
    assert practices.mark(post=post, practices=[practice], by=ana)
    assert not practices.mark(post=post, practices=[practice], by=ana)
    assert practices.of(post) == [practice]
    assert Post.objects.get(pk=post.pk).revision == 1
    assert Event.objects.filter(verb="practices_marked").count() == 1
    practices.mark(post=post, practices=[], by=ana)
    assert not PostPractice.objects.exists()


def test_a_picture_loses_its_metadata_and_the_same_one_is_kept_once(by, playbook):
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    first = pictures.add(playbook=playbook, upload=upload(exif), alt="A  hall", by=by)
    assert pictures.add(playbook=playbook, upload=upload(), alt="Again", by=by) == first
    assert b"taken at home" not in first.file.read()
    assert first.markdown == f"![A hall](/playbooks/pictures/{first.uid}/)"


def test_what_is_no_picture_is_refused(by, playbook):
    with pytest.raises(NotNow, match="not a picture"):
        pictures.add(playbook=playbook, upload=SimpleUploadedFile("x.svg", b"<svg/>"), alt="x", by=by)
    assert not PlaybookPicture.objects.exists()


def test_a_text_by_its_sections_is_the_same_text_again():
    body = "Hello.\n\n## What this does for you\n\nMuch.\n\n## Do and don’t\n\n- Do\n\n## Our own\n\nMore.\n"
    written = outline.split(body)
    assert (written.opening, written.more) == ("Hello.", "## Our own\n\nMore.")
    assert written.texts == {"benefit": "Much.", "dos": "- Do"}
    assert outline.split(outline.join(written)) == written
    assert "Steps" in outline.missing(body)
    assert "What this does for you" not in outline.missing(body)
    assert not outline.keeps("## Steps\n\nx\n\n## First small step\n\ny\n")
