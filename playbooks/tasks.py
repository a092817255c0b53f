"""Celery tasks, each an envelope around one verb."""

from celery import shared_task

from playbooks import planned


@shared_task(name="playbooks.publish_due")
def publish_due() -> None:
    """Publish the playbooks whose time has come."""
    planned.publish_due()
