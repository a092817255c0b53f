"""Writing a post on the composer's sheet."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from posts.models import Post
from tests.support import posts

pytestmark = pytest.mark.django_db


def test_page_opens(cast):
    posts.account(cast.lisbon, "@lisbon")
    page = cast.client(cast.ana).get(reverse("post_new", args=["lisbon"]))
    assert page.status_code == 200
    assert b"Submit for review" in page.content


def test_submitting(cast):
    account = posts.account(cast.lisbon, "@lisbon")
    page = cast.client(cast.ana).post(
        reverse("post_new", args=["lisbon"]),
        {"text": "Hello", "targets": [account.pk], "form_key": uuid.uuid4(), "do": "submit"},
    )
    assert page.status_code == 302
    assert Post.objects.get().status == "in_review"
