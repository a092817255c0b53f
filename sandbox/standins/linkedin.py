"""The stand-in of LinkedIn: signing in, who the person is and what they administer.

LinkedIn documentation, "Authorization Code Flow (3-legged OAuth)", "Sign In with LinkedIn using OpenID
Connect", "Organization Access Control", "Organization Lookup". The rest is in the other modules of this name.
"""

from aiohttp import web

from ..accounts import require_live
from ..keys import ACCOUNT, NETWORK, TOKEN
from ..network import Network
from ..state import Account
from . import common, linkedin_media, linkedin_posts, linkedin_reading
from .common import PRACTICE_APP, Host, Platform, Route, is_secret_of, number_from, read_fields
from .consent import Dialog, consent_routes
from .linkedin_errors import (
    bad_token,
    check_headers,
    denied,
    may_act_for,
    no_token,
    not_found,
    refuse,
    require_scope,
    shape,
    urn_of,
)
from .permalinks import by_id, post_page, profile_page
from .rest import Said, bearer, end, held_json, hold, is_number, newest_tokens, text_of

ACCESS_SECONDS = 60 * 24 * 3600
UPLOAD_MAX = 64 * 1024 * 1024

PLATFORM = Platform(
    name="linkedin",
    label="LinkedIn",
    scopes={
        "openid": "Know who you are",
        "profile": "See your name and picture",
        "email": "See your email address",
        "w_member_social": "Post as you",
        "w_organization_social": "Post as the organizations you administer",
        "r_organization_social": "Read the posts of these organizations",
        "rw_organization_admin": "Manage these organizations and see their figures",
        "r_organization_followers": "See their followers",
        "r_member_postAnalytics": "See the figures of your posts",
    },
    make_id=lambda kind, handle: number_from(handle, 8 if kind == "organization" else 10),
    kinds=("person", "organization"),
    # LinkedIn names ten minutes for posts of the same content
    traits={"duplicates_refused_for": 600, "media_processing_for": 1},
    operator_token=lambda network, account: _operator_token(network, account),
)
_DIALOG = Dialog(
    PLATFORM,
    separators=" ",
    picks="organization",
    picks_label="organizations",
    needs_response_type=True,
    denied={
        "error": "user_cancelled_authorize",
        "error_description": "The user cancelled the authorization",
    },
)


def _operator_token(network: Network, account: Account) -> str:
    person = network.state.accounts.get(account.owner, account)
    return _issue(network, person, common.owned_by(network, person), list(PLATFORM.scopes), None, via="admin")


def _issue(
    network: Network, person, organizations, scopes: list[str], seconds: float | None, via="standin"
) -> str:
    """A token of the person. It has one beside it for each organization, so that either can be ended."""
    beside = {}
    for one in organizations:
        common.issue(network, one, seconds=seconds, via=via)
        beside[one.id] = newest_tokens(network, 1)[0].serial
    return common.issue(network, person, seconds=seconds, via=via, scopes=scopes, organizations=beside)


async def _identify(request: web.Request) -> None:
    """Whose token it is; rules and traits are those of the account that is acted for."""
    text = bearer(request)
    if not text:
        raise no_token()
    token = common.find_token(request.app[NETWORK], text, "access", PLATFORM.name)
    if token is None:
        raise bad_token()
    request[ACCOUNT], request[TOKEN] = token.account, token
    await hold(request, common.FIELDS_MAX)
    if acts_for := _named(request):
        request[ACCOUNT] = acts_for
    require_live(token)
    if beside := token.facts.get("organizations", {}).get(request[ACCOUNT].id):
        require_live(request.app[NETWORK].state.tokens[beside])
    if "/rest/" in request.path:
        check_headers(request)


def _named(request) -> Account | None:
    """The account that the call says it is for."""
    data = held_json(request)
    data = data if isinstance(data, dict) else {}
    data = data | (
        next(iter(data.values())) if len(data) == 1 and isinstance(next(iter(data.values())), dict) else {}
    )
    names = [data.get(name) for name in ("author", "owner", "actor")]
    names += [request.query.get(name) for name in ("author", "organizationalEntity")]
    names.append(request.match_info.get("urn"))
    found = next(filter(None, (may_act_for(request, name) for name in names)), None)
    post = request.app[NETWORK].state.posts.get(request.match_info.get("urn", ""))
    return found or (
        may_act_for(request, urn_of(post.account)) if post and post.account.network == "linkedin" else None
    )


async def _identify_app(request: web.Request) -> None:
    """Whose code or token it is; uploads come to this host too, and name the account by their address."""
    network = request.app[NETWORK]
    if "upload_id" in request.match_info:
        if upload := linkedin_media.upload_at(request):
            request[ACCOUNT] = upload.account
        await hold(request, UPLOAD_MAX)
        return
    fields = await read_fields(request)
    grant = common.look_at_grant(network, str(fields.get("code", "")), PLATFORM.name)
    token = common.find_token(network, str(fields.get("token", "")), "access", PLATFORM.name)
    if found := grant or token:
        request[ACCOUNT] = found.account


def _refused(error: str, description: str, status=400) -> Said:
    return Said(status, {"error": error, "error_description": description})


async def _app_fields(request, names: set[str]) -> dict:
    if request.content_type != "application/x-www-form-urlencoded":
        raise _refused("invalid_request", "The body must be application/x-www-form-urlencoded")
    fields = await read_fields(request)
    if unknown := set(fields) - names - {"client_id", "client_secret"}:
        raise _refused("invalid_request", f"Unknown parameter {sorted(unknown)[0][:40]}")
    for name in ("client_id", "client_secret"):
        if not fields.get(name):
            raise _refused("invalid_request", f'A required parameter "{name}" is missing')
    if fields["client_id"] != PRACTICE_APP.id or not is_secret_of(PRACTICE_APP, fields["client_secret"]):
        raise _refused("invalid_client", "Client authentication failed", 401)
    return fields


async def post_access_token(request):
    network = request.app[NETWORK]
    fields = await _app_fields(request, {"grant_type", "code", "redirect_uri", "refresh_token"})
    if fields.get("grant_type") == "refresh_token":
        raise _refused("invalid_grant", "This application is not allowed to use refresh tokens")
    if fields.get("grant_type") != "authorization_code":
        raise _refused("unsupported_grant_type", "The grant_type must be authorization_code")
    for name in ("code", "redirect_uri"):
        if not fields.get(name):
            raise _refused("invalid_request", f'A required parameter "{name}" is missing')
    grant = common.take_grant(network, fields["code"], PLATFORM.name)
    if grant is None or fields["redirect_uri"] != grant.redirect_uri:
        raise _refused(
            "invalid_request",
            "Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization "
            "code. Or authorization code expired. Or external member binding exists",
        )
    scopes = list(grant.scopes)
    organizations = [network.state.accounts[one] for one in grant.picked]
    _issue(network, grant.account, organizations, scopes, ACCESS_SECONDS)
    (token,) = newest_tokens(network, 1)
    body = {
        "access_token": text_of(network, token),
        "expires_in": common.seconds_left(token),
        "scope": ",".join(scopes),
        "token_type": "Bearer",
    }
    return web.json_response(body)


async def post_revoke(request):
    fields = await _app_fields(request, {"token"})
    if not fields.get("token"):
        raise _refused("invalid_request", 'A required parameter "token" is missing')
    token = common.find_token(request.app[NETWORK], fields["token"], "access", PLATFORM.name)
    end(request.app[NETWORK], filter(None, [token]), by="app")
    return web.Response(status=200)


async def get_userinfo(request):
    allowed = request[TOKEN].facts.get("scopes", ["openid", "profile", "email"])
    if "openid" not in allowed:
        raise denied("Not enough permissions to access: userinfo.GET.NO_VERSION")
    person = request[TOKEN].account
    first, _, last = person.name.partition(" ")
    body = {"sub": person.id}
    if "profile" in allowed:
        body |= {"name": person.name, "given_name": first, "family_name": last}
        body["locale"] = {"country": "US", "language": "en"}
    if "email" in allowed:
        body |= {"email": f"{person.username}@example.org", "email_verified": True}
    return web.json_response(body)


async def get_organization_acls(request):
    require_scope(request, "rw_organization_admin", "r_organization_admin")
    query = request.query
    if query.get("q") != "roleAssignee":
        raise refuse(400, "PARAM_INVALID", "The parameter q must be roleAssignee")
    if unknown := sorted(set(query) - {"q", "role", "state", "start", "count"}):
        raise refuse(400, "PARAM_INVALID", f"Unknown parameter: {unknown[0][:40]}")
    person = request[TOKEN].account
    found = [
        one
        for one in common.owned_by(request.app[NETWORK], person)
        if may_act_for(request, urn_of(one)) is one
    ]
    if query.get("role", "ADMINISTRATOR") != "ADMINISTRATOR" or query.get("state", "APPROVED") != "APPROVED":
        found = []
    start, count = _window(query)
    elements = [
        {
            "role": "ADMINISTRATOR",
            "organization": urn_of(one),
            "roleAssignee": urn_of(person),
            "state": "APPROVED",
        }
        for one in found[start : start + count]
    ]
    paging = {"start": start, "count": count, "total": len(found), "links": []}
    return web.json_response({"paging": paging, "elements": elements})


def _window(query) -> tuple[int, int]:
    given = [query.get("start", "0"), query.get("count", "10")]
    if not all(is_number(text, 5) for text in given):
        raise refuse(400, "PARAM_INVALID", "start and count must be numbers")
    return int(given[0]), min(int(given[1]), 100)


async def get_organization(request):
    require_scope(request, "rw_organization_admin", "r_organization_admin")
    account = request.app[NETWORK].state.accounts.get(request.match_info["organization_id"])
    if account is None or (account.network, account.kind) != (PLATFORM.name, "organization"):
        raise not_found("Organization not found")
    if may_act_for(request, urn_of(account)) is None:
        raise denied("The viewer does not administer this organization")
    body = {
        "id": int(account.id),
        "localizedName": account.name,
        "name": {
            "localized": {"en_US": account.name},
            "preferredLocale": {"country": "US", "language": "en"},
        },
        "vanityName": account.username,
    }
    return web.json_response(body)


HOSTS = (
    Host(
        "www.linkedin.com",
        (
            *consent_routes(_DIALOG, "/oauth/v2/authorization"),
            Route("POST", "/oauth/v2/accessToken", post_access_token, "tokens"),
            Route("POST", "/oauth/v2/revoke", post_revoke),
            post_page("/feed/update/{id}", by_id("linkedin")),
            post_page("/feed/update/{id}/", by_id("linkedin")),
            profile_page("/in/{name}", "linkedin"),
            profile_page("/company/{name}", "linkedin"),
            *linkedin_media.UPLOAD_ROUTES,
        ),
        shape,
        _identify_app,
    ),
    Host(
        "api.linkedin.com",
        (
            Route("GET", "/v2/userinfo", get_userinfo, "me"),
            Route("GET", "/rest/organizationAcls", get_organization_acls),
            Route("GET", "/rest/organizations/{organization_id}", get_organization),
            *linkedin_media.ROUTES,
            *linkedin_posts.ROUTES,
            *linkedin_reading.ROUTES,
        ),
        shape,
        _identify,
    ),
)
