"""What the network knows, in memory: built only by applying events, so replaying the log rebuilds it."""

from array import array
from bisect import bisect_left, insort
from dataclasses import dataclass, field
from datetime import datetime

from .clock import parse_iso
from .faults import Rule
from .labels import as_here
from .traits import TRAITS


@dataclass(slots=True)
class Account:
    id: str
    handle: str
    name: str
    followers: int
    created_at: datetime
    admin_token: int | None = None
    order: list = field(default_factory=list)
    traits: dict = field(default_factory=dict)
    tokens: list = field(default_factory=list)
    # the numbers of its posts' lines in the log, in the order they were published
    commits: array = field(default_factory=lambda: array("Q"))
    # when each text was last published
    said: dict = field(default_factory=dict)
    # of a platform's stand-in: which, what it is there, its name there, and whose it is (an account's id)
    network: str = ""
    kind: str = ""
    username: str = ""
    owner: str = ""
    # traits that its platform usually has
    usual: dict = field(default_factory=dict)
    # every post it published, deleted ones too, and every thing it made
    posts: list = field(default_factory=list)
    things: list = field(default_factory=list)


@dataclass(slots=True)
class Token:
    serial: int
    kind: str
    account: Account
    expires_at: datetime | None
    # how it ended (expired, revoked, spent), and when
    ended: str = ""
    ended_at: datetime | None = None
    # the serials of the access and refresh token that a spent refresh token was traded for
    successors: tuple = ()
    issued_at: datetime | None = None
    # of a stand-in's token: what it may do, and what it is
    facts: dict = field(default_factory=dict)


@dataclass(slots=True)
class Media:
    id: str
    account_id: str
    alt: str
    sha256: str
    mime: str
    width: int
    height: int
    uploaded_at: datetime

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
    # what the platform's stand-in knows of it besides
    facts: dict = field(default_factory=dict)

    @property
    def place(self) -> tuple:
        """Where the post stands in a feed, oldest first."""
        return (self.created_at, self.number)


@dataclass(slots=True)
class Pending:
    """A post that was received, and is to be published later."""

    id: str
    account: Account
    key: str | None
    text: str
    link: str | None
    media: tuple
    received_at: str
    due_at: datetime
    post_id: str = ""
    facts: dict = field(default_factory=dict)


@dataclass(slots=True)
class Thing:
    """What a stand-in keeps besides posts: a container, an upload, a registered app."""

    id: str
    kind: str
    account: Account | None
    created_at: datetime
    data: dict


def posted_from(facts: dict) -> tuple[str, ...]:
    """The container, and the photos uploaded before, that a post of a stand-in is made from."""
    container = facts.get("container")
    return (*((container,) if container else ()), *facts.get("photos", ()))


class State:
    """`usual` are traits that differ from what they usually are on this network."""

    def __init__(self, usual: dict | None = None):
        self.usual = {name: trait.usual for name, trait in TRAITS.items()} | (usual or {})
        # what was set for all accounts
        self.traits: dict = {}
        self.accounts: dict[str, Account] = {}
        self.handles: dict[str, Account] = {}
        self.tokens: dict[int, Token] = {}
        self.media: dict[str, Media] = {}
        self.posts: dict[str, Post] = {}
        self.by_key: dict[tuple[str, str], Post] = {}
        self.by_external_key: dict[str, Post] = {}
        self.order: list[tuple] = []
        self.rules: list[Rule] = []
        self.pending: dict[str, Pending] = {}
        self.things: dict[str, Thing] = {}
        # the post that each container, or photo uploaded before, became
        self.by_container: dict[str, Post] = {}
        self.usernames: dict[str, list[Account]] = {}
        self.last_serial = 0

    def apply(self, event: dict, number: int) -> None:
        """Let one event take effect. Events that only tell (a refused request) change nothing."""
        change = getattr(self, f"_on_{event['event']}", None)
        if change:
            change(event, number)

    def account(self, name) -> Account | None:
        """By handle (with or without @), id, or the name on its platform if no other account has it."""
        if not isinstance(name, str):
            return None
        name = as_here(name.strip())
        cleaned = name.removeprefix("@").lower()
        named = self.usernames.get(cleaned, ())
        only = named[0] if len(named) == 1 else None
        return self.handles.get(cleaned) or self.accounts.get(name) or only

    def trait(self, account: Account | None, name: str):
        """The account's own trait, else that of all accounts, else its platform's, else the usual one."""
        if account and name in account.traits:
            return account.traits[name]
        return self.shared_trait(account, name)

    def shared_trait(self, account: Account | None, name: str):
        """What would hold for the account if it had no trait of its own."""
        if name in self.traits:
            return self.traits[name]
        return account.usual.get(name, self.usual[name]) if account else self.usual[name]

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
        for name in ("network", "kind", "username", "owner", "usual"):
            if name in event:
                setattr(account, name, event[name])
        self.accounts[account.id] = self.handles[account.handle] = account
        if account.username:
            self.usernames.setdefault(account.username, []).append(account)

    def _on_token(self, event, number):
        if event["action"] == "issued":
            account = self.accounts[event["account_id"]]
            expires_at = parse_iso(event["expires_at"]) if event["expires_at"] else None
            token = Token(event["token"], event["kind"], account, expires_at)
            token.issued_at, token.facts = parse_iso(event["received_at"]), event.get("facts", {})
            self.tokens[token.serial] = token
            account.tokens.append(token)
            self.last_serial = max(self.last_serial, token.serial)
            if event["via"] == "admin":
                account.admin_token = token.serial
        else:
            for serial in event["tokens"]:
                token = self.tokens[serial]
                token.ended, token.ended_at = event["action"], parse_iso(event["received_at"])
                token.successors = tuple(event.get("successors", ()))

    def _on_media(self, event, number):
        self.media[event["id"]] = Media(
            event["id"],
            event["account_id"],
            event["alt"],
            event["sha256"],
            event["mime"],
            event["width"],
            event["height"],
            parse_iso(event["received_at"]),
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
            facts=event.get("facts", {}),
        )
        self.posts[post.id] = post
        if post.key:
            self.by_key[account.id, post.key] = post
        for container in posted_from(post.facts):
            self.by_container[container] = post
        if post.external_key:
            self.by_external_key[post.external_key] = post
        for order in (self.order, account.order):
            insort(order, (*post.place, post.id))
        account.commits.append(number)
        account.posts.append(post)
        account.said[post.text] = max(post.created_at, account.said.get(post.text, post.created_at))
        if event.get("late"):
            self.pending.pop(event["late"], None)

    def _on_pending(self, event, number):
        self.pending[event["id"]] = Pending(
            id=event["id"],
            account=self.accounts[event["account_id"]],
            key=event["idempotency_key"],
            text=event["text"],
            link=event["link"],
            media=tuple(self.media[media_id] for media_id in event["media"]),
            received_at=event["received_at"],
            due_at=parse_iso(event["due_at"]),
            post_id=event.get("post_id", ""),
            facts=event.get("facts", {}),
        )

    def _on_pending_ended(self, event, number):
        self.pending.pop(event["id"], None)

    def _on_edit(self, event, number):
        self.posts[event["id"]].text = event["text"]

    def _on_delete(self, event, number):
        post = self.posts[event["id"]]
        post.deleted = True
        for order in (self.order, post.account.order):
            del order[bisect_left(order, post.place)]

    def _on_thing(self, event, number):
        """A stand-in's thing is made, or more is known of it."""
        if known := self.things.get(event["id"]):
            known.data.update(event["data"])
            return
        account = self.accounts.get(event.get("account_id"))
        made_at = parse_iso(event["received_at"])
        thing = Thing(event["id"], event["kind"], account, made_at, dict(event["data"]))
        self.things[thing.id] = thing
        if account:
            account.things.append(thing)

    def _on_thing_gone(self, event, number):
        self.things.pop(event["id"], None)

    def _on_faults(self, event, number):
        self.rules = [Rule.from_dict(rule) for rule in event["rules"]]

    def _on_fault_applied(self, event, number):
        for rule in self.rules:
            if rule.id == event["rule"] and rule.left is not None:
                rule.left -= 1
        self.rules = [rule for rule in self.rules if rule.left is None or rule.left > 0]

    def _on_traits(self, event, number):
        traits = self.accounts[event["account_id"]].traits if event["account_id"] else self.traits
        for name, value in event["traits"].items():
            traits.pop(name, None)
            if value is not None:
                traits[name] = value

    def _on_traits_reset(self, event, number):
        self.traits.clear()
        for account in self.accounts.values():
            account.traits.clear()

    def _on_settings(self, event, number):
        """Logs written before there were traits have one setting."""
        self.traits["keys"] = "honoured" if event["settings"]["honour_keys"] else "ignored"
