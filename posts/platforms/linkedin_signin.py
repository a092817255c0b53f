"""Connecting accounts on LinkedIn: a member's own profile and the organizations the member posts for.

Sources: learn.microsoft.com (LinkedIn: Authorization code flow; Refresh tokens with OAuth 2.0; Sign In with
LinkedIn using OpenID Connect; Share on LinkedIn; Community Management: Organization access control;
Organization lookup). Access tokens live 60 days. Only apps that LinkedIn approved for it get refresh tokens,
which end 365 days after the person signed in, renewed or not. PKCE is no part of LinkedIn's web flow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from .answers import error_of, text_of, token_of, unusable, whole
from .base import (
    AppKeys,
    AuthExpired,
    ConfigError,
    Connection,
    Credentials,
    InvalidContent,
    PermissionMissing,
    PlatformError,
    Profile,
    RateLimited,
    Transient,
)
from .deadline import Deadline
from .http import Answer, Http
from .linkedin_api import Api, urn_in_path
from .linkedin_errors import WHO, refused

OAUTH = "https://www.linkedin.com/oauth/v2"
USERINFO = "https://api.linkedin.com/v2/userinfo"
TOKEN_SECONDS = 5_184_000.0

MEMBER, ORGANIZATION = "member", "organization"
POST_AS_MEMBER, POST_AS_ORGANIZATION = "w_member_social", "w_organization_social"
READ_ORGANIZATION, COUNT_ORGANIZATION = "r_organization_social", "rw_organization_admin"
SCOPES = (
    "openid",
    "profile",
    POST_AS_MEMBER,
    POST_AS_ORGANIZATION,
    READ_ORGANIZATION,
    COUNT_ORGANIZATION,
    "r_organization_followers",
)
ADMINISTRATOR = "ADMINISTRATOR"
_MAY_POST = (ADMINISTRATOR, "CONTENT_ADMIN", "DIRECT_SPONSORED_CONTENT_POSTER")
_ORGANIZATION_URN = re.compile(r"urn:li:organization:[0-9]{1,20}")
_PAGE = 100
_PAGES_MAX = 5

_RECONNECT = "LinkedIn no longer accepts the hub's access to this account. Connect the account again."


class SignIn:
    """OAuth with LinkedIn. Holds configuration only. `scopes` is what the app may ask for."""

    def __init__(self, http: Http, app: AppKeys, *, version: str, scopes: tuple[str, ...] = SCOPES) -> None:
        self._http = http
        self._app = app
        self._version = version
        self._scopes = scopes

    def authorize_url(self, *, redirect_uri: str, state: str) -> str:
        query = {
            "response_type": "code",
            "client_id": self._app.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self._scopes),
            "state": state,
        }
        return self._http.address(f"{OAUTH}/authorization?{urlencode(query)}")

    def exchange(self, *, code: str, redirect_uri: str, by: Deadline) -> tuple[Connection, ...]:
        """The member's profile and the organizations the member may post for, as far as scopes allow."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        answer = self._ask("accessToken", form, by)
        if answer.status != 200:
            raise self._grant_error(
                answer, form, "Connecting with LinkedIn took too long or was finished before. Start again."
            )
        grant = _Grant(answer, {}, self._scopes)
        api = Api(self._http, self._version, grant.access, by)
        if not {POST_AS_MEMBER, POST_AS_ORGANIZATION} & set(grant.scopes):
            raise PermissionMissing(
                "LinkedIn did not let the hub post for you, or you did not allow it. Connect again and allow "
                "all of it.",
                detail=f"{answer.where}: scopes {' '.join(grant.scopes)[:300]}",
            )
        found = (*self._member(api, grant), *self._organizations(api, grant))
        if not found:
            raise InvalidContent(
                "You may not post for any organization on LinkedIn. Ask an administrator of its page to make "
                "you one, then connect again.",
                detail=f"{answer.where}: no member, no organization",
            )
        return found

    def refresh(self, credentials: Credentials, by: Deadline) -> Connection | None:
        token = credentials.tokens.get("refresh_token", "")
        if not token:
            return None
        form = {"grant_type": "refresh_token", "refresh_token": token}
        answer = self._ask("accessToken", form, by)
        if answer.status != 200:
            raise self._grant_error(answer, form, _RECONNECT)
        known = credentials.capabilities
        grant = _Grant(answer, credentials.tokens, ())
        profile = Profile(
            credentials.external_id,
            text_of(known, "handle", 300),
            text_of(known, "name", 300),
            text_of(known, "url"),
            text_of(known, "kind", 50),
        )
        return grant.connection(profile, known)

    def revoke(self, credentials: Credentials, by: Deadline) -> None:
        """Give the access token back."""
        form = {"token": credentials.tokens.get("access_token", "")}
        answer = self._ask("revoke", form, by)
        if answer.status not in (200, 204):
            raise self._grant_error(answer, form, "LinkedIn did not take the hub's access back.")

    def _ask(self, what: str, form: Mapping[str, str], by: Deadline) -> Answer:
        keys = {"client_id": self._app.client_id, "client_secret": self._app.client_secret}
        return self._http.request("POST", f"{OAUTH}/{what}", deadline=by, form={**form, **keys}, who=WHO)

    def _grant_error(self, answer: Answer, form: Mapping[str, str], sentence: str) -> PlatformError:
        """Why LinkedIn gives no tokens. It says `invalid_request` for a code that is spent or too old."""
        code = text_of(answer.object(), "error", 100)
        secrets = (*form.values(), self._app.client_secret)
        if code in ("invalid_client", "unauthorized_client"):
            return error_of(ConfigError, answer, who=WHO, secrets=secrets)
        if answer.status in (400, 401) and code in (
            "invalid_grant",
            "invalid_request",
            "invalid_redirect_uri",
        ):
            error = error_of(AuthExpired, answer, who=WHO, secrets=secrets)
            error.message = sentence
            error.args = (sentence,)
            return error
        if answer.status == 401:
            return error_of(ConfigError, answer, who=WHO, secrets=secrets)
        kind = RateLimited if answer.status == 429 else Transient
        return error_of(kind, answer, who=WHO, secrets=secrets)

    def _member(self, api: Api, grant: _Grant) -> Iterator[Connection]:
        """The member, where the app may both know who that is and post for them."""
        if POST_AS_MEMBER not in grant.scopes or "openid" not in grant.scopes:
            return
        answer = self._http.request("GET", USERINFO, deadline=api.by, token=api.token, who=WHO)
        if answer.status != 200:
            raise refused(answer, sends=False, secrets=(api.token,))
        data = answer.object()
        subject = text_of(data, "sub", 100)
        if not (subject.isascii() and subject.replace("-", "").replace("_", "").isalnum()):
            raise unusable(answer, who=WHO, missing="account")
        name = text_of(data, "name", 300) or subject
        yield grant.connection(_profile(f"urn:li:person:{subject}", name, "", MEMBER), {"reads": False})

    def _organizations(self, api: Api, grant: _Grant) -> Iterator[Connection]:
        if POST_AS_ORGANIZATION not in grant.scopes:
            return
        for urn, role in self._roles(api, grant).items():
            name, vanity = self._name(api, urn)
            known = {
                "reads": READ_ORGANIZATION in grant.scopes,
                "counts": COUNT_ORGANIZATION in grant.scopes and role == ADMINISTRATOR,
                "role": role,
            }
            place = vanity or urn.rpartition(":")[2]
            url = f"https://www.linkedin.com/company/{place}/"
            yield grant.connection(_profile(urn, name, url, ORGANIZATION), known)

    def _roles(self, api: Api, grant: _Grant) -> dict[str, str]:
        """The organizations the member may post for, and in which role; the mightiest counts."""
        found: dict[str, str] = {}
        for role in _MAY_POST:
            # `w_organization_social` alone may not list them, and not every version knows each role.
            must = role == ADMINISTRATOR and COUNT_ORGANIZATION in grant.scopes
            for urn in self._in_role(api, role, must=must):
                found.setdefault(urn, role)
        return found

    def _in_role(self, api: Api, role: str, *, must: bool) -> Iterator[str]:
        for page in range(_PAGES_MAX):
            query = {"q": "roleAssignee", "role": role, "state": "APPROVED"}
            query |= {"start": str(page * _PAGE), "count": str(_PAGE)}
            answer = api.call("GET", f"/organizationAcls?{urlencode(query)}")
            if answer.status in (400, 403, 404) and not must:
                return
            if answer.status != 200:
                raise refused(answer, sends=False, secrets=(api.token,))
            listed = answer.object().get("elements")
            listed = listed if isinstance(listed, list) else []
            for item in listed:
                urn = _organization_of(item) if isinstance(item, dict) else ""
                if urn:
                    yield urn
            if len(listed) < _PAGE:
                return

    def _name(self, api: Api, urn: str) -> tuple[str, str]:
        """An organization's name and the name in its address; its number where LinkedIn does not tell."""
        number = urn.rpartition(":")[2]
        answer = api.call("GET", f"/organizations/{urn_in_path(number)}")
        if answer.status not in (200, 403, 404):
            raise refused(answer, sends=False, secrets=(api.token,))
        data = answer.object() if answer.status == 200 else {}
        vanity = text_of(data, "vanityName", 200)
        good = vanity.isascii() and vanity.replace("-", "").replace("_", "").isalnum()
        return text_of(data, "localizedName", 300) or f"Organization {number}", vanity if good else ""


class _Grant:
    """What LinkedIn gave. `before` are the tokens that these replace."""

    def __init__(self, answer: Answer, before: Mapping[str, str], asked: tuple[str, ...]) -> None:
        data = answer.object()
        self.access = token_of(data, "access_token")
        if not self.access:
            raise unusable(answer, who=WHO, missing="access_token")
        self.scopes = tuple(re.findall(r"[^\s,]+", text_of(data, "scope"))) or asked
        self._renewal = token_of(data, "refresh_token") or before.get("refresh_token", "")
        self._seconds = float(whole(data, "expires_in", 0)) or TOKEN_SECONDS
        self._renewal_seconds = float(whole(data, "refresh_token_expires_in", 0)) or None

    def connection(self, profile: Profile, known: Mapping[str, Any]) -> Connection:
        tokens = {"access_token": self.access}
        if self._renewal:
            tokens["refresh_token"] = self._renewal
        about = {"handle": profile.handle, "name": profile.display_name, "url": profile.url}
        return Connection(
            profile,
            tokens,
            scopes=self.scopes,
            capabilities={**known, **about, "kind": profile.kind},
            expires_in=self._seconds,
            ends_in=self._renewal_seconds if self._renewal else self._seconds,
        )


def _profile(urn: str, name: str, url: str, kind: str) -> Profile:
    return Profile(external_id=urn, handle=name, display_name=name, url=url, kind=kind)


def _organization_of(entry: Mapping[str, Any]) -> str:
    """The URN in a list of roles; older versions of the API call the field otherwise."""
    urn = text_of(entry, "organization", 100) or text_of(entry, "organizationTarget", 100)
    return urn if _ORGANIZATION_URN.fullmatch(urn) else ""
