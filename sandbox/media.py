"""Receiving pictures: read, checked by decoding, stored as they came."""

import asyncio
import base64
import hashlib
import io
import os
import secrets
import warnings
from dataclasses import dataclass

from aiohttp import BodyPartReader, web
from PIL import Image

from .body import READ_SECONDS, too_large
from .errors import Refusal, invalid
from .limits import IMAGE_BYTES_MAX, IMAGE_PIXELS_MAX, check_alt
from .network import Network
from .state import Account, Media

_MIME = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_SIDE_MAX = 20_000
# Pillow only warns of a picture up to twice its limit; here the limit is the limit
Image.MAX_IMAGE_PIXELS = IMAGE_PIXELS_MAX
warnings.simplefilter("error", Image.DecompressionBombWarning)


@dataclass(slots=True)
class Picture:
    data: bytes
    mime: str
    width: int
    height: int


def decode(data: bytes) -> Picture:
    """Check bytes by decoding them whole. Raises Refusal for anything but a bounded JPEG, PNG or WebP."""
    if not data:
        raise invalid("no_file", "The file is empty.", "file")
    if len(data) > IMAGE_BYTES_MAX:
        raise invalid("too_large", f"The image is larger than {IMAGE_BYTES_MAX:,} bytes.", "file")
    try:
        with Image.open(io.BytesIO(data), formats=list(_MIME)) as image:
            if max(image.size) > _SIDE_MAX:
                raise Image.DecompressionBombError
            image.load()
            return Picture(data, _MIME[image.format], *image.size)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        most = f"{IMAGE_PIXELS_MAX // 10**6} megapixels or {_SIDE_MAX:,} pixels a side"
        raise invalid("too_many_pixels", f"The image has more than {most}.", "file") from error
    except Exception as error:  # Pillow's decoders raise many kinds for broken files
        raise invalid(
            "not_an_image", "The file is not a JPEG, PNG or WebP image we can read.", "file"
        ) from error


async def decode_aside(network: Network, data: bytes) -> Picture:
    return await asyncio.get_running_loop().run_in_executor(network.decoders, decode, data)


def decode_base64(text) -> bytes:
    if not isinstance(text, str):
        raise invalid("bad_base64", "“data_base64” must be text.", "data_base64")
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise invalid("bad_base64", "“data_base64” is not base64.", "data_base64") from error


async def store(network: Network, account: Account, picture: Picture, alt: str) -> Media:
    """Keep the bytes, then log them. Raises Refusal."""
    media_id = "m" + secrets.token_hex(8)
    try:
        await asyncio.to_thread(_write, network.media_path(media_id), picture.data, network.config.fsync)
    except OSError as error:
        raise Refusal(503, "storage_unavailable", "The image could not be stored. Check the disk.") from error
    network.record(
        "media",
        id=media_id,
        account=account.handle,
        account_id=account.id,
        alt=alt,
        sha256=hashlib.sha256(picture.data).hexdigest(),
        mime=picture.mime,
        width=picture.width,
        height=picture.height,
        bytes=len(picture.data),
    )
    return network.state.media[media_id]


def _write(path, data: bytes, fsync: bool):
    partial = path.with_name(path.name + ".part")
    with open(partial, "wb") as file:
        file.write(data)
        file.flush()
        if fsync:
            os.fsync(file.fileno())
    os.replace(partial, path)
    if fsync:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


async def read_upload(request: web.Request) -> tuple[bytes, str]:
    """`file` and `alt` of a multipart upload. Raises Refusal."""
    if request.content_type != "multipart/form-data":
        raise Refusal(
            415, "not_multipart", "Send the image as multipart/form-data with the fields file and alt."
        )
    if (request.content_length or 0) > IMAGE_BYTES_MAX + 64 * 1024:
        raise too_large(IMAGE_BYTES_MAX)
    try:
        async with asyncio.timeout(READ_SECONDS):
            parts = await _read_parts(request)
    except TimeoutError as error:
        raise Refusal(408, "too_slow", "The image took too long to arrive.") from error
    except Refusal:
        raise
    except Exception as error:  # the multipart reader raises many kinds for broken uploads
        raise Refusal(400, "bad_multipart", "The upload is not readable multipart/form-data.") from error
    if "file" not in parts:
        raise invalid("no_file", "The field “file” is missing.", "file")
    try:
        alt = parts.get("alt", b"").decode("utf-8")
    except UnicodeDecodeError as error:
        raise invalid("not_text", "The alt text is not UTF-8.", "alt") from error
    return parts["file"], check_alt(alt)


async def _read_parts(request) -> dict[str, bytes]:
    parts = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name not in ("file", "alt") or part.name in parts:
            raise invalid("bad_field", "Send exactly one field “file” and at most one field “alt”.", "file")
        most = IMAGE_BYTES_MAX if part.name == "file" else 64 * 1024
        collected = bytearray()
        while chunk := await part.read_chunk(64 * 1024):
            collected += chunk
            if len(collected) > most:
                raise too_large(most)
        parts[part.name] = bytes(collected)
    return parts
