"""Forms come from our own pages: same origin, and a token that matches the visitor's cookie."""

import hmac
import re
import secrets
from urllib.parse import parse_qsl

from aiohttp import web

from .body import read_bytes
from .errors import Refusal
from .keys import NETWORK

COOKIE = "practice_form"
FORM_MAX = 32 * 1024


def form_token(request: web.Request) -> tuple[str, str]:
    """The visitor's cookie (a new one if need be) and the token that goes into the page's forms."""
    cookie = request.cookies.get(COOKIE, "")
    if not re.fullmatch(r"[0-9a-f]{32}", cookie):
        cookie = secrets.token_hex(16)
    return cookie, request.app[NETWORK].sign("form", cookie)


def set_cookie(request: web.Request, response: web.Response, cookie: str) -> None:
    if request.cookies.get(COOKIE) != cookie:
        response.set_cookie(COOKIE, cookie, httponly=True, samesite="Lax", secure=request.secure, path="/")


async def read_form(request: web.Request, fields_max: int = 50) -> dict[str, str]:
    """The fields of a form sent by one of our own pages. Raises Refusal."""
    own_origin = f"{request.scheme}://{request.host}"
    origin = request.headers.get("Origin")
    if origin is None:
        referer = request.headers.get("Referer", "")
        origin = own_origin if referer.startswith(own_origin + "/") else None
    if origin != own_origin and origin != request.app[NETWORK].config.base_url:
        raise Refusal(
            403, "other_origin", "This form was not sent from a page of the practice network. Reload it."
        )
    raw = await read_bytes(request, FORM_MAX)
    try:
        fields = dict(parse_qsl(raw.decode("utf-8"), keep_blank_values=True, max_num_fields=fields_max))
    except ValueError as error:
        raise Refusal(400, "bad_form", "The form could not be read. Go back and send it again.") from error
    cookie = request.cookies.get(COOKIE, "")
    expected = request.app[NETWORK].sign("form", cookie) if cookie.isascii() else ""
    if not cookie or not hmac.compare_digest(
        expected.encode(), fields.get("csrf", "").encode("utf-8", "replace")
    ):
        raise Refusal(403, "stale_form", "This form is too old. Reload the page and send it again.")
    return fields
