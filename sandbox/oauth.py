"""Where an app trades a code, or a refresh token, for tokens. Rules that name this path can spoil it."""

import json
from urllib.parse import parse_qsl

from aiohttp import web

from . import accounts
from .body import read_bytes
from .clock import now
from .counts import followers
from .errors import Refusal
from .gate import pass_through
from .keys import ACCOUNT, BODY, NETWORK

FORM_MAX = 16 * 1024


async def post_token(request):
    return await pass_through(request, _trade, _identify)


async def _identify(request):
    """Whose code or refresh token it is, for the rules of that account; good or not is found out later."""
    network = request.app[NETWORK]
    request[BODY] = await read_bytes(request, FORM_MAX)
    data = _fields(request, request[BODY])
    if isinstance(data.get("code"), str):
        account = accounts.account_of_code(network, data["code"])
    else:
        token = accounts.find_token(network, str(data.get("refresh_token", "")), "refresh")
        account = token.account if token else None
    if account:
        request[ACCOUNT] = account


async def _trade(request):
    network = request.app[NETWORK]
    data = _fields(request, request[BODY])
    if isinstance(data.get("code"), str):
        account, pair = accounts.redeem(network, data["code"])
    elif isinstance(data.get("refresh_token"), str):
        account, pair = accounts.rotate(network, data["refresh_token"])
    else:
        raise Refusal(400, "invalid_request", "Send a code or a refresh_token.")
    pair["account"] = {
        "id": account.id,
        "handle": account.handle,
        "name": account.name,
        "followers": followers(account, now()),
        "url": network.account_url(account),
    }
    return web.json_response(pair, headers={"Cache-Control": "no-store"})


def _fields(request, raw: bytes) -> dict:
    """JSON, or the form encoding that most OAuth clients send."""
    try:
        text = raw.decode("utf-8")
        if request.content_type == "application/x-www-form-urlencoded":
            return dict(parse_qsl(text, max_num_fields=20))
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "invalid_request", "The request is neither JSON nor a form.") from error
    return data if isinstance(data, dict) else {}
