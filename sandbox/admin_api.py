"""The operator's API: make accounts, import backdated posts, set faults, read the log."""

import hmac
from datetime import timedelta

from aiohttp import web

from . import accounts, media, posts
from .body import read_json
from .clock import iso, now, parse_iso
from .errors import Refusal, invalid
from .faults import parse_rules
from .keys import NETWORK
from .limits import IMAGES_MAX, check_alt
from .network import Network
from .standins import PLATFORMS
from .standins import common as standins
from .traits import parse_traits, set_traits

IMPORT_BYTES_MAX = 96 * 1024 * 1024
IMPORT_POSTS_MAX = 2000
CLOCK_SLACK = timedelta(minutes=5)


@web.middleware
async def admin_only(request, handler):
    key = request.app[NETWORK].config.admin_key
    if not key:
        raise Refusal(403, "admin_off", "The admin API is off. Start the network with --admin-key to use it.")
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    matches = hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), key.encode())
    if scheme.lower() != "bearer" or not matches:
        raise Refusal(
            401, "invalid_key", "This is not the admin key.", headers={"WWW-Authenticate": "Bearer"}
        )
    return await handler(request)


async def post_accounts(request):
    network = request.app[NETWORK]
    data = await read_json(request)
    if data.get("network"):
        account, token = _create_at_standin(network, data)
    else:
        account, _ = accounts.create_account(
            network, handle=data.get("handle"), name=data.get("name"), followers=data.get("followers")
        )
        token = accounts.admin_token(network, account)
    body = {
        "id": account.id,
        "handle": account.handle,
        "name": account.name,
        "token": token,
        "url": network.account_url(account),
    }
    return web.json_response(body, status=201)


def _create_at_standin(network, data):
    """An account of a platform's stand-in, and a token with all its scopes.

    `handle` is its name there, `kind` what it is, `owner` the account that a Page or organization belongs to.
    """
    platform = PLATFORMS.get(data["network"]) if isinstance(data["network"], str) else None
    if platform is None:
        raise invalid("bad_network", f"“network” is one of: {', '.join(PLATFORMS)}.", "network")
    owner = network.require_account(data["owner"]) if data.get("owner") else None
    account = standins.find_account(network, platform.name, data.get("handle")) or standins.create_account(
        network,
        platform,
        username=data.get("handle"),
        name=data.get("name"),
        kind=data.get("kind") or "",
        owner=owner,
        followers=data.get("followers"),
    )
    return account, platform.operator_token(network, account) if platform.operator_token else ""


async def post_import(request):
    """All or nothing: everything is checked before the first post is taken in."""
    network = request.app[NETWORK]
    data = await read_json(request, IMPORT_BYTES_MAX)
    items = data.get("posts")
    if not isinstance(items, list) or len(items) > IMPORT_POSTS_MAX:
        raise invalid(
            "bad_import", f"Send {{“posts”: [...]}} with at most {IMPORT_POSTS_MAX} posts.", "posts"
        )
    checked = []
    for place, item in enumerate(items):
        try:
            checked.append(await _check_item(network, item))
        except Refusal as refusal:
            raise Refusal(
                422,
                refusal.code,
                f"Post {place + 1}: {refusal.message}",
                field=f"posts[{place}].{refusal.field}",
            ) from refusal
    answers = []
    for external_key, account, draft, created_at, pictures in checked:
        post = network.state.by_external_key.get(external_key)
        if post is None:
            stored = [await media.store(network, account, picture, alt) for picture, alt in pictures]
            # storing waits for the disk, so the same key may have come in meanwhile
            post = network.state.by_external_key.get(external_key)
        if post is None:
            draft.media = tuple(stored)
            post = posts.accept_import(
                network, account, draft, created_at=created_at, external_key=external_key
            )
        answers.append({"external_key": external_key, "id": post.id, "url": network.post_url(post)})
    return web.json_response({"posts": answers})


async def _check_item(network, item):
    if not isinstance(item, dict):
        raise invalid("bad_import", "A post is an object.", "post")
    key = item.get("external_key")
    if not isinstance(key, str) or not 1 <= len(key) <= 200 or not key.isascii() or not key.isprintable():
        raise invalid("bad_key", "“external_key” is 1 to 200 printable ASCII characters.", "external_key")
    account = network.state.account(item.get("account"))
    if account is None:
        raise invalid("unknown_account", "No account has this handle.", "account")
    pictures = [] if key in network.state.by_external_key else await _check_pictures(network, item)
    text = item.get("text") or ""
    # the check wants a body; a picture alone is one
    draft = posts.check_draft(
        network, account, text=text or ("·" if pictures else ""), link=item.get("link"), media_ids=[]
    )
    draft.text = text
    return key, account, draft, _check_moment(item.get("created_at")), pictures


async def _check_pictures(network, item):
    given = item.get("media") or []
    if (
        not isinstance(given, list)
        or len(given) > IMAGES_MAX
        or not all(isinstance(one, dict) for one in given)
    ):
        raise invalid("too_many_images", f"“media” is a list of at most {IMAGES_MAX} objects.", "media")
    pictures = []
    for one in given:
        alt = check_alt(one.get("alt") or "")
        picture = await media.decode_aside(network, media.decode_base64(one.get("data_base64")))
        pictures.append((picture, alt))
    return pictures


def _check_moment(text):
    try:
        moment = parse_iso(text)
    except ValueError as error:
        raise invalid("bad_time", "“created_at” is not an ISO time.", "created_at") from error
    if moment > now() + CLOCK_SLACK or moment.year < 2000:
        raise invalid("bad_time", "“created_at” must lie between the year 2000 and now.", "created_at")
    return moment


async def get_faults(request):
    return web.json_response({"rules": [rule.as_dict() for rule in request.app[NETWORK].state.rules]})


async def put_faults(request):
    network = request.app[NETWORK]
    rules = parse_rules(network.state, await read_json(request), network.log.length + 1)
    network.set_rules(rules, by="admin")
    return await get_faults(request)


async def delete_faults(request):
    request.app[NETWORK].set_rules([], by="admin")
    return await get_faults(request)


async def get_traits(request):
    """What holds for all accounts, in full, and what was set for single ones."""
    state = request.app[NETWORK].state
    own = {account.handle: account.traits for account in state.accounts.values() if account.traits}
    return web.json_response({"all": state.usual | state.traits, "accounts": own})


async def put_traits(request):
    """Set traits of one account, or of all; null gives a trait back to what holds for all, or usually."""
    network = request.app[NETWORK]
    data = await read_json(request)
    account = None if data.get("account") is None else network.require_account(data["account"])
    set_traits(network, account, parse_traits(data.get("traits")), by="admin")
    return await get_traits(request)


async def delete_traits(request):
    request.app[NETWORK].record("traits_reset", by="admin")
    return await get_traits(request)


async def get_settings(request):
    """One trait of all accounts under its old name: whether keys are honoured."""
    honoured = request.app[NETWORK].state.trait(None, "keys") == "honoured"
    return web.json_response({"honour_keys": honoured})


async def put_settings(request):
    data = await read_json(request)
    if set(data) - {"honour_keys"} or not all(isinstance(value, bool) for value in data.values()):
        raise invalid("bad_settings", "The settings are: honour_keys (true or false).", "honour_keys")
    if data:
        keys = "honoured" if data["honour_keys"] else "ignored"
        set_traits(request.app[NETWORK], None, {"keys": keys}, by="admin")
    return await get_settings(request)


async def get_commits(request):
    """The log's lines of the posts that an account published, deleted ones too, oldest first."""
    network = request.app[NETWORK]
    account = network.require_account(request.query.get("account"))
    body = b'{"posts":' + network.log.read_lines(account.commits) + b"}"
    return web.Response(body=body, content_type="application/json")


async def get_pending(request):
    """Posts that are to be published later, the next one first."""
    pending = sorted(request.app[NETWORK].state.pending.values(), key=lambda one: one.due_at)
    told = [
        {
            "id": one.id,
            "account": one.account.handle,
            "text": one.text,
            "idempotency_key": one.key,
            "received_at": one.received_at,
            "due_at": iso(one.due_at),
        }
        for one in pending
    ]
    return web.json_response({"pending": told})


async def get_log(request):
    """Events after number N, as they stand in the log; all of them unless `limit` is given."""
    network = request.app[NETWORK]
    after = _number(request, "after", 0)
    limit = _number(request, "limit", None)
    events, last = network.log.read_after(after, limit)
    body = b'{"events":' + events + b',"next":' + str(last).encode() + b"}"
    return web.Response(body=body, content_type="application/json")


def _number(request, name, default):
    text = request.query.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise invalid("bad_number", f"“{name}” is a whole number from 0.", name)
    return int(text)


async def post_expire(request):
    network = request.app[NETWORK]
    data = await read_json(request)
    account = network.require_account(data.get("account"))
    return web.json_response({"expired": accounts.expire_access(network, account, by="admin")})


async def post_revoke(request):
    """Take an account's access tokens back, and with {"refresh": true} its refresh tokens."""
    network = request.app[NETWORK]
    data = await read_json(request)
    account = network.require_account(data.get("account"))
    refresh = data.get("refresh", False)
    if not isinstance(refresh, bool):
        raise invalid("bad_refresh", "“refresh” is true or false.", "refresh")
    return web.json_response({"revoked": accounts.revoke(network, account, refresh=refresh, by="admin")})


async def post_issue(request):
    """A pair as an app gets it from the connect page."""
    network = request.app[NETWORK]
    data = await read_json(request)
    account = network.require_account(data.get("account"))
    if account.network:
        token = _issue_at_standin(network, account, data)
        return web.json_response({"access_token": token, "token_type": "Bearer"}, status=201)
    return web.json_response(accounts.issue_pair(network, account, via="operator"), status=201)


def _issue_at_standin(network, account, data) -> str:
    """A token with all scopes, or with those given in `scopes`."""
    scopes = data.get("scopes")
    if scopes is None and (give := PLATFORMS[account.network].operator_token):
        return give(network, account)
    if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
        raise invalid("bad_scopes", "“scopes” is a list of names.", "scopes")
    return standins.give(network, account, seconds=standins.DAY, scopes=scopes, use=data.get("use", "long"))


def make_admin_api(network: Network) -> web.Application:
    admin = web.Application(middlewares=[admin_only])
    admin[NETWORK] = network
    admin.add_routes(
        [
            web.post("/accounts", post_accounts),
            web.post("/import", post_import),
            web.get("/faults", get_faults),
            web.put("/faults", put_faults),
            web.delete("/faults", delete_faults),
            web.get("/traits", get_traits),
            web.put("/traits", put_traits),
            web.delete("/traits", delete_traits),
            web.get("/settings", get_settings),
            web.put("/settings", put_settings),
            web.get("/log", get_log),
            web.get("/commits", get_commits),
            web.get("/pending", get_pending),
            web.post("/tokens/expire", post_expire),
            web.post("/tokens/revoke", post_revoke),
            web.post("/tokens/issue", post_issue),
        ]
    )
    return admin
