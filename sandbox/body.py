"""Reading request bodies within bounds."""

import asyncio
import json

from aiohttp import ClientError, web

from .errors import Refusal
from .keys import BODY

JSON_MAX = 64 * 1024
READ_SECONDS = 60


async def read_bytes(request: web.Request, most: int) -> bytes:
    """The whole body. Raises Refusal when it is larger than `most` bytes, too slow, or cut short."""
    if BODY in request:
        return request[BODY]
    if (request.content_length or 0) > most:
        raise too_large(most)
    chunks, size = [], 0
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in request.content.iter_any():
                size += len(chunk)
                if size > most:
                    raise too_large(most)
                chunks.append(chunk)
    except TimeoutError as error:
        raise Refusal(408, "too_slow", "The request took too long to arrive.") from error
    except (ClientError, web.RequestPayloadError, OSError, ValueError) as error:
        raise Refusal(400, "incomplete", "The request did not arrive completely.") from error
    return b"".join(chunks)


async def hold_body(request: web.Request) -> None:
    """Read the body now, so that a caller who gives up later has sent it all the same. Raises Refusal."""
    if request.content_type != "multipart/form-data":
        request[BODY] = await read_bytes(request, JSON_MAX)


async def read_json(request: web.Request, most: int = JSON_MAX) -> dict:
    """The body as a JSON object. Raises Refusal."""
    raw = await read_bytes(request, most)
    try:
        data = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "bad_json", "The request is not JSON in UTF-8.") from error
    if not isinstance(data, dict):
        raise Refusal(400, "bad_json", "The request must be a JSON object.")
    return data


def too_large(most: int) -> Refusal:
    return Refusal(413, "too_large", f"The request is larger than {most:,} bytes.")
