"""The whole hub as `make run` starts it, for tests that need all of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support import environment, servers

ROOT = Path(__file__).resolve().parents[2]
READY = "Chapter Hub is ready: "


def clean_environment() -> dict[str, str]:
    """What a newcomer's shell would have: nothing of the suite's own settings."""
    ours = {*environment.NOT_INHERITED, *environment.SET_BY_US}
    return {name: value for name, value in os.environ.items() if name not in ours}


class Hub:
    """A running launcher. `log` has what it printed so far."""

    def __init__(self, data: Path, **env: str) -> None:
        self.data, self.log = data, data.with_name(f"{data.name}.out")
        self.port, self.sandbox_port = servers.free_port(), servers.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.sandbox_url = f"http://127.0.0.1:{self.sandbox_port}"
        self.env = clean_environment() | {
            "HUB_DATA": str(data),
            "PORT": str(self.port),
            "SANDBOX_PORT": str(self.sandbox_port),
            **env,
        }
        with self.log.open("ab") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hubsite.launcher"],
                env=self.env,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=servers.dies_with_us(signal.SIGTERM),
            )

    def said(self) -> str:
        return self.log.read_text()

    def wait_until_ready(self, seconds: float = 240) -> None:
        """Wait for the line that ends the start. AssertionError with everything it said."""
        end = time.monotonic() + seconds
        while f"{READY}{self.url}" not in self.said():
            assert self.process.poll() is None, f"the hub ended:\n{self.said()}"
            assert time.monotonic() < end, f"the hub is not ready after {seconds} s:\n{self.said()}"
            time.sleep(0.2)

    def processes(self) -> dict[int, list[str]]:
        """Every process of this hub but the launcher and its guardian, by its environment (Linux)."""
        marker = f"HUB_DATA={self.data}".encode()
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if marker not in (folder / "environ").read_bytes().split(b"\0"):
                    continue
                command = (folder / "cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue  # it has just ended, or is not ours to look at
            if "hubsite.launcher" not in command and command != [""]:
                found[int(folder.name)] = command
        return found

    def pid_of(self, word: str) -> int:
        """The process with `word` in its command line; the oldest, where there are several."""
        return min(pid for pid, command in self.processes().items() if word in command)

    def stop(self, number: int = signal.SIGTERM, seconds: float = 60) -> int:
        """End it. Returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(seconds)


@contextmanager
def running_hub(data: Path, **env: str) -> Iterator[Hub]:
    """A hub that is ready, and gone at the end of the block."""
    hub = Hub(data, **env)
    try:
        hub.wait_until_ready()
        yield hub
    finally:
        hub.stop()
