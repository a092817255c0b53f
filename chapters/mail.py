"""The way to the mail server, for what workers send."""

from __future__ import annotations

import logging
import smtplib
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

log = logging.getLogger(__name__)

Item = TypeVar("Item")

REST = 60.0  # seconds without another try after the mail server did not answer

# How long after its cause a mail is tried for the first, second, ... time; after the last it is given up.
WAITS = (
    timedelta(0),
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
)

_resting_until = 0.0


def is_time(tries: int, since: datetime) -> bool:
    """Whether a mail that was tried `tries` times and is wanted since `since` is to be tried again."""
    return tries < len(WAITS) and timezone.now() >= since + WAITS[tries]


def send_each(
    items: Iterable[Item],
    *,
    compose: Callable[[Item], EmailMultiAlternatives | None],
    failed: Callable[[Item], None],
) -> int:
    """Mail what `compose` makes of each item, over one connection. Returns how many were sent.

    `compose` claims the item and gives None where somebody else has it; `failed` gives it back. One mail that
    is refused never stops the rest; a server that went away does, for everybody, for a minute.
    """
    connection = _server()
    if connection is None:
        return 0
    sent = 0
    try:
        for item in items:
            try:
                message = compose(item)
                if message is None:
                    continue
                message.connection = connection
                message.send()
                sent += 1
            except Exception as error:  # whatever becomes of one mail, the others are still owed
                log.exception("mail failed", extra={"item": f"{type(item).__name__}:{item.pk}"})
                failed(item)
                if _is_gone(error):
                    _rest(error)
                    break
    finally:
        connection.close()
    return sent


def unsubscribing(path: str) -> dict[str, str]:
    """The headers with which a mail program ends such mail in one press (RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{settings.HUB_URL}{path}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def one_line(words: str) -> str:
    """A subject: without line ends."""
    return " ".join(words.split())


def _server() -> BaseEmailBackend | None:
    """An open connection to the mail server; None while the server is in trouble.

    Without the rest, every wake-up would hold one of the worker's threads until the time-out, and publishing
    shares those threads.
    """
    if time.monotonic() < _resting_until:
        return None
    connection = get_connection()
    try:
        connection.open()
    except OSError as error:
        _rest(error)
        return None
    return connection


def _rest(error: Exception) -> None:
    global _resting_until
    _resting_until = time.monotonic() + REST
    log.warning("mail server does not answer", extra={"error": type(error).__name__})


def _is_gone(error: Exception) -> bool:
    """Whether the server went away, as opposed to refusing this one mail."""
    if isinstance(error, smtplib.SMTPException):  # which are OSErrors too
        return isinstance(error, smtplib.SMTPServerDisconnected | smtplib.SMTPConnectError)
    return isinstance(error, OSError)
