"""Mailing invitations, from a worker. What waits is read from the history of each invitation: its newest line
says whether a link is wanted or was made."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import CharField, OuterRef, Subquery
from django.db.models.functions import Cast
from django.template.loader import render_to_string
from django.utils import timezone, translation

from chapters import events, invitations, mail
from chapters.events import SYSTEM
from chapters.models import Event, Invitation
from chapters.problems import Refused

FAILED = "invitation_mail_failed"
WANTED = (invitations.INVITED, invitations.SENT_AGAIN)
BATCH = 50


def mail_waiting() -> int:
    """Mail the invitations that wait. Returns how many were sent."""
    newest = (
        Event.objects.filter(
            subject_type="invitation", subject_uid=Cast(OuterRef("pk"), output_field=CharField())
        )
        .order_by("-id")
        .values("verb")[:1]
    )
    unsent = (
        Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())
        .annotate(newest=Subquery(newest))
        .filter(newest__in=[*WANTED, FAILED])
        .select_related("chapter", "invited_by")
        .order_by("-id")[:BATCH]
    )
    waiting = [invitation for invitation in unsent if _is_time(invitation)]
    return mail.send_each(waiting, compose=_claim, failed=_give_back) if waiting else 0


def message(invitation: Invitation, link: str) -> EmailMultiAlternatives:
    """The mail of an invitation. `link` is as secret as a password."""
    context = {
        "invitation": invitation,
        "url": link,
        "hub_name": settings.HUB_NAME,
        "hours": settings.INVITATION_HOURS,
    }
    with translation.override(invitation.chapter.language):
        letter = EmailMultiAlternatives(
            subject=mail.one_line(render_to_string("emails/invitation_subject.txt", context)),
            body=render_to_string("emails/invitation.txt", context),
            to=[invitation.email],
        )
        letter.attach_alternative(render_to_string("emails/invitation.html", context), "text/html")
    return letter


def _claim(invitation: Invitation) -> EmailMultiAlternatives | None:
    """The mail with a fresh link, made under the invitation's lock: a second worker finds it made."""
    try:
        with transaction.atomic():
            current = invitations.hold(invitation)
            if not _is_wanted(current):
                return None
            link = invitations.issue_link(invitation=current, by=SYSTEM)
    except Refused:  # answered or withdrawn in the meantime
        return None
    return message(current, link)


def _give_back(invitation: Invitation) -> None:
    events.record(FAILED, invitation, chapter=invitation.chapter, by=SYSTEM)


def _is_wanted(invitation: Invitation) -> bool:
    newest = events.history(invitation).order_by("-id").first()
    return newest is not None and newest.verb in {*WANTED, FAILED}


def _is_time(invitation: Invitation) -> bool:
    lines = events.history(invitation)
    wanted = lines.filter(verb__in=WANTED).order_by("-id").first()
    if wanted is None:
        return False
    return mail.is_time(lines.filter(verb=FAILED, id__gt=wanted.pk).count(), wanted.at)
