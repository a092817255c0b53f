from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from chapters.models import Event
from playbooks import teaching
from playbooks.errors import NotNow, StaleDraft
from playbooks.models import Playbook, PlaybookVersion
from playbooks.teaching import Draft
from tests.playbooks import shelf

Status = Playbook.Status


@pytest.fixture
def by(cast):
    return cast.actor(cast.cato)


@pytest.fixture
def playbook(cast):
    return shelf.published(cast.cato)


def events(playbook):
    subject = Event.objects.filter(subject_type="playbook", subject_uid=str(playbook.pk))
    return list(subject.order_by("id").values_list("verb", flat=True))


def test_a_new_playbook_is_a_draft_of_its_author(cast, by):
    playbook = teaching.create(draft=shelf.draft(), by=by)
    assert (playbook.status, playbook.slug, playbook.owner) == (
        Status.DRAFT,
        "ask-before-you-film",
        cast.cato,
    )
    assert playbook.current is None
    assert events(playbook) == ["playbook_begun"]


def test_equal_titles_get_addresses_of_their_own(by):
    slugs = [teaching.create(draft=shelf.draft(summary=f"{n}"), by=by).slug for n in range(3)]
    assert slugs == ["ask-before-you-film", "ask-before-you-film-2", "ask-before-you-film-3"]


@pytest.mark.parametrize(
    ("title", "slug"),
    [("New", "new-2"), ("Preview", "preview-2"), ("写真", "playbook"), ("x" * 140, "x" * 70)],
)
def test_every_title_gets_an_address_that_leads_to_it(by, title, slug):
    assert teaching.create(draft=shelf.draft(title), by=by).slug == slug


def test_a_double_click_makes_one_playbook(by):
    key = uuid.uuid4()
    first = teaching.create(draft=shelf.draft(), by=by, key=key)
    assert teaching.create(draft=shelf.draft(), by=by, key=key) == first
    assert Playbook.objects.count() == 1


def test_the_same_form_sent_again_with_other_words_loses_neither(by):
    key = uuid.uuid4()
    teaching.create(draft=shelf.draft(summary="first"), by=by, key=key)
    teaching.create(draft=shelf.draft(summary="second"), by=by, key=key)
    assert set(Playbook.objects.values_list("summary", flat=True)) == {"first", "second"}


def test_saving_a_draft_leaves_what_chapters_read_as_it_is(by, playbook):
    saved = teaching.save_draft(playbook=playbook, draft_number=1, draft=shelf.draft("Other"), by=by)
    assert (saved.draft_number, saved.title) == (2, "Other")
    assert saved.current.title == "Ask before you film"
    assert teaching.has_changes(saved)


def test_saving_the_same_words_changes_nothing(by, playbook):
    before = events(playbook)
    saved = teaching.save_draft(playbook=playbook, draft_number=1, draft=Draft.of(playbook), by=by)
    assert saved.draft_number == 1
    assert events(playbook) == before


def test_a_stale_form_is_refused_and_says_how_the_draft_stands(by, playbook):
    teaching.save_draft(playbook=playbook, draft_number=1, draft=shelf.draft("Theirs"), by=by)
    with pytest.raises(StaleDraft) as refused:
        teaching.save_draft(playbook=playbook, draft_number=1, draft=shelf.draft("Mine"), by=by)
    assert refused.value.playbook.title == "Theirs"
    assert refused.value.playbook.draft_number == 2
    playbook.refresh_from_db()
    assert playbook.title == "Theirs"


def test_history_keeps_the_words_that_a_save_replaced(by, playbook):
    teaching.save_draft(
        playbook=playbook, draft_number=1, draft=shelf.draft(body="New words", topics=["photos"]), by=by
    )
    event = Event.objects.filter(verb="draft_saved").get()
    assert event.data == {"draft": 2, "replaced": {"body": shelf.BODY, "topics": []}}


def test_publishing_freezes_the_draft_as_a_version(cast, by):
    playbook = teaching.create(draft=shelf.draft(topics=["photos"], time_needed="1 hour"), by=by)
    shelf.looked_at(playbook, cast.cleo)
    version = teaching.publish(playbook=playbook, draft_number=1, change_note="", by=by)
    playbook.refresh_from_db()
    assert (playbook.status, playbook.current) == (Status.PUBLISHED, version)
    assert playbook.last_reviewed == timezone.localdate()
    assert Draft.of(version) == Draft.of(playbook)
    assert (version.number, version.published_by) == (1, cast.cato)
    assert not teaching.has_changes(playbook)


def test_publishing_again_adds_a_version_with_its_note_and_keeps_the_first(cast, by, playbook):
    teaching.save_draft(playbook=playbook, draft_number=1, draft=shelf.draft("Better"), by=by)
    shelf.looked_at(playbook, cast.cleo)
    version = teaching.publish(playbook=playbook, draft_number=2, change_note="Shorter.", by=by)
    assert (version.number, version.change_note) == (2, "Shorter.")
    assert list(playbook.versions.values_list("title", flat=True)) == ["Better", "Ask before you film"]


def test_what_was_published_elsewhere_keeps_its_date(by):
    playbook = teaching.create(draft=shelf.draft(), by=by)
    then = timezone.now() - timedelta(days=90)
    version = teaching.publish(playbook=playbook, draft_number=1, change_note="", by=by, at=then)
    playbook.refresh_from_db()
    assert version.published_at == then
    assert playbook.last_reviewed == then.date()


def test_publishing_refuses_a_draft_that_changed_since_it_was_looked_at(by, playbook):
    teaching.save_draft(playbook=playbook, draft_number=1, draft=shelf.draft("Better"), by=by)
    with pytest.raises(StaleDraft):
        teaching.publish(playbook=playbook, draft_number=1, change_note="Shorter.", by=by)
    assert playbook.versions.count() == 1


@pytest.mark.parametrize("words", [{"title": " "}, {"summary": ""}, {"body": "\n"}])
def test_publishing_refuses_a_playbook_with_an_empty_part(by, words):
    playbook = teaching.create(draft=Draft(**{**shelf.draft().__dict__, **words}), by=by)
    with pytest.raises(NotNow, match="needs a title"):
        teaching.publish(playbook=playbook, draft_number=1, change_note="", by=by)
    assert not PlaybookVersion.objects.exists()


def test_publishing_refuses_when_nothing_changed(by, playbook):
    with pytest.raises(NotNow, match="nothing to publish"):
        teaching.publish(playbook=playbook, draft_number=1, change_note="x", by=by)


def test_a_new_version_needs_a_change_note(by, playbook):
    teaching.save_draft(playbook=playbook, draft_number=1, draft=shelf.draft("Better"), by=by)
    with pytest.raises(NotNow, match="what changed"):
        teaching.publish(playbook=playbook, draft_number=2, change_note="  ", by=by)


def test_going_back_puts_a_versions_words_into_the_draft_only(cast, by, playbook):
    playbook = shelf.revised(playbook, cast.cato, title="Second")
    first = playbook.versions.get(number=1)
    back = teaching.revise(playbook=playbook, version=first, draft_number=playbook.draft_number, by=by)
    assert back.title == "Ask before you film"
    assert back.current.title == "Second"
    event = Event.objects.get(verb="draft_taken_from_version")
    assert event.data["version"] == 1
    assert event.data["replaced"] == {"title": "Second"}


def test_going_back_refuses_when_the_draft_moved_on(cast, by, playbook):
    version = playbook.current
    teaching.save_draft(playbook=playbook, draft_number=1, draft=shelf.draft("Theirs"), by=by)
    with pytest.raises(StaleDraft):
        teaching.revise(playbook=playbook, version=version, draft_number=1, by=by)


def test_archive_and_restore_keep_the_published_version(by, playbook):
    archived = teaching.archive(playbook=playbook, by=by)
    assert (archived.status, archived.current) == (Status.ARCHIVED, playbook.current)
    restored = teaching.restore(playbook=playbook, by=by)
    assert restored.status == Status.PUBLISHED
    assert events(playbook)[-2:] == ["playbook_archived", "playbook_restored"]


def test_a_draft_cannot_be_archived_nor_a_published_playbook_restored(cast, by, playbook):
    with pytest.raises(NotNow):
        teaching.archive(playbook=shelf.drafted(cast.cato, "Draft"), by=by)
    with pytest.raises(NotNow):
        teaching.restore(playbook=playbook, by=by)


def test_an_archived_playbook_is_not_published_by_the_way(by, playbook):
    teaching.archive(playbook=playbook, by=by)
    teaching.save_draft(playbook=playbook, draft_number=1, draft=shelf.draft("Better"), by=by)
    with pytest.raises(NotNow, match="archived"):
        teaching.publish(playbook=playbook, draft_number=2, change_note="x", by=by)
