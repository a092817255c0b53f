"""The stand-in of Bluesky: blobs and records, as a PDS keeps them.

Lexicons com.atproto.repo.{uploadBlob,putRecord,createRecord,deleteRecord,getRecord,listRecords}. How a PDS
answers repeats (putRecord twice, swapRecord null, createRecord of a key that is taken) was seen on version
0.4.217 of the reference PDS.
"""

import hashlib

from aiohttp import web

from .. import posts
from ..clock import iso, now, parse_iso
from ..errors import Refusal
from ..keys import ACCOUNT, BODY, NETWORK, OUTCOME
from ..network import Network
from ..posts import Draft
from ..state import Account, Media, Post, Thing
from . import common
from .bluesky_errors import held_object, invalid, limit_headers, limited, query_of, whole_number, xrpc
from .bluesky_ids import TID, blob_cid, is_cid, new_tid, record_cid
from .bluesky_people import find_account
from .bluesky_record import POST, InvalidRecord, check_record
from .common import DAY
from .rest import described, is_mp4, published_within, store_file, store_picture, trait

BLOB_BYTES = 52_428_800
RECORD_BYTES = 1024 * 1024
POINTS, POINTS_A_DAY, CREATE_POINTS = 5000, 35_000, 3


async def upload_blob(request):
    if "Content-Type" not in request.headers:
        raise invalid("Request encoding (Content-Type) required but not provided")
    thing = await keep_blob(request, request[BODY], request.content_type)
    headers = limit_headers(1000, 999, DAY, window=DAY)
    return web.json_response({"blob": reference_of(thing)}, headers=headers)


async def keep_blob(request, data: bytes, told_type: str) -> Thing:
    """Store the bytes; what type they are is seen from them, else it is the one they came with."""
    network, account = request.app[NETWORK], request[ACCOUNT]
    cid = blob_cid(hashlib.sha256(data).hexdigest())
    if common.find_thing(network, f"blob:{account.id}:{cid}", "blob"):
        return common.keep(network, f"blob:{account.id}:{cid}", "blob", account, at=iso(now()))
    try:
        stored = await store_picture(network, account, data)
    except Refusal:
        mime = "video/mp4" if is_mp4(data) else told_type
        stored = await store_file(network, account, data, mime=mime)
    return common.keep(
        network, f"blob:{account.id}:{cid}", "blob", account,
        cid=cid, media=stored.id, mime=stored.mime, size=len(data), at=iso(now()),
    )  # fmt: skip


def reference_of(thing: Thing) -> dict:
    data = thing.data
    return {"$type": "blob", "ref": {"$link": data["cid"]}, "mimeType": data["mime"], "size": data["size"]}


def _blob(request, reference: dict, accept: str) -> Media:
    """The stored file that a record refers to. Raises Refusal."""
    network, account = request.app[NETWORK], request[ACCOUNT]
    cid = reference["ref"]["$link"]
    thing = common.find_thing(network, f"blob:{account.id}:{cid}", "blob")
    lasts = trait(request, "container_lasts")
    if thing is None or (now() - parse_iso(thing.data["at"])).total_seconds() >= lasts:
        raise xrpc(400, "BlobNotFound", f"Could not find blob: {cid}")
    if thing.data["mime"] != reference["mimeType"]:
        message = f"Referenced Mimetype does not match stored blob. Expected: {thing.data['mime']}, Got: "
        raise xrpc(400, "InvalidMimeType", message + reference["mimeType"][:50])
    if not thing.data["mime"].startswith(accept):
        raise xrpc(400, "InvalidMimeType", f"Wrong mimetype of blob: {thing.data['mime']}")
    return network.state.media[thing.data["media"]]


# records

_WRITE = {"validate": bool, "swapCommit": (str, type(None))}


def _own_repo(request, repo: str) -> Account:
    """Raises Refusal for anybody else's."""
    account = find_account(request.app[NETWORK], repo)
    if account is None:
        raise xrpc(403, "AccountNotFound", f"Could not find repo: {repo[:100]}")
    if account is not request[ACCOUNT]:
        raise xrpc(401, "AuthenticationRequired", "Authentication Required")
    return account


def _check_key(data) -> str:
    if data["collection"] != POST:
        raise invalid(f"Lexicon not found: lex:{data['collection'][:100]}")
    if not TID.fullmatch(data["rkey"]):
        raise invalid(f"Invalid record key: {data['rkey'][:60]} is not a TID")
    return data["rkey"]


def uri_of(account: Account, rkey: str) -> str:
    return f"at://{account.id}/{POST}/{rkey}"


def find_record(network: Network, account: Account, rkey: str) -> Post | None:
    return network.state.live_post(_post_id(account, rkey))


def _post_id(account: Account, rkey: str) -> str:
    """Keys are an account's own; ids of posts are not."""
    return f"{account.id.rpartition(':')[2][:8]}-{rkey}"


async def put_record(request):
    fields = {"repo": str, "collection": str, "rkey": str, "record": dict}
    data = held_object(request, fields, {**_WRITE, "swapRecord": (str, type(None))})
    account = _own_repo(request, data["repo"])
    rkey, record = _check_key(data), {"$type": POST, **data["record"]}  # a PDS adds the type
    _check_swap(data)
    media, cid = _checked(request, record), _cid(record)
    current = find_record(request.app[NETWORK], account, rkey)
    if current and current.facts["cid"] == cid:
        request[OUTCOME].update(post_id=current.id, repeat=True, differs=False)
        return web.json_response({"uri": uri_of(account, rkey), "cid": cid, "validationStatus": "valid"})
    if "swapRecord" in data and data["swapRecord"] != (current.facts["cid"] if current else None):
        at = current.facts["cid"] if current else "null"
        raise xrpc(400, "InvalidSwap", f"Record was at {at}")
    _refuse_too_many(request)
    if current:
        posts.delete(request.app[NETWORK], current)
    return await _write(request, account, rkey, record, cid, media)


def _check_swap(data) -> None:
    if isinstance(data.get("swapRecord"), str) and not is_cid(data["swapRecord"]):
        raise invalid("Invalid CID string at $.swapRecord")


async def create_record(request):
    """Not for a key that is taken: the answer to that cannot be told from an outage."""
    fields = {"repo": str, "collection": str, "record": dict}
    data = held_object(request, fields, {**_WRITE, "rkey": str})
    account = _own_repo(request, data["repo"])
    data.setdefault("rkey", new_tid(now()))
    rkey, record = _check_key(data), {"$type": POST, **data["record"]}  # a PDS adds the type
    media, cid = _checked(request, record), _cid(record)
    if find_record(request.app[NETWORK], account, rkey):
        raise xrpc(500, "InternalServerError", "Internal Server Error")
    _refuse_too_many(request)
    return await _write(request, account, rkey, record, cid, media)


def _cid(record) -> str:
    try:
        return record_cid(record)
    except (ValueError, UnicodeEncodeError) as error:
        raise invalid("Bad record: it has a value that no record can have") from error


def _checked(request, record: dict) -> list[Media]:
    """The files of a record that is a good one. Raises Refusal."""
    try:
        blobs = check_record(record)
    except InvalidRecord as error:
        raise invalid(f"Invalid {POST} record: {error}") from error
    return [_blob(request, *blob) for blob in blobs]


def _refuse_too_many(request):
    quota = trait(request, "daily_quota")
    if published_within(request[ACCOUNT], DAY) >= (quota or POINTS_A_DAY // CREATE_POINTS):
        raise limited(POINTS_A_DAY, DAY, window=DAY)
    if published_within(request[ACCOUNT], 3600) * CREATE_POINTS > POINTS - CREATE_POINTS:
        raise limited(POINTS, 3600, window=3600)


async def _write(request, account, rkey, record, cid, media):
    uri = uri_of(account, rkey)
    draft, facts = _draft(request, record, media)
    await common.publish(
        request,
        draft,
        post_id=_post_id(account, rkey),
        container=uri,
        rkey=rkey,
        cid=cid,
        record=record,
        **facts,
    )
    left = POINTS - CREATE_POINTS * published_within(account, 3600)
    body = {
        "uri": uri,
        "cid": cid,
        "commit": {"cid": record_cid({"record": cid}), "rev": new_tid(now())},
        "validationStatus": "valid",
    }
    return web.json_response(body, headers=limit_headers(POINTS, left, 3600, window=3600))


def _draft(request, record, media) -> tuple[Draft, dict]:
    """The post as the feed shows it: pictures with their descriptions, a link's card, facets."""
    network, account = request.app[NETWORK], request[ACCOUNT]
    embed = record.get("embed", {})
    embed = embed.get("media", embed)
    facts: dict = {"facets": record.get("facets", [])}
    parent = record.get("reply", {}).get("parent", {}).get("uri", "")
    if parent.startswith(f"at://{account.id}/"):
        facts["reply_to"] = _post_id(account, parent.rpartition("/")[2])
    if embed.get("$type") == "app.bsky.embed.external":
        card = embed["external"]
        facts["card"] = {name: card[name] for name in ("uri", "title", "description")}
        if media:
            facts["card"]["thumb"] = media[0].id
        return Draft(record["text"], card["uri"], ()), facts
    alts = [image["alt"] for image in embed.get("images", [])] or [embed.get("alt", "")]
    shown = tuple(described(network, account, item, alt) for item, alt in zip(media, alts, strict=False))
    return Draft(record["text"], None, shown), facts


async def delete_record(request):
    fields = {"repo": str, "collection": str, "rkey": str}
    data = held_object(request, fields, {"swapRecord": (str, type(None)), "swapCommit": (str, type(None))})
    account = _own_repo(request, data["repo"])
    post = find_record(request.app[NETWORK], account, data["rkey"])
    if post is None or data["collection"] != POST:
        return web.json_response({})
    posts.delete(request.app[NETWORK], post)
    return web.json_response({"commit": {"cid": record_cid({"gone": post.id}), "rev": new_tid(now())}})


def _repo(request, name: str) -> Account:
    account = find_account(request.app[NETWORK], name)
    if account is None:
        raise invalid(f"Could not find repo: {name[:100]}")
    return account


async def get_record(request):
    query = query_of(request, ("repo", "collection", "rkey"), ("cid",))
    account = _repo(request, query["repo"])
    post = find_record(request.app[NETWORK], account, query["rkey"]) if query["collection"] == POST else None
    if post is None or query.get("cid", post.facts["cid"]) != post.facts["cid"]:
        where = f"at://{account.id}/{query['collection']}/{query['rkey']}"
        raise xrpc(400, "RecordNotFound", f"Could not locate record: {where[:300]}")
    return web.json_response(_described(post))


def _described(post: Post) -> dict:
    uri = uri_of(post.account, post.facts["rkey"])
    return {"uri": uri, "cid": post.facts["cid"], "value": post.facts["record"]}


async def list_records(request):
    """The newest keys first."""
    query = query_of(request, ("repo", "collection"), ("limit", "cursor", "reverse"))
    account, limit = _repo(request, query["repo"]), whole_number(query, "limit", 50, 100)
    state = request.app[NETWORK].state
    found = [state.posts[post_id] for *_, post_id in account.order] if query["collection"] == POST else []
    oldest_first = query.get("reverse") == "true"
    found.sort(key=lambda post: post.facts["rkey"], reverse=not oldest_first)
    if cursor := query.get("cursor"):
        found = [
            post
            for post in found
            if (post.facts["rkey"] > cursor) == oldest_first and post.facts["rkey"] != cursor
        ]
    body: dict = {"records": [_described(post) for post in found[:limit]]}
    if len(found) > limit:
        body["cursor"] = found[limit - 1].facts["rkey"]
    return web.json_response(body)
