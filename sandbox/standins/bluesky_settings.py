"""The practice page on which people make Bluesky practice accounts and their app passwords.

It stands where bsky.app's own settings are in the real world; like all of this network it asks for no
password.
"""

import regex

from ..csrf import read_form
from ..errors import Refusal
from ..html import render
from ..keys import NETWORK
from .bluesky_people import PLATFORM, app_passwords, find_account, handle_of, make_app_password
from .common import accounts_of, create_account


async def get_settings(request):
    return _page(request)


async def post_settings(request):
    network = request.app[NETWORK]
    fields = await read_form(request)
    try:
        if "create" in fields:
            name = fields.get("new_handle", "").strip().removeprefix("@").lower().removesuffix(".bsky.social")
            if not regex.fullmatch(r"[a-z0-9](?:[a-z0-9-]{1,16}[a-z0-9])", name):
                message = "A handle has 3 to 18 letters a to z, digits or hyphens."
                raise Refusal(422, "bad_handle", message, field="handle")
            account = create_account(network, PLATFORM, username=name, name=fields.get("new_name", ""))
        else:
            account = find_account(network, fields.get("choose"))
            if account is None:
                raise Refusal(422, "unknown_account", "Choose one of these accounts.")
    except Refusal as refusal:
        return _page(request, status=422, fields=fields, error=refusal)
    password = make_app_password(network, account)
    return _page(request, made={"handle": handle_of(account), "password": password})


def _page(request, *, status=200, fields=None, error=None, made=None):
    found = accounts_of(request.app[NETWORK], PLATFORM.name, "account")
    people = [
        {"account": one, "handle": handle_of(one), "passwords": len(app_passwords(one))} for one in found
    ]
    return render(
        request,
        "app_passwords.html",
        status=status,
        people=people,
        fields=fields or {},
        error=error,
        made=made,
    )
