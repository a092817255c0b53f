"""The pictures and the video of deliveries, from what their frozen content names to what an adapter gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from posts import media_grants, media_store
from posts.models import Delivery, Media, Rendition
from posts.platforms.base import Image, Video


@dataclass(frozen=True)
class Kept:
    """The rows that frozen contents name, by uid."""

    media: dict[str, Media]
    renditions: dict[str, Rendition]


def of(deliveries: Sequence[Delivery]) -> Kept:
    """What the deliveries name, all at once."""
    items = [item for delivery in deliveries for item in delivery.payload["media"]]
    uids = {item["uid"] for item in items}
    fitted = {item["rendition"] for item in items if "rendition" in item}
    return Kept(
        {str(each.uid): each for each in Media.objects.filter(uid__in=uids)} if uids else {},
        {str(each.uid): each for each in Rendition.objects.filter(uid__in=fitted)} if fitted else {},
    )


def content_of(
    delivery: Delivery, kept: Kept, now: datetime, *, by_url: bool
) -> tuple[tuple[Image, ...], Video | None]:
    """The pictures and the video of one delivery; with `by_url` the platform is given addresses to fetch them
    from, which are open from now on."""
    items = delivery.payload["media"]
    wanted = [
        media_grants.Wanted(
            delivery,
            kept.media[item["uid"]],
            kept.renditions[item["rendition"]] if "rendition" in item else None,
        )
        for item in items
    ]
    urls = media_grants.grant(wanted, now) if by_url and wanted else {}
    images: list[Image] = []
    video = None
    for each, item in zip(wanted, items, strict=True):
        url = urls.get((delivery.pk, each.media.pk), "")
        if each.media.is_video:
            video = media_store.video_of(each.media, alt=item["alt"], url=url)
        else:
            images.append(
                media_store.image_of(each.media, alt=item["alt"], rendition=each.rendition, url=url)
            )
    return tuple(images), video
