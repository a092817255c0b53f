from __future__ import annotations

import pytest
from django.urls import reverse

from chapters.models import Event
from playbooks.models import Playbook, PlaybookVersion, Template, TemplateUse, TemplateVersion
from tests.playbooks import shelf

MODELS = [Playbook, PlaybookVersion, Template, TemplateVersion, TemplateUse]


@pytest.fixture
def ada(cast):
    return cast.client(cast.ada)


@pytest.fixture
def playbook(cast):
    return shelf.published(cast.cato)


@pytest.fixture
def template(cast, playbook):
    template = shelf.template(playbook, cast.cato)
    TemplateUse.objects.create(
        version=template.current, chapter=cast.lisbon, post_uid="00000000-0000-0000-0000-000000000001"
    )
    return template


def address(model, page, *args):
    return reverse(f"admin:playbooks_{model._meta.model_name}_{page}", args=args)


def act(client, model, action, *rows):
    return client.post(
        address(model, "changelist"),
        {"action": action, "_selected_action": [r.pk for r in rows]},
        follow=True,
    )


@pytest.mark.parametrize("model", MODELS)
def test_every_table_can_be_searched_and_opened(ada, template, model):
    assert ada.get(address(model, "changelist"), {"q": "ask"}).status_code == 200
    assert ada.get(address(model, "change", model.objects.first().pk)).status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_nothing_is_added_by_hand(ada, model):
    assert ada.get(address(model, "add")).status_code == 403


@pytest.mark.parametrize("model", MODELS[1:])
def test_versions_templates_and_uses_are_read_only(ada, template, model):
    row = model.objects.first()
    assert ada.post(address(model, "change", row.pk), {"number": "9", "name": "x"}).status_code == 403
    assert ada.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_a_hand_edit_changes_the_owner_and_nothing_that_verbs_write(cast, ada, playbook):
    inline = {"versions-TOTAL_FORMS": "0", "versions-INITIAL_FORMS": "0"}
    ada.post(
        address(Playbook, "change", playbook.pk),
        {"owner": cast.cleo.pk, "status": "draft", "title": "Other", "draft_number": "9", **inline},
    )
    playbook.refresh_from_db()
    assert playbook.owner == cast.cleo
    assert (playbook.status, playbook.title, playbook.draft_number) == ("published", "Ask before you film", 1)


def test_archive_and_restore_run_the_verbs_and_leave_history(cast, ada, playbook):
    act(ada, Playbook, "archive", playbook)
    playbook.refresh_from_db()
    assert playbook.status == "archived"
    assert Event.objects.get(verb="playbook_archived").actor == cast.ada
    act(ada, Playbook, "restore", playbook)
    playbook.refresh_from_db()
    assert playbook.status == "published"
    assert "archived it" in ada.get(address(Playbook, "change", playbook.pk)).content.decode()


def test_one_row_that_refuses_does_not_stop_the_others(cast, ada, playbook):
    draft = shelf.drafted(cast.cato, "A draft")
    html = act(ada, Playbook, "archive", draft, playbook).content.decode()
    assert "A draft: Only a published playbook can be archived." in html
    playbook.refresh_from_db()
    assert playbook.status == "archived"


def test_templates_are_withdrawn_and_offered_again_by_the_verbs(ada, template):
    act(ada, Template, "withdraw", template)
    template.refresh_from_db()
    assert template.is_withdrawn
    act(ada, Template, "offer_again", template)
    template.refresh_from_db()
    assert not template.is_withdrawn
    assert Event.objects.filter(verb="template_withdrawn").exists()


def test_only_what_was_never_published_is_deleted(cast, ada, playbook):
    draft = shelf.drafted(cast.cato, "A draft")
    assert ada.post(address(Playbook, "delete", playbook.pk), {"post": "yes"}).status_code == 403
    assert ada.post(address(Playbook, "delete", draft.pk), {"post": "yes"}).status_code == 302
    assert list(Playbook.objects.all()) == [playbook]
