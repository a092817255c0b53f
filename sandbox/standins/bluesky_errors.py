"""How a PDS refuses: `{"error", "message"}` (specification "XRPC" at atproto.com, "Error Responses")."""

import regex
from aiohttp import web

from ..clock import now
from ..errors import Refusal
from .rest import Said, held_json, shape_with, wait_of


def xrpc(status: int, error: str, message: str, *, code="refused", headers=None) -> Said:
    return Said(status, {"error": error, "message": message}, code=code, headers=headers)


def invalid(message: str) -> Said:
    return xrpc(400, "InvalidRequest", message)


def limited(limit: int, seconds: float, *, window: int) -> Said:
    headers = limit_headers(limit, 0, seconds, window=window)
    return xrpc(429, "RateLimitExceeded", "Rate Limit Exceeded", code="rate_limited", headers=headers)


def limit_headers(limit: int, left: int, seconds: float, *, window: int) -> dict[str, str]:
    return {
        "RateLimit-Limit": str(limit),
        "RateLimit-Remaining": str(max(0, left)),
        "RateLimit-Reset": str(int(now().timestamp() + seconds)),
        "RateLimit-Policy": f"{limit};w={window}",
    }


def _translated(refusal: Refusal) -> Said:
    match refusal.code:
        case "invalid_token":
            return xrpc(400, "InvalidToken", "Token could not be verified")
        case "expired_token":
            return xrpc(400, "ExpiredToken", "Token has expired")
        case "revoked_token":
            return xrpc(400, "ExpiredToken", "Token has been revoked")
        case "rate_limited" if refusal.status == 429:
            return limited(5000, wait_of(refusal), window=3600)
        case "too_large":
            return xrpc(413, "PayloadTooLargeError", "request entity too large")
        case "server_error":
            return xrpc(refusal.status, "InternalServerError", refusal.message)
        case "unknown_path":
            return xrpc(404, "XRPCNotSupported", "XRPCNotSupported")
    # a rule may name the error: "BlobNotFound: Could not find blob"
    name, colon, message = refusal.message.partition(": ")
    if colon and regex.fullmatch(r"[A-Z][A-Za-z]+", name):
        return xrpc(refusal.status, name, message)
    return xrpc(refusal.status, "InvalidRequest", refusal.message)


shape = shape_with(_translated)


def held_object(request: web.Request, required: dict, optional: dict | None = None) -> dict:
    """The JSON body, kept by the door, with fields of these types and no others. Raises Refusal."""
    if request.content_type != "application/json":
        raise invalid(f"Wrong request encoding (Content-Type): {request.content_type[:60]}")
    data = held_json(request)
    if not isinstance(data, dict):
        raise invalid("Input must be a JSON object")
    fields = required | (optional or {})
    for name in required:
        if name not in data:
            raise invalid(f'Input must have the property "{name}"')
    for name, value in data.items():
        if name not in fields:
            raise invalid(f'Input has a property that the lexicon does not name: "{name[:50]}"')
        if not isinstance(value, fields[name]):
            raise invalid(f"Input/{name} must be of another type")
    return data


def query_of(
    request: web.Request, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> dict[str, str]:
    """The parameters, these and no others. Raises Refusal."""
    query = dict(request.query)
    for name in required:
        if not query.get(name):
            raise invalid(f'Params must have the property "{name}"')
    if unknown := sorted(set(query) - {*required, *optional}):
        raise invalid(f'Params has a property that the lexicon does not name: "{unknown[0][:50]}"')
    return query


def whole_number(query: dict[str, str], name: str, usual: int, most: int) -> int:
    text = query.get(name, str(usual))
    if not regex.fullmatch(r"[0-9]{1,6}", text) or not 1 <= int(text) <= most:
        raise invalid(f"Params/{name} must be an integer from 1 to {most}")
    return int(text)
