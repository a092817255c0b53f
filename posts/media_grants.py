"""Addresses at which a platform fetches the pictures and videos of one delivery, for a day, unsigned.

Some platforms take no bytes: they fetch. What opens is one file, for whoever has the address, and only while
the delivery is on its way. The token is derived from the delivery and the file with the hub's key, so the
address is the same in every try, and what the hub stores does not open anything.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

from posts.models import Delivery, Media, MediaGrant, Rendition
from posts.models.media import ENDINGS

LASTS = timedelta(hours=24)  # as long as what a platform prepares from it
# Once it is out, or given up, there is nothing left to fetch.
OPEN = frozenset({Delivery.Status.PENDING, Delivery.Status.SENDING, Delivery.Status.UNCONFIRMED})


@dataclass(frozen=True)
class Wanted:
    """One file of a delivery, as it is sent."""

    delivery: Delivery
    media: Media
    rendition: Rendition | None

    @property
    def token(self) -> str:
        """256 bits that nobody without the hub's key can know."""
        rendition = self.rendition.uid.hex if self.rendition else ""
        named = ":".join([self.delivery.uid.hex, self.media.uid.hex, rendition])
        digest = salted_hmac("posts.media_grants", named, algorithm="sha256").digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    @property
    def url(self) -> str:
        """The address, on this hub. Its ending is that of the file, which platforms look at."""
        ending = ENDINGS[(self.rendition or self.media).mime]
        return f"{settings.HUB_URL}{reverse('granted_media', args=[self.token, ending])}"


def grant(wanted: Iterable[Wanted], now: datetime) -> Mapping[tuple[int, int], str]:
    """Open the files for a day from `now`; their addresses by the ids of delivery and media."""
    wanted = list(wanted)
    MediaGrant.objects.bulk_create(
        [
            MediaGrant(
                chapter_id=each.delivery.chapter_id,
                delivery=each.delivery,
                media=each.media,
                rendition=each.rendition,
                token_hash=hash_of(each.token),
                expires_at=now + LASTS,
            )
            for each in wanted
        ],
        update_conflicts=True,
        unique_fields=["token_hash"],
        update_fields=["expires_at"],
    )
    return {(each.delivery.pk, each.media.pk): each.url for each in wanted}


def opened(token: str, ending: str, now: datetime) -> Media | Rendition | None:
    """The file that a token opens at `now`, or None."""
    found = (
        MediaGrant.objects.select_related("media", "rendition")
        .filter(token_hash=hash_of(token), expires_at__gt=now, delivery__status__in=OPEN)
        .first()
    )
    if found is None or ENDINGS[found.granted.mime] != ending:
        return None
    return found.granted


def hash_of(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
