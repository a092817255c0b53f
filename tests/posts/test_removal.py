"""Taking a published post down."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone

from chapters.models import Event
from posts import composing, credentials, removal, workflow
from posts.models import Delivery, SocialAccount
from posts.platforms import registry
from posts.problems import Refused
from posts.publishing.drain import Drain

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account(cast, practice):
    return practice.connect(cast.porto)


@pytest.fixture
def published(cast, account) -> Delivery:
    draft = composing.Draft("Repair café on Saturday", targets={account.pk: None})
    by = cast.actor(cast.alba)
    post = composing.create(chapter=cast.porto, by=by, form_key=uuid.uuid4(), draft=draft)
    workflow.schedule(post=post, at=timezone.now(), by=by)
    Drain().run_due()
    return post.deliveries.get()


def take_down(cast, delivery: Delivery) -> None:
    removal.take_down(delivery=delivery, by=cast.actor(cast.alba))


def is_there(account: SocialAccount, delivery: Delivery) -> bool:
    adapter, access = registry.get(account.platform), credentials.load(account)
    return bool(adapter.post_counts([delivery.external_id], access, deadline=5))


def test_post_is_gone_from_the_platform_and_that_is_on_record(cast, account, published):
    assert is_there(account, published)

    take_down(cast, published)

    assert not is_there(account, published)
    published.refresh_from_db()
    assert published.removed_at is not None
    assert published.status == Delivery.Status.PUBLISHED
    assert Event.objects.filter(verb="taken_down").count() == 1


def test_second_click_changes_nothing_and_says_so(cast, published):
    take_down(cast, published)
    published.refresh_from_db()

    with pytest.raises(Refused):
        take_down(cast, published)
    assert Event.objects.filter(verb="taken_down").count() == 1


def test_post_that_somebody_removed_there_already_is_no_error(cast, account, published):
    registry.get(account.platform).take_down(published.external_id, credentials.load(account), deadline=5)

    take_down(cast, published)

    published.refresh_from_db()
    assert published.removed_at is not None


def test_refusal_of_the_platform_is_told_and_nothing_is_noted(cast, practice, account, published):
    practice.revoke_tokens(account)

    with pytest.raises(Refused, match="no longer accepts"):
        take_down(cast, published)

    published.refresh_from_db()
    assert published.removed_at is None


def test_what_is_not_out_cannot_be_taken_down(cast, published):
    Delivery.objects.update(status=Delivery.Status.HELD)
    published.refresh_from_db()

    with pytest.raises(Refused, match="on the platform itself"):
        take_down(cast, published)
