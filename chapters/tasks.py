"""Celery tasks, each an envelope around one verb."""

from celery import shared_task

from chapters import notices


@shared_task(name="chapters.mail_notices")
def mail_notices() -> None:
    """Mail what waits."""
    while notices.mail_waiting():
        pass
