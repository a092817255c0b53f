"""A real Celery worker that dies at a named point: `python -m tests.support.crashing_worker POINT`.

The point is patched into the running code; everything else is the hub's own. "never" gives a plain worker.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(module: Any, name: str) -> None:
    """Die instead of calling."""
    setattr(module, name, lambda *args, **kwargs: die())


def after(module: Any, name: str, *, when: Callable[[Any], bool]) -> None:
    """Die once the call gave back what `when` waits for."""
    original = getattr(module, name)

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        if when(result):
            die()
        return result

    setattr(module, name, wrapper)


def plant(point: str) -> None:
    from posts.publishing import finish, ledger, send

    if point == "before_ledger_commit":
        before(ledger, "Call")  # the attempt row is written, its transaction still open
    elif point == "after_ledger_commit":
        before(send, "perform")
    elif point == "after_platform_commit":
        after(send, "perform", when=lambda result: result.published is not None)
    elif point == "before_finish":
        before(finish, "finish")
    elif point != "never":
        raise SystemExit(f"no such point: {point}")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hubsite.settings")
    import django

    django.setup()
    plant(sys.argv[1])
    from hubsite.celery import app

    app.worker_main(["worker", "--pool", "threads", "--loglevel", "WARNING", "-Q", "publish,default"])


if __name__ == "__main__":
    main()
