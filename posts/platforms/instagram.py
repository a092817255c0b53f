"""Adapter for professional Instagram accounts, connected with Instagram Login.

Sources: Instagram Platform "Business Login", "Content publishing", "IG User Media", "IG Container", "IG
Media", "Media insights". Instagram loads images and videos from the hub, publishes a container once, and lets
no app remove a post on this way of connecting.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from .answers import text_of, unusable, whole
from .base import (
    Adapter,
    AppKeys,
    Connection,
    Content,
    Count,
    Counts,
    Credentials,
    Idempotency,
    InvalidContent,
    Limits,
    Listing,
    Mark,
    Problem,
    Profile,
    Published,
    ReadBack,
    VideoLimits,
)
from .deadline import Deadline
from .http import Http
from .meta import (
    Graph,
    LongTokens,
    counts_of_posts,
    first_of,
    missing_permissions,
    permissions_of,
    renew_from,
    segment,
)
from .meta_checks import too_many_tags
from .meta_containers import Containers, Dialect, Plan, address_of
from .meta_readback import ContainerLook, Shelf
from .text import join_link, problems

SCOPES = (
    "instagram_business_basic",
    "instagram_business_content_publish",
    "instagram_business_manage_insights",
)
NEEDED = SCOPES[:2]  # without the third there are no counts
_CALLED = {
    "instagram_business_basic": "View profile and access media",
    "instagram_business_content_publish": "Access and publish posts",
}
HASHTAGS_MAX, MENTIONS_MAX = 30, 20
SITE = "instagram.com"
POLL_SECONDS = 3.0

_DIALECT = Dialect("media", "media_publish", "status_code,status", "status_code", "status")
_SHELF = Shelf("media", "id,caption,timestamp,permalink,media_type", "caption")
_INSIGHTS = {"views": Count.VIEWS, "reach": Count.REACH, "shares": Count.SHARES, "saved": Count.SAVES}
_LIMITS = Limits(
    text_max=2200,
    images_max=10,
    image_bytes_max=8_000_000,
    image_types=("image/jpeg",),
    image_ratio=(0.8, 1.91),
    image_width_max=1440,
    alt_max=1000,
    media_required=True,
    video=VideoLimits(bytes_max=300_000_000, seconds_max=900.0, seconds_min=3.0),
)


class InstagramAdapter(Adapter):
    """Instagram, through graph.instagram.com. `version` is that of its API."""

    key = "instagram"
    label = "Instagram"
    mark = Mark("I", "platform-instagram")
    idempotency = Idempotency.CONTAINER
    needs_host = False
    stage_ahead = 600.0  # containers show nothing, but Instagram has the images from then on
    stages_always = True
    fetches_media = True
    takes_down = False

    def __init__(
        self, http: Http, *, app: AppKeys, version: str = "v26.0", poll_seconds: float = POLL_SECONDS
    ) -> None:
        self._app = app
        self._graph = Graph(http, f"https://graph.instagram.com/{version}", who=self.label)
        self._containers = Containers(self._graph, _DIALECT, poll_seconds=poll_seconds)
        self._tokens = LongTokens(
            http,
            code_url="https://api.instagram.com/oauth/access_token",
            host="graph.instagram.com",
            prefix="ig",
            app=app,
            who=self.label,
        )

    def limits(self, capabilities: Mapping[str, Any]) -> Limits:
        return _LIMITS

    def count(self, text: str, limits: Limits) -> int:
        return len(text)

    def check(self, content: Content, limits: Limits) -> list[Problem]:
        text = self.compose_text(content)
        found = problems(content, limits, length=self.count(text, limits), who=self.label)
        return found + list(too_many_tags(text, self.label, hashtags=HASHTAGS_MAX, mentions=MENTIONS_MAX))

    def compose_text(self, content: Content) -> str:
        return join_link(content.text, content.link)

    def clean_host(self, typed: str) -> str:
        return ""

    def register_app(self, host: str, *, redirect_uri: str, deadline: float) -> AppKeys | None:
        return None

    def authorize_url(
        self, host: str, app: AppKeys | None, *, redirect_uri: str, state: str, code_verifier: str
    ) -> str:
        query = {
            "client_id": self._app.client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": ",".join(SCOPES),
            "state": state,
        }
        return self._graph.address(f"https://www.instagram.com/oauth/authorize?{urlencode(query)}")

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
        by = Deadline(deadline)
        short, told = self._tokens.exchange(code, redirect_uri, by)
        granted = permissions_of(told) or SCOPES
        if missing := [name for name in NEEDED if name not in granted]:
            raise missing_permissions(self.label, missing, _CALLED)
        token, seconds = self._tokens.lengthen(short, by)
        connection = self._connection(self._profile(token, by), token, seconds)
        return (dataclasses.replace(connection, scopes=granted),)

    def refresh(self, credentials: Credentials, app: AppKeys | None, *, deadline: float) -> Connection | None:
        """New tokens. Instagram refuses those that are younger than a day, or past their end."""
        token = credentials.tokens.get("access_token", "")
        token, seconds = self._tokens.renew(token, Deadline(deadline))
        profile = Profile(credentials.external_id, "", "")
        return dataclasses.replace(
            self._connection(profile, token, seconds), capabilities=credentials.capabilities
        )

    def revoke(self, credentials: Credentials, app: AppKeys | None, *, deadline: float) -> None:
        """Nothing to do: Instagram Login has no call for it, the token ends by itself."""

    def stage(
        self, content: Content, credentials: Credentials, *, staged: Mapping[str, Any], deadline: float
    ) -> dict[str, Any]:
        """Make the container, and wait until Instagram has loaded what is in it."""
        return self._containers.stage(self._plan(content), credentials, staged=staged, by=Deadline(deadline))

    def publish(
        self,
        content: Content,
        credentials: Credentials,
        *,
        staged: Mapping[str, Any],
        key: str,
        deadline: float,
    ) -> Published:
        """Publish the container. Its address is asked for afterwards, and left out where it is not told."""
        return self._containers.publish(
            credentials, staged=staged, reply_to="", permalink=self._shown, deadline=deadline
        )

    def listing(self, capabilities: Mapping[str, Any]) -> Listing:
        return Listing.COMPLETE

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
        look = ContainerLook(
            self._graph,
            self._containers,
            credentials,
            shown=self._shown,
            text=self.compose_text(content),
            key=key,
        )
        return look.since(since, (_SHELF,), staged=staged, by=Deadline(deadline))

    def take_down(self, external_id: str, credentials: Credentials, *, deadline: float) -> None:
        raise NotImplementedError  # only accounts that are connected through a Facebook Page can

    def post_counts(
        self, external_ids: Sequence[str], credentials: Credentials, *, deadline: float
    ) -> dict[str, Counts]:
        by, token = Deadline(deadline), credentials.tokens.get("access_token", "")
        skip: set[str] = set()

        def ask(external_id: str) -> Counts:
            path = segment(external_id)
            query = {"fields": "like_count,comments_count"}
            data = self._graph.call("GET", path, by=by, token=token, query=query).object()
            found = self._graph.counts(path, _INSIGHTS, by=by, token=token, skip=skip)
            return found | _told(data, {"like_count": Count.LIKES, "comments_count": Count.REPLIES})

        return counts_of_posts(external_ids, ask, by=by)

    def account_counts(self, credentials: Credentials, *, deadline: float) -> Counts:
        token = credentials.tokens.get("access_token", "")
        query = {"fields": "followers_count,media_count"}
        path = segment(credentials.external_id)
        data = self._graph.call("GET", path, by=Deadline(deadline), token=token, query=query).object()
        return _told(data, {"followers_count": Count.FOLLOWERS, "media_count": Count.POSTS})

    def _plan(self, content: Content) -> Plan:
        caption = self.compose_text(content)
        texts = {"caption": caption} if caption else {}
        if content.video is not None:
            form = {"media_type": "REELS", "video_url": address_of(content.video, self.label)}
            return Plan({**form, "share_to_feed": "true", **texts}, video=True)
        pictures = {image.uid: _picture(image, address_of(image, self.label)) for image in content.images}
        if not pictures:
            raise InvalidContent("Instagram takes no posts of text alone. Add an image or a video.")
        if len(pictures) == 1:
            (form,) = pictures.values()
            return Plan({**form, **texts})
        items = {uid: {**form, "is_carousel_item": "true"} for uid, form in pictures.items()}
        return Plan({"media_type": "CAROUSEL", **texts}, items=items)

    def _profile(self, token: str, by: Deadline) -> Profile:
        """Whose token it is. Raises `InvalidContent` for an account that is not a professional one."""
        query = {"fields": "user_id,username,name,account_type"}
        answer = self._graph.call("GET", "me", by=by, token=token, query=query)
        data = first_of(answer.object())
        external_id, username = text_of(data, "user_id", 200), text_of(data, "username", 200)
        if not external_id or not username:
            raise unusable(answer, who=self.label, missing="user_id")
        kind = text_of(data, "account_type", 100).upper()
        if kind == "PERSONAL":
            raise InvalidContent(
                f"@{username} is a personal account, which Instagram lets no app post to. In the Instagram "
                "app open Settings, “Account type and tools”, and switch to a professional account, which is "
                "free. Then connect it again."
            )
        return Profile(
            external_id=external_id,
            handle=f"@{username}",
            display_name=text_of(data, "name", 300) or username,
            url=f"https://www.instagram.com/{segment(username)}/",
            kind={"BUSINESS": "Business", "MEDIA_CREATOR": "Creator", "CREATOR": "Creator"}.get(kind, ""),
        )

    def _connection(self, profile: Profile, token: str, seconds: float) -> Connection:
        return Connection(
            profile,
            {"access_token": token},
            scopes=SCOPES,
            expires_in=seconds,
            renew_from=renew_from(seconds),
        )

    def _shown(self, url: str) -> str:
        return self._graph.shown(url, SITE)


def _picture(image, address: str) -> dict[str, str]:
    return {"image_url": address, **({"alt_text": image.alt} if image.alt else {})}


def _told(data: Mapping[str, Any], names: Mapping[str, Count]) -> dict[Count, int]:
    """The numbers of `data` that are told at all."""
    return {count: whole(data, name, 0) for name, count in names.items() if whole(data, name, -1) >= 0}
