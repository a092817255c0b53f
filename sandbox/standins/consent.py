"""The page on which a person lets an app act for a practice account, as the platforms' own dialogs do.

It is the practice network's page for all platforms. What it was asked and what it answers is the platform's.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import regex
from aiohttp import web

from ..connect import may_return_to
from ..csrf import read_form
from ..errors import Refusal
from ..html import render
from ..keys import NETWORK
from ..network import Network
from .common import PRACTICE_APP, App, Platform, Route, accounts_of, create_account, make_grant, owned_by

STATE_MAX = 1000
# people that are shown to choose from, and fields of the form
PEOPLE_MAX, FIELDS_MAX = 100, 1000
# what a request for consent may name besides what the dialog adds
_USUAL = ("client_id", "redirect_uri", "state", "scope", "response_type")


@dataclass(frozen=True)
class Dialog:
    """One platform's dialog.

    `separators` part the scopes, `fragment` is what the platform hangs on the return address, `denied` what
    it says when the person cancels. `required` are scopes that can't be unticked. `picks` is the kind of
    what a person chooses from (Pages, organizations). `extras` are further fields it may be asked with.
    """

    platform: Platform
    separators: str = " ,"
    fragment: str = ""
    denied: dict = field(default_factory=lambda: {"error": "access_denied"})
    required: tuple[str, ...] = ()
    picks: str = ""
    picks_label: str = ""
    pkce: str = "no"  # no, optional or required
    extras: tuple[str, ...] = ()
    needs_response_type: bool = False
    find_app: Callable[[Network, str], App | None] = lambda network, app_id: (
        PRACTICE_APP if app_id == PRACTICE_APP.id else None
    )


@dataclass(frozen=True)
class Asked:
    app: App
    redirect_uri: str
    state: str
    scopes: tuple[str, ...]
    challenge: str
    origin: str
    # the fields as they came, for the form
    fields: dict


def consent_routes(dialog: Dialog, path: str) -> tuple[Route, Route]:
    async def get(request):
        return _page(request, dialog, _asked(request.app[NETWORK], dialog, dict(request.query)))

    async def post(request):
        return await _answer(request, dialog)

    return Route("GET", path, get, page=True), Route("POST", path, post, page=True)


def _asked(network: Network, dialog: Dialog, query: dict) -> Asked:
    """Raises Refusal, which is shown as a page: nobody is sent to an address that is not trusted."""
    challenge = ("code_challenge", "code_challenge_method") if dialog.pkce != "no" else ()
    if unknown := set(query) - {*_USUAL, *challenge, *dialog.extras}:
        raise _bad(f"This dialog knows no field “{sorted(unknown)[0][:40]}”.")
    app = dialog.find_app(network, query.get("client_id", ""))
    if app is None:
        raise _bad("Invalid app id: no app with this client_id is known.")
    address = query.get("redirect_uri", "")
    if not may_return_to(network, address) or (app.redirects is not None and address not in app.redirects):
        raise _bad("URL blocked: the app's return address is not allowed.")
    if query.get("response_type", "" if dialog.needs_response_type else "code") != "code":
        raise _bad("The field response_type must be “code”.")
    state = query.get("state", "")
    if len(state) > STATE_MAX or not state.isprintable():
        raise _bad("The app gave a state that can't be used.")
    scopes = tuple(filter(None, regex.split(f"[{dialog.separators}]+", query.get("scope", ""))))
    allowed = dialog.platform.scopes if app.scopes is None else app.scopes
    if "config_id" in query and not scopes:
        scopes = tuple(dialog.platform.scopes)
    if wrong := [scope for scope in scopes if scope not in allowed]:
        raise _bad(f"Invalid scopes: {wrong[0][:60]}.")
    if missing := [scope for scope in dialog.required if scope not in scopes]:
        raise _bad(f"The scope {missing[0]} must be among those asked for.")
    parts = urlsplit(address)
    return Asked(
        app,
        address,
        state,
        scopes,
        _challenge(dialog, query),
        f"{parts.scheme}://{parts.netloc}",
        {name: query[name] for name in (*_USUAL, *challenge, *dialog.extras) if name in query},
    )


def _challenge(dialog, query) -> str:
    if dialog.pkce == "no":
        return ""
    given, method = query.get("code_challenge", ""), query.get("code_challenge_method", "")
    if not given and dialog.pkce == "optional" and not method:
        return ""
    if method != "S256" or not regex.fullmatch(r"[A-Za-z0-9_-]{43}", given):
        raise _bad("A code_challenge with the method S256 is needed.")
    return given


def _bad(message: str) -> Refusal:
    return Refusal(400, "bad_request", message)


async def _answer(request, dialog: Dialog):
    """Go back to the app: with a code, or with what the platform says when it was not allowed."""
    network = request.app[NETWORK]
    fields = await read_form(request, FIELDS_MAX)
    asked = _asked(network, dialog, {name: value for name, value in fields.items() if name in _names(dialog)})
    if "cancel" in fields:
        return _back(dialog, asked, **dialog.denied)
    try:
        person, picked = _chosen(network, dialog, fields)
    except Refusal as refusal:
        return _page(request, dialog, asked, status=422, fields=fields, error=refusal)
    ticked = tuple(scope for scope in asked.scopes if scope in dialog.required or f"scope-{scope}" in fields)
    code = make_grant(
        network,
        platform=dialog.platform.name,
        account=person,
        app=asked.app,
        redirect_uri=asked.redirect_uri,
        scopes=ticked,
        asked=asked.scopes,
        picked=picked,
        challenge=asked.challenge,
    )
    return _back(dialog, asked, code=code)


def _names(dialog) -> tuple:
    return (*_USUAL, "code_challenge", "code_challenge_method", *dialog.extras)


def _chosen(network, dialog, fields):
    """The person who signs in, and the ids of what they picked; made on the way where that was asked."""
    platform = dialog.platform
    if "create" in fields:
        person = create_account(
            network, platform, username=fields.get("new_handle", ""), name=fields.get("new_name", "")
        )
        if not dialog.picks:
            return person, ()
        names = [fields.get(name, "").strip() for name in ("new_page", "new_page_2")]
        made = []
        for number, name in enumerate(filter(None, names), start=1):
            username = f"{person.username[:32]}-{dialog.picks[:4]}{number}"
            made.append(
                create_account(
                    network, platform, username=username, name=name, kind=dialog.picks, owner=person
                )
            )
        return person, tuple(one.id for one in made)
    person = network.state.account(fields.get("choose"))
    if person is None or (person.network, person.kind) != (platform.name, platform.kinds[0]):
        raise Refusal(422, "unknown_account", "Choose one of these accounts.")
    return person, tuple(one.id for one in owned_by(network, person) if f"pick-{one.id}" in fields)


def _back(dialog, asked: Asked, **answer) -> web.Response:
    joint = "&" if "?" in asked.redirect_uri else "?"
    if asked.state:
        answer["state"] = asked.state
    location = f"{asked.redirect_uri}{joint}{urlencode(answer)}{dialog.fragment}"
    return web.Response(status=303, headers={"Location": location})


def _page(request, dialog: Dialog, asked: Asked, *, status=200, fields=None, error=None):
    network, platform = request.app[NETWORK], dialog.platform
    people = accounts_of(network, platform.name, platform.kinds[0])
    return render(
        request,
        "consent.html",
        status=status,
        form_origin=asked.origin,
        dialog=dialog,
        platform=platform,
        asked=asked,
        people=[(person, owned_by(network, person)) for person in people[:PEOPLE_MAX]],
        fields=fields or {},
        error=error,
    )
