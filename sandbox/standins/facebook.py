"""The stand-in of Facebook Pages: who signs in, which Pages they have, and every address there is.

Rests on Meta's pages "Manually Build a Login Flow", "Long-Lived Access Tokens", "Debug Token", "Pages API:
Posts", the Page, Page/feed, Page/photos, Page/videos, Page/published_posts references, and the Graph API's
"Handle errors".
"""

from aiohttp import web

from .. import accounts
from ..errors import not_found
from ..keys import ACCOUNT, KIND, NETWORK, TOKEN
from ..network import Network
from ..state import Account, Token
from . import facebook_posts, facebook_reading, facebook_video, listing
from .common import (
    PRACTICE_APP,
    Host,
    Platform,
    Route,
    find_account,
    find_token,
    give,
    is_secret_of,
    issue,
    look_at_grant,
    number_from,
    owned_by,
    take_grant,
)
from .consent import Dialog, consent_routes
from .facebook_pages import pages_of
from .graph import (
    FIELDS,
    LONG_LIFE,
    SHORT_LIFE,
    VERSIONED,
    GraphRefusal,
    bad,
    check_version,
    ended,
    given_token,
    identified,
    lasting,
    missing,
    not_permitted,
    read_all,
    require_scopes,
    require_token,
    shape,
)
from .params import field_tree, limit, take, text

SCOPES = {
    "public_profile": "See your name",
    "email": "See your email address",
    "pages_show_list": "See a list of your Pages",
    "pages_manage_posts": "Publish posts as your Pages",
    "pages_read_engagement": "Read what your Pages posted",
    "pages_read_user_content": "Read what people write on your Pages",
    "pages_manage_engagement": "Write comments as your Pages",
    "read_insights": "See figures about your Pages",
    "publish_video": "Publish videos",
    "business_management": "See Pages that a business holds",
}
# consecutive identical posts are refused; for how long is not documented
SAME_TEXT_REFUSED = 600


def _operator_token(network: Network, account: Account) -> str:
    """Of a Page as from a long-lived sign-in, of a person as after the exchange; both with every scope."""
    if account.kind == "page":
        return give(network, account, seconds=None, scopes=list(SCOPES), use="page", user=account.owner)
    return give(network, account, seconds=LONG_LIFE, scopes=list(SCOPES), use="long")


PLATFORM = Platform(
    name="facebook",
    label="Facebook",
    scopes=SCOPES,
    make_id=lambda kind, handle: number_from(handle, 15),
    kinds=("person", "page"),
    traits={"duplicates_refused_for": SAME_TEXT_REFUSED},
    operator_token=_operator_token,
)
DIALOG = Dialog(
    platform=PLATFORM,
    fragment="#_=_",
    denied={
        "error": "access_denied",
        "error_code": "200",
        "error_description": "Permissions error",
        "error_reason": "user_denied",
    },
    picks="page",
    picks_label="Pages",
    extras=("config_id", "auth_type", "display", "override_default_response_type", "return_scopes"),
)

# signing in


async def _identify_trade(request):
    """Whose code or token is traded, for the rules of that account."""
    fields = await read_all(request)
    check_version(request)
    network = request.app[NETWORK]
    code, token = fields.get("code"), fields.get("fb_exchange_token")
    if isinstance(code, str) and (grant := look_at_grant(network, code, "facebook")):
        request[ACCOUNT] = grant.account
    elif isinstance(token, str) and (found := find_token(network, token, platform="facebook")):
        request[ACCOUNT] = found.account


async def trade_token(request):
    """`/oauth/access_token`: a code for a token, or a short token for one of sixty days."""
    given = take(
        request,
        client_id=text,
        client_secret=text,
        redirect_uri=text,
        code=text,
        grant_type=text,
        fb_exchange_token=text,
        code_verifier=text,
    )
    if given.get("client_id") != PRACTICE_APP.id:
        raise GraphRefusal(101, "Error validating application. Invalid application ID.")
    if not is_secret_of(PRACTICE_APP, given.get("client_secret", "")):
        raise GraphRefusal(1, "Error validating client secret.")
    grant_type = given.get("grant_type", "authorization_code")
    if grant_type == "fb_exchange_token":
        return _exchange(request, given)
    if grant_type != "authorization_code":
        raise bad("Invalid grant_type.")
    return _redeem(request, given)


def _redeem(request, given):
    network = request.app[NETWORK]
    for name in ("code", "redirect_uri"):
        if not given.get(name):
            raise GraphRefusal(191 if name == "redirect_uri" else 1, f"Missing {name} parameter.")
    grant = take_grant(network, given["code"], "facebook")
    if grant is None:
        raise bad("This authorization code has been used, has expired or is not known.", 36009)
    if given["redirect_uri"] != grant.redirect_uri:
        raise bad(
            "Error validating verification code. Please make sure your redirect_uri is identical to the one "
            "you used in the OAuth dialog request",
            36008,
        )
    token = issue(
        network,
        grant.account,
        seconds=SHORT_LIFE,
        scopes=grant.scopes,
        asked=grant.asked,
        picked=grant.picked,
        use="short",
    )
    return web.json_response(lasting(network, token, "facebook"))


def _exchange(request, given):
    network = request.app[NETWORK]
    token = require_token(request, "facebook", given.get("fb_exchange_token", ""))
    if token.facts.get("use") == "page":
        raise bad("A Page's token can't be exchanged.")
    longer = issue(network, token.account, seconds=LONG_LIFE, **(token.facts | {"use": "long"}))
    return web.json_response(lasting(network, longer, "facebook"))


# the person


def _person(request) -> Account:
    """The person who calls. Raises GraphRefusal for a Page's token."""
    account, node = request[ACCOUNT], request.match_info.get("node", "me")
    if account.kind != "person" or node not in ("me", account.id):
        raise missing(node)
    return account


async def get_accounts(request):
    """The Pages that the person let the app see."""
    person = _person(request)
    require_scopes(request, "pages_show_list", code=200)
    given = take(request, fields=field_tree, limit=limit, after=text)
    pages = [page for page in pages_of(request, person) if page.id > given.get("after", "")]
    pages.sort(key=lambda page: page.id)
    most = given.get("limit", 25)
    usual = ("access_token", "category", "name", "id", "tasks")
    shown = pages[:most]
    described = [
        facebook_reading.describe_page(request, page, given.get("fields"), usual=usual) for page in shown
    ]
    body = {"data": described}
    if shown:
        body["paging"] = {"cursors": {"before": shown[0].id, "after": shown[-1].id}}
        if len(pages) > most:
            version = request.match_info["version"]
            body["paging"]["next"] = (
                f"https://graph.facebook.com/{version}/{person.id}/accounts?limit={most}&after={shown[-1].id}"
            )
    return web.json_response(body)


async def get_businesses(request):
    """No practice account is in a business."""
    _person(request)
    require_scopes(request, "business_management", code=200)
    take(request, fields=field_tree, limit=limit, after=text)
    return web.json_response({"data": []})


async def get_permissions(request):
    _person(request)
    take(request)
    facts = request[TOKEN].facts
    granted, asked = facts.get("scopes", ()), facts.get("asked") or facts.get("scopes", ())
    told = [{"permission": scope, "status": "granted" if scope in granted else "declined"} for scope in asked]
    return web.json_response({"data": told})


async def delete_permissions(request):
    """The person takes the app's access away: their tokens end, and those of their Pages."""
    network, person = request.app[NETWORK], _person(request)
    take(request)
    for account in (person, *owned_by(network, person)):
        live = [token.serial for token in account.tokens if accounts.is_live(token)]
        accounts.end_tokens(network, account, live, action="removed", by="app")
    return web.json_response({"success": True})


# looking at a token


async def _identify_inspector(request):
    """The app itself (`id|secret`), or a token of the one who is looked at."""
    await read_all(request)
    check_version(request)
    given = given_token(request)
    if given == f"{PRACTICE_APP.id}|{PRACTICE_APP.secret}":
        return
    token = require_token(request, "facebook", given)
    request[ACCOUNT], request[TOKEN] = token.account, token


async def debug_token(request):
    given = take(request, input_token=text)
    if not given.get("input_token"):
        raise bad("The parameter input_token is required.")
    token = find_token(request.app[NETWORK], given["input_token"], platform="facebook")
    if token is None:
        told = {"is_valid": False, "scopes": [], "error": {"code": 190, "message": "Malformed access token"}}
        return web.json_response({"data": told})
    if ACCOUNT in request and request[TOKEN] is not token:
        raise not_permitted("You must provide an app access token to debug this token.", 100)
    return web.json_response({"data": _token_facts(token)})


def _token_facts(token: Token) -> dict:
    told = {
        "app_id": PRACTICE_APP.id,
        "type": "PAGE" if token.facts.get("use") == "page" else "USER",
        "application": "Practice",
        "expires_at": int(token.expires_at.timestamp()) if token.expires_at else 0,
        "data_access_expires_at": int(token.issued_at.timestamp()) + 90 * 86400,
        "issued_at": int(token.issued_at.timestamp()),
        "is_valid": accounts.is_live(token),
        "scopes": list(token.facts.get("scopes", ())),
        "user_id": token.facts.get("user") or token.account.id,
    }
    if told["type"] == "PAGE":
        told["profile_id"] = token.account.id
    if refusal := ended(token):
        told["error"] = {**refusal.numbers, "message": refusal.message}
    return told


# pages of www.facebook.com


async def show_post(request):
    network = request.app[NETWORK]
    post = network.state.live_post(f"{request.match_info['page']}_{request.match_info['number']}")
    if post is None:
        raise not_found("There is no post at this address.")
    return listing.to_page(network, post)


async def show_video(request):
    network = request.app[NETWORK]
    post = network.state.by_container.get(request.match_info["video"])
    if post is None or post.deleted:
        raise not_found("There is no video at this address.")
    return listing.to_page(network, post)


async def show_page(request):
    network, name = request.app[NETWORK], request.match_info["page"]
    video = network.state.by_container.get(name)  # by its number alone, as Facebook takes it too
    if video is not None and not video.deleted:
        return listing.to_page(network, video)
    account = network.state.accounts.get(name) or find_account(network, "facebook", name)
    if account is None or account.network != "facebook":
        raise not_found()
    return web.Response(status=303, headers={"Location": network.account_url(account)})


_identify_caller = identified("facebook")


async def _identify(request):
    """Who calls; and whether this upload is published, or only a step on the way."""
    await _identify_caller(request)
    fields, path = request[FIELDS], request.path
    is_hidden = str(fields.get("published", "true")).lower() in ("false", "0")
    is_step = fields.get("upload_phase") in ("start", "transfer")
    if request.method == "POST" and path.endswith(("/photos", "/videos", "/video_reels")):
        request[KIND] = "upload" if is_hidden or is_step else "publish"


_TRADE = {"kind": "tokens", "identify": _identify_trade}
_VIDEOS = Route("POST", VERSIONED + "/{node}/videos", facebook_video.post_video, kind="publish")
_reading, _writing = facebook_reading, facebook_posts

HOSTS = (
    Host(
        "www.facebook.com",
        (
            *consent_routes(DIALOG, VERSIONED + "/dialog/oauth"),
            Route("GET", "/{page}/posts/{number}", show_post, page=True),
            Route("GET", "/{page}/videos/{video}/", show_video, page=True),
            Route("GET", "/{page}", show_page, page=True),
        ),
    ),
    Host(
        "graph.facebook.com",
        (
            Route("GET", VERSIONED + "/oauth/access_token", trade_token, **_TRADE),
            Route("POST", VERSIONED + "/oauth/access_token", trade_token, **_TRADE),
            Route("GET", VERSIONED + "/debug_token", debug_token, identify=_identify_inspector),
            Route("GET", VERSIONED + "/{node}/accounts", get_accounts),
            Route("GET", VERSIONED + "/{node}/businesses", get_businesses),
            Route("GET", VERSIONED + "/{node}/permissions", get_permissions),
            Route("DELETE", VERSIONED + "/{node}/permissions", delete_permissions),
            Route("POST", VERSIONED + "/{node}/feed", _writing.post_feed, kind="publish"),
            Route("POST", VERSIONED + "/{node}/photos", _writing.post_photo, kind="publish"),
            _VIDEOS,
            Route("POST", VERSIONED + "/{node}/video_reels", facebook_video.post_reel, kind="publish"),
            Route("POST", VERSIONED + "/{node}/comments", _writing.post_comment, kind="publish"),
            Route("GET", VERSIONED + "/{node}/published_posts", _reading.get_posts, kind="read"),
            Route("GET", VERSIONED + "/{node}/posts", _reading.get_posts, kind="read"),
            Route("GET", VERSIONED + "/{node}/feed", _reading.get_posts, kind="read"),
            Route("GET", VERSIONED + "/{node}/insights", _reading.get_insights),
            Route("GET", VERSIONED + "/{node}", _reading.get_node, kind="read"),
            Route("GET", VERSIONED + "/", _reading.get_many, kind="read"),
            Route("POST", VERSIONED + "/{node}", _writing.edit_post),
            Route("DELETE", VERSIONED + "/{node}", _writing.delete_post),
        ),
        shape=shape,
        identify=_identify,
    ),
    Host("graph-video.facebook.com", (_VIDEOS,), shape=shape, identify=_identify),
    Host("rupload.facebook.com", (facebook_video.BYTES_ROUTE,), shape=shape),
)
