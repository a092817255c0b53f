"""A post that begins from a template of a playbook."""

from __future__ import annotations

import pytest
from django.utils import timezone

from chapters.models import Chapter
from playbooks.models import Playbook, PlaybookVersion, Template, TemplateUse, TemplateVersion
from posts.models import Post
from tests.support import posts

pytestmark = pytest.mark.django_db


@pytest.fixture
def template(cast):
    playbook = Playbook.objects.create(slug="tables", title="Repair tables", summary="More hands.")
    version = PlaybookVersion.objects.create(
        playbook=playbook, number=1, title="Repair tables", summary="More hands.", body="Text",
        published_at=timezone.now(),
    )  # fmt: skip
    Playbook.objects.filter(pk=playbook.pk).update(current=version, status="published")
    made = Template.objects.create(playbook=playbook)
    return TemplateVersion.objects.create(
        template=made,
        number=1,
        name="Invitation",
        text="Join us in {{ chapter.city }} at {{ chapter.meeting_place }}.",
    )


def test_fields_are_filled_and_gaps_are_marked_and_listed(cast, template):
    page = cast.client(cast.ana).get(f"/c/lisbon/posts/new/?template={template.pk}").content.decode()
    assert "Join us in Lisbon at [meeting place]." in page
    assert '<mark class="local-field missing">[meeting place]</mark>' in page


def test_nothing_is_marked_where_nothing_is_missing(cast, template):
    Chapter.objects.filter(pk=cast.lisbon.pk).update(meeting_place="the old fire station")
    page = cast.client(cast.ana).get(f"/c/lisbon/posts/new/?template={template.pk}").content.decode()
    assert "at the old fire station." in page
    assert "local-field missing" not in page


def test_use_is_remembered(cast, template):
    account = posts.account(cast.lisbon)
    fields = {"text": "Join us", "targets": [account.pk], "template": template.pk, "do": "save"}
    cast.client(cast.ana).post(
        "/c/lisbon/posts/new/", fields | {"form_key": "6f0c2f7a-0b7c-4d8e-8f52-4f5da7b81a11"}
    )
    post = Post.objects.get()
    assert post.template_version == template
    assert TemplateUse.objects.get().post_uid == post.uid


@pytest.mark.parametrize("value", ["999999", "nonsense", "9" * 40, "-1", ""])
def test_unknown_template_is_an_empty_sheet(cast, value):
    assert cast.client(cast.ana).get(f"/c/lisbon/posts/new/?template={value}").status_code == 200
