"""A made-up platform. Its own list of posts is the truth that everything else is judged by.

It answers as a platform's adapter would: with what happened or with an error of `posts.platforms.base`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from posts.platforms.base import (
    AuthExpired,
    Duplicate,
    InvalidContent,
    Listing,
    Published,
    RateLimited,
    ReadBack,
    Seen,
    Transient,
    UnknownOutcome,
)
from tests.simulator.clock import Clock

KEY_REMEMBERED = timedelta(hours=1)  # by a platform that forgets keys


@dataclass(frozen=True)
class Tier:
    """What a platform offers. `key` is honoured for ever, forgotten after an hour, or ignored."""

    key: str = "ignored"
    shows_key: bool = False  # a post in the list carries the key it was made under
    listing: Listing = Listing.COMPLETE
    refreshable: bool = True
    refuses: bool = False  # it takes nothing
    refuses_duplicates: bool = False
    shortens_links: bool = False
    skew: float = 0.0  # seconds by which its clock is ahead of ours


@dataclass(frozen=True)
class Fault:
    """What happens to one call. `kind` names it; `seconds` is a delay or a wait, where it has one."""

    kind: str
    seconds: float = 0.0


@dataclass(frozen=True)
class Request:
    """One final call as it arrives. `delivery` and `attempt` are for the oracle, not for the platform."""

    account: int
    text: str
    media: int
    key: str
    access: int
    delivery: int
    attempt: int


@dataclass
class Public:
    """A post that is out. `at` is true time; `hidden` counts the looks it was hidden from."""

    id: str
    request: Request | None  # None: a person wrote it on the platform itself
    account: int
    text: str
    media: int
    at: datetime
    hidden: int = 0


@dataclass
class Platform:
    clock: Clock
    tier: Tier = field(default_factory=Tier)
    stale: float = 0.0  # seconds for which a new post is not in the list
    posts: list[Public] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)  # of the next final calls
    look_faults: deque[Fault] = field(default_factory=deque)
    stage_faults: deque[Fault] = field(default_factory=deque)
    refresh_faults: deque[Fault] = field(default_factory=deque)
    late: list[tuple[datetime, Request]] = field(default_factory=list)  # accepted, not yet public
    tokens: int = 0  # issued so far
    access: dict[int, int] = field(default_factory=dict)  # account -> the access token that works
    renewal: dict[int, int] = field(default_factory=dict)  # account -> the refresh token that works

    # ---- access

    def connect(self, account: int) -> tuple[int, int]:
        """A person signs in: new tokens, the old ones are worth nothing."""
        self.access[account] = self.renewal[account] = self._new_token()
        return self.access[account], self.renewal[account]

    def expire(self, account: int) -> None:
        """The access token runs out; the refresh token still works."""
        self.access[account] = -abs(self.access[account])

    def revoke(self, account: int) -> None:
        """Both tokens stop working: somebody took the hub's access away."""
        self.expire(account)
        self.renewal[account] = -abs(self.renewal[account])

    def refresh(self, account: int, token: int) -> tuple[int, int]:
        """New tokens for a refresh token, which is used up by it."""
        fault = _next(self.refresh_faults)
        if fault.kind == "refused connection":
            raise Transient("Not reached.")
        if self.renewal[account] != token:
            raise AuthExpired("The access is gone.")
        fresh = self._new_token()
        self.access[account] = self.renewal[account] = fresh
        if fault.kind == "lost answer":
            raise UnknownOutcome("No answer.")
        return fresh, fresh

    def _new_token(self) -> int:
        self.tokens += 1
        return self.tokens

    # ---- before the final call

    def stage(self, account: int, access: int, media: int) -> dict[str, int]:
        fault = _next(self.stage_faults)
        if fault.kind in {"refused connection", "lost answer"}:
            raise Transient("Not uploaded.")
        if fault.kind == "limited":
            raise RateLimited("Too many.", retry_after=fault.seconds)
        if fault.kind == "refused":
            raise InvalidContent("No such pictures.")
        self._require_access(account, access)
        return {"media": media}

    # ---- the final call

    def publish(self, request: Request) -> Published:
        """Make it public, or not, as the next fault says."""
        fault = _next(self.faults)
        match fault.kind:
            case "refused connection":
                raise Transient("Not reached.")
            case "500 before" | "fault before":
                raise self._broken(fault)
            case "limited":
                raise RateLimited("Too many.", retry_after=fault.seconds)
            case "refused":
                raise InvalidContent("The platform will not take this.")
            case "expired":
                self.expire(request.account)
        self._require_access(request.account, request.access)
        if self.tier.refuses:
            raise InvalidContent("The platform will not take this.")
        if self.tier.refuses_duplicates and self._has_same(request):
            raise Duplicate("Said already.")
        if fault.kind == "late":
            self.late.append((self.clock.now + timedelta(seconds=fault.seconds), request))
            raise UnknownOutcome("No answer.")
        post = self._make_public(request)
        if fault.kind in {"lost answer", "500 after", "fault after"}:
            raise self._broken(fault)
        return Published(post.id, f"https://platform.example/{post.id}")

    def tick(self) -> None:
        """Make public what was accepted earlier and is now ready."""
        ready = [(at, request) for at, request in self.late if at <= self.clock.now]
        self.late = [(at, request) for at, request in self.late if at > self.clock.now]
        for at, request in ready:
            self._make_public(request, at)

    def write_by_hand(self, account: int, text: str, media: int) -> None:
        """The chapter posts something itself, beside the hub."""
        self.posts.append(Public(self._new_id(), None, account, text, media, self.clock.now))

    def _make_public(self, request: Request, at: datetime | None = None) -> Public:
        at = at or self.clock.now
        known = self._under_key(request, at)
        if known is not None:
            return known
        post = Public(self._new_id(), request, request.account, request.text, request.media, at)
        self.posts.append(post)
        return post

    def _under_key(self, request: Request, at: datetime) -> Public | None:
        if self.tier.key == "ignored":
            return None
        for post in self.posts:
            known = self.tier.key == "honoured" or at - post.at <= KEY_REMEMBERED
            if known and post.request is not None and post.request.key == request.key:
                return post
        return None

    def _has_same(self, request: Request) -> bool:
        return any(p.account == request.account and p.text == request.text for p in self.posts)

    def _broken(self, fault: Fault) -> Exception:
        return ValueError("our own code") if fault.kind.startswith("fault") else UnknownOutcome("No answer.")

    def _require_access(self, account: int, access: int) -> None:
        if self.access[account] != access:
            raise AuthExpired("The access ran out.")

    def _new_id(self) -> str:
        return f"post-{len(self.posts) + 1}"

    # ---- reading back

    def read_back(self, account: int, access: int, since: datetime) -> ReadBack:
        """The account's own list since `since`, as far as this platform shows it."""
        fault = _next(self.look_faults)
        if fault.kind == "refused connection":
            raise Transient("Not reached.")
        self._require_access(account, access)
        shown = []
        for post in self.posts:
            if post.account != account or self._told(post.at) < since:
                continue
            if post.at + timedelta(seconds=self.stale) > self.clock.now or self._misses(post):
                post.hidden += 1
                continue
            shown.append(self._seen(post))
        ended_early = fault.kind == "ended early"
        return ReadBack(
            () if ended_early else tuple(reversed(shown)),
            complete=self.tier.listing == Listing.COMPLETE and not ended_early,
        )

    def _seen(self, post: Public) -> Seen:
        key = post.request.key if self.tier.shows_key and post.request is not None else ""
        text = post.text
        if self.tier.shortens_links:
            text = text.replace("https://chapter.example/a/long/way", "https://s.example/x")
        return Seen(
            post.id, f"https://platform.example/{post.id}", self._told(post.at), text, post.media, key
        )

    def _told(self, at: datetime) -> datetime:
        return at + timedelta(seconds=self.tier.skew)

    def _misses(self, post: Public) -> bool:
        return self.tier.listing == Listing.PARTIAL and int(post.id.rpartition("-")[2]) % 2 == 1

    def heal(self) -> None:
        """Nothing goes wrong from here on. What was accepted already still becomes public."""
        for faults in (self.faults, self.look_faults, self.stage_faults, self.refresh_faults):
            faults.clear()
        self.stale = 0.0


def _next(faults: deque[Fault]) -> Fault:
    return faults.popleft() if faults else Fault("none")
