"""What the hub and a platform's adapter say to each other.

An adapter speaks one platform's API and knows nothing of the database, of Django or of workflow. It gets
frozen content and credentials, and returns what happened or raises one of the errors below. The engine
decides what an error means for the delivery from `PlatformError.outcome` alone.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO, ClassVar, Protocol


class Outcome(enum.StrEnum):
    """What a failed call means for the post. There is no sixth value: anything unmapped is `UNKNOWN`."""

    NOT_SENT = "not_sent"  # provably not accepted; may be tried again
    LIMITED = "limited"  # refused for now by a limit; the lane waits, the post keeps its tries
    UNKNOWN = "unknown"  # the platform may or may not have published it; never tried again by guess
    AUTH = "auth"  # the account's access is broken; the lane waits for a person
    PERMANENT = "permanent"  # refused for good; a person has to change the post


class PlatformError(Exception):
    """A call to a platform that did not succeed.

    `message` is one plain sentence for the people of the chapter, with the next step; `detail` is for the
    log and carries no secret; `retry_after` is in seconds, where the platform named a time. `staged`, where
    not None, is how far `stage` got: the next try starts from it instead of what the engine had before.
    """

    outcome: ClassVar[Outcome] = Outcome.UNKNOWN
    trouble: ClassVar[bool] = False  # whether it says that the server itself is not well

    def __init__(
        self,
        message: str,
        *,
        detail: str = "",
        retry_after: float | None = None,
        staged: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.retry_after = retry_after
        self.staged = staged


class AuthExpired(PlatformError):
    """The token is expired, revoked or wrong."""

    outcome = Outcome.AUTH


class PermissionMissing(PlatformError):
    """The account is known but may not do this: a missing scope, a suspended or restricted account."""

    outcome = Outcome.AUTH


class RateLimited(PlatformError):
    """Too many calls for now."""

    outcome = Outcome.LIMITED


class QuotaExhausted(PlatformError):
    """A daily or paid allowance is used up."""

    outcome = Outcome.LIMITED


class InvalidContent(PlatformError):
    """The platform will not take this text, link or image."""

    outcome = Outcome.PERMANENT


class MediaFetchFailed(PlatformError):
    """The platform could not fetch the media from us."""

    outcome = Outcome.NOT_SENT


class MediaProcessing(PlatformError):
    """The platform is still working on the media; nothing was published."""

    outcome = Outcome.NOT_SENT


class MediaMissing(PlatformError):
    """The media staged earlier is gone on the platform; it has to be uploaded again."""

    outcome = Outcome.NOT_SENT


class Duplicate(PlatformError):
    """The platform says it has this post already; whether it is ours must be found out."""

    outcome = Outcome.UNKNOWN


class Transient(PlatformError):
    """The request provably never reached the platform, or hit a call that changes nothing public."""

    outcome = Outcome.NOT_SENT
    trouble = True


class NotBegun(PlatformError):
    """The hub itself did not come to make the call."""

    outcome = Outcome.NOT_SENT


class UnknownOutcome(PlatformError):
    """The request may have left us and no clear answer came back."""

    outcome = Outcome.UNKNOWN
    trouble = True


class NotFound(PlatformError):
    """What the call names does not exist on the platform."""

    outcome = Outcome.PERMANENT


class ConfigError(PlatformError):
    """The hub itself is set up wrongly for this platform; the operator has to act."""

    outcome = Outcome.AUTH


class UnsupportedServer(PlatformError):
    """The server does not speak the API this adapter needs."""

    outcome = Outcome.PERMANENT


class SignIn(enum.StrEnum):
    """How a person gives the hub access to an account."""

    BROWSER = "browser"  # on the platform's own page, which sends them back (OAuth)
    PASSWORD = "password"  # with a password that the platform made for apps  # noqa: S105


class Count(enum.StrEnum):
    """What is counted of a post or an account. A platform that does not tell one leaves it out."""

    VIEWS = "views"  # times it was shown
    REACH = "reach"  # people who saw it
    LIKES = "likes"  # reactions of every kind
    REPLIES = "replies"
    SHARES = "shares"  # reposts and boosts
    QUOTES = "quotes"
    SAVES = "saves"
    CLICKS = "clicks"  # on links
    FOLLOWERS = "followers"
    POSTS = "posts"


Counts = Mapping[Count, int]


class Idempotency(enum.StrEnum):
    """What keeps a repeated publish call from making a second post."""

    RECORD_KEY = "record_key"  # exact, for ever (Bluesky)
    CONTAINER = "container"  # a container is published once (Instagram, Threads)
    KEY = "key"  # a header, for a limited time (Mastodon)
    NONE = "none"


class Listing(enum.StrEnum):
    """How far an account's own list of posts shows what is there."""

    COMPLETE = "complete"  # what it does not show, seen twice, was not published
    PARTIAL = "partial"  # what it shows is there; what it does not show proves nothing
    NONE = "none"  # the account cannot be read


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """What a platform accepts as a video. Bytes and seconds."""

    bytes_max: int
    seconds_max: float
    seconds_min: float = 0.0
    bytes_min: int = 0
    types: tuple[str, ...] = ("video/mp4",)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one account's platform accepts. Lengths in the platform's own units, bytes in bytes.

    The hub converts and scales images to what is said here; `image_types` begins with the type it converts
    to. Ratios are width by height. A post has images or a video, never both.
    """

    text_max: int
    url_length: int | None = None  # every http(s) URL counts as this many; None = as written
    text_required: bool = False  # a post of images alone is refused
    images_max: int = 4
    image_bytes_max: int = 8 * 1024 * 1024
    image_pixels_max: int = 33_177_600
    image_types: tuple[str, ...] = ("image/jpeg", "image/png")
    alt_max: int = 1500
    link_max: int = 2048
    text_bytes_max: int | None = None  # in UTF-8, beside `text_max`
    links_max: int | None = None  # different web addresses in one post
    media_required: bool = False  # a post without image or video is refused
    image_ratio: tuple[float, float] | None = None  # narrowest and widest
    image_width_max: int | None = None
    video: VideoLimits | None = None  # None = takes no videos
    thread_max: int = 1  # parts of a thread, the first one included; 1 = no threads


@dataclass(frozen=True, slots=True)
class Image:
    """One picture of a post. `read` returns its bytes, the same bytes every time."""

    uid: str
    mime: str
    width: int
    height: int
    size: int  # bytes
    alt: str
    read: Callable[[], bytes]
    url: str = ""  # where the platform can fetch it, for adapters with `fetches_media`


@dataclass(frozen=True, slots=True)
class Video:
    """The video of a post, an MP4 file. `open` begins a new reading of its bytes."""

    uid: str
    mime: str
    width: int
    height: int
    seconds: float
    size: int  # bytes
    alt: str
    open: Callable[[], BinaryIO]
    url: str = ""  # where the platform can fetch it, for adapters with `fetches_media`


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """The published parts before this one, as `Published` told them: of a thread the first and the last."""

    root: Published
    parent: Published


@dataclass(frozen=True, slots=True)
class Content:
    """The frozen post on its way to one account. `link` is "" where none; `language` is ISO 639-1.

    Of a thread this is one part, and `reply_to` says after which one it goes.
    """

    text: str
    link: str = ""
    images: tuple[Image, ...] = ()
    language: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    video: Video | None = None
    reply_to: ReplyTo | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """How to act as one account. `tokens` is what the adapter stored when the account was connected."""

    host: str  # "" where the platform has one host; else host or host:port
    external_id: str
    tokens: Mapping[str, str]
    capabilities: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:  # tokens must not reach a log through a traceback
        return f"Credentials(host={self.host!r}, external_id={self.external_id!r})"


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why a platform would refuse the content, for the sentence beside the field."""

    field: str  # "text", "link", "images", "alt", "video"
    message: str


@dataclass(frozen=True, slots=True)
class Published:
    """The platform has the post. `reference` is what a reply to it needs beside its id, JSON."""

    external_id: str
    permalink: str = ""
    reference: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """One post as the account's own list shows it.

    `text` is plain text that compares with `compose_text`; `key` is the key, record key or container it was
    published under, where the platform tells. `media` is the number of images, None where it is not told.
    """

    external_id: str
    permalink: str
    created_at: datetime | None
    text: str
    media: int | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What an account shows of the time since a moment.

    `complete` is False where posts of that time may be missing, because the list ended early or is partial.
    """

    posts: tuple[Seen, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class AppKeys:
    """The hub's own registration with a platform or server.

    `endpoints` names addresses the server told (authorization, token, revocation); missing ones are the
    platform's usual ones.
    """

    client_id: str
    client_secret: str
    endpoints: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:  # the secret must not reach a log through a traceback
        return f"AppKeys(client_id={self.client_id!r})"


@dataclass(frozen=True, slots=True)
class Profile:
    """Who an account is, as the platform tells. `kind` is what the platform calls such an account, "" where
    it has one kind only."""

    external_id: str
    handle: str
    display_name: str
    url: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """What connecting an account yields: whose it is, how to act for it, what it can do.

    Times are seconds from now, None where there is none. The tokens end after `expires_in`; the hub renews
    them from `renew_from` on, shortly before their end where it is None. After `ends_in` a person has to
    connect the account again, whatever the hub does.
    """

    profile: Profile
    tokens: Mapping[str, str]
    scopes: tuple[str, ...] = ()
    capabilities: Mapping[str, Any] = field(default_factory=dict)
    expires_in: float | None = None
    renew_from: float | None = None
    ends_in: float | None = None

    def __repr__(self) -> str:
        return f"Connection(profile={self.profile!r}, scopes={self.scopes!r})"


@dataclass(frozen=True, slots=True)
class Mark:
    """How a platform is recognised on screen, always beside its name: a letter and a colour class."""

    letter: str
    css: str


class Adapter(Protocol):
    """One platform. Instances hold configuration only and are shared between threads.

    An adapter names real addresses (`https://graph.facebook.com/...`); its `Http` leads them elsewhere where
    the hub is set up for practice.

    Every method that talks to the platform takes `deadline`: seconds that the whole call may take, all
    redirects, bodies and processing waits included.
    """

    key: str
    label: str
    mark: Mark
    idempotency: Idempotency
    needs_host: bool  # the person names a server when connecting
    stage_ahead: float  # seconds before its time from which a post may be prepared with `stage`
    sign_in: SignIn = SignIn.BROWSER
    fetches_media: bool = False  # the platform fetches images and videos from the hub, by `url`
    takes_down: bool = False  # `take_down` works
    stages_always: bool = False  # a post without images or video has to be prepared as well

    def limits(self, capabilities: Mapping[str, Any]) -> Limits:
        """The limits of an account, from the capabilities stored when it was connected. No call is made."""

    def count(self, text: str, limits: Limits) -> int:
        """The length of `text` exactly as the platform counts it."""

    def check(self, content: Content, limits: Limits) -> list[Problem]:
        """Every reason why the platform would refuse `content`; an empty list means none is known."""

    def compose_text(self, content: Content) -> str:
        """The text as it will be sent, the link joined to it where the platform has no link field."""

    def clean_host(self, typed: str) -> str:
        """The canonical host of what a person typed. Raises `InvalidContent` with what to type instead."""

    def register_app(self, host: str, *, redirect_uri: str, deadline: float) -> AppKeys | None:
        """Register the hub with `host`; None where the platform needs no registration per server."""

    def authorize_url(
        self, host: str, app: AppKeys | None, *, redirect_uri: str, state: str, code_verifier: str
    ) -> str:
        """Where to send the person who owns the account."""

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
        """Turn the code the person came back with into what they may connect, one of which they choose.

        Never empty. Raises `PermissionMissing` with what to do where a needed scope was not granted, and
        `InvalidContent` where there is no account of the right kind.
        """

    def log_in(self, identifier: str, password: str, *, deadline: float) -> tuple[str, Connection]:
        """Connect with a password made for apps (`SignIn.PASSWORD`). Returns the account's host as well.

        Raises `AuthExpired` with what to do where the platform refuses it.
        """
        raise NotImplementedError

    def refresh(self, credentials: Credentials, app: AppKeys | None, *, deadline: float) -> Connection | None:
        """New tokens, or None where the platform's tokens do not expire."""

    def revoke(self, credentials: Credentials, app: AppKeys | None, *, deadline: float) -> None:
        """Tell the platform that the hub gives the access back."""

    def stage(
        self, content: Content, credentials: Credentials, *, staged: Mapping[str, Any], deadline: float
    ) -> dict[str, Any]:
        """Upload what has to be there before the final call. Returns JSON that `publish` gets back.

        Repeatable: nothing public happens. `staged` is what an earlier call returned, or what its error
        carried in `PlatformError.staged`, to go on from.
        """

    def publish(
        self,
        content: Content,
        credentials: Credentials,
        *,
        staged: Mapping[str, Any],
        key: str,
        deadline: float,
    ) -> Published:
        """Make the post public: the one call that must not be repeated by guess.

        `key` is the same in every try for one delivery. Any error that does not prove the post was not
        accepted raises `UnknownOutcome`.
        """

    def listing(self, capabilities: Mapping[str, Any]) -> Listing:
        """How far `read_back` can be trusted for an account with these capabilities. No call is made."""

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
        """What the account shows since `since`, to find out whether an earlier `publish` took effect.

        Changes nothing. `content`, `staged` and `key` are those of the call in doubt: a platform that can be
        asked for the one post by key or container answers with that. Never called where `listing` is NONE.
        """

    def take_down(self, external_id: str, credentials: Credentials, *, deadline: float) -> None:
        """Remove a post from the platform. One that is gone already is no error."""
        raise NotImplementedError

    def post_counts(
        self, external_ids: Sequence[str], credentials: Credentials, *, deadline: float
    ) -> dict[str, Counts]:
        """The counts of posts, as the platform tells them now. Posts that it no longer has are left out."""
        return {}

    def account_counts(self, credentials: Credentials, *, deadline: float) -> Counts:
        """The counts of the account itself."""
        return {}
