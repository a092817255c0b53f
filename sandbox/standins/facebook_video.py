"""Videos of a Page: in one call, from an address, in pieces, and as a reel.

Rests on the Page/videos reference, "Video API: Resumable Uploads" and "Reels Publishing". A video in pieces
is kept in memory until its last piece is there: after a restart the upload starts anew.
"""

import regex
from aiohttp import web

from .. import media
from ..body import read_bytes
from ..keys import ACCOUNT, BODY, NETWORK, TOKEN
from ..posts import Draft
from ..state import Account, Post, Thing
from .common import Route, find_thing, keep, new_number, publish
from .facebook_pages import writing_page
from .facebook_posts import check_message
from .fetching import VIDEO_MAX, FetchFailed, fetch_video, look_at_video
from .graph import FIELDS, GraphRefusal, bad, check_version, given_token, missing, require_token
from .params import address, flag, one_of, take, text, upload, whole

PIECE = 4 * 1024 * 1024


async def post_video(request):
    page = writing_page(request, "publish_video")
    given = take(
        request,
        file_url=address,
        source=upload,
        description=text,
        title=text,
        published=flag,
        upload_phase=one_of("start", "transfer", "finish"),
        file_size=whole,
        upload_session_id=text,
        start_offset=whole,
        video_file_chunk=upload,
    )
    check_message(given.get("description", ""))
    match given.get("upload_phase"):
        case "start":
            return _start(request, page, given)
        case "transfer":
            return _transfer(request, page, given)
        case "finish":
            video = _session(request, page, given)
            await _finish_bytes(request, page, video)
            await _publish(request, page, video, given)
            return web.json_response({"success": True})
    if ("file_url" in given) == ("source" in given):
        raise bad("Requires one of the params: file_url, source, upload_phase.")
    try:
        if "file_url" in given:
            fetched = await fetch_video(given["file_url"], VIDEO_MAX)
        else:
            fetched = look_at_video(given["source"].data)
    except FetchFailed as failed:
        raise _unusable(failed) from failed
    video = await _keep(request, page, fetched.data, fetched.mime)
    if given.get("published") is False:
        return web.json_response({"id": video.id})
    await _publish(request, page, video, given)
    return web.json_response({"id": video.id})


def _unusable(failed: FetchFailed) -> GraphRefusal:
    if failed.reason in ("wrong_type", "too_large"):
        return bad("The video file you selected is in a format that we don't support.", 2069019)
    return bad("Unable to fetch video file from URL.", 2069019)


async def _keep(request, page: Account, data: bytes, mime: str, video_id: str = "") -> Thing:
    network = request.app[NETWORK]
    stored = await media.store(network, page, media.Picture(data, mime, 0, 0), "")
    return keep(network, video_id or new_number(15), "video", page, media=[stored.id])


async def _publish(request, page: Account, video: Thing, given, **facts) -> Post:
    network = request.app[NETWORK]
    if video.id in network.state.by_container:
        raise bad("This video was published already.", 1366051)
    stored = network.state.media[video.data["media"][0]]
    draft = Draft(given.get("description", ""), None, (stored,))
    post, _ = await publish(
        request,
        draft,
        post_id=f"{page.id}_{new_number(15)}",
        photos=[video.id],
        video=video.id,
        **facts,
    )
    return post


# in pieces


def _start(request, page, given):
    size = given.get("file_size", 0)
    if not 1 <= size <= VIDEO_MAX:
        raise bad(f"Param file_size must be a number from 1 to {VIDEO_MAX}.")
    network = request.app[NETWORK]
    video = keep(network, new_number(15), "video", page, size=size, session=new_number(16))
    network.uploads[video.id] = bytearray()
    return web.json_response(
        {
            "video_id": video.id,
            "upload_session_id": video.data["session"],
            "start_offset": "0",
            "end_offset": str(min(size, PIECE)),
        }
    )


def _session(request, page, given) -> Thing:
    network = request.app[NETWORK]
    for video_id in network.uploads:
        video = find_thing(network, video_id, "video")
        session = given.get("upload_session_id")
        if video and video.account is page and session and video.data.get("session") == session:
            return video
    raise bad("There was a problem with the upload session: it is not known or has ended.", 1363037)


def _transfer(request, page, given):
    video = _session(request, page, given)
    held = request.app[NETWORK].uploads[video.id]
    if "video_file_chunk" not in given or given.get("start_offset") != len(held):
        raise bad(f"Invalid start_offset or no video_file_chunk; {len(held)} bytes have arrived.", 1363037)
    _add(held, given["video_file_chunk"].data, video.data["size"])
    end = min(video.data["size"], len(held) + PIECE)
    return web.json_response({"start_offset": str(len(held)), "end_offset": str(end)})


def _add(held: bytearray, data: bytes, size: int) -> None:
    if not data or len(held) + len(data) > size:
        raise bad("The piece is empty or goes beyond the file's size.", 1363037)
    held += data


async def _finish_bytes(request, page, video: Thing) -> None:
    network = request.app[NETWORK]
    held = network.uploads[video.id]
    if len(held) != video.data["size"]:
        raise bad(f"The video is not complete: {len(held)} of {video.data['size']} bytes.", 1363037)
    try:
        fetched = look_at_video(bytes(held))
    except FetchFailed as failed:
        raise _unusable(failed) from failed
    await _keep(request, page, fetched.data, fetched.mime, video.id)
    network.uploads.pop(video.id, None)


# reels


async def post_reel(request):
    page = writing_page(request)
    given = take(
        request,
        upload_phase=one_of("start", "finish"),
        video_id=text,
        video_state=one_of("PUBLISHED", "DRAFT", "SCHEDULED"),
        description=text,
        title=text,
    )
    check_message(given.get("description", ""))
    network = request.app[NETWORK]
    if given.get("upload_phase") == "start":
        video = keep(network, new_number(15), "video", page, reel=True)
        network.uploads[video.id] = bytearray()
        where = f"https://rupload.facebook.com/video-upload/{request.match_info['version']}/{video.id}"
        return web.json_response({"video_id": video.id, "upload_url": where})
    video = find_thing(network, given.get("video_id"), "video")
    if video is None or video.account is not page or not video.data.get("reel"):
        raise missing(given.get("video_id", ""))
    if given.get("video_state") != "PUBLISHED":
        raise bad("The practice network keeps no hidden or scheduled posts.")
    if not video.data.get("media"):
        raise bad("The video has not been uploaded yet.", 1363037)
    post = await _publish(request, page, video, given, reel=True)
    return web.json_response({"success": True, "post_id": post.id})


async def _identify_sender(request):
    """The token is in the header `Authorization: OAuth <token>`; the body is the video."""
    request[FIELDS] = {}
    check_version(request)
    scheme = request.headers.get("Authorization", "").partition(" ")[0]
    text_given = given_token(request) if scheme.lower() == "oauth" else ""
    token = require_token(request, "facebook", text_given)
    request[ACCOUNT], request[TOKEN] = token.account, token


async def post_bytes(request):
    """The whole video in one body, or from `file_url`; `offset` and `file_size` are headers."""
    network, page = request.app[NETWORK], request[ACCOUNT]
    video = find_thing(network, request.match_info["node"], "video")
    if video is None or video.account is not page or video.id not in network.uploads:
        raise missing(request.match_info["node"])
    try:
        if where := request.headers.get("file_url"):
            fetched = await fetch_video(where, VIDEO_MAX)
        else:
            fetched = look_at_video(await _bytes_of(request, network.uploads[video.id]))
    except FetchFailed as failed:
        raise _unusable(failed) from failed
    await _keep(request, page, fetched.data, fetched.mime, video.id)
    network.uploads.pop(video.id, None)
    return web.json_response({"success": True})


async def _bytes_of(request, held: bytearray) -> bytes:
    offset, size = (request.headers.get(name, "") for name in ("offset", "file_size"))
    if not regex.fullmatch(r"\d{1,12}", offset) or not regex.fullmatch(r"\d{1,12}", size):
        raise bad("The headers offset and file_size are required.", 1363037)
    request[BODY] = await read_bytes(request, VIDEO_MAX)
    if int(offset) != len(held):
        raise bad(f"Invalid offset: {len(held)} bytes have arrived.", 1363037)
    _add(held, request[BODY], int(size))
    if len(held) != int(size):
        raise bad("PartialRequestError: fewer bytes than file_size arrived.", 1363037)
    return bytes(held)


BYTES_ROUTE = Route(
    "POST",
    r"/video-upload/{version:v\d+\.\d+}/{node}",
    post_bytes,
    kind="upload",
    identify=_identify_sender,
)
