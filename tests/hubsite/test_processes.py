"""Children of the launcher: ended politely, then for sure, and also when the launcher was killed outright."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from hubsite.processes import Family
from tests.support.servers import alive

ROOT = Path(__file__).resolve().parents[2]
SLEEPER = "import time; print('here', flush=True); time.sleep(600)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"
PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {DEAF!r}]); {SLEEPER}"


def wait_until(true, seconds=15.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def gone(pid: int) -> bool:
    """Whether a process has ended, be it that nobody has collected it yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def members(group: int) -> list[int]:
    found = subprocess.run(["ps", "-eo", "pid,pgid,stat"], capture_output=True, text=True).stdout
    rows = [line.split() for line in found.splitlines()[1:]]
    return [int(pid) for pid, pgid, state in rows if int(pgid) == group and not state.startswith("Z")]


@pytest.fixture
def family(tmp_path):
    family = Family()
    yield family
    family.close()


def start(family, tmp_path, code, **options):
    log = tmp_path / "log"
    log.touch()
    child = family.start(
        "sleeper", [sys.executable, "-c", code], env=os.environ, cwd=tmp_path, log=log, **options
    )
    wait_until(lambda: "here" in log.read_text())
    return child


def test_child_that_listens_ends_at_once(family, tmp_path):
    child = start(family, tmp_path, SLEEPER, grace=30)
    began = time.monotonic()
    family.stop()
    assert child.end() == "killed by SIGTERM"
    assert time.monotonic() - began < 5
    assert family.children == []


def test_child_that_does_not_listen_is_killed_after_its_grace(family, tmp_path):
    child = start(family, tmp_path, DEAF, grace=0.5)
    family.stop()
    assert child.end() == "killed by SIGKILL"


def test_second_signal_makes_it_hurry(family, tmp_path):
    start(family, tmp_path, DEAF, grace=60)
    began = time.monotonic()
    family.stop(hurry=lambda: True)
    assert time.monotonic() - began < 5


def test_what_a_child_started_ends_with_it(family, tmp_path):
    child = start(family, tmp_path, PARENT, grace=5)
    wait_until(lambda: len(members(child.process.pid)) == 2)
    family.stop()
    assert members(child.process.pid) == []


def test_child_that_ends_by_itself_is_noticed_with_its_last_words(family, tmp_path):
    child = start(family, tmp_path, "print('here'); raise SystemExit('no room left')")
    wait_until(lambda: child.ended)
    assert family.dead() is child
    assert (child.end(), child.reason()) == ("exit code 1", "no room left")


def test_failed_system_check_is_the_reason_rather_than_its_summary(family, tmp_path):
    said = "here\\nERRORS:\\n?: (hub.E001) SECRET_KEY is not set.\\nSystem check identified 1 issue."
    child = start(family, tmp_path, f"raise SystemExit('{said}')")
    wait_until(lambda: child.ended)
    assert child.reason() == "(hub.E001) SECRET_KEY is not set."


def test_children_end_when_their_parent_is_killed_outright(tmp_path):
    code = f"""
        import os, sys, time
        from pathlib import Path
        from hubsite.processes import Family
        family = Family()
        for code in ({SLEEPER!r}, {PARENT!r}):
            child = family.start("x", [sys.executable, "-c", code], env=os.environ, cwd=Path("."), grace=5)
            print(child.process.pid, flush=True)
        time.sleep(600)
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    numbers = (int(line) for line in parent.stdout if line.strip().isdigit())  # children may speak between
    groups = [next(numbers), next(numbers)]
    wait_until(lambda: [len(members(group)) for group in groups] == [1, 2])
    os.killpg(parent.pid, signal.SIGKILL)
    parent.wait()
    wait_until(lambda: not any(members(group) for group in groups), seconds=20)
    assert not alive(parent.pid)
