"""What the network knows, in memory: built only by applying events, so replaying the log rebuilds it."""

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from datetime import datetime

from .clock import parse_iso
from .faults import Rule


@dataclass(slots=True)
class Account:
    id: str
    handle: str
    name: str
    followers: int
    created_at: datetime
    admin_token: int | None = None
    order: list = field(default_factory=list)


@dataclass(slots=True)
class Token:
    serial: int
    kind: str
    account: Account
    expires_at: datetime | None
    ended: bool = False


@dataclass(slots=True)
class Media:
    id: str
    account_id: str
    alt: str
    sha256: str
    mime: str
    width: int
    height: int

    def logged(self) -> dict:
        return {
            "id": self.id,
            "alt": self.alt,
            "sha256": self.sha256,
            "mime": self.mime,
            "width": self.width,
            "height": self.height,
        }


@dataclass(slots=True)
class Post:
    id: str
    number: int
    account: Account
    key: str | None
    text: str
    link: str | None
    media: tuple
    created_at: datetime
    imported: bool
    external_key: str | None
    deleted: bool = False

    @property
    def place(self) -> tuple:
        """Where the post stands in a feed, oldest first."""
        return (self.created_at, self.number)


class State:
    def __init__(self):
        self.accounts: dict[str, Account] = {}
        self.handles: dict[str, Account] = {}
        self.tokens: dict[int, Token] = {}
        self.media: dict[str, Media] = {}
        self.posts: dict[str, Post] = {}
        self.by_key: dict[tuple[str, str], Post] = {}
        self.by_external_key: dict[str, Post] = {}
        self.order: list[tuple] = []
        self.rules: list[Rule] = []
        self.settings = {"honour_keys": True}
        self.last_serial = 0

    def apply(self, event: dict, number: int) -> None:
        """Let one event take effect. Events that only tell (a refused request) change nothing."""
        change = getattr(self, f"_on_{event['event']}", None)
        if change:
            change(event, number)

    def account(self, name) -> Account | None:
        """By handle (with or without @) or id."""
        if not isinstance(name, str):
            return None
        return self.handles.get(name.strip().removeprefix("@").lower()) or self.accounts.get(name)

    def live_post(self, post_id) -> Post | None:
        post = self.posts.get(post_id)
        return None if post is None or post.deleted else post

    def newest(self, limit: int, *, account: Account | None = None, before: Post | None = None) -> list[Post]:
        """Published posts, newest first, at most `limit`, older than `before`."""
        order = account.order if account else self.order
        end = bisect_left(order, before.place) if before else len(order)
        return [self.posts[post_id] for *_, post_id in reversed(order[max(0, end - limit) : end])]

    def _on_account(self, event, number):
        account = Account(
            event["id"], event["handle"], event["name"], event["followers"], parse_iso(event["created_at"])
        )
        self.accounts[account.id] = self.handles[account.handle] = account

    def _on_token(self, event, number):
        if event["action"] == "issued":
            account = self.accounts[event["account_id"]]
            expires_at = parse_iso(event["expires_at"]) if event["expires_at"] else None
            token = Token(event["token"], event["kind"], account, expires_at)
            self.tokens[token.serial] = token
            self.last_serial = max(self.last_serial, token.serial)
            if event["via"] == "admin":
                account.admin_token = token.serial
        else:
            for serial in event["tokens"]:
                self.tokens[serial].ended = True

    def _on_media(self, event, number):
        self.media[event["id"]] = Media(
            event["id"],
            event["account_id"],
            event["alt"],
            event["sha256"],
            event["mime"],
            event["width"],
            event["height"],
        )

    def _on_post(self, event, number):
        account = self.accounts[event["account_id"]]
        post = Post(
            id=event["id"],
            number=number,
            account=account,
            key=event["idempotency_key"],
            text=event["text"],
            link=event["link"],
            media=tuple(self.media[item["id"]] for item in event["media"]),
            created_at=parse_iso(event["created_at"]),
            imported=event["imported"],
            external_key=event.get("external_key"),
        )
        self.posts[post.id] = post
        if post.key:
            self.by_key.setdefault((account.id, post.key), post)
        if post.external_key:
            self.by_external_key[post.external_key] = post
        for order in (self.order, account.order):
            insort(order, (*post.place, post.id))

    def _on_delete(self, event, number):
        post = self.posts[event["id"]]
        post.deleted = True
        for order in (self.order, post.account.order):
            del order[bisect_left(order, post.place)]

    def _on_faults(self, event, number):
        self.rules = [Rule.from_dict(rule) for rule in event["rules"]]

    def _on_fault_applied(self, event, number):
        for rule in self.rules:
            if rule.id == event["rule"] and rule.left is not None:
                rule.left -= 1
        self.rules = [rule for rule in self.rules if rule.left is None or rule.left > 0]

    def _on_settings(self, event, number):
        self.settings.update(event["settings"])
