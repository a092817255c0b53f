"""Who gets through which door: everybody of a chapter reads, editors and leads of the central team write."""

from __future__ import annotations

import pytest
from django.urls import reverse

from chapters.models import Event
from chapters.permissions import Action
from playbooks.models import Playbook, PlaybookVersion, Template, TemplateVersion
from playbooks.urls import urlpatterns as included
from tests.playbooks import shelf

READING = {
    "playbook_list": [],
    "playbook_detail": ["slug"],
    "playbook_version": ["slug", 1],
    "playbook_changes": ["slug", 2],
}
WRITING = {
    "teaching": ("GET", [], {}),
    "playbook_new": ("POST", [], {"title": "T", "summary": "S", "body": "B"}),
    "playbook_preview": ("POST", [], {"body": "B"}),
    "playbook_manage": ("GET", ["slug"], {}),
    "playbook_edit": ("POST", ["slug"], {"draft_number": "2", "title": "T", "summary": "S", "body": "B"}),
    "playbook_publish": ("POST", ["slug"], {"draft_number": "3", "change_note": "N"}),
    "playbook_archive": ("POST", ["slug"], {}),
    "playbook_restore": ("POST", ["slug"], {}),
    "playbook_revise": ("POST", ["slug", 1], {"draft_number": "2"}),
    "template_new": ("POST", ["slug"], {"name": "N", "text": "T"}),
    "template_preview": ("POST", ["slug"], {"text": "T"}),
    "template_edit": ("POST", ["slug", "template"], {"number": "1", "name": "N", "text": "T"}),
    "template_withdraw": ("POST", ["slug", "template"], {}),
    "template_offer": ("POST", ["slug", "template"], {}),
}


# what is included from elsewhere is in the access matrix only
urlpatterns = [pattern for pattern in included if getattr(pattern, "name", None)]


@pytest.fixture
def playbook(cast):
    return shelf.revised(shelf.published(cast.cato), cast.cato, title="Second")


@pytest.fixture
def template(cast, playbook):
    return shelf.template(playbook, cast.cato)


def rows():
    return [model.objects.count() for model in (Event, Playbook, PlaybookVersion, Template, TemplateVersion)]


def send(client, name, playbook, template, method=None):
    own, places, data = WRITING[name]
    known = {"slug": playbook.slug, "template": template.pk}
    address = reverse(name, args=[known.get(place, place) for place in places])
    return client.get(address) if (method or own) == "GET" else client.post(address, data)


def test_every_address_of_playbooks_is_in_these_tables():
    assert {pattern.name for pattern in urlpatterns} == {*READING, *WRITING}


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda pattern: pattern.name)
def test_every_page_carries_its_policy(pattern):
    policy = pattern.callback.policy
    expected = ("chapter", Action.SEE) if pattern.name in READING else ("central", Action.TEACH)
    assert (policy.kind, policy.action) == expected


@pytest.mark.parametrize("name", READING)
@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("vera", 200),
        ("ana", 200),
        ("eduardo", 200),
        ("lucia", 200),
        ("otto", 404),
        ("cato", 404),
        ("ada", 404),
    ],
)
def test_members_read_and_outsiders_do_not_learn_of_the_chapter(cast, playbook, name, who, code):
    args = ["lisbon", *(playbook.slug if part == "slug" else part for part in READING[name])]
    assert cast.client(cast.people[who]).get(reverse(name, args=args)).status_code == code


@pytest.mark.parametrize("name", READING)
def test_reading_takes_no_post(cast, playbook, name):
    args = ["lisbon", *(playbook.slug if part == "slug" else part for part in READING[name])]
    assert cast.client(cast.lucia).post(reverse(name, args=args)).status_code == 405


@pytest.mark.parametrize("name", WRITING)
@pytest.mark.parametrize("who", ["lucia", "otto", "ada", None])
def test_nobody_outside_the_central_team_writes(cast, playbook, template, name, who):
    before = rows()
    answer = send(cast.client(cast.people[who] if who else None), name, playbook, template)
    assert answer.status_code == (404 if who else 302)
    assert who or answer.url.startswith(reverse("account_login"))
    assert rows() == before


@pytest.mark.parametrize("name", WRITING)
@pytest.mark.parametrize("role", ["viewer", "author"])
def test_viewers_and_authors_of_the_central_team_do_not_write(cast, playbook, template, name, role):
    membership = cast.membership(cast.cato)
    membership.role = role
    membership.save()
    before = rows()
    assert send(cast.client(cast.cato), name, playbook, template).status_code == 403
    assert rows() == before


@pytest.mark.parametrize("name", WRITING)
@pytest.mark.parametrize("who", ["cato", "cleo"])
def test_editors_and_leads_of_the_central_team_write(cast, playbook, template, name, who):
    assert send(cast.client(cast.people[who]), name, playbook, template).status_code in {200, 302, 422}


@pytest.mark.parametrize(
    "name",
    ["playbook_preview", "playbook_archive", "playbook_restore", "template_preview", "template_withdraw"],
)
def test_what_changes_or_previews_takes_no_get(cast, playbook, template, name):
    assert send(cast.client(cast.cato), name, playbook, template, method="GET").status_code == 405
