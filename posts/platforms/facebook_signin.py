"""Connecting Facebook Pages: the person signs in, ticks what the hub may do, and picks a Page.

Sources: Facebook Login "Manually build a login flow" and "Long-lived access tokens"; Graph API "User
accounts" (the person's Pages, with `tasks`) and "User permissions"; Pages API "Overview" (permissions).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from .answers import text_of, texts, token_of, unusable
from .base import (
    AppKeys,
    AuthExpired,
    Connection,
    Credentials,
    InvalidContent,
    NotFound,
    PermissionMissing,
    PlatformError,
    Profile,
)
from .deadline import Deadline
from .meta import Graph, code_of, missing_permissions, segment, sign_in_error

SCOPES = (
    "pages_show_list",
    "pages_manage_posts",
    "pages_read_engagement",
    "publish_video",
    "read_insights",
    "business_management",  # without it Pages that a business portfolio holds are not listed
)
NEEDED = SCOPES[:3]
_CALLED = {
    "pages_show_list": "Show a list of the Pages you manage",
    "pages_manage_posts": "Create and manage content on your Page",
    "pages_read_engagement": "Read content posted on the Page",
}
TASKS = frozenset(("CREATE_CONTENT", "MANAGE"))
NAMES_SHOWN = 3


class PageSignIn:
    """Facebook Login for Pages. Holds configuration only."""

    def __init__(self, graph: Graph, *, app: AppKeys, version: str) -> None:
        self._graph = graph
        self._app = app
        self._version = version

    def authorize_url(self, *, redirect_uri: str, state: str) -> str:
        query = {
            "client_id": self._app.client_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "response_type": "code",
            "scope": ",".join(SCOPES),
            "auth_type": "rerequest",  # else what was left unticked once is never asked for again
        }
        return self._graph.address(
            f"https://www.facebook.com/{self._version}/dialog/oauth?{urlencode(query)}"
        )

    def exchange(self, *, code: str, redirect_uri: str, by: Deadline) -> tuple[Connection, ...]:
        """A connection for every Page that the person may publish on.

        Raises `PermissionMissing` with what to tick, `InvalidContent` where there is no such Page.
        """
        short = self._token({"redirect_uri": redirect_uri, "code": code_of(code)}, by)
        user_token = self._token({"grant_type": "fb_exchange_token", "fb_exchange_token": short}, by)
        granted, declined = self._permissions(user_token, by)
        if missing := [name for name in NEEDED if name not in granted]:
            raise missing_permissions(self._graph.who, missing, _CALLED)
        pages = self._pages(user_token, by)
        ours = [page for page in pages if TASKS.intersection(texts(page, "tasks")) and _token_of(page)]
        if not ours:
            raise _no_page(pages)
        capabilities = {"video": "publish_video" not in declined}
        return tuple(self._connection(page, user_token, granted, capabilities) for page in ours)

    def revoke(self, credentials: Credentials, *, by: Deadline) -> None:
        """Take the hub out of the person's apps, where this Page is the only one it has through them.

        Facebook knows no way to give back one Page alone: the tokens of all that the person connected end
        together. A token of the person that has ended, after 60 days, gives nothing back.
        """
        user_token = credentials.tokens.get("user_token", "")
        if not user_token:
            return
        try:
            others = [
                page for page in self._pages(user_token, by) if page.get("id") != credentials.external_id
            ]
            if not others:
                self._graph.call("DELETE", "me/permissions", by=by, token=user_token)
        except (AuthExpired, NotFound):
            return

    def _token(self, grant: Mapping[str, str], by: Deadline) -> str:
        secrets = (self._app.client_secret, grant.get("code", ""), grant.get("fb_exchange_token", ""))
        query = {"client_id": self._app.client_id, "client_secret": self._app.client_secret, **grant}
        answer = self._graph.ask("GET", "oauth/access_token", by=by, query=query)
        if answer.status != 200:
            raise sign_in_error(answer, who=self._graph.who, secrets=secrets)
        token = token_of(answer.object(), "access_token")
        if not token:
            raise unusable(answer, who=self._graph.who, missing="access_token")
        return token

    def _permissions(self, token: str, by: Deadline) -> tuple[tuple[str, ...], frozenset[str]]:
        """What the person granted, and what they declined."""
        told = self._graph.all_of("me/permissions", by=by, token=token, query={})
        states = {text_of(one, "permission", 200): text_of(one, "status", 100) for one in told}
        granted = tuple(name for name, state in states.items() if state == "granted" and name)
        return granted, frozenset(name for name, state in states.items() if state == "declined")

    def _pages(self, token: str, by: Deadline) -> list[dict[str, Any]]:
        query = {"fields": "id,name,username,access_token,tasks", "limit": "100"}
        return self._graph.all_of("me/accounts", by=by, token=token, query=query)

    def _connection(
        self,
        page: Mapping[str, Any],
        user_token: str,
        granted: tuple[str, ...],
        capabilities: Mapping[str, Any],
    ) -> Connection:
        external_id, name = text_of(page, "id", 200), text_of(page, "name", 300)
        username = text_of(page, "username", 200)
        profile = Profile(
            external_id=external_id,
            handle=f"@{username}" if username else name or external_id,
            display_name=name or external_id,
            url=f"https://www.facebook.com/{segment(username or external_id)}",
            kind="Page",
        )
        tokens = {"access_token": _token_of(page), "user_token": user_token}
        return Connection(profile, tokens, scopes=granted, capabilities=capabilities)


def _token_of(page: Mapping[str, Any]) -> str:
    return token_of(page, "access_token") if text_of(page, "id", 200) else ""


def _no_page(pages: list[dict[str, Any]]) -> PlatformError:
    names = [name for page in pages if (name := text_of(page, "name", 300))]
    if not pages:
        return InvalidContent(
            "Facebook showed the hub no Page of yours. Sign in as somebody who manages the chapter's Page, "
            "and choose the Page when Facebook asks which ones the hub may use."
        )
    shown = ", ".join(names[:NAMES_SHOWN]) or "these Pages"
    more = " and others" if len(names) > NAMES_SHOWN else ""
    return PermissionMissing(
        f"You may not publish on {shown}{more}. Ask somebody who manages the Page to give you access to its "
        "content, then connect it again.",
        detail=f"no task to publish with on {len(pages)} pages",
    )
