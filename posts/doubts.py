"""A delivery that may be out without our knowing: what is known of it, what the hub is doing, what helps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from hubsite.lib import times
from posts import health
from posts.models import Attempt, Delivery, SocialAccount
from posts.platforms import registry
from posts.platforms.base import Idempotency, Listing, PlatformError
from posts.publishing.decide import ABSENCES

D = Delivery.Status


def listing_of(account: SocialAccount) -> Listing:
    """How far the platform's own list shows what is on the account; NONE where the hub can't read it."""
    if not account.is_connected:
        return Listing.NONE
    try:
        return registry.get(account.platform).listing(account.capabilities)
    except PlatformError:  # a platform this hub no longer offers
        return Listing.NONE


def publishes_once(account: SocialAccount) -> bool:
    """Whether what was prepared on the platform can be published once only, however often it is asked to."""
    try:
        return registry.get(account.platform).idempotency in {Idempotency.CONTAINER, Idempotency.RECORD_KEY}
    except PlatformError:
        return False


def why_asked(account: SocialAccount) -> str:
    """Why a person is always asked about what is in doubt on `account`."""
    can_not_look = _("%(platform)s does not let the hub look at this account, so a person is always asked.")
    proves_nothing = _("%(platform)s may not show the hub every post, so a person is always asked.")
    words = can_not_look if listing_of(account) == Listing.NONE else proves_nothing
    return words % {"platform": health.platform_name(account.platform)}


def may_be_out(delivery: Delivery) -> bool:
    """Whether nobody knows yet if the post is out there."""
    return delivery.status == D.UNCONFIRMED or (
        delivery.status == D.HELD and delivery.held_reason == Delivery.HeldReason.RESTORED
    )


def is_being_checked(delivery: Delivery) -> bool:
    """Whether the hub itself is still finding out."""
    return delivery.status == D.UNCONFIRMED and delivery.checking_until is not None


@dataclass(frozen=True)
class Look:
    """One look at the account: when, how many posts there fitted, whether it could see everything.

    `found` is None where the platform gave no answer.
    """

    at: datetime
    found: int | None
    complete: bool


@dataclass(frozen=True)
class Doubt:
    """What is known of one delivery in doubt. `sent_at` is when the call began, where that is known."""

    delivery: Delivery
    listing: Listing
    sent_at: datetime | None = None
    looks: tuple[Look, ...] = ()
    candidates: tuple[str, ...] = ()  # permalinks of posts that look like it

    @property
    def checking(self) -> bool:
        return is_being_checked(self.delivery)

    @property
    def is_absent(self) -> bool:
        """Whether the platform's complete list was seen often enough, and never showed the post."""
        seen = [look for look in self.looks if look.found is not None]
        return (
            self.delivery.status == D.UNCONFIRMED
            and not self.checking
            and self.listing == Listing.COMPLETE
            and len(seen) >= ABSENCES
            and all(look.found == 0 and look.complete for look in seen[-ABSENCES:])
        )

    @property
    def warning(self) -> str:
        """Why sending again might put it out twice; empty where it is known to be safe."""
        if self.is_absent:
            return ""
        if self.checking:
            return _("It may still appear in the next minutes. Sent again now, it can be out twice.")
        return _("Nobody can prove that it is not there. If it is, and you send it again, it is out twice.")

    def known(self, zone: ZoneInfo) -> list[str]:
        """What happened and what was found, in sentences."""
        if self.delivery.status == D.HELD:
            return [
                _("A backup of the hub was restored. This may have gone out before that, so the hub does not "
                  "send it by itself. Look at the account: is it there?")
            ]  # fmt: skip
        said = []
        if self.sent_at is not None:
            said.append(
                _("Sent at %(time)s, no clear answer came.")
                % {"time": times.to_the_second(self.sent_at, zone)}
            )
        elif not self.delivery.message:
            said.append(_("No clear answer came."))
        if self.delivery.message:
            said.append(self.delivery.message)
        return said + self._found(zone)

    def doing(self, zone: ZoneInfo) -> list[str]:
        """What the hub does about it now, or what it leaves to people."""
        if self.checking:
            return [self._looking(zone), self._then()]
        if self.delivery.status == D.HELD:
            return []
        if self.candidates:
            return [_("Is it one of these? Then say so, and nothing is sent again.")]
        if self.is_absent:
            return [self._why_not_by_itself()]
        return [_("The hub does not send it again by guess. Look at the account: is it there?")]

    def _found(self, zone: ZoneInfo) -> list[str]:
        seen = [look for look in self.looks if look.found is not None]
        if not seen:
            return self._not_seen(zone)
        last = seen[-1]
        if last.found > 1:
            return [_("Several posts there look like it.")]
        if last.found == 1:
            return [_("One post there looks like it.")]
        if self.checking:
            at = times.to_the_second(last.at, zone)
            return [_("We looked at %(time)s and it did not show.") % {"time": at}]
        said = [self._looked(len(seen))]
        if not self.is_absent:
            said.append(_("But what we saw may not have been everything, so that proves nothing."))
        return said

    @staticmethod
    def _looked(times_looked: int) -> str:
        if times_looked == 1:
            return _("We looked once and it did not show.")
        if times_looked == 2:
            return _("We looked twice and it did not show.")
        return _("We looked %(n)d times and it did not show.") % {"n": times_looked}

    def _not_seen(self, zone: ZoneInfo) -> list[str]:
        platform = {"platform": health.platform_name(self.delivery.account.platform)}
        if self.checking and self.looks:
            tried = {"time": times.to_the_second(self.looks[-1].at, zone), **platform}
            return [_("We tried to look at %(time)s, but %(platform)s did not answer.") % tried]
        if self.checking:
            return []
        if not self.delivery.account.is_connected:
            return [_("The account is disconnected, so the hub can no longer look there.")]
        if self.listing == Listing.NONE:
            return [_("%(platform)s does not let the hub look at what is on this account.") % platform]
        return [_("The hub could not look at what is on this account.")]

    def _looking(self, zone: ZoneInfo) -> str:
        until = times.to_the_second(self.delivery.checking_until, zone)
        at = self.delivery.check_at
        if at is None or at <= timezone.now():
            return _("We are looking at the account now, until %(until)s at the latest.") % {"until": until}
        return _("We are looking at the account: next look %(at)s, until %(until)s at the latest.") % {
            "at": times.to_the_second(at, zone),
            "until": until,
        }

    def _then(self) -> str:
        if self.listing == Listing.COMPLETE and self.delivery.account.resend_absent:
            return _(
                "If it is there, we note it; if it is not there at two looks, it is sent again by itself."
            )
        return _("If it is there, we note it; if we can’t be sure, we ask you.")

    def _why_not_by_itself(self) -> str:
        if not self.delivery.account.resend_absent:
            return _("This account is set to ask a person before anything is sent again.")
        return _("This platform shows everything that is there, so it is safe to send it again.")


def of(deliveries: Iterable[Delivery]) -> dict[int, Doubt]:
    """The doubts among `deliveries`, by the delivery's id. One query, or none where all is known."""
    doubtful = [delivery for delivery in deliveries if may_be_out(delivery)]
    open_calls = Attempt.objects.filter(delivery__in=doubtful, phase=Attempt.Phase.PUBLISH, outcome=None)
    attempts = {attempt.delivery_id: attempt for attempt in open_calls} if doubtful else {}
    return {delivery.pk: _doubt(delivery, attempts.get(delivery.pk)) for delivery in doubtful}


def of_one(delivery: Delivery) -> Doubt | None:
    """What is known of `delivery` where it is in doubt; None where it is not."""
    return of([delivery]).get(delivery.pk)


def _doubt(delivery: Delivery, attempt: Attempt | None) -> Doubt:
    listing = listing_of(delivery.account)
    if attempt is None:
        return Doubt(delivery, listing)
    evidence = attempt.evidence
    return Doubt(
        delivery,
        listing,
        # a backup that was restored knows nothing of the call, only that there may have been one
        sent_at=None if evidence.get("restored") else attempt.started_at,
        looks=tuple(look for each in evidence.get("checks", []) if (look := _look(each)) is not None),
        candidates=tuple(
            str(link)
            for link in evidence.get("candidates", [])
            if str(link).startswith(("https://", "http://"))
        ),
    )


def _look(check: dict[str, Any]) -> Look | None:
    at = parse_datetime(str(check.get("at", "")))
    return Look(at, check.get("found"), bool(check.get("complete"))) if at is not None else None


def people_must_say(deliveries: Iterable[Delivery]) -> bool:
    """Whether somebody has to decide about any of them; what the hub is finding out does not count."""
    waiting = (D.FAILED, D.HELD, D.UNCONFIRMED)
    return any(each.status in waiting and not is_being_checked(each) for each in deliveries)
