"""Writing to a Page: posts, photos, comments, edits and deletions.

Rests on "Pages API: Posts", the Page/feed and Page/photos references and the error table of the Graph API.
"""

from aiohttp import web

from .. import media, posts
from ..keys import NETWORK
from ..posts import Draft
from ..state import Account, Media, Thing
from . import facebook_reading, listing
from .common import find_thing, keep, new_number, publish
from .facebook_pages import page_itself, writing_page
from .fetching import Fetched, FetchFailed, fetch_image, look_at_image
from .graph import FIELDS, GraphRefusal, Upload, bad, not_permitted, require_scopes
from .params import address, field_tree, flag, json_or, take, text, upload

MESSAGE_MAX = 63_206
PHOTO_MAX = 4 * 1024 * 1024
PHOTO_TYPES = ("image/jpeg", "image/png")


async def post_feed(request):
    page = writing_page(request)
    given = _take_attached(request)
    message, link = given.get("message", ""), given.get("link")
    check_message(message)
    _refuse_hidden(given)
    photos = [_attached(request, page, photo_id) for photo_id in given["attached_media"]]
    if not message.strip() and not link and not photos:
        raise bad("Requires one of the params: message, link, attached_media.")
    stored = tuple(_media_of(request, photo) for photo in photos)
    more = {"photos": [photo.id for photo in photos]} if photos else {}
    # a post with photos shows no link of its own
    draft = Draft(message, None if photos else link, stored)
    return await publish_on(request, page, draft, given.get("fields"), **more)


def _take_attached(request) -> dict:
    """The parameters of a post; `attached_media` as a list of photo ids, in either of its two spellings."""
    spelled = {name: text for name in request[FIELDS] if name.startswith("attached_media[")}
    given = take(
        request,
        message=text,
        link=_link,
        attached_media=json_or,
        published=flag,
        scheduled_publish_time=text,
        client_mutation_id=text,
        fields=field_tree,
        **spelled,
    )
    items = given.get("attached_media", [])
    if spelled:
        names = [f"attached_media[{place}]" for place in range(len(spelled))]
        if set(names) != set(spelled):
            raise bad("Param attached_media must be numbered from 0.")
        items = [json_or("attached_media", given[name]) for name in names]
    if not isinstance(items, list) or not all(
        isinstance(item, dict) and set(item) == {"media_fbid"} and isinstance(item["media_fbid"], str)
        for item in items
    ):
        raise bad("Param attached_media must be an array of objects with a media_fbid.")
    given["attached_media"] = [item["media_fbid"] for item in items]
    return given


def _link(name: str, value) -> str:
    try:
        return address(name, value)
    except GraphRefusal as refusal:
        raise bad("The link you tried to post is not valid.", 1609005) from refusal


def check_message(message: str) -> None:
    if len(message) > MESSAGE_MAX:
        raise bad(f"Param message must be at most {MESSAGE_MAX} characters long.")


def _refuse_hidden(given) -> None:
    if given.get("published") is False or "scheduled_publish_time" in given:
        raise bad("The practice network keeps no hidden or scheduled posts.")


def _attached(request, page: Account, photo_id: str) -> Thing:
    network = request.app[NETWORK]
    photo = find_thing(network, photo_id, "photo")
    if photo is None or photo.account is not page:
        raise bad(f"Object with ID '{photo_id[:40]}' is no photo of this Page.", 33)
    if photo.data.get("published") or photo.id in network.state.by_container:
        raise bad("These photos were already posted.", 1366051, told="These photos were already posted.")
    return photo


def _media_of(request, photo: Thing) -> Media:
    return request.app[NETWORK].state.media[photo.data["media"][0]]


async def publish_on(request, page: Account, draft: Draft, asked, *, answered=None, **facts):
    """Publish; the answer has the id, what `answered` makes of it, and the fields that were asked for."""
    post, _ = await publish(request, draft, post_id=f"{page.id}_{new_number(15)}", **facts)
    body = answered(post) if answered else {"id": post.id}
    if asked:
        body = facebook_reading.describe_post(request, post, asked) | body
    return web.json_response(body)


async def post_photo(request):
    page = writing_page(request)
    given = take(
        request,
        url=address,
        source=upload,
        message=text,
        caption=text,
        alt_text_custom=text,
        published=flag,
        temporary=flag,
        no_story=flag,
        fields=field_tree,
    )
    message = given.get("message", given.get("caption", ""))
    check_message(message)
    if ("url" in given) == ("source" in given):
        raise bad("Requires one of the params: url, source.")
    network = request.app[NETWORK]
    fetched = await _photo(network, given)
    picture = media.Picture(fetched.data, fetched.mime, fetched.width, fetched.height)
    stored = await media.store(network, page, picture, given.get("alt_text_custom", ""))
    hidden = given.get("published") is False
    photo_id = new_number(15)
    keep(network, photo_id, "photo", page, media=[stored.id], published=not hidden, text=message)
    if hidden:
        return web.json_response({"id": photo_id})
    return await publish_on(
        request,
        page,
        Draft(message, None, (stored,)),
        given.get("fields"),
        answered=lambda post: {"id": photo_id, "post_id": post.id},
        photos=[photo_id],
    )


async def _photo(network, given) -> Fetched:
    """The picture that was sent or is at the address. Raises GraphRefusal (1366046, 2069019)."""
    try:
        if "url" in given:
            fetched = await fetch_image(network, given["url"], PHOTO_MAX)
        else:
            sent: Upload = given["source"]
            if len(sent.data) > PHOTO_MAX:
                raise FetchFailed("too_large")
            fetched = await look_at_image(network, sent.data)
        if fetched.mime not in PHOTO_TYPES:
            raise FetchFailed("wrong_type")
        return fetched
    except FetchFailed as failed:
        told = "Photos should be less than 4 MB and saved as JPG or PNG."
        if failed.reason in ("too_large", "wrong_type"):
            raise bad(f"Your photo couldn't be uploaded. {told}", 1366046, told=told) from failed
        raise bad("The photo could not be fetched from this address.", 2069019) from failed


async def post_comment(request):
    """A comment of the Page under its own post."""
    page = page_itself(request)
    require_scopes(request, "pages_manage_engagement")
    given = take(request, message=text, attachment_url=address, fields=field_tree)
    post = listing.own_post(request, request.match_info["node"])
    message, stored = given.get("message", ""), ()
    check_message(message)
    if not message.strip() and "attachment_url" not in given:
        raise bad("Requires one of the params: message, attachment_url.")
    if "attachment_url" in given:
        fetched = await _photo(request.app[NETWORK], {"url": given["attachment_url"]})
        picture = media.Picture(fetched.data, fetched.mime, fetched.width, fetched.height)
        stored = (await media.store(request.app[NETWORK], page, picture, ""),)
    comment_id = f"{post.id.partition('_')[2]}_{new_number(15)}"
    made, _ = await publish(request, Draft(message, None, stored), post_id=comment_id, reply_to=post.id)
    return web.json_response({"id": made.id})


async def edit_post(request):
    """Only the message can change, and only of what this app posted."""
    network = request.app[NETWORK]
    page_itself(request)
    require_scopes(request, "pages_manage_posts", "pages_read_engagement")
    given = take(request, message=text)
    post = listing.own_post(request, request.match_info["node"])
    if "message" not in given:
        raise bad("The parameter message is required.")
    check_message(given["message"])
    if post.imported:
        raise not_permitted("You can only edit posts that your app made.")
    network.record(
        "edit", id=post.id, account=post.account.handle, account_id=post.account.id, text=given["message"]
    )
    return web.json_response({"success": True})


async def delete_post(request):
    page_itself(request)
    require_scopes(request, "pages_manage_posts", "pages_read_engagement")
    take(request)
    network, node = request.app[NETWORK], request.match_info["node"]
    photo = find_thing(network, node, "photo")
    if photo and photo.account is page_itself(request) and not photo.data.get("published"):
        network.record("thing_gone", id=photo.id)
        return web.json_response({"success": True})
    posts.delete(network, listing.own_post(request, node))
    return web.json_response({"success": True})
