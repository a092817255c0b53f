"""How LinkedIn refuses, and what holds for each of its versioned calls.

LinkedIn documentation, "Error handling", "Versioning", "Protocol version", "Posts API" (error codes).
"""

import regex
from aiohttp import web

from ..errors import Refusal
from ..keys import NETWORK, TOKEN
from ..state import Account
from . import common
from .rest import Said, held_json, shape_with

# a version lives about a year; 202511 ended on 2026-11-16
ACTIVE_VERSIONS = frozenset(("202512", *(f"2026{month:02}" for month in range(1, 10))))
URN = regex.compile(r"urn:li:(?P<kind>[a-zA-Z]+):(?P<id>[A-Za-z0-9_-]+)")


def refuse(status: int, code: str, message: str, *, service_code: int | None = None, **more) -> Said:
    body = {"status": status, "code": code, "message": message, **more}
    if service_code is not None:
        body["serviceErrorCode"] = service_code
    return Said(status, body)


def wrong_field(message: str, field: str, code: str, *, status=400) -> Said:
    """A field of the request is wrong; `field` is its path, such as `content/media/id`."""
    errors = [{"description": message, "input": {"inputPath": {"fieldPath": field}}, "code": code}]
    return Said(
        status,
        {
            "status": status,
            "message": message,
            "errorDetailType": "com.linkedin.common.error.BadRequest",
            "errorDetails": {"inputErrors": errors},
        },
    )


def malformed(field: str, problem: str) -> Said:
    """The body is not of its schema."""
    return Said(422, {"status": 422, "message": f"ERROR :: /{field} :: {problem}\n"})


def denied(message: str) -> Said:
    return refuse(403, "ACCESS_DENIED", message, service_code=100)


def no_token() -> Said:
    return refuse(401, "EMPTY_ACCESS_TOKEN", "Empty oauth2 access token", service_code=65604)


def bad_token() -> Said:
    return refuse(401, "INVALID_ACCESS_TOKEN", "Invalid access token", service_code=65600)


def not_found(message="Not found") -> Said:
    return refuse(404, "NOT_FOUND", message)


def throttled() -> Said:
    message = (
        "Resource level throttle APPLICATION_AND_MEMBER DAY limit for calls to this resource is reached."
    )
    said = refuse(429, "TOO_MANY_REQUESTS", message, service_code=101)
    said.code = "rate_limited"
    return said


def _translated(refusal: Refusal) -> Said:
    match refusal.code:
        case "invalid_token":
            return bad_token()
        case "expired_token":
            message = "The token used in the request has expired"
            return refuse(401, "EXPIRED_ACCESS_TOKEN", message, service_code=65602)
        case "revoked_token":
            message = "The token used in the request has been revoked by the user"
            return refuse(401, "REVOKED_ACCESS_TOKEN", message, service_code=65601)
        case "rate_limited" if refusal.status == 429:
            return throttled()
        case "duplicate":
            return duplicate("")
        case "unknown_path":
            return refuse(404, "RESOURCE_NOT_FOUND", "No virtual resource found")
    number = refusal.numbers.get("code")
    return refuse(refusal.status, refusal.code.upper(), refusal.message, service_code=number)


def duplicate(urn: str) -> Said:
    """The same content is out already; the message names it where it is known."""
    return wrong_field(
        f"Content is a duplicate of {urn}" if urn else "Content is a duplicate",
        "commentary",
        "DUPLICATE_POST",
        status=422,
    )


shape = shape_with(_translated)


def check_headers(request: web.Request) -> None:
    """What every call under /rest/ must say. Raises Refusal."""
    version = request.headers.get("LinkedIn-Version")
    if not version:
        raise refuse(
            400,
            "VERSION_MISSING",
            "A version must be present. Please specify a version by adding the LinkedIn-Version header.",
        )
    if version not in ACTIVE_VERSIONS:
        raise refuse(426, "NONEXISTENT_VERSION", f"Requested version {version[:20]} is not active")
    if request.headers.get("X-Restli-Protocol-Version") != "2.0.0":
        raise refuse(400, "ILLEGAL_ARGUMENT", "The header X-Restli-Protocol-Version must be 2.0.0")
    if "urn:" in request.raw_path.partition("?")[0]:
        raise Said(400, {"status": 400, "message": "Syntax exception in path variables"})


def held_object(request: web.Request) -> dict:
    """The JSON body, kept by the door. Raises Refusal."""
    if request.content_type != "application/json":
        raise refuse(415, "UNSUPPORTED_MEDIA_TYPE", "The Content-Type must be application/json")
    data = held_json(request)
    if not isinstance(data, dict):
        raise refuse(400, "BAD_REQUEST", "Cannot parse request entity")
    return data


def check_fields(data, where: str, required: dict, optional: dict | None = None) -> dict:
    """`data` as an object with fields of these types and no others. Raises Refusal."""
    if not isinstance(data, dict):
        raise malformed(where, "expected an object")
    prefix = f"{where}/" if where else ""
    fields = required | (optional or {})
    for name in data:
        if name not in fields:
            raise malformed(f"{prefix}{name}"[:100], "unrecognized field found but not allowed")
    for name in required:
        if name not in data:
            raise malformed(f"{prefix}{name}", "field is required but not found and has no default value")
    for name, value in data.items():
        if not isinstance(value, fields[name]) or (fields[name] is int and isinstance(value, bool)):
            raise malformed(
                f"{prefix}{name}", f"{str(value)[:60]} cannot be coerced to {fields[name].__name__}"
            )
    return data


def require_scope(request: web.Request, *any_of: str) -> None:
    """Raises Refusal where none of these scopes was granted."""
    allowed = request[TOKEN].facts.get("scopes", any_of)
    if not set(any_of) & set(allowed):
        raise denied(
            f"Not enough permissions to access: {request.method} {request.path.rpartition('/rest/')[2][:60]}"
        )


def urn_of(account: Account) -> str:
    return f"urn:li:{account.kind}:{account.id}"


def may_act_for(request: web.Request, urn) -> Account | None:
    """The account that this URN names, if the token's person is it or administers it."""
    match = URN.fullmatch(urn) if isinstance(urn, str) else None
    account = request.app[NETWORK].state.accounts.get(match["id"]) if match else None
    if account is None or account.network != "linkedin" or urn != urn_of(account):
        return None
    token = request[TOKEN]
    if account is token.account:
        return account
    picked = token.facts.get(
        "organizations", [one.id for one in common.owned_by(request.app[NETWORK], token.account)]
    )
    return account if account.id in picked else None


def require_author(request: web.Request, urn, field: str) -> Account:
    """Whom the call acts for; the token must have the scope to write as them. Raises Refusal."""
    account = may_act_for(request, urn)
    if account is None:
        raise denied(
            "Field Value validation failed in REQUEST_BODY: Data Processing Exception while processing "
            f"fields [/{field}]"
        )
    require_scope(request, "w_member_social" if account.kind == "person" else "w_organization_social")
    return account
