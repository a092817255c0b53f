"""Adapter for LinkedIn: members and organizations.

Sources: learn.microsoft.com (LinkedIn Marketing: Posts API; Images API; Videos API; Share on LinkedIn).
Sign-in is in `linkedin_signin`, calls in `linkedin_api`, uploads in `linkedin_media`, the notation of texts
in `linkedin_text`, looks in `linkedin_reading`, refusals in `linkedin_errors`. LinkedIn has no idempotency
key: it refuses a post that repeats a recent one and names that one. For a link's card it looks at no page.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from .answers import text_of, unusable
from .base import (
    Adapter,
    AppKeys,
    Connection,
    Content,
    Counts,
    Credentials,
    Idempotency,
    InvalidContent,
    Limits,
    Listing,
    Mark,
    MediaMissing,
    PlatformError,
    Problem,
    Published,
    ReadBack,
    VideoLimits,
)
from .cards import Card, fetch_card
from .deadline import Deadline
from .http import Http
from .linkedin_api import Api, urn_in_path
from .linkedin_errors import WHO, refused
from .linkedin_media import POLL_SECONDS, Uploads
from .linkedin_reading import Reading, permalink
from .linkedin_signin import ORGANIZATION, SCOPES, SignIn
from .linkedin_text import length, little
from .staging import begun
from .text import join_link, problems, urlsplit_host

VERSION = "202609"
VISIBILITIES = ("PUBLIC", "CONNECTIONS", "LOGGED_IN")
CARD = "card"  # the name of the link's card in `staged`, and of its picture among the media
CARD_TITLE_MAX = 400
CARD_DESCRIPTION_MAX = 4000


class LinkedInAdapter(Adapter):
    """A member or an organization on LinkedIn, through the app that the operator registered.

    `version` is the month of the API, YYYYMM; each ends after about a year. `scopes` is what LinkedIn lets
    the app ask for, separated by spaces: where it has not approved the app for organizations, asking for
    them makes it refuse every sign-in.
    """

    key = "linkedin"
    label = "LinkedIn"
    mark = Mark("L", "platform-linkedin")
    idempotency = Idempotency.NONE
    needs_host = False
    stage_ahead = 600.0
    stages_always = True  # for the card of a link
    takes_down = True

    def __init__(
        self,
        http: Http,
        *,
        app: AppKeys,
        version: str = VERSION,
        scopes: str = "",
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._http = http
        self._version = version
        self._poll_seconds = poll_seconds
        self._sign_in = SignIn(http, app, version=version, scopes=tuple(scopes.split()) or SCOPES)

    def limits(self, capabilities: Mapping[str, Any]) -> Limits:
        return Limits(
            text_max=3000,
            images_max=20,
            image_bytes_max=8_000_000,  # LinkedIn names pixels only; larger ones gain nothing
            image_pixels_max=36_152_319,
            image_types=("image/jpeg", "image/png"),
            alt_max=4086,
            video=VideoLimits(
                bytes_max=500_000_000, seconds_max=1800.0, seconds_min=3.0, bytes_min=75 * 1024
            ),
        )

    def count(self, text: str, limits: Limits) -> int:
        return length(text)

    def check(self, content: Content, limits: Limits) -> list[Problem]:
        used = self.count(self.compose_text(content), limits)
        return problems(content, limits, length=used, who=self.label)

    def compose_text(self, content: Content) -> str:
        """The text without the link where that becomes a card; a post has a card or media, not both."""
        return content.text if _has_card(content) else join_link(content.text, content.link)

    def clean_host(self, typed: str) -> str:
        return ""

    def register_app(self, host: str, *, redirect_uri: str, deadline: float) -> AppKeys | None:
        return None

    def authorize_url(
        self, host: str, app: AppKeys | None, *, redirect_uri: str, state: str, code_verifier: str
    ) -> str:
        return self._sign_in.authorize_url(redirect_uri=redirect_uri, state=state)

    def exchange(
        self,
        host: str,
        app: AppKeys | None,
        *,
        code: str,
        redirect_uri: str,
        code_verifier: str,
        deadline: float,
    ) -> tuple[Connection, ...]:
        return self._sign_in.exchange(code=code, redirect_uri=redirect_uri, by=Deadline(deadline))

    def refresh(self, credentials: Credentials, app: AppKeys | None, *, deadline: float) -> Connection | None:
        return self._sign_in.refresh(credentials, Deadline(deadline))

    def revoke(self, credentials: Credentials, app: AppKeys | None, *, deadline: float) -> None:
        self._sign_in.revoke(credentials, Deadline(deadline))

    def stage(
        self, content: Content, credentials: Credentials, *, staged: Mapping[str, Any], deadline: float
    ) -> dict[str, Any]:
        """Upload the media, or read the page of the link and upload its picture, each once."""
        api = self._api(credentials, Deadline(deadline))
        uploads = Uploads(api, credentials.external_id, poll_seconds=self._poll_seconds)
        media = begun(staged)
        done: dict[str, Any] = {"media": media}
        if isinstance(staged.get(CARD), Mapping):
            done[CARD] = dict(staged[CARD])
        try:
            for image in content.images:
                uploads.image(image, media)
            if content.video:
                uploads.video(content.video, media)
            if _has_card(content):
                self._card(content.link, done, uploads, api.by)
        except PlatformError as error:
            error.staged = done
            raise
        return done

    def publish(
        self,
        content: Content,
        credentials: Credentials,
        *,
        staged: Mapping[str, Any],
        key: str,
        deadline: float,
    ) -> Published:
        body = {
            "author": credentials.external_id,
            "commentary": little(self.compose_text(content)),
            "visibility": _visibility(content),
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        }
        if attached := _attached(content, staged):
            body["content"] = attached
        answer = self._api(credentials, Deadline(deadline)).call("POST", "/posts", json=body, final=True)
        if answer.status != 201:
            raise refused(answer, sends=True, final=True, secrets=credentials.tokens.values())
        urn = answer.headers.get("x-restli-id", "").strip()
        if not urn.startswith("urn:li:") or len(urn) > 200 or not urn.isprintable():
            raise unusable(answer, who=WHO, missing="x-restli-id", final=True)
        return Published(urn, permalink(urn))

    def listing(self, capabilities: Mapping[str, Any]) -> Listing:
        reads = capabilities.get("kind") == ORGANIZATION and capabilities.get("reads")
        return Listing.COMPLETE if reads else Listing.NONE

    def read_back(
        self,
        content: Content,
        credentials: Credentials,
        *,
        staged: Mapping[str, Any],
        key: str,
        since: datetime,
        deadline: float,
    ) -> ReadBack:
        return self._reading(credentials, deadline).posts_since(since)

    def take_down(self, external_id: str, credentials: Credentials, *, deadline: float) -> None:
        api = self._api(credentials, Deadline(deadline))
        answer = api.call("DELETE", f"/posts/{urn_in_path(external_id)}")
        if answer.status not in (200, 204, 404):
            raise refused(answer, sends=False, secrets=credentials.tokens.values())

    def post_counts(
        self, external_ids: Sequence[str], credentials: Credentials, *, deadline: float
    ) -> dict[str, Counts]:
        """The counts of an organization's posts, for its administrators. Of a member none."""
        if not credentials.capabilities.get("counts"):
            return {}
        return self._reading(credentials, deadline).post_counts(external_ids)

    def account_counts(self, credentials: Credentials, *, deadline: float) -> Counts:
        if not credentials.capabilities.get("counts"):
            return {}
        return self._reading(credentials, deadline).account_counts()

    def _api(self, credentials: Credentials, by: Deadline) -> Api:
        return Api(self._http, self._version, credentials.tokens.get("access_token", ""), by)

    def _reading(self, credentials: Credentials, deadline: float) -> Reading:
        return Reading(self._api(credentials, Deadline(deadline)), credentials.external_id)

    def _card(self, link: str, done: dict[str, Any], uploads: Uploads, by: Deadline) -> None:
        """Note in `done` what the page of `link` says of itself. Its picture is left out if it is no good."""
        if CARD not in done:
            card = fetch_card(self._http, link, by=by) or Card(title="")
            if card.image:
                with contextlib.suppress(InvalidContent):
                    uploads.picture(CARD, card.image, card.image_type, done["media"])
            done[CARD] = {"title": card.title, "description": card.description}
        if CARD in done["media"]:
            with contextlib.suppress(InvalidContent):
                uploads.wait("images", CARD, done["media"])


def _has_card(content: Content) -> bool:
    return bool(content.link) and not content.images and not content.video


def _host(link: str) -> str:
    return (urlsplit_host(link) or link).removeprefix("www.")


def _attached(content: Content, staged: Mapping[str, Any]) -> dict[str, Any]:
    """What goes with the words: a card, an image, several, or a video."""
    media = begun(staged)
    if content.video:
        entry: dict[str, Any] = {"id": _uploaded(media, content.video.uid)}
        if content.video.alt:
            entry["title"] = content.video.alt
        return {"media": entry}
    images = [_image(_uploaded(media, image.uid), image.alt) for image in content.images]
    if images:
        return {"media": images[0]} if len(images) == 1 else {"multiImage": {"images": images}}
    if not content.link:
        return {}
    card = staged.get(CARD)
    card = card if isinstance(card, Mapping) else {}
    title = text_of(card, "title") or _host(content.link)
    article = {"source": content.link, "title": title[:CARD_TITLE_MAX]}
    if description := text_of(card, "description", 100_000):
        article["description"] = description[:CARD_DESCRIPTION_MAX]
    if media.get(CARD, {}).get("ready"):
        article["thumbnail"] = media[CARD]["id"]
    return {"article": article}


def _image(urn: str, alt: str) -> dict[str, str]:
    return {"id": urn, "altText": alt} if alt else {"id": urn}


def _uploaded(media: Mapping[str, Mapping[str, Any]], uid: str) -> str:
    entry = media.get(uid, {})
    if not entry.get("ready"):
        raise MediaMissing(
            "An image or the video of this post is not uploaded yet. The hub uploads it first."
        )
    return entry["id"]


def _visibility(content: Content) -> str:
    wanted = content.options.get("visibility")
    return wanted if wanted in VISIBILITIES else "PUBLIC"
