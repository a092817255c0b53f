"""Where the central team writes templates."""

from __future__ import annotations

import pytest
from django.urls import reverse

from playbooks import template_writing
from playbooks.filling import FIELDS
from playbooks.models import Template, TemplateVersion
from playbooks.template_writing import Wording
from tests.playbooks import shelf

WORDS = {"name": "Call for helpers", "note": "A week before", "text": "Come to {{ chapter.city }}"}


@pytest.fixture
def cato(cast):
    return cast.client(cast.cato)


@pytest.fixture
def playbook(cast):
    return shelf.published(cast.cato)


@pytest.fixture
def template(cast, playbook):
    return shelf.template(playbook, cast.cato)


def address(name, template):
    return reverse(name, args=[template.playbook.slug, template.pk])


def test_the_editor_lists_every_field(cato, playbook):
    html = cato.get(reverse("template_new", args=[playbook.slug])).content.decode()
    for field in FIELDS.values():
        assert field.code in html


def test_adding_a_template(cast, cato, playbook):
    assert cato.post(reverse("template_new", args=[playbook.slug]), WORDS).status_code == 302
    template = Template.objects.get()
    assert (template.name, template.note, template.text) == tuple(WORDS.values())
    assert not TemplateVersion.objects.exists()


def test_a_drafted_template_is_on_the_pages_of_the_second_look_and_of_publishing(cast, playbook, template):
    template_writing.revise(
        template=template,
        number=1,
        wording=Wording("Call", "Now in {{ chapter.city }}"),
        by=cast.actor(cast.cato),
    )
    shelf.template_drafted(playbook, cast.cato, "Words nobody has seen", name="New")
    for name, person in (("playbook_review", cast.cleo), ("playbook_publish", cast.cato)):
        page = cast.client(person).get(reverse(name, args=[playbook.slug])).content.decode()
        for words in ("Words nobody has seen", "New, not published", "Revised, not published", "Now</ins>"):
            assert words in page


def test_the_preview_is_filled_for_a_chapter_with_and_without_details(cato, playbook):
    live = cato.post(reverse("template_preview", args=[playbook.slug]), WORDS).content.decode()
    plain = cato.post(
        reverse("template_new", args=[playbook.slug]), {**WORDS, "preview": "1"}
    ).content.decode()
    for html in (live, plain):
        assert '<mark class="local-field">Riverside</mark>' in html
        assert '<mark class="local-field missing">[city]</mark>' in html
    assert not Template.objects.exists()


def test_the_preview_shows_no_real_chapters_details(cast, cato, playbook):
    html = cato.post(reverse("template_preview", args=[playbook.slug]), WORDS).content.decode()
    assert "Lisbon" not in html


def test_a_field_the_hub_cannot_fill_is_refused_beside_the_text(cato, playbook):
    answer = cato.post(
        reverse("template_new", args=[playbook.slug]), {**WORDS, "text": "{{ request.user.email }} x"}
    )
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "The hub cannot fill in {{ request.user.email }}" in html
    assert not Template.objects.exists()


def test_revising_a_template(cato, template):
    form = {**WORDS, "number": "1", "text": "Come at once"}
    assert cato.post(address("template_edit", template), form).status_code == 302
    template.refresh_from_db()
    assert (template.change_number, template.text) == (2, "Come at once")


def test_a_stale_form_shows_both_versions_and_loses_nothing(cast, cato, template):
    template_writing.revise(
        template=template, number=1, wording=Wording("Theirs", "Their words"), by=cast.actor(cast.cleo)
    )
    answer = cato.post(address("template_edit", template), {**WORDS, "number": "1", "text": "My words"})
    html = answer.content.decode()
    assert answer.status_code == 409
    for words in ("Somebody else revised", "Their words", "My words", 'name="number" value="2"'):
        assert words in html
    template.refresh_from_db()
    assert template.text == "Their words"


def test_withdraw_and_offer_again_by_button(cato, template):
    cato.post(address("template_withdraw", template))
    template.refresh_from_db()
    assert template.is_withdrawn
    page = cato.get(reverse("playbook_manage", args=[template.playbook.slug])).content.decode()
    assert "Withdrawn when published" in page
    cato.post(address("template_offer", template))
    template.refresh_from_db()
    assert not template.is_withdrawn


@pytest.mark.parametrize("name", ["template_edit", "template_withdraw", "template_offer"])
def test_a_template_is_not_found_under_another_playbook(cast, cato, template, name):
    other = shelf.published(cast.cato, "Other")
    assert cato.post(reverse(name, args=[other.slug, template.pk]), WORDS).status_code == 404
    template.refresh_from_db()
    assert (template.is_withdrawn, template.change_number) == (False, 1)
