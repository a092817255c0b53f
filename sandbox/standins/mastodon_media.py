"""The stand-in of a Mastodon server: uploading (docs.joinmastodon.org, methods media)."""

from aiohttp import web

from ..errors import Refusal
from ..keys import ACCOUNT, NETWORK
from ..limits import IMAGE_BYTES_MAX, graphemes
from ..state import Media, Thing
from . import common
from .common import Route, read_fields
from .mastodon_describe import describe_media
from .mastodon_errors import invalid, not_found, require_scope
from .rest import described, is_mp4, is_processing, read_parts, store_file, store_picture

ALT_MAX = 1500
PIXELS_MAX = 33_177_600
VIDEO_BYTES = 64 * 1024 * 1024
TYPES = ("image/jpeg", "image/png", "image/webp", "video/mp4")


async def post_media(request):
    """200 where it is ready, 202 where it is still processed."""
    require_scope(request, "write:media")
    parts = await read_parts(request, VIDEO_BYTES)
    if parts is None or not parts.get("file", (b"", ""))[0]:
        raise invalid("File can't be blank")
    if unknown := sorted(set(parts) - {"file", "description", "focus", "thumbnail"}):
        raise invalid(f"{unknown[0][:40]} is not a parameter")
    alt = _checked_alt(parts.get("description", (b"", ""))[0].decode("utf-8", "replace"))
    stored = await _store(request, parts["file"][0], alt)
    media_id = common.new_number(18)
    thing = common.keep(
        request.app[NETWORK], f"mastodon-media:{media_id}", "mastodon-media", request[ACCOUNT],
        id=media_id, media=stored.id,
    )  # fmt: skip
    ready = is_ready(request, thing)
    return web.json_response(describe_media(stored, media_id, ready=ready), status=200 if ready else 202)


async def _store(request, data: bytes, alt: str) -> Media:
    network, account = request.app[NETWORK], request[ACCOUNT]
    if is_mp4(data):
        return await store_file(network, account, data, mime="video/mp4", alt=alt)
    if len(data) > IMAGE_BYTES_MAX:
        raise invalid(f"File must be less than {IMAGE_BYTES_MAX // 1024 // 1024} MB")
    try:
        stored = await store_picture(network, account, data, alt=alt)
    except Refusal as refusal:
        raise invalid("File content type is invalid, File is invalid") from refusal
    if stored.width * stored.height > PIXELS_MAX:
        raise invalid(f"{stored.width}x{stored.height} images are not supported")
    return stored


def _checked_alt(text: str) -> str:
    if graphemes(text) > ALT_MAX:
        raise invalid(f"Description is too long (maximum is {ALT_MAX} characters)")
    return text


def find_media(request, media_id) -> Thing | None:
    """What the account uploaded under this id."""
    thing = common.find_thing(request.app[NETWORK], f"mastodon-media:{media_id}", "mastodon-media")
    return thing if thing and thing.account is request[ACCOUNT] else None


def media_of(request, thing: Thing) -> Media:
    return request.app[NETWORK].state.media[thing.data["media"]]


def is_ready(request, thing: Thing) -> bool:
    return not is_processing(request, media_of(request, thing))


async def get_media(request):
    """206 while it is processed."""
    require_scope(request, "write:media")
    thing = find_media(request, request.match_info["media_id"])
    if thing is None:
        raise not_found()
    ready = is_ready(request, thing)
    body = describe_media(media_of(request, thing), thing.data["id"], ready=ready)
    return web.json_response(body, status=200 if ready else 206)


async def put_media(request):
    """A new description."""
    require_scope(request, "write:media")
    thing, fields = find_media(request, request.match_info["media_id"]), await read_fields(request)
    if thing is None or "status" in thing.data:
        raise not_found()
    alt = _checked_alt(str(fields.get("description") or ""))
    media = described(request.app[NETWORK], request[ACCOUNT], media_of(request, thing), alt)
    return web.json_response(describe_media(media, thing.data["id"], ready=is_ready(request, thing)))


ROUTES = (
    Route("POST", "/api/v2/media", post_media, "upload"),
    Route("GET", "/api/v1/media/{media_id}", get_media),
    Route("PUT", "/api/v1/media/{media_id}", put_media),
)
