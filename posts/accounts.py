"""Connecting a chapter's profile on a platform, and letting it go again."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters import events
from chapters.events import Actor
from chapters.models import Chapter, Membership, User
from chapters.permissions import Action, can
from posts import credentials, doubts
from posts.models import ConnectionAttempt, SocialAccount
from posts.platforms import registry
from posts.platforms.base import AppKeys, Connection, Listing, PlatformError, Transient
from posts.problems import NotYours, Refused
from posts.publishing import queue

STATE_LIFE = timedelta(minutes=10)
CALL_SECONDS = 15.0
_TRIES_AGAIN = re.compile(r"[;,.]? ?the hub will try again[^.]*\.", re.IGNORECASE)


def redirect_uri() -> str:
    """Where platforms send people back to."""
    return f"{settings.HUB_URL}/connected/"


def begin(
    *,
    chapter: Chapter,
    person: User,
    platform: str,
    typed_host: str = "",
    account: SocialAccount | None = None,
) -> str:
    """Begin connecting and return the address to send the person to. Raises Refused with what to do."""
    try:
        adapter = registry.get(platform)
        host = adapter.clean_host(typed_host) if adapter.needs_host else ""
        app = _app(platform, host)
    except PlatformError as error:
        raise Refused(_for_a_person(error)) from error
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    attempt = ConnectionAttempt(
        chapter=chapter,
        person=person,
        platform=platform,
        host=host,
        state_hash=_hash(state),
        account=account,
        expires_at=timezone.now() + STATE_LIFE,
    )
    attempt.sealed_verifier = credentials.ring().encrypt(verifier, place=_verifier_place(attempt))
    attempt.save()
    return adapter.authorize_url(host, app, redirect_uri=redirect_uri(), state=state, code_verifier=verifier)


def complete(*, person: User, state: str, code: str) -> SocialAccount:
    """The person came back: exchange the code and connect the account. Raises Refused.

    The state works once, for this person, for ten minutes, and while they may connect accounts here.
    """
    attempt = _use(person, state)
    _require_right(person, attempt.chapter)
    verifier = credentials.ring().decrypt(attempt.sealed_verifier, place=_verifier_place(attempt))
    try:
        (connection,) = registry.get(attempt.platform).exchange(
            attempt.host,
            _app(attempt.platform, attempt.host),
            code=code,
            redirect_uri=redirect_uri(),
            code_verifier=verifier,
            deadline=CALL_SECONDS,
        )
    except PlatformError as error:
        raise Refused(_for_a_person(error)) from error
    if attempt.account_id and attempt.account.external_id != connection.profile.external_id:
        raise Refused(
            _("You signed in as %(got)s, but this is %(wanted)s. Sign in to the right account and try again.")
            % {"got": connection.profile.handle, "wanted": attempt.account.handle}
        )
    return connect(
        chapter=attempt.chapter,
        by=Actor.person(person),
        platform=attempt.platform,
        host=attempt.host,
        connection=connection,
    )


@transaction.atomic
def connect(
    *, chapter: Chapter, by: Actor, platform: str, host: str, connection: Connection
) -> SocialAccount:
    """Keep a connection: a new account, or new tokens for one the chapter has. Raises Refused."""
    profile = connection.profile
    same = SocialAccount.objects.filter(
        platform=platform, host=host, external_id=profile.external_id, disconnected_at=None
    ).first()
    if same is not None and same.chapter_id != chapter.pk:
        raise Refused(
            _("%(handle)s is connected to another chapter already. It has to be disconnected there first.")
            % {"handle": profile.handle}
        )
    account = same or SocialAccount(
        chapter=chapter, platform=platform, host=host, external_id=profile.external_id, connected_by=by.user
    )
    account.handle, account.display_name, account.url = profile.handle, profile.display_name, profile.url
    account.scopes, account.capabilities = list(connection.scopes), dict(connection.capabilities)
    account.expires_at = (
        timezone.now() + timedelta(seconds=connection.expires_in) if connection.expires_in else None
    )
    account.broken_at, account.broken_message = None, ""
    try:
        with transaction.atomic():
            account.save()
    except IntegrityError as error:
        raise Refused(_("Somebody connected this account a moment ago. Look at the list again.")) from error
    credentials.save(account, connection.tokens)
    queue.make_lane(account, expires_in=connection.expires_in)
    queue.resume_lane(account, by=by)
    events.record("reconnected" if same else "connected", account, chapter=chapter, by=by)
    return account


def pause(*, account: SocialAccount, reason: str, by: Actor) -> None:
    """Hold back everything of one account until somebody resumes it."""
    queue.pause_lane(account, reason=reason, by=by)


def resume(*, account: SocialAccount, by: Actor) -> None:
    """Let a paused account's posts go again. Raises Refused where only a new connection would help."""
    if account.is_broken:
        raise Refused(
            _("%(handle)s has to be connected again; then its posts go on by themselves.")
            % {"handle": account.handle}
        )
    queue.resume_lane(account, by=by)


@transaction.atomic
def set_resend_absent(*, account: SocialAccount, allowed: bool, by: Actor) -> None:
    """Say whether the hub may send again by itself what the platform shows is not there.

    Raises Refused where the platform's own list proves nothing: there a person is always asked.
    """
    if doubts.listing_of(account) != Listing.COMPLETE:
        raise Refused(doubts.why_asked(account))
    changed = SocialAccount.objects.filter(pk=account.pk, resend_absent=not allowed)
    if changed.update(resend_absent=allowed):
        events.record("resending_allowed" if allowed else "resending_forbidden", account,
                      chapter=account.chapter, by=by)  # fmt: skip


def disconnect(*, account: SocialAccount, by: Actor) -> None:
    """Let an account go: give the access back, wipe the tokens, hold what was waiting for it."""
    try:
        access = credentials.load(account)
        registry.get(account.platform).revoke(
            access, _app(account.platform, account.host), deadline=CALL_SECONDS
        )
    except Exception:  # whatever the platform says, the hub forgets the tokens
        events.record("revoke_failed", account, chapter=account.chapter, by=by)
    with transaction.atomic():
        updated = SocialAccount.objects.filter(pk=account.pk, disconnected_at=None).update(
            disconnected_at=timezone.now()
        )
        if updated:
            credentials.wipe(account)
            events.record("disconnected", account, chapter=account.chapter, by=by)


def _app(platform: str, host: str) -> AppKeys | None:
    """The hub's registration with the server, made on first use."""
    known = credentials.known_app(platform, host)
    if known is not None:
        return known
    keys = registry.get(platform).register_app(host, redirect_uri=redirect_uri(), deadline=CALL_SECONDS)
    return credentials.app_keys(credentials.save_app(platform, host, keys)) if keys is not None else None


def begun(*, person: User, state: str) -> ConnectionAttempt | None:
    """The connection that this person began with `state`, whatever became of it."""
    return (
        ConnectionAttempt.objects.select_related("chapter", "account")
        .filter(state_hash=_hash(state), person=person)
        .first()
    )


def _use(person: User, state: str) -> ConnectionAttempt:
    attempt = begun(person=person, state=state)
    now = timezone.now()
    if (
        attempt is None
        or attempt.expires_at < now
        or not ConnectionAttempt.objects.filter(pk=attempt.pk, used_at=None).update(used_at=now)
    ):
        raise Refused(_("This connection took too long or was finished already. Begin again."))
    return attempt


def _require_right(person: User, chapter: Chapter) -> None:
    membership = Membership.objects.select_related("chapter").filter(user=person, chapter=chapter).first()
    if not can(membership, Action.MANAGE_ACCOUNTS):
        raise NotYours(_("You may no longer connect accounts in %(chapter)s.") % {"chapter": chapter.name})


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def _verifier_place(attempt: ConnectionAttempt) -> str:
    return f"posts_connectionattempt:{attempt.uid}:sealed_verifier"


def _for_a_person(error: PlatformError) -> str:
    """What went wrong while somebody connects an account. Adapters promise that the hub tries again, which
    holds for what it sends by itself; here nothing more happens until the person does it."""
    if not isinstance(error, Transient):
        return error.message
    said = _TRIES_AGAIN.sub("", error.message).rstrip(" .;,")
    return f"{said}. {_('Nothing was connected. Try again in a few minutes.')}"
