"""What everybody can see: the feed, an account, a post, the images."""

from pathlib import Path

from aiohttp import web

from .errors import not_found
from .html import render
from .keys import NETWORK

PAGE = 20
LISTED_MAX = 200
LOOKS_AGAIN = 4  # seconds after which the open feed looks for new posts
_STATIC = Path(__file__).parent / "static"
_STATIC_TYPES = {"practice.css": "text/css", "favicon.svg": "image/svg+xml"}


async def get_feed(request):
    network = request.app[NETWORK]
    account = None
    if handle := request.query.get("account"):
        account = network.require_account(handle)
    looks_again = not request.query
    page = render(
        request, "feed.html", account=account, **_window(request, account), accounts=listed(network),
        looks_again=LOOKS_AGAIN if looks_again else None,
    )  # fmt: skip
    if looks_again:
        page.headers["Refresh"] = str(LOOKS_AGAIN)
    return page


async def get_account(request):
    network = request.app[NETWORK]
    account = network.state.handles.get(request.match_info["handle"].lower())
    if account is None:
        raise not_found("No practice account has this handle.")
    return render(request, "account.html", account=account, **_window(request, account))


async def get_post(request):
    network = request.app[NETWORK]
    post = network.state.posts.get(request.match_info["post_id"])
    if post is None or post.account.handle != request.match_info["handle"].lower():
        raise not_found("There is no post at this address.")
    if post.deleted:
        raise not_found("This post was removed by its account.")
    return render(request, "post.html", post=post, account=post.account)


async def get_media(request):
    network = request.app[NETWORK]
    media = network.state.media.get(request.match_info["media_id"])
    if media is None:
        raise not_found("There is no image at this address.")
    headers = {"Content-Type": media.mime, "Cache-Control": "public, max-age=31536000, immutable"}
    return web.FileResponse(network.media_path(media.id), headers=headers)


async def get_static(request):
    name = request.match_info["name"]
    if name not in _STATIC_TYPES:
        raise not_found()
    headers = {"Content-Type": f"{_STATIC_TYPES[name]}; charset=utf-8", "Cache-Control": "no-cache"}
    return web.FileResponse(_STATIC / name, headers=headers)


def listed(network, *, own=False) -> list:
    """Accounts by name, for lists that people choose from; `own`: but for those of stand-ins."""
    found = network.state.accounts.values()
    if own:
        found = [account for account in found if not account.network]
    # a person whose Pages post for them is nobody to read
    found = [account for account in found if account.kind != "person" or account.order]
    accounts = sorted(found, key=lambda account: account.name.casefold())
    return accounts[:LISTED_MAX]


def _window(request, account) -> dict:
    """One page of posts, beginning after the post named by ?before=."""
    state = request.app[NETWORK].state
    before = state.posts.get(request.query.get("before", ""))
    found = state.newest(PAGE + 1, account=account, before=before)
    older = found[PAGE - 1].id if len(found) > PAGE else None
    return {"posts": found[:PAGE], "before": before, "older": older}


def add_pages(app: web.Application) -> None:
    app.router.add_get("/", get_feed)
    app.router.add_get("/@{handle}", get_account)
    app.router.add_get("/@{handle}/{post_id}", get_post)
    app.router.add_get("/media/{media_id}", get_media)
    app.router.add_get("/static/{name}", get_static)
