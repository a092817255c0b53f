"""The stand-in of LinkedIn: making, commenting on and deleting posts.

LinkedIn documentation, "Posts API", "little Text Format", "MultiImage API", "Comments API".
"""

from datetime import timedelta

import regex
from aiohttp import web

from .. import posts
from ..clock import now
from ..keys import ACCOUNT, NETWORK, OUTCOME
from ..posts import Draft
from ..state import Account, Media, Post
from . import common, little
from .common import DAY, Route
from .linkedin_errors import (
    check_fields,
    denied,
    duplicate,
    held_object,
    malformed,
    may_act_for,
    not_found,
    require_author,
    require_scope,
    throttled,
    urn_of,
    wrong_field,
)
from .linkedin_media import status_of
from .rest import described, published_within, trait

TEXT_MAX, ALT_MAX, COMMENT_MAX = 3000, 4086, 1250
POSTS_A_DAY = 150
_VISIBILITIES = {"person": ("PUBLIC", "CONNECTIONS", "LOGGED_IN"), "organization": ("PUBLIC", "LOGGED_IN")}
_REQUIRED = {
    "author": str, "commentary": str, "visibility": str, "distribution": dict, "lifecycleState": str,
}  # fmt: skip
_DISTRIBUTION = {"feedDistribution": str, "targetEntities": list, "thirdPartyDistributionChannels": list}


async def post_posts(request):
    data = check_fields(
        held_object(request), "", _REQUIRED, {"isReshareDisabledByAuthor": bool, "content": dict}
    )
    author = require_author(request, data["author"], "author")
    _check_manner(data, author)
    if len(data["commentary"]) > TEXT_MAX:
        raise wrong_field(
            f"ShareCommentary text length ({len(data['commentary'])} characters) exceeded the maximum "
            f"allowed ({TEXT_MAX} characters)",
            "commentary",
            "FIELD_LENGTH_TOO_LONG",
        )
    kind, link, media, card = _content(request, data.get("content"), author)
    text, kept = little.read(data["commentary"])
    if not data["commentary"].strip() and not media and not link:
        raise malformed("commentary", "a post needs a text or a content")
    _refuse_too_many(request)
    _refuse_duplicate(request, author, text)
    urn = f"urn:li:{'ugcPost' if kind in ('video', 'multiImage') else 'share'}:{common.new_number(19)}"
    facts = {
        "commentary": kept,
        "visibility": data["visibility"],
        "content": data.get("content"),
        "card": card,
    }
    await common.publish(request, Draft(text, link, media), post_id=urn, **facts)
    return web.Response(status=201, headers={"x-restli-id": urn, "x-linkedin-id": urn})


def _check_manner(data, author: Account) -> None:
    """Raises Refusal for what says how the post is shown."""
    if data["visibility"] not in _VISIBILITIES[author.kind]:
        raise malformed("visibility", f"{data['visibility'][:40]} is not an enum symbol")
    if data["lifecycleState"] != "PUBLISHED":
        raise malformed("lifecycleState", f"{data['lifecycleState'][:40]} is not allowed on creation")
    distribution = check_fields(
        data["distribution"], "distribution", {"feedDistribution": str}, _DISTRIBUTION
    )
    if distribution["feedDistribution"] not in ("MAIN_FEED", "NONE"):
        raise malformed("distribution/feedDistribution", "not an enum symbol")
    if distribution.get("targetEntities") or distribution.get("thirdPartyDistributionChannels"):
        raise malformed("distribution", "targeting is not part of this stand-in")


def _content(request, content, author) -> tuple[str, str | None, tuple[Media, ...], dict | None]:
    """The kind of what the post holds, its link, its media and the link's card. Raises Refusal."""
    if content is None:
        return "", None, (), None
    check_fields(content, "content", {}, {"article": dict, "media": dict, "multiImage": dict})
    if len(content) != 1:
        raise malformed("content", "exactly one kind of content is allowed")
    kind = next(iter(content))
    match kind:
        case "article":
            return kind, *_article(request, content[kind], author)
        case "media":
            media = check_fields(content[kind], "content/media", {"id": str}, {"altText": str, "title": str})
            return _one_medium(request, media, author)
    images = check_fields(content[kind], "content/multiImage", {"images": list}, {"altText": str})["images"]
    if not 2 <= len(images) <= 20:
        raise wrong_field(
            "A multi-image post has 2 to 20 images", "content/multiImage/images", "FIELD_ARRAY_SIZE"
        )
    return (
        kind,
        None,
        tuple(_image(request, one, author, "content/multiImage/images") for one in images),
        None,
    )


def _article(request, article, author):
    fields = {"description": str, "thumbnail": str, "thumbnailAltText": str}
    check_fields(article, "content/article", {"source": str, "title": str}, fields)
    if not regex.fullmatch(r"https?://[^\s]+", article["source"]):
        raise wrong_field("The source is not a URL", "content/article/source", "INVALID_URL")
    if not article["title"].strip() or len(article["title"]) > 400:
        raise wrong_field(
            "The title must have 1 to 400 characters", "content/article/title", "FIELD_LENGTH_TOO_LONG"
        )
    if len(article.get("description", "")) > 4086:
        raise wrong_field(
            "The description is too long", "content/article/description", "FIELD_LENGTH_TOO_LONG"
        )
    card = {
        "uri": article["source"],
        "title": article["title"],
        "description": article.get("description", ""),
    }
    if "thumbnail" in article:
        alt = article.get("thumbnailAltText", "")
        thumbnail = _image(
            request, {"id": article["thumbnail"], "altText": alt}, author, "content/article/thumbnail"
        )
        card["thumb"] = thumbnail.id
    return article["source"], (), card


def _one_medium(request, media, author):
    if media["id"].startswith("urn:li:video:"):
        if "altText" in media:
            raise malformed("content/media/altText", "only images have an alternative text")
        return (
            "video",
            None,
            (_asset(request, media["id"], "linkedin-video", author, "content/media/id"),),
            None,
        )
    wanted = {name: value for name, value in media.items() if name != "title"}
    return "media", None, (_image(request, wanted, author, "content/media"),), None


def _image(request, given, author, where: str) -> Media:
    check_fields(given, where, {"id": str}, {"altText": str})
    alt = given.get("altText", "")
    if len(alt) > ALT_MAX:
        raise wrong_field(
            f"altText exceeded {ALT_MAX} characters", f"{where}/altText", "FIELD_LENGTH_TOO_LONG"
        )
    media = _asset(request, given["id"], "linkedin-image", author, f"{where}/id")
    return described(request.app[NETWORK], author, media, alt)


def _asset(request, urn, kind, author, where) -> Media:
    """The uploaded file behind an image's or video's URN. Raises Refusal."""
    network = request.app[NETWORK]
    thing = common.find_thing(network, urn, kind)
    if thing is None:
        raise wrong_field(f"{urn[:80]} is not a valid id", where, "INVALID_URN_ID")
    if thing.account is not author:
        raise denied(f"The owner of {urn} is not the author of the post")
    status = status_of(request, thing)
    if status == "PROCESSING_FAILED":
        raise wrong_field(f"{urn} could not be processed", where, "MEDIA_ASSET_PROCESSING_FAILED")
    unready = status == "PROCESSING" and (
        kind == "linkedin-video" or trait(request, "unready_media") == "refused"
    )
    if status == "WAITING_UPLOAD" or unready:
        raise wrong_field(f"{urn} is waiting for its upload", where, "MEDIA_ASSET_WAITING_UPLOAD")
    return network.state.media[thing.data["media"]]


def _refuse_too_many(request):
    quota = trait(request, "daily_quota") or POSTS_A_DAY
    since_midnight = (now() - now().replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()
    if published_within(request[ACCOUNT], min(since_midnight, DAY)) >= quota:
        raise throttled()


def _refuse_duplicate(request, author: Account, text: str) -> None:
    """Raises Refusal that names the original, also one that is deleted by now."""
    within = timedelta(seconds=trait(request, "duplicates_refused_for"))
    said = author.said.get(text) if text else None
    if said is None or now() - said >= within:
        return
    same = [
        post
        for post in request.app[NETWORK].state.posts.values()
        if (post.account, post.text) == (author, text)
    ]
    raise duplicate(max(same, key=lambda post: post.created_at).id)


def find_post(request) -> Post | None:
    post = request.app[NETWORK].state.live_post(request.match_info["urn"])
    return post if post and post.account.network == "linkedin" else None


async def delete_post(request):
    """Deleting what is gone already succeeds."""
    network, post = request.app[NETWORK], request.app[NETWORK].state.posts.get(request.match_info["urn"])
    if post is None or post.account.network != "linkedin":
        raise not_found()
    if may_act_for(request, urn_of(post.account)) is None:
        raise denied("The viewer is not the author of this post")
    require_scope(request, "w_member_social" if post.account.kind == "person" else "w_organization_social")
    if not post.deleted:
        posts.delete(network, post)
    return web.Response(status=204)


async def post_comment(request):
    """A comment is plain text, not little text."""
    parent = find_post(request)
    fields = {"actor": str, "message": dict}
    data = check_fields(held_object(request), "", fields, {"object": str, "parentComment": str})
    author = require_author(request, data["actor"], "actor")
    message = check_fields(data["message"], "message", {"text": str}, {"attributes": list})
    if parent is None:
        raise not_found("The post was not found")
    if not 1 <= len(message["text"]) <= COMMENT_MAX:
        raise wrong_field(
            f"A comment has 1 to {COMMENT_MAX} characters", "message/text", "FIELD_LENGTH_TOO_LONG"
        )
    _refuse_too_many(request)
    number = common.new_number(19)
    urn = f"urn:li:comment:({parent.id},{number})"
    draft = Draft(message["text"], None, ())
    await common.publish(request, draft, post_id=f"comment-{number}", reply_to=parent.id, comment=urn)
    request[OUTCOME]["comment"] = urn
    body = {
        "id": number,
        "commentUrn": urn,
        "actor": urn_of(author),
        "object": parent.id,
        "message": {"text": message["text"], "attributes": []},
        "created": {"actor": urn_of(author), "time": int(now().timestamp() * 1000)},
    }
    return web.json_response(body, status=201, headers={"x-restli-id": number})


ROUTES = (
    Route("POST", "/rest/posts", post_posts, "publish"),
    Route("DELETE", "/rest/posts/{urn}", delete_post),
    Route("POST", "/rest/socialActions/{urn}/comments", post_comment, "publish"),
)
