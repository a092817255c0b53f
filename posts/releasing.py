"""Posts that an account kept waiting: once it works again, a person says which of them still go out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from chapters.events import Actor
from chapters.models import Chapter
from posts.models import Delivery, SocialAccount
from posts.problems import Refused
from posts.publishing import repair

# Held while the account could not be used. What may be out, or waits for another reason, is settled on the
# post's own page.
REASONS = (Delivery.HeldReason.DISCONNECTED, Delivery.HeldReason.LATE)
STILL_FRESH = timedelta(days=1)  # planned longer ago, it is not proposed to be sent


def waiting_for(account: SocialAccount) -> QuerySet[Delivery]:
    """The held deliveries of an account that works, in the order in which they were due."""
    if not account.is_connected or account.is_broken:
        return Delivery.objects.none()
    held = account.deliveries.filter(status=Delivery.Status.HELD, held_reason__in=REASONS)
    return held.select_related("post", "account").order_by("due_at", "id")


def by_account(chapter: Chapter) -> dict[int, int]:
    """How many posts wait for a word, by account."""
    held = Delivery.objects.filter(
        chapter=chapter, status=Delivery.Status.HELD, held_reason__in=REASONS,
        account__disconnected_at=None, account__broken_at=None,
    ).values_list("account_id", flat=True)  # fmt: skip
    counts: dict[int, int] = {}
    for account_id in held:
        counts[account_id] = counts.get(account_id, 0) + 1
    return counts


def is_fresh(delivery: Delivery) -> bool:
    """Whether it was planned so lately that sending it now is likely wanted."""
    return delivery.due_at > timezone.now() - STILL_FRESH


def release(
    *, account: SocialAccount, chosen: Collection[str], by: Actor
) -> tuple[list[Delivery], list[str]]:
    """Send the chosen ones now. Returns those that go, and why others do not; the rest stays held."""
    going: list[Delivery] = []
    refused: list[str] = []
    for delivery in waiting_for(account):
        if str(delivery.uid) not in chosen:
            continue
        try:
            going.append(repair.retry(delivery=delivery, by=by))
        except Refused as refusal:
            refused.append(refusal.message)
    return going, refused
