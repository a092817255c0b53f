"""Making Instagram's containers: every rule of the "IG User Media" reference that an app can break."""

import regex
from aiohttp import web

from ..keys import ACCOUNT, NETWORK
from . import containers
from .fetching import VIDEO_MAX, Fetched, FetchFailed, fetch_image, fetch_video
from .graph import GraphRefusal, bad, own_account, require_scopes
from .params import address, flag, ids, take, text, whole

CAPTION_MAX, ALT_MAX, HASHTAGS_MAX, MENTIONS_MAX = 2200, 1000, 30, 20
CHILDREN = range(2, 11)
CONTAINERS_A_DAY = 400
# width / height
NARROWEST, WIDEST = 0.8, 1.91
_SLACK = 0.005
_FAILED_FETCH = {
    "timeout": (-2, 2207003, "It takes too long to download the media."),
    "too_large": (36000, 2207004, "The image is too large to download. It should be less than 8 MiB."),
    "wrong_type": (36001, 2207005, "The image format is not supported. Use JPEG."),
}
_NOT_FETCHED = (9004, 2207052, "The media could not be fetched from this URI.")


async def post_media(request):
    own_account(request, request.match_info["node"])
    require_scopes(request, "instagram_business_basic", "instagram_business_content_publish", code=10)
    given = take(
        request,
        media_type=_media_type,
        image_url=address,
        video_url=address,
        cover_url=address,
        caption=text,
        alt_text=text,
        is_carousel_item=flag,
        children=ids,
        share_to_feed=flag,
        thumb_offset=whole,
    )
    if containers.made_today(request[ACCOUNT]) >= CONTAINERS_A_DAY:
        raise GraphRefusal(4, "Application request limit reached: 400 containers within 24 hours.")
    kind = _kind(given)
    _check_words(given)
    if kind == "CAROUSEL":
        container = _make_carousel(request, given)
    else:
        container = await _make_single(request, given, kind)
    return web.json_response({"id": container.id})


def _media_type(name, value):
    if value not in ("REELS", "STORIES", "CAROUSEL", "IMAGE", "VIDEO"):
        raise bad("Unknown media type.", 2207023)
    return value


def _kind(given) -> str:
    """What is made: CAROUSEL, REELS, STORIES, IMAGE or an item's VIDEO. Raises GraphRefusal."""
    kind = given.get("media_type") or ("IMAGE" if "image_url" in given else "")
    if not kind:
        raise bad("The parameter image_url is required.")
    if kind == "VIDEO" and not given.get("is_carousel_item"):
        raise bad("The VIDEO value for media_type is no longer supported. Use REELS.", 2207023)
    if kind == "IMAGE" and "image_url" not in given:
        raise bad("The parameter image_url is required.")
    if kind in ("REELS", "VIDEO") and "video_url" not in given:
        raise bad("The parameter video_url is required.")
    if kind == "STORIES" and ("image_url" in given) == ("video_url" in given):
        raise bad("A story has one image_url or one video_url.")
    if kind == "CAROUSEL" and (given.keys() & {"image_url", "video_url", "is_carousel_item"}):
        raise bad("A carousel has children and no media of its own.", 2207028)
    if kind != "CAROUSEL" and "children" in given:
        raise bad("Only a carousel has children.", 2207028)
    return kind


def _check_words(given) -> None:
    caption, alt = given.get("caption", ""), given.get("alt_text", "")
    if caption and given.get("is_carousel_item"):
        raise bad("An item of a carousel has no caption.", 2207028)
    if len(caption) > CAPTION_MAX:
        raise GraphRefusal(36004, "The caption was too long.", subcode=2207010)
    if len(regex.findall(r"(?<!\w)#\w+", caption)) > HASHTAGS_MAX:
        raise bad(f"A caption has at most {HASHTAGS_MAX} hashtags.", 2207040)
    if len(regex.findall(r"(?<!\w)@\w[\w.]*", caption)) > MENTIONS_MAX:
        raise bad(f"A caption has at most {MENTIONS_MAX} mentions.", 2207040)
    if len(alt) > ALT_MAX:
        raise bad(f"Param alt_text must be at most {ALT_MAX} characters long.")
    if alt and "image_url" not in given:
        raise bad("The parameter alt_text is for images only.")


async def _make_single(request, given, kind: str):
    network, account = request.app[NETWORK], request[ACCOUNT]
    more = {"text": given.get("caption", ""), "media_type": kind}
    if given.get("is_carousel_item"):
        more["is_carousel_item"] = True
    if "image_url" in given:
        fetched = await _image(network, given["image_url"])
    else:
        fetched, error = await _video(given["video_url"])
        if fetched is None:
            # what is wrong with a video is found while it is processed
            return containers.make(request, error=error, **more)
    stored = await containers.store(network, account, fetched, given.get("alt_text", ""))
    return containers.make(request, media=[stored.id], **more)


async def _image(network, url: str) -> Fetched:
    """Raises GraphRefusal as the table of error codes has it."""
    try:
        fetched = await fetch_image(network, url)
    except FetchFailed as failed:
        code, subcode, message = _FAILED_FETCH.get(failed.reason, _NOT_FETCHED)
        told = "Only photo or video can be accepted as media type." if code == 9004 else ""
        raise GraphRefusal(code, message, subcode=subcode, told=told) from failed
    if fetched.mime != "image/jpeg":
        raise GraphRefusal(36001, "The image format is not supported. Use JPEG.", subcode=2207005)
    ratio = fetched.width / fetched.height
    if not NARROWEST - _SLACK <= ratio <= WIDEST + _SLACK:
        raise GraphRefusal(
            36003,
            "The submitted image with this aspect ratio cannot be published. "
            "Submit an image with a ratio from 4:5 to 1.91:1.",
            subcode=2207009,
        )
    return fetched


async def _video(url: str) -> tuple[Fetched | None, dict | None]:
    try:
        return await fetch_video(url, VIDEO_MAX), None
    except FetchFailed as failed:
        if failed.reason in ("wrong_type", "too_large"):
            code, subcode, message = 352, 2207026, "The video format is not supported. Use MP4 or MOV."
        elif failed.reason == "timeout":
            code, subcode, message = _FAILED_FETCH["timeout"]
        else:
            code, subcode, message = _NOT_FETCHED
        return None, {"code": code, "subcode": subcode, "message": message}


def _make_carousel(request, given):
    children = given.get("children", [])
    if len(children) not in CHILDREN:
        raise bad("A carousel has 2 to 10 children.", 2207028)
    if len(set(children)) != len(children):
        raise bad("A child is named twice.", 2207028)
    for child_id in children:
        child = containers.find(request, child_id)
        if child is None:
            raise GraphRefusal(24, f"The media with id {child_id[:40]} cannot be found.", subcode=2207006)
        if not child.data.get("is_carousel_item"):
            raise bad("A child was not made as an item of a carousel.", 2207028)
        if containers.status(request.app[NETWORK], child) == "EXPIRED":
            raise GraphRefusal(-2, "A child of the carousel has expired.", subcode=2207020)
    return containers.make(request, children=children, text=given.get("caption", ""), media_type="CAROUSEL")
