"""What Facebook, Instagram and Threads share: calls to the Graph API, lists, counts, tokens of 60 days.

Sources: Graph API "Overview", "Paginated results" and "Handle errors"; Instagram Platform "Business Login";
Threads API "Get access tokens" and "Long-lived tokens".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from .answers import token_of, unusable, whole
from .base import (
    AppKeys,
    AuthExpired,
    ConfigError,
    Count,
    Counts,
    InvalidContent,
    NotFound,
    Outcome,
    PermissionMissing,
    PlatformError,
    ReadBack,
    Seen,
    Transient,
)
from .deadline import Deadline
from .egress import same_origin
from .http import BODY_MAX, Answer, Http
from .meta_errors import Told, error_as, graph_error
from .readback import LIST_BYTES_MAX, Page, gather, page_of, whole_second

DAY = 86_400.0
LONG_LIFE = 60 * DAY  # of a long-lived token whose answer names no time
RENEW_AT = 0.75  # of its life: day 45 of 60; it can be renewed from the age of a day until its end
PAGES_MAX = 20

_USED_CODES = frozenset((36007, 36008, 36009))  # a code that is used up, expired or made for another address


class Graph:
    """Calls to one of Meta's APIs at `base`, in the name of `who`. Holds configuration only."""

    def __init__(self, http: Http, base: str, *, who: str) -> None:
        self._http = http
        self._base = base
        self.who = who

    def call(
        self,
        method: str,
        path: str,
        *,
        by: Deadline,
        token: str = "",
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        parts: Sequence[tuple[str, Any]] | None = None,
        final: bool = False,
        secrets: Iterable[str] = (),
        body_max: int = BODY_MAX,
    ) -> Answer:
        """Make one call; whatever is no success is raised as the error it means."""
        answer = self.ask(
            method,
            path,
            by=by,
            query=query,
            token=token,
            form=form,
            parts=parts,
            final=final,
            body_max=body_max,
        )
        if answer.status in (200, 201) and "error" not in answer.object():
            return answer
        raise graph_error(answer, who=self.who, final=final, secrets=(token, *secrets))

    def ask(
        self, method: str, path: str, *, by: Deadline, query: Mapping[str, str] | None = None, **sent: Any
    ) -> Answer:
        """Make one call and give its answer, a refusal too."""
        url = f"{self._base}/{path}" + (f"?{urlencode(query)}" if query else "")
        return self._http.request(method, url, deadline=by, who=self.who, **sent)

    def look(self, path: str, *, by: Deadline, token: str, query: Mapping[str, str]) -> Answer:
        """Read something to find out what is there: a refusal for other reasons than access says nothing."""
        try:
            return self.call("GET", path, by=by, token=token, query=query, body_max=LIST_BYTES_MAX)
        except PlatformError as error:
            if error.outcome in (Outcome.AUTH, Outcome.LIMITED) or isinstance(error, Transient):
                raise
            detail, wait = error.detail, error.retry_after
        raise Transient(
            f"{self.who} did not let the hub look at the account. The hub looks again.",
            detail=detail,
            retry_after=wait,
        )

    def listed(
        self,
        path: str,
        *,
        by: Deadline,
        token: str,
        query: Mapping[str, str],
        since: datetime,
        read: Callable[[dict], Seen | None],
    ) -> ReadBack:
        """The entries of a list, newest first, since `since`."""
        after = ""

        def fetch(cursor: str) -> Page:
            nonlocal after
            asked = {**query, "after": after} if cursor else query
            answer = self.look(path, by=by, token=token, query=asked)
            entries = answer.object().get("data")
            if not isinstance(entries, list):
                raise unusable(answer, who=self.who, missing="list")
            posts, all_read = page_of(entries, read)
            after = next_cursor(answer.object())
            old = bool(posts) and posts[-1].created_at < whole_second(since)
            return Page(posts, all_read, more=bool(after) and not old)

        return gather(fetch, since=since, by=by)

    def all_of(self, path: str, *, by: Deadline, token: str, query: Mapping[str, str]) -> list[dict]:
        """Every entry of a list of no time, from at most `PAGES_MAX` pages."""
        found: list[dict] = []
        asked = dict(query)
        for _ in range(PAGES_MAX):
            answer = self.call("GET", path, by=by, token=token, query=asked)
            entries = answer.object().get("data")
            if not isinstance(entries, list):
                raise unusable(answer, who=self.who, missing="list")
            found += [entry for entry in entries if isinstance(entry, dict)]
            after = next_cursor(answer.object())
            if not after or after == asked.get("after"):
                break
            asked["after"] = after
        return found

    def counts(
        self,
        path: str,
        metrics: Mapping[str, Count],
        *,
        by: Deadline,
        token: str,
        skip: set[str],
        edge: str = "insights",
    ) -> dict[Count, int]:
        """What the insights of `path` tell of `metrics`, summed where several are one count.

        They are asked for one by one, as one that is not known fails the whole call; those go into `skip`.
        A metric without an entry is not known yet, which is not 0. Raises `NotFound` for what is gone.
        """
        found: dict[Count, int] = {}
        for metric, count in metrics.items():
            if metric in skip:
                continue
            try:
                answer = self.call("GET", f"{path}/{edge}", by=by, token=token, query={"metric": metric})
            except (InvalidContent, PermissionMissing):
                skip.add(metric)
                continue
            value = insight_of(answer.object())
            if value is not None:
                found[count] = found.get(count, 0) + value
        return found

    def address(self, url: str) -> str:
        """Where a browser is sent for `url`."""
        return self._http.address(url)

    def shown(self, url: str, host: str) -> str:
        """`url` if it is on `host` or a part of it, else empty: it is shown as a link."""
        try:
            parts = urlsplit(url)
            name = (parts.hostname or "").lower()
        except ValueError:
            return ""
        if parts.scheme == "https" and (name == host or name.endswith(f".{host}")):
            return url
        stand_in = self._http.address(f"https://{host}/")
        return url if not stand_in.startswith("https://") and same_origin(url, stand_in) else ""


def segment(text: str) -> str:
    """An id as one part of a path."""
    return quote(text, safe="")


def next_cursor(data: Mapping[str, Any]) -> str:
    """Where the next page of a list begins; empty on the last one, which has cursors too but no address."""
    paging = data.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return ""
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else ""
    return after if isinstance(after, str) and 0 < len(after) <= 1000 else ""


def insight_of(data: Mapping[str, Any]) -> int | None:
    """The number in an answer of an insights edge, in each of the shapes that it comes in."""
    entries = data.get("data")
    entry = entries[0] if isinstance(entries, list) and entries else None
    if not isinstance(entry, dict):
        return None
    holder = entry.get("total_value")
    values = entry.get("values")
    if not isinstance(holder, dict) and isinstance(values, list) and values:
        holder = values[-1]
    value = holder.get("value") if isinstance(holder, dict) else None
    if isinstance(value, dict):  # by kind, as reactions are
        return sum(whole(value, name, 0) for name in value)
    return whole({"value": value}, "value", -1) if whole({"value": value}, "value", -1) >= 0 else None


def counts_of_posts(
    external_ids: Sequence[str], ask: Callable[[str], Counts], *, by: Deadline
) -> dict[str, Counts]:
    """`ask` for each post; those that are gone are left out. What is found when the time is over is kept."""
    found: dict[str, Counts] = {}
    for external_id in external_ids:
        try:
            found[external_id] = ask(external_id)
        except NotFound:
            continue
        except PlatformError:
            if not found or by.remaining() > 0:
                raise
            break
    return found


# ---- tokens


def code_of(code: str) -> str:
    """The code as it is to be exchanged: some browsers keep the `#_` that the platform puts behind it."""
    return code.removesuffix("#_")


def sign_in_error(answer: Answer, *, who: str, secrets: Iterable[str]) -> PlatformError:
    """Why a code was not exchanged: the hub's registration is wrong, or the code was used or is too old."""
    told = Told.of(answer)
    error = graph_error(answer, who=who, secrets=secrets)
    words = told.message.lower()
    if any(
        name in words for name in ("client_id", "client id", "app id", "platform app", "invalid redirect_uri")
    ):
        return error_as(ConfigError, answer, told, who=who, secrets=secrets)
    if isinstance(error, ConfigError) or error.outcome is Outcome.LIMITED or answer.status >= 500:
        return error
    spent = told.subcode in _USED_CODES or isinstance(error, AuthExpired) or not told.code
    if answer.status in (400, 401) and (spent or "code" in words):
        sentence = f"Connecting with {who} took too long or was finished before. Start again."
        return error_as(AuthExpired, answer, told, who=who, secrets=secrets, sentence=sentence)
    return error


class LongTokens:
    """Tokens of Instagram and Threads: a code gives one for an hour, which is exchanged for one of 60 days.

    The grants begin with `prefix` (`ig` or `th`). A token stands in the query only here, where the API has no
    other way.
    """

    def __init__(self, http: Http, *, code_url: str, host: str, prefix: str, app: AppKeys, who: str) -> None:
        self._http = http
        self._code_url = code_url
        self._host = host
        self._prefix = prefix
        self._app = app
        self._who = who

    def exchange(self, code: str, redirect_uri: str, by: Deadline) -> tuple[str, dict[str, Any]]:
        """The short token for `code`, and what else was told with it (the permissions)."""
        code = code_of(code)
        answer = self._http.request(
            "POST",
            self._code_url,
            deadline=by,
            who=self._who,
            form={
                "client_id": self._app.client_id,
                "client_secret": self._app.client_secret,
                "grant_type": "authorization_code",
                "redirect_uri": redirect_uri,
                "code": code,
            },
        )
        if answer.status != 200:
            raise sign_in_error(answer, who=self._who, secrets=(code, self._app.client_secret))
        data = first_of(answer.object())
        token = token_of(data, "access_token")
        if not token:
            raise unusable(answer, who=self._who, missing="access_token")
        return token, data

    def lengthen(self, token: str, by: Deadline) -> tuple[str, float]:
        """The token of 60 days for a short one, and its seconds to live."""
        query = {
            "grant_type": f"{self._prefix}_exchange_token",
            "client_secret": self._app.client_secret,
            "access_token": token,
        }
        return self._long("access_token", query, by)

    def renew(self, token: str, by: Deadline) -> tuple[str, float]:
        """The same account's access for another 60 days. Raises `AuthExpired` where a person has to help."""
        query = {"grant_type": f"{self._prefix}_refresh_token", "access_token": token}
        try:
            return self._long("refresh_access_token", query, by)
        except PlatformError as error:
            if error.outcome is not Outcome.PERMANENT:
                raise
            detail = error.detail
        # Such as a token that is younger than a day: not a refusal of the access itself.
        raise Transient(
            f"{self._who} did not renew the hub's access to this account. The hub tries again.", detail=detail
        )

    def _long(self, path: str, query: dict[str, str], by: Deadline) -> tuple[str, float]:
        graph = Graph(self._http, f"https://{self._host}", who=self._who)
        secrets = (query["access_token"], self._app.client_secret)
        answer = graph.call("GET", path, by=by, query=query, secrets=secrets)
        data = first_of(answer.object())
        token = token_of(data, "access_token")
        if not token:
            raise unusable(answer, who=self._who, missing="access_token")
        return token, float(whole(data, "expires_in", int(LONG_LIFE), low=1))


def renew_from(seconds: float) -> float | None:
    """From when on a token that lives so long is renewed; None where it does not live that long."""
    at = max(RENEW_AT * seconds, DAY)
    return at if at < seconds else None


def first_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """An object that some answers carry as it is and others as the one entry of `data`."""
    entries = data.get("data")
    if isinstance(entries, list) and entries and isinstance(entries[0], dict):
        return entries[0]
    return dict(data)


def permissions_of(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The permissions told with a token, as a list or as a text with commas; empty where none are told."""
    told = data.get("permissions")
    if isinstance(told, str):
        told = told.split(",")
    if not isinstance(told, list):
        return ()
    return tuple(name.strip() for name in told if isinstance(name, str) and name.strip())


def missing_permissions(who: str, missing: Iterable[str], words: Mapping[str, str]) -> PermissionMissing:
    """What the person has to allow. `words` are what the permissions are called on the platform's page."""
    names = list(missing)
    wanted = "; ".join(f"“{words.get(name, name)}”" for name in names)
    return PermissionMissing(
        f"The hub was not allowed everything it needs at {who}. Connect again and leave this ticked: "
        f"{wanted}.",
        detail=f"permissions missing: {' '.join(names)}",
    )
