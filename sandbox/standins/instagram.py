"""The stand-in of Instagram with Instagram Login.

Rests on Meta's pages "Content Publishing", "Business Login", "IG User Media", "IG Container", "IG Media",
"Media Insights", "Account Insights", "Content Publishing Limit" and "Error Codes" of the Instagram Platform.
"""

from aiohttp import web

from ..clock import now
from ..counts import counts, followers
from ..errors import not_found
from ..keys import ACCOUNT, NETWORK
from ..network import Network
from ..posts import Draft
from ..state import Account, Post
from . import containers, listing
from .common import Host, Platform, Route, find_account, give, new_number, number_from, publish
from .consent import Dialog, consent_routes
from .graph import LONG_LIFE, VERSIONED, GraphRefusal, bad, identified, own_account, require_scopes, shape
from .instagram_containers import post_media
from .long_tokens import SignIn, code_route, lasting_routes
from .params import choose, field_tree, limit, moment, one_of, take, text

BASIC, PUBLISH = "instagram_business_basic", "instagram_business_content_publish"
INSIGHTS, COMMENTS = "instagram_business_manage_insights", "instagram_business_manage_comments"
SCOPES = {
    BASIC: "See the profile and its posts",
    PUBLISH: "Publish posts",
    INSIGHTS: "See figures about the account and its posts",
    COMMENTS: "Write and manage comments",
}
# the quota's reference says 50 a day, the publishing guide 100; the account's own endpoint tells
QUOTA = 50


def _operator_token(network: Network, account: Account) -> str:
    return give(network, account, seconds=LONG_LIFE, scopes=list(SCOPES), use="long")


PLATFORM = Platform(
    name="instagram",
    label="Instagram",
    scopes=SCOPES,
    make_id=lambda kind, handle: f"178414{number_from(handle, 11)}",
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
    extras=("enable_fb_login", "force_authentication", "force_reauth"),
    needs_response_type=True,
)
SIGN_IN = SignIn("instagram", "ig", BASIC)


def quota(network: Network, account: Account) -> int:
    return int(network.state.trait(account, "daily_quota")) or QUOTA


async def post_publish(request):
    network, account = request.app[NETWORK], request[ACCOUNT]
    own_account(request, request.match_info["node"])
    require_scopes(request, BASIC, PUBLISH, code=10)
    given = take(request, creation_id=text)
    if "creation_id" not in given:
        raise bad("The parameter creation_id is required.")
    container = containers.find(request, given["creation_id"])
    if container is None:
        raise _not_found(request, given["creation_id"])
    if container.data.get("is_carousel_item"):
        raise bad("This container is an item of a carousel and can't be published by itself.")
    containers.refuse_unready(network, container)
    if containers.published_today(account) >= quota(network, account):
        raise GraphRefusal(
            9,
            "Application request limit reached: the user has reached the maximum number of posts.",
            subcode=2207042,
            told="You reached the maximum number of posts that can be published by the API today.",
        )
    post = await containers.publish_container(request, container)
    return web.json_response({"id": post.id})


def _not_found(request, container_id: str) -> GraphRefusal:
    if containers.is_anybodys(request, container_id):
        return GraphRefusal(24, "The requested resource does not exist: no permission.", subcode=2207006)
    return GraphRefusal(
        24, "The media builder with this creation id does not exist or has expired.", subcode=2207008
    )


async def get_me(request):
    return _describe_account(request, request[ACCOUNT])


async def get_node(request):
    """An account, a container or a post by its id."""
    node = request.match_info["node"]
    if node == request[ACCOUNT].id:
        return _describe_account(request, request[ACCOUNT])
    require_scopes(request, BASIC, code=10)
    if container := containers.find(request, node):
        return _describe_container(request, container)
    given = take(request, fields=field_tree)
    post = listing.own_post(request, node)
    return web.json_response(_describe_post(request, post, given.get("fields")))


def _describe_account(request, account):
    require_scopes(request, BASIC, code=10)
    given = take(request, fields=field_tree)
    known = {
        # the id of the person at this app, which is not the account's
        "id": number_from(f"at-this-app:{account.id}", 17),
        "user_id": account.id,
        "username": account.username,
        "name": account.name,
        "account_type": "BUSINESS",
        "profile_picture_url": None,
        "biography": None,
        "website": None,
        "followers_count": followers(account, now()),
        "follows_count": 12,
        "media_count": len(account.order),
    }
    return web.json_response(choose(given.get("fields"), ("user_id", "username"), known, "IGUser"))


def _describe_container(request, container):
    network = request.app[NETWORK]
    given = take(request, fields=field_tree)
    code = containers.status(network, container)
    said = {
        "IN_PROGRESS": "In Progress: Media is still being processed.",
        "FINISHED": "Finished: Media has been uploaded and it is ready to be published.",
        "PUBLISHED": "Published: Media has been published.",
        "EXPIRED": "Expired: The container was not published within 24 hours.",
    }.get(code)
    if code == "ERROR":
        subcode = containers.error_of(network, container)["subcode"]
        said = f"Error: Media upload has failed with error code {subcode}"
    known = {"id": container.id, "status_code": code, "status": said, "copyright_check_status": None}
    return web.json_response(choose(given.get("fields"), ("id",), known, "IGContainer"))


def _describe_post(request, post: Post, asked) -> dict:
    network = request.app[NETWORK]
    figures = counts(post, now())
    kind = post.facts.get("media_type", "IMAGE")
    code = listing.shortcode(post.id)
    has_caption = network.state.trait(post.account, "show_captions")
    known = {
        "id": post.id,
        "caption": listing.shown_text(network, post) if has_caption else None,
        "media_type": {"REELS": "VIDEO", "CAROUSEL": "CAROUSEL_ALBUM"}.get(kind, kind),
        "media_product_type": "REELS" if kind == "REELS" else "FEED",
        "permalink": f"https://www.instagram.com/{'reel' if kind == 'REELS' else 'p'}/{code}/",
        "shortcode": code,
        "timestamp": listing.shown_stamp(network, post),
        "username": post.account.username,
        "owner": {"id": post.account.id},
        "alt_text": post.media[0].alt or None if post.media else None,
        "media_url": f"https://www.instagram.com/media/{post.media[0].id}" if post.media else None,
        "thumbnail_url": None,
        "like_count": figures["likes"],
        "comments_count": figures["replies"],
        "is_comment_enabled": True,
        "children": {"data": [{"id": number_from(item.id, 17)} for item in post.media]}
        if kind == "CAROUSEL"
        else None,
    }
    return choose(asked, ("id",), known, "IGMedia")


async def get_media_list(request):
    own_account(request, request.match_info["node"])
    require_scopes(request, BASIC, code=10)
    given = take(request, fields=field_tree, limit=limit, since=moment, until=moment, after=text)
    posts, last = listing.page(request, given, _is_listed)
    described = [_describe_post(request, post, given.get("fields")) for post in posts]
    return listing.answer(request, described, last, "graph.instagram.com")


def _is_listed(post: Post) -> bool:
    return post.facts.get("media_type") != "STORIES" and not post.facts.get("reply_to")


async def get_limit(request):
    network, account = request.app[NETWORK], request[ACCOUNT]
    own_account(request, request.match_info["node"])
    require_scopes(request, BASIC, PUBLISH, code=10)
    given = take(request, fields=field_tree, since=moment)
    known = {
        "config": {"quota_total": quota(network, account), "quota_duration": 86400},
        "quota_usage": containers.published_today(account),
    }
    return web.json_response(
        {"data": [choose(given.get("fields"), ("quota_usage",), known, "ContentPublishingLimit", always=())]}
    )


async def get_insights(request):
    """Figures of a post, or of the account."""
    require_scopes(request, BASIC, INSIGHTS, code=10)
    node = request.match_info["node"]
    if node in ("me", request[ACCOUNT].id):
        return _account_insights(request)
    given = take(request, metric=text, period=one_of("lifetime"))
    post = listing.own_post(request, node)
    return listing.metrics(request, given.get("metric"), _post_figures(post), period="lifetime")


def _post_figures(post: Post) -> dict:
    """Media Insights: what each kind of post has; `impressions` is gone."""
    figures = counts(post, now())
    told = {
        "views": figures["views"],
        "reach": int(figures["views"] * 0.8),
        "likes": figures["likes"],
        "comments": figures["replies"],
        "saved": figures["shares"] // 2,
        "shares": figures["shares"],
        "reposts": figures["shares"] // 3,
        "total_interactions": figures["likes"] + figures["replies"] + figures["shares"],
    }
    if post.facts.get("media_type") == "REELS":
        watched = figures["views"] * 4200
        return told | {"ig_reels_avg_watch_time": 4200, "ig_reels_video_view_total_time": watched}
    return told | {"follows": 0, "profile_visits": figures["likes"] // 4, "profile_activity": 0}


def _account_insights(request):
    given = take(
        request,
        metric=text,
        period=one_of("day"),
        metric_type=one_of("total_value", "time_series"),
        since=moment,
        until=moment,
    )
    if "period" not in given:
        raise bad("The parameter period is required.")
    today = [counts(post, now()) for post in account_posts(request)]
    known = {
        "reach": int(sum(one["views"] for one in today) * 0.8),
        "views": sum(one["views"] for one in today),
        "accounts_engaged": sum(one["likes"] for one in today),
        "total_interactions": sum(one["likes"] + one["replies"] + one["shares"] for one in today),
    }
    if given.get("metric_type") == "total_value":
        return listing.totals(request, given.get("metric"), known)
    return listing.metrics(request, given.get("metric"), {"reach": known["reach"]}, period="day")


def account_posts(request) -> list[Post]:
    return request.app[NETWORK].state.newest(50, account=request[ACCOUNT])


async def post_comment(request):
    """A comment of the account under its own post."""
    require_scopes(request, BASIC, COMMENTS, code=10)
    given = take(request, message=text)
    post = listing.own_post(request, request.match_info["node"])
    if not given.get("message", "").strip():
        raise bad("The parameter message is required.")
    made, _ = await publish(
        request,
        Draft(given["message"], None, ()),
        post_id=new_number(17),
        reply_to=post.id,
        media_type="COMMENT",
    )
    return web.json_response({"id": made.id})


async def show_post(request):
    network = request.app[NETWORK]
    return listing.to_page(network, listing.post_of(network, request.match_info["code"]))


async def show_account(request):
    network = request.app[NETWORK]
    account = find_account(network, "instagram", request.match_info["name"])
    if account is None:
        raise not_found()
    return web.Response(status=303, headers={"Location": network.account_url(account)})


HOSTS = (
    Host(
        "www.instagram.com",
        (
            *consent_routes(DIALOG, "/oauth/authorize"),
            Route("GET", "/p/{code}/", show_post, page=True),
            Route("GET", "/reel/{code}/", show_post, page=True),
            Route("GET", "/{name}/", show_account, page=True),
        ),
    ),
    Host("api.instagram.com", (code_route(SIGN_IN),)),
    Host(
        "graph.instagram.com",
        (
            *lasting_routes(SIGN_IN),
            Route("GET", VERSIONED + "/me", get_me, kind="me"),
            Route("POST", VERSIONED + "/{node}/media", post_media, kind="upload"),
            Route("POST", VERSIONED + "/{node}/media_publish", post_publish, kind="publish"),
            Route("GET", VERSIONED + "/{node}/media", get_media_list, kind="read"),
            Route("GET", VERSIONED + "/{node}/content_publishing_limit", get_limit, kind="limits"),
            Route("GET", VERSIONED + "/{node}/insights", get_insights),
            Route("POST", VERSIONED + "/{node}/comments", post_comment, kind="publish"),
            Route("GET", VERSIONED + "/{node}", get_node, kind="read"),
        ),
        shape=shape,
        identify=identified("instagram"),
    ),
)
