"""Software from npm that single tests run against. `tools/platform_servers.sh` installs it below .cache/."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

SUPPORT = Path(__file__).parent
CACHE = SUPPORT.parents[1] / ".cache"


def installed(name: str) -> Path:
    """The folder where `name` is installed. Skips the test where it is not."""
    if not shutil.which("node"):
        pytest.skip("Node.js is not installed")
    lock, done = SUPPORT / name.replace("-", "_") / "package-lock.json", CACHE / name / "installed"
    if not done.is_file() or done.read_bytes() != lock.read_bytes():
        pytest.skip(f"{name} is not installed; `tools/platform_servers.sh {name}` does it")
    return CACHE / name
