"""Accounts, and the tokens that speak for them.

Tokens derive from the network's secret and a serial number, so the log tells which token was issued and ended
without ever holding one.
"""

import hashlib
import hmac
import math
import secrets
from datetime import timedelta

from .clock import iso, now
from .counts import starting_followers
from .errors import Refusal, invalid
from .limits import ACCOUNTS_MAX, check_handle, check_name
from .network import Network
from .state import Account, Token

ACCESS_SECONDS = 30 * 24 * 3600
CODE_SECONDS = 600
CODES_MAX = 1000


def create_account(network: Network, *, handle, name, followers=None) -> tuple[Account, bool]:
    """The account with this handle, made if there is none; and whether it was made. Raises Refusal."""
    handle = check_handle(handle)
    if existing := network.state.handles.get(handle):
        return existing, False
    name = check_name(name)
    if followers is None:
        followers = starting_followers(handle)
    if type(followers) is not int or not 0 <= followers <= 100_000_000:
        raise invalid("bad_followers", "“followers” is a whole number from 0.", "followers")
    if len(network.state.accounts) >= ACCOUNTS_MAX:
        raise Refusal(403, "too_many_accounts", f"This network has its {ACCOUNTS_MAX} accounts already.")
    account_id = "a" + hashlib.sha256(handle.encode()).hexdigest()[:12]
    network.record(
        "account", id=account_id, handle=handle, name=name, followers=followers, created_at=iso(now())
    )
    return network.state.accounts[account_id], True


def admin_token(network: Network, account: Account) -> str:
    """The account's lasting token; a new one when the last was expired."""
    token = network.state.tokens.get(account.admin_token)
    if token is None or not is_live(token):
        seconds = network.state.trait(account, "access_lasts") or None
        return issue(network, account, kind="access", via="admin", seconds=seconds)
    return _text(network, token.kind, token.serial)


def issue(
    network: Network, account: Account, *, kind: str, via: str, seconds: float | None = None, **more
) -> str:
    serial = network.state.last_serial + 1
    expires_at = iso(now() + timedelta(seconds=seconds)) if seconds else None
    network.record(
        "token",
        action="issued",
        token=serial,
        kind=kind,
        via=via,
        account=account.handle,
        account_id=account.id,
        expires_at=expires_at,
        **more,
    )
    return _text(network, kind, serial)


def issue_pair(network: Network, account: Account, *, via: str) -> dict:
    """A new access and refresh token, as an app is answered."""
    seconds = network.state.trait(account, "access_lasts") or ACCESS_SECONDS
    access = issue(network, account, kind="access", via=via, seconds=seconds)
    refresh = issue(network, account, kind="refresh", via=via)
    return _pair(access, refresh, seconds)


def _pair(access: str, refresh: str, seconds: float) -> dict:
    return {
        "access_token": access,
        "refresh_token": refresh,
        "token_type": "Bearer",
        "expires_in": max(0, math.ceil(seconds)),
    }


def text_of(network: Network, token: Token) -> str:
    """The token as its holder has it."""
    return _text(network, token.kind, token.serial)


def find_token(network: Network, text: str, kind: str, platform: str = "") -> Token | None:
    """The token this text stands for, live or not; None for anything we never issued.

    `platform` is whose stand-in it is for, none for the network's own API.
    """
    prefix, _, rest = text.partition("_")
    serial, _, _mac = rest.partition("_")
    if prefix != "pn" or not serial.isascii() or not serial.isdigit() or len(serial) > 12:
        return None
    token = network.state.tokens.get(int(serial))
    if token is None or token.kind != kind or token.account.network != platform:
        return None
    expected = _text(network, kind, token.serial)
    return token if hmac.compare_digest(expected.encode(), text.encode("utf-8", "surrogateescape")) else None


def is_live(token: Token) -> bool:
    return not token.ended and (token.expires_at is None or token.expires_at > now())


_ENDED = {
    "invalid_token": "This token is not known here. Connect the account again.",
    "expired_token": "This token has expired. Renew it or connect the account again.",
    "revoked_token": "This token was revoked. Connect the account again.",
}


def unauthorised(code: str, message: str | None = None) -> Refusal:
    """The refusal of a token: `invalid_token`, `expired_token` or `revoked_token`."""
    headers = {"WWW-Authenticate": f'Bearer error="{code}"'}
    return Refusal(401, code, message or _ENDED[code], headers=headers)


def require_live(token: Token) -> None:
    """Raises Refusal saying how the token ended."""
    if not is_live(token):
        raise unauthorised("revoked_token" if token.ended == "revoked" else "expired_token")


def expire_access(network: Network, account: Account, *, by: str) -> int:
    """End every access token of the account; refresh tokens stay. Returns how many were live."""
    return _end_live(network, account, ("access",), action="expired", by=by)


def revoke(network: Network, account: Account, *, refresh: bool, by: str) -> int:
    """Take back every access token of the account, and with `refresh` what could renew them.

    Returns how many were live.
    """
    kinds = ("access", "refresh") if refresh else ("access",)
    return _end_live(network, account, kinds, action="revoked", by=by)


def _end_live(network, account, kinds, *, action, by) -> int:
    # what has ended is never looked at again
    account.tokens = [token for token in account.tokens if is_live(token)]
    live = [token.serial for token in account.tokens if token.kind in kinds]
    _end(network, account, live, action=action, by=by)
    return len(live)


def rotate(network: Network, refresh_text: str) -> tuple[Account, dict]:
    """A new pair for a refresh token, which is spent by this; within its grace the same pair again.

    Raises Refusal.
    """
    token = find_token(network, refresh_text, "refresh")
    if token and is_live(token):
        pair = issue_pair(network, token.account, via="refresh")
        # issued first: a crash in between leaves the old token good instead of none
        last = network.state.last_serial
        _end(
            network,
            token.account,
            [token.serial],
            action="spent",
            by="refresh",
            successors=[last - 1, last],
        )
        return token.account, pair
    if token and (pair := _pair_within_grace(network, token)):
        return token.account, pair
    raise Refusal(400, "invalid_grant", "This refresh token was used already or is unknown. Connect again.")


def _pair_within_grace(network, token) -> dict | None:
    """What a spent refresh token was traded for, while its account's grace lasts and it is still good."""
    grace = timedelta(seconds=network.state.trait(token.account, "refresh_grace"))
    if token.ended != "spent" or not token.successors or now() - token.ended_at >= grace:
        return None
    access, refresh = (network.state.tokens[serial] for serial in token.successors)
    if not is_live(refresh):
        return None
    left = (access.expires_at - now()).total_seconds()
    return _pair(_text(network, "access", access.serial), _text(network, "refresh", refresh.serial), left)


def make_code(network: Network, account: Account) -> str:
    """A single-use code for the connect page's redirect, good for ten minutes."""
    moment = now()
    for code, (_, until) in list(network.codes.items()):
        if until <= moment or len(network.codes) >= CODES_MAX:
            del network.codes[code]
    code = secrets.token_urlsafe(24)
    network.codes[code] = (account, moment + timedelta(seconds=CODE_SECONDS))
    return code


def redeem(network: Network, code: str) -> tuple[Account, dict]:
    account, until = network.codes.pop(code, (None, None))
    if account is None or until <= now():
        raise Refusal(400, "invalid_grant", "This code was used already or is too old. Connect again.")
    return account, issue_pair(network, account, via="code")


def account_of_code(network: Network, code: str) -> Account | None:
    """Whose code this is, without using it up."""
    return network.codes.get(code, (None, None))[0]


def end_tokens(network: Network, account: Account, serials: list[int], *, action: str, by: str) -> None:
    """End these tokens of the account; `action` says how, such as revoked."""
    _end(network, account, serials, action=action, by=by)


def _end(network, account, serials, *, action, by, **more):
    if serials:
        network.record(
            "token",
            action=action,
            tokens=serials,
            by=by,
            account=account.handle,
            account_id=account.id,
            **more,
        )


def _text(network: Network, kind: str, serial: int) -> str:
    return f"pn_{serial}_{network.sign(kind, str(serial))}"
