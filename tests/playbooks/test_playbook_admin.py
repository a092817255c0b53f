from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from chapters.models import Event
from playbooks import feedback, keeping, suggesting, teaching
from playbooks.errors import NotNow
from playbooks.models import (
    Adoption,
    Decision,
    Playbook,
    PlaybookVersion,
    SavedPlaybook,
    Suggestion,
    Template,
    TemplateUse,
    TemplateVersion,
    TopicFollow,
    Vote,
)
from posts import adopting
from posts.spreading import Planned
from tests.playbooks import offers, shelf

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


def test_an_owner_whom_the_team_does_not_offer_and_a_past_review_are_refused(cast, ada, playbook):
    url, inline = (
        address(Playbook, "change", playbook.pk),
        {"versions-TOTAL_FORMS": "0", "versions-INITIAL_FORMS": "0"},
    )
    today = timezone.localdate()
    for wrong in ({"owner": cast.otto.pk}, {"owner": cast.cleo.pk, "next_review": today}):
        assert "Please correct" in ada.post(url, wrong | inline).text
    ada.post(url, {"last_reviewed": today + timedelta(days=9), "owner": cast.cleo.pk, **inline})
    fresh = Playbook.objects.get()
    assert (fresh.owner, fresh.last_reviewed) == (cast.cleo, playbook.last_reviewed)
    assert Event.objects.get(verb="playbook_arranged").actor == cast.ada
    with pytest.raises(NotNow, match="Otto does not edit"):
        keeping.arrange(
            playbook=fresh,
            owner=cast.otto,
            language="en",
            next_review=None,
            practices=[],
            by=cast.actor(cast.cleo),
        )


def test_looked_at_today_moves_the_next_review(cast, ada, playbook):
    Playbook.objects.update(next_review=timezone.localdate())
    act(ada, Playbook, "look_at", playbook)
    playbook.refresh_from_db()
    assert playbook.next_review == timezone.localdate() + teaching.GOOD_FOR


def test_an_action_that_has_nothing_to_do_is_not_counted_as_done(cast, ada):
    draft, ended = offers.drafted(cast.cato), offers.offered(cast.cato)
    suggesting.end(suggestion=ended, by=cast.actor(cast.cato))
    html = act(ada, Suggestion, "resume", draft, ended).content.decode()
    assert "Done for 1." in html
    assert "1 was left as it is" in html


def test_what_people_keep_to_themselves_names_nobody(cast, ada, playbook):
    by = cast.actor(cast.lucia)
    SavedPlaybook.objects.create(person=cast.lucia, playbook=playbook)
    SavedPlaybook.objects.create(person=cast.paulo, playbook=playbook)
    TopicFollow.objects.create(person=cast.lucia, topic="Repair")
    feedback.vote(version=playbook.current, chapter=cast.lisbon, helped=True, by=by)
    suggestion = offers.offered(cast.cato)
    planned = [Planned(offers.items(suggestion)[0])]
    adopting.use(chapter=cast.lisbon, planned=planned, by=by, form_key=uuid.uuid4())
    for model in (SavedPlaybook, TopicFollow, Vote, Adoption, Decision):
        row = model.objects.order_by("pk").first()
        for url in (address(model, "changelist"), address(model, "change", row.pk)):
            html = ada.get(url).content.decode().partition('id="content"')[2]
            assert "Lisbon" not in html, url
            assert "Lucia" not in html, url
    assert ">2<" in ada.get(address(SavedPlaybook, "changelist")).content.decode()
    events = ada.get(reverse("admin:chapters_event_changelist")).content.decode().partition('id="content"')[2]
    for verb in ("voted", "adopted", "suggestion_used"):
        assert Event.objects.filter(verb=verb).exists()
        assert f">{verb}<" not in events


def test_a_vote_with_a_word_is_named_as_on_the_teams_own_page(cast, ada, playbook):
    by = cast.actor(cast.lucia)
    feedback.vote(version=playbook.current, chapter=cast.lisbon, helped=False, word="Too long", by=by)
    assert "Lisbon" in ada.get(address(Vote, "changelist")).content.decode()


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
