"""How X refuses: problem documents (X documentation, "Response codes and errors")."""

from http import HTTPStatus

from aiohttp import web

from ..clock import now
from ..errors import Refusal
from ..keys import TOKEN
from .rest import Said, held_json, shape_with, wait_of

PROBLEMS = "https://api.twitter.com/2/problems/"
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
NOT_PERMITTED = "You are not permitted to perform this action."


def problem(status: int, detail: str, *, title="", kind="about:blank", code="refused", headers=None, **more):
    title = title or HTTPStatus(status).phrase
    body = {**more, "title": title, "detail": detail, "type": kind, "status": status}
    return Said(status, body, code=code, headers=headers)


def invalid(message: str, field: str = "", value="") -> Said:
    """The request itself is wrong: 400 invalid-request with what is wrong in `errors`."""
    error = {"message": message}
    if field:
        error = {"parameters": {field: [str(value)[:200]]}, **error}
    return problem(
        400,
        "One or more parameters to your request was invalid.",
        title="Invalid Request",
        kind=PROBLEMS + "invalid-request",
        errors=[error],
    )


def unauthorised() -> Said:
    return problem(401, "Unauthorized", code="invalid_token")


def forbidden(detail: str = NOT_PERMITTED) -> Said:
    return problem(403, detail)


def missing(what: str, value: str, parameter: str = "id") -> dict:
    """The entry in `errors` for something that is not there."""
    return {
        "value": value,
        "detail": f"Could not find {what} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": what,
        "parameter": parameter,
        "resource_id": value,
        "type": PROBLEMS + "resource-not-found",
    }


def limited(limit: int, seconds: float) -> Said:
    return problem(
        429,
        "Too Many Requests",
        kind=PROBLEMS + "rate-limit-exceeded",
        code="rate_limited",
        headers=limit_headers(limit, 0, seconds),
    )


def limit_headers(limit: int, left: int, seconds: float) -> dict[str, str]:
    return {
        "x-rate-limit-limit": str(limit),
        "x-rate-limit-remaining": str(max(0, left)),
        "x-rate-limit-reset": str(int(now().timestamp() + seconds)),
    }


def require_scopes(request: web.Request, *scopes: str) -> None:
    """Raises Refusal where the person did not allow them."""
    allowed = request[TOKEN].facts.get("scopes", scopes)
    if missing_scopes := [scope for scope in scopes if scope not in allowed]:
        raise problem(
            403,
            f"{NOT_PERMITTED} The token lacks: {' '.join(missing_scopes)}.",
            kind=PROBLEMS + "not-authorized-for-resource",
        )


def held_object(request: web.Request) -> dict:
    """The body, kept by the door, as a JSON object. Raises Refusal."""
    if request.content_type != "application/json":
        raise invalid("Requests with bodies must have content-type of application/json.")
    data = held_json(request)
    if not isinstance(data, dict):
        raise invalid("The request body is not a JSON object.")
    return data


def refuse_unknown(data: dict, known, where: str = "") -> None:
    """Raises Refusal for a field that the API does not have."""
    if unknown := sorted(set(data) - set(known)):
        name = f"{where}{unknown[0]}"[:80]
        raise invalid(
            f"[$.{name}: is not defined in the schema and the schema does not allow additional properties]",
            name,
        )


def _translated(refusal: Refusal) -> Said:
    match refusal.code:
        case "invalid_token" | "expired_token" | "revoked_token":
            return unauthorised()
        case "rate_limited" if refusal.status == 429:
            return limited(100, wait_of(refusal))
        case "duplicate":
            return forbidden(DUPLICATE)
        case "unknown_path":
            return problem(404, "Not Found")
        case "bad_json" | "bad_encoding" | "incomplete":
            return invalid(refusal.message)
    return problem(refusal.status, refusal.message)


shape = shape_with(_translated)
