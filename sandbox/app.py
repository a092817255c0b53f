"""The application: every route, and what holds for all of them."""

import logging

from aiohttp import web

from . import oauth
from .admin_api import make_admin_api
from .api import make_api
from .errors import Refusal
from .keys import NETWORK
from .network import Network

logger = logging.getLogger("sandbox")

_SECURITY = {
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
        if not request.raw_path.isascii():
            raise Refusal(400, "bad_address", "The address has characters that must be percent-encoded.")
        response = await handler(request)
        await network.log.durable()
        return response
    except Refusal as refusal:
        return refusal.as_json()
    except web.HTTPException as error:
        return Refusal(error.status, error.reason.lower().replace(" ", "_"), f"{error.reason}.").as_json()
    except Exception:
        logger.exception("Unexpected error at %s %s", request.method, ascii(request.path))
        return Refusal(
            500, "server_error", "Something failed here. The server's output has the details."
        ).as_json()


async def add_headers(request, response):
    for name, value in _SECURITY.items():
        response.headers.setdefault(name, value)


async def get_health(request):
    return web.json_response({"status": "ok"})


def make_app(network: Network) -> web.Application:
    app = web.Application(middlewares=[answer])
    app[NETWORK] = network
    app.on_response_prepare.append(add_headers)
    app.router.add_get("/healthz", get_health)
    app.router.add_post("/oauth/token", oauth.post_token)
    app.add_subapp("/api/", make_api(network))
    app.add_subapp("/admin/", make_admin_api(network))
    return app
