"""Celery: what carries wake-ups, mail and housekeeping. The database says what there is to do."""

from __future__ import annotations

import os
from contextlib import suppress

from celery import Celery
from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hubsite.settings")

app = Celery("hub")
TRANSPORT_ALIASES["files"] = "hubsite.lib.files_broker:Transport"


def _transport() -> dict[str, object]:
    if settings.REDIS_URL:
        return {"broker_url": settings.REDIS_URL, "broker_transport_options": {"visibility_timeout": 900}}
    with suppress(OSError):  # reading settings must work anywhere; a worker says it if it can't write
        for folder in ("messages", "done", "control"):
            (settings.BROKER_DIR / folder).mkdir(parents=True, exist_ok=True)
    return {
        "broker_url": "files://localhost",
        "broker_transport_options": {
            "data_folder_in": str(settings.BROKER_DIR / "messages"),
            "data_folder_out": str(settings.BROKER_DIR / "messages"),
            "processed_folder": str(settings.BROKER_DIR / "done"),
            "control_folder": str(settings.BROKER_DIR / "control"),
            "polling_interval": 0.1,
        },
    }


BEAT_SCHEDULE = {
    "drain": {"task": "posts.drain", "schedule": 10.0, "options": {"queue": "publish", "expires": 10}},
    "beat-seen": {"task": "posts.beat_seen", "schedule": 5.0, "options": {"expires": 10}},
    "sweep": {"task": "posts.sweep", "schedule": 15.0, "options": {"queue": "publish", "expires": 15}},
    # hourly would do for renewing; the last notice before an end is an hour before it
    "keep-alive": {"task": "posts.keep_alive", "schedule": 900.0, "options": {"expires": 900}},
    "shelf-news": {"task": "posts.shelf_news", "schedule": 1800.0, "options": {"expires": 1800}},
    "advisories": {"task": "chapters.advisories", "schedule": 60.0, "options": {"expires": 60}},
    "publish-playbooks": {"task": "playbooks.publish_due", "schedule": 60.0, "options": {"expires": 60}},
    "mail-notices": {"task": "chapters.mail_notices", "schedule": 30.0, "options": {"expires": 30}},
}

app.conf.update(
    **_transport(),
    beat_schedule=BEAT_SCHEDULE,
    beat_scheduler="celery.beat:Scheduler",
    task_default_queue="default",
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    timezone="UTC",
    worker_pool="threads",
    worker_concurrency=settings.HUB_DRAINS + 4,
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
)
app.autodiscover_tasks(["chapters", "playbooks", "posts"])
