"""Another time for a while, so that the demo's past is made by the same verbs as everybody's present."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from unittest import mock


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let `django.utils.timezone.now()` answer `moment`. For a process that does nothing else."""
    with mock.patch("django.utils.timezone.now", return_value=moment):
        yield
