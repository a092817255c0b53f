"""Reading a Page: what it is, its posts, and its figures.

Rests on the Page, Page Post and Page/published_posts references, and on "Page Insights" with its list of
metrics that have ended.
"""

from aiohttp import web

from ..clock import now
from ..counts import counts, followers
from ..keys import ACCOUNT, NETWORK, TOKEN
from ..reading import is_ready
from ..state import Account, Post, Thing
from . import listing
from .common import find_thing
from .facebook_pages import calling_page, page_itself, page_token, tasks
from .graph import bad, missing, not_permitted, require_scopes
from .params import choose, field_tree, limit, moment, one_of, stamp, take, text

_COUNTED = ("reactions", "likes", "comments")


async def get_node(request):
    """A person, a Page, a post, a photo or a video by its id."""
    network, node, account = request.app[NETWORK], request.match_info["node"], request[ACCOUNT]
    given = take(request, fields=field_tree)
    return web.json_response(_describe_node(request, network, account, node, given.get("fields")))


def _describe_node(request, network, account, node, asked) -> dict:
    found = account if node == "me" else network.state.accounts.get(node)
    if found and found.network == "facebook":
        return _describe_account(request, found, asked)
    for kind, describe in (("photo", _describe_photo), ("video", _describe_video)):
        thing = find_thing(network, node, kind)
        if thing and thing.account is account:
            return describe(request, thing, asked)
    if account.kind != "page":
        raise missing(node)
    require_scopes(request, "pages_read_engagement", code=10)
    return describe_post(request, listing.own_post(request, node), asked)


async def get_many(request):
    """`/?ids=a,b`: an object with one entry for each id. One that does not exist refuses the whole call."""
    given = take(request, ids=text, fields=field_tree)
    ids = [one.strip() for one in given.get("ids", "").split(",") if one.strip()]
    if not ids or len(ids) > 50:
        raise bad("Param ids must be a list of 1 to 50 ids.")
    network, account = request.app[NETWORK], request[ACCOUNT]
    return web.json_response(
        {one: _describe_node(request, network, account, one, given.get("fields")) for one in ids}
    )


def _describe_account(request, account: Account, asked) -> dict:
    if account.kind == "page":
        return describe_page(request, account, asked, usual=("name", "id"))
    if account is not request[ACCOUNT]:
        raise missing(account.id)
    known = {"id": account.id, "name": account.name, "picture": _picture(), "email": None}
    return choose(asked, ("name", "id"), known, "User")


def describe_page(request, page: Account, asked, *, usual) -> dict:
    network, caller = request.app[NETWORK], request[ACCOUNT]
    known = {
        "id": page.id,
        "name": page.name,
        "username": page.username,
        "category": "Community",
        "link": f"https://www.facebook.com/{page.id}",
        "picture": _picture(),
        "followers_count": followers(page, now()),
        "fan_count": followers(page, now()),
        "is_published": True,
        "access_token": lambda: _token_for(request, page),
        "tasks": list(tasks(network, page)) if caller.id in (page.owner, page.id) else None,
    }
    return choose(asked, usual, known, "Page")


def _picture() -> dict:
    return {"data": {"height": 50, "is_silhouette": True, "url": "", "width": 50}}


def _token_for(request, page: Account) -> str | None:
    """A Page's token, for the person whose Page it is."""
    if request[ACCOUNT].id == page.owner:
        return page_token(request.app[NETWORK], page, request[TOKEN])
    return None


def _describe_photo(request, photo: Thing, asked) -> dict:
    post = request.app[NETWORK].state.by_container.get(photo.id)
    known = {
        "id": photo.id,
        "name": photo.data.get("text") or None,
        "created_time": stamp(photo.created_at),
        "page_story_id": post.id if post else None,
        "link": f"https://www.facebook.com/photo/{photo.id}",
    }
    return choose(asked, ("created_time", "id"), known, "Photo")


def _describe_video(request, video: Thing, asked) -> dict:
    network = request.app[NETWORK]
    post = network.state.by_container.get(video.id)
    known = {
        "id": video.id,
        "description": post.text if post else None,
        "created_time": stamp(video.created_at),
        "permalink_url": f"/{video.account.id}/videos/{video.id}/",
        "post_id": post.id if post else None,
        "published": bool(post),
        "status": {"video_status": _video_state(network, video)},
    }
    return choose(asked, ("id",), known, "Video")


def _video_state(network, video: Thing) -> str:
    if not video.data.get("media"):
        return "uploading"
    stored = network.state.media[video.data["media"][0]]
    return "ready" if is_ready(network.state, video.account, stored, now()) else "processing"


def describe_post(request, post: Post, asked) -> dict:
    network = request.app[NETWORK]
    if asked and (asked.keys() & set(_COUNTED)):
        require_scopes(request, "pages_read_user_content", code=10)
    number = post.id.partition("_")[2]
    figures = counts(post, now())
    known = {
        "id": post.id,
        "message": listing.shown_text(network, post),
        "created_time": listing.shown_stamp(network, post),
        "updated_time": listing.shown_stamp(network, post),
        "permalink_url": f"https://www.facebook.com/{post.account.id}/posts/{number}",
        "status_type": _status_type(post),
        "is_published": True,
        "from": {"name": post.account.name, "id": post.account.id},
        "full_picture": None,
        "attachments": lambda: _attachments(post, (asked or {}).get("attachments")),
        "shares": {"count": figures["shares"]} if figures["shares"] else None,
        "reactions": _summary(figures["likes"]),
        "likes": _summary(figures["likes"]),
        "comments": _summary(figures["replies"]),
    }
    return choose(asked, ("created_time", "message", "id"), known, "PagePost")


def _status_type(post: Post) -> str:
    if post.facts.get("video"):
        return "added_video"
    if post.media:
        return "added_photos"
    return "shared_story" if post.link else "mobile_status_update"


def _summary(total: int) -> dict:
    return {"data": [], "summary": {"total_count": total}}


def _attachments(post: Post, asked) -> dict | None:
    """What hangs on a post: its photos (an album of several), its video, or its link."""
    ids = post.facts.get("photos", [])
    if post.facts.get("video"):
        one = {"media_type": "video", "type": "video_inline", "target": _target(post.facts["video"])}
    elif len(ids) > 1:
        parts = [{"media_type": "photo", "type": "photo", "target": _target(one)} for one in ids]
        one = {"media_type": "album", "type": "album", "target": _target(post.account.id)}
        one["subattachments"] = {"data": parts}
    elif ids:
        one = {"media_type": "photo", "type": "photo", "target": _target(ids[0])}
    elif post.link:
        one = {"media_type": "link", "type": "share", "target": {"url": post.link}, "url": post.link}
    else:
        return None
    known = dict.fromkeys(("media_type", "type", "target", "subattachments", "url", "title", "media")) | one
    return {"data": [choose(asked, tuple(one), known, "StoryAttachment", always=())]}


def _target(target_id: str) -> dict:
    return {"id": target_id, "url": f"https://www.facebook.com/{target_id}"}


async def get_posts(request):
    """The Page's posts, newest first. Reels are not among them."""
    calling_page(request, "pages_read_engagement")
    given = take(request, fields=field_tree, limit=limit, since=moment, until=moment, after=text)
    found, last = listing.page(request, given, _is_listed)
    described = [describe_post(request, post, given.get("fields")) for post in found]
    return listing.answer(request, described, last, "graph.facebook.com")


def _is_listed(post: Post) -> bool:
    return not post.facts.get("reel") and not post.facts.get("reply_to")


async def get_insights(request):
    """Figures of a post, or of the Page; one metric that has ended refuses the whole call."""
    page = page_itself(request)
    require_scopes(request, "read_insights", "pages_read_engagement")
    given = take(
        request,
        metric=text,
        period=one_of("day", "week", "days_28", "lifetime"),
        since=moment,
        until=moment,
    )
    node = request.match_info["node"]
    if node in ("me", page.id):
        if given.get("period", "day") == "lifetime":
            raise not_permitted("This metric has no lifetime figure.", 100)
        return listing.metrics(request, given.get("metric"), _page_figures(request, page), period="day")
    post = listing.own_post(request, node)
    return listing.metrics(request, given.get("metric"), _post_figures(post), period="lifetime")


def _post_figures(post: Post) -> dict:
    figures = counts(post, now())
    clicks = figures["likes"] // 2
    return {
        "post_media_view": figures["views"],
        "post_total_media_view_unique": int(figures["views"] * 0.8),
        "post_clicks": clicks,
        "post_clicks_by_type": {"link clicks": clicks} if post.link else {"other clicks": clicks},
        "post_reactions_by_type_total": {"like": figures["likes"]},
        "post_activity_by_action_type": {"share": figures["shares"], "comment": figures["replies"]},
    }


def _page_figures(request, page: Account) -> dict:
    figures = [counts(post, now()) for post in request.app[NETWORK].state.newest(50, account=page)]
    views = sum(one["views"] for one in figures)
    return {
        "page_follows": followers(page, now()),
        "page_media_view": views,
        "page_total_media_view_unique": int(views * 0.8),
        "page_post_engagements": sum(one["likes"] + one["replies"] + one["shares"] for one in figures),
        "page_daily_follows_unique": 1,
        "page_daily_unfollows_unique": 0,
        "page_views_total": views // 20,
    }
