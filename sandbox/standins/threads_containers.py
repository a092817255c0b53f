"""Making the containers of Threads: every rule of the "Publishing Reference" that an app can break."""

import regex

from ..keys import ACCOUNT, NETWORK
from . import containers
from .fetching import VIDEO_MAX, FetchFailed, fetch_image, fetch_video
from .graph import GraphRefusal, bad, missing
from .params import address, flag, ids, one_of, take, text

TEXT_MAX, ALT_MAX, TOPIC_MAX, LINKS_MAX = 500, 1000, 50, 5
CHILDREN = range(2, 21)
# width / height, either way round
WIDEST = 10
_URL = regex.compile(r"https?://[^\s<>\"]+", regex.IGNORECASE)
_EMOJI = regex.compile(r"[\p{Emoji_Presentation}\p{Extended_Pictographic}\u20e3]")
_WHO_REPLIES = (
    "everyone",
    "accounts_you_follow",
    "mentioned_only",
    "parent_post_author_only",
    "followers_only",
)


def count(written: str) -> int:
    """Length as Threads counts: emoji by their UTF-8 bytes, everything else by character."""
    return sum(
        len(cluster.encode()) if _EMOJI.search(cluster) else len(cluster)
        for cluster in regex.findall(r"\X", written)
    )


async def make_container(request):
    given = take(
        request,
        media_type=one_of("TEXT", "IMAGE", "VIDEO", "CAROUSEL"),
        text=text,
        image_url=address,
        video_url=address,
        alt_text=text,
        is_carousel_item=flag,
        children=ids,
        reply_to_id=text,
        reply_control=one_of(*_WHO_REPLIES),
        link_attachment=address,
        topic_tag=text,
        quote_post_id=text,
    )
    kind = _kind(given)
    _check_words(given, kind)
    more = {"text": given.get("text", ""), "media_type": kind, "link": given.get("link_attachment")}
    if reply_to := _replied_to(request, given):
        more["reply_to"] = reply_to
    if given.get("is_carousel_item"):
        more["is_carousel_item"] = True
    if quoted := given.get("quote_post_id"):
        post = request.app[NETWORK].state.live_post(quoted)
        if post is None or post.account.network != "threads":
            raise missing(quoted)
    if kind == "CAROUSEL":
        return containers.make(request, children=_children(request, given), **more)
    if kind == "TEXT":
        return containers.make(request, **more)
    return await _with_media(request, given, more)


def _kind(given) -> str:
    kind = given.get("media_type")
    if not kind:
        raise bad("The parameter media_type is required.")
    wanted = {"TEXT": "text", "IMAGE": "image_url", "VIDEO": "video_url", "CAROUSEL": "children"}[kind]
    if not given.get(wanted):
        raise bad(f"The parameter {wanted} is required.")
    for name, kinds in (
        ("image_url", ("IMAGE",)),
        ("video_url", ("VIDEO",)),
        ("children", ("CAROUSEL",)),
        ("link_attachment", ("TEXT",)),
        ("alt_text", ("IMAGE", "VIDEO")),
        ("is_carousel_item", ("IMAGE", "VIDEO")),
    ):
        if given.get(name) and kind not in kinds:
            raise bad(f"The parameter {name} is not for posts of the type {kind}.")
    return kind


def _check_words(given, kind) -> None:
    written = given.get("text", "")
    if kind == "TEXT" and not written.strip():
        raise bad("The parameter text is required.")
    if count(written) > TEXT_MAX:
        raise bad(f"Param text must be at most {TEXT_MAX} characters long.")
    if written and given.get("is_carousel_item"):
        raise bad("An item of a carousel has no text.")
    if len(given.get("alt_text", "")) > ALT_MAX:
        raise bad(f"Param alt_text must be at most {ALT_MAX} characters long.")
    topic = given.get("topic_tag")
    if topic is not None and (not 1 <= len(topic) <= TOPIC_MAX or regex.search(r"[.&]", topic)):
        raise bad(f"Param topic_tag must have 1 to {TOPIC_MAX} characters, without “.” and “&”.")
    links = {found.rstrip(".,;:!?)") for found in _URL.findall(written)}
    if given.get("link_attachment"):
        links.add(given["link_attachment"])
    if len(links) > LINKS_MAX:
        raise bad(f"THREADS_API__LINK_LIMIT_EXCEEDED: a post has at most {LINKS_MAX} links.")


def _replied_to(request, given) -> str | None:
    """The post that is replied to. Its root must be the account's own, as the account has no other leave."""
    post_id = given.get("reply_to_id")
    if not post_id:
        return None
    state = request.app[NETWORK].state
    post = state.live_post(post_id)
    if post is None or post.account.network != "threads":
        raise missing(post_id)
    root = post
    while above := state.posts.get(root.facts.get("reply_to")):
        root = above
    if root.account is not request[ACCOUNT]:
        raise GraphRefusal(10, "The account may not reply to this post.", status=403)
    return post.id


def _children(request, given) -> list[str]:
    children = given["children"]
    if len(children) not in CHILDREN or len(set(children)) != len(children):
        raise bad("A carousel has 2 to 20 different children.")
    for child_id in children:
        child = containers.find(request, child_id)
        if child is None or not child.data.get("is_carousel_item"):
            raise GraphRefusal(24, f"The media with id {child_id[:40]} cannot be found.", subcode=2207006)
        if containers.status(request.app[NETWORK], child) == "EXPIRED":
            raise GraphRefusal(-2, "A child of the carousel has expired.", subcode=2207020)
    return children


async def _with_media(request, given, more):
    network, account = request.app[NETWORK], request[ACCOUNT]
    if "image_url" in given:
        fetched = await _image(network, given["image_url"])
    else:
        try:
            fetched = await fetch_video(given["video_url"], VIDEO_MAX)
        except FetchFailed as failed:
            processed = failed.reason in ("wrong_type", "too_large")
            message = "FAILED_PROCESSING_VIDEO" if processed else "FAILED_DOWNLOADING_VIDEO"
            # what is wrong with a video is found while it is processed
            return containers.make(
                request, error={"code": -1, "subcode": 2207001, "message": message}, **more
            )
    stored = await containers.store(network, account, fetched, given.get("alt_text", ""))
    return containers.make(request, media=[stored.id], **more)


async def _image(network, url: str):
    try:
        fetched = await fetch_image(network, url)
    except FetchFailed as failed:
        if failed.reason in ("wrong_type", "too_large"):
            raise bad("The image must be a JPEG or PNG of at most 8 MB.") from failed
        raise GraphRefusal(1, "The media could not be fetched from this URI.", subcode=2207052) from failed
    if fetched.mime not in ("image/jpeg", "image/png"):
        raise bad("The image must be a JPEG or PNG of at most 8 MB.")
    if not 1 / WIDEST <= fetched.width / fetched.height <= WIDEST:
        raise bad("The aspect ratio of the image must be at most 10:1.")
    return fetched
