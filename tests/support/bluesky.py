"""A scripted server that behaves like Bluesky's, and the calls that the adapter's tests make to it.

Answers that a test has set before go before these.
"""

from __future__ import annotations

import base64
import io
import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from posts.platforms.base import Content, Credentials, PlatformError, Published, ReadBack, Video
from tests.support.proxy import Proxy, Reply

DID = "did:plc:" + "a" * 24
OTHER = "did:plc:" + "b" * 24
CID = "bafyreie5cvv4h45feadgeuwhbcutmh6t2ceseocckahdoe6uat64zmz454"
CANARY = "canary-90c1fe"
PUT, UPLOAD = r"/xrpc/com.atproto.repo.putRecord$", r"/xrpc/com.atproto.repo.uploadBlob$"
GET, LIST = r"/xrpc/com.atproto.repo.getRecord\?", r"/xrpc/com.atproto.repo.listRecords\?"
RESOLVE = r"/xrpc/com.atproto.identity.resolveHandle\?"
STAGED = {"created": "2026-11-25T18:00:00.123Z", "media": {}, "mentions": {}}


def credentials_at(server: Proxy) -> Credentials:
    """Anna's account, on `server`."""
    return Credentials(server.host, DID, {"access_token": CANARY, "refresh_token": f"{CANARY}-r"})


def failure(call) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        call()
    return caught.value


def refused(name: str, message: str = "because of the tide", status: int = 400, **headers: str) -> Reply:
    return Reply.of(status, {"error": name, "message": message}, **headers)


def accept(server: Proxy, *, cid: str = CID) -> None:
    """A server that takes every blob and record."""

    def put(exchange) -> None:
        sent = exchange.seen.json
        uri = f"at://{sent['repo']}/{sent['collection']}/{sent['rkey']}"
        exchange.send(Reply.of(200, {"uri": uri, "cid": cid, "validationStatus": "valid"}))

    def upload(exchange) -> None:
        size, mime = len(exchange.seen.body), exchange.seen.headers["Content-Type"]
        blob = {"$type": "blob", "ref": {"$link": f"bafkrei{size:040d}"}, "mimeType": mime, "size": size}
        exchange.send(Reply.of(200, {"blob": blob}))

    server.on("POST", PUT, put)
    server.on("POST", UPLOAD, upload)


def record_of(adapter, credentials, content: Content, server: Proxy, key: str = "k") -> dict:
    """The record that is sent for `content`."""
    accept(server)
    staged = adapter.stage(content, credentials, staged={}, deadline=5)
    adapter.publish(content, credentials, staged=staged, key=key, deadline=5)
    return server.seen("POST", PUT)[-1].json["record"]


def publish(adapter, credentials, content: Content | None = None, staged=None, key="k") -> Published:
    content = content or Content("hi")
    staged = STAGED if staged is None else staged
    return adapter.publish(content, credentials, staged=staged, key=key, deadline=5)


def clip(data: bytes = b"\0" * 50) -> Video:
    return Video("v1", "video/mp4", 640, 360, 3.0, len(data), "A wave", lambda: io.BytesIO(data))


def part(key: str = "3kabcdefghij2", *, reference: bool = True, did: str = DID) -> Published:
    uri = f"at://{did}/app.bsky.feed.post/{key}"
    return Published(uri, "", {"uri": uri, "cid": CID} if reference else {})


def entry(key: str, text: str = "hi", created: str = "2026-11-25T18:00:00.123Z", **value) -> dict:
    uri = f"at://{DID}/app.bsky.feed.post/{key}"
    return {"uri": uri, "cid": CID, "value": {"text": text, "createdAt": created, **value}}


def look(adapter, credentials, staged=STAGED) -> ReadBack:
    since = datetime.now(UTC) - timedelta(minutes=1)
    return adapter.read_back(Content("hi"), credentials, staged=staged, key="k", since=since, deadline=5)


def network(server: Proxy, *, did: str = DID, handle: str = "anna.example.org", pds: str = "") -> None:
    """An account: its server, its entry in the directory and its handle."""
    document = {
        "id": did,
        "alsoKnownAs": [f"at://{handle}"],
        "service": [
            {"id": "#other", "serviceEndpoint": "https://e.org"},
            {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": pds or server.url},
        ],
    }
    session = {
        "did": did,
        "handle": handle,
        "accessJwt": token(),
        "refreshJwt": f"{CANARY}-r",
        "active": True,
    }
    server.on("GET", RESOLVE, Reply.of(200, {"did": did}))
    server.on("GET", "/plc/", Reply.of(200, document))
    server.on("POST", "/xrpc/com.atproto.server.createSession$", Reply.of(200, session))
    server.on("GET", GET, Reply.of(200, {"uri": "", "value": {"displayName": "Anna of the harbour"}}))


def token(scope: str = "com.atproto.appPass", seconds: float = 7200) -> str:
    claims = {"scope": scope, "sub": DID, "exp": int(time.time() + seconds)}
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{CANARY}.{middle}.sig"
