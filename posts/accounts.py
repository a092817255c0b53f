"""A chapter's profiles on platforms: keeping a connection, pausing an account, letting it go again."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters import events
from chapters.events import Actor
from chapters.models import Chapter, Membership, User
from chapters.permissions import Action, can
from posts import credentials, doubts, health, telling
from posts.models import Credential, Lane, SocialAccount
from posts.platforms import registry
from posts.platforms.base import AuthExpired, Connection, Listing, PlatformError, SignIn
from posts.problems import Refused
from posts.publishing import finish, queue

CALL_SECONDS = 15.0


@transaction.atomic
def connect(
    *, chapter: Chapter, by: Actor, platform: str, host: str, connection: Connection
) -> SocialAccount:
    """Keep a connection: a new account, or new tokens for one that the chapter has or had. Raises Refused.

    An account that was let go is the same account again: what was planned for it and held can go on.
    """
    profile = connection.profile
    alike = SocialAccount.objects.filter(platform=platform, host=host, external_id=profile.external_id)
    same = alike.filter(disconnected_at=None).select_related("chapter").first()
    if same is not None and same.chapter_id != chapter.pk:
        raise Refused(_taken(same, by.user))
    former = same or alike.filter(chapter=chapter).order_by("-disconnected_at").first()
    account = former or SocialAccount(
        chapter=chapter, platform=platform, host=host, external_id=profile.external_id
    )
    now = timezone.now()
    _lock(former)
    goes_on = same is None or _was_stopped_by_itself(same)
    if same is None:
        account.connected_by, account.connected_at, account.disconnected_at = by.user, now, None
    account.handle, account.display_name, account.url = profile.handle, profile.display_name, profile.url
    account.scopes, account.capabilities = list(connection.scopes), dict(connection.capabilities)
    account.expires_at = account.ends_at = None
    for column, moment in finish.terms(connection, now).items():
        setattr(account, column, moment)
    account.broken_at, account.broken_message = None, ""
    try:
        with transaction.atomic():
            account.save()
    except IntegrityError as error:
        raise Refused(_("Somebody connected this account a moment ago. Look at the list again.")) from error
    credentials.save(account, connection.tokens)
    telling.account_settled(account)
    queue.make_lane(account, connection)
    if goes_on:
        queue.resume_lane(account, by=by)
    events.record("reconnected" if former else "connected", account, chapter=chapter, by=by)
    return account


def _lock(account: SocialAccount | None) -> None:
    """Lock what is there of an account, in the order in which the workers do: lane, tokens."""
    if account is not None:
        list(Lane.objects.select_for_update().filter(account=account))
        list(Credential.objects.select_for_update().filter(account=account))


def _was_stopped_by_itself(account: SocialAccount) -> bool:
    """Whether the account rests because its access broke; a pause that a person made stays theirs to end."""
    lane = Lane.objects.filter(account=account, paused_at__isnull=False).first()
    return lane is not None and account.is_broken and lane.paused_reason == account.broken_message


def _taken(account: SocialAccount, viewer: User | None) -> str:
    """That another chapter has this account; which one is for those who see that chapter's accounts."""
    own = Membership.objects.select_related("chapter").filter(user=viewer, chapter=account.chapter).first()
    named = {"handle": account.handle, "chapter": account.chapter.name}
    if viewer is not None and can(own, Action.SEE_ACCOUNTS):
        return _("%(handle)s is connected to %(chapter)s. Disconnect it there first.") % named
    return (
        _("%(handle)s is connected to another chapter already. It has to be disconnected there first.")
        % named
    )


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


@dataclass(frozen=True)
class Parting:
    """How an account was let go: whether its access has ended for sure, and what a person should do there."""

    is_sure: bool
    advice: str = ""


def disconnect(*, account: SocialAccount, by: Actor) -> Parting:
    """Let an account go: give the access back, wipe the tokens, hold what was waiting for it."""
    parting = _give_back(account, by)
    with transaction.atomic():
        _lock(account)
        updated = SocialAccount.objects.filter(pk=account.pk, disconnected_at=None).update(
            disconnected_at=timezone.now(), broken_at=None, broken_message="", expires_at=None, ends_at=None
        )
        if updated:
            credentials.wipe(account)
            queue.stop_renewing(account)
            events.record("disconnected", account, chapter=account.chapter, by=by)
            telling.account_settled(account)
    return parting


def _give_back(account: SocialAccount, by: Actor) -> Parting:
    """Tell the platform that the access is over. Whatever it says, the hub forgets the tokens."""
    try:
        app = credentials.known_app(account.platform, account.host)
        registry.get(account.platform).revoke(credentials.load(account), app, deadline=CALL_SECONDS)
    except AuthExpired:  # it had ended already
        return Parting(True)
    except Exception:
        events.record("revoke_failed", account, chapter=account.chapter, by=by)
        return Parting(False, _how_to_end_it_there(account))
    return Parting(True, _delete_the_password(account) if _has_password(account) else "")


def _has_password(account: SocialAccount) -> bool:
    try:
        return registry.get(account.platform).sign_in == SignIn.PASSWORD
    except PlatformError:
        return False


def _how_to_end_it_there(account: SocialAccount) -> str:
    platform = health.platform_name(account.platform)
    if _has_password(account):
        return f"{_('%(platform)s gave no answer.') % {'platform': platform}} {_delete_the_password(account)}"
    return _(
        "%(platform)s did not confirm that the access has ended. To be sure, sign in there as %(handle)s, "
        "look in the settings for the connected apps, and remove “%(hub)s”."
    ) % {"platform": platform, "handle": account.handle, "hub": settings.HUB_NAME}


def _delete_the_password(account: SocialAccount) -> str:
    return _(
        "The app password that you made for the hub still exists. Delete it in the settings of %(platform)s."
    ) % {"platform": health.platform_name(account.platform)}
