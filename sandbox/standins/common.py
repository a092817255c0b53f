"""What all stand-ins share: hosts and calls, the practice app, accounts, tokens, fields and publishing."""

import functools
import hashlib
import hmac
import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qsl

from aiohttp import web

from .. import accounts, late, posts
from ..body import read_bytes
from ..clock import iso, now
from ..counts import starting_followers
from ..errors import Dropped, Refusal, invalid
from ..gate import pass_through
from ..html import render
from ..keys import ACCOUNT, BODY, KIND, LATE, NETWORK, OUTCOME, RECEIVED_AT, SHAPE
from ..limits import ACCOUNTS_MAX, check_handle, check_name
from ..misbehaving import check_token
from ..network import Network
from ..posts import Draft
from ..state import Account, Post, Thing, Token
from ..telling import tell

FIELDS_MAX, FIELDS_COUNT = 1024 * 1024, 200
DAY = 24 * 3600


@dataclass(frozen=True)
class Platform:
    """One platform as its stand-in has it.

    `name` is what accounts carry, `scopes` what a person reads about each permission, `make_id` gives the id
    of a new account from its kind and handle. `kinds` are what an account can be; the first is who signs in.
    """

    name: str
    label: str
    scopes: dict[str, str]
    make_id: Callable[[str, str], str]
    kinds: tuple[str, ...] = ("account",)
    # traits that its accounts usually have
    traits: dict = field(default_factory=dict)
    # makes the token that the operator is given for an account: (network, account) -> text
    operator_token: Callable[[Network, Account], str] | None = None


# by name; filled by the package
PLATFORMS: dict[str, Platform] = {}


@dataclass(frozen=True)
class App:
    """An app that may ask people for access. `redirects` None: any address the network may return to."""

    id: str
    secret: str
    redirects: tuple[str, ...] | None = None
    scopes: tuple[str, ...] | None = None


PRACTICE_APP = App("practice", "practice")


def is_secret_of(app: App, given: str) -> bool:
    return hmac.compare_digest(app.secret.encode(), given.encode("utf-8", "surrogateescape"))


@dataclass(frozen=True)
class Route:
    """One call. `kind` is what it is for (a value of `faults.KINDS`, or empty); a page is for a browser.

    `identify` and `shape` are the host's unless the call has its own.
    """

    method: str
    path: str
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    kind: str = ""
    page: bool = False
    identify: Callable[[web.Request], Awaitable[None]] | None = None
    shape: Callable[[Refusal], web.Response] | None = None


@dataclass(frozen=True)
class Host:
    """What answers at `/as/<name>/`.

    `identify` finds who calls, sets `request[ACCOUNT]` and `request[TOKEN]`, may refine `request[KIND]`, and
    raises Refusal. `shape` writes a refusal as this platform does.
    """

    name: str
    routes: tuple[Route, ...]
    shape: Callable[[Refusal], web.Response] = Refusal.as_json
    identify: Callable[[web.Request], Awaitable[None]] | None = None


def make_host(network: Network, host: Host) -> web.Application:
    @web.middleware
    async def nothing_here(request, handler):
        """Unknown addresses and methods are refused as the platform refuses them."""
        try:
            return await handler(request)
        except web.HTTPException as error:
            if error.status not in (404, 405):
                raise
            refusal = Refusal(error.status, "unknown_path", f"Unknown path or method: {request.method}.")
            return host.shape(refusal)

    app = web.Application(middlewares=[nothing_here])
    app[NETWORK] = network
    for route in host.routes:
        answered = _show if route.page else _call
        app.router.add_route(route.method, route.path, functools.partial(answered, host, route))
    return app


async def _show(host: Host, route: Route, request: web.Request) -> web.StreamResponse:
    try:
        return await route.handler(request)
    except Refusal as refusal:
        return render(request, "refused.html", status=refusal.status, refusal=refusal)


async def _call(host: Host, route: Route, request: web.Request) -> web.StreamResponse:
    request[SHAPE], request[KIND] = route.shape or host.shape, route.kind
    return await pass_through(request, route.handler, route.identify or host.identify or _nobody)


async def _nobody(request):
    """Calls of this host name no account."""


# accounts


def create_account(
    network: Network, platform: Platform, *, username, name, kind="", owner=None, followers=None
) -> Account:
    """A new account on this platform; its handle here is `username@platform`. Raises Refusal.

    `owner` is the account of the person whose Page or organization it is.
    """
    username, name = check_handle(username), check_name(name)
    kind = kind or platform.kinds[0]
    if kind not in platform.kinds:
        raise invalid("bad_kind", f"An account of {platform.label} is one of: {', '.join(platform.kinds)}.")
    handle = f"{username}@{platform.name}"
    if handle in network.state.handles:
        raise Refusal(422, "taken", "This name is taken. Choose it, or take another.", field="handle")
    if len(network.state.accounts) >= ACCOUNTS_MAX:
        raise Refusal(403, "too_many_accounts", f"This network has its {ACCOUNTS_MAX} accounts already.")
    account_id = platform.make_id(kind, handle)
    network.record(
        "account",
        id=account_id,
        handle=handle,
        name=name,
        followers=starting_followers(handle) if followers is None else followers,
        created_at=iso(now()),
        network=platform.name,
        kind=kind,
        username=username,
        owner=owner.id if owner else "",
        usual=platform.traits,
    )
    return network.state.accounts[account_id]


def accounts_of(network: Network, platform: str, kind: str) -> list[Account]:
    """The platform's accounts of this kind, by name."""
    found = [one for one in network.state.accounts.values() if (one.network, one.kind) == (platform, kind)]
    return sorted(found, key=lambda account: account.name.casefold())


def find_account(network: Network, platform: str, username) -> Account | None:
    """By its name on the platform."""
    return network.state.handles.get(f"{username}@{platform}".lower()) if isinstance(username, str) else None


def owned_by(network: Network, person: Account) -> list[Account]:
    """The Pages or organizations of a person, by name."""
    found = [one for one in network.state.accounts.values() if one.owner == person.id]
    return sorted(found, key=lambda account: account.name.casefold())


def number_from(text: str, digits: int) -> str:
    """A decimal number of so many digits that depends on the text alone."""
    first = int(hashlib.sha256(text.encode()).hexdigest(), 16)
    return str(10 ** (digits - 1) + first % (9 * 10 ** (digits - 1)))


def new_number(digits: int) -> str:
    """A fresh decimal id of so many digits."""
    return str(10 ** (digits - 1) + secrets.randbelow(9 * 10 ** (digits - 1)))


# tokens


def issue(
    network: Network, account: Account, *, seconds: float | None, kind="access", via="standin", **facts
) -> str:
    """A token of the account that ends in so many seconds; `facts` are kept with it (scopes, use, ...).

    Where the account has the trait `access_lasts`, its access tokens last that long instead.
    """
    if kind == "access":
        seconds = network.state.trait(account, "access_lasts") or seconds
    return accounts.issue(network, account, kind=kind, via=via, seconds=seconds, facts=facts)


def find_token(network: Network, text: str, kind: str = "access", platform: str = "") -> Token | None:
    """The token this text stands for, live or not, if it is one of this platform's accounts."""
    return accounts.find_token(network, text, kind, platform)


def age_of(network: Network, token: Token) -> float:
    """Seconds since it was issued, and what the trait `tokens_older_by` adds."""
    seconds = (now() - token.issued_at).total_seconds()
    return seconds + network.state.trait(token.account, "tokens_older_by")


def seconds_left(token: Token) -> int | None:
    """Until it expires, None for never."""
    return None if token.expires_at is None else max(0, int((token.expires_at - now()).total_seconds()))


def give(network: Network, account: Account, *, seconds: float | None, **facts) -> str:
    """A token for the operator, who was asked for it on the account's behalf."""
    return issue(network, account, seconds=seconds, via="admin", **facts)


# grants: what a person allowed on a consent page, until the app trades its code for it


@dataclass(frozen=True)
class Grant:
    platform: str
    account: Account
    app: App
    redirect_uri: str
    scopes: tuple[str, ...]
    # what the app asked for, allowed or not
    asked: tuple[str, ...]
    # ids of the Pages or organizations that the person picked
    picked: tuple[str, ...]
    challenge: str
    until: object


GRANTS_MAX = 1000


def make_grant(network: Network, *, seconds: float = 600, **what) -> str:
    """A single-use code for it."""
    moment = now()
    for code, grant in list(network.grants.items()):
        if grant.until <= moment or len(network.grants) >= GRANTS_MAX:
            del network.grants[code]
    code = secrets.token_urlsafe(32)
    network.grants[code] = Grant(**what, until=moment + timedelta(seconds=seconds))
    return code


def look_at_grant(network: Network, code: str, platform: str) -> Grant | None:
    """What the code stands for; it stays good."""
    grant = network.grants.get(code)
    return grant if grant and grant.platform == platform and grant.until > now() else None


def take_grant(network: Network, code: str, platform: str) -> Grant | None:
    """What the code stands for; it is burnt by this, also when it is too old."""
    grant = look_at_grant(network, code, platform)
    network.grants.pop(code, None)
    return grant


# fields


async def read_fields(request: web.Request, most: int = FIELDS_MAX) -> dict:
    """The body as form fields or as a JSON object; kept in `request[BODY]`. Raises Refusal.

    A field that is given twice is refused. Multipart is not read here.
    """
    if request.content_type == "multipart/form-data":
        return {}
    request[BODY] = await read_bytes(request, most)
    if not request[BODY]:
        return {}
    if request.content_type == "application/x-www-form-urlencoded":
        return once(_form(request[BODY]))
    if request.content_type != "application/json":
        raise Refusal(415, "bad_content_type", "The body is neither a form nor JSON.")
    try:
        data = json.loads(_utf8(request[BODY]))
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "bad_json", "The body is not JSON.") from error
    if not isinstance(data, dict):
        raise Refusal(400, "bad_json", "The body is not a JSON object.")
    return data


def _form(raw: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(_utf8(raw), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_COUNT)
    except ValueError as error:
        raise Refusal(400, "bad_form", "The form is not readable, or has too many fields.") from error


def _utf8(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal(400, "bad_encoding", "The body is not UTF-8.") from error


def once(pairs) -> dict:
    """The pairs as a dict. Raises Refusal for a name that comes twice."""
    found = {}
    for name, value in pairs:
        if name in found:
            raise Refusal(400, "repeated_field", f"The field {name[:40]} is given twice.")
        found[name] = value
    return found


# things


def keep(network: Network, thing_id: str, kind: str, account: Account | None, **data) -> Thing:
    """Make a thing of the stand-in's own (a container, an upload), or add to what is known of it."""
    network.record(
        "thing",
        id=thing_id,
        kind=kind,
        account=account.handle if account else None,
        account_id=account.id if account else None,
        data=data,
    )
    return network.state.things[thing_id]


def find_thing(network: Network, thing_id, kind: str) -> Thing | None:
    thing = network.state.things.get(thing_id) if isinstance(thing_id, str) else None
    return thing if thing and thing.kind == kind else None


# publishing


async def publish(
    request: web.Request, draft: Draft, *, post_id: str, key: str | None = None, **facts
) -> tuple[Post, bool]:
    """Publish for the account that calls; and whether it was the repeat of a key.

    To be called once everything is checked. `facts` are kept with the post; `container` among them is found
    by `state.by_container`. Raises Refusal (duplicate, or the token ended meanwhile) and Dropped.
    """
    network, account = request.app[NETWORK], request[ACCOUNT]
    if LATE in request:
        _publish_later(request, draft, key, post_id, facts)
    post, repeat = await posts.accept(
        network,
        account,
        draft,
        key=key,
        received_at=request[RECEIVED_AT],
        still_allowed=lambda: check_token(request),
        **posts.of_standin(post_id, facts),
    )
    request[OUTCOME]["post_id"] = post.id
    if repeat:
        request[OUTCOME].update(repeat=True, differs=posts.differs(post, draft))
    return post, repeat


def _publish_later(request, draft, key, post_id, facts):
    """Raises Dropped."""
    network, account, outcome = request.app[NETWORK], request[ACCOUNT], request[OUTCOME]
    if earlier := posts.repeat_of(network, account, key):
        outcome.update(post_id=earlier.id, repeat=True)
        tell(request, "dropped_after_accept")
        raise Dropped
    outcome["late"] = late.plan(
        network,
        account,
        draft,
        key=key,
        received_at=request[RECEIVED_AT],
        seconds=request[LATE],
        **posts.of_standin(post_id, facts),
    )
    tell(request, "dropped_to_commit_later")
    raise Dropped
