"""Whether an address that somebody pasted can be a post of an account: it is on the account's own server."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext as _

from posts.models import Delivery, SocialAccount
from posts.problems import Refused


def require_own(account: SocialAccount, permalink: str) -> None:
    """Raises Refused, with what to do, where `permalink` is no web address or not on the account's server.

    The server is that of the account's public address, or else its host; where an account has neither, any
    https address is believed.
    """
    parts = _parts(permalink)
    if parts is None:
        raise Refused(_("Paste the whole address of the post, as your browser shows it."))
    own = _parts(account.url) or _parts(f"https://{account.host}" if account.host else "")
    if own is None:
        if parts.scheme != "https":
            raise Refused(_("Paste the address of the post, beginning with https://."))
        return
    if parts.netloc.lower() != own.netloc.lower() or parts.scheme not in {own.scheme, "https"}:
        raise Refused(
            _("That is not on the server of %(account)s. The address begins with %(own)s.")
            % {"account": account.handle, "own": f"{own.scheme}://{own.netloc}/"}
        )


def is_by_hand(delivery: Delivery) -> bool:
    """Whether a person gave the link of what is out: a platform gives its own id with it."""
    return delivery.status == Delivery.Status.PUBLISHED and not delivery.external_id


def _parts(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return parts if parts.scheme in {"http", "https"} and parts.netloc else None
