"""Taking a published post down on the platform, where its API allows it."""

from __future__ import annotations

import logging

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters import events
from chapters.events import Actor
from posts import credentials
from posts.models import Delivery
from posts.platforms import registry
from posts.platforms.base import PlatformError
from posts.problems import Refused

log = logging.getLogger(__name__)

CALL_SECONDS = 15.0


def may_take_down(delivery: Delivery) -> bool:
    """Whether the hub knows what to take down, and the platform lets it."""
    if delivery.status != Delivery.Status.PUBLISHED or delivery.removed_at or not delivery.external_id:
        return False
    try:
        return registry.get(delivery.account.platform).takes_down and delivery.account.is_connected
    except PlatformError:  # a platform this hub no longer offers
        return False


def take_down(*, delivery: Delivery, by: Actor) -> None:
    """Remove it from the platform; of a thread every part, the last one first.

    Safe to repeat: what is gone already is no error. Raises Refused with what the platform said; what was
    removed by then stays removed, and the next try goes on from there.
    """
    if not may_take_down(delivery):
        raise Refused(_("The hub can’t take this down. Remove it on the platform itself."))
    account = delivery.account
    ids = [part["external_id"] for part in delivery.parts if part["external_id"]] or [delivery.external_id]
    try:
        access, adapter = credentials.load(account), registry.get(account.platform)
        for external_id in reversed(ids):
            adapter.take_down(external_id, access, deadline=CALL_SECONDS)
    except PlatformError as error:
        log.warning("post not taken down", extra={"delivery": str(delivery.uid), "detail": error.detail})
        raise Refused(error.message) from error
    with transaction.atomic():
        removed = Delivery.objects.filter(pk=delivery.pk, removed_at=None).update(removed_at=timezone.now())
        if removed:
            post = str(delivery.post.uid)
            events.record("taken_down", delivery, chapter=delivery.chapter, by=by, post=post)
