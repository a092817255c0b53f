"""The application: every route, and what holds for all of them."""

import logging

import regex
from aiohttp import web

from . import late, oauth
from .admin_api import make_admin_api
from .api import make_api
from .connect import add_connect
from .errors import Refusal
from .html import render
from .keys import NETWORK
from .network import Network
from .pages import add_pages
from .standins import add_standins
from .switches import add_switches

logger = logging.getLogger("sandbox")

_LOOPBACK = regex.compile(
    r"(?:localhost|(?:[a-z0-9-]+\.)+localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?"
)
_FOR_PROGRAMS = ("/api/", "/admin/", "/oauth/", "/as/", "/healthz")
_PLAIN = {404: "There is nothing at this address.", 405: "This address does not take that kind of request."}
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Server": "practice-network",
}


@web.middleware
async def answer(request: web.Request, handler) -> web.StreamResponse:
    """Nothing is answered before the log has it on disk, and every refusal is a plain answer."""
    network = request.app[NETWORK]
    try:
        _check_address(request)
        response = await handler(request)
        await network.log.durable()
        return response
    except Refusal as refusal:
        return _refused(request, refusal)
    except web.HTTPException as error:
        code = error.reason.lower().replace(" ", "_")
        return _refused(request, Refusal(error.status, code, _PLAIN.get(error.status, f"{error.reason}.")))
    except Exception:
        logger.exception("Unexpected error at %s %s", request.method, ascii(request.path))
        message = "Something failed here. The server's output has the details."
        return _refused(request, Refusal(500, "server_error", message))


def _check_address(request):
    """Another site's name that resolves to this machine is not ours to answer for."""
    if not request.app[NETWORK].config.allow_remote and not _LOOPBACK.fullmatch(request.host.lower()):
        raise Refusal(403, "other_host", "This address does not belong to the practice network.")
    if not request.raw_path.isascii():
        raise Refusal(400, "bad_address", "The address has characters that must be percent-encoded.")


def _refused(request, refusal) -> web.Response:
    if request.path.startswith(_FOR_PROGRAMS):
        return refusal.as_json()
    return render(request, "refused.html", status=refusal.status, refusal=refusal)


async def add_headers(request, response):
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


async def get_health(request):
    return web.json_response({"status": "ok"})


def make_app(network: Network) -> web.Application:
    app = web.Application(middlewares=[answer])
    app[NETWORK] = network
    app.on_response_prepare.append(add_headers)
    app.on_startup.append(late.resume)
    app.router.add_get("/healthz", get_health)
    app.router.add_post("/oauth/token", oauth.post_token)
    add_pages(app)
    add_switches(app)
    add_connect(app)
    add_standins(app)
    app.add_subapp("/api/", make_api(network))
    app.add_subapp("/admin/", make_admin_api(network))
    return app
