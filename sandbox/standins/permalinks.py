"""Where the addresses of posts and profiles on the platforms lead: to their pages here."""

from collections.abc import Callable

from aiohttp import web

from ..errors import not_found
from ..keys import NETWORK
from ..network import Network
from ..state import Account, Post
from .common import Route, find_account
from .listing import to_page


def to_account(network: Network, account: Account | None) -> web.Response:
    if account is None:
        raise not_found("There is no such profile.")
    return web.Response(status=303, headers={"Location": network.account_url(account)})


def post_page(path: str, find: Callable[[web.Request], Post | None]) -> Route:
    """The address of a post. `find` looks it up."""

    async def show(request):
        post = find(request)
        if post is None or post.deleted:
            raise not_found("There is no such post.")
        return to_page(request.app[NETWORK], post)

    return Route("GET", path, show, page=True)


def profile_page(path: str, platform: str) -> Route:
    """The address of a profile, in which `{name}` is the account's name on the platform."""

    async def show(request):
        network = request.app[NETWORK]
        return to_account(network, find_account(network, platform, request.match_info["name"]))

    return Route("GET", path, show, page=True)


def by_id(platform: str) -> Callable[[web.Request], Post | None]:
    """Finds a post by the id in its address."""

    def find(request):
        post = request.app[NETWORK].state.live_post(request.match_info["id"])
        return post if post and post.account.network == platform else None

    return find
