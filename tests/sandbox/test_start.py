"""Starting: one clear sentence when it can't."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _run(*options, **environ):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SANDBOX_")}
    return subprocess.run(
        [sys.executable, "-m", "sandbox", *map(str, options)],
        cwd=ROOT,
        env=clean | environ,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def _is_one_sentence(text):
    return text.startswith("The practice network did not start: ") and text.count("\n") == 1


def test_taken_port(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = _run("--data", tmp_path, SANDBOX_PORT=str(port))
    assert result.returncode == 2
    assert _is_one_sentence(result.stderr)
    assert str(port) in result.stderr


def test_remote_host_needs_a_word(tmp_path):
    result = _run("--host", "0.0.0.0", "--port", 0, "--data", tmp_path)
    assert result.returncode == 2
    assert "--allow-remote" in result.stderr


def test_no_data_folder():
    result = _run("--port", 0)
    assert result.returncode == 2
    assert _is_one_sentence(result.stderr)


def test_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    result = _run("--port", 0, "--data", tmp_path / "file" / "data")
    assert result.returncode == 2
    assert _is_one_sentence(result.stderr)


def test_broken_log_is_not_overwritten(tmp_path):
    (tmp_path / "received.jsonl").write_text("not json\n")
    result = _run("--port", 0, "--data", tmp_path)
    assert result.returncode == 2
    assert "Line 1" in result.stderr
    assert (tmp_path / "received.jsonl").read_text() == "not json\n"


def test_folder_in_use(make_server):
    server = make_server()
    result = _run("--port", 0, "--data", server.data)
    assert result.returncode == 2
    assert "already using" in result.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_it(make_server, number):
    assert make_server().stop(number, seconds=2) == 0
