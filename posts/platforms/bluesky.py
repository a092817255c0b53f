"""Adapter for Bluesky and every server of the AT Protocol.

Sources: docs.bsky.app (Creating a post; Video; Rate limits; API hosts), atproto.com/specs (xrpc,
at-uri-scheme, record-key), and the lexicons of com.atproto.repo and app.bsky.feed. Accounts are connected
with an app password, see `bluesky_identity`.

A post is a record under a key that the hub chooses, so that a repeated call makes no second one: the key and
the time that the record tells are fixed in `stage`, and `putRecord` with `swapRecord: null` writes nothing
over what is there.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from .answers import text_of, unusable
from .base import (
    Adapter,
    AppKeys,
    Connection,
    Content,
    Counts,
    Credentials,
    Duplicate,
    Idempotency,
    Image,
    InvalidContent,
    Limits,
    Listing,
    Mark,
    MediaMissing,
    NotFound,
    PlatformError,
    Problem,
    Published,
    RateLimited,
    ReadBack,
    SignIn,
    Video,
    VideoLimits,
)
from .bluesky_identity import APPVIEW, ENTRYWAY, PLC, WEB, Identities, Sessions
from .bluesky_reading import Counting, Look
from .bluesky_record import (
    POSTS,
    blob_of,
    card_entry,
    compose,
    created_at,
    record_key,
    reference_of,
    reply_of,
    same_post,
    split_uri,
    stamp,
    strong_ref,
)
from .bluesky_text import mentions, shown
from .bluesky_xrpc import WHO, WRITE, Xrpc, error_from, is_absent, unreadable
from .cards import fetch_card
from .deadline import Deadline
from .http import Answer, Http
from .readback import moment_of
from .staging import begun
from .text import find_urls, graphemes, join_link, problems

TEXT_MAX = 300  # graphemes
TEXT_BYTES_MAX = 3000
# Servers differ (lexicon app.bsky.embed.images: 2,000,000, formerly 1,000,000): this every one takes.
IMAGE_BYTES_MAX = 1_000_000
ALT_MAX = 2000  # of Bluesky's own app; the lexicon has no limit
VIDEO_BYTES_MAX = 50_000_000  # of one upload to a server that Bluesky hosts
VIDEO_SECONDS_MAX = 180.0
THREAD_MAX = 25


class BlueskyAdapter(Adapter):
    """Accounts on any AT Protocol server; which one is found from the handle."""

    key = "bluesky"
    label = WHO
    mark = Mark("B", "platform-bluesky")
    idempotency = Idempotency.RECORD_KEY
    needs_host = False
    stage_ahead = 60.0  # servers soon throw away uploads that no post uses
    stages_always = True
    sign_in = SignIn.PASSWORD
    takes_down = True

    def __init__(
        self, http: Http, *, plc: str = PLC, entryway: str = ENTRYWAY, appview: str = APPVIEW
    ) -> None:
        self._http = http
        self._xrpc = Xrpc(http)
        self._identities = Identities(http, self._xrpc, plc=plc, appview=appview)
        self._sessions = Sessions(self._xrpc, self._identities, http.address(WEB), entryway=entryway)
        self._counting = Counting(self._xrpc, appview)

    def limits(self, capabilities: Mapping[str, Any]) -> Limits:
        return Limits(
            text_max=TEXT_MAX,
            text_bytes_max=TEXT_BYTES_MAX,
            images_max=4,
            image_bytes_max=IMAGE_BYTES_MAX,
            image_types=("image/jpeg", "image/png", "image/webp"),
            alt_max=ALT_MAX,
            video=VideoLimits(VIDEO_BYTES_MAX, VIDEO_SECONDS_MAX),
            thread_max=THREAD_MAX,
        )

    def count(self, text: str, limits: Limits) -> int:
        return graphemes(shown(text))

    def check(self, content: Content, limits: Limits) -> list[Problem]:
        text = self.compose_text(content)
        found = problems(content, limits, length=self.count(text, limits), who=self.label)
        if len(shown(text).encode()) > TEXT_BYTES_MAX and not any(one.field == "text" for one in found):
            found.append(
                Problem("text", f"The text has more emoji and special letters than {WHO} takes. Use fewer.")
            )
        return found

    def compose_text(self, content: Content) -> str:
        """The text with its links in full, though they are shown short. A link with a card is not in it."""
        return join_link(content.text, content.link) if content.images or content.video else content.text

    def clean_host(self, typed: str) -> str:
        return ""

    def register_app(self, host: str, *, redirect_uri: str, deadline: float) -> AppKeys | None:
        return None

    def authorize_url(
        self, host: str, app: AppKeys | None, *, redirect_uri: str, state: str, code_verifier: str
    ) -> str:
        raise NotImplementedError("accounts are connected by `log_in`")

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
        raise NotImplementedError("accounts are connected by `log_in`")

    def log_in(self, identifier: str, password: str, *, deadline: float) -> tuple[str, Connection]:
        return self._sessions.log_in(identifier, password, Deadline(deadline))

    def refresh(self, credentials: Credentials, app: AppKeys | None, *, deadline: float) -> Connection | None:
        return self._sessions.renew(credentials, Deadline(deadline))

    def revoke(self, credentials: Credentials, app: AppKeys | None, *, deadline: float) -> None:
        self._sessions.end(credentials, Deadline(deadline))

    def stage(
        self, content: Content, credentials: Credentials, *, staged: Mapping[str, Any], deadline: float
    ) -> dict[str, Any]:
        """Fix the record's key and time, upload, and look up what the record refers to. Each thing once."""
        by = Deadline(deadline)
        kept: dict[str, Any] = copy.deepcopy(dict(staged))
        kept["created"] = stamp(moment_of(staged.get("created")) or datetime.now(UTC))
        kept["media"] = begun(staged)
        try:
            for media in (*content.images, *((content.video,) if content.video else ())):
                if media.uid not in kept["media"]:
                    kept["media"][media.uid] = self._uploaded(media, credentials, by)
            self._find_mentioned(content, kept, credentials, by)
            self._find_answered(content, kept, credentials, by)
            if "card" not in kept and (link := _card_link(content)):
                kept["card"] = self._card(link, content, credentials, by)
        except PlatformError as error:
            error.staged = kept
            raise
        return kept

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
        created = moment_of(staged.get("created"))
        reply = reply_of(content.reply_to, staged) if content.reply_to else None
        if created is None or _lacks(content, staged) or (content.reply_to and not reply):
            raise MediaMissing(
                "This post is not prepared yet. The hub prepares it first.",
                staged=dict(staged),
            )
        moment = created_at(created, datetime.now(UTC))
        record = compose(content, self.compose_text(content), staged, reply, moment)
        place = record_key(created, key)
        answer = self._write(
            "com.atproto.repo.putRecord",
            credentials,
            by,
            final=True,
            json={
                "repo": credentials.external_id,
                "collection": POSTS,
                "rkey": place,
                "validate": True,
                "swapRecord": None,
                "record": record,
            },
        )
        if answer.status != 200:
            error = error_from(answer, WRITE, final=True, secrets=credentials.tokens.values())
            if isinstance(error, Duplicate):
                return self._standing(record, place, error, credentials, by)
            if isinstance(error, MediaMissing):
                error.staged = {
                    name: value for name, value in staged.items() if name not in ("media", "card")
                }
            raise error
        return self._published(answer, place, credentials)

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
        """Ask for the one record by its key, which is exact whatever `since` is.

        Where no key is known, because what was staged is lost, the account's newest posts are listed.
        """
        by = Deadline(deadline)
        look = Look(self._xrpc, credentials, self._permalink)
        created = moment_of(staged.get("created"))
        return look.at(record_key(created, key), key, by) if created else look.since(since, by)

    def take_down(self, external_id: str, credentials: Credentials, *, deadline: float) -> None:
        parts = split_uri(external_id)
        if not parts or parts[:2] != (credentials.external_id, POSTS):
            raise NotFound(
                "This post is not known to be of this account. Remove it on Bluesky itself.",
                detail=f"not a post of {credentials.external_id}",
            )
        answer = self._write(
            "com.atproto.repo.deleteRecord",
            credentials,
            Deadline(deadline),
            json={"repo": parts[0], "collection": POSTS, "rkey": parts[2]},
        )
        if answer.status != 200:
            raise error_from(answer, WRITE, secrets=credentials.tokens.values())

    def post_counts(
        self, external_ids: Sequence[str], credentials: Credentials, *, deadline: float
    ) -> dict[str, Counts]:
        return self._counting.posts(external_ids, Deadline(deadline))

    def account_counts(self, credentials: Credentials, *, deadline: float) -> Counts:
        return self._counting.account(credentials.external_id, Deadline(deadline))

    def _uploaded(self, media: Image | Video, credentials: Credentials, by: Deadline) -> dict[str, Any]:
        if isinstance(media, Image):
            data = media.read()
        else:
            with media.open() as stream:
                data = stream.read()
        blob = self._upload(data, media.mime, credentials, by)
        return {"id": blob["ref"]["$link"], "blob": blob}

    def _upload(self, data: bytes, mime: str, credentials: Credentials, by: Deadline) -> dict[str, Any]:
        answer = self._write(
            "com.atproto.repo.uploadBlob", credentials, by, data=data, headers={"Content-Type": mime}
        )
        if answer.status != 200:
            raise error_from(answer, WRITE, secrets=credentials.tokens.values())
        blob = blob_of(answer.object())
        if blob is None:
            raise unusable(answer, who=WHO, missing="blob")
        return blob

    def _find_mentioned(
        self, content: Content, kept: dict[str, Any], credentials: Credentials, by: Deadline
    ) -> None:
        """The DIDs of the handles in the text. A handle that nobody has stays plain text."""
        known = dict(kept.get("mentions") or {})
        kept["mentions"] = known
        for handle in mentions(self.compose_text(content)):
            if handle in known:
                continue
            answer = self._xrpc.get(
                credentials.host, "com.atproto.identity.resolveHandle", {"handle": handle}, by=by
            )
            if answer.status == 429:
                raise error_from(answer, {429: RateLimited})
            did = text_of(answer.object(), "did", 300) if answer.status == 200 else ""
            known[handle] = did if did.startswith("did:") else ""

    def _find_answered(
        self, content: Content, kept: dict[str, Any], credentials: Credentials, by: Deadline
    ) -> None:
        """References to the earlier parts of a thread of which the hub knows the address alone."""
        if not content.reply_to:
            return
        known = dict(kept.get("replies") or {})
        kept["replies"] = known
        for published in (content.reply_to.root, content.reply_to.parent):
            if strong_ref(published) or published.external_id in known:
                continue
            parts = split_uri(published.external_id)
            if not parts or parts[0] != credentials.external_id:
                raise _nothing_to_answer("no address of the part before")
            answer = self._xrpc.record(credentials, parts[1], parts[2], by=by)
            if is_absent(answer):
                raise _nothing_to_answer(f"{answer.where}: RecordNotFound")
            reference = reference_of(answer.object()) if answer.status == 200 else None
            if reference is None:
                raise unreadable(answer, credentials)
            known[published.external_id] = reference

    def _card(self, link: str, content: Content, credentials: Credentials, by: Deadline) -> dict[str, Any]:
        """The link card, which is bare where the page cannot be read.

        An address within the text gets a card only if the page has one.
        """
        card = fetch_card(self._http, link, by=by)
        if card is None and not content.link:
            return {}
        thumb = None
        if card and card.image:
            # A server that takes no such picture takes the card without it.
            with contextlib.suppress(InvalidContent):
                thumb = self._upload(card.image, card.image_type, credentials, by)
        return card_entry(link, card, thumb)

    def _standing(
        self, record: dict[str, Any], place: str, error: Duplicate, credentials: Credentials, by: Deadline
    ) -> Published:
        """The post that stands already under the key of this one. Raises `error` where that is another."""
        try:
            answer = self._xrpc.record(credentials, POSTS, place, by=by)
        except PlatformError:
            raise error from None
        if answer.status != 200 or not same_post(record, answer.object().get("value")):
            raise error
        return self._published(answer, place, credentials)

    def _published(self, answer: Answer, place: str, credentials: Credentials) -> Published:
        reference = reference_of(answer.object())
        if not reference or split_uri(reference["uri"]) != (credentials.external_id, POSTS, place):
            raise unusable(answer, who=WHO, missing="record", final=True)
        return Published(reference["uri"], self._permalink(reference["uri"]), reference)

    def _permalink(self, uri: str) -> str:
        parts = split_uri(uri)
        return f"{self._sessions.profile_url(parts[0])}/post/{parts[2]}" if parts else ""

    def _write(self, method: str, credentials: Credentials, by: Deadline, **sent: Any) -> Answer:
        token = credentials.tokens.get("access_token", "")
        return self._xrpc.post(credentials.host, method, by=by, token=token, **sent)


def _card_link(content: Content) -> str:
    """The address that gets a card: the link of the post, else the first one in its text."""
    if content.images or content.video:
        return ""
    first = next((content.text[start:end] for start, end in find_urls(content.text)), "")
    return content.link or first


def _lacks(content: Content, staged: Mapping[str, Any]) -> bool:
    """Whether something that the post shows is not uploaded."""
    media = begun(staged)
    wanted = [*content.images, *((content.video,) if content.video else ())]
    if any("blob" not in media.get(one.uid, {}) for one in wanted):
        return True
    return bool(_card_link(content)) and not isinstance(staged.get("card"), dict)


def _nothing_to_answer(detail: str) -> NotFound:
    return NotFound(
        "The part of the thread before this one is not on Bluesky any more, so this part has nothing to "
        "follow. Send it as a post of its own.",
        detail=detail,
    )
