"""The folder in which a hub on one's own machine keeps everything: `.data/`, or what HUB_DATA names."""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

LOCK = "hub.lock"
ENV = "hub.env"
NEXT_POST = "demo-next-post.txt"
PORT_PATIENCE = 3.0  # seconds for a hub that is just ending to let go of its port
PORTS_TRIED = 200
WAIT_FOR_THE_DYING = 25.0  # seconds: a hub that was killed outright leaves a guardian that tidies up

_locks: list[IO[str]] = []  # open as long as this process lives


class CannotStart(Exception):
    """Why the hub does not run, in one sentence for the person at the terminal."""


def lock(folder: Path) -> None:
    """Make sure that no second hub uses this folder. Raises CannotStart."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)  # sign-ins and everything people wrote, on a machine that others may use too
        handle = open(folder / LOCK, "a+")  # noqa: SIM115 - held until the process ends
    except OSError as error:
        raise CannotStart(f"{folder} can't be used ({error.strerror}); name another with HUB_DATA.") from None
    end = time.monotonic() + WAIT_FOR_THE_DYING
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            handle.seek(0)
            holder = handle.read().strip()
            if _alive(holder) or time.monotonic() > end:
                raise CannotStart(
                    f"a hub already runs with the data in {folder} (process {holder}); end it first, "
                    "or give this one other data with HUB_DATA."
                ) from None
            time.sleep(0.1)
    handle.truncate(0)
    handle.write(f"{os.getpid()}\n")
    handle.flush()
    _locks.append(handle)


def _alive(pid: str) -> bool:
    if not pid.isdigit():
        return True  # it has the lock and is about to write its number
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def is_ours(folder: Path) -> bool:
    """Whether a hub has kept its data here."""
    return (folder / LOCK).is_file()


def keep_env(folder: Path, **addresses: str) -> dict[str, str]:
    """Secrets made once, and this run's addresses, in hub.env, so that `manage.py` sees the same hub."""
    path = folder / ENV
    kept = _read(path)
    made = {
        "SECRET_KEY": lambda: secrets.token_urlsafe(60),
        "HUB_ENCRYPTION_KEYS": lambda: "k1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "SANDBOX_ADMIN_KEY": lambda: secrets.token_urlsafe(32),
    }
    values = {**kept, **{name: make() for name, make in made.items() if name not in kept}, **addresses}
    if values != kept:
        _write(path, values)
    return values


def _read(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    lines = (line.strip() for line in path.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def _write(path: Path, values: Mapping[str, str]) -> None:
    """Never half a file, and never readable by others: it holds the keys."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write("# Made by `make run`. Losing HUB_ENCRYPTION_KEYS loses every connected account.\n")
        stream.writelines(f"{name}={value}\n" for name, value in values.items())
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)


def fresh_log(folder: Path, name: str) -> Path:
    """An empty log for a process; the last run's is kept beside it."""
    logs = folder / "log"
    logs.mkdir(exist_ok=True)
    path = logs / f"{name.replace(' ', '-')}.log"
    if path.exists():
        path.replace(path.with_suffix(".log.1"))
    path.touch()
    return path


def next_post(folder: Path, network: str) -> str:
    """When and where a newcomer can watch the demo's next post arrive, or nothing: of demo-next-post.txt."""
    try:
        at = datetime.fromisoformat((folder / NEXT_POST).read_text().strip())
    except (OSError, ValueError):
        return ""
    seconds = round((at - datetime.now(UTC)).total_seconds())
    if seconds <= 0:
        return ""
    clock = f"{at.astimezone():%H:%M:%S}"
    return f"A post goes out at {clock}, in {seconds} seconds. Open {network} now and watch it arrive."


def check_port(port: int, variable: str) -> None:
    """Raise CannotStart, naming a free port, where something listens on this one; a hub that is just ending
    gets a moment."""
    end = time.monotonic() + PORT_PATIENCE
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return
            except PermissionError:
                raise CannotStart(
                    f"port {port} needs more rights than you have; choose one above 1023 with {variable}."
                ) from None
            except OSError:
                if time.monotonic() > end:
                    raise CannotStart(
                        f"port {port} is taken by another program; end that one, or choose another port, "
                        f"for example: {variable}={_free_port(port)} make run"
                    ) from None
        time.sleep(0.1)


def _free_port(taken: int) -> int:
    """The next port after `taken` on which nothing listens; 0, which is any, where there is none near."""
    for port in range(taken + 1, min(taken + PORTS_TRIED, 65536)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    return 0
