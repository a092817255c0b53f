"""Answers that are broken on the wire, or say something else than what happened."""

import asyncio
import itertools
import json
import secrets
import time

from aiohttp import web

from .errors import Refusal
from .telling import refused

FOREVER = 3600
PADDING = b" " * 65536
GATEWAY = {502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}
PAGE = "<!doctype html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


def drop(request: web.Request) -> web.Response:
    """Cut the connection; the returned response never leaves."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def error(request: web.Request, effect: dict) -> web.Response:
    """A server error: a gateway's page for 502 to 504, which no application writes, else a plain answer."""
    status, retry_after = effect.get("status", 500), effect.get("retry_after")
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    if status in GATEWAY:
        return _page(f"{status} {GATEWAY[status]}", status=status, headers=headers)
    message = effect.get("message") or "Something went wrong here."
    return refused(request, Refusal(status, "server_error", message, headers=headers))


def redirect(effect: dict) -> web.Response:
    return web.Response(status=effect.get("status", 302), headers={"Location": effect["location"]})


async def spoil(request: web.Request, response: web.Response, effect: dict) -> web.StreamResponse:
    """What is answered instead of `response`, for the effects that spoil a good answer."""
    match effect["type"]:
        case "slow_drip":
            return await _drip(request, response, effect)
        case "endless_headers":
            return await _endless_headers(request, effect)
        case "truncated_json":
            return _answer(response, response.body[: len(response.body) // 2])
        case "cut_body":
            return await _cut(request, response)
        case "empty_200":
            return web.Response(status=200)
        case "html_200":
            return _page("Welcome back")
        case "wrong_id":
            return _with_other_id(response)
        case "missing_id":
            return _without_id(response)
        case "wrong_type":
            return _answer(response, response.body, effect.get("content_type", "text/plain"))
        case "huge_body":
            return await _huge(request, response, effect.get("bytes", 64 * 1024 * 1024))


def _page(title: str, **more) -> web.Response:
    return web.Response(text=PAGE.format(title), content_type="text/html", **more)


def _answer(response, body: bytes, content_type="application/json") -> web.Response:
    return web.Response(status=response.status, body=body, headers={"Content-Type": content_type})


# where answers have the id of what was published: LinkedIn in a header, X in `data`, Bluesky as `uri`
_ID_HEADERS = ("x-restli-id", "x-linkedin-id")
_ID_NAMES = ("id", "uri", "post_id")


def _with_other_id(response) -> web.Response:
    """The answer with an id that nothing has, in its address too."""
    known = _id_in(response)
    if not known:
        return response
    # digits only: they may stand in every kind of id
    other = known[:-6] + "".join(secrets.choice("234567") for _ in known[-6:])
    for name in _ID_HEADERS:
        if name in response.headers:
            response.headers[name] = other
    response.body = response.body.replace(known.encode(), other.encode()) if response.body else b""
    return response


def _id_in(response) -> str:
    body = json.loads(response.body or "{}")
    body = body.get("data", body) if isinstance(body, dict) else {}
    body = body if isinstance(body, dict) else {}
    found = [response.headers.get(name) for name in _ID_HEADERS] + [body.get(name) for name in _ID_NAMES]
    return next(filter(None, found), "")


def _without_id(response) -> web.Response:
    for name in _ID_HEADERS:
        response.headers.popall(name, None)
    if response.body:
        body = json.loads(response.body)
        if not isinstance(body, dict):
            return response
        inside = body["data"] if isinstance(body.get("data"), dict) else body
        for name in _ID_NAMES:
            inside.pop(name, None)
        response.body = json.dumps(body).encode()
    return response


async def _drip(request, response, effect) -> web.StreamResponse:
    """One byte at a time: the answer, then spaces without end; after `total` seconds the rest at once."""
    ends = time.monotonic() + effect.get("total", FOREVER)
    dripping = await _begin(request, response)
    body = bytes(response.body)
    try:
        for place in itertools.count():
            if time.monotonic() >= ends:
                await dripping.write(body[place:] or b" ")
                break
            await dripping.write(body[place : place + 1] or b" ")
            await asyncio.sleep(effect.get("seconds", 1))
    except ConnectionError:
        return drop(request)
    return dripping


async def _huge(request, response, size: int) -> web.StreamResponse:
    """The answer, then so many bytes of blanks: JSON to whoever reads to the end."""
    growing = await _begin(request, response)
    try:
        await growing.write(response.body)
        for start in range(0, size, len(PADDING)):
            await growing.write(PADDING[: size - start])
    except ConnectionError:
        return drop(request)
    return growing


async def _cut(request, response) -> web.StreamResponse:
    """Half of what Content-Length promises, then the end of the connection."""
    cut = web.StreamResponse(status=response.status, headers={"Content-Type": "application/json"})
    cut.content_length = len(response.body)
    await cut.prepare(request)
    try:
        await cut.write(response.body[: len(response.body) // 2])
    except ConnectionError:
        return drop(request)
    if request.transport is not None:
        # an orderly end, unlike a drop: what was sent arrives
        request.transport.close()
    return cut


async def _endless_headers(request, effect) -> web.Response:
    """A status line and header after header, until `total` seconds are over or the caller gives up."""
    ends = time.monotonic() + effect.get("total", FOREVER)
    transport = request.transport
    line, number = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n", 0
    while transport is not None and not transport.is_closing() and time.monotonic() < ends:
        transport.write(line)
        number += 1
        line = b"X-Part-%d: more to come\r\n" % number
        await asyncio.sleep(effect.get("seconds", 0.5))
    return drop(request)


async def _begin(request, response) -> web.StreamResponse:
    """A chunked answer with the status of `response`: its length is not told ahead."""
    begun = web.StreamResponse(status=response.status, headers={"Content-Type": "application/json"})
    begun.enable_chunked_encoding()
    await begun.prepare(request)
    return begun
