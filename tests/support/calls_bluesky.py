"""Calls to the stand-in of Bluesky, as an app makes them."""

from __future__ import annotations

import copy
import re

import requests

from tests.support.standins import jpeg

TID, TID2 = "3l2abcdefghi2", "3l2abcdefghi3"
POST = "app.bsky.feed.post"
PUT = "com.atproto.repo.putRecord"
REF = {"uri": f"at://did:plc:abc/{POST}/{TID}", "cid": "bafyrei" + "a" * 52}
RECORD = {
    "$type": POST,
    "text": "Hello from practice",
    "createdAt": "2026-11-25T12:00:00.000Z",
    "langs": ["en"],
}


def ask(me, name, *, token=None, host=None, **query):
    return me.call("GET", f"/xrpc/{name}", token=token, host=host, params=query)


def tell(me, name, body=None, token=None, **options):
    return me.call("POST", f"/xrpc/{name}", token=token, json=body, **options)


def record(**more):
    made = copy.deepcopy(RECORD) | more
    return {name: value for name, value in made.items() if value is not None}


def put(me, rkey=TID, **more):
    """Puts a record; fields of the call itself are given in `call`."""
    call = more.pop("call", {})
    body = {"repo": me.id, "collection": POST, "rkey": rkey, "record": record(**more), "swapRecord": None}
    given = body | call
    return tell(me, PUT, {name: v for name, v in given.items() if v != "left out"})


def got(me, rkey=TID, **more):
    return ask(me, "com.atproto.repo.getRecord", token="", repo=me.id, collection=POST, rkey=rkey, **more)


def upload(me, data=None, kind="image/jpeg"):
    headers = {"Content-Type": kind} if kind else {}
    return me.call("POST", "/xrpc/com.atproto.repo.uploadBlob", form=data or jpeg(), headers=headers)


def blob(me, **more):
    answer = upload(me, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()["blob"]


def images(*blobs, **more):
    return {
        "$type": "app.bsky.embed.images",
        "images": [{"image": one, "alt": "Teal"} | more for one in blobs],
    }


def card(**more):
    external = {"uri": "https://example.org/a", "title": "A page", "description": ""} | more
    return {"$type": "app.bsky.embed.external", "external": external}


def link(start, end, uri="https://example.org/"):
    feature = {"$type": "app.bsky.richtext.facet#link", "uri": uri}
    return [{"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}]


def handle(me):
    return me.handle.removesuffix("@bluesky") + ".bsky.social"


def app_password(server, me):
    """Made on the practice page, as people do."""
    browser, address = requests.Session(), f"{server.url}/as/bsky.social/settings/app-passwords"
    page = browser.get(address, timeout=10)
    csrf = re.search(r'name="csrf" value="(\w+)"', page.text)[1]
    form = {"csrf": csrf, "choose": handle(me)}
    page = browser.post(address, data=form, headers={"Origin": server.url}, timeout=10)
    return re.search(r"<code>((?:[2-7a-z]{4}-){3}[2-7a-z]{4})</code>", page.text)[1]


def log_in(me, password, identifier=None):
    body = {"identifier": identifier or handle(me), "password": password}
    return tell(me, "com.atproto.server.createSession", body, token="")


def refresh(me, token):
    return me.call("POST", "/xrpc/com.atproto.server.refreshSession", token=token)
