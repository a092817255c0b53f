from __future__ import annotations

import pytest

from chapters.models import Event
from playbooks import template_writing
from playbooks.errors import NotNow, StaleTemplate
from playbooks.models import Template, TemplateVersion
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


def test_revising_adds_a_version_and_keeps_the_one_posts_began_from(by, template):
    first = template.current
    second = template_writing.revise(
        template=template, number=1, wording=Wording("Call for helpers", "Come and help"), by=by
    )
    template.refresh_from_db()
    first.refresh_from_db()
    assert template.current == second
    assert (second.number, second.text) == (2, "Come and help")
    assert first.text == "See you in {{ chapter.city }}"


def test_revising_with_the_same_words_changes_nothing(by, template):
    template_writing.revise(template=template, number=1, wording=Wording.of(template.current), by=by)
    assert TemplateVersion.objects.count() == 1


def test_a_stale_form_is_refused_and_says_how_the_template_stands(by, template):
    template_writing.revise(template=template, number=1, wording=Wording("Theirs", "Theirs"), by=by)
    with pytest.raises(StaleTemplate) as refused:
        template_writing.revise(template=template, number=1, wording=Wording("Mine", "Mine"), by=by)
    assert refused.value.template.current.text == "Theirs"
    assert TemplateVersion.objects.count() == 2


def test_withdrawing_and_offering_again_can_be_repeated_without_harm(by, template):
    for _ in range(2):
        assert template_writing.withdraw(template=template, by=by).archived_at
    for _ in range(2):
        assert template_writing.offer_again(template=template, by=by).archived_at is None
    verbs = Event.objects.filter(subject_type="template").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["template_added", "template_withdrawn", "template_offered_again"]


def test_a_field_the_hub_cannot_fill_is_refused_by_name(by, playbook, template):
    wording = Wording("Town", "See you in {{ chapter.town }}")
    with pytest.raises(NotNow, match=r"\{\{ chapter.town \}\}"):
        template_writing.add(playbook=playbook, wording=wording, by=by)
    with pytest.raises(NotNow):
        template_writing.revise(template=template, number=1, wording=wording, by=by)
    assert TemplateVersion.objects.count() == 1
