"""The stand-in of LinkedIn: uploading pictures and videos.

LinkedIn documentation, "Images API", "Videos API". Addresses to upload to are made up, on LinkedIn's own
host, and name the upload. A picture is put there with the token, the parts of a video without it.
"""

import secrets
from dataclasses import dataclass, field

from aiohttp import web

from ..clock import now
from ..errors import Refusal
from ..keys import ACCOUNT, BODY, NETWORK, TOKEN
from ..state import Account, Thing
from . import common
from .common import Route
from .linkedin_errors import (
    check_fields,
    held_object,
    may_act_for,
    not_found,
    refuse,
    require_author,
    require_scope,
    urn_of,
)
from .rest import bearer, is_mp4, is_processing, store_file, store_picture

UPLOAD_SECONDS = 24 * 3600
PART_BYTES = 4 * 1024 * 1024
PIXELS_MAX = 36_152_320
VIDEO_BYTES = (75 * 1024, 500 * 1024 * 1024)
_HERE_MAX = 64 * 1024 * 1024  # this server keeps the parts in memory


@dataclass
class Upload:
    """An address to put bytes to; of a video one of several."""

    urn: str
    account: Account
    person: Account
    until: float
    number: int = 0
    size: int = 0


@dataclass
class Parts:
    """What was put of a video, by the tag that each part was answered with."""

    token: str
    count: int
    put: dict[str, bytes] = field(default_factory=dict)


_uploads: dict[str, Upload] = {}
_videos: dict[str, Parts] = {}


def upload_at(request: web.Request) -> Upload | None:
    return _uploads.get(request.match_info.get("upload_id", ""))


def _address(upload: Upload) -> str:
    upload_id = "D4E10AQ" + secrets.token_urlsafe(12)
    _uploads[upload_id] = upload
    return f"https://www.linkedin.com/dms-uploads/sp/{upload_id}/uploaded-media/{upload.number}?sync=0&v=beta&ut=1"


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)


def _action(request) -> str:
    if set(request.query) - {"action"}:
        raise refuse(400, "PARAM_INVALID", "Unknown parameter")
    return request.query.get("action", "")


async def post_images(request):
    if _action(request) != "initializeUpload":
        raise refuse(400, "PARAM_INVALID", "The action must be initializeUpload")
    data = check_fields(held_object(request), "", {"initializeUploadRequest": dict})
    wanted = check_fields(data["initializeUploadRequest"], "initializeUploadRequest", {"owner": str})
    owner = require_author(request, wanted["owner"], "owner")
    urn = f"urn:li:image:D4D10AQ{secrets.token_hex(7)}"
    until = now().timestamp() + UPLOAD_SECONDS
    common.keep(request.app[NETWORK], urn, "linkedin-image", owner, urn=urn)
    upload = Upload(urn, owner, request[TOKEN].account, until)
    value = {"uploadUrlExpiresAt": _milliseconds(until), "uploadUrl": _address(upload), "image": urn}
    return web.json_response({"value": value})


async def post_videos(request):
    match _action(request):
        case "initializeUpload":
            return _begin_video(request)
        case "finalizeUpload":
            return await _finish_video(request)
    raise refuse(400, "PARAM_INVALID", "The action must be initializeUpload or finalizeUpload")


def _begin_video(request):
    data = check_fields(held_object(request), "", {"initializeUploadRequest": dict})
    fields = {"owner": str, "fileSizeBytes": int}
    flags = {"uploadCaptions": bool, "uploadThumbnail": bool}
    wanted = check_fields(data["initializeUploadRequest"], "initializeUploadRequest", fields, flags)
    owner, size = require_author(request, wanted["owner"], "owner"), wanted["fileSizeBytes"]
    if not VIDEO_BYTES[0] <= size <= VIDEO_BYTES[1]:
        raise refuse(
            400, "INVALID_FILE_SIZE", f"The video must have {VIDEO_BYTES[0]} to {VIDEO_BYTES[1]} bytes"
        )
    if size > _HERE_MAX:
        raise refuse(
            413, "REQUEST_TOO_LARGE", f"The practice network takes videos of up to {_HERE_MAX:,} bytes"
        )
    urn, until = f"urn:li:video:D4D05AQ{secrets.token_hex(7)}", now().timestamp() + UPLOAD_SECONDS
    common.keep(request.app[NETWORK], urn, "linkedin-video", owner, urn=urn)
    instructions = []
    for number, first in enumerate(range(0, size, PART_BYTES)):
        last = min(size, first + PART_BYTES) - 1
        upload = Upload(urn, owner, request[TOKEN].account, until, number, last - first + 1)
        instructions.append({"uploadUrl": _address(upload), "firstByte": first, "lastByte": last})
    _videos[urn] = Parts(secrets.token_urlsafe(9), len(instructions))
    value = {
        "uploadUrlsExpireAt": _milliseconds(until),
        "video": urn,
        "uploadInstructions": instructions,
        "uploadToken": _videos[urn].token,
    }
    return web.json_response({"value": value})


async def put_upload(request):
    upload = upload_at(request)
    if upload is None or request.match_info["number"] != str(upload.number):
        raise not_found("No such upload")
    if now().timestamp() > upload.until:
        raise refuse(400, "EXPIRED_UPLOAD_URL", "The upload URL has expired")
    if upload.urn in _videos:
        return _put_part(request, upload)
    token = common.find_token(request.app[NETWORK], bearer(request), "access", "linkedin")
    if token is None or token.account is not upload.person:
        raise refuse(401, "INVALID_ACCESS_TOKEN", "Invalid access token", service_code=65600)
    await _keep_picture(request, upload)
    return web.Response(status=201)


async def _keep_picture(request, upload):
    network, data = request.app[NETWORK], request[BODY]
    try:
        if data.startswith((b"GIF87a", b"GIF89a")):
            stored = await store_file(network, upload.account, data, mime="image/gif")
        else:
            stored = await store_picture(network, upload.account, data)
            if stored.mime == "image/webp" or stored.width * stored.height >= PIXELS_MAX:
                stored = None
    except Refusal:
        stored = None
    known = {"media": stored.id} if stored else {"failed": True}
    common.keep(network, upload.urn, "linkedin-image", upload.account, **known)


def _put_part(request, upload):
    if "Authorization" in request.headers:
        raise refuse(400, "BAD_REQUEST", "The parts of a video are uploaded without the Authorization header")
    if len(request[BODY]) != upload.size:
        raise refuse(400, "BAD_REQUEST", f"This part has {upload.size} bytes")
    tag = f"/ambry-video/signedId/{upload.number}-{secrets.token_hex(8)}"
    _videos[upload.urn].put[tag] = request[BODY]
    return web.Response(status=200, headers={"ETag": tag})


async def _finish_video(request):
    data = check_fields(held_object(request), "", {"finalizeUploadRequest": dict})
    fields = {"video": str, "uploadToken": str, "uploadedPartIds": list}
    wanted = check_fields(data["finalizeUploadRequest"], "finalizeUploadRequest", fields)
    network, urn = request.app[NETWORK], wanted["video"]
    thing, parts = common.find_thing(network, urn, "linkedin-video"), _videos.get(urn)
    if thing is None or parts is None or may_act_for(request, urn_of(thing.account)) is None:
        raise not_found("Video not found")
    tags = wanted["uploadedPartIds"]
    if (
        wanted["uploadToken"] != parts.token
        or len(tags) != parts.count
        or not all(
            isinstance(tag, str) and tag in parts.put and f"/{number}-" in tag
            for number, tag in enumerate(tags)
        )
    ):
        raise refuse(400, "BAD_REQUEST", "The uploaded part ids are not those of this upload")
    whole = b"".join(parts.put[tag] for tag in tags)
    stored = await store_file(network, thing.account, whole, mime="video/mp4") if is_mp4(whole) else None
    common.keep(
        network,
        urn,
        "linkedin-video",
        thing.account,
        **({"media": stored.id} if stored else {"failed": True}),
    )
    del _videos[urn]
    return web.Response(status=200)


def status_of(request, thing: Thing) -> str:
    """What the Images and Videos APIs call its state."""
    if thing.data.get("failed"):
        return "PROCESSING_FAILED"
    if "media" not in thing.data:
        return "WAITING_UPLOAD"
    media = request.app[NETWORK].state.media[thing.data["media"]]
    return "PROCESSING" if is_processing(request, media) else "AVAILABLE"


async def get_media(request):
    """The state of a picture or video; not for tokens that may only post as a member."""
    require_scope(request, "w_organization_social", "r_organization_social", "rw_organization_admin")
    urn = request.match_info["urn"]
    kind = "linkedin-video" if "/videos/" in request.path else "linkedin-image"
    thing = common.find_thing(request.app[NETWORK], urn, kind)
    if thing is None:
        raise not_found()
    if may_act_for(request, urn_of(thing.account)) is None:
        raise refuse(403, "ACCESS_DENIED", "Not the owner of this asset", service_code=100)
    request[ACCOUNT] = thing.account
    body = {"id": urn, "owner": urn_of(thing.account), "status": status_of(request, thing)}
    return web.json_response(body)


UPLOAD_ROUTES = (Route("PUT", "/dms-uploads/sp/{upload_id}/uploaded-media/{number}", put_upload, "upload"),)
ROUTES = (
    Route("POST", "/rest/images", post_images),
    Route("GET", "/rest/images/{urn}", get_media),
    Route("POST", "/rest/videos", post_videos),
    Route("GET", "/rest/videos/{urn}", get_media),
)
