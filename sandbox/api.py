"""The account API: what a hub's adapter speaks, with a Bearer token that stands for one account."""

from aiohttp import web

from . import media, posts
from .body import read_json
from .clock import iso, now, parse_iso
from .counts import counts, followers
from .errors import invalid, not_found
from .gate import gate
from .keys import ACCOUNT, NETWORK, OUTCOME, RECEIVED_AT
from .limits import LIMITS
from .network import Network
from .state import Post

PAGE, PAGE_MAX = 40, 100


async def get_limits(request):
    return web.json_response(LIMITS)


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
    body = {"id": stored.id, "type": stored.mime, "width": stored.width, "height": stored.height}
    return web.json_response(body, status=201)


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
    post, repeat = posts.accept(network, account, draft, key=key, received_at=request[RECEIVED_AT])
    outcome["post_id"] = post.id
    if repeat:
        outcome.update(repeat=True, differs=posts.differs(post, draft))
    body = {"id": post.id, "url": network.post_url(post), "created_at": iso(post.created_at)}
    return web.json_response(body, status=200 if repeat else 201)


async def get_posts(request):
    network, account = request.app[NETWORK], request[ACCOUNT]
    found = network.state.newest(_limit(request), account=account)
    if "since" in request.query:
        try:
            since = parse_iso(request.query["since"])
        except ValueError as error:
            raise invalid("bad_time", "“since” is not an ISO time.", "since") from error
        found = [post for post in found if post.created_at >= since]
    return web.json_response({"posts": [describe(network, post) for post in found]})


async def get_post(request):
    return web.json_response(describe(request.app[NETWORK], _own_post(request)))


async def delete_post(request):
    post = _own_post(request)
    posts.delete(request.app[NETWORK], post)
    return web.json_response({"id": post.id, "deleted": True})


def describe(network: Network, post: Post) -> dict:
    return {
        "id": post.id,
        "url": network.post_url(post),
        "text": post.text,
        "link": post.link,
        "media": [{"id": item.id, "alt": item.alt} for item in post.media],
        "created_at": iso(post.created_at),
        "idempotency_key": post.key,
        "counts": counts(post, now()),
    }


def _own_post(request) -> Post:
    post = request.app[NETWORK].state.live_post(request.match_info["post_id"])
    if post is None or post.account is not request[ACCOUNT]:
        raise not_found("This account has no such post.")
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
            web.post("/posts", post_posts),
            web.get("/posts", get_posts),
            web.get("/posts/{post_id}", get_post),
            web.delete("/posts/{post_id}", delete_post),
        ]
    )
    return api
