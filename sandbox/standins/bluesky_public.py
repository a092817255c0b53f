"""The stand-in of Bluesky's public reads, of the directory of DIDs, and of what a handle's host answers.

Lexicons app.bsky.feed.getPosts, app.bsky.actor.getProfile; did-method-plc ("GET /:did"); atproto.com (handle
resolution over HTTPS).
"""

from aiohttp import web

from .. import reading
from ..clock import iso, now
from ..counts import counts, followers
from ..keys import ACCOUNT, NETWORK
from ..state import Account, Post
from .bluesky_errors import invalid, query_of
from .bluesky_ids import AT_URI
from .bluesky_people import HOST, document_of, find_account, handle_of
from .bluesky_record import POST
from .bluesky_repo import find_record, uri_of
from .permalinks import to_account

POSTS_MAX = 25


def _author(account: Account) -> dict:
    return {"did": account.id, "handle": handle_of(account), "displayName": account.name}


async def get_posts(request):
    """Posts by their URIs; what is not there is left out."""
    if unknown := set(request.query) - {"uris"}:
        raise invalid(f'Params has a property that the lexicon does not name: "{sorted(unknown)[0][:50]}"')
    uris = request.query.getall("uris", [])
    if not 1 <= len(uris) <= POSTS_MAX:
        raise invalid(f"Params/uris must have 1 to {POSTS_MAX} elements")
    found = [_find(request, uri) for uri in uris]
    return web.json_response({"posts": [_described(post) for post in found if post]})


def _find(request, uri) -> Post | None:
    match = AT_URI.fullmatch(uri)
    if not match:
        raise invalid("Params/uris must be a valid at-uri")
    network = request.app[NETWORK]
    account = find_account(network, match["repo"])
    if account is None or match["collection"] != POST:
        return None
    request[ACCOUNT] = account
    post = find_record(network, account, match["rkey"])
    return post if post and reading.is_visible(network.state, post, now()) else None


def _described(post: Post) -> dict:
    figures = counts(post, now())
    return {
        "uri": uri_of(post.account, post.facts["rkey"]),
        "cid": post.facts["cid"],
        "author": _author(post.account),
        "record": post.facts["record"],
        "likeCount": figures["likes"],
        "repostCount": figures["shares"],
        "replyCount": figures["replies"],
        "quoteCount": figures["shares"] // 4,
        "bookmarkCount": figures["likes"] // 6,
        "indexedAt": iso(post.created_at),
        "labels": [],
    }


async def get_profile(request):
    actor = query_of(request, ("actor",))["actor"]
    account = find_account(request.app[NETWORK], actor)
    if account is None:
        raise invalid("Profile not found")
    request[ACCOUNT] = account
    figures = {
        "followersCount": followers(account, now()),
        "followsCount": 0,
        "postsCount": len(account.order),
    }
    return web.json_response(
        _author(account) | figures | {"indexedAt": iso(account.created_at), "labels": []}
    )


def find_post(request) -> Post | None:
    """What an address of bsky.app names."""
    network = request.app[NETWORK]
    account = find_account(network, request.match_info["actor"])
    return find_record(network, account, request.match_info["rkey"]) if account else None


async def show_profile(request):
    network = request.app[NETWORK]
    return to_account(network, find_account(network, request.match_info["actor"]))


async def get_document(request):
    """The directory's answer for a DID."""
    did = request.match_info["did"]
    account = request.app[NETWORK].state.accounts.get(did)
    if account is None or account.network != "bluesky":
        return web.json_response({"message": f"DID not registered: {did[:100]}"}, status=404)
    return web.json_response(document_of(account), content_type="application/did+ld+json")


async def get_handle(request):
    """What `https://<name>.bsky.social/.well-known/atproto-did` answers."""
    network = request.config_dict[NETWORK]
    account = find_account(network, f"{request.match_info['name']}.{HOST}")
    if account is None:
        return web.Response(status=404, text="User not found")
    return web.Response(text=account.id)
