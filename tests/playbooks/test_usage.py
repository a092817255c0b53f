from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from playbooks import usage
from playbooks.models import ChapterNote, TemplateUse
from playbooks.usage import Use
from tests.playbooks import shelf


@pytest.fixture
def playbook(cast):
    return shelf.published(cast.cato)


@pytest.fixture
def version(cast, playbook):
    return shelf.template(playbook, cast.cato).current


def test_a_post_counts_once_however_often_it_is_said(cast, version):
    post = uuid.uuid4()
    first = usage.record_use(version=version, chapter=cast.lisbon, post_uid=post)
    assert usage.record_use(version=version, chapter=cast.lisbon, post_uid=post) == first
    assert TemplateUse.objects.count() == 1


def test_uses_and_chapters_are_counted_without_the_central_team(cast, playbook, version):
    for chapter in (cast.lisbon, cast.lisbon, cast.porto, cast.central):
        usage.record_use(version=version, chapter=chapter, post_uid=uuid.uuid4())
    assert usage.of([playbook]) == {playbook.pk: Use(uses=3, chapters=2)}


def test_summary_lists_every_published_playbook_the_most_used_first(cast, playbook, version):
    shelf.published(cast.cato, "Never used")
    shelf.drafted(cast.cato, "Draft")
    usage.record_use(version=version, chapter=cast.porto, post_uid=uuid.uuid4())
    lines = [(line.playbook.title, line.uses, line.chapters) for line in usage.summary()]
    assert lines == [("Ask before you film", 1, 1), ("Never used", 0, 0)]


def test_chapters_that_say_they_tried_it_are_counted_once_each(cast, playbook):
    for chapter in (cast.lisbon, cast.lisbon, cast.porto):
        note = ChapterNote(playbook=playbook, version=playbook.current, chapter=chapter, text="We tried it")
        note.save()
    assert usage.of([playbook])[playbook.pk] == Use(tried=2)
    page = cast.client(cast.cato).get(reverse("playbook_manage", args=[playbook.slug])).text
    assert "No post begun from its templates yet · 2 chapters say they tried it" in page


def test_summary_takes_three_queries_however_many_playbooks(cast, playbook, django_assert_num_queries):
    shelf.many(30)
    with django_assert_num_queries(3):
        assert len(usage.summary()) == 31
