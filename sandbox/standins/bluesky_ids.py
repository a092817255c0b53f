"""The names of the AT Protocol: DIDs, record keys, content ids and the session tokens of a PDS.

Specifications at atproto.com: DID, TID, Data Model (CIDs and DAG-CBOR), XRPC authentication.
"""

import base64
import hashlib
import hmac
import json
import secrets
from datetime import datetime

import regex

TID = regex.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
DID = regex.compile(r"did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]")
HANDLE = regex.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
AT_URI = regex.compile(
    r"at://(?P<repo>[^/\s]+)/(?P<collection>[a-zA-Z0-9.-]+)/(?P<rkey>[A-Za-z0-9._:~-]{1,512})"
)
_TID_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_RAW, _CBOR = 0x55, 0x71


def did_of(account_id: str) -> str:
    """The DID of an account of this network: did:plc and 24 letters of a hash."""
    digest = hashlib.sha256(f"did:{account_id}".encode()).digest()
    return "did:plc:" + base64.b32encode(digest).decode().lower()[:24]


def new_tid(moment: datetime) -> str:
    """A record key for this moment: microseconds since 1970 and a random clock id."""
    number = int(moment.timestamp() * 1_000_000) << 10 | secrets.randbelow(1024)
    return "".join(_TID_DIGITS[number >> shift & 31] for shift in range(60, -1, -5))


def blob_cid(sha256: str) -> str:
    """The content id of bytes: it depends on nothing else."""
    return _cid(_RAW, bytes.fromhex(sha256))


def record_cid(record: dict) -> str:
    return _cid(_CBOR, hashlib.sha256(cbor(record)).digest())


def is_cid(text) -> bool:
    return isinstance(text, str) and regex.fullmatch(r"baf[a-z2-7]{56}", text) is not None


def _cid(codec: int, digest: bytes) -> str:
    raw = bytes((1, codec, 0x12, 0x20)) + digest
    return "b" + base64.b32encode(raw).decode().lower().rstrip("=")


def cbor(value) -> bytes:
    """DAG-CBOR: the one encoding of a record that its content id is made from. Raises ValueError."""
    match value:
        case None:
            return b"\xf6"
        case bool():
            return b"\xf5" if value else b"\xf4"
        case int():
            return _head(0, value) if value >= 0 else _head(1, -1 - value)
        case str():
            raw = value.encode()
            return _head(3, len(raw)) + raw
        case list():
            return _head(4, len(value)) + b"".join(map(cbor, value))
        case {"$link": str(link)} if len(value) == 1:
            raw = b"\0" + base64.b32decode(link[1:].upper() + "=" * (-len(link[1:]) % 8))
            return b"\xd8\x2a" + _head(2, len(raw)) + raw
        case dict():
            names = sorted(value, key=lambda name: (len(name.encode()), name.encode()))
            return _head(5, len(value)) + b"".join(cbor(name) + cbor(value[name]) for name in names)
        case _:
            raise ValueError("a record has no such value")


def _head(major: int, number: int) -> bytes:
    for extra, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 24:
            return bytes((major << 5 | number,))
        if number < 1 << (8 * size):
            return bytes((major << 5 | extra,)) + number.to_bytes(size, "big")
    raise ValueError("a number is too large")


def make_jwt(key: bytes, claims: dict, *, kind: str) -> str:
    head = {"alg": "HS256", "typ": kind}
    body = f"{_part(head)}.{_part(claims)}"
    return f"{body}.{_signature(key, body)}"


def read_jwt(key: bytes, text: str) -> dict | None:
    """The claims of a token that we signed; None for any other text."""
    body, _, signature = text.rpartition(".")
    if body.count(".") != 1 or not hmac.compare_digest(_signature(key, body).encode(), signature.encode()):
        return None
    return json.loads(base64.urlsafe_b64decode(body.partition(".")[2] + "=="))


def _part(data: dict) -> str:
    raw = json.dumps(data, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _signature(key: bytes, body: str) -> str:
    digest = hmac.new(key, body.encode("utf-8", "replace"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
