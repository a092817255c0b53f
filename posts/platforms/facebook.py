"""Adapter for Facebook Pages.

Sources: Pages API "Posts", "Page feed", "Page photos", "Page published posts", "Page insights"; Graph API
"Handle errors". Photos and videos are uploaded unpublished; one call makes the post public. There is no key
that keeps a repeated call from making a second post, and the list of posts may miss some. Connecting is in
`facebook_signin`, videos are in `facebook_video`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

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
    Image,
    Limits,
    Listing,
    Mark,
    MediaMissing,
    NotFound,
    PlatformError,
    Problem,
    Published,
    ReadBack,
    Seen,
    VideoLimits,
)
from .deadline import Deadline
from .facebook_signin import PageSignIn
from .facebook_video import Upload, uploaded, video_seen
from .http import Answer, Http
from .meta import Graph, counts_of_posts, segment
from .readback import moment_of
from .staging import begun, file_name
from .text import join_link, problems

SITE = "facebook.com"
PAGE = 50
PHOTO_SECONDS = 20 * 3600.0  # an unpublished photo is removed after a day
FIELDS = "id,message,created_time,permalink_url,attachments{media_type,target},is_published"

_INSIGHTS = {
    "post_media_view": Count.VIEWS,
    "post_total_media_view_unique": Count.REACH,
    "post_clicks": Count.CLICKS,
    "post_reactions_by_type_total": Count.LIKES,
}


class FacebookAdapter(Adapter):
    """Pages, through graph.facebook.com. `version` is that of the Graph API."""

    key = "facebook"
    label = "Facebook"
    mark = Mark("F", "platform-facebook")
    idempotency = Idempotency.NONE
    needs_host = False
    stage_ahead = 600.0  # unpublished photos are seen by nobody and removed after a day
    takes_down = True

    def __init__(self, http: Http, *, app: AppKeys, version: str = "v26.0") -> None:
        self._graph = Graph(http, f"https://graph.facebook.com/{version}", who=self.label)
        self._sign_in = PageSignIn(self._graph, app=app, version=version)

    def limits(self, capabilities: Mapping[str, Any]) -> Limits:
        video = VideoLimits(bytes_max=1_000_000_000, seconds_max=1200.0, seconds_min=1.0)
        return Limits(
            text_max=63_206,
            images_max=10,
            image_bytes_max=4_000_000,
            image_types=("image/jpeg", "image/png"),
            alt_max=1000,
            video=None if capabilities.get("video") is False else video,
        )

    def count(self, text: str, limits: Limits) -> int:
        return len(text)

    def check(self, content: Content, limits: Limits) -> list[Problem]:
        length = self.count(self.compose_text(content), limits)
        return problems(content, limits, length=length, who=self.label)

    def compose_text(self, content: Content) -> str:
        """Of a post with images or a video the link goes into the text: such a post has no link field."""
        return join_link(content.text, content.link) if _has_media(content) else content.text

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
        """Every Page that the person may publish on."""
        return self._sign_in.exchange(code=code, redirect_uri=redirect_uri, by=Deadline(deadline))

    def refresh(self, credentials: Credentials, app: AppKeys | None, *, deadline: float) -> Connection | None:
        return None  # a Page's token has no end of its own; one that was ended needs a person

    def revoke(self, credentials: Credentials, app: AppKeys | None, *, deadline: float) -> None:
        self._sign_in.revoke(credentials, by=Deadline(deadline))

    def stage(
        self, content: Content, credentials: Credentials, *, staged: Mapping[str, Any], deadline: float
    ) -> dict[str, Any]:
        """Upload photos unpublished, each once, or the video in pieces."""
        by = Deadline(deadline)
        if content.video is not None:
            return Upload(self._graph, credentials).go_on(content.video, staged=staged, by=by)
        media = _fresh(begun(staged))
        try:
            for image in content.images:
                if image.uid not in media:
                    media[image.uid] = {"id": self._upload(image, credentials, by), "at": time.time()}
        except PlatformError as error:
            error.staged = {"media": media}
            raise
        return {"media": media}

    def publish(
        self,
        content: Content,
        credentials: Credentials,
        *,
        staged: Mapping[str, Any],
        key: str,
        deadline: float,
    ) -> Published:
        by = Deadline(deadline)
        if content.video is not None:
            video = Upload(self._graph, credentials).publish(
                content.video, self.compose_text(content), staged=staged, by=by
            )
            return Published(video, f"https://www.facebook.com/{segment(video)}")
        form = self._form(content, _fresh(begun(staged)))
        path = f"{segment(credentials.external_id)}/feed"
        answer = self._call(
            "POST", path, credentials, by, form=form, query={"fields": "id,permalink_url"}, final=True
        )
        data = answer.object()
        external_id = text_of(data, "id", 200)
        if not external_id:
            raise unusable(answer, who=self.label, missing="id", final=True)
        shown = self._shown(text_of(data, "permalink_url"))
        return Published(external_id, shown or f"https://www.facebook.com/{segment(external_id)}")

    def listing(self, capabilities: Mapping[str, Any]) -> Listing:
        return Listing.PARTIAL  # "published_posts" ranks, and has about 600 posts a year and no reels

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
        """What the Page's list shows; a post with our photos or video in it is under our key."""
        by, token = Deadline(deadline), credentials.tokens.get("access_token", "")
        video = uploaded(staged)
        ours = {entry["id"]: key for entry in begun(staged).values()} | ({video: key} if video else {})
        shown = self._graph.listed(
            f"{segment(credentials.external_id)}/published_posts",
            by=by,
            token=token,
            query={"fields": FIELDS, "limit": str(PAGE), "since": str(int(since.timestamp()))},
            since=since,
            read=lambda post: self._seen(post, ours),
        )
        posts = shown.posts
        if video and not any(post.key for post in posts):
            posts += video_seen(
                self._graph, video, text=self.compose_text(content), key=key, token=token, by=by
            )
        return ReadBack(posts, complete=False)

    def take_down(self, external_id: str, credentials: Credentials, *, deadline: float) -> None:
        try:
            self._call("DELETE", segment(external_id), credentials, Deadline(deadline))
        except NotFound:
            return

    def post_counts(
        self, external_ids: Sequence[str], credentials: Credentials, *, deadline: float
    ) -> dict[str, Counts]:
        by, token = Deadline(deadline), credentials.tokens.get("access_token", "")
        skip: set[str] = set()

        def ask(external_id: str) -> Counts:
            path = segment(external_id)
            data = self._call("GET", path, credentials, by, query={"fields": "id,shares"}).object()
            found = self._graph.counts(path, _INSIGHTS, by=by, token=token, skip=skip)
            shares = data.get("shares")
            if isinstance(shares, dict):
                found[Count.SHARES] = whole(shares, "count", 0)
            return found

        return counts_of_posts(external_ids, ask, by=by)

    def account_counts(self, credentials: Credentials, *, deadline: float) -> Counts:
        path = segment(credentials.external_id)
        query = {"fields": "followers_count"}
        data = self._call("GET", path, credentials, Deadline(deadline), query=query).object()
        followers = whole(data, "followers_count", -1)
        return {Count.FOLLOWERS: followers} if followers >= 0 else {}

    def _form(self, content: Content, media: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
        if any(image.uid not in media for image in content.images):
            raise MediaMissing(
                "An image of this post is not uploaded yet. The hub uploads it first.",
                staged={"media": dict(media)},
            )
        message = self.compose_text(content)
        form = {"message": message} if message else {}
        if content.images:
            photos = [{"media_fbid": media[image.uid]["id"]} for image in content.images]
            form["attached_media"] = json.dumps(photos, separators=(",", ":"))
        elif content.link:
            form["link"] = content.link
        return form

    def _upload(self, image: Image, credentials: Credentials, by: Deadline) -> str:
        parts: list[Any] = [("source", (file_name(image), image.read(), image.mime)), ("published", "false")]
        if image.alt:
            parts.append(("alt_text_custom", image.alt))
        answer = self._call(
            "POST", f"{segment(credentials.external_id)}/photos", credentials, by, parts=parts
        )
        photo = text_of(answer.object(), "id", 200)
        if not photo:
            raise unusable(answer, who=self.label, missing="id")
        return photo

    def _seen(self, post: Mapping[str, Any], ours: Mapping[str, str]) -> Seen | None:
        external_id, created_at = text_of(post, "id", 200), moment_of(post.get("created_time"))
        message = post.get("message", "")  # a post without one has no such field
        if not external_id or created_at is None or not isinstance(message, str):
            return None
        attached = _attachments(post)
        kinds = [text_of(one, "media_type", 50) for one in attached]
        targets = [
            text_of(one["target"], "id", 200) for one in attached if isinstance(one.get("target"), dict)
        ]
        return Seen(
            external_id=external_id,
            permalink=self._shown(text_of(post, "permalink_url")),
            created_at=created_at,
            text=message,
            media=1 if kinds == ["photo"] else None,  # of an album it is not told
            key=next((ours[target] for target in targets if target in ours), ""),
        )

    def _shown(self, url: str) -> str:
        return self._graph.shown(url, SITE)

    def _call(self, method: str, path: str, credentials: Credentials, by: Deadline, **sent: Any) -> Answer:
        token = credentials.tokens.get("access_token", "")
        return self._graph.call(method, path, by=by, token=token, **sent)


def _has_media(content: Content) -> bool:
    return bool(content.images) or content.video is not None


def _fresh(media: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The uploads that are still there."""
    return {uid: entry for uid, entry in media.items() if time.time() - entry.get("at", 0.0) < PHOTO_SECONDS}


def _attachments(post: Mapping[str, Any]) -> list[dict[str, Any]]:
    told = post.get("attachments")
    entries = told.get("data") if isinstance(told, dict) else None
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
