"""`make run`: what it promises about starting, telling and ending."""

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from hubsite import launcher
from hubsite.own_data import CannotStart
from tests.support import servers
from tests.support.hub import Hub, clean_environment, running_hub

ROOT = Path(__file__).resolve().parents[2]


def plan(**environ):
    return launcher.Plan.read(environ, dev=False)


# ---- what to start


def test_ports_and_data_folder_have_defaults_and_can_be_chosen(tmp_path):
    assert (plan().url, plan().sandbox_url, plan().data) == (
        "http://127.0.0.1:8000",
        "http://127.0.0.1:8100",
        ROOT / ".data",
    )
    chosen = plan(PORT="9000", SANDBOX_PORT="9100", HUB_DATA=str(tmp_path))
    assert (chosen.url, chosen.sandbox_url, chosen.data) == (
        "http://127.0.0.1:9000",
        "http://127.0.0.1:9100",
        tmp_path,
    )


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "８０８０"])
def test_port_that_is_none_is_told(port):
    with pytest.raises(CannotStart, match=f"PORT is {port}, which is not a port"):
        plan(PORT=port)


def test_same_port_twice_is_told():
    with pytest.raises(CannotStart, match="both 9000"):
        plan(PORT="9000", SANDBOX_PORT="9000")


def test_real_servers_are_used_where_the_environment_names_them(tmp_path):
    given = {"DATABASE_URL": "postgresql://127.0.0.1/hub", "REDIS_URL": "redis://127.0.0.1/0"}
    env = plan(HUB_DATA=str(tmp_path), **given).env()
    assert given.items() <= env.items()
    assert (env["HUB_DEBUG"], env["HUB_ALLOW_LOOPBACK"]) == ("0", "1")


def test_every_platform_is_for_practice_unless_somebody_says_otherwise(tmp_path):
    assert plan(HUB_DATA=str(tmp_path)).env()["HUB_PRACTICE"] == "1"
    assert plan(HUB_DATA=str(tmp_path), HUB_PRACTICE="0").env()["HUB_PRACTICE"] == "0"
    assert "HUB_PRACTICE=0" in (tmp_path / "hub.env").read_text()


def test_secret_from_the_environment_wins_over_the_generated_one(tmp_path):
    assert plan(HUB_DATA=str(tmp_path), SECRET_KEY="mine").env()["SECRET_KEY"] == "mine"


# ---- the commands around it


def run_launcher(*words, **env):
    return subprocess.run(
        [sys.executable, "-m", "hubsite.launcher", *words], env=clean_environment() | env, cwd=ROOT,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@pytest.mark.processes
def test_reset_forgets_the_data_of_a_hub_and_nothing_else(tmp_path):
    data = tmp_path / "data"
    plan(HUB_DATA=str(data))
    data.mkdir()
    (data / "thesis.odt").touch()
    refused = run_launcher("reset", HUB_DATA=str(data))
    assert refused.returncode == 1
    assert "does not look like the data of a hub" in refused.stderr
    (data / "hub.lock").touch()
    assert run_launcher("reset", HUB_DATA=str(data)).returncode == 0
    assert not data.exists()


@pytest.mark.processes
def test_old_python_is_told_in_one_sentence_and_leaves_nothing(tmp_path):
    old = tmp_path / "bin" / "python3"
    old.parent.mkdir()
    old.write_text('#!/bin/sh\ncase "$1" in --version) echo "Python 3.9.2";; *) exit 1;; esac\n')
    old.chmod(0o755)
    venv = tmp_path / ".venv"
    done = subprocess.run(
        ["sh", ROOT / "tools" / "make-venv.sh", str(old), venv, "requirements.txt", tmp_path / "stamp"],
        capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "needs Python 3.11 or newer" in done.stderr
    assert "Python 3.9.2" in done.stderr
    assert not venv.exists()
    assert not (tmp_path / "stamp").exists()


# ---- all of it


def nothing_left(hub: Hub, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while hub.processes() and time.monotonic() < end:
        time.sleep(0.1)
    assert hub.processes() == {}


@pytest.mark.processes
@pytest.mark.xdist_group("launcher")
def test_hub_starts_tells_and_ends_and_a_killed_second_run_leaves_nothing(tmp_path):
    data = tmp_path / "data"
    with running_hub(data, HUB_DEMO="0") as hub:
        said = hub.said()
        assert said.rstrip().endswith(f"Chapter Hub is ready: {hub.url}")
        assert hub.sandbox_url in said
        assert stat.S_IMODE((data / "hub.env").stat().st_mode) == 0o600
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        secrets_then = (data / "hub.env").read_text()
        groups = {os.getpgid(pid) for pid in hub.processes()}
        assert len(groups) == 4, hub.processes()

        page = requests.get(f"{hub.url}/account/login/", timeout=10)
        assert page.status_code == 200
        style = re.search(r'href="(/static/[^"]+\.[0-9a-f]{12}\.css)"', page.text)
        assert style, "static files are not hashed"
        assert requests.get(hub.url + style[1], timeout=10).status_code == 200
        missing = requests.get(f"{hub.url}/no/such/page/", timeout=10)
        assert "Traceback" not in missing.text
        assert "DEBUG" not in missing.text

        second = run_launcher(HUB_DATA=str(data), PORT=str(servers.free_port()))
        assert second.returncode == 1
        assert "already runs" in second.stderr
        taken = run_launcher(HUB_DATA=str(tmp_path / "other"), PORT=str(hub.port))
        assert taken.returncode == 1
        assert f"port {hub.port} is taken" in taken.stderr

        assert hub.stop(signal.SIGINT) == 0
        nothing_left(hub)

    hub = Hub(data, HUB_DEMO="0")
    try:
        hub.wait_until_ready()
        assert secrets_then.splitlines()[1:3] == (data / "hub.env").read_text().splitlines()[1:3]
        assert len(hub.processes()) >= 4
        os.killpg(hub.process.pid, signal.SIGKILL)
        hub.process.wait()
        nothing_left(hub)
    finally:
        hub.stop()


@pytest.mark.processes
@pytest.mark.xdist_group("launcher")
def test_child_that_dies_ends_the_others_with_one_sentence(tmp_path):
    hub = Hub(tmp_path / "data", HUB_DEMO="0")
    try:
        end = time.monotonic() + 60
        while "Practice network ... " not in hub.said() or not hub.processes():
            assert time.monotonic() < end
            time.sleep(0.05)
        os.kill(hub.pid_of("sandbox"), signal.SIGKILL)
        assert hub.process.wait(60) == 1
        last = hub.said().rstrip().splitlines()[-1]
        assert "The practice network ended by itself (killed by SIGKILL)" in last
        nothing_left(hub)
    finally:
        hub.stop()


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not on this machine; apt-get install make")
def test_make_lists_what_it_can_do():
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    for word in ("make run", "make dev", "make reset", "make test", "make lint"):
        assert word in done.stdout
