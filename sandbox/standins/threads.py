"""The stand-in of Threads.

Rests on Meta's Threads pages: "Get Access Tokens", "Posts", "Publishing Reference", "Create Replies",
"Delete Posts", "Retrieve Posts", "Insights", "Rate Limits" and "Troubleshooting".
"""

from aiohttp import web

from .. import posts
from ..clock import now
from ..counts import counts, followers
from ..errors import not_found
from ..keys import ACCOUNT, KIND, NETWORK
from ..network import Network
from ..state import Account, Post
from . import containers, listing
from .common import DAY, Host, Platform, Route, find_account, give, keep, new_number, number_from
from .consent import Dialog, consent_routes
from .graph import FIELDS, LONG_LIFE, GraphRefusal, bad, identified, own_account, require_scopes, shape
from .long_tokens import SignIn, code_route, lasting_routes
from .params import choose, field_tree, flag, limit, moment, take, text
from .threads_containers import make_container

BASIC, PUBLISH, REPLIES = "threads_basic", "threads_content_publish", "threads_manage_replies"
READ_REPLIES, INSIGHTS, DELETE = "threads_read_replies", "threads_manage_insights", "threads_delete"
SCOPES = {
    BASIC: "See the profile and its posts",
    PUBLISH: "Publish posts",
    REPLIES: "Write and manage replies",
    READ_REPLIES: "Read replies",
    INSIGHTS: "See figures about the account and its posts",
    DELETE: "Delete posts",
}
POSTS_A_DAY, REPLIES_A_DAY, DELETES_A_DAY = 250, 1000, 100
VERSION = "/v1.0"
# the first moment that figures go back to
FIRST_FIGURES = 1712991600


def _operator_token(network: Network, account: Account) -> str:
    return give(network, account, seconds=LONG_LIFE, scopes=list(SCOPES), use="long")


PLATFORM = Platform(
    name="threads",
    label="Threads",
    scopes=SCOPES,
    make_id=lambda kind, handle: number_from(handle, 16),
    operator_token=_operator_token,
)
DIALOG = Dialog(
    platform=PLATFORM,
    fragment="#_",
    denied={
        "error": "access_denied",
        "error_reason": "user_denied",
        "error_description": "The user denied your request",
    },
    required=(BASIC,),
    needs_response_type=True,
)
SIGN_IN = SignIn("threads", "th", BASIC, user_id=int)
_identify_caller = identified("threads")


async def _identify(request):
    await _identify_caller(request)
    if request.path.endswith("/threads") and request[FIELDS].get("auto_publish_text") in (True, "true", "1"):
        request[KIND] = "publish"


def posts_a_day(network: Network, account: Account) -> int:
    return int(network.state.trait(account, "daily_quota")) or POSTS_A_DAY


async def post_container(request):
    own_account(request, request.match_info["node"])
    require_scopes(request, BASIC, PUBLISH, code=10)
    if request[FIELDS].get("reply_to_id"):
        require_scopes(request, REPLIES, code=10)
    at_once = flag("auto_publish_text", request[FIELDS].pop("auto_publish_text", False))
    container = await make_container(request)
    if at_once and container.data["media_type"] == "TEXT":
        return await _publish(request, container)
    return web.json_response({"id": container.id})


async def post_publish(request):
    own_account(request, request.match_info["node"])
    require_scopes(request, BASIC, PUBLISH, code=10)
    given = take(request, creation_id=text)
    if "creation_id" not in given:
        raise bad("The parameter creation_id is required.")
    container = containers.find(request, given["creation_id"])
    if container is None:
        subcode = 2207006 if containers.is_anybodys(request, given["creation_id"]) else 2207008
        raise GraphRefusal(24, "The requested resource does not exist.", subcode=subcode)
    if container.data.get("is_carousel_item"):
        raise bad("This container is an item of a carousel and can't be published by itself.")
    return await _publish(request, container)


async def _publish(request, container):
    network, account = request.app[NETWORK], request[ACCOUNT]
    containers.refuse_unready(network, container)
    is_reply = bool(container.data.get("reply_to"))
    most = REPLIES_A_DAY if is_reply else posts_a_day(network, account)
    if containers.published_today(account, replies=is_reply) >= most:
        raise GraphRefusal(
            9, "Application request limit reached: no more posts within 24 hours.", subcode=2207042
        )
    post = await containers.publish_container(request, container)
    return web.json_response({"id": post.id})


async def get_me(request):
    return _describe_account(request)


async def get_node(request):
    """An account, a container or a post by its id."""
    node = request.match_info["node"]
    if node == request[ACCOUNT].id:
        return _describe_account(request)
    require_scopes(request, BASIC, code=10)
    if container := containers.find(request, node):
        return _describe_container(request, container)
    given = take(request, fields=field_tree)
    post = listing.own_post(request, node)
    return web.json_response(_describe_post(request, post, given.get("fields")))


def _describe_account(request):
    require_scopes(request, BASIC, code=10)
    account = request[ACCOUNT]
    given = take(request, fields=field_tree)
    known = {
        "id": account.id,
        "username": account.username,
        "name": account.name,
        "threads_profile_picture_url": None,
        "threads_biography": None,
        "is_verified": False,
    }
    return web.json_response(choose(given.get("fields"), ("id",), known, "ThreadsUser"))


def _describe_container(request, container):
    network = request.app[NETWORK]
    given = take(request, fields=field_tree)
    code = containers.status(network, container)
    error = containers.error_of(network, container)["message"] if code == "ERROR" else None
    known = {"id": container.id, "status": code, "error_message": error}
    return web.json_response(choose(given.get("fields"), ("id",), known, "ThreadsContainer"))


def _describe_post(request, post: Post, asked) -> dict:
    network = request.app[NETWORK]
    kind, code = post.facts.get("media_type", "TEXT"), listing.shortcode(post.id)
    reply_to = post.facts.get("reply_to")
    known = {
        "id": post.id,
        "media_product_type": "THREADS",
        "media_type": {"TEXT": "TEXT_POST", "CAROUSEL": "CAROUSEL_ALBUM"}.get(kind, kind),
        "media_url": f"https://www.threads.net/media/{post.media[0].id}" if post.media else None,
        "permalink": f"https://www.threads.net/@{post.account.username}/post/{code}",
        "shortcode": code,
        "owner": {"id": post.account.id},
        "username": post.account.username,
        "text": listing.shown_text(network, post),
        "timestamp": listing.shown_stamp(network, post),
        "alt_text": post.media[0].alt or None if post.media else None,
        "link_attachment_url": post.link,
        "is_quote_post": False,
        "has_replies": any(other.facts.get("reply_to") == post.id for other in _own_posts(request)),
        "is_reply": bool(reply_to),
        "is_reply_owned_by_me": True if reply_to else None,
        "replied_to": {"id": reply_to} if reply_to else None,
        "root_post": {"id": _root(network, post).id} if reply_to else None,
        "children": {"data": [{"id": number_from(item.id, 17)} for item in post.media]}
        if kind == "CAROUSEL"
        else None,
    }
    return choose(asked, ("id",), known, "ThreadsMedia")


def _own_posts(request) -> list[Post]:
    return request.app[NETWORK].state.newest(200, account=request[ACCOUNT])


def _root(network, post: Post) -> Post:
    while above := network.state.posts.get(post.facts.get("reply_to")):
        post = above
    return post


def _list_of(*, replies: bool, scopes: tuple[str, ...]):
    async def get(request):
        own_account(request, request.match_info["node"])
        require_scopes(request, *scopes, code=10)
        given = take(
            request, fields=field_tree, limit=limit, since=moment, until=moment, after=text, before=text
        )
        found, last = listing.page(request, given, lambda post: bool(post.facts.get("reply_to")) == replies)
        described = [_describe_post(request, post, given.get("fields")) for post in found]
        return listing.answer(request, described, last, "graph.threads.net")

    return get


async def get_limit(request):
    network, account = request.app[NETWORK], request[ACCOUNT]
    own_account(request, request.match_info["node"])
    require_scopes(request, BASIC, PUBLISH, code=10)
    given = take(request, fields=field_tree)
    known = {
        "quota_usage": containers.published_today(account, replies=False),
        "config": {"quota_total": posts_a_day(network, account), "quota_duration": DAY},
        "reply_quota_usage": containers.published_today(account, replies=True),
        "reply_config": {"quota_total": REPLIES_A_DAY, "quota_duration": DAY},
        "delete_quota_usage": containers.made_today(account, "deletion"),
        "delete_config": {"quota_total": DELETES_A_DAY, "quota_duration": DAY},
    }
    told = choose(given.get("fields"), ("quota_usage",), known, "ThreadsPublishingLimit", always=())
    return web.json_response({"data": [told]})


async def delete_post(request):
    network, account = request.app[NETWORK], request[ACCOUNT]
    require_scopes(request, BASIC, DELETE, code=10)
    take(request)
    post = listing.own_post(request, request.match_info["node"])
    if containers.made_today(account, "deletion") >= DELETES_A_DAY:
        raise GraphRefusal(4, "Application request limit reached: 100 deletions within 24 hours.")
    posts.delete(network, post)
    keep(network, new_number(17), "deletion", account, post=post.id)
    return web.json_response({"success": True, "deleted_id": post.id})


async def get_insights(request):
    require_scopes(request, BASIC, INSIGHTS, code=10)
    given = take(request, metric=text)
    post = listing.own_post(request, request.match_info["node"])
    figures = counts(post, now())
    known = {
        "views": figures["views"],
        "likes": figures["likes"],
        "replies": figures["replies"],
        "reposts": figures["shares"],
        "quotes": figures["shares"] // 5,
        "shares": figures["shares"] // 2,
    }
    return listing.metrics(request, given.get("metric"), known, period="lifetime")


async def get_account_insights(request):
    own_account(request, request.match_info["node"])
    require_scopes(request, BASIC, INSIGHTS, code=10)
    given = take(request, metric=text, since=moment, until=moment)
    if "since" in given and given["since"].timestamp() < FIRST_FIGURES:
        raise bad(f"Param since must not be before {FIRST_FIGURES}.")
    figures = [counts(post, now()) for post in _own_posts(request)]
    totals = {
        "likes": sum(one["likes"] for one in figures),
        "replies": sum(one["replies"] for one in figures),
        "reposts": sum(one["shares"] for one in figures),
        "quotes": sum(one["shares"] // 5 for one in figures),
        "clicks": sum(one["likes"] // 3 for one in figures),
        "followers_count": followers(request[ACCOUNT], now()),
    }
    views = {"views": sum(one["views"] for one in figures)}
    return listing.mixed(request, given.get("metric"), series=views, totals=totals)


async def show_post(request):
    network = request.app[NETWORK]
    return listing.to_page(network, listing.post_of(network, request.match_info["code"]))


async def show_account(request):
    network = request.app[NETWORK]
    account = find_account(network, "threads", request.match_info["name"])
    if account is None:
        raise not_found()
    return web.Response(status=303, headers={"Location": network.account_url(account)})


_PAGES = (
    *consent_routes(DIALOG, "/oauth/authorize"),
    Route("GET", "/@{name}/post/{code}", show_post, page=True),
    Route("GET", "/@{name}", show_account, page=True),
)
_CALLS = (
    code_route(SIGN_IN),
    *lasting_routes(SIGN_IN),
    Route("GET", VERSION + "/me", get_me, kind="me"),
    Route("POST", VERSION + "/{node}/threads", post_container, kind="upload"),
    Route("POST", VERSION + "/{node}/threads_publish", post_publish, kind="publish"),
    Route("GET", VERSION + "/{node}/threads", _list_of(replies=False, scopes=(BASIC,)), kind="read"),
    Route(
        "GET", VERSION + "/{node}/replies", _list_of(replies=True, scopes=(BASIC, READ_REPLIES)), kind="read"
    ),
    Route("GET", VERSION + "/{node}/threads_publishing_limit", get_limit, kind="limits"),
    Route("GET", VERSION + "/{node}/threads_insights", get_account_insights),
    Route("GET", VERSION + "/{node}/insights", get_insights),
    Route("GET", VERSION + "/{node}", get_node, kind="read"),
    Route("DELETE", VERSION + "/{node}", delete_post),
)
HOSTS = (
    *(Host(name, _PAGES) for name in ("threads.net", "www.threads.net", "www.threads.com")),
    *(
        Host(name, _CALLS, shape=shape, identify=_identify)
        for name in ("graph.threads.net", "graph.threads.com")
    ),
)
