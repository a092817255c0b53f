"""The stand-in of a Mastodon server: statuses (docs.joinmastodon.org, methods statuses and accounts).

The key of a call is known for an hour. Text is counted in grapheme clusters, with 23 for each http(s) address
and without the host of `@user@host`.
"""

import time
from urllib.parse import parse_qsl

import regex
from aiohttp import web

from .. import posts, reading
from ..clock import now
from ..keys import ACCOUNT, BODY, NETWORK, TOKEN
from ..limits import check_characters, graphemes
from ..posts import Draft
from ..state import Account, Post
from . import common, mastodon_media
from .common import DAY, Route, read_fields
from .mastodon_describe import describe_status
from .mastodon_errors import invalid, limit_headers, limited, not_found, refuse, require_scope
from .rest import is_number, published_within, trait
from .x_text import find_urls

TEXT_MAX, MEDIA_MAX, URL_LENGTH = 500, 4, 23
CODE_POINTS_MAX = 10_000
POSTS_MAX, WINDOW = 300, 3 * 3600
PAGE, PAGE_MAX = 20, 40
_VISIBILITIES = ("public", "unlisted", "private", "direct")
_FIELDS = {"status", "media_ids", "in_reply_to_id", "sensitive", "spoiler_text", "visibility", "language"}
_MENTION = regex.compile(r"(?<![\w/@])(@[\w.-]*\w)@[\w.-]*\w")


def new_id() -> str:
    """Milliseconds and sixteen bits, as Mastodon makes them."""
    return str(int(time.time() * 1000) << 16 | time.monotonic_ns() & 0xFFFF)


def count(text: str) -> int:
    spans = [span for span in find_urls(text) if "://" in text[slice(*span)]]
    rest, last = "", 0
    for start, end in spans:
        rest += text[last:start] + "x" * URL_LENGTH
        last = end
    return graphemes(_MENTION.sub(r"\1", rest + text[last:]))


async def _fields(request) -> dict:
    """The parameters, of a form or of JSON; `media_ids[]` is how a form writes a list. Raises Refusal."""
    if request.content_type != "application/x-www-form-urlencoded":
        return await read_fields(request)
    fields: dict = {}
    for name, value in parse_qsl(request[BODY].decode("utf-8", "replace"), keep_blank_values=True):
        if name.endswith("[]"):
            fields.setdefault(name[:-2], []).append(value)
        else:
            fields[name] = value
    return fields


async def post_statuses(request):
    require_scope(request, "write:statuses")
    network, account, fields = request.app[NETWORK], request[ACCOUNT], await _fields(request)
    key = request.headers.get("Idempotency-Key") or None
    if earlier := posts.repeat_of(network, account, key):
        draft = Draft(str(fields.get("status") or ""), None, earlier.media)
        post, _ = await common.publish(request, draft, post_id=earlier.id, key=key)
        return web.json_response(describe_status(network.state, post))
    draft, facts = _checked(request, fields)
    if published_within(account, WINDOW) >= POSTS_MAX or _is_over_quota(request):
        raise limited(POSTS_MAX, WINDOW)
    post, _ = await common.publish(request, draft, post_id=new_id(), key=key, **facts)
    for media_id in facts["media_ids"]:
        thing = mastodon_media.find_media(request, media_id)
        common.keep(network, thing.id, thing.kind, account, status=post.id)
    headers = limit_headers(POSTS_MAX, POSTS_MAX - published_within(account, WINDOW), WINDOW)
    return web.json_response(describe_status(network.state, post), headers=headers)


def _is_over_quota(request) -> bool:
    quota = trait(request, "daily_quota")
    return bool(quota) and published_within(request[ACCOUNT], DAY) >= quota


def _checked(request, fields: dict) -> tuple[Draft, dict]:
    """Raises Refusal."""
    if unknown := sorted(set(fields) - _FIELDS):
        raise invalid(f"{unknown[0][:40]} is not a parameter that this stand-in has")
    texts = {name: fields.get(name) or "" for name in ("status", "spoiler_text", "visibility", "language")}
    if not all(isinstance(value, str) for value in texts.values()):
        raise invalid("a text is not a text")
    for name in ("status", "spoiler_text"):
        check_characters(texts[name], name)
    things = _media(request, fields.get("media_ids") or [])
    if not texts["status"].strip() and not things:
        raise invalid("Text can't be blank")
    if (
        len(texts["status"]) > CODE_POINTS_MAX
        or count(texts["status"]) + graphemes(texts["spoiler_text"]) > TEXT_MAX
    ):
        raise invalid(f"Text character limit of {TEXT_MAX} exceeded")
    if (texts["visibility"] or "public") not in _VISIBILITIES:
        raise invalid("Visibility is not included in the list")
    facts = {
        "media_ids": [thing.data["id"] for thing in things],
        "spoiler_text": texts["spoiler_text"],
        "sensitive": fields.get("sensitive") in (True, "true", "1") or bool(texts["spoiler_text"]),
        "visibility": texts["visibility"] or "public",
        "language": texts["language"] or "en",
        "app_name": _app_name(request),
    }
    if parent := fields.get("in_reply_to_id"):
        if _find(request, str(parent)) is None:
            raise refuse(404, "The post you are trying to reply to does not appear to exist.")
        facts["reply_to"] = str(parent)
    media = tuple(mastodon_media.media_of(request, thing) for thing in things)
    return Draft(texts["status"], None, media), facts


def _app_name(request) -> str:
    app = common.find_thing(
        request.app[NETWORK], f"mastodon-app:{request[TOKEN].facts.get('app', '')}", "mastodon-app"
    )
    return app.data["name"] if app else ""


def _media(request, ids) -> list:
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise invalid("Media ids must be a list")
    if len(ids) > MEDIA_MAX:
        raise invalid(f"Cannot attach more than {MEDIA_MAX} files")
    things = [mastodon_media.find_media(request, one) for one in ids]
    if lost := [
        one for one, thing in zip(ids, things, strict=True) if thing is None or "status" in thing.data
    ]:
        raise refuse(422, f"Media {', '.join(lost)} not found or already attached to another post")
    media = [mastodon_media.media_of(request, thing) for thing in things]
    if len(media) > 1 and any(item.mime.startswith("video/") for item in media):
        raise refuse(422, "Cannot attach a video to a post that already contains images")
    if not all(mastodon_media.is_ready(request, thing) for thing in things):
        raise refuse(422, "Cannot attach files that have not finished processing. Try again in a moment!")
    return things


def _find(request, post_id: str) -> Post | None:
    """A status that the caller may see."""
    state = request.app[NETWORK].state
    post = state.live_post(post_id)
    if post is None or post.account.network != "mastodon" or not reading.is_visible(state, post, now()):
        return None
    own = request.get(ACCOUNT) is post.account
    return post if own or post.facts["visibility"] in ("public", "unlisted") else None


def _require(request) -> Post:
    post = _find(request, request.match_info["post_id"])
    if post is None:
        raise not_found()
    return post


async def get_status(request):
    return web.json_response(describe_status(request.app[NETWORK].state, _require(request)))


async def get_statuses(request):
    found = [_find(request, one) for one in request.query.getall("id[]", [])[:PAGE_MAX]]
    state = request.app[NETWORK].state
    return web.json_response([describe_status(state, post) for post in found if post])


async def get_source(request):
    require_scope(request, "read:statuses")
    post = _require(request)
    body = {"id": post.id, "text": post.text, "spoiler_text": post.facts["spoiler_text"]}
    return web.json_response(body)


async def delete_status(request):
    """The answer has the text, for whoever wants to write it anew."""
    require_scope(request, "write:statuses")
    post = _require(request)
    if post.account is not request[ACCOUNT]:
        raise not_found()
    body = describe_status(request.app[NETWORK].state, post) | {"text": post.text}
    posts.delete(request.app[NETWORK], post)
    return web.json_response(body)


_LISTING = {
    "limit", "max_id", "min_id", "since_id", "exclude_reblogs", "exclude_replies", "only_media",
    "pinned", "tagged",
}  # fmt: skip


async def get_account_statuses(request):
    """An account's statuses, newest first; its owner sees all of them."""
    if TOKEN in request:
        require_scope(request, "read:statuses")
    network, query = request.app[NETWORK], request.query
    account = network.state.accounts.get(request.match_info["account_id"])
    if account is None or account.network != "mastodon":
        raise not_found()
    if unknown := sorted(set(query) - _LISTING):
        raise invalid(f"{unknown[0][:40]} is not a parameter")
    if trait(request, "listing", account) == "none":
        raise refuse(403, "This action is not allowed")
    limit = min(int(query["limit"]) if is_number(query.get("limit", "")) else PAGE, PAGE_MAX)
    found = _page(request, account, limit)
    headers = {}
    if found:
        path = f"https://mastodon.practice/api/v1/accounts/{account.id}/statuses"
        headers["Link"] = (
            f'<{path}?max_id={found[-1].id}>; rel="next", <{path}?min_id={found[0].id}>; rel="prev"'
        )
    return web.json_response([describe_status(network.state, post) for post in found], headers=headers)


def _page(request, account: Account, limit: int) -> list[Post]:
    network, query = request.app[NETWORK], request.query
    before = network.state.posts.get(query.get("max_id", ""))
    before = before if before and before.account is account else None
    found, _ = reading.page(network.state, account, since=None, before=before, limit=limit, moment=now())
    found = [post for post in found if _find(request, post.id)]
    given = [query[name] for name in ("min_id", "since_id") if is_number(query.get(name, ""))]
    lowest = max(map(int, given), default=0)
    found = [post for post in found if int(post.id) > lowest]
    if query.get("exclude_replies") == "true":
        found = [post for post in found if "reply_to" not in post.facts]
    if query.get("only_media") == "true":
        found = [post for post in found if post.media]
    return [] if query.get("pinned") == "true" else found


ROUTES = (
    Route("POST", "/api/v1/statuses", post_statuses, "publish"),
    Route("GET", "/api/v1/statuses", get_statuses),
    Route("GET", "/api/v1/statuses/{post_id}", get_status),
    Route("GET", "/api/v1/statuses/{post_id}/source", get_source),
    Route("DELETE", "/api/v1/statuses/{post_id}", delete_status),
    Route("GET", "/api/v1/accounts/{account_id}/statuses", get_account_statuses, "read"),
)
