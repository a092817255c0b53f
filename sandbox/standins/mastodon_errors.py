"""How Mastodon refuses: `{"error"}` (docs.joinmastodon.org, entity Error; API "Rate limits")."""

from datetime import timedelta

from aiohttp import web

from ..clock import iso, now
from ..errors import Refusal
from ..keys import TOKEN
from .rest import Said, shape_with, wait_of

CALLS = 300


def refuse(status: int, error: str, description: str = "", *, code="refused", headers=None) -> Said:
    body = {"error": error}
    if description:
        body["error_description"] = description
    return Said(status, body, code=code, headers=headers)


def invalid(problem: str) -> Said:
    return refuse(422, f"Validation failed: {problem}")


def not_found() -> Said:
    return refuse(404, "Record not found")


def no_user() -> Said:
    return refuse(401, "The access token is invalid", code="invalid_token")


def limit_headers(limit: int, left: int, seconds: float) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(max(0, left)),
        "X-RateLimit-Reset": iso(now() + timedelta(seconds=seconds)),
    }


def limited(limit: int, seconds: float) -> Said:
    headers = limit_headers(limit, 0, seconds)
    return refuse(429, "Too many requests", code="rate_limited", headers=headers)


def _translated(refusal: Refusal) -> Said:
    match refusal.code:
        case "invalid_token":
            return no_user()
        case "expired_token":
            return refuse(401, "The access token expired")
        case "revoked_token":
            return refuse(401, "The access token was revoked")
        case "rate_limited" if refusal.status == 429:
            return limited(CALLS, wait_of(refusal, 300))
        case "duplicate":
            return invalid(refusal.message)
        case "unknown_path":
            return refuse(404, "Not Found")
    return refuse(refusal.status, refusal.message)


shape = shape_with(_translated)


def require_scope(request: web.Request, *any_of: str) -> None:
    """Raises Refusal without a token, and where neither a scope nor the one above it was granted."""
    if TOKEN not in request:
        raise no_user()
    granted = set(request[TOKEN].facts.get("scopes", any_of))
    wanted = {*any_of, *(scope.partition(":")[0] for scope in any_of)}
    if not granted & wanted:
        raise refuse(403, "This action is outside the authorized scopes")
