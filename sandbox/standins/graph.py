"""What Facebook, Instagram and Threads share: the Graph API's error envelope, tokens, parameters and fields.

Rests on the Graph API's "Handle errors" guide and on the error tables of the three platforms' own pages.
"""

import hashlib
import hmac
import json
import math
import secrets
from dataclasses import dataclass

from aiohttp import BodyPartReader, web

from .. import accounts
from ..body import too_large
from ..errors import Refusal
from ..keys import ACCOUNT, NETWORK, TOKEN
from ..state import Account, Token
from .common import PRACTICE_APP, find_token, once, read_fields, seconds_left

VERSIONS = tuple(f"v{number}.0" for number in range(21, 27))
VERSIONED = r"/{version:v\d+\.\d+}"
UPLOAD_MAX = 64 * 1024 * 1024
HOUR, DAY = 3600, 86_400
SHORT_LIFE, LONG_LIFE = HOUR, 60 * DAY

FIELDS = web.RequestKey("fields", dict)


class GraphRefusal(Refusal):
    """A refusal with the platform's own numbers."""

    def __init__(self, code: int, message: str, *, subcode=None, status=400, told="", transient=False):
        super().__init__(status, f"graph_{code}" + (f"_{subcode}" if subcode else ""), message)
        self.numbers = {"code": code, "subcode": subcode}
        self.told = told
        self.transient = transient


@dataclass(frozen=True)
class Upload:
    """A file of a multipart form."""

    data: bytes
    content_type: str


# the shape of refusals

# what the network's own refusals are called here: code, subcode, status
_KNOWN = {
    "invalid_token": (190, None, 400),
    "expired_token": (190, 463, 400),
    "revoked_token": (190, 460, 400),
    "rate_limited": (4, None, 400),
    "duplicate": (506, None, 400),
    "server_error": (2, None, 500),
    "unknown_path": (2500, None, 400),
    "log_unavailable": (2, None, 503),
}


def shape(refusal: Refusal) -> web.Response:
    """`{"error": {message, type, code, error_subcode, ..., fbtrace_id}}`."""
    code, subcode, status = _KNOWN.get(refusal.code, (100, None, refusal.status))
    if isinstance(refusal, GraphRefusal):
        code, subcode, status = refusal.numbers["code"], refusal.numbers["subcode"], refusal.status
    elif refusal.code == "refused":
        code, subcode = refusal.numbers.get("code", 100), refusal.numbers.get("subcode")
        status = 400 if status == 422 else status
    told = getattr(refusal, "told", "")
    error = {
        "message": refusal.message if code in (1, 2) else f"(#{code}) {refusal.message}",
        "type": "OAuthException",
        "code": code,
        **({"error_subcode": subcode} if subcode else {}),
        **({"error_user_title": "This is not possible", "error_user_msg": told} if told else {}),
        **({"is_transient": True} if code == 2 or getattr(refusal, "transient", False) else {}),
        "fbtrace_id": "A" + secrets.token_urlsafe(16),
    }
    return web.json_response({"error": error}, status=status, headers=_usage(refusal, code))


def _usage(refusal, code) -> dict:
    """Graph has no Retry-After: the usage headers say how long to wait, in minutes."""
    if code not in (4, 17, 32, 613, 80001):
        return {}
    given = refusal.headers.get("Retry-After", "")
    minutes = math.ceil(int(given) / 60) if given.isdigit() else 1
    usage = {
        "type": "pages",
        "call_count": 100,
        "total_cputime": 20,
        "total_time": 30,
        "estimated_time_to_regain_access": minutes,
    }
    return {
        "X-App-Usage": json.dumps({"call_count": 100, "total_cputime": 20, "total_time": 30}),
        "X-Business-Use-Case-Usage": json.dumps({"100000000000000": [usage]}),
    }


def oauth_shape(refusal: Refusal) -> web.Response:
    """How the token endpoints of Instagram and Threads refuse: `{error_type, code, error_message}`."""
    if refusal.code in ("server_error", "rate_limited"):
        return shape(refusal)
    body = {"error_type": "OAuthException", "code": 400, "error_message": refusal.message}
    return web.json_response(body, status=400)


def bad(message: str, subcode: int | None = None, **more) -> GraphRefusal:
    """Code 100: something about a parameter."""
    return GraphRefusal(100, message, subcode=subcode, **more)


def missing(node: str) -> GraphRefusal:
    """Code 100, subcode 33: no such object, or not for this caller."""
    return bad(
        f"Unsupported request. Object with ID '{node[:60]}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation.",
        33,
    )


def not_permitted(message: str, code: int = 200) -> GraphRefusal:
    return GraphRefusal(code, message, status=403)


# who calls


def identified(platform: str):
    """The `identify` of a Graph host: reads the fields, then finds the token's account. Raises Refusal."""

    async def identify(request):
        await read_all(request)
        check_version(request)
        token = require_token(request, platform, given_token(request))
        request[ACCOUNT], request[TOKEN] = token.account, token

    return identify


async def read_all(request) -> dict:
    """Query and body as one set of fields, in `request[FIELDS]`; each may be given once. Raises Refusal."""
    pairs = list(request.query.items())
    if request.method != "GET":
        body = await _read_multipart(request) if _is_multipart(request) else await read_fields(request)
        pairs += body.items()
    request[FIELDS] = once(pairs)
    return request[FIELDS]


def _is_multipart(request) -> bool:
    return request.content_type == "multipart/form-data"


async def _read_multipart(request) -> dict:
    found, size = [], 0
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or not part.name:
                raise bad("The multipart form is not well formed.")
            collected = bytearray()
            while chunk := await part.read_chunk(64 * 1024):
                collected += chunk
                size += len(chunk)
                if size > UPLOAD_MAX:
                    raise too_large(UPLOAD_MAX)
            kind = part.headers.get("Content-Type", "")
            file = Upload(bytes(collected), kind) if part.filename else bytes(collected).decode("utf-8")
            found.append((part.name, file))
    except Refusal:
        raise
    except Exception as error:  # the multipart reader raises many kinds for broken uploads
        raise bad("The multipart form is not readable.") from error
    return once(found)


def check_version(request) -> None:
    version = request.match_info.get("version")
    if version and version not in VERSIONS:
        raise GraphRefusal(2635, f"Version {version} of the API is not available. Use {VERSIONS[-1]}.")


def given_token(request) -> str:
    """From the Authorization header, or from the field `access_token`."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() in ("bearer", "oauth"):
        return text.strip()
    given = request[FIELDS].get("access_token", "")
    return given if isinstance(given, str) else ""


def require_token(request, platform: str, text: str) -> Token:
    """Raises GraphRefusal as the platform has it for no token, an unknown one, and one that ended."""
    if not text:
        raise GraphRefusal(104, "An access token is required to request this resource.")
    token = find_token(request.app[NETWORK], text, platform=platform)
    if token is None:
        raise GraphRefusal(190, "Invalid OAuth access token - Cannot parse access token.")
    if refusal := ended(token):
        raise refusal
    proof = request[FIELDS].get("appsecret_proof")
    if proof is not None and proof != app_secret_proof(text):
        raise bad("Invalid appsecret_proof provided in the API argument.")
    return token


def app_secret_proof(text: str) -> str:
    return hmac.new(PRACTICE_APP.secret.encode(), text.encode(), hashlib.sha256).hexdigest()


_ENDINGS = {
    "removed": (458, "The user has not authorized the application."),
    "revoked": (460, "The session has been invalidated because the password was changed."),
    "role": (492, "The user has lost the role on the Page that this token was for."),
}
_EXPIRED = (463, "Error validating access token: Session has expired.")


def ended(token: Token) -> GraphRefusal | None:
    """How the token ended, if it did (Graph API, "Handle errors": subcodes of 190)."""
    if accounts.is_live(token):
        return None
    subcode, message = _ENDINGS.get(token.ended, _EXPIRED)
    return GraphRefusal(190, message, subcode=subcode)


def require_scopes(request, *scopes: str, code: int = 200) -> None:
    """Raises GraphRefusal when the person did not allow one of them."""
    lacking = [scope for scope in scopes if scope not in request[TOKEN].facts.get("scopes", ())]
    if lacking:
        raise not_permitted(f"Requires {', '.join(lacking)} permission to manage the object.", code)


def bearer(text: str, token_life: float | None) -> dict:
    """A token as the token endpoints answer it."""
    answer = {"access_token": text, "token_type": "bearer"}
    return answer if token_life is None else answer | {"expires_in": int(token_life)}


def lasting(network, text: str, platform: str) -> dict:
    return bearer(text, seconds_left(find_token(network, text, platform=platform)))


def own_account(request, node: str) -> Account:
    """The account that calls, if the node is it. Raises GraphRefusal."""
    account = request[ACCOUNT]
    if node not in ("me", account.id):
        raise missing(node)
    return account
