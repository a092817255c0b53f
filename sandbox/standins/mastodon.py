"""The stand-in of a Mastodon server, mastodon.practice: itself, apps and signing in.

docs.joinmastodon.org: methods apps, oauth, instance, accounts; spec OAuth; nodeinfo.diaspora.software. Media
and statuses are in `mastodon_media` and `mastodon_statuses`.
"""

import hmac
import secrets

from aiohttp import web

from ..accounts import require_live
from ..clock import now
from ..keys import ACCOUNT, NETWORK, TOKEN
from ..limits import IMAGE_BYTES_MAX
from ..network import Network
from . import common, mastodon_media, mastodon_statuses
from .common import App, Host, Platform, Route, is_secret_of, number_from, read_fields
from .consent import Dialog, consent_routes
from .mastodon_describe import BASE, HOST, describe_account
from .mastodon_errors import invalid, no_user, not_found, refuse, require_scope, shape
from .permalinks import by_id, post_page, profile_page
from .rest import bearer, end, hold, newest_tokens, text_of, verifies

VERSION = "4.5.2"
_SCOPES = {
    "profile": "Know who you are",
    "read": "Read everything of your account",
    "read:accounts": "See your account",
    "read:statuses": "See your posts",
    "write": "Change everything of your account",
    "write:statuses": "Publish posts",
    "write:media": "Upload pictures and videos",
}

PLATFORM = Platform(
    name="mastodon",
    label="Mastodon",
    scopes=_SCOPES,
    make_id=lambda kind, handle: number_from(handle, 18),
    traits={"keys": "forgotten", "keys_forgotten_after": 3600},
    operator_token=lambda network, account: common.issue(
        network, account, seconds=None, via="admin", scopes=["read", "write"]
    ),
)


def _find_app(network: Network, client_id: str) -> App | None:
    thing = common.find_thing(network, f"mastodon-app:{client_id}", "mastodon-app")
    if thing is None:
        return None
    data = thing.data
    return App(client_id, _secret_of(network, client_id), tuple(data["redirects"]), tuple(data["scopes"]))


def _secret_of(network: Network, client_id: str) -> str:
    return network.sign("mastodon-app", client_id)


_DIALOG = Dialog(
    PLATFORM,
    separators=" +",
    pkce="optional",
    extras=("force_login", "lang"),
    needs_response_type=True,
    denied={
        "error": "access_denied",
        "error_description": "The resource owner or authorization server denied the request.",
    },
    find_app=_find_app,
)


async def _identify(request: web.Request) -> None:
    """Whose token it is, where one came: much can be read without."""
    network = request.app[NETWORK]
    await hold(request, common.FIELDS_MAX)
    if request.path.endswith(("/oauth/token", "/oauth/revoke")):
        fields = await read_fields(request)
        grant = common.look_at_grant(network, str(fields.get("code", "")), PLATFORM.name)
        token = common.find_token(network, str(fields.get("token", "")), "access", PLATFORM.name)
        if found := grant or token:
            request[ACCOUNT] = found.account
    elif "Authorization" in request.headers:
        token = common.find_token(network, bearer(request), "access", PLATFORM.name)
        if token is None:
            raise no_user()
        request[ACCOUNT], request[TOKEN] = token.account, token
        require_live(token)


# apps and tokens


async def post_apps(request):
    network, fields = request.app[NETWORK], await read_fields(request)
    if unknown := sorted(set(fields) - {"client_name", "redirect_uris", "scopes", "website"}):
        raise invalid(f"{unknown[0][:40]} is not a parameter")
    name, redirects = fields.get("client_name"), fields.get("redirect_uris")
    redirects = redirects.split() if isinstance(redirects, str) else redirects
    scopes = str(fields.get("scopes") or "read").split()
    if not isinstance(name, str) or not name.strip():
        raise invalid("Name can't be blank")
    if not isinstance(redirects, list) or not redirects:
        raise invalid("Redirect URI must be an absolute URI.")
    if not all(isinstance(one, str) and "://" in one for one in redirects):
        raise invalid("Redirect URI must be an absolute URI.")
    if set(scopes) - set(_SCOPES):
        raise invalid("Scopes doesn't match configured on the server.")
    client_id = secrets.token_urlsafe(32)
    data = {"name": name[:60], "redirects": redirects, "scopes": scopes, "website": fields.get("website")}
    common.keep(network, f"mastodon-app:{client_id}", "mastodon-app", None, **data)
    body = {
        "id": common.new_number(6),
        "name": data["name"],
        "website": data["website"],
        "scopes": scopes,
        "redirect_uris": redirects,
        "redirect_uri": "\n".join(redirects),
        "client_id": client_id,
        "client_secret": _secret_of(network, client_id),
        "client_secret_expires_at": 0,
    }
    return web.json_response(body)


_BAD_CLIENT = (
    "Client authentication failed due to unknown client, no client authentication included, or unsupported "
    "authentication method."
)
_BAD_GRANT = (
    "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used "
    "in the authorization request, or was issued to another client."
)


async def _app_fields(
    request, names: set[str], status: int, error: str, description: str
) -> tuple[App, dict]:
    fields = await read_fields(request)
    app = _find_app(request.app[NETWORK], str(fields.get("client_id", "")))
    if app is None or not is_secret_of(app, str(fields.get("client_secret", ""))):
        raise refuse(status, error, description)
    if unknown := sorted(set(fields) - names - {"client_id", "client_secret"}):
        raise refuse(400, "invalid_request", f"Unknown parameter: {unknown[0][:40]}")
    return app, fields


async def post_token(request):
    network = request.app[NETWORK]
    names = {"grant_type", "code", "redirect_uri", "code_verifier", "scope"}
    app, fields = await _app_fields(request, names, 401, "invalid_client", _BAD_CLIENT)
    match fields.get("grant_type"):
        case "authorization_code":
            return _trade_code(network, app, fields)
        case "client_credentials":
            return web.json_response(_token_body("app-" + network.sign("app-token", app.id), ["read"]))
        case None:
            raise refuse(400, "invalid_request", "Missing required parameter: grant_type.")
    raise refuse(
        400, "unsupported_grant_type", "The authorization grant type is not supported by the server."
    )


def _trade_code(network, app, fields):
    for name in ("code", "redirect_uri"):
        if not fields.get(name):
            raise refuse(400, "invalid_request", f"Missing required parameter: {name}.")
    grant = common.take_grant(network, str(fields["code"]), PLATFORM.name)
    if grant is None or grant.app.id != app.id or grant.redirect_uri != fields["redirect_uri"]:
        raise refuse(400, "invalid_grant", _BAD_GRANT)
    if grant.challenge and not verifies(grant.challenge, str(fields.get("code_verifier", ""))):
        raise refuse(400, "invalid_grant", _BAD_GRANT)
    scopes = list(grant.scopes)
    common.issue(network, grant.account, seconds=None, scopes=scopes, app=app.id)
    return web.json_response(_token_body(text_of(network, newest_tokens(network, 1)[0]), scopes))


def _token_body(text: str, scopes: list[str]) -> dict:
    return {
        "access_token": text,
        "token_type": "Bearer",
        "scope": " ".join(scopes),
        "created_at": int(now().timestamp()),
    }


async def post_revoke(request):
    network, wrong = request.app[NETWORK], "You are not authorized to revoke this token"
    app, fields = await _app_fields(request, {"token"}, 403, "unauthorized_client", wrong)
    token = common.find_token(network, str(fields.get("token", "")), "access", PLATFORM.name)
    if token and not hmac.compare_digest(token.facts.get("app", app.id), app.id):
        raise refuse(403, "unauthorized_client", wrong)
    end(network, filter(None, [token]), by="app")
    return web.json_response({})


# the server itself


async def get_oauth_metadata(request):
    body = {
        "issuer": f"{BASE}/",
        "authorization_endpoint": f"{BASE}/oauth/authorize",
        "token_endpoint": f"{BASE}/oauth/token",
        "revocation_endpoint": f"{BASE}/oauth/revoke",
        "scopes_supported": list(_SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "app_registration_endpoint": f"{BASE}/api/v1/apps",
    }
    return web.json_response(body)


async def get_nodeinfo_links(request):
    link = {"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": f"{BASE}/nodeinfo/2.0"}
    return web.json_response({"links": [link]})


async def get_nodeinfo(request):
    body = {
        "version": "2.0",
        "software": {"name": "mastodon", "version": VERSION},
        "protocols": ["activitypub"],
        "services": {"outbound": [], "inbound": []},
        "usage": {
            "users": {"total": len(common.accounts_of(request.app[NETWORK], PLATFORM.name, "account"))}
        },
        "openRegistrations": False,
        "metadata": {},
    }
    return web.json_response(body)


def _configuration() -> dict:
    statuses = {
        "max_characters": mastodon_statuses.TEXT_MAX,
        "max_media_attachments": mastodon_statuses.MEDIA_MAX,
        "characters_reserved_per_url": mastodon_statuses.URL_LENGTH,
    }
    media = {
        "description_limit": mastodon_media.ALT_MAX,
        "image_matrix_limit": mastodon_media.PIXELS_MAX,
        "image_size_limit": IMAGE_BYTES_MAX,
        "supported_mime_types": list(mastodon_media.TYPES),
        "video_frame_rate_limit": 120,
        "video_matrix_limit": mastodon_media.PIXELS_MAX,
        "video_size_limit": mastodon_media.VIDEO_BYTES,
    }
    return {"statuses": statuses, "media_attachments": media, "accounts": {"max_featured_tags": 10}}


async def get_instance(request):
    body = {
        "domain": HOST,
        "title": "Practice",
        "version": VERSION,
        "source_url": "https://github.com/mastodon/mastodon",
        "description": "A stand-in of a Mastodon server",
        "languages": ["en"],
        "configuration": _configuration(),
        "registrations": {"enabled": False, "approval_required": False, "message": None},
        "api_versions": {"mastodon": 7},
        "rules": [],
    }
    return web.json_response(body)


async def get_instance_v1(request):
    body = {"uri": HOST, "title": "Practice", "version": VERSION, "configuration": _configuration()}
    return web.json_response(body)


async def get_own_account(request):
    require_scope(request, "read:accounts", "profile")
    return web.json_response(describe_account(request[ACCOUNT]))


async def get_account(request):
    account = request.app[NETWORK].state.accounts.get(request.match_info["account_id"])
    if account is None or account.network != PLATFORM.name:
        raise not_found()
    return web.json_response(describe_account(account))


HOSTS = (
    Host(
        HOST,
        (
            *consent_routes(_DIALOG, "/oauth/authorize"),
            Route("GET", "/.well-known/oauth-authorization-server", get_oauth_metadata),
            Route("GET", "/.well-known/nodeinfo", get_nodeinfo_links),
            Route("GET", "/nodeinfo/2.0", get_nodeinfo),
            Route("POST", "/oauth/token", post_token, "tokens"),
            Route("POST", "/oauth/revoke", post_revoke),
            Route("POST", "/api/v1/apps", post_apps),
            Route("GET", "/api/v2/instance", get_instance, "limits"),
            Route("GET", "/api/v1/instance", get_instance_v1, "limits"),
            Route("GET", "/api/v1/accounts/verify_credentials", get_own_account, "me"),
            *mastodon_media.ROUTES,
            *mastodon_statuses.ROUTES,
            Route("GET", "/api/v1/accounts/{account_id}", get_account),
            post_page("/@{name}/{id}", by_id("mastodon")),
            profile_page("/@{name}", "mastodon"),
        ),
        shape,
        _identify,
    ),
)
