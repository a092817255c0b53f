"""Celery tasks, each an envelope around one verb."""

from celery import shared_task

from chapters import advisories as advising
from chapters import digests, invitation_mail, notices


@shared_task(name="chapters.mail_notices")
def mail_notices() -> None:
    """Mail what waits: notices, weekly mails and invitations."""
    while notices.mail_waiting():
        pass
    digests.make_due()
    while digests.mail_waiting():
        pass
    while invitation_mail.mail_waiting():
        pass


@shared_task(name="chapters.advisories")
def advisories() -> None:
    """Pause chapters that chose to follow an advisory, and see to those that are over."""
    advising.sweep()
