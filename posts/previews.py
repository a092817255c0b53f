"""Posts as they will look: what templates/pieces/_preview.html draws."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.template.defaultfilters import truncatechars
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from playbooks import filling
from posts import tray
from posts.checking import Choice, Finding, look
from posts.models import Delivery, Media, Post
from posts.tray import Laid

PLACES_SHOWN = 4

UrlOf = Callable[[Media], str]


@dataclass(frozen=True)
class Wording:
    """One wording of a post and the accounts that get it, drawn as the first of them."""

    text: str
    link: dict[str, str] | None
    images: list[dict[str, str]]
    choices: Sequence[Choice]
    findings: Sequence[Finding] = ()
    nobody: str = ""  # whose it is while no account is chosen

    @property
    def name(self) -> str:
        return self.choices[0].name if self.choices else self.nobody

    @property
    def handle(self) -> str:
        return self.choices[0].account.handle if self.choices else ""

    @property
    def open_places(self) -> str:
        """Which places in [brackets] are still open, in a sentence; empty where none is."""
        places = filling.open_places(self.text)
        return places_words(places) if places else ""

    @property
    def initials(self) -> str:
        return initials_of(self.name)


def places_words(places: list[str]) -> str:
    """How many places in [brackets] are open, and which: the first few."""
    words = ngettext(
        "One place in [brackets] is still open: %(places)s.",
        "%(n)d places in [brackets] are still open: %(places)s.",
        len(places),
    )
    shown = [truncatechars(place, 40) for place in places[:PLACES_SHOWN]]
    more = [_("%(n)d more") % {"n": len(places) - PLACES_SHOWN}] if len(places) > PLACES_SHOWN else []
    return words % {"n": len(places), "places": ", ".join(shown + more)}


def initials_of(name: str) -> str:
    """One or two letters to know a name by."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "·"


def link_card(url: str) -> dict[str, str] | None:
    """What a preview shows of a link, or None where it is none yet."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return None
    path = "" if parts.path in {"", "/"} else parts.path
    return {"url": url, "title": f"{parts.netloc}{path}", "host": parts.netloc}


def image_list(laid: Iterable[Laid], url_of: UrlOf) -> list[dict[str, str]]:
    """Pictures, or the video, with their addresses and descriptions."""
    return [picture(item.media, item.alt, url_of) for item in laid]


def _bordered(images: list[dict[str, str]], finding: Finding) -> list[dict[str, str]]:
    """The pictures, those marked that get borders on the account's platform."""
    return [
        image | {"whole": "yes"} if number in finding.padded else image
        for number, image in enumerate(images, 1)
    ]


def picture(media: Media, alt: str, url_of: UrlOf) -> dict[str, str]:
    """A picture as previews draw it. Of a video it is the still picture, with the film's address and length;
    the still picture's address is below that of the film everywhere."""
    url = url_of(media)
    if not media.is_video:
        return {"url": url, "alt": alt}
    return {"url": f"{url}poster/", "alt": alt, "film": url, "length": media.length}


def of_finding(finding: Finding, *, link: str, laid: Iterable[Laid], url_of: UrlOf) -> Wording:
    """The preview for one account of a draft."""
    images = _bordered(image_list(laid, url_of), finding)
    return Wording(finding.text, link_card(link), images, [finding.choice], [finding])


def of_post(post: Post, choices: Iterable[Choice], url_of: UrlOf) -> list[Wording]:
    """Every wording of a stored post once, with the accounts it is for; one without accounts has the text."""
    laid_out = tray.of_post(post)
    images = image_list(laid_out.laid, url_of)
    by_account = {choice.account.pk: choice for choice in choices}
    targets = [target for target in post.targets.all() if target.account_id in by_account]
    own = {target.account_id: target.text for target in targets}
    findings = look(
        [by_account[target.account_id] for target in targets],
        text=post.text, own=own, link=post.link, images=laid_out.images, video=laid_out.video,
    )  # fmt: skip
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(finding.text, []).append(finding)
    link = link_card(post.link)
    if not grouped:
        return [Wording(post.text, link, images, [], nobody=post.chapter.name)]
    return [
        Wording(text, link, _bordered(images, group[0]), [f.choice for f in group], group)
        for text, group in grouped.items()
    ]


def of_deliveries(deliveries: Sequence[Delivery], choices: dict[int, Choice], url_of: UrlOf) -> list[Wording]:
    """What was frozen for sending, each wording once."""
    uids = {item["uid"] for delivery in deliveries for item in delivery.payload["media"]}
    media = {str(m.uid): m for m in Media.objects.filter(uid__in=uids)} if uids else {}
    grouped: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        grouped.setdefault(delivery.payload["text"], []).append(delivery)
    return [
        Wording(text, link_card(group[0].payload["link"]), _frozen_images(group[0].payload, media, url_of),
                [choices[delivery.account_id] for delivery in group])
        for text, group in grouped.items()
    ]  # fmt: skip


def _frozen_images(payload: dict[str, Any], media: dict[str, Media], url_of: UrlOf) -> list[dict[str, str]]:
    return [
        picture(media[item["uid"]], item["alt"], url_of) for item in payload["media"] if item["uid"] in media
    ]
