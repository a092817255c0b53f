"""The stand-in of Bluesky: who accounts are, their app passwords and their sessions.

atproto.com (handles, DIDs), lexicons
com.atproto.server.{createSession,refreshSession,getSession,deleteSession, getServiceAuth},
com.atproto.identity.resolveHandle. An access token lasts two hours, a refresh token ninety days; a spent one
leads to the same new pair for two hours more.
"""

import hmac

from aiohttp import web

from ..accounts import is_live, require_live
from ..clock import now
from ..keys import ACCOUNT, NETWORK, TOKEN
from ..network import Network
from ..state import Account, Token
from . import common
from .bluesky_errors import held_object, invalid, limited, query_of, xrpc
from .bluesky_ids import DID, HANDLE, did_of, make_jwt, read_jwt
from .common import DAY, Platform
from .rest import bearer, end, is_number, newest_tokens, spend, successors_in_grace

ACCESS_SECONDS, REFRESH_SECONDS, GRACE_SECONDS = 2 * 3600, 90 * DAY, 2 * 3600
SERVICE_SECONDS = 30 * 60
SESSIONS = ((30, 300), (300, DAY))  # how many in how many seconds
HOST, SERVICE_DID = "bsky.social", "did:web:bsky.social"
_SCOPES = {"access": "com.atproto.appPass", "refresh": "com.atproto.refresh", "service": ""}
_TYPES = {"access": "at+jwt", "refresh": "refresh+jwt", "service": "JWT"}
REFRESH = web.RequestKey("refresh_token", Token)
_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"

PLATFORM = Platform(
    name="bluesky",
    label="Bluesky",
    scopes={},
    make_id=lambda kind, handle: did_of(handle),
    traits={"refresh_grace": GRACE_SECONDS, "media_processing_for": 1},
    operator_token=lambda network, account: _issue(network, account, "access", None, via="admin"),
)


def handle_of(account: Account) -> str:
    return f"{account.username.replace('_', '-').replace('.', '-')}.{HOST}"


def find_account(network: Network, name) -> Account | None:
    """By DID or by handle."""
    if not isinstance(name, str):
        return None
    account = network.state.accounts.get(name)
    if account is None and name.lower().endswith(f".{HOST}"):
        everyone = common.accounts_of(network, PLATFORM.name, "account")
        account = next((one for one in everyone if handle_of(one) == name.lower()), None)
    return account if account and account.network == PLATFORM.name else None


def email_of(account: Account) -> str:
    return f"{account.username}@example.org"


def document_of(account: Account) -> dict:
    """The DID document."""
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": account.id,
        "alsoKnownAs": [f"at://{handle_of(account)}"],
        "verificationMethod": [],
        "service": [
            {
                "id": "#atproto_pds",
                "type": "AtprotoPersonalDataServer",
                "serviceEndpoint": f"https://{HOST}",
            }
        ],
    }


# app passwords


def make_app_password(network: Network, account: Account) -> str:
    common.issue(network, account, kind="app_password", seconds=None, via="settings")
    (token,) = newest_tokens(network, 1)
    return _password(network, token)


def _password(network: Network, token: Token) -> str:
    number = int(network.sign("app-password", str(token.serial)), 16)
    letters = "".join(_LETTERS[number >> 5 * place & 31] for place in range(16))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def app_passwords(account: Account) -> list[Token]:
    return [token for token in account.tokens if token.kind == "app_password" and is_live(token)]


# tokens


def _issue(network: Network, account: Account, kind: str, seconds, via: str, **facts) -> str:
    common.issue(network, account, kind=kind, seconds=seconds, via=via, **facts)
    return jwt_of(network, newest_tokens(network, 1)[0])


def jwt_of(network: Network, token: Token) -> str:
    claims = {
        "scope": _SCOPES[token.kind],
        "sub": token.account.id,
        "aud": token.facts.get("aud", SERVICE_DID),
        "jti": str(token.serial),
        "iat": int(token.issued_at.timestamp()),
    }
    if token.expires_at:
        claims["exp"] = int(token.expires_at.timestamp())
    return make_jwt(network.secret, claims, kind=_TYPES[token.kind])


def find_token(network: Network, text: str, kind: str) -> Token:
    """The token this text stands for, live or not. Raises Refusal."""
    claims = read_jwt(network.secret, text)
    token = network.state.tokens.get(int(claims["jti"])) if claims else None
    if token is None:
        token = common.find_token(network, text, kind, PLATFORM.name)  # as the operator's API issues them
    if token is None or token.account.network != PLATFORM.name:
        raise xrpc(400, "InvalidToken", "Token could not be verified", code="invalid_token")
    if token.kind != kind:
        raise xrpc(400, "InvalidToken", "Invalid token scope", code="invalid_token")
    return token


def sign_in(request: web.Request, kind: str) -> None:
    """The call is that of the token it carries. Raises Refusal."""
    if "Authorization" not in request.headers:
        raise xrpc(401, "AuthMissing", "Authentication Required", code="invalid_token")
    text = bearer(request)
    if not text:
        raise xrpc(400, "InvalidToken", "Unexpected authorization type", code="invalid_token")
    token = find_token(request.app[NETWORK], text, kind)
    request[ACCOUNT] = token.account
    if kind == "refresh":  # a spent one may still be good
        request[REFRESH] = token
    else:
        request[TOKEN] = token
        require_live(token)


# sessions


def _session(account: Account) -> dict:
    return {
        "did": account.id,
        "didDoc": document_of(account),
        "handle": handle_of(account),
        "active": True,
    }


async def create_session(request):
    network = request.app[NETWORK]
    data = held_object(request, {"identifier": str, "password": str}, {"authFactorToken": str})
    account = find_account(network, data["identifier"]) or _by_email(network, data["identifier"])
    if account is not None:
        for count, window in SESSIONS:
            recent = [t for t in account.tokens if t.facts.get("session") and _age(t) < window]
            if len(recent) >= count:
                raise limited(count, window, window=window)
    if account is None or not any(
        hmac.compare_digest(_password(network, one).encode(), data["password"].encode("utf-8", "replace"))
        for one in app_passwords(account)
    ):
        raise xrpc(401, "AuthenticationRequired", "Invalid identifier or password")
    access = _issue(network, account, "access", ACCESS_SECONDS, "session", session=True)
    refresh = _issue(network, account, "refresh", REFRESH_SECONDS, "session")
    more = {"email": email_of(account), "emailConfirmed": True}
    return web.json_response(_session(account) | more | {"accessJwt": access, "refreshJwt": refresh})


def _by_email(network: Network, email: str) -> Account | None:
    everyone = common.accounts_of(network, PLATFORM.name, "account")
    return next((one for one in everyone if email_of(one) == email.lower()), None)


def _age(token: Token) -> float:
    return (now() - token.issued_at).total_seconds()


async def refresh_session(request):
    network, token = request.app[NETWORK], request[REFRESH]
    if request.content_length:
        raise invalid("A request body was provided when none was expected")
    pair = successors_in_grace(network, token)
    if pair is None:
        require_live(token)
        _issue(network, token.account, "access", ACCESS_SECONDS, "refresh")
        _issue(network, token.account, "refresh", REFRESH_SECONDS, "refresh")
        pair = newest_tokens(network, 2)
        spend(network, token, pair)
    access, refresh = (jwt_of(network, one) for one in pair)
    return web.json_response(_session(token.account) | {"accessJwt": access, "refreshJwt": refresh})


async def get_session(request):
    more = {"email": email_of(request[ACCOUNT]), "emailConfirmed": True}
    return web.json_response(_session(request[ACCOUNT]) | more)


async def delete_session(request):
    end(request.app[NETWORK], [request[REFRESH]], by="app")
    return web.Response(status=200)


async def get_service_auth(request):
    query = query_of(request, ("aud",), ("lxm", "exp"))
    if not DID.fullmatch(query["aud"]):
        raise invalid("Params/aud must be a valid did")
    seconds = SERVICE_SECONDS
    if "exp" in query:
        if not is_number(query["exp"]):
            raise invalid("Params/exp must be an integer")
        seconds = int(query["exp"]) - now().timestamp()
        if not 0 < seconds <= (3600 if query.get("lxm") else 60):
            raise xrpc(400, "BadExpiration", "expiration is out of bounds")
    elif not query.get("lxm"):
        seconds = 60
    token = _issue(
        request.app[NETWORK],
        request[ACCOUNT],
        "service",
        seconds,
        "app",
        aud=query["aud"],
        lxm=query.get("lxm"),
    )
    return web.json_response({"token": token})


async def resolve_handle(request):
    handle = query_of(request, ("handle",))["handle"]
    if not HANDLE.fullmatch(handle.lower()):
        raise invalid("Params/handle must be a valid handle")
    account = find_account(request.app[NETWORK], handle)
    if account is None:
        raise invalid("Unable to resolve handle")
    return web.json_response({"did": account.id})


async def describe_server(request):
    body = {"did": SERVICE_DID, "availableUserDomains": [f".{HOST}"], "inviteCodeRequired": False}
    return web.json_response(body)
