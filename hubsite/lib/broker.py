"""Waking workers. A wake-up may be lost, doubled or late: it never carries the work itself."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from celery import current_app
from django.conf import settings

log = logging.getLogger(__name__)

TIMEOUT = 1.0  # seconds that a page may wait for the broker
REST = 10.0  # seconds without another try after the broker failed

_resting_until = 0.0
_quiet = False


@contextmanager
def quiet() -> Iterator[None]:
    """Send no wake-ups: for loading a lot at once, where one look at the end does."""
    global _quiet
    _quiet = True
    try:
        yield
    finally:
        _quiet = False


def wake(task: str, *, queue: str = "default") -> bool:
    """Send a task without arguments, quickly or not at all. Returns whether the broker took it."""
    global _resting_until
    if _quiet or time.monotonic() < _resting_until:
        return False
    try:
        with current_app.connection_for_write() as connection:
            if settings.REDIS_URL:
                connection.transport_options = {
                    **connection.transport_options,
                    "socket_timeout": TIMEOUT,
                    "socket_connect_timeout": TIMEOUT,
                    "retry_on_timeout": False,
                    "max_retries": 0,
                }
            current_app.send_task(task, queue=queue, connection=connection, retry=False, expires=60)
    except (
        Exception
    ) as error:  # a broker in any kind of trouble must not turn a saved post into an error page
        _resting_until = time.monotonic() + REST
        log.warning("broker did not take a wake-up", extra={"task": task, "error": type(error).__name__})
        return False
    return True
