"""What Facebook, Instagram and Threads share: the Graph API's error envelope, tokens, parameters and fields.

Rests on the Graph API's "Handle errors" guide and on the error tables of the three platforms' own pages.
"""

import hashlib
import hmac
import json
import math
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

import regex
from aiohttp import BodyPartReader, web

from .. import accounts
from ..body import too_large
from ..clock import parse_iso
from ..errors import Refusal
from ..keys import ACCOUNT, NETWORK, TOKEN
from ..state import Account, Token
from .common import PRACTICE_APP, find_token, once, read_fields, seconds_left

VERSIONS = tuple(f"v{number}.0" for number in range(21, 27))
VERSIONED = r"/{version:v\d+\.\d+}"
UPLOAD_MAX = 64 * 1024 * 1024
LIST_MAX = 100
HOUR, DAY = 3600, 86_400
SHORT_LIFE, LONG_LIFE = HOUR, 60 * DAY
# what every call may carry
_ALWAYS = ("access_token", "appsecret_proof")

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


# parameters


def take(request, **kinds) -> dict:
    """The call's parameters, checked: name -> how it is read. Raises GraphRefusal for any other parameter."""
    given = {name: value for name, value in request[FIELDS].items() if name not in _ALWAYS}
    if unknown := sorted(set(given) - set(kinds)):
        raise bad(f"Unexpected parameter: {unknown[0][:60]}.")
    return {name: kinds[name](name, value) for name, value in given.items()}


def text(name: str, value) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise bad(f"Param {name} must be a string.")
    return value


def one_of(*options: str):
    def read(name, value):
        if value not in options:
            raise bad(f"Param {name} must be one of {{{', '.join(options)}}}.")
        return value

    return read


def flag(name: str, value) -> bool:
    if isinstance(value, bool):
        return value
    known = {"true": True, "1": True, "false": False, "0": False}
    if not isinstance(value, str) or value.lower() not in known:
        raise bad(f"Param {name} must be a boolean.")
    return known[value.lower()]


def whole(name: str, value) -> int:
    written = str(value) if type(value) is int else value
    if not isinstance(written, str) or not regex.fullmatch(r"\d{1,15}", written):
        raise bad(f"Param {name} must be a number greater than or equal to 0.")
    return int(written)


def limit(name: str, value) -> int:
    number = whole(name, value)
    if not 1 <= number <= LIST_MAX:
        raise bad(f"Param {name} must be a number from 1 to {LIST_MAX}.")
    return number


def address(name: str, value) -> str:
    """An http(s) address in ASCII."""
    written = text(name, value)
    if not regex.fullmatch(r"https?://[^\s/?#@]+(?:[/?#][!-~]*)?", written) or not written.isascii():
        raise bad(f"Param {name} is not a valid URI.")
    return written


def moment(name: str, value) -> datetime:
    """A Unix time, or an ISO time."""
    written = str(value) if type(value) is int else text(name, value)
    try:
        if regex.fullmatch(r"\d{1,11}", written):
            return datetime.fromtimestamp(int(written), UTC)
        return parse_iso(written)
    except (ValueError, OverflowError, OSError) as error:
        raise bad(f"Param {name} must be a Unix timestamp or an ISO 8601 time.") from error


def upload(name: str, value) -> Upload:
    if not isinstance(value, Upload):
        raise bad(f"Param {name} must be a file.")
    return value


def json_or(name: str, value):
    """A value that may come as JSON in a text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise bad(f"Param {name} must be valid JSON.") from error


def ids(name: str, value) -> list[str]:
    """Ids parted by commas, or a JSON list of them."""
    if isinstance(value, str) and not value.startswith("["):
        value = value.split(",")
    found = json_or(name, value)
    if not isinstance(found, list) or not all(isinstance(one, str) and one.strip() for one in found):
        raise bad(f"Param {name} must be a list of ids.")
    return [one.strip() for one in found]


# fields: what an answer is to hold

_NAME = regex.compile(r"\s*([a-z_]+)\s*")
_MODIFIER = regex.compile(r"\.([a-z_]+)\(([^(){}]*)\)\s*")


def field_tree(name: str, value) -> dict[str, dict]:
    """`a,b{c},d.limit(0)` as a tree of names; modifiers are left out. Raises GraphRefusal."""
    written = text(name, value)
    tree, end = _tree(written, 0)
    if end != len(written) or not tree:
        raise GraphRefusal(2500, f"Syntax error in the field {name}.")
    return tree


def _tree(written, place):
    tree = {}
    while found := _NAME.match(written, place):
        place = found.end()
        while modifier := _MODIFIER.match(written, place):
            place = modifier.end()
        tree[found[1]] = {}
        if written[place : place + 1] == "{":
            tree[found[1]], place = _tree(written, place + 1)
            if written[place : place + 1] != "}":
                raise GraphRefusal(2500, "Syntax error in the fields: “}” is missing.")
            place += 1
        if written[place : place + 1] != ",":
            break
        place += 1
    return tree, place


def choose(asked: dict | None, usual: tuple[str, ...], known: dict, node: str, always=("id",)) -> dict:
    """The answer with the fields that were asked for. `known` are values, or functions that give them.

    A value of None is left out, as Graph leaves out what is empty. Raises GraphRefusal for unknown fields.
    """
    names = list(asked) if asked else list(usual)
    for name in names:
        if name not in known:
            raise bad(f"Tried accessing nonexistent field ({name}) on node type ({node}).")
    names += [name for name in always if name not in names]
    values = {name: known[name]() if callable(known[name]) else known[name] for name in names}
    return {name: value for name, value in values.items() if value is not None}


def stamp(when: datetime) -> str:
    """A time as Graph writes it."""
    return when.strftime("%Y-%m-%dT%H:%M:%S+0000")


def own_account(request, node: str) -> Account:
    """The account that calls, if the node is it. Raises GraphRefusal."""
    account = request[ACCOUNT]
    if node not in ("me", account.id):
        raise missing(node)
    return account
