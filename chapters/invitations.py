"""Invitations: an offer to one address to join a chapter in one role, by a link that works once.

The link's token is 256 random bits and exists in the link alone; the table keeps its SHA-256. So the token is
made at the very moment a link leaves the hub, by `issue_link`: in the worker that mails it (chapters/
invitation_mail.py) or in `manage.py setup_hub`, which prints it. Until then, and as soon as "send again" is
pressed, the row holds the hash of a token nobody has. Nothing secret travels through the broker, and no
key read from the settings can make a token.

Locks: the chapter's row first, then the invitation's.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from chapters import events, membership, notices
from chapters.events import Actor
from chapters.models import Chapter, Invitation, Membership, User
from chapters.permissions import Action, Role, can
from chapters.problems import Refused
from hubsite.lib import broker

TOKEN_BYTES = 32

INVITED = "invited"
SENT_AGAIN = "invitation_sent_again"
LINK_MADE = "invitation_link_made"
REVOKED = "invitation_revoked"
JOINED = "joined"


class NotForYou(Refused):
    """The invitation is for somebody else than the person who opened it."""


def open_invitations(chapter: Chapter) -> QuerySet[Invitation]:
    """Those that wait for an answer, also where their time has run out."""
    return Invitation.objects.filter(chapter=chapter, accepted_at=None, revoked_at=None)


# ---- what those who invite do


@transaction.atomic
def invite(*, chapter: Chapter, email: str, role: str, by: Actor) -> Invitation:
    """Invite `email` into `chapter` as `role`; a worker mails the link. Raises Refused.

    A lead of the chapter invites anybody. The central team's leads, and the hub itself, invite a lead where
    no active one is, and every member of the chapter is told.
    """
    chapter = membership.lock(chapter)
    email = User.objects.normalize_email(email)
    rescue = _require_right(chapter, role, by)
    if chapter.state == Chapter.State.LEFT:
        raise Refused(_("%(chapter)s has left the federation.") % {"chapter": chapter.name})
    member = _member_with(chapter, email)
    if member is not None:
        raise Refused(
            _("%(person)s is already a member of %(chapter)s. Change the role on the People page.")
            % {"person": member.user.display_name, "chapter": chapter.name}
        )
    earlier = open_invitations(chapter).filter(email=email).first()
    if earlier is not None and earlier.expires_at > timezone.now():
        raise Refused(
            _("%(email)s has an open invitation. Send it again, or withdraw it first.") % {"email": email}
        )
    if earlier is not None:
        revoke(invitation=earlier, by=by)
    invitation = Invitation.objects.create(
        chapter=chapter,
        email=email,
        role=role,
        token_hash=_nobodys_hash(),
        invited_by=by.user,
        expires_at=_expiry(),
    )
    events.record(INVITED, invitation, chapter=chapter, by=by, role=str(role))
    if rescue:
        _tell_members_of_invited_lead(chapter, invitation)
    _wake_mail()
    return invitation


@transaction.atomic
def resend(*, invitation: Invitation, by: Actor) -> Invitation:
    """Mail a new link that works for the full time again; the old one is dead at once. Raises Refused."""
    invitation = hold(invitation)
    if by.is_person and _may_invite(invitation.chapter, invitation.role, by.user):
        invitation.invited_by = by.user
    _require_inviter(invitation)
    invitation.token_hash = _nobodys_hash()
    invitation.expires_at = _expiry()
    invitation.save(update_fields=["token_hash", "expires_at", "invited_by"])
    events.record(SENT_AGAIN, invitation, chapter=invitation.chapter, by=by, role=invitation.role)
    _wake_mail()
    return invitation


@transaction.atomic
def revoke(*, invitation: Invitation, by: Actor) -> Invitation:
    """Withdraw an open invitation; its link is dead. Raises Refused."""
    invitation = hold(invitation)
    invitation.revoked_at = timezone.now()
    invitation.token_hash = _nobodys_hash()
    invitation.save(update_fields=["revoked_at", "token_hash"])
    events.record(REVOKED, invitation, chapter=invitation.chapter, by=by, role=invitation.role)
    return invitation


@transaction.atomic
def issue_link(*, invitation: Invitation, by: Actor) -> str:
    """The invitation's address with a new token; every earlier one is dead. Never store or log it."""
    invitation = hold(invitation)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation.token_hash = digest_of(token)
    invitation.save(update_fields=["token_hash"])
    events.record(LINK_MADE, invitation, chapter=invitation.chapter, by=by)
    return settings.HUB_URL + reverse("invitation", args=[token])


# ---- what the invited do


def digest_of(token: str) -> str:
    """What the table knows a token by."""
    return hashlib.sha256(token.encode()).hexdigest()


def find(digest: str) -> Invitation | None:
    """The invitation whose link has the token of `digest`."""
    invitation = (
        Invitation.objects.select_related("chapter", "invited_by", "accepted_by")
        .filter(token_hash=digest)
        .first()
    )
    if invitation is None or not secrets.compare_digest(invitation.token_hash, digest):
        return None
    return invitation


def obstacle(invitation: Invitation) -> str:
    """Why nobody can accept it now, as a sentence with the next step; nothing if somebody can."""
    chapter = invitation.chapter
    if invitation.accepted_at:
        return _("This invitation has been used. If it was you, sign in.")
    if invitation.revoked_at or chapter.state == Chapter.State.LEFT:
        return _("This invitation was withdrawn. Ask a lead of %(chapter)s if you still want to join.") % {
            "chapter": chapter.name
        }
    if invitation.expires_at <= timezone.now():
        return _("This invitation has run out. Ask whoever invited you to send it again.")
    if not _inviter_stands(invitation):
        return _(
            "Whoever sent this invitation may no longer invite people into %(chapter)s. Ask a lead of the "
            "chapter for a new one."
        ) % {"chapter": chapter.name}
    return ""


def is_for(invitation: Invitation, user: User) -> bool:
    """Whether the invited address belongs to `user`."""
    return (
        user.email == invitation.email
        or EmailAddress.objects.filter(user=user, email=invitation.email, verified=True).exists()
    )


def has_account(invitation: Invitation) -> bool:
    """Whether somebody with the invited address has an account already."""
    return (
        User.objects.filter(email=invitation.email).exists()
        or EmailAddress.objects.filter(email=invitation.email, verified=True).exists()
    )


@transaction.atomic
def accept(*, digest: str, user: User) -> Membership:
    """`user` takes the offer of the link whose token has this digest. Raises Refused or NotForYou.

    The token is used up, the membership made and the address marked as verified (its owner opened a link
    that was sent there), all at once. A second press of the same button finds the membership made.
    """
    invitation = _locked(digest)
    if not is_for(invitation, user):
        raise NotForYou(
            _("This invitation is for %(email)s, and you are signed in as %(own)s.")
            % {"email": invitation.email, "own": user.email}
        )
    done = Membership.objects.select_related("chapter").filter(user=user, chapter=invitation.chapter).first()
    if invitation.accepted_by_id == user.pk and done is not None:
        return done
    if sentence := obstacle(invitation):
        raise Refused(sentence)
    invitation.accepted_at = timezone.now()
    invitation.accepted_by = user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    _mark_verified(user, invitation.email)
    joined = _join(done, invitation, user)
    events.record(
        JOINED, user, chapter=invitation.chapter, by=Actor.person(user),
        role=joined.role, invitation=invitation.pk,
    )  # fmt: skip
    _tell_of_arrival(invitation, user)
    return joined


# ---- the rules


def _require_right(chapter: Chapter, role: str, by: Actor) -> bool:
    """Raise Refused unless the actor may invite. Returns whether it is a lead for a chapter without one."""
    if by.is_person and membership.may_give(by, chapter, role):
        return False
    if role == Role.LEAD and (not by.is_person or _may_found(by.user)):
        if membership.active_leads(chapter).exists():
            raise Refused(
                _("%(chapter)s has a lead, who invites people into it.") % {"chapter": chapter.name}
            )
        return True
    raise Refused(_("You can’t invite people into %(chapter)s.") % {"chapter": chapter.name})


def _may_invite(chapter: Chapter, role: str, user: User) -> bool:
    if membership.may_give(Actor.person(user), chapter, role):
        return True
    return role == Role.LEAD and _may_found(user) and not membership.active_leads(chapter).exists()


def _may_found(user: User) -> bool:
    own = Membership.objects.select_related("chapter").filter(user=user, chapter__kind=Chapter.Kind.CENTRAL)
    return can(own.first(), Action.FOUND)


def _inviter_stands(invitation: Invitation) -> bool:
    """Whether the one who invited still could: an offer ends with the right to make it."""
    if invitation.invited_by is None:
        return not membership.active_leads(invitation.chapter).exists()
    return invitation.invited_by.is_active and _may_invite(
        invitation.chapter, invitation.role, invitation.invited_by
    )


def _require_inviter(invitation: Invitation) -> None:
    if not _inviter_stands(invitation):
        raise Refused(
            _("Whoever made this invitation may no longer do so. A lead of %(chapter)s can make a new one.")
            % {"chapter": invitation.chapter.name}
        )


def hold(invitation: Invitation) -> Invitation:
    """The invitation as it is now, locked until the transaction ends. Raises Refused where it was answered or
    withdrawn."""
    membership.lock(invitation.chapter)
    current = (
        Invitation.objects.select_for_update(of=["self"])
        .select_related("chapter", "invited_by")
        .get(pk=invitation.pk)
    )
    if current.accepted_at:
        raise Refused(_("This invitation was accepted in the meantime."))
    if current.revoked_at:
        raise Refused(_("This invitation was withdrawn in the meantime."))
    return current


def _locked(digest: str) -> Invitation:
    found = find(digest)
    if found is None:
        raise Refused(
            _(
                "This link no longer works. There may be a newer one in your mail. If not, ask to be "
                "invited again."
            )
        )
    membership.lock(found.chapter)
    current = find(digest)
    if current is None:
        raise Refused(_("This link no longer works. There is a newer one in your mail."))
    return current


def _member_with(chapter: Chapter, email: str) -> Membership | None:
    own_addresses = EmailAddress.objects.filter(email=email, verified=True).values("user")
    members = Membership.objects.select_related("user").filter(chapter=chapter)
    return members.filter(user__email=email).first() or members.filter(user__in=own_addresses).first()


def _join(existing: Membership | None, invitation: Invitation, user: User) -> Membership:
    """Make the membership; somebody who came in by another way keeps the higher role."""
    if existing is None:
        return Membership.objects.create(user=user, chapter=invitation.chapter, role=invitation.role)
    if membership.RANK[Role(invitation.role)] > membership.RANK[Role(existing.role)]:
        existing.role = invitation.role
        existing.save(update_fields=["role"])
    return existing


def _mark_verified(user: User, email: str) -> None:
    if EmailAddress.objects.filter(email=email, verified=True).exists():
        return
    is_first = not EmailAddress.objects.filter(user=user, primary=True).exists()
    address, made = EmailAddress.objects.get_or_create(
        user=user, email=email, defaults={"verified": True, "primary": is_first}
    )
    if not made:
        address.verified = True
        address.save(update_fields=["verified"])


def _expiry() -> datetime:
    return timezone.now() + timedelta(hours=settings.INVITATION_HOURS)


def _nobodys_hash() -> str:
    """The hash of a token that is thrown away, so that no link fits."""
    return digest_of(secrets.token_urlsafe(TOKEN_BYTES))


# ---- telling people


def _wake_mail() -> None:
    transaction.on_commit(lambda: broker.wake("chapters.mail_notices"))


def _tell_members_of_invited_lead(chapter: Chapter, invitation: Invitation) -> None:
    notices.notify(
        notices.members_who_can(chapter, Action.SEE),
        chapter=chapter,
        cause=f"invitation:{invitation.pk}:lead",
        kind="lead_invited",
        title=_("Somebody was invited to lead %(chapter)s") % {"chapter": chapter.name},
        body=_(
            "%(chapter)s has no active lead, so the central team invited one. When they join, the People "
            "page shows who it is."
        )
        % {"chapter": chapter.name},
        path=reverse("member_list", args=[chapter.slug]),
    )


def _tell_of_arrival(invitation: Invitation, user: User) -> None:
    chapter = invitation.chapter
    inviter = invitation.invited_by
    told = notices.members_who_can(chapter, Action.MANAGE_PEOPLE, excluding=[user.pk])
    is_rescue = inviter is None or not chapter.memberships.filter(user=inviter).exists()
    if is_rescue:
        told = notices.members_who_can(chapter, Action.SEE, excluding=[user.pk])
    notices.notify(
        told,
        chapter=chapter,
        cause=f"invitation:{invitation.pk}:accepted",
        kind="joined",
        title=_("%(person)s joined %(chapter)s as %(role)s")
        % {
            "person": user.display_name,
            "chapter": chapter.name,
            "role": Role(invitation.role).label,
        },
        body="",
        path=reverse("member_list", args=[chapter.slug]),
    )


def welcome(membership: Membership) -> str:
    """What somebody who has just joined reads first: where they are, and a first step for their role."""
    if can(membership, Action.MANAGE_PEOPLE):
        step = _("A good first step: look at the settings and the accounts, then invite the others.")
    elif can(membership, Action.REVIEW):
        step = _("A good first step: look at what waits for your review, or at the plan.")
    elif can(membership, Action.WRITE):
        step = _("A good first step: open a playbook and try one of its templates, or write a post.")
    else:
        step = _("A good first step: look at the plan, to see what goes out next.")
    said = _("Welcome. You are now in %(chapter)s.") % {"chapter": membership.chapter.name}
    return f"{said} {step}"
