"""Connection links: a chapter asks whoever owns an account to connect it, without an account on the hub.

The link's token is 256 random bits and exists in the link alone, which is shown once to the one who made it;
the table keeps its SHA-256. A link works once, for a week, until it is withdrawn, and while the one who made
it may connect accounts.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters import events
from chapters.events import Actor
from chapters.models import Chapter, Event, Membership
from chapters.permissions import Action, can
from posts import telling
from posts.models import ConnectionLink, SocialAccount
from posts.problems import Refused

TOKEN_BYTES = 32
LIFE = timedelta(days=7)

MADE = "connection_link_made"
REVOKED = "connection_link_revoked"


def open_links(chapter: Chapter) -> QuerySet[ConnectionLink]:
    """The links that still work, newest first."""
    return chapter.connection_links.filter(
        used_at=None, revoked_at=None, expires_at__gt=timezone.now()
    ).select_related("made_by", "account")


@transaction.atomic
def make(
    *, chapter: Chapter, by: Actor, platform: str = "", account: SocialAccount | None = None
) -> tuple[ConnectionLink, str]:
    """A new link and its address. The address is as secret as a password: never store or log it."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = ConnectionLink.objects.create(
        chapter=chapter,
        made_by=by.user,
        platform=account.platform if account is not None else platform,
        account=account,
        token_hash=digest_of(token),
        expires_at=timezone.now() + LIFE,
    )
    events.record(MADE, link, chapter=chapter, by=by, platform=link.platform)
    return link, settings.HUB_URL + reverse("connection_link", args=[token])


@transaction.atomic
def revoke(*, link: ConnectionLink, by: Actor) -> None:
    """Withdraw a link; whoever opens it learns that. Raises Refused where it was used."""
    now = timezone.now()
    if ConnectionLink.objects.filter(pk=link.pk, used_at=None, revoked_at=None).update(revoked_at=now):
        events.record(REVOKED, link, chapter=link.chapter, by=by)
        return
    link.refresh_from_db()
    if link.used_at is not None:
        raise Refused(_("This link has been used already: look for the account in the list."))


def digest_of(token: str) -> str:
    """What the table knows a token by."""
    return hashlib.sha256(token.encode()).hexdigest()


def find(digest: str) -> ConnectionLink | None:
    """The link whose token has this digest."""
    links = ConnectionLink.objects.select_related("chapter", "made_by", "account")
    return links.filter(token_hash=digest).first() if digest else None


def obstacle(link: ConnectionLink) -> str:
    """Why nothing can be connected by it now, as a sentence with the next step; nothing if it works."""
    named = {"chapter": link.chapter.name, "person": link.made_by.display_name}
    if link.used_at:
        return _("This link has been used: the account is connected to %(chapter)s.") % named
    if link.revoked_at or link.chapter.state == Chapter.State.LEFT:
        return _("This link was withdrawn. Ask %(chapter)s if the account is still wanted.") % named
    if link.expires_at <= timezone.now():
        return _("This link has run out. Ask %(person)s to send you a new one.") % named
    own = Membership.objects.select_related("chapter").filter(user=link.made_by, chapter=link.chapter)
    if not link.made_by.is_active or not can(own.first(), Action.MANAGE_ACCOUNTS):
        return _("Whoever sent this link may no longer do so. Ask %(chapter)s for a new one.") % named
    if link.account is not None and not link.account.is_connected:
        return _("%(chapter)s has disconnected this account meanwhile. Ask for a new link.") % named
    return ""


def require_open(link: ConnectionLink) -> None:
    """Raise Refused unless an account can be connected by the link as it is now."""
    current = find(link.token_hash)
    if current is None or (sentence := obstacle(current)):
        raise Refused(sentence if current else _("This link no longer works. Ask for a new one."))


def actor(link: ConnectionLink) -> Actor:
    """Who connects an account by the link, as the history names it."""
    return Actor(Event.ActorKind.LINK, label=f"connection link {link.uid.hex[:8]}")


def use(link: ConnectionLink) -> None:
    """Use the link up, in the transaction that connects the account. Raises Refused for the second one."""
    now = timezone.now()
    unused = ConnectionLink.objects.filter(pk=link.pk, used_at=None, revoked_at=None, expires_at__gt=now)
    if not unused.update(used_at=now):
        raise Refused(_("This link has been used or withdrawn in the meantime. Ask for a new one."))


def tell(link: ConnectionLink, account: SocialAccount) -> None:
    """Tell those who manage the accounts what came of the link."""
    telling.connected_by_link(link, account)
