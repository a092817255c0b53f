"""What several stand-ins share beside `common`: reading calls, refusing, media, trading tokens."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
import secrets
from bisect import bisect_left
from collections.abc import Callable
from datetime import timedelta

from aiohttp import BodyPartReader, web

from .. import accounts
from ..body import READ_SECONDS, read_bytes
from ..clock import iso, now
from ..errors import Refusal
from ..keys import ACCOUNT, BODY, NETWORK
from ..media import decode_aside
from ..network import Network
from ..state import Account, Media, Token
from .common import Grant

# how long a consent page's code is good at most; platforms whose codes end earlier look at its age
GRANT_SECONDS = 600


class Said(Refusal):
    """A refusal in the platform's own words: `body` is the JSON that is answered."""

    def __init__(self, status: int, body, *, code="refused", headers=None):
        super().__init__(status, code, json.dumps(body)[:300], headers=headers)
        self.body = body


def shape_with(translate: Callable[[Refusal], Said]) -> Callable[[Refusal], web.Response]:
    """How a host writes refusals: its own as they are, the network's general ones as `translate` has them."""

    def shape(refusal: Refusal) -> web.Response:
        said = refusal if isinstance(refusal, Said) else translate(refusal)
        return web.json_response(said.body, status=said.status, headers=said.headers)

    return shape


def wait_of(refusal: Refusal, usual: int = 900) -> int:
    """Seconds that a rule wants the caller to wait, for platforms that say it in a header of their own."""
    text = str(refusal.headers.get("Retry-After", ""))
    return int(text) if is_number(text, 9) else usual


def is_number(text: str, digits: int = 20) -> bool:
    """Whether it is a whole number of so many digits at most."""
    return text.isascii() and text.isdigit() and len(text) <= digits


def bearer(request: web.Request) -> str:
    """The token that came with the call, or an empty text."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else ""


def basic(request: web.Request) -> tuple[str, str] | None:
    """Name and password of HTTP Basic (RFC 7617)."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    try:
        name, colon, password = base64.b64decode(text.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (name, password) if scheme.lower() == "basic" and colon else None


async def hold(request: web.Request, most: int) -> bytes:
    """The whole body, kept with the request; multipart is left to `read_parts`. Raises Refusal."""
    if request.content_type != "multipart/form-data":
        request[BODY] = await read_bytes(request, most)
        return request[BODY]
    return b""


def held_json(request: web.Request):
    """The body that `hold` kept as JSON, None where it is none."""
    try:
        data = json.loads(request[BODY].decode("utf-8"))
        json.dumps(data, ensure_ascii=False).encode("utf-8")  # half of a surrogate pair is no text
    except (KeyError, ValueError, RecursionError):
        return None
    return data


async def read_parts(request: web.Request, most: int) -> dict[str, tuple[bytes, str]] | None:
    """The parts of a multipart body, each with its type; None where it is broken or a name comes twice."""
    if request.content_type != "multipart/form-data" or (request.content_length or 0) > most + 64 * 1024:
        return None
    found: dict[str, tuple[bytes, str]] = {}
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for part in await request.multipart():
                if not isinstance(part, BodyPartReader) or not part.name or part.name in found:
                    return None
                data = bytearray()
                while chunk := await part.read_chunk(64 * 1024):
                    data += chunk
                    if len(data) > most:
                        return None
                found[part.name] = bytes(data), part.headers.get("Content-Type", "")
    except Exception:  # the multipart reader raises many kinds for broken uploads
        return None
    return found


def published_within(account: Account, seconds: float) -> int:
    """How many of the account's posts are from the last so many seconds."""
    begin = bisect_left(account.order, (now() - timedelta(seconds=seconds),))
    return len(account.order) - begin


# media: bytes are kept as they came, descriptions come later


async def store_file(
    network: Network, account: Account, data: bytes, *, mime: str, width=0, height=0, alt=""
) -> Media:
    media_id = "m" + secrets.token_hex(8)
    await asyncio.to_thread(network.media_path(media_id).write_bytes, data)
    network.record(
        "media",
        id=media_id,
        account=account.handle,
        account_id=account.id,
        alt=alt,
        sha256=hashlib.sha256(data).hexdigest(),
        mime=mime,
        width=width,
        height=height,
        bytes=len(data),
    )
    return network.state.media[media_id]


async def store_picture(network: Network, account: Account, data: bytes, *, alt="") -> Media:
    """Raises Refusal where the bytes are no picture."""
    picture = await decode_aside(network, data)
    size = {"width": picture.width, "height": picture.height}
    return await store_file(network, account, data, mime=picture.mime, alt=alt, **size)


def is_mp4(data: bytes) -> bool:
    return data[4:8] == b"ftyp"


def described(network: Network, account: Account, media: Media, alt: str) -> Media:
    """The same file with this description, for the platforms that are told it after the upload."""
    if media.alt == alt:
        return media
    network.record(
        "media",
        **media.logged() | {"alt": alt},
        account=account.handle,
        account_id=account.id,
        received_at=iso(media.uploaded_at),
    )
    return network.state.media[media.id]


def trait(request: web.Request, name: str, account: Account | None = None):
    return request.app[NETWORK].state.trait(account or request[ACCOUNT], name)


def is_processing(request: web.Request, media: Media) -> bool:
    """Whether the platform still works on the file: for as long as the account's trait says."""
    lasts = trait(request, "media_processing_for")
    return media.uploaded_at + timedelta(seconds=lasts) > now()


# tokens that are traded for new ones


def spend(network: Network, token: Token, successors: tuple[Token, Token]) -> None:
    """A refresh token is used up; within the account's grace it still leads to these."""
    network.record(
        "token",
        action="spent",
        tokens=[token.serial],
        by="refresh",
        account=token.account.handle,
        account_id=token.account.id,
        successors=[one.serial for one in successors],
    )


def end(network: Network, tokens, *, by: str) -> None:
    """The tokens are taken back."""
    for token in tokens:
        if accounts.is_live(token):
            network.record(
                "token",
                action="revoked",
                tokens=[token.serial],
                by=by,
                account=token.account.handle,
                account_id=token.account.id,
            )


def newest_tokens(network: Network, count: int) -> tuple[Token, ...]:
    """The tokens that were issued last, oldest first."""
    last = network.state.last_serial
    return tuple(network.state.tokens[serial] for serial in range(last - count + 1, last + 1))


def successors_in_grace(network: Network, token: Token) -> tuple[Token, Token] | None:
    """What a spent refresh token was traded for, while the grace of its account lasts."""
    grace = timedelta(seconds=network.state.trait(token.account, "refresh_grace"))
    if token.ended != "spent" or not token.successors or now() - token.ended_at >= grace:
        return None
    access, refresh = (network.state.tokens[serial] for serial in token.successors)
    return (access, refresh) if accounts.is_live(refresh) else None


def text_of(network: Network, token: Token) -> str:
    """The token as its app knows it."""
    return accounts._text(network, token.kind, token.serial)


def verifies(challenge: str, verifier: str) -> bool:
    """Whether the verifier is the one that the S256 challenge was made from (RFC 7636)."""
    digest = hashlib.sha256(verifier.encode("utf-8", "replace")).digest()
    expected = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(expected, challenge)


def age_of_grant(network: Network, grant: Grant) -> float:
    """Seconds since the person allowed it, and what the trait `tokens_older_by` adds."""
    made = grant.until - timedelta(seconds=GRANT_SECONDS)
    return (now() - made).total_seconds() + network.state.trait(grant.account, "tokens_older_by")
