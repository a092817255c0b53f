"""The stand-in of X: signing in, and the addresses of its API.

X documentation: "OAuth 2.0 Authorization Code Flow with PKCE", "Get my User", and the API's own description.
Media and posts are in `x_media` and `x_posts`.
"""

from aiohttp import web

from ..accounts import is_live, require_live
from ..clock import iso, now
from ..counts import followers
from ..keys import ACCOUNT, NETWORK, TOKEN
from ..network import Network
from ..state import Account
from . import common, x_media, x_posts
from .common import PRACTICE_APP, Host, Platform, Route, is_secret_of, number_from, read_fields
from .consent import Dialog, consent_routes
from .permalinks import by_id, post_page, profile_page
from .rest import (
    Said,
    age_of_grant,
    basic,
    bearer,
    end,
    hold,
    newest_tokens,
    spend,
    successors_in_grace,
    text_of,
    verifies,
)
from .x_problems import invalid, require_scopes, shape, unauthorised

CODE_SECONDS = 30
ACCESS_SECONDS = 2 * 3600
REFRESH_SECONDS = 180 * 24 * 3600

PLATFORM = Platform(
    name="x",
    label="X",
    scopes={
        "tweet.read": "Read your posts",
        "tweet.write": "Post and delete posts for you",
        "users.read": "Read your profile",
        "media.write": "Upload pictures and videos",
        "offline.access": "Stay connected until you end it",
    },
    make_id=lambda kind, handle: number_from(handle, 18),
    traits={"duplicates_refused_for": 24 * 3600, "media_processing_for": 1},
    operator_token=lambda network, account: common.issue(
        network, account, seconds=None, via="admin", scopes=list(PLATFORM.scopes)
    ),
)
_DIALOG = Dialog(PLATFORM, separators=" ", pkce="required", needs_response_type=True)


async def identify(request: web.Request) -> None:
    if request.path.endswith(("/oauth2/token", "/oauth2/revoke")):
        await _identify_app(request)
        return
    token = common.find_token(request.app[NETWORK], bearer(request), "access", PLATFORM.name)
    if token is None:
        raise unauthorised()
    request[ACCOUNT], request[TOKEN] = token.account, token
    require_live(token)
    await hold(request, common.FIELDS_MAX)


async def _identify_app(request: web.Request) -> None:
    """Whose code or token it is, for the rules of that account; good or not is found out later."""
    network, fields = request.app[NETWORK], await read_fields(request)
    grant = common.look_at_grant(network, str(fields.get("code", "")), PLATFORM.name)
    text = str(fields.get("refresh_token") or fields.get("token") or "")
    found = grant or next(filter(None, (_find(network, text, kind) for kind in ("refresh", "access"))), None)
    if found:
        request[ACCOUNT] = found.account


def _find(network, text, kind):
    return common.find_token(network, text, kind, PLATFORM.name)


def _refused(error: str, description: str, status=400) -> Said:
    return Said(status, {"error": error, "error_description": description})


async def _app_fields(request, names: set[str]) -> dict:
    """The form of an app that proves who it is with HTTP Basic. Raises Refusal."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise _refused("invalid_request", "The body must be application/x-www-form-urlencoded.")
    given = basic(request)
    if given is None or given[0] != PRACTICE_APP.id or not is_secret_of(PRACTICE_APP, given[1]):
        raise _refused("unauthorized_client", "Missing valid authorization header", 401)
    fields = await read_fields(request)
    if unknown := set(fields) - names:
        raise _refused("invalid_request", f"Unknown parameter: {sorted(unknown)[0][:40]}")
    return fields


async def post_token(request):
    names = {"grant_type", "code", "redirect_uri", "code_verifier", "client_id", "refresh_token"}
    fields = await _app_fields(request, names)
    match fields.get("grant_type"):
        case "authorization_code":
            return _trade_code(request.app[NETWORK], fields)
        case "refresh_token":
            return _renew(request.app[NETWORK], fields)
    raise _refused("invalid_request", "Missing required parameter [grant_type].")


def _trade_code(network, fields):
    for name in ("code", "redirect_uri", "code_verifier"):
        if not fields.get(name):
            raise _refused("invalid_request", f"Missing required parameter [{name}].")
    grant = common.take_grant(network, fields["code"], PLATFORM.name)
    if grant is None or age_of_grant(network, grant) >= CODE_SECONDS:
        raise _refused("invalid_request", "Value passed for the authorization code was invalid.")
    if fields["redirect_uri"] != grant.redirect_uri:
        raise _refused(
            "invalid_request",
            "Value passed for the redirect uri did not match the uri of the authorization code.",
        )
    if not verifies(grant.challenge, fields["code_verifier"]):
        raise _refused(
            "invalid_request", "Value passed for the code verifier did not match the code challenge."
        )
    return _answer_tokens(network, grant.account, list(grant.scopes))


def _renew(network, fields):
    token = _find(network, fields.get("refresh_token", ""), "refresh")
    if token and (pair := successors_in_grace(network, token)):
        return web.json_response(_token_body(network, *pair))
    if token is None or not is_live(token):
        raise _refused("invalid_request", "Value passed for the token was invalid.")
    answer = _answer_tokens(network, token.account, token.facts.get("scopes", list(PLATFORM.scopes)))
    spend(network, token, newest_tokens(network, 2))
    return answer


def _answer_tokens(network: Network, account: Account, scopes: list[str]):
    common.issue(network, account, seconds=ACCESS_SECONDS, scopes=scopes)
    made = newest_tokens(network, 1)
    if "offline.access" in scopes:
        common.issue(network, account, kind="refresh", seconds=REFRESH_SECONDS, scopes=scopes)
        made = newest_tokens(network, 2)
    return web.json_response(_token_body(network, *made))


def _token_body(network, access, refresh=None) -> dict:
    body = {
        "token_type": "bearer",
        "expires_in": common.seconds_left(access),
        "access_token": text_of(network, access),
        "scope": " ".join(access.facts["scopes"]),
    }
    return body | ({"refresh_token": text_of(network, refresh)} if refresh else {})


async def post_revoke(request):
    network = request.app[NETWORK]
    fields = await _app_fields(request, {"token", "token_type_hint", "client_id"})
    if not fields.get("token"):
        raise _refused("invalid_request", "Missing required parameter [token].")
    found = (_find(network, fields["token"], kind) for kind in ("access", "refresh"))
    end(network, filter(None, found), by="app")
    return web.json_response({"revoked": True})


_USER_FIELDS = frozenset(
    [
        "affiliation",
        "confirmed_email",
        "connection_status",
        "created_at",
        "description",
        "entities",
        "id",
        "is_identity_verified",
        "location",
        "most_recent_tweet_id",
        "name",
        "parody",
        "pinned_tweet_id",
        "profile_banner_url",
        "profile_image_url",
        "protected",
        "public_metrics",
        "receives_your_dm",
        "subscription",
        "subscription_type",
        "url",
        "username",
        "verified",
        "verified_type",
        "withheld",
    ]
)


async def get_me(request):
    require_scopes(request, "users.read", "tweet.read")
    if unknown := set(request.query) - {"user.fields", "expansions", "tweet.fields"}:
        raise invalid(f"The query parameter [{sorted(unknown)[0][:40]}] is not valid.", sorted(unknown)[0])
    wanted = set(filter(None, request.query.get("user.fields", "").split(",")))
    if unknown := wanted - _USER_FIELDS:
        raise invalid(f"The `user.fields` value [{sorted(unknown)[0][:40]}] is not valid.", "user.fields")
    account = request[ACCOUNT]
    user = {"id": account.id, "name": account.name, "username": account.username}
    if "public_metrics" in wanted:
        user["public_metrics"] = _user_metrics(account)
    if "created_at" in wanted:
        user["created_at"] = iso(account.created_at)
    for name in ("protected", "verified"):
        if name in wanted:
            user[name] = False
    if "verified_type" in wanted:
        user["verified_type"] = "none"
    return web.json_response({"data": user})


def _user_metrics(account) -> dict:
    return {
        "followers_count": followers(account, now()),
        "following_count": 0,
        "tweet_count": len(account.order),
        "listed_count": 0,
        "like_count": 0,
        "media_count": 0,
    }


HOSTS = (
    Host(
        "x.com",
        (
            *consent_routes(_DIALOG, "/i/oauth2/authorize"),
            post_page("/i/web/status/{id}", by_id("x")),
            post_page("/{name}/status/{id}", by_id("x")),
            profile_page("/{name}", "x"),
        ),
        shape=shape,
    ),
    Host(
        "api.x.com",
        (
            Route("POST", "/2/oauth2/token", post_token, "tokens"),
            Route("POST", "/2/oauth2/revoke", post_revoke),
            Route("GET", "/2/users/me", get_me, "me"),
            *x_media.ROUTES,
            *x_posts.ROUTES,
        ),
        shape,
        identify,
    ),
)
