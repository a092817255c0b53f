from __future__ import annotations

import pytest

from chapters.models import Event
from playbooks import library, reviewing, teaching, template_writing
from playbooks.errors import NotNow, StaleDraft, StaleTemplate
from playbooks.models import Playbook, Template, TemplateVersion
from playbooks.template_writing import Wording
from tests.playbooks import shelf


@pytest.fixture
def by(cast):
    return cast.actor(cast.cato)


@pytest.fixture
def playbook(cast):
    return shelf.published(cast.cato)


@pytest.fixture
def template(cast, playbook):
    return shelf.template(playbook, cast.cato)


def stands(template):
    """What chapters are offered of it: its version and words, or nothing."""
    version = library.templates_of(template.playbook).filter(pk=template.pk).first()
    return (version.current.number, version.current.text) if version else None


def test_templates_are_offered_in_the_order_they_were_added(cast, playbook):
    for name in ("First", "Second", "Third"):
        shelf.template(playbook, cast.cato, name=name)
    assert [(t.order, t.current.name) for t in playbook.templates.all()] == [
        (0, "First"),
        (1, "Second"),
        (2, "Third"),
    ]


def test_a_double_click_adds_one_template(cast, playbook):
    assert shelf.template(playbook, cast.cato) == shelf.template(playbook, cast.cato)
    assert Template.objects.count() == 1


def test_chapters_get_what_is_written_only_when_the_playbook_is_published(cast, by, template):
    playbook = Playbook.objects.get(pk=template.playbook_id)
    template_writing.revise(
        template=template, number=1, wording=Wording("Call for helpers", "Come and help"), by=by
    )
    new = shelf.template_drafted(playbook, cast.cato, "New words", name="New")
    first = template.current
    assert (stands(template), stands(new)) == ((1, "See you in {{ chapter.city }}"), None)
    shelf.publish(Playbook.objects.get(pk=playbook.pk), cast.cleo, "Its templates.")
    assert (stands(template), stands(new)) == ((2, "Come and help"), (1, "New words"))
    first.refresh_from_db()
    assert first.text == "See you in {{ chapter.city }}"
    assert TemplateVersion.objects.get(text="New words").created_by == cast.cato


def test_a_template_is_withdrawn_when_the_playbook_is_published(cast, by, template):
    template_writing.withdraw(template=template, by=by)
    assert stands(template)
    shelf.publish(Playbook.objects.get(pk=template.playbook_id), cast.cato, "One less.")
    assert stands(template) is None
    template_writing.offer_again(template=template, by=by)
    shelf.publish(Playbook.objects.get(pk=template.playbook_id), cast.cato, "It was good.")
    assert stands(template) == (1, template.text)


@pytest.mark.parametrize("verb", ["add", "revise", "withdraw"])
def test_an_approval_does_not_hold_for_templates_written_later(cast, by, playbook, template, verb):
    at = shelf.looked_at(shelf.drafted(cast.cato, "Other"), cast.cleo)
    shelf.template_drafted(at, cast.cleo)
    with pytest.raises(StaleDraft):
        teaching.publish(playbook=at, draft_number=1, change_note="", by=by)
    before = Playbook.objects.get(pk=playbook.pk).draft_number
    act = {
        "add": lambda: shelf.template_drafted(playbook, cast.cato, "More"),
        "revise": lambda: template_writing.revise(
            template=template, number=1, wording=Wording("N", "T"), by=by
        ),
        "withdraw": lambda: template_writing.withdraw(template=template, by=by),
    }
    act[verb]()
    after = Playbook.objects.get(pk=playbook.pk)
    assert (after.draft_number, after.draft_by, reviewing.of(after)) == (before + 1, cast.cato, None)
    assert teaching.has_changes(after)


def test_a_form_with_the_text_stays_good_when_a_template_was_added_meanwhile(cast, by):
    playbook = shelf.drafted(cast.cato)
    shelf.template_drafted(playbook, cast.cato)
    saved = teaching.save_draft(playbook=playbook, draft_number=1, draft=shelf.draft(body="Mine"), by=by)
    assert (saved.body, saved.draft_number) == ("Mine", 3)
    with pytest.raises(StaleDraft):
        teaching.save_draft(playbook=playbook, draft_number=2, draft=shelf.draft(body="Late"), by=by)


def test_revising_with_the_same_words_changes_nothing(by, template):
    template_writing.revise(template=template, number=1, wording=Wording.of(template), by=by)
    assert not template_writing.unpublished([template.playbook]).exists()
    assert Event.objects.filter(verb="template_revised").count() == 0


def test_a_stale_form_is_refused_and_says_how_the_template_stands(by, template):
    template_writing.revise(template=template, number=1, wording=Wording("Theirs", "Theirs"), by=by)
    with pytest.raises(StaleTemplate) as refused:
        template_writing.revise(template=template, number=1, wording=Wording("Mine", "Mine"), by=by)
    assert refused.value.template.text == "Theirs"
    assert refused.value.is_own


def test_withdrawing_and_offering_again_can_be_repeated_without_harm(by, template):
    for _ in range(2):
        assert template_writing.withdraw(template=template, by=by).is_withdrawn
    for _ in range(2):
        assert not template_writing.offer_again(template=template, by=by).is_withdrawn
    verbs = Event.objects.filter(subject_type="template").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["template_added", "template_withdrawn", "template_offered_again"]


def test_a_field_the_hub_cannot_fill_is_refused_by_name(by, playbook, template):
    wording = Wording("Town", "See you in {{ chapter.town }}")
    with pytest.raises(NotNow, match=r"\{\{ chapter.town \}\}"):
        template_writing.add(playbook=playbook, wording=wording, by=by)
    with pytest.raises(NotNow):
        template_writing.revise(template=template, number=1, wording=wording, by=by)
    assert TemplateVersion.objects.count() == 1
