"""Fetching a picture or video from the address an app gave, as Instagram, Threads and Facebook do.

Only addresses on this machine are asked, whatever the app says: the practice network calls nobody else.
"""

import asyncio
import io
import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar
from PIL import Image

SECONDS = 15
IMAGE_MAX = 8 * 1024 * 1024
VIDEO_MAX = 64 * 1024 * 1024
_MIME = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}


class FetchFailed(Exception):
    """`reason` is one of: address, timeout, unreachable, refused, redirect, empty, too_large, wrong_type."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Fetched:
    """Bytes and what they are; `width` and `height` in pixels, 0 for a video."""

    data: bytes
    mime: str
    width: int = 0
    height: int = 0


async def fetch(url: str, most: int) -> tuple[bytes, str]:
    """The bytes at this address and their Content-Type. Raises FetchFailed."""
    if not is_near(url):
        raise FetchFailed("address")
    try:
        async with (
            asyncio.timeout(SECONDS),
            ClientSession(
                timeout=ClientTimeout(total=SECONDS), trust_env=False, cookie_jar=DummyCookieJar()
            ) as session,
            session.get(url, allow_redirects=False, headers={"User-Agent": "practice-fetcher/1"}) as answer,
        ):
            if 300 <= answer.status < 400:
                raise FetchFailed("redirect")
            if answer.status != 200:
                raise FetchFailed("refused")
            data = bytearray()
            async for chunk in answer.content.iter_chunked(64 * 1024):
                data += chunk
                if len(data) > most:
                    raise FetchFailed("too_large")
            if not data:
                raise FetchFailed("empty")
            return bytes(data), answer.content_type
    except TimeoutError as error:
        raise FetchFailed("timeout") from error
    except (ClientError, OSError, ValueError) as error:
        raise FetchFailed("unreachable") from error


def is_near(url: str) -> bool:
    """Whether the address is on this machine, by its name alone."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or parts.username or parts.password:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def fetch_image(network, url: str, most: int = IMAGE_MAX) -> Fetched:
    """Raises FetchFailed; `wrong_type` for what is no picture, or says that it is something else."""
    data, content_type = await fetch(url, most)
    if not content_type.startswith("image/"):
        raise FetchFailed("wrong_type")
    return await look_at_image(network, data)


async def look_at_image(network, data: bytes) -> Fetched:
    """What kind of picture the bytes are. Raises FetchFailed (wrong_type, too_large)."""
    return await asyncio.get_running_loop().run_in_executor(network.decoders, _decode, data)


def _decode(data: bytes) -> Fetched:
    try:
        with Image.open(io.BytesIO(data), formats=list(_MIME)) as image:
            image.load()
            return Fetched(data, _MIME[image.format], *image.size)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise FetchFailed("too_large") from error
    except Exception as error:  # Pillow's decoders raise many kinds for broken files
        raise FetchFailed("wrong_type") from error


async def fetch_video(url: str, most: int = VIDEO_MAX) -> Fetched:
    data, _ = await fetch(url, most)
    return look_at_video(data)


def look_at_video(data: bytes) -> Fetched:
    """An MP4 or MOV file by its first box. Raises FetchFailed (wrong_type)."""
    if data[4:8] != b"ftyp":
        raise FetchFailed("wrong_type")
    return Fetched(data, "video/quicktime" if data[8:10] == b"qt" else "video/mp4")
