"""The stand-in of Bluesky: its hosts, and which call needs which token.

Specification "XRPC" at atproto.com. A call is known by its name; one with the wrong HTTP method is refused.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from ..keys import ACCOUNT, KIND, NETWORK
from . import bluesky_people as people
from . import bluesky_public as public
from . import bluesky_repo as repo
from . import bluesky_settings as settings
from . import bluesky_video as video
from .bluesky_errors import invalid, shape, xrpc
from .bluesky_people import PLATFORM
from .common import Host, Route
from .permalinks import post_page
from .rest import held_json, hold

__all__ = ["HOSTS", "PLATFORM", "add_routes"]


@dataclass(frozen=True)
class Call:
    """`auth` is the kind of token it needs, empty for none; `kind` as in `Route`; `most` bytes of body."""

    method: str
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    auth: str = ""
    kind: str = ""
    most: int = repo.RECORD_BYTES


_SERVER, _REPO = "com.atproto.server", "com.atproto.repo"
_PDS = {
    f"{_SERVER}.describeServer": Call("GET", people.describe_server),
    f"{_SERVER}.createSession": Call("POST", people.create_session),
    f"{_SERVER}.refreshSession": Call("POST", people.refresh_session, "refresh", "tokens"),
    f"{_SERVER}.getSession": Call("GET", people.get_session, "access", "me"),
    f"{_SERVER}.deleteSession": Call("POST", people.delete_session, "refresh"),
    f"{_SERVER}.getServiceAuth": Call("GET", people.get_service_auth, "access"),
    "com.atproto.identity.resolveHandle": Call("GET", people.resolve_handle),
    f"{_REPO}.uploadBlob": Call("POST", repo.upload_blob, "access", "upload", most=repo.BLOB_BYTES),
    f"{_REPO}.putRecord": Call("POST", repo.put_record, "access", "publish"),
    f"{_REPO}.createRecord": Call("POST", repo.create_record, "access", "publish"),
    f"{_REPO}.deleteRecord": Call("POST", repo.delete_record, "access"),
    f"{_REPO}.getRecord": Call("GET", repo.get_record, "", "read"),
    f"{_REPO}.listRecords": Call("GET", repo.list_records, "", "read"),
}
# a PDS passes these on for whoever is signed in
_PDS |= {
    "app.bsky.feed.getPosts": Call("GET", public.get_posts, "access"),
    "app.bsky.actor.getProfile": Call("GET", public.get_profile, "access"),
}
_PUBLIC = {
    "com.atproto.identity.resolveHandle": Call("GET", people.resolve_handle),
    "app.bsky.feed.getPosts": Call("GET", public.get_posts),
    "app.bsky.actor.getProfile": Call("GET", public.get_profile),
}
_VIDEO = {
    "app.bsky.video.uploadVideo": Call("POST", video.upload_video, kind="upload", most=video.SIZE_MAX),
    "app.bsky.video.getJobStatus": Call("GET", video.get_job_status),
    "app.bsky.video.getUploadLimits": Call("GET", video.get_upload_limits),
}


def _host(name: str, calls: dict[str, Call], *more: Route) -> Host:
    async def identify(request):
        """Which call it is and whose; the body is read here. Raises Refusal."""
        call = _call_of(request, calls)
        request[KIND] = call.kind
        if call.kind == "upload" and (request.content_length or 0) > call.most:
            raise xrpc(413, "PayloadTooLarge", "request entity too large")
        await hold(request, call.most)
        if call.auth:
            people.sign_in(request, call.auth)
        else:
            _guess_account(request)

    async def handle(request):
        return await _call_of(request, calls).handler(request)

    routes = tuple(Route(method, "/xrpc/{name}", handle) for method in ("GET", "POST"))
    return Host(name, (*routes, *more), shape, identify)


def _call_of(request, calls) -> Call:
    call = calls.get(request.match_info["name"])
    if call is None:
        raise xrpc(501, "MethodNotImplemented", "Method Not Implemented")
    if call.method != request.method and (call.method, request.method) != ("GET", "HEAD"):
        raise invalid(f"Incorrect HTTP method ({request.method}) expected {call.method}")
    return call


def _guess_account(request) -> None:
    """Of a call that needs no token, the account that it is about: rules of that account cover it."""
    data = held_json(request)
    names = [request.query.get(name) for name in ("repo", "actor", "handle", "did")]
    names.append(data.get("identifier") if isinstance(data, dict) else None)
    found = (people.find_account(request.app[NETWORK], name) for name in names)
    if account := next(filter(None, found), None):
        request[ACCOUNT] = account


def add_routes(app: web.Application) -> None:
    """Every handle is a host of its own."""
    app.router.add_get("/as/{name:[a-z0-9-]+}.bsky.social/.well-known/atproto-did", public.get_handle)


HOSTS = (
    _host(
        people.HOST,
        _PDS,
        Route("GET", "/settings/app-passwords", settings.get_settings, page=True),
        Route("POST", "/settings/app-passwords", settings.post_settings, page=True),
    ),
    _host("public.api.bsky.app", _PUBLIC),
    _host("video.bsky.app", _VIDEO),
    Host(
        "bsky.app",
        (
            post_page("/profile/{actor}/post/{rkey}", public.find_post),
            Route("GET", "/profile/{actor}", public.show_profile, page=True),
        ),
        shape,
    ),
    Host("plc.directory", (Route("GET", "/{did}", public.get_document),), shape),
)
