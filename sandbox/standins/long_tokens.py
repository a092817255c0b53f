"""Signing in at Instagram and Threads: a code for an hour's token, that for sixty days, and renewing it.

Rests on Instagram's "Business Login" and "Access Tokens" pages and on Threads' "Get Access Tokens" and
"Long-Lived Tokens" pages, which describe the same steps under two prefixes (`ig`, `th`).
"""

from dataclasses import dataclass

from aiohttp import web

from ..errors import Refusal
from ..keys import ACCOUNT, NETWORK, TOKEN
from .common import DAY, PRACTICE_APP, Route, age_of, is_secret_of, issue, look_at_grant, take_grant
from .graph import (
    FIELDS,
    LONG_LIFE,
    SHORT_LIFE,
    bad,
    lasting,
    oauth_shape,
    read_all,
    require_scopes,
    require_token,
)
from .params import take, text

RENEWABLE_AFTER = DAY


@dataclass(frozen=True)
class SignIn:
    """`user_id` writes an account's id in the code's answer."""

    platform: str
    prefix: str
    basic_scope: str
    user_id: type = str


def code_route(sign_in: SignIn) -> Route:
    """`POST /oauth/access_token`."""

    async def identify(request):
        fields = await read_all(request)
        if request.content_type == "application/json" or request.query:
            raise _refused("The fields are sent as a form in the body.")
        grant = look_at_grant(request.app[NETWORK], _text(fields, "code"), sign_in.platform)
        if grant:
            request[ACCOUNT] = grant.account

    async def post(request):
        network, fields = request.app[NETWORK], request[FIELDS]
        wanted = {"client_id", "client_secret", "grant_type", "redirect_uri", "code"}
        if set(fields) != wanted:
            raise _refused(f"Missing or unexpected field: {sorted(wanted ^ set(fields))[0][:40]}")
        if fields["client_id"] != PRACTICE_APP.id:
            raise _refused("Invalid platform app")
        if not is_secret_of(PRACTICE_APP, _text(fields, "client_secret")):
            raise _refused("Error validating client secret.")
        if fields["grant_type"] != "authorization_code":
            raise _refused("Invalid grant_type: only authorization_code is supported")
        grant = take_grant(network, _text(fields, "code"), sign_in.platform)
        if grant is None:
            raise _refused("This authorization code has been used or is not known")
        if fields["redirect_uri"] != grant.redirect_uri:
            raise _refused("Error validating verification code. Make sure your redirect_uri is identical")
        token = issue(
            network, grant.account, seconds=SHORT_LIFE, scopes=grant.scopes, use="short", asked=grant.asked
        )
        answer = {"access_token": token, "user_id": sign_in.user_id(grant.account.id)}
        return web.json_response(answer | {"permissions": list(grant.scopes)})

    return Route("POST", "/oauth/access_token", post, kind="tokens", identify=identify, shape=oauth_shape)


def lasting_routes(sign_in: SignIn) -> tuple[Route, Route]:
    """`GET /access_token` and `GET /refresh_access_token`; the token is the field `access_token`."""

    async def identify(request):
        fields = await read_all(request)
        token = require_token(request, sign_in.platform, _text(fields, "access_token"))
        request[ACCOUNT], request[TOKEN] = token.account, token

    async def exchange(request):
        given = take(request, grant_type=text, client_secret=text)
        if given.get("grant_type") != f"{sign_in.prefix}_exchange_token":
            raise bad(f"Param grant_type must be {sign_in.prefix}_exchange_token.")
        if not is_secret_of(PRACTICE_APP, given.get("client_secret", "")):
            raise bad("Error validating client secret.")
        if request[TOKEN].facts.get("use") != "short":
            raise bad("Only a short-lived token can be exchanged.")
        return _answer(request)

    async def refresh(request):
        given = take(request, grant_type=text)
        if given.get("grant_type") != f"{sign_in.prefix}_refresh_token":
            raise bad(f"Param grant_type must be {sign_in.prefix}_refresh_token.")
        if request[TOKEN].facts.get("use") != "long":
            raise bad("Only a long-lived token can be refreshed.")
        require_scopes(request, sign_in.basic_scope, code=10)
        if age_of(request.app[NETWORK], request[TOKEN]) < RENEWABLE_AFTER:
            raise bad("The token cannot be refreshed: it must be at least 24 hours old.")
        return _answer(request)

    def _answer(request):
        network, token = request.app[NETWORK], request[TOKEN]
        facts = token.facts | {"use": "long"}
        renewed = issue(network, token.account, seconds=LONG_LIFE, **facts)
        return web.json_response(lasting(network, renewed, sign_in.platform))

    return (
        Route("GET", "/access_token", exchange, kind="tokens", identify=identify),
        Route("GET", "/refresh_access_token", refresh, kind="tokens", identify=identify),
    )


def _refused(message: str) -> Refusal:
    return Refusal(400, "invalid_request", message)


def _text(fields, name) -> str:
    value = fields.get(name, "")
    return value if isinstance(value, str) else ""
