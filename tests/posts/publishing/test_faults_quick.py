"""The short selection of `make faults`, with processes and servers of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.hub import ROOT, clean_environment


@pytest.mark.processes
@pytest.mark.redis
@pytest.mark.parametrize("engine", ["postgresql"] if os.environ.get("CI") else ["postgresql", "sqlite"])
def test_nothing_is_lost_doubled_or_stuck(engine):
    ended = subprocess.run(
        [sys.executable, "-m", "tests.faults", "--quick", "--verbose", "--engine", engine],
        cwd=ROOT, env=clean_environment(), capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "0 lost, 0 duplicated, 0 stuck" in ended.stdout
