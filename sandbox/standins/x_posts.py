"""The stand-in of X: making, deleting and listing posts.

X documentation, "Create Post", "Delete Post", "Get Posts by IDs", "Get Posts" of a user, "Response codes and
errors", "Self-serve" changes of 2026-02 (replies only into one's own threads or where one was named).
"""

import time

from aiohttp import web

from .. import posts, reading
from ..clock import now, parse_iso
from ..keys import ACCOUNT, NETWORK
from ..posts import Draft
from ..state import Post
from . import common, x_media
from .common import DAY, Route
from .rest import is_number, published_within, trait
from .x_describe import TWEET_FIELDS, Wanted, describe
from .x_problems import (
    PROBLEMS,
    forbidden,
    held_object,
    invalid,
    limit_headers,
    limited,
    missing,
    problem,
    refuse_unknown,
    require_scopes,
)
from .x_text import TEXT_MAX, weighted_length

CODE_POINTS_MAX = 5000
POSTS_MAX, WINDOW = 100, 15 * 60
_EPOCH = 1_288_834_974_657
_KNOWN = ("text", "media", "reply", "reply_settings", "made_with_ai", "paid_partnership")
# in the API's description, and nothing that a self-serve app may use
_CLOSED = (
    "quote_tweet_id", "poll", "geo", "card_uri", "community_id", "direct_message_deep_link", "edit_options",
    "for_super_followers_only", "nullcast", "share_with_followers",
)  # fmt: skip
_REPLY_SETTINGS = ("following", "mentionedUsers", "subscribers", "verified", "everyone")


def new_id() -> str:
    """A post id as X makes them: the milliseconds, then 22 bits."""
    return str((int(time.time() * 1000) - _EPOCH) << 22 | time.monotonic_ns() & 0x3FFFFF)


async def post_tweets(request):
    require_scopes(request, "tweet.write", "tweet.read", "users.read")
    _refuse_too_many(request)
    data = held_object(request)
    refuse_unknown(data, (*_KNOWN, *_CLOSED))
    if closed := sorted(set(data) & set(_CLOSED)):
        raise forbidden(f"You are not permitted to perform this action: {closed[0]}.")
    reply_to = _reply(request, data)
    things = _media(request, data)
    text = _text(data, bool(things))
    for name in ("made_with_ai", "paid_partnership"):
        if not isinstance(data.get(name, False), bool):
            raise invalid(f"[$.{name}: must be a boolean]", name)
    if data.get("reply_settings", "everyone") not in _REPLY_SETTINGS:
        raise invalid("reply_settings is not valid", "reply_settings", data["reply_settings"])
    media = tuple(x_media.media_of(request, thing) for thing in things)
    post_id = new_id()
    facts = {"media_keys": [thing.data["media_key"] for thing in things]}
    if reply_to:
        facts |= {"reply_to": reply_to.id, "conversation": reply_to.facts.get("conversation", reply_to.id)}
    post, _ = await common.publish(request, Draft(text, None, media), post_id=post_id, **facts)
    body = {"data": {"id": post.id, "text": text, "edit_history_tweet_ids": [post.id]}}
    left = POSTS_MAX - published_within(request[ACCOUNT], WINDOW)
    return web.json_response(body, status=201, headers=limit_headers(POSTS_MAX, left, WINDOW))


def _refuse_too_many(request):
    account = request[ACCOUNT]
    quota = trait(request, "daily_quota")
    if quota and published_within(account, DAY) >= quota:
        raise problem(
            429,
            "Usage cap exceeded",
            title="UsageCapExceeded",
            kind=PROBLEMS + "usage-capped",
            code="rate_limited",
            period="Daily",
            scope="Product",
        )
    if published_within(account, WINDOW) >= POSTS_MAX:
        raise limited(POSTS_MAX, WINDOW)


def _text(data, has_media: bool) -> str:
    text = data.get("text", "")
    if not isinstance(text, str):
        raise invalid("[$.text: must be a string]", "text")
    if not text.strip() and not has_media:
        raise invalid("[$.text: is missing but it is required]", "text")
    if any(char in text for char in "\ufffe\ufeff\uffff"):
        raise invalid("The text has characters that are not allowed.", "text")
    # looking for addresses takes its time, and no text of this size has so few of them
    length = weighted_length(text) if len(text) <= CODE_POINTS_MAX else len(text)
    if length > TEXT_MAX:
        raise invalid(
            f"The length of the `text` field in the request body [{length}] is not between 0 and {TEXT_MAX}",
            "text",
        )
    return text


def _media(request, data) -> list:
    if "media" not in data:
        return []
    media = data["media"]
    if not isinstance(media, dict):
        raise invalid("[$.media: must be an object]", "media")
    refuse_unknown(media, ("media_ids", "tagged_user_ids"), "media.")
    ids = media.get("media_ids")
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids) or not 1 <= len(ids) <= 4:
        raise invalid("[$.media.media_ids: must be 1 to 4 media ids]", "media.media_ids")
    things = [x_media.find_media(request, one) for one in ids]
    if (
        None in things
        or len(set(ids)) != len(ids)
        or not all(x_media.is_ready(request, one) for one in things)
    ):
        raise invalid("Your media IDs are invalid.", "media.media_ids", ", ".join(ids))
    if len(things) > 1 and any(one.data["category"] != "tweet_image" for one in things):
        raise invalid("A post has up to four pictures, or one video or animation.", "media.media_ids")
    return things


def _reply(request, data) -> Post | None:
    if "reply" not in data:
        return None
    reply = data["reply"]
    if not isinstance(reply, dict):
        raise invalid("[$.reply: must be an object]", "reply")
    refuse_unknown(
        reply, ("in_reply_to_tweet_id", "exclude_reply_user_ids", "auto_populate_reply_metadata"), "reply."
    )
    wanted = reply.get("in_reply_to_tweet_id")
    if not isinstance(wanted, str) or not is_number(wanted):
        raise invalid(
            "[$.reply.in_reply_to_tweet_id: must be the id of a post]", "reply.in_reply_to_tweet_id"
        )
    post = _find(request, wanted)
    if post is None:
        raise forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")
    named = f"@{request[ACCOUNT].username}".casefold() in post.text.casefold()
    if post.account is not request[ACCOUNT] and not named:
        raise forbidden()
    return post


def _find(request, post_id) -> Post | None:
    post = request.app[NETWORK].state.live_post(post_id)
    return post if post and post.account.network == "x" else None


async def delete_tweet(request):
    require_scopes(request, "tweet.write", "tweet.read", "users.read")
    post_id = request.match_info["post_id"]
    post = _find(request, post_id)
    if post is None:
        raise _not_found(post_id)
    if post.account is not request[ACCOUNT]:
        raise forbidden()
    posts.delete(request.app[NETWORK], post)
    return web.json_response({"data": {"deleted": True}})


def _not_found(post_id):
    gone = missing("tweet", post_id)
    more = {name: gone[name] for name in ("value", "resource_type", "parameter", "resource_id")}
    return problem(404, gone["detail"], title=gone["title"], kind=gone["type"], **more)


async def get_tweets(request):
    """Several posts by id: what is not there is told in `errors` beside the others."""
    require_scopes(request, "tweet.read", "users.read")
    wanted = _wanted(request, {"ids"})
    ids = list(filter(None, request.query.get("ids", "").split(",")))
    if not 1 <= len(ids) <= 100 or not all(map(is_number, ids)):
        raise invalid(
            "The `ids` query parameter must be 1 to 100 ids of posts", "ids", request.query.get("ids", "")
        )
    body: dict = {"data": [], "errors": []}
    for post_id in ids:
        post = _find(request, post_id)
        if post is None or not reading.is_visible(request.app[NETWORK].state, post, now()):
            body["errors"].append(missing("tweet", post_id, "ids"))
            continue
        told, refused = describe(request, post, wanted)
        body["data"].append(told)
        body["errors"].extend(refused)
    return web.json_response({name: value for name, value in body.items() if value} | wanted.included())


async def get_tweet(request):
    require_scopes(request, "tweet.read", "users.read")
    wanted, post_id = _wanted(request, set()), request.match_info["post_id"]
    post = _find(request, post_id)
    if post is None or not reading.is_visible(request.app[NETWORK].state, post, now()):
        return web.json_response({"errors": [missing("tweet", post_id)]})
    told, refused = describe(request, post, wanted)
    return web.json_response({"data": told} | ({"errors": refused} if refused else {}) | wanted.included())


_LISTING = {"max_results", "start_time", "end_time", "since_id", "until_id", "exclude", "pagination_token"}


async def get_user_tweets(request):
    """A user's own posts, newest first."""
    require_scopes(request, "tweet.read", "users.read")
    wanted, query = _wanted(request, _LISTING), request.query
    network = request.app[NETWORK]
    account = network.state.accounts.get(request.match_info["user_id"])
    if account is None or account.network != "x":
        return web.json_response({"errors": [missing("user", request.match_info["user_id"])]})
    if trait(request, "listing", account) == "none":
        raise forbidden()
    if unknown := set(filter(None, query.get("exclude", "").split(","))) - {"retweets", "replies"}:
        raise invalid("The `exclude` value is not valid.", "exclude", sorted(unknown)[0])
    found, more = reading.page(
        network.state,
        account,
        since=_moment(query, "start_time"),
        before=_page_start(request, account),
        limit=_max_results(query),
        moment=now(),
    )
    last = found[-1].id if found else ""
    found = [post for post in found if _within(query, post)]
    told = [describe(request, post, wanted)[0] for post in found]
    meta: dict = {"result_count": len(told)}
    if told:
        ids = [int(post["id"]) for post in told]
        meta |= {"newest_id": str(max(ids)), "oldest_id": str(min(ids))}
    if more:
        meta["next_token"] = f"7140d{last}"
    return web.json_response(({"data": told} if told else {}) | {"meta": meta} | wanted.included())


def _wanted(request, known: set[str]) -> Wanted:
    """Which fields of posts are asked for. Raises Refusal for what the API does not know."""
    query = request.query
    fields = {"tweet.fields", "post.fields", "expansions", "media.fields", "user.fields"}
    if unknown := sorted(set(query) - known - fields):
        raise invalid(f"The query parameter [{unknown[0][:40]}] is not valid.", unknown[0], query[unknown[0]])
    new = "post.fields" in query
    names = set(filter(None, (query.get("tweet.fields", "") + "," + query.get("post.fields", "")).split(",")))
    if unknown := sorted(names - TWEET_FIELDS):
        raise invalid(
            f"The `tweet.fields` value [{unknown[0][:40]}] is not valid.", "tweet.fields", unknown[0]
        )
    expansions = set(filter(None, query.get("expansions", "").split(",")))
    return Wanted(names, new_words=new, media="attachments.media_keys" in expansions)


def _moment(query, name):
    if name not in query:
        return None
    text = query[name]
    try:
        if "T" not in text or not text.endswith("Z"):
            raise ValueError
        return parse_iso(text)
    except ValueError as error:
        raise invalid(f"The `{name}` value must be YYYY-MM-DDTHH:mm:ssZ", name, text) from error


def _max_results(query) -> int:
    text = query.get("max_results", "10")
    if not is_number(text) or not 5 <= int(text) <= 100:
        raise invalid(
            f"The `max_results` query parameter value [{text[:20]}] is not between 5 and 100",
            "max_results",
            text,
        )
    return int(text)


def _page_start(request, account) -> Post | None:
    token = request.query.get("pagination_token")
    if token is None:
        return None
    post = request.app[NETWORK].state.posts.get(token.removeprefix("7140d"))
    if post is None or post.account is not account:
        raise invalid("The pagination_token is not valid.", "pagination_token", token)
    return post


def _within(query, post) -> bool:
    end = _moment(query, "end_time")
    return (
        (end is None or post.created_at < end)
        and ("since_id" not in query or int(post.id) > _number(query, "since_id"))
        and ("until_id" not in query or int(post.id) < _number(query, "until_id"))
        and not ("replies" in query.get("exclude", "") and "reply_to" in post.facts)
    )


def _number(query, name) -> int:
    if not is_number(query[name]):
        raise invalid(f"The `{name}` value is not the id of a post.", name, query[name])
    return int(query[name])


ROUTES = (
    Route("POST", "/2/tweets", post_tweets, "publish"),
    Route("GET", "/2/tweets", get_tweets),
    Route("GET", "/2/tweets/{post_id}", get_tweet),
    Route("DELETE", "/2/tweets/{post_id}", delete_tweet),
    Route("GET", "/2/users/{user_id}/tweets", get_user_tweets, "read"),
)
