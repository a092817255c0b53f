"""Rows of the database as the facts that `decide` wants, and its changes as rows. Lock order: post, delivery,
lane.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from posts import approval, telling, workflow
from posts.doubts import listing_of, publishes_once
from posts.models import Attempt, Delivery, Lane, Post, SocialAccount
from posts.platforms.base import Listing
from posts.publishing.decide import Access, Change, Facts, Hold, Timing, held, no_doubt

log = logging.getLogger(__name__)

Status = Delivery.Status


def timing() -> Timing:
    """How patient this hub is with platforms that gave no answer."""
    return Timing(settings.HUB_QUARANTINE_SECONDS, settings.HUB_RECHECK_SECONDS)


@dataclass(slots=True)
class Locked:
    """Deliveries and their posts, locked and as they are now. Each post appears once."""

    posts: dict[int, Post]
    deliveries: dict[int, Delivery]

    def post_of(self, delivery: Delivery) -> Post:
        return self.posts[delivery.post_id]


def lock_all(delivery_ids: Collection[int], post_ids: Collection[int] | None = None) -> Locked:
    """Lock the posts of these deliveries, then the deliveries. Missing ones are left out.

    `post_ids` saves a query where they are known.
    """
    ids = list(delivery_ids)
    if post_ids is None:
        post_ids = list(Delivery.objects.filter(pk__in=ids).values_list("post_id", flat=True))
    posts = Post.objects.select_for_update(of=("self",)).select_related("chapter").order_by("pk")
    deliveries = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("account__credential")
        .annotate(was_tried=Exists(Attempt.objects.filter(delivery=OuterRef("pk"))))
    )
    return Locked(
        {post.pk: post for post in posts.filter(pk__in=post_ids)},
        {row.pk: row for row in deliveries.filter(pk__in=ids).order_by("pk")},
    )


def lock(delivery_id: int) -> tuple[Post, Delivery]:
    """One delivery and its post, locked. Raises Delivery.DoesNotExist."""
    locked = lock_all([delivery_id])
    if delivery_id not in locked.deliveries:
        raise Delivery.DoesNotExist
    delivery = locked.deliveries[delivery_id]
    return locked.post_of(delivery), delivery


def facts(delivery: Delivery, post: Post, *, checked: bool = False, just_refreshed: bool = False) -> Facts:
    """What is known of a delivery. `checked` also asks whether the post may still go out."""
    account = delivery.account
    listing = listing_of(account)
    return Facts(
        status=delivery.status,
        late_after=delivery.late_after,
        tries=delivery.tries,
        faults=delivery.faults,
        crashes=delivery.crashes,
        absences=delivery.absences,
        checking_until=delivery.checking_until,
        parts=tuple(delivery.parts),
        parts_left=len(delivery.payload.get("thread", ())) - len(delivery.parts),
        connected=account.is_connected and account.chapter_id == post.chapter_id,
        approved=not checked or (delivery.revision == post.revision and approval.may_go_out(post)),
        readable=listing != Listing.NONE,
        complete=listing == Listing.COMPLETE,
        resend=account.resend_absent,
        once=publishes_once(account),
        just_refreshed=just_refreshed,
    )


def held_message(reason: str, said: str = "") -> str:
    """Why a delivery is held, with what to do; `said` is the last answer, or what is wrong with it."""
    if reason == Hold.DISCONNECTED and said:
        return said
    if reason == Hold.LATE and said:
        return _("It could not go out in time. The last answer was: %(answer)s") % {"answer": said}
    return {
        Hold.LATE: _("It could not go out in time. Send it now, or skip this account."),
        Hold.DISCONNECTED: _(
            "The account is not connected. Connect it again and send this then, or skip this account."
        ),
        Hold.UNAPPROVED: _("The approval no longer fits the wording. Have it reviewed again."),
        Hold.POISON: _("The hub stumbled over this post several times. Ask an administrator."),
    }.get(reason, "")


def interrupted_message() -> str:
    """What is said of a delivery whose worker ended in the middle."""
    return _("The hub was interrupted while it was sending this, so it may or may not be out.")


def write(delivery: Delivery, change: Change, now: datetime) -> None:
    """Write the delivery's part of `change`, and only that."""
    values: dict[str, Any] = {"status": change.status, **change.delivery, "updated_at": now}
    if change.status == Status.HELD:
        last = delivery.message if values["held_reason"] == Hold.LATE else ""
        values["message"] = held_message(values["held_reason"], values.get("message", last))
    if "message" in values:
        values["message"] = str(values["message"])[:500]
    Delivery.objects.filter(pk=delivery.pk).update(**values)
    for name, value in values.items():
        setattr(delivery, name, value)


def hold(post: Post, delivery: Delivery, reason: Hold, now: datetime, message: str = "") -> None:
    """Hold a delivery for a person. The caller has both locked."""
    write(delivery, Change("held", None, held(reason) | ({"message": message} if message else {})), now)
    workflow.settle(post=post)


def note_access(account: SocialAccount, access: Access, message: str, now: datetime) -> None:
    """What an answer said about the account's access: renew it before the next call, or ask a person to."""
    if access == Access.RENEW:
        Lane.objects.filter(account=account).update(refresh_at=now)
    if access == Access.BROKEN:
        SocialAccount.objects.filter(pk=account.pk, broken_at=None).update(
            broken_at=now, broken_message=message[:300]
        )
        Lane.objects.filter(account=account, paused_at=None).update(
            paused_at=now, paused_reason=message[:300]
        )
        telling.account_broken(account, message)


def hold_unusable(post: Post, delivery: Delivery, now: datetime) -> None:
    """The account has no tokens the hub can use: whoever can has to connect it again."""
    if delivery.status == Status.PENDING:
        message = _("The hub has no working access to the account. Connect it again, then send this.")
        hold(post, delivery, Hold.DISCONNECTED, now, message)
    else:  # it cannot be looked for either
        Delivery.objects.filter(pk=delivery.pk).update(**no_doubt())
        workflow.settle(post=post)
