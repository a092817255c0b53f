"""Adapter for Threads accounts.

Sources: Threads API "Get access tokens", "Long-lived tokens", "Posts", "Create replies", "Troubleshooting",
"Retrieve posts", "Retrieve replies", "Delete posts", "Insights". Threads loads images and videos from the
hub, publishes a container once, and makes a thread of replies to one's own posts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from .answers import text_of, unusable
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
    NotFound,
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
from .meta_checks import count_with_emoji_bytes
from .meta_containers import Containers, Dialect, Plan, address_of
from .meta_readback import ContainerLook, Shelf
from .text import join_link, problems

SCOPES = (
    "threads_basic",
    "threads_content_publish",
    "threads_manage_replies",
    "threads_read_replies",
    "threads_manage_insights",
    "threads_delete",
)
NEEDED = SCOPES[:2]
_CALLED = {
    "threads_basic": "Access your profile and posts",
    "threads_content_publish": "Create and share posts",
}
AUTHORIZE_HOST = (
    "threads.net"  # the documentation has had threads.net and threads.com; each leads to the other
)
GRAPH_HOST = "graph.threads.net"
SITE_NET, SITE_COM = "threads.net", "threads.com"
POLL_SECONDS = 3.0

_DIALECT = Dialect("threads", "threads_publish", "status,error_message", "status", "error_message")
_POSTS = Shelf("threads", "id,text,timestamp,permalink,media_type", "text", takes_since=True)
_REPLIES = dataclasses.replace(_POSTS, edge="replies", optional=True)
_INSIGHTS = {
    "views": Count.VIEWS,
    "likes": Count.LIKES,
    "replies": Count.REPLIES,
    "reposts": Count.SHARES,
    "shares": Count.SHARES,
    "quotes": Count.QUOTES,
}
_LIMITS = Limits(
    text_max=500,
    links_max=5,
    images_max=20,
    image_bytes_max=8_000_000,
    image_types=("image/jpeg", "image/png"),
    image_ratio=(0.1, 10.0),
    image_width_max=1440,
    alt_max=1000,
    video=VideoLimits(bytes_max=1_000_000_000, seconds_max=300.0),
    thread_max=25,
)


class ThreadsAdapter(Adapter):
    """Threads, through graph.threads.net. `authorize_host` is where people give access."""

    key = "threads"
    label = "Threads"
    mark = Mark("T", "platform-threads")
    idempotency = Idempotency.CONTAINER
    needs_host = False
    stage_ahead = 600.0  # containers show nothing, but Threads has the images from then on
    stages_always = True
    fetches_media = True
    takes_down = True

    def __init__(
        self,
        http: Http,
        *,
        app: AppKeys,
        authorize_host: str = AUTHORIZE_HOST,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._app = app
        self._authorize_host = authorize_host
        self._graph = Graph(http, f"https://{GRAPH_HOST}/v1.0", who=self.label)
        self._containers = Containers(self._graph, _DIALECT, poll_seconds=poll_seconds)
        self._tokens = LongTokens(
            http,
            code_url=f"https://{GRAPH_HOST}/oauth/access_token",
            host=GRAPH_HOST,
            prefix="th",
            app=app,
            who=self.label,
        )

    def limits(self, capabilities: Mapping[str, Any]) -> Limits:
        return _LIMITS

    def count(self, text: str, limits: Limits) -> int:
        return count_with_emoji_bytes(text)

    def check(self, content: Content, limits: Limits) -> list[Problem]:
        text = self.compose_text(content)
        return problems(content, limits, length=self.count(text, limits), who=self.label)

    def compose_text(self, content: Content) -> str:
        """A post of text alone has its link as an attachment, which Threads shows as a card."""
        return content.text if _attachment(content) else join_link(content.text, content.link)

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
        return self._graph.address(f"https://{self._authorize_host}/oauth/authorize?{urlencode(query)}")

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
        """New tokens. Threads refuses those that are younger than a day, or past their end."""
        token = credentials.tokens.get("access_token", "")
        token, seconds = self._tokens.renew(token, Deadline(deadline))
        profile = Profile(credentials.external_id, "", "")
        return dataclasses.replace(
            self._connection(profile, token, seconds), capabilities=credentials.capabilities
        )

    def revoke(self, credentials: Credentials, app: AppKeys | None, *, deadline: float) -> None:
        """Nothing to do: Threads has no call for it, the token ends by itself."""

    def stage(
        self, content: Content, credentials: Credentials, *, staged: Mapping[str, Any], deadline: float
    ) -> dict[str, Any]:
        """Make the container, and wait until Threads has loaded what is in it.

        A reply names the post before it in its container: it is made anew where it was made without.
        """
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
            credentials, staged=staged, reply_to=_reply_to(content), permalink=self._shown, deadline=deadline
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
        shelves = (_POSTS, _REPLIES) if content.reply_to else (_POSTS,)
        return look.since(since, shelves, staged=staged, by=Deadline(deadline))

    def take_down(self, external_id: str, credentials: Credentials, *, deadline: float) -> None:
        token = credentials.tokens.get("access_token", "")
        try:
            self._graph.call("DELETE", segment(external_id), by=Deadline(deadline), token=token)
        except NotFound:
            return

    def post_counts(
        self, external_ids: Sequence[str], credentials: Credentials, *, deadline: float
    ) -> dict[str, Counts]:
        by, token = Deadline(deadline), credentials.tokens.get("access_token", "")
        skip: set[str] = set()

        def ask(external_id: str) -> Counts:
            return self._graph.counts(segment(external_id), _INSIGHTS, by=by, token=token, skip=skip)

        return counts_of_posts(external_ids, ask, by=by)

    def account_counts(self, credentials: Credentials, *, deadline: float) -> Counts:
        return self._graph.counts(
            segment(credentials.external_id),
            {"followers_count": Count.FOLLOWERS},
            edge="threads_insights",
            by=Deadline(deadline),
            token=credentials.tokens.get("access_token", ""),
            skip=set(),
        )

    def _plan(self, content: Content) -> Plan:
        text, reply_to = self.compose_text(content), _reply_to(content)
        common = {"text": text} if text else {}
        if reply_to:
            common["reply_to_id"] = reply_to
        if content.video is not None:
            form = {"media_type": "VIDEO", "video_url": address_of(content.video, self.label)}
            return Plan({**form, **_alt(content.video), **common}, reply_to=reply_to, video=True)
        pictures = {
            image.uid: {"media_type": "IMAGE", "image_url": address_of(image, self.label), **_alt(image)}
            for image in content.images
        }
        if len(pictures) > 1:
            items = {uid: {**form, "is_carousel_item": "true"} for uid, form in pictures.items()}
            return Plan({"media_type": "CAROUSEL", **common}, items=items, reply_to=reply_to)
        if pictures:
            (form,) = pictures.values()
            return Plan({**form, **common}, reply_to=reply_to)
        if not text.strip():
            raise InvalidContent("Write something or add an image: this post is empty.")
        card = {"link_attachment": content.link} if _attachment(content) else {}
        return Plan({"media_type": "TEXT", **common, **card}, reply_to=reply_to)

    def _profile(self, token: str, by: Deadline) -> Profile:
        query = {"fields": "id,username,name"}
        answer = self._graph.call("GET", "me", by=by, token=token, query=query)
        data = first_of(answer.object())
        external_id, username = text_of(data, "id", 200), text_of(data, "username", 200)
        if not external_id or not username:
            raise unusable(answer, who=self.label, missing="id")
        return Profile(
            external_id=external_id,
            handle=f"@{username}",
            display_name=text_of(data, "name", 300) or username,
            url=f"https://www.threads.com/@{segment(username)}",
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
        return self._graph.shown(url, SITE_COM) or self._graph.shown(url, SITE_NET)


def _reply_to(content: Content) -> str:
    return content.reply_to.parent.external_id if content.reply_to else ""


def _attachment(content: Content) -> bool:
    """Whether the link goes beside the text: only posts of text have such a field ("Posts")."""
    alone = not content.images and content.video is None
    return bool(content.link and alone and content.text.strip() and content.link not in content.text)


def _alt(media) -> dict[str, str]:
    return {"alt_text": media.alt} if media.alt else {}
