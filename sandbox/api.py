"""The account API: what a hub's adapter speaks, with a Bearer token that stands for one account."""

from aiohttp import web

from . import late, media, posts, reading
from .body import read_json
from .clock import iso, now, parse_iso
from .counts import counts, followers
from .errors import Dropped, Refusal, invalid, not_found
from .gate import gate
from .keys import ACCOUNT, LATE, NETWORK, OUTCOME, RECEIVED_AT
from .limits import LIMITS
from .misbehaving import check_token
from .network import Network
from .state import Post
from .telling import tell

PAGE, PAGE_MAX = 40, 100


async def get_limits(request):
    return web.json_response(LIMITS | {"listing": _trait(request, "listing")})


async def get_me(request):
    network, account = request.app[NETWORK], request[ACCOUNT]
    return web.json_response(
        {
            "id": account.id,
            "handle": account.handle,
            "name": account.name,
            "followers": followers(account, now()),
            "url": network.account_url(account),
        }
    )


async def post_media(request):
    network = request.app[NETWORK]
    data, alt = await media.read_upload(request)
    picture = await media.decode_aside(network, data)
    stored = await media.store(network, request[ACCOUNT], picture, alt)
    return web.json_response(_describe_media(request, stored), status=201)


async def get_media(request):
    found = request.app[NETWORK].state.media.get(request.match_info["media_id"])
    if found is None or found.account_id != request[ACCOUNT].id:
        raise not_found("This account has no such image.")
    return web.json_response(_describe_media(request, found))


def _describe_media(request, item) -> dict:
    ready = reading.is_ready(request.app[NETWORK].state, request[ACCOUNT], item, now())
    return {
        "id": item.id,
        "type": item.mime,
        "width": item.width,
        "height": item.height,
        "state": "ready" if ready else "processing",
    }


async def post_posts(request):
    network, account, outcome = request.app[NETWORK], request[ACCOUNT], request[OUTCOME]
    data = await read_json(request)
    key = posts.check_key(request.headers.get("Idempotency-Key"))
    draft = posts.check_draft(
        network,
        account,
        text=data.get("text") or "",
        link=data.get("link"),
        media_ids=data.get("media_ids") or [],
    )
    if LATE in request:
        _publish_later(request, draft, key)
    post, repeat = await posts.accept(
        network,
        account,
        draft,
        key=key,
        received_at=request[RECEIVED_AT],
        still_allowed=lambda: check_token(request),
    )
    outcome["post_id"] = post.id
    if repeat:
        outcome.update(repeat=True, differs=posts.differs(post, draft))
    created_at = reading.shown_time(network.state, post)
    body = {"id": post.id, "url": network.post_url(post), "created_at": iso(created_at)}
    return web.json_response(body, status=200 if repeat else 201)


def _publish_later(request, draft, key):
    """Raises Dropped. A key that is known already makes no post, neither now nor later."""
    network, account, outcome = request.app[NETWORK], request[ACCOUNT], request[OUTCOME]
    if earlier := posts.repeat_of(network, account, key):
        outcome.update(post_id=earlier.id, repeat=True)
        tell(request, "dropped_after_accept")
    else:
        outcome["late"] = late.plan(
            network, account, draft, key=key, received_at=request[RECEIVED_AT], seconds=request[LATE]
        )
        tell(request, "dropped_to_commit_later")
    raise Dropped


async def get_posts(request):
    """The account's own posts, newest first: made `since` a moment and before the post `before`."""
    network, account = request.app[NETWORK], request[ACCOUNT]
    _listing_allowed(request)
    found, more = reading.page(
        network.state,
        account,
        since=_since(request),
        before=_before(request),
        limit=_limit(request),
        moment=now(),
    )
    return web.json_response({"posts": [describe(network, post) for post in found], "more": more})


async def get_post(request):
    network = request.app[NETWORK]
    _listing_allowed(request)
    post = _own_post(request)
    if not reading.is_visible(network.state, post, now()):
        raise not_found("This account has no such post.")
    return web.json_response(describe(network, post))


async def delete_post(request):
    post = _own_post(request)
    posts.delete(request.app[NETWORK], post)
    return web.json_response({"id": post.id, "deleted": True})


def describe(network: Network, post: Post) -> dict:
    """A post as its account is shown it."""
    state, account, moment = network.state, post.account, now()
    described = {
        "id": post.id,
        "url": network.post_url(post),
        "text": reading.shown_text(state, account, post.text),
        "link": reading.shown_link(state, account, post.link),
        "media": [{"id": item.id, "alt": item.alt} for item in reading.ready_media(state, post, moment)],
        "created_at": iso(reading.shown_time(state, post)),
        "counts": counts(post, moment),
    }
    if state.trait(account, "show_keys"):
        described["idempotency_key"] = post.key
    return described


def _trait(request, name):
    return request.app[NETWORK].state.trait(request[ACCOUNT], name)


def _listing_allowed(request):
    if _trait(request, "listing") == "none":
        raise Refusal(403, "no_listing", "This account's posts can't be read here.")


def _own_post(request) -> Post:
    post = request.app[NETWORK].state.live_post(request.match_info["post_id"])
    if post is None or post.account is not request[ACCOUNT]:
        raise not_found("This account has no such post.")
    return post


def _since(request):
    if "since" not in request.query:
        return None
    try:
        return parse_iso(request.query["since"])
    except ValueError as error:
        raise invalid("bad_time", "“since” is not an ISO time.", "since") from error


def _before(request) -> Post | None:
    """The post named by `before`; it may have been deleted since."""
    if "before" not in request.query:
        return None
    post = request.app[NETWORK].state.posts.get(request.query["before"])
    if post is None or post.account is not request[ACCOUNT]:
        raise invalid("unknown_post", "“before” is not a post of this account.", "before")
    return post


def _limit(request) -> int:
    given = request.query.get("limit", str(PAGE))
    if not given.isascii() or not given.isdigit() or len(given) > 6:
        raise invalid("bad_limit", f"“limit” is a number from 1 to {PAGE_MAX}.", "limit")
    return min(max(int(given), 1), PAGE_MAX)


def make_api(network: Network) -> web.Application:
    api = web.Application(middlewares=[gate])
    api[NETWORK] = network
    api.add_routes(
        [
            web.get("/limits", get_limits),
            web.get("/me", get_me),
            web.post("/media", post_media),
            web.get("/media/{media_id}", get_media),
            web.post("/posts", post_posts),
            web.get("/posts", get_posts),
            web.get("/posts/{post_id}", get_post),
            web.delete("/posts/{post_id}", delete_post),
        ]
    )
    return api
