"""Pages of the stand-in of Facebook: whose they are, their tokens, and who may do what with them."""

from .. import accounts
from ..keys import ACCOUNT, NETWORK, TOKEN
from ..network import Network
from ..state import Account, Token
from .common import issue, owned_by, seconds_left
from .graph import GraphRefusal, missing, not_permitted, require_scopes

ALL_TASKS = ("ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE")
FEW_TASKS = ("ADVERTISE", "ANALYZE")


def pages_of(request, person: Account) -> list[Account]:
    """The Pages that the person picked when the app was let in; all of them if nothing was asked."""
    picked = request[TOKEN].facts.get("picked")
    owned = owned_by(request.app[NETWORK], person)
    return owned if picked is None else [page for page in owned if page.id in picked]


def tasks(network: Network, page: Account) -> tuple[str, ...]:
    return FEW_TASKS if network.state.trait(page, "page_tasks") == "read_only" else ALL_TASKS


def page_token(network: Network, page: Account, user: Token) -> str:
    """The Page's token that belongs to a person's token: always the same one while it is good.

    From a long-lived token it has no fixed end; from a short-lived one it ends with that.
    """
    for token in reversed(page.tokens):
        if token.facts.get("from") == user.serial and accounts.is_live(token):
            return accounts.text_of(network, token)
    seconds = None if user.facts.get("use") == "long" else seconds_left(user)
    return issue(
        network,
        page,
        seconds=seconds,
        scopes=user.facts.get("scopes", ()),
        use="page",
        user=user.account.id,
        **{"from": user.serial},
    )


def calling_page(request, *scopes: str) -> Account:
    """The Page that calls for itself, in the path. Raises GraphRefusal."""
    network, account, node = request.app[NETWORK], request[ACCOUNT], request.match_info["node"]
    page = account if node == "me" else network.state.accounts.get(node)
    if page is None or page.network != "facebook":
        raise missing(node)
    if account.kind != "page":
        raise GraphRefusal(210, "A page access token is required to request this resource.", status=403)
    if page is not account:
        raise not_permitted("Permissions error: the token is another Page's.")
    require_scopes(request, *scopes)
    return account


def writing_page(request, *scopes: str) -> Account:
    """A calling Page whose person may create content. Raises GraphRefusal."""
    page = calling_page(request, "pages_manage_posts", "pages_read_engagement", *scopes)
    if "CREATE_CONTENT" not in tasks(request.app[NETWORK], page):
        raise not_permitted("The user lacks the task CREATE_CONTENT on this Page.")
    return page


def page_itself(request) -> Account:
    """The Page that calls, whatever the path names. Raises GraphRefusal for a person's token."""
    if request[ACCOUNT].kind != "page":
        raise GraphRefusal(210, "A page access token is required to request this resource.", status=403)
    return request[ACCOUNT]
