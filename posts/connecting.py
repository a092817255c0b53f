"""From “connect an account” to the connection: off to the platform, back again, and which account it is.

Whoever connects is a member with the right to, or somebody who opened a connection link. What is begun is
bound to them, to the chapter, the platform and the server; it works once and for half an hour.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters.events import Actor
from chapters.models import Chapter, Membership, User
from chapters.permissions import Action, can
from hubsite.lib.crypto import DecryptionError
from posts import accounts, connection_links, credentials, health
from posts.accounts import CALL_SECONDS
from posts.models import ConnectionAttempt, ConnectionLink, SocialAccount
from posts.platforms import registry
from posts.platforms.base import AppKeys, ConfigError, Connection, PlatformError, Profile, Transient
from posts.problems import NotYours, Refused

LIFE = timedelta(minutes=30)
KEPT = timedelta(days=30)  # what is over, for the administrator
_TRIES_AGAIN = re.compile(r"[;,.]? ?the hub will try again[^.]*\.", re.IGNORECASE)


@dataclass(frozen=True)
class Party:
    """On whose word an account is connected: exactly one of `person` and `link` is set."""

    chapter: Chapter
    person: User | None = None
    link: ConnectionLink | None = None

    @property
    def actor(self) -> Actor:
        return connection_links.actor(self.link) if self.link else Actor.person(self.person)

    def require_right(self) -> None:
        """Raise Refused unless they may connect accounts here now."""
        if self.link is not None:
            connection_links.require_open(self.link)
            return
        own = Membership.objects.select_related("chapter").filter(user=self.person, chapter=self.chapter)
        if self.chapter.state == Chapter.State.LEFT or not can(own.first(), Action.MANAGE_ACCOUNTS):
            raise NotYours(
                _("You may no longer connect accounts in %(chapter)s.") % {"chapter": self.chapter.name}
            )


@dataclass(frozen=True)
class Choice:
    """One account that the person may connect, by its place in the list that the platform gave."""

    number: int
    profile: Profile


def redirect_uri() -> str:
    """Where platforms send people back to."""
    return f"{settings.HUB_URL}/connected/"


# ---- off to the platform


def begin(*, party: Party, platform: str, typed_host: str = "", account: SocialAccount | None = None) -> str:
    """Begin connecting and return the address to send the person to. Raises Refused with what to do."""
    party.require_right()
    try:
        adapter = registry.get(platform)
        host = adapter.clean_host(typed_host) if adapter.needs_host else ""
        app = _app(platform, host)
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
        address = adapter.authorize_url(
            host, app, redirect_uri=redirect_uri(), state=state, code_verifier=verifier
        )
    except PlatformError as error:
        raise Refused(for_a_person(error)) from error
    attempt = _attempt(party, platform, host, account, state=state)
    attempt.sealed_verifier = credentials.ring().encrypt(verifier, place=_verifier_place(attempt))
    attempt.save()
    return address


def log_in(
    *, party: Party, platform: str, identifier: str, password: str, account: SocialAccount | None = None
) -> SocialAccount:
    """Connect with a password that the platform made for apps. Raises Refused with what to do."""
    party.require_right()
    try:
        adapter = registry.get(platform)
        host, connection = adapter.log_in(identifier.strip(), password.strip(), deadline=CALL_SECONDS)
    except PlatformError as error:
        raise Refused(for_a_person(error)) from error
    if account is not None:
        _require_same(account, host, [connection])
    return _keep(party, platform, host, connection)


# ---- and back


def begun(state: str) -> ConnectionAttempt | None:
    """The connection that was begun with `state`, whatever became of it."""
    attempts = ConnectionAttempt.objects.select_related(
        "chapter", "account", "link__chapter", "link__account"
    )
    return attempts.filter(state_hash=_hash(state)).first()


def come_back(
    *, attempt: ConnectionAttempt, party: Party, code: str, issuer: str = ""
) -> SocialAccount | None:
    """Exchange the code that the person came back with. Raises Refused.

    Returns the account where there is only one to connect; None where one of several is to be chosen.
    `issuer` is who the answer says it comes from, "" where it does not say.
    """
    if not _use(attempt):
        raise Refused(_("This connection took too long or was finished already. Begin again."))
    try:
        party.require_right()
        return _exchanged(attempt, party, code, issuer)
    except Refused:
        _forget(ConnectionAttempt.objects.filter(pk=attempt.pk))
        raise


def _use(attempt: ConnectionAttempt) -> bool:
    unused = ConnectionAttempt.objects.filter(
        pk=attempt.pk, used_at=None, ended_at=None, expires_at__gt=timezone.now()
    )
    return unused.update(used_at=timezone.now()) == 1


def _exchanged(attempt: ConnectionAttempt, party: Party, code: str, issuer: str) -> SocialAccount | None:
    platform, host = attempt.platform, attempt.host
    try:
        app = _app(platform, host)
        _require_issuer(app, issuer, platform)
        verifier = credentials.ring().decrypt(attempt.sealed_verifier, place=_verifier_place(attempt))
        found = registry.get(platform).exchange(
            host, app, code=code, redirect_uri=redirect_uri(), code_verifier=verifier, deadline=CALL_SECONDS
        )
    except ConfigError as error:
        if host:  # the server no longer knows the hub: the next try registers it anew
            credentials.forget_app(platform, host)
        raise Refused(for_a_person(error)) from error
    except PlatformError as error:
        raise Refused(for_a_person(error)) from error
    except DecryptionError as error:
        raise Refused(_("This connection can’t be finished any more. Begin again.")) from error
    if attempt.account is not None:
        found = [_require_same(attempt.account, host, found)]
    if len(found) == 1:
        return _keep(party, platform, host, found[0], attempt)
    _offer(attempt, found)
    return None


def _require_issuer(app: AppKeys | None, issuer: str, platform: str) -> None:
    """A server that names itself in its answers must be the one that was asked (RFC 9207)."""
    known = app.endpoints.get("issuer", "") if app is not None else ""
    if known and issuer and issuer.rstrip("/") != known.rstrip("/"):
        raise Refused(
            _("The answer came from another server than the one that was asked, so nothing was connected. "
              "Begin again; if it happens twice, tell your administrator.")
        )  # fmt: skip


def _require_same(account: SocialAccount, host: str, found: Sequence[Connection]) -> Connection:
    """The connection to `account` among those found. Raises Refused where the person signed in elsewhere."""
    for connection in found:
        if (host, connection.profile.external_id) == (account.host, account.external_id):
            return connection
    wanted = {"wanted": account.handle}
    if len(found) == 1:
        got = {"got": found[0].profile.handle, **wanted}
        raise Refused(
            _("You signed in as %(got)s, but this is %(wanted)s. Sign in to the right account and try again.")
            % got
        )
    raise Refused(
        _("%(wanted)s is not among the accounts that you let the hub use. Sign in as somebody who manages "
          "it, say yes to it there, and try again.") % wanted
    )  # fmt: skip


# ---- which one


def choices(attempt: ConnectionAttempt) -> list[Choice]:
    """The accounts that may be connected; none where the time is over or one was chosen."""
    return [Choice(number, connection.profile) for number, connection in enumerate(_opened(attempt))]


def choose(*, attempt: ConnectionAttempt, party: Party, number: int) -> SocialAccount:
    """Connect one of the accounts that were offered. Raises Refused; the others stay to be chosen then."""
    party.require_right()
    found = _opened(attempt)
    if not 0 <= number < len(found):
        raise Refused(_("This choice is no longer there. Begin again."))
    return _keep(party, attempt.platform, attempt.host, found[number], attempt)


def drop(attempt: ConnectionAttempt) -> None:
    """Forget a connection that was begun, with everything that came back for it."""
    _forget(ConnectionAttempt.objects.filter(pk=attempt.pk))


def half_finished(party: Party) -> list[ConnectionAttempt]:
    """What this person began here and can still finish or begin again, newest first.

    Of each platform and server the newest try counts, and what was ended ends the tries before it too: they
    are not shown, though somebody with two windows open may still finish them.
    """
    begun_by = {"link": party.link} if party.link is not None else {"person": party.person}
    newest: dict[tuple[str, str], ConnectionAttempt] = {}
    recent = ConnectionAttempt.objects.filter(
        chapter=party.chapter, expires_at__gt=timezone.now(), **begun_by
    )
    for attempt in recent.select_related("account").order_by("-id"):
        newest.setdefault((attempt.platform, attempt.host), attempt)
    return [each for each in newest.values() if each.ended_at is None and _can_go_on(each)]


def _can_go_on(attempt: ConnectionAttempt) -> bool:
    """Whether the person is still away, or has a choice to make."""
    return attempt.used_at is None or attempt.has_choices


def forget_expired() -> None:
    """Wipe what was offered and not chosen in time, and in the end forget that there was anything."""
    now = timezone.now()
    _forget(ConnectionAttempt.objects.filter(ended_at=None, expires_at__lte=now))
    ConnectionAttempt.objects.filter(created_at__lt=now - KEPT).delete()


@transaction.atomic
def _keep(
    party: Party,
    platform: str,
    host: str,
    connection: Connection,
    attempt: ConnectionAttempt | None = None,
) -> SocialAccount:
    """Connect the account, and use up what led to it, all at once."""
    if attempt is not None and not _forget(ConnectionAttempt.objects.filter(pk=attempt.pk, ended_at=None)):
        raise Refused(_("This connection was finished or dropped a moment ago. Begin again."))
    if party.link is not None:
        connection_links.use(party.link)
    account = accounts.connect(
        chapter=party.chapter, by=party.actor, platform=platform, host=host, connection=connection
    )
    if party.link is not None:
        connection_links.tell(party.link, account)
    return account


def _forget(attempts: QuerySet[ConnectionAttempt]) -> int:
    return attempts.update(ended_at=timezone.now(), sealed_choices="", sealed_verifier="")


def _offer(attempt: ConnectionAttempt, found: Sequence[Connection]) -> None:
    told = json.dumps({"at": timezone.now().isoformat(), "found": [asdict(each) for each in found]})
    attempt.sealed_choices = credentials.ring().encrypt(told, place=_choices_place(attempt))
    attempt.expires_at = timezone.now() + LIFE
    attempt.sealed_verifier = ""
    attempt.save(update_fields=["sealed_choices", "expires_at", "sealed_verifier"])


def _opened(attempt: ConnectionAttempt) -> list[Connection]:
    """The connections that were offered; their times are counted from now."""
    if attempt.ended_at or attempt.expires_at <= timezone.now() or not attempt.has_choices:
        return []
    try:
        told = json.loads(credentials.ring().decrypt(attempt.sealed_choices, place=_choices_place(attempt)))
    except DecryptionError:
        return []
    passed = (timezone.now() - datetime.fromisoformat(told["at"])).total_seconds()
    return [_connection(each, passed) for each in told["found"]]


def _connection(told: dict[str, Any], passed: float) -> Connection:
    times = ("expires_in", "renew_from", "ends_in")
    left = {name: max(told[name] - passed, 1.0) for name in times if told[name] is not None}
    scopes = tuple(told["scopes"])
    return Connection(**{**told, **left, "profile": Profile(**told["profile"]), "scopes": scopes})


# ---- the small things


def _attempt(
    party: Party, platform: str, host: str, account: SocialAccount | None, *, state: str
) -> ConnectionAttempt:
    return ConnectionAttempt(
        chapter=party.chapter,
        person=party.person,
        link=party.link,
        platform=platform,
        host=host,
        state_hash=_hash(state),
        account=account,
        expires_at=timezone.now() + LIFE,
    )


def _app(platform: str, host: str) -> AppKeys | None:
    """The hub's registration with the server, made on first use."""
    known = credentials.known_app(platform, host)
    if known is not None:
        return known
    keys = registry.get(platform).register_app(host, redirect_uri=redirect_uri(), deadline=CALL_SECONDS)
    return credentials.app_keys(credentials.save_app(platform, host, keys)) if keys is not None else None


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def _verifier_place(attempt: ConnectionAttempt) -> str:
    return f"posts_connectionattempt:{attempt.uid}:sealed_verifier"


def _choices_place(attempt: ConnectionAttempt) -> str:
    return f"posts_connectionattempt:{attempt.uid}:sealed_choices"


def for_a_person(error: PlatformError) -> str:
    """What went wrong while somebody connects an account. Adapters promise that the hub tries again, which
    holds for what it sends by itself; here nothing more happens until the person does it."""
    if not isinstance(error, Transient):
        return error.message
    said = _TRIES_AGAIN.sub("", error.message).rstrip(" .;,")
    return f"{said}. {_('Nothing was connected. Try again in a few minutes.')}"


def why_not(error: str, platform: str) -> str:
    """What to say to somebody whom the platform sent back without a code."""
    if error == "access_denied":
        return _("You did not let the hub post there, so nothing was connected. Begin again if you want to.")
    return _(
        "%(platform)s sent you back without giving access. Begin again; if that does not help, ask your "
        "administrator."
    ) % {"platform": health.platform_name(platform)}
