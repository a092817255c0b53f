"""The stand-in of LinkedIn: an organization's posts and figures, a member's figures.

LinkedIn documentation, "Posts API" (find by authors), "Organization Share Statistics", "Network Size",
"Member Post Statistics". A member's own posts cannot be read: the permission for it is closed.
"""

import regex
from aiohttp import web

from .. import reading
from ..clock import now
from ..counts import counts, followers
from ..keys import ACCOUNT, NETWORK
from ..state import Account, Post
from .common import Route
from .linkedin_errors import denied, may_act_for, not_found, refuse, require_scope, urn_of
from .linkedin_posts import find_post
from .rest import is_number, trait

_METRICS = {
    "IMPRESSION": "views",
    "MEMBERS_REACHED": "views",
    "REACTION": "likes",
    "COMMENT": "replies",
    "RESHARE": "shares",
}


def _parameters(request, known: set[str], needed: set[str]) -> None:
    if unknown := sorted(set(request.query) - known - needed):
        raise refuse(400, "PARAM_INVALID", f"Unknown parameter: {unknown[0][:40]}")
    if missing := sorted(needed - set(request.query)):
        raise refuse(400, "PARAM_MISSING", f"The parameter {missing[0]} is missing")


def _organization(request, urn) -> Account:
    """Raises Refusal where it is not one that the person administers."""
    account = may_act_for(request, urn)
    if account is None or account.kind != "organization":
        raise denied("Not enough permissions to access this organization")
    request[ACCOUNT] = account
    return account


def _number(request, name, usual, most) -> int:
    text = request.query.get(name, str(usual))
    if not is_number(text, 6):
        raise refuse(400, "PARAM_INVALID", f"{name} must be a number")
    return min(int(text), most)


async def get_posts(request):
    """An organization's posts, the newest first."""
    _parameters(request, {"count", "start", "sortBy", "isDsc", "viewContext"}, {"q", "author"})
    if request.query["q"] != "author":
        raise refuse(400, "PARAM_INVALID", "The parameter q must be author")
    if request.query.get("sortBy", "LAST_MODIFIED") not in ("LAST_MODIFIED", "CREATED"):
        raise refuse(400, "PARAM_INVALID", "The parameter sortBy is not valid")
    require_scope(request, "r_organization_social")
    account = _organization(request, request.query["author"])
    if trait(request, "listing") == "none":
        raise denied("Not enough permissions to access: partnerApiPostsExternal.FINDER-author")
    start, count = _number(request, "start", 0, 100_000), _number(request, "count", 10, 100)
    state = request.app[NETWORK].state
    found, _ = reading.page(state, account, since=None, before=None, limit=start + count, moment=now())
    elements = [describe(state, post) for post in found[start:] if "comment" not in post.facts]
    return web.json_response({"paging": {"start": start, "count": count, "links": []}, "elements": elements})


async def get_post(request):
    _parameters(request, {"viewContext"}, set())
    post = find_post(request)
    if post is None or not reading.is_visible(request.app[NETWORK].state, post, now()):
        raise not_found()
    _organization(request, urn_of(post.account))
    require_scope(request, "r_organization_social")
    return web.json_response(describe(request.app[NETWORK].state, post))


def describe(state, post: Post) -> dict:
    moment = int(reading.shown_time(state, post).timestamp() * 1000)
    body = {
        "id": post.id,
        "author": urn_of(post.account),
        "commentary": reading.shown_text(state, post.account, post.facts.get("commentary", post.text)),
        "visibility": post.facts.get("visibility", "PUBLIC"),
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "lifecycleStateInfo": {"isEditedByAuthor": False},
        "isReshareDisabledByAuthor": False,
        "createdAt": moment,
        "publishedAt": moment,
        "lastModifiedAt": moment,
    }
    return body | ({"content": post.facts["content"]} if post.facts.get("content") else {})


async def get_share_statistics(request):
    """Figures of an organization's posts; those without any are left out."""
    _parameters(request, {"shares", "ugcPosts"}, {"q", "organizationalEntity"})
    if request.query["q"] != "organizationalEntity":
        raise refuse(400, "PARAM_INVALID", "The parameter q must be organizationalEntity")
    require_scope(request, "rw_organization_admin")
    account = _organization(request, request.query["organizationalEntity"])
    elements = []
    for name, field in (("shares", "share"), ("ugcPosts", "ugcPost")):
        for urn in _urns(request, name):
            post = request.app[NETWORK].state.live_post(urn)
            if post is None or post.account is not account or not urn.startswith(f"urn:li:{field}:"):
                continue
            if (figures := counts(post, now()))["views"]:
                elements.append(
                    {
                        "organizationalEntity": urn_of(account),
                        field: urn,
                        "totalShareStatistics": _totals(figures),
                    }
                )
    return web.json_response({"paging": {"start": 0, "count": 10, "links": []}, "elements": elements})


def _urns(request, name) -> list[str]:
    if name not in request.query:
        return []
    match = regex.fullmatch(r"List\(([^()]*)\)", request.query[name])
    if not match:
        raise refuse(400, "PARAM_INVALID", f"{name} must be List(...)")
    return [urn for urn in match[1].split(",") if urn]


def _totals(figures: dict) -> dict:
    clicks = figures["views"] // 40
    engaged = clicks + figures["likes"] + figures["replies"] + figures["shares"]
    return {
        "impressionCount": figures["views"],
        "uniqueImpressionsCount": figures["views"] * 4 // 5,
        "clickCount": clicks,
        "likeCount": figures["likes"],
        "commentCount": figures["replies"],
        "shareCount": figures["shares"],
        "engagement": engaged / figures["views"],
    }


async def get_network_size(request):
    _parameters(request, set(), {"edgeType"})
    if request.query["edgeType"] not in ("COMPANY_FOLLOWED_BY_MEMBER", "CompanyFollowedByMember"):
        raise refuse(400, "PARAM_INVALID", "The edgeType is not valid")
    require_scope(request, "r_organization_followers", "rw_organization_admin", "r_organization_social")
    account = _organization(request, request.match_info["urn"])
    return web.json_response({"firstDegreeSize": followers(account, now())})


async def get_member_analytics(request):
    """One figure of one of the member's own posts."""
    _parameters(request, {"aggregation"}, {"q", "entity", "queryType"})
    require_scope(request, "r_member_postAnalytics")
    metric = _METRICS.get(request.query["queryType"])
    match = regex.fullmatch(r"\((share|ugc):(urn:li:(?:share|ugcPost):\d+)\)", request.query["entity"])
    if metric is None or match is None or request.query["q"] != "entity":
        raise refuse(400, "PARAM_INVALID", "q, entity or queryType is not valid")
    if request.query.get("aggregation", "TOTAL") != "TOTAL":
        raise refuse(400, "PARAM_INVALID", "Only the aggregation TOTAL is part of this stand-in")
    post = request.app[NETWORK].state.live_post(match[2])
    if post is None:
        raise not_found()
    if may_act_for(request, urn_of(post.account)) is None:
        raise denied("The viewer is not the author of this post")
    return web.json_response({"elements": [{"count": counts(post, now())[metric]}]})


ROUTES = (
    Route("GET", "/rest/posts", get_posts, "read"),
    Route("GET", "/rest/posts/{urn}", get_post),
    Route("GET", "/rest/organizationalEntityShareStatistics", get_share_statistics),
    Route("GET", "/rest/networkSizes/{urn}", get_network_size),
    Route("GET", "/rest/memberCreatorPostAnalytics", get_member_analytics),
)
