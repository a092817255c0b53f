"""The stand-in of X: uploading pictures and videos, and describing them.

X documentation, "Upload media" (one shot, and initialize, append, finalize), "Get media upload status",
"Create media metadata", "Media best practices". An upload in pieces is forgotten
when this server ends.
"""

from dataclasses import dataclass, field

from aiohttp import web

from ..clock import iso, now
from ..errors import Refusal
from ..keys import ACCOUNT, NETWORK
from ..state import Media, Thing
from . import common
from .common import Route
from .rest import described, is_mp4, is_processing, read_parts, store_file, store_picture, trait
from .x_problems import held_object, invalid, problem, refuse_unknown, require_scopes

KEPT_SECONDS = 24 * 3600
ALT_MAX = 1000
CHUNK_MAX = 5 * 1024 * 1024
# of each category: the types, the most bytes, and the number that its media keys begin with
CATEGORIES = {
    "tweet_image": (("image/jpeg", "image/png", "image/webp"), 5 * 1024 * 1024, 3),
    "tweet_gif": (("image/gif",), 15 * 1024 * 1024, 16),
    "tweet_video": (("video/mp4", "video/quicktime"), 512 * 1024 * 1024, 13),
}
_HERE_MAX = 64 * 1024 * 1024  # this server keeps pieces in memory


@dataclass
class Upload:
    account_id: str
    media_type: str
    total: int
    category: str
    pieces: dict[int, bytes] = field(default_factory=dict)


_uploads: dict[str, Upload] = {}


async def post_upload(request):
    """A picture in one call."""
    require_scopes(request, "media.write")
    parts = await read_parts(request, CHUNK_MAX)
    if parts is None:
        raise invalid("The body must be multipart/form-data with the field media of at most 5 MB.", "media")
    refuse_unknown(parts, ("media", "media_category", "media_type", "shared", "additional_owners"))
    if "media" not in parts:
        raise invalid("[$.media: is missing but it is required]", "media")
    category = parts.get("media_category", (b"", ""))[0].decode("utf-8", "replace")
    if category != "tweet_image":
        raise invalid(
            "Only pictures are uploaded in one call; media_category must be tweet_image.",
            "media_category",
            category,
        )
    thing = await _keep(request, common.new_number(19), parts["media"][0], "tweet_image")
    return web.json_response({"data": _described(request, thing)})


async def post_initialize(request):
    require_scopes(request, "media.write")
    data = held_object(request)
    refuse_unknown(data, ("media_type", "total_bytes", "media_category", "shared", "additional_owners"))
    category, total, kind = data.get("media_category"), data.get("total_bytes"), data.get("media_type")
    if not isinstance(category, str) or category not in CATEGORIES:
        raise invalid(f"media_category must be one of: {', '.join(CATEGORIES)}", "media_category", category)
    types, most, key = CATEGORIES[category]
    if kind not in types:
        raise invalid(f"media_type must be one of: {', '.join(types)}", "media_type", kind)
    if type(total) is not int or not 1 <= total <= most:
        raise invalid(f"total_bytes must be between 1 and {most}", "total_bytes", total)
    if total > _HERE_MAX:
        raise problem(413, f"The practice network takes files of up to {_HERE_MAX:,} bytes.")
    media_id = common.new_number(19)
    _uploads[media_id] = Upload(request[ACCOUNT].id, kind, total, category)
    body = {"id": media_id, "media_key": f"{key}_{media_id}", "expires_after_secs": KEPT_SECONDS}
    return web.json_response({"data": body})


def _upload(request) -> tuple[str, Upload]:
    media_id = request.match_info["media_id"]
    upload = _uploads.get(media_id)
    if upload is None or upload.account_id != request[ACCOUNT].id:
        raise invalid("Invalid media id: no upload with this id is under way.", "id", media_id)
    return media_id, upload


async def post_append(request):
    require_scopes(request, "media.write")
    _, upload = _upload(request)
    parts = await read_parts(request, CHUNK_MAX)
    if parts is None:
        raise invalid(
            "The body must be multipart/form-data with segment_index and media of at most 5 MB.", "media"
        )
    refuse_unknown(parts, ("media", "segment_index"))
    index = parts.get("segment_index", (b"", ""))[0].decode("utf-8", "replace")
    if not index.isascii() or not index.isdigit() or int(index) > 999:
        raise invalid("segment_index must be between 0 and 999", "segment_index", index)
    if not parts.get("media", (b"", ""))[0]:
        raise invalid("[$.media: is missing but it is required]", "media")
    upload.pieces[int(index)] = parts["media"][0]
    if sum(map(len, upload.pieces.values())) > upload.total:
        raise invalid("Segments do not add up to provided total file size.", "media")
    return web.json_response({"data": {"expires_at": int(now().timestamp()) + KEPT_SECONDS}})


async def post_finalize(request):
    require_scopes(request, "media.write")
    media_id, upload = _upload(request)
    places = sorted(upload.pieces)
    whole = b"".join(upload.pieces[place] for place in places)
    if places != list(range(len(places))) or len(whole) != upload.total:
        raise invalid("Segments do not add up to provided total file size.", "id", media_id)
    thing = await _keep(request, media_id, whole, upload.category)
    _uploads.pop(media_id, None)
    return web.json_response({"data": _described(request, thing)})


async def _keep(request, media_id: str, data: bytes, category: str) -> Thing:
    """Check and store the file. Raises Refusal."""
    network, account = request.app[NETWORK], request[ACCOUNT]
    _, most, key = CATEGORIES[category]
    if len(data) > most:
        raise invalid(f"File size exceeds {most} bytes.", "media")
    if category == "tweet_video":
        if not is_mp4(data):
            raise invalid("Invalid or unsupported media: the file is no MP4.", "media")
        stored = await store_file(network, account, data, mime="video/mp4")
    elif category == "tweet_gif":
        if not data.startswith((b"GIF87a", b"GIF89a")):
            raise invalid("Invalid or unsupported media: the file is no GIF.", "media")
        stored = await store_file(network, account, data, mime="image/gif")
    else:
        try:
            stored = await store_picture(network, account, data)
        except Refusal as refusal:
            raise invalid(f"Invalid or unsupported media: {refusal.message}", "media") from refusal
    return common.keep(
        network, f"x-media:{media_id}", "x-media", account, id=media_id, media=stored.id, category=category,
        media_key=f"{key}_{media_id}", size=len(data), made_at=iso(now()),
    )  # fmt: skip


def find_media(request, media_id) -> Thing | None:
    """What the account uploaded under this id, while X keeps it."""
    thing = common.find_thing(request.app[NETWORK], f"x-media:{media_id}", "x-media")
    if thing is None or thing.account is not request[ACCOUNT]:
        return None
    lasts = trait(request, "container_lasts")
    return thing if (now() - thing.created_at).total_seconds() < lasts else None


def media_of(request, thing: Thing) -> Media:
    return request.app[NETWORK].state.media[thing.data["media"]]


def is_ready(request, thing: Thing) -> bool:
    """Pictures are ready at once; videos and animations are processed on a clock."""
    return thing.data["category"] == "tweet_image" or not is_processing(request, media_of(request, thing))


def _described(request, thing: Thing, *, asked=False) -> dict:
    data = thing.data
    body = {"id": data["id"], "media_key": data["media_key"], "size": data["size"]}
    body["expires_after_secs"] = KEPT_SECONDS
    if data["category"] != "tweet_image":
        if is_ready(request, thing):
            body["processing_info"] = {"state": "succeeded", "progress_percent": 100}
        else:
            state = {"state": "in_progress", "progress_percent": 50} if asked else {"state": "pending"}
            body["processing_info"] = {**state, "check_after_secs": 1}
    return body


async def get_status(request):
    require_scopes(request, "media.write")
    if unknown := set(request.query) - {"command", "media_id"}:
        raise invalid(f"The query parameter [{sorted(unknown)[0][:40]}] is not valid.", sorted(unknown)[0])
    if request.query.get("command") != "STATUS":
        raise invalid("command must be STATUS", "command", request.query.get("command", ""))
    media_id = request.query.get("media_id", "")
    thing = find_media(request, media_id)
    if thing is None:
        raise invalid("Invalid media id.", "media_id", media_id)
    return web.json_response({"data": _described(request, thing, asked=True)})


async def post_metadata(request):
    require_scopes(request, "media.write")
    network, data = request.app[NETWORK], held_object(request)
    refuse_unknown(data, ("id", "metadata"))
    metadata = data.get("metadata")
    if not isinstance(metadata, dict):
        raise invalid("[$.metadata: is missing but it is required]", "metadata")
    refuse_unknown(metadata, ("alt_text",), "metadata.")
    alt = metadata.get("alt_text")
    text = alt.get("text") if isinstance(alt, dict) and set(alt) == {"text"} else None
    if not isinstance(text, str) or not text:
        raise invalid("metadata.alt_text.text must be a text", "metadata.alt_text.text")
    if len(text) > ALT_MAX:
        raise invalid(f"The alt text is longer than {ALT_MAX} characters.", "metadata.alt_text.text")
    thing = find_media(request, data.get("id"))
    if thing is None:
        raise invalid("Invalid media id.", "id", data.get("id"))
    described(network, request[ACCOUNT], media_of(request, thing), text)
    body = {"id": thing.data["id"], "associated_metadata": {"alt_text": {"text": text}}}
    return web.json_response({"data": body})


ROUTES = (
    Route("POST", "/2/media/upload", post_upload, "upload"),
    Route("GET", "/2/media/upload", get_status),
    Route("POST", "/2/media/upload/initialize", post_initialize),
    Route("POST", "/2/media/upload/{media_id}/append", post_append),
    Route("POST", "/2/media/upload/{media_id}/finalize", post_finalize, "upload"),
    Route("POST", "/2/media/metadata", post_metadata),
)
