"""The page of one post, in every state and for every role."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.support import posts

pytestmark = pytest.mark.django_db


def every_state(cast):
    two = [posts.account(cast.lisbon, "@one"), posts.account(cast.lisbon, "@two")]

    def scheduled():
        return posts.scheduled(cast.lisbon, cast.ana, *two, reviewer=cast.rui)

    return {
        "draft": posts.draft(cast.lisbon, cast.ana, *two),
        "in_review": posts.in_review(cast.lisbon, cast.ana, *two),
        "approved": posts.approved(cast.lisbon, cast.ana, cast.rui, *two),
        "scheduled": scheduled(),
        "publishing": posts.begun(scheduled()),
        "published": posts.settled(scheduled(), "published", "published"),
        "failed": posts.settled(scheduled(), "failed", "failed"),
        "needs_attention": posts.settled(scheduled(), "unconfirmed", "held"),
    }


@pytest.mark.parametrize("name", ["vera", "ana", "eduardo", "lucia"])
def test_opens_in_every_state(cast, name):
    client = cast.client(cast.people[name])
    for status, post in every_state(cast).items():
        page = client.get(reverse("post_detail", args=["lisbon", post.uid]))
        assert post.status == status
        assert page.status_code == 200, status
