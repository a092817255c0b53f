"""The hub's own processes, run by tests against the test database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from tests.support import environment, servers


def database_url() -> str:
    """The address of the database this test uses."""
    of = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{of['NAME']}"
    return f"postgres://{of['USER']}:{of['PASSWORD']}@{of['HOST']}:{of['PORT']}/{of['NAME']}"


def hub_environment(data: Path, **more: str) -> dict[str, str]:
    """What a process of the hub needs to see: this test's database, practice network and media."""
    return os.environ | {
        "DATABASE_URL": database_url(),
        "HUB_DATA": str(data),
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "SANDBOX_URL": settings.SANDBOX_URL,
        "LOG_FORMAT": "plain",
        **more,
    }


@contextmanager
def process(command: list[str], env: dict[str, str], log: Path) -> Iterator[subprocess.Popen]:
    """Run `command` until the block ends; whatever is left then is killed."""
    with log.open("w") as output:
        running = subprocess.Popen(
            [sys.executable, *command],
            env=env,
            stdout=output,
            stderr=output,
            preexec_fn=servers.dies_with_us(signal.SIGKILL),
        )
    try:
        yield running
    finally:
        if running.poll() is None:
            running.terminate()
            try:
                running.wait(10)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait(10)


def eventually(holds: Callable[[], Any], *, seconds: float, every: float = 0.05) -> float:
    """Wait until `holds()`; the seconds it took. Fails when time is up."""
    begun = time.monotonic()
    while not holds():
        if time.monotonic() - begun > seconds:
            raise AssertionError(f"not true within {seconds} s")
        time.sleep(every)
    return time.monotonic() - begun


def data_folder(name: str) -> Path:
    """A fresh data folder for one process tree."""
    folder = environment.folder() / f"{name}-{time.monotonic_ns()}"
    folder.mkdir()
    return folder
