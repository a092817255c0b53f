"""The page on which a person lets an app post as a practice account, as real platforms have it."""

import ipaddress
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from . import accounts
from .csrf import read_form
from .errors import Refusal
from .html import render
from .keys import NETWORK
from .pages import listed

ADDRESS_MAX, STATE_MAX = 2000, 1000


async def get_connect(request):
    return _page(request, _asked(request.app[NETWORK], request.query))


async def post_connect(request):
    """Choose an account, or make one, and go back to the app with a code."""
    network = request.app[NETWORK]
    fields = await read_form(request)
    asked = _asked(network, fields)
    try:
        if "create" in fields:
            if network.state.account(fields.get("new_handle", "")):
                raise Refusal(
                    422, "taken", "This handle is taken. Choose it above, or take another.", field="handle"
                )
            account, _ = accounts.create_account(
                network, handle=fields.get("new_handle", ""), name=fields.get("new_name", "")
            )
        else:
            account = network.require_account(fields.get("choose"))
    except Refusal as refusal:
        return _page(request, asked, status=422, fields=fields, error=refusal)
    code = accounts.make_code(network, account)
    return web.Response(status=303, headers={"Location": _return_address(asked, code=code)})


def _asked(network, query) -> dict:
    """What the app asked for: return address, state, and a handle it already knows. Raises Refusal."""
    address, state = query.get("redirect_uri", ""), query.get("state", "")
    if not may_return_to(network, address):
        raise Refusal(
            400,
            "bad_redirect",
            "The app that sent you here gave a return address that is not allowed. Only apps on this "
            "machine, or those named when the practice network was started, can connect.",
        )
    if len(state) > STATE_MAX or not state.isprintable():
        raise Refusal(400, "bad_state", "The app that sent you here gave a state that can't be used.")
    parts = urlsplit(address)
    wanted = network.state.account(query.get("handle", ""))
    return {
        "redirect_uri": address,
        "state": state,
        "origin": f"{parts.scheme}://{parts.netloc}",
        "wanted": wanted,
    }


def may_return_to(network, address: str) -> bool:
    if not address.isascii() or not address.isprintable() or " " in address or len(address) > ADDRESS_MAX:
        return False
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain_host = all(letter.isalnum() or letter in ".-:[]" for letter in parts.netloc)
    if parts.fragment or "\\" in address or not plain_host:
        return False
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    return origin in network.config.hub_origins or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _return_address(asked: dict, **answer) -> str:
    address = asked["redirect_uri"]
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}{urlencode({**answer, 'state': asked['state']})}"


def _page(request, asked, *, status=200, fields=None, error=None):
    network = request.app[NETWORK]
    return render(
        request,
        "connect.html",
        status=status,
        form_origin=asked["origin"],
        asked=asked,
        cancel=_return_address(asked, error="access_denied"),
        accounts=[account for account in listed(network, own=True) if account is not asked["wanted"]],
        fields=fields or {},
        error=error,
    )


def add_connect(app: web.Application) -> None:
    app.router.add_get("/connect", get_connect)
    app.router.add_post("/connect", post_connect)
